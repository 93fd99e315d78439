// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Support
import Testing

/// One corner as eight people write it, in two languages.
private let corner = [
    "Western and Olympic", "Western y Olympic", "Olympic & Western", "esquina de la Western con Olympic",
    "Olympic Blvd / Western Ave", "la Olympic y la Western", "corner of Western Ave. and W Olympic",
    "Western Ave @ Olympic Blvd",
]
private let told = [
    "Two white vans, men in vests are stopping people", "Hay dos camionetas blancas y hombres con chalecos",
    "White vans and men in vests", "Camionetas blancas, paran a la gente", "vans blancas, traen chalecos",
    "Men with vests got out of two vans",
]

@Suite("Crossings")
struct CrossingTests {
    private func file(
        _ world: World,
        _ text: String?,
        _ words: String = told[0],
        place: String? = nil,
        point: Point? = nil,
        from source: String = "a"
    ) async throws -> Ref<Incident> {
        let filing = world.filing(words, at: Whereabouts(text: text, place: place, point: point), from: source)
        return try await world.incident(of: world.report(filing))
    }

    @Test(
        "Thirty reports about one crossing, in eight spellings, two languages and by six people, are one incident",
        arguments: ["", ", Huntington Park"]
    )
    func thirty(city: String) async throws {
        let world = try await World()
        for index in 0..<30 {
            // Every other one says in which city, or nobody does.
            let place = corner[index % 8] + (index % 2 == 1 ? city : "")
            _ = try await file(world, place, told[index % 6], from: "person \(index % 6)")
            world.clock.advance(by: .seconds(20))
        }
        let cards = try await world.board().toVerify
        #expect(cards.map(\.reports) == [30])
        #expect(cards.first?.independent == 6)
        #expect(cards.first?.zone == (city.isEmpty ? nil : "huntington-park"))
    }

    @Test("A corner is told in the words too, and people are told why")
    func why() async throws {
        let world = try await World()
        let first = try await file(world, nil, "vans at Western and Olympic, men in vests")
        #expect(try await file(world, "Olympic y Western", "hombres con chalecos", from: "b") == first)
        let amina = world.amina
        let detail = try await world.database.read { tx in try IncidentDetail.load(first, by: amina, in: tx) }
        let reasons = detail.reports.flatMap(\.why.words)
        #expect(reasons.contains("response.why_crossing|The same crossing"))
    }

    @Test("The same two names at the other end of the county are another crossing")
    func farApart() async throws {
        let world = try await World()
        let harbor = try await file(world, "7th and Grand", place: "san-pedro")
        #expect(try await file(world, "7th and Grand", place: "downtown-la", from: "b") != harbor)
        let again = try await file(world, "Grand y la 7ma", "hombres con chalecos", place: "san-pedro", from: "c")
        #expect(again == harbor)
    }

    @Test("Two crossings are two incidents, in the same words, minute and neighborhood", arguments: [nil, "koreatown"])
    func apart(place: String?) async throws {
        let world = try await World()
        #expect(world.places.place("koreatown") != nil)
        var seen: Set<Ref<Incident>> = []
        for text in ["Western and Olympic", "Western and Pico", "Vermont y Olympic"] {
            for source in ["a", "b", "c"] { seen.insert(try await file(world, text, place: place, from: source)) }
        }
        #expect(seen.count == 3)
    }

    @Test("The same name in two cities is two places; where nobody says the city it is one")
    func cities() async throws {
        let world = try await World()
        let unsaid = try await file(world, "Florence and Pacific")
        let park = try await file(world, "Pacific y Florence, Huntington Park", from: "b")
        let beach = try await file(world, "Pacific y Florence, Long Beach", from: "c")
        let chosen = try await file(world, "Florence & Pacific", place: "huntington-park", from: "d")
        #expect(park == unsaid && chosen == unsaid)
        #expect(beach != unsaid)
    }

    @Test("A phone's position says where a crossing is, and two positions say more than its name")
    func positions() async throws {
        let world = try await World()
        let here = try #require(Point(latitude: 34.0527, longitude: -118.3089))
        let far = try #require(Point(latitude: 34.0927, longitude: -118.3089))
        let first = try await file(world, "Western and Olympic", point: here)
        #expect(try await file(world, "Olympic y Western", from: "b") == first)
        #expect(try await file(world, nil, point: here, from: "c") == first)
        #expect(try await file(world, "Western and Olympic", point: far, from: "d") != first)
    }

    @Test("No place, and neither words nor a picture in common: nobody is asked")
    func nothingShared() throws {
        let scene = try GroupingScene()
        let incident = IncidentTraits(id: "i", reports: [scene.report("a", words: "two white vans by the market")])
        func placeless(_ words: String) -> ReportTraits {
            ReportTraits(id: "r", at: scene.noon, kind: "officers", words: WordSketch(words, key: scene.key))
        }
        #expect(Grouping.place(placeless("helicopter over the freeway"), among: [incident]) == .alone)
        #expect(Grouping.place(placeless("white vans by a school"), among: [incident]) != .alone)
    }

    @Test("The same picture at another corner is shown to a person")
    func picture() async throws {
        let scene = try GroupingScene()
        let places = try await World().places
        func report(_ id: String, _ text: String) throws -> ReportTraits {
            let mark = try #require(Whereabouts(text: text).located(in: places).crossing)
            return ReportTraits(id: id, at: scene.noon, crossing: mark, kind: "stop", picture: 0xABCD)
        }
        let incident = try IncidentTraits(id: "i", reports: [report("a", "Western and Olympic")])
        guard case .suggest = Grouping.place(try report("b", "Western and Pico"), among: [incident]) else {
            Issue.record("not suggested")
            return
        }
    }

    @Test("The index finds at crossings what looking at everything finds")
    func complete() async throws {
        let scene = try GroupingScene()
        let places = try await World().places
        let marks = ["Western and Olympic", "1st and Soto", "Vermont y Pico"].flatMap { text in
            ["", ", Huntington Park", ", Long Beach"].compactMap { city in
                Whereabouts(text: text + city).located(in: places).crossing
            }
        }
        #expect(Set(marks).count == 9)
        let index = scene.index()
        var all: [String: IncidentTraits] = [:]
        var dice = Dice(7)
        for number in 0..<250 {
            let placed = scene.report(
                "r\(number)",
                east: Double(dice(4_000)),
                minute: dice(300),
                uncertainty: [30, 700, 1_500][dice(3)]
            )
            var report = ReportTraits(
                id: placed.id,
                at: placed.at,
                point: dice(3) == 0 ? nil : placed.point,
                uncertainty: placed.uncertainty,
                crossing: dice(3) == 0 ? nil : marks[dice(marks.count)],
                kind: ["stop", "officers"][dice(2)]
            )
            let expected = Grouping.place(report, among: all.values)
            #expect(index.settle(report, fresh: "i\(number)", now: scene.noon) == expected)
            var home = "i\(number)"
            if case .attach(let incident, let score) = expected {
                home = incident
                report.isBystander = !score.agrees
            }
            all[home, default: IncidentTraits(id: home)].add(report)
        }
        #expect(index.count == all.count)
        for id in Array(all.keys) { index.close(id) }
        #expect(index.count == 0)
    }
}
