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
        arguments: ["", ", Koreatown"]
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
        // The corner tells the neighborhood where nobody says it.
        #expect(cards.first?.zone == "koreatown")
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

    @Test(
        "Who names the corner and whose phone says where it is meet, whoever comes first",
        arguments: corner + ["Western y Olympic, Koreatown"],
        [true, false]
    )
    func phone(text: String, isNamedFirst: Bool) async throws {
        let world = try await World()
        let here = try #require(Point(latitude: 34.0529, longitude: -118.3086))
        let named = Whereabouts(text: text)
        let sent = [(named, told[0]), (Whereabouts(point: here), told[2])]
        var incidents: [Ref<Incident>] = []
        for (index, (whereabouts, words)) in (isNamedFirst ? sent : sent.reversed()).enumerated() {
            let filing = world.filing(words, at: whereabouts, from: "person \(index)")
            incidents.append(try await world.incident(of: world.report(filing)))
        }
        #expect(incidents[0] == incidents[1])
    }

    @Test("A corner told in the words has a place too, and the corner of a neighborhood somebody chose stays there")
    func located() async throws {
        let places = try await World().places
        let words = "vans at Western and Olympic, men in vests"
        let said = Whereabouts().located(in: places, orIn: words)
        #expect(said.zone == "koreatown" && said.uncertainty == 100)
        let point = try #require(said.point)
        let corner = try #require(Point(latitude: 34.0526, longitude: -118.3090))
        #expect(point.distance(to: corner) < 100)
        let chosen = Whereabouts(place: "koreatown").located(in: places, orIn: words)
        #expect(chosen.point == point && chosen.zone == "koreatown")
        // Of a big city the corner tells which part.
        let city = Whereabouts(text: "Western y Olympic, Los Angeles").located(in: places)
        #expect(city.point == point && city.zone == "koreatown")
        // What a phone says stands, and so does a place that the corner is not in.
        let phone = Whereabouts(text: "Western and Olympic", point: corner).located(in: places)
        #expect(phone.point == corner && phone.uncertainty == 30)
        let other = Whereabouts(text: "Western and Olympic", place: "watts").located(in: places)
        #expect(other.zone == "watts" && other.point == places.place("watts")?.center)
        // A way from one corner to the next is no corner.
        let way = Whereabouts().located(in: places, orIn: "from Western and Olympic to Vermont and Pico")
        #expect(way.point == nil && way.crossing == nil)
        // Two corners of that name, and one of a street whose line nobody knows: a crossing by name as before.
        for text in ["7th and Grand", "Alondra and Hunsaker"] {
            let unknown = Whereabouts(text: text).located(in: places)
            #expect(unknown.point == nil && unknown.zone == nil && unknown.crossing != nil)
        }
    }

    @Test(
        "A corner that is known decides, whatever town the words name",
        arguments: [
            ("Whittier & Atlantic", "they went to compton", "east-los-angeles"),
            ("Whittier & Atlantic", "leaving now east on whittier", "east-los-angeles"),
            ("Whittier Atlantic", "Compton sheriffs are here", "east-los-angeles"),
            ("Olympic and Vermont", "heading toward inglewood", "pico-union"),
            ("Pacific and Florence", "vans come from downey", "huntington-park"),
            ("Cesar Chavez y Soto", "se fueron para Lynwood", "boyle-heights"),
        ]
    )
    func decides(text: String, words: String, zone: String) async throws {
        let places = try await World().places
        let alone = Whereabouts(text: text).located(in: places)
        #expect(alone.zone == zone && alone.uncertainty == 100)
        #expect(Whereabouts(text: text).located(in: places, orIn: words) == alone)
    }

    @Test("Of several corners the words tell which, and never by where somebody went or came from")
    func tells() async throws {
        let places = try await World().places
        func zone(_ words: String, _ text: String? = "7th and Grand") -> String? {
            Whereabouts(text: text).located(in: places, orIn: words).zone
        }
        for words in [
            "vans in San Pedro", "cerca de San Pedro", "to San Pedro? They are in San Pedro",
            "en San Pedro, van rumbo a Long Beach",
        ] {
            #expect(zone(words) == "san-pedro", "\(words)")
        }
        for words in [
            "they went to San Pedro", "heading toward Long Beach", "headed for Long Beach", "from San Pedro",
            "van hacia San Pedro", "se fueron para Long Beach", "van rumbo a Long Beach", "vienen de San Pedro",
        ] {
            #expect(zone(words) == nil, "\(words)")
        }
        // The words alone: their corner, and with none the only town they name.
        #expect(zone("vans at Western and Olympic heading toward inglewood", nil) == "koreatown")
        #expect(zone("vans heading toward inglewood", nil) == "inglewood")
    }

    @Test("A corner whose place nobody knows meets by its name", arguments: ["", ", Norwalk"])
    func byName(city: String) async throws {
        let world = try await World()
        let first = try await file(world, "Alondra and Hunsaker" + city)
        #expect(try await file(world, "Hunsaker y Alondra" + city, "hombres con chalecos", from: "b") == first)
    }

    @Test(
        "Of a corner that several places have a person says whether it is one, and not the name",
        arguments: [
            ["5th and Broadway, Santa Monica", "5th and Broadway"], ["7th and Grand", "7th and Grand, San Pedro"],
            ["7th and Grand, Los Angeles", "7th and Grand, San Pedro"],
            ["3rd and Atlantic, East LA", "3rd and Atlantic"],
            ["Alondra and Hunsaker", "Alondra and Hunsaker, Norwalk"],
        ]
    )
    func perhaps(texts: [String]) async throws {
        let world = try await World()
        let scene = try GroupingScene()
        for (one, other) in [(texts[0], texts[1]), (texts[1], texts[0])] {
            func report(_ id: String, _ text: String) throws -> ReportTraits {
                let located = Whereabouts(text: text).located(in: world.places)
                let mark = try #require(located.crossing)
                return ReportTraits(
                    id: id,
                    at: scene.noon,
                    point: located.point,
                    uncertainty: located.uncertainty,
                    crossing: mark,
                    kind: "officers",
                    words: WordSketch("two white vans, men in vests", key: scene.key)
                )
            }
            let incident = try IncidentTraits(id: "i", reports: [report("a", one), report("b", one)])
            guard case .suggest(let found) = Grouping.place(try report("c", other), among: [incident]) else {
                Issue.record("\(one) and \(other): not suggested")
                continue
            }
            #expect(found.map(\.incident) == ["i"])
            #expect(found.first?.score.parts.contains { $0.facts.contains(.sameCrossing) } ?? false)
        }
    }

    @Test("A city is not put on those who named none, nor the other way round", arguments: [true, false])
    func pulled(isPlacedFirst: Bool) async throws {
        let world = try await World()
        let texts = ["7th and Grand, San Pedro", "7th and Grand", "Grand y la 7ma"]
        var incidents: [Ref<Incident>] = []
        for (index, text) in (isPlacedFirst ? texts : texts.reversed()).enumerated() {
            incidents.append(try await file(world, text, told[index], from: "person \(index)"))
        }
        let placed = isPlacedFirst ? incidents[0] : incidents[2]
        let others = isPlacedFirst ? incidents.dropFirst() : incidents.dropLast()
        #expect(Set(others).count == 1 && !others.contains(placed))
    }

    @Test("Of two corners within sight of each other people name either; a block further is another corner")
    func neighbors() async throws {
        let world = try await World()
        let first = try await file(world, "Western and Olympic")
        // 220 m to the west.
        #expect(try await file(world, "Olympic and St Andrews", from: "b") != first)
        let second = try await file(world, "Wilshire and Serrano")
        let third = try await file(world, "Wilshire y Hobart", from: "b")
        #expect(second == third)
    }

    @Test(
        "At a border one says this city, one the other, and it is one corner",
        arguments: [
            ("Slauson and Alameda, Huntington Park", "Alameda y Slauson"),
            ("Olympic and Indiana, Boyle Heights", "Indiana y Olympic, East LA"),
        ]
    )
    func border(one: String, other: String) async throws {
        let world = try await World()
        let first = try await file(world, one)
        #expect(try await file(world, other, "hombres con chalecos", from: "b") == first)
    }

    @Test("The dispatcher sees the corner that all name, and asks those who are near it; a phone's place goes before")
    func dispatcher() async throws {
        let world = try await World()
        let (amina, places) = (world.amina, world.places)
        let incident = try await file(world, "Western and Olympic")
        func corner() async throws -> (shown: Point?, asked: Point?, phone: Point?) {
            try await world.database.read { tx in
                let detail = try IncidentDetail.load(incident, by: amina, in: tx)
                let asked = try IncidentDetail.point(of: incident, by: amina, places: places, in: tx)
                return (detail.corner(in: places), asked, detail.point)
            }
        }
        let named = try await corner()
        let point = try #require(Whereabouts(text: "Western and Olympic").located(in: places).point)
        #expect(named.shown == point && named.asked == point && named.phone == nil)
        let here = try #require(Point(latitude: 34.0529, longitude: -118.3086))
        #expect(try await file(world, nil, point: here, from: "b") == incident)
        let phoned = try await corner()
        #expect(phoned.shown == nil && phoned.asked == here)
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
        let marks = ["Western and Olympic", "1st and Soto", "7th and Grand"].flatMap { text in
            ["", ", San Pedro", ", Long Beach"].compactMap { city in
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
            let report = ReportTraits(
                id: placed.id,
                at: placed.at,
                point: dice(3) == 0 ? nil : placed.point,
                uncertainty: placed.uncertainty,
                crossing: dice(3) == 0 ? nil : marks[dice(marks.count)],
                kind: ["stop", "officers"][dice(2)]
            )
            scene.settle(report, fresh: "i\(number)", by: index, among: &all)
        }
        #expect(index.count == all.count)
        for id in Array(all.keys) { index.close(id) }
        #expect(index.count == 0)
    }
}
