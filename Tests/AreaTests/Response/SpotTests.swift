// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Support
import Testing

@Suite("What people call the spot")
struct SpotTests {
    private func file(
        _ world: World,
        _ text: String?,
        _ words: String,
        kind: ReportKind = .arrest,
        point: Point? = nil,
        from source: String
    ) async throws -> Ref<Incident> {
        var filing = world.filing(words, at: Whereabouts(text: text, point: point), from: source)
        filing.kind = kind.rawValue
        return try await world.incident(of: world.report(filing))
    }

    private static let first = "two men with masks"
    private static let second = "una camioneta gris"

    @Test(
        "A name that is in no list joins its own name written again",
        arguments: [
            ("outside La Favorita bakery on Olympic, Boyle Heights", "panaderia La Favorita, Boyle Heights"),
            ("Bonsallo St and 4th, Boyle Heights", "4th y Bonsallo, Boyle Heights"),
            ("2415 Whittier Blvd, Boyle Heights", "2431 Whittier, Boyle Heights"),
            ("the laundromat on Whittier, Boyle Heights", "lavanderia en la Whittier, Boyle Heights"),
            // Nobody says in which neighborhood: two things in common.
            ("La Favorita bakery on Olympic", "panaderia La Favorita"),
            ("2415 Whittier Blvd", "2415 Whittier"),
        ]
    )
    func named(one: String, other: String) async throws {
        let world = try await World()
        let first = try await file(world, one, Self.first, from: "a")
        world.clock.advance(by: .minutes(5))
        #expect(try await file(world, other, Self.second, from: "b") == first)
        let amina = world.amina
        let detail = try await world.database.read { tx in try IncidentDetail.load(first, by: amina, in: tx) }
        #expect(detail.reports.flatMap(\.why.words).contains("response.why_name|The place is called the same"))
    }

    @Test(
        "Another name, another block, the same kind of place alone, or a name in another town joins nothing",
        arguments: [
            ("outside La Favorita bakery, Boyle Heights", "El Gallito, Boyle Heights"),
            ("2415 Whittier Blvd", "2915 Whittier Blvd"),
            ("the laundromat, Boyle Heights", "lavanderia en Boyle Heights"),
            ("La Favorita, Boyle Heights", "La Favorita, Pacoima"),
            ("La Favorita", "at La Favorita"),
        ]
    )
    func others(one: String, other: String) async throws {
        let world = try await World()
        let first = try await file(world, one, Self.first, from: "a")
        world.clock.advance(by: .minutes(5))
        #expect(try await file(world, other, Self.second, from: "b") != first)
    }

    @Test("Who names a street is where it runs, and not elsewhere in the neighborhood")
    func street() async throws {
        let world = try await World()
        // Beside Mott and Evergreen; Whittier runs two kilometers on.
        let yard = Point(latitude: 34.0471, longitude: -118.2013)
        let words = "masked agents with rifles took a man"
        let first = try await file(world, nil, words, point: yard, from: "a")
        #expect(try await file(world, "on Whittier Blvd, Boyle Heights", words, from: "b") != first)
        #expect(try await file(world, "on Mott St, Boyle Heights", Self.second, from: "c") == first)
        let amina = world.amina
        let detail = try await world.database.read { tx in try IncidentDetail.load(first, by: amina, in: tx) }
        #expect(detail.reports.flatMap(\.why.words).contains("response.why_street|The same street"))
    }

    @Test("The same words on another street are no text that goes round; without a place they are")
    func elsewhere() async throws {
        let world = try await World()
        let words = "masked agents with rifles and green vests took a man away in a van"
        let first = try await file(world, "on Sunset Blvd", words, from: "a")
        world.clock.advance(by: .minutes(20))
        #expect(try await file(world, nil, words, from: "b") == first)
        #expect(try await file(world, "on Temple St", words, from: "c") != first)
    }

    @Test("In words alone a name counts behind a word that says where")
    func said() async throws {
        let world = try await World()
        let first = try await file(world, nil, "Boyle Heights, two handcuffed in front of Gallito", from: "a")
        #expect(try await file(world, "El Gallito, Boyle Heights", Self.second, from: "b") == first)
    }

    @Test("Few are looked at, and the answer is that of all")
    func complete() async throws {
        let scene = try GroupingScene()
        let places = try await World().places
        let texts = [
            "La Favorita on Olympic", "panaderia La Favorita", "laundromat on Soto", "2415 Whittier", "on Soto",
            "Bonsallo y la Whittier", "",
        ]
        let index = scene.index()
        var all: [String: IncidentTraits] = [:]
        var dice = Dice(11)
        for number in 0..<200 {
            let placed = scene.report(
                "r\(number)",
                east: Double(dice(3_000)),
                minute: dice(200),
                uncertainty: [30, 1_500][dice(2)]
            )
            let report = ReportTraits(
                id: placed.id,
                at: placed.at,
                point: dice(4) == 0 ? nil : placed.point,
                uncertainty: placed.uncertainty,
                spot: SpotMarks(
                    texts[dice(texts.count)],
                    isSaid: false,
                    besides: "Boyle Heights",
                    at: placed.uncertainty < 100 ? placed.point : nil,
                    in: places
                ),
                kind: ["stop", "officers"][dice(2)]
            )
            scene.settle(report, fresh: "i\(number)", by: index, among: &all)
        }
        #expect(index.count == all.count)
    }
}
