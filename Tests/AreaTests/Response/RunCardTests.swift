// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@Suite("A run card")
struct RunCardTests {
    private func send(_ world: World, _ incident: Ref<Incident>, by caller: Caller? = nil) async throws
        -> [Ref<Dispatch>]
    {
        try await world.write { tx in
            try RunCard.send(
                to: incident,
                by: caller ?? world.amina,
                timings: world.timings,
                places: world.places,
                in: tx
            ).dispatches
        }
    }

    private func set(_ world: World, _ lines: [RunCard.Line], by caller: Caller? = nil) async throws {
        try await world.write { tx in
            try RunCard.set(RunCard(.vehicles, lines), by: caller ?? world.ruth, in: tx)
        }
    }

    /// A card with several languages and an attorney, and two more people for it.
    private func mixed(_ world: World) async throws -> (english: Caller, lawyer: Caller) {
        try await set(
            world,
            [
                .init(.observer, 1), .init(.observer, 1, speaking: "es"), .init(.verifier, 1, speaking: "ko"),
                .init(.attorney, 1),
            ]
        )
        let english = try await world.helper(named: "Ann", skills: [.observer], languages: ["en"])
        let lawyer = try await world.member(named: "Lin", [.attorney])
        return (english, lawyer)
    }

    @Test("asks for every line at once, whoever must speak a language first, each with its own shortfall")
    func lines() async throws {
        let world = try await World()
        let (english, lawyer) = try await mixed(world)
        let incident = try await world.incident()
        #expect(try await send(world, incident).count == 3)

        let dispatches = try await world.database.read { tx in try Dispatch.all(of: incident, in: tx) }
        func asked(_ role: Skill, _ language: String?) async throws -> Set<Ref<Person>> {
            let id = try #require(dispatches.first { $0.role == role && $0.language == language }).id
            return Set(try await world.assignments(of: incident).filter { $0.dispatch == id }.map(\.person))
        }
        #expect(try await asked(.observer, "es") == [world.lupe.person], "she is not used up by the other line")
        #expect(try await asked(.observer, nil) == [english.person])
        let korean = try #require(dispatches.first { $0.language == "ko" })
        #expect(korean.shortfall?.count(.otherLanguage) == 1, "João doesn't speak it, and only that line says so")
        #expect(dispatches.first { $0.role == .observer && $0.language == nil }?.shortfall?.count(.busy) == 1)
        #expect(try await world.told(lawyer) == [.attorneyPaged])
        #expect(dispatches.allSatisfy { $0.role != .attorney }, "an attorney is called, not sent")
    }

    @Test("shows whom it would ask, and then asks exactly them")
    func asks() async throws {
        let world = try await World()
        let (english, lawyer) = try await mixed(world)
        let incident = try await world.incident()
        func asks() async throws -> [RunCard.Asked] {
            try await world.database.read { tx in
                try RunCard.asks(
                    for: incident,
                    by: world.amina,
                    timings: world.timings,
                    places: world.places,
                    in: tx
                )
            }
        }
        let before = try await asks()
        #expect(before.map(\.line.role) == [.observer, .observer, .verifier, .attorney], "in the order of the card")
        #expect(before.map(\.people) == [[english.person], [world.lupe.person], [], [lawyer.person]])
        #expect(before[2].shortfall?.count(.otherLanguage) == 1)
        #expect(try await world.assignments(of: incident).isEmpty, "looking asks nobody")
        await #expect(throws: Refusal.forbidden) {
            _ = try await world.database.read { tx in
                try RunCard.asks(for: incident, by: world.joao, timings: world.timings, places: world.places, in: tx)
            }
        }
        _ = try await send(world, incident)
        let asked = Set(try await world.assignments(of: incident).map(\.person))
        #expect(asked == Set(before.prefix(3).flatMap(\.people)))
        #expect(try await world.told(lawyer) == [.attorneyPaged])
        #expect(try await asks().map(\.line.role) == [.verifier], "only the line that found nobody is left")
    }

    @Test("passes over who was asked, and asks again for a line that found nobody")
    func again() async throws {
        let world = try await World()
        try await set(world, [.init(.verifier, 1), .init(.verifier, 1, speaking: "ko")])
        let incident = try await world.incident()
        #expect(try await send(world, incident).count == 2)
        #expect(try await send(world, incident).count == 1, "nobody speaks Korean: that line is over already")
        let offer = try #require(try await world.current(world.joao)).assignment.id
        try await world.accept(offer, by: world.joao)
        try await set(world, [.init(.verifier, 1)])
        let refusal = await #expect(throws: Refusal.self) { _ = try await send(world, incident) }
        #expect(refusal?.message.keyed.hasPrefix("response.card_done|") == true)
    }

    @Test("asks nobody for one line who said no to another of the same incident")
    func refused() async throws {
        let world = try await World()
        let ana = try await world.helper(named: "Ana")
        let incident = try await world.incident()
        let first = try await world.dispatch(incident, language: "es")
        let all = try await world.assignments(of: incident)
        #expect(all.count == 2 && Set(all.map(\.person)) == [world.joao.person, ana.person])
        let hers = try #require(all.first { $0.person == ana.person }).id
        let his = try #require(all.first { $0.person == world.joao.person }).id
        try await world.write { tx in try Assignment.decline(hers, by: ana, in: tx) }
        try await world.accept(his, by: world.joao)
        let later = try await world.dispatch(incident)
        let asked = try await world.assignments(of: incident).filter { $0.dispatch == later }
        #expect(asked.isEmpty, "one of them goes already, and one said no")
        #expect(try await world.state(of: later).shortfall?.count(.askedAlready) == 1)
        #expect(try await world.state(of: first).state == .filled)
        let other = try await world.incident()
        _ = try await world.dispatch(other)
        #expect(
            try await world.assignments(of: other).map(\.person) == [ana.person],
            "no to one place is no to that place"
        )
    }

    @Test("asks again for a line whose people were called off, for as many as are missing")
    func calledOff() async throws {
        let world = try await World()
        try await set(world, [.init(.verifier, 2)])
        let ana = try await world.helper(named: "Ana")
        let incident = try await world.incident()
        _ = try await send(world, incident)
        for helper in [world.joao, ana] {
            try await world.accept(try #require(try await world.current(helper)).assignment.id, by: helper)
        }
        func asks() async throws -> [Int] {
            try await world.database.read { tx in
                try RunCard.asks(for: incident, by: world.amina, timings: world.timings, places: world.places, in: tx)
                    .map(\.line.wanted)
            }
        }
        func isAsking() async throws -> Bool {
            try await world.database.read { tx in
                try IncidentDetail.load(incident, by: world.amina, in: tx).isAsking
            }
        }
        #expect(try await asks() == [])
        #expect(try await isAsking())
        for (helper, missing) in [(world.joao, 1), (ana, 2)] {
            let going = try #require(try await world.current(helper)).assignment.id
            try await world.write { tx in try Assignment.callOff(going, by: world.amina, in: tx) }
            #expect(try await asks() == [missing])
        }
        #expect(try await !isAsking(), "S asks for them again")
        #expect(try await send(world, incident).count == 1)
        await #expect(throws: Refusal.self) { _ = try await send(world, incident) }
    }

    @Test("whose lines fall short is one page to a coordinator: it names each with its reason, until each is filled")
    func onePage() async throws {
        let world = try await World()
        try await set(
            world,
            [.init(.verifier, 1, speaking: "ko"), .init(.interpreter, 1), .init(.verifier, 1), .init(.attorney, 1)]
        )
        let incident = try await world.incident()
        let sent = try await send(world, incident)
        #expect(sent.count == 3)
        func pages() async throws -> [[String]] {
            try await world.database.read { tx in
                try Message.unread(for: world.ruth.person, in: tx).map { message in
                    try (message.matter(in: tx)?.missing ?? []).map { line in
                        "\(line.role.rawValue) \(line.language ?? "-") \(line.why?.keyed.prefix { $0 != "|" } ?? "-")"
                    }
                }
            }
        }
        let korean = "verifier ko matching.short_language"
        let short = [korean, "interpreter - matching.short_nobody", "attorney - matching.short_nobody"]
        #expect(try await pages() == [short])
        let outside = try await world.events(of: incident, "incident.attorney_missing")
        #expect(outside.map { $0.data["paged"] } == ["1"], "the timeline says it for each line all the same")

        // Nobody who was asked answers: that line falls short too, and joins what she did not look at yet.
        try await world.pass(.minutes(10))
        #expect(try await pages() == [short + ["verifier - matching.short_all_asked"]])
        try await world.write { tx in try Dispatch.stop(sent[0], by: world.amina, in: tx) }
        #expect(try await pages() == [Array(short.dropFirst()) + ["verifier - matching.short_all_asked"]])

        // What she saw does not grow: what comes after it is told anew.
        try await world.write { tx in
            let page = try Message.unread(for: world.ruth.person, in: tx).map(\.id)
            for id in page { try Message.acknowledge(id, by: world.ruth, in: tx) }
        }
        world.clock.advance(by: .minutes(1))
        _ = try await world.dispatch(incident, role: .driver)
        #expect(try await pages() == [["driver - matching.short_nobody"]])
    }

    @Test("calls the attorney once, also when the incident is confirmed later, and the chain goes on")
    func attorney() async throws {
        let world = try await World()
        try await set(world, [.init(.attorney, 1)])
        let first = try await world.member(named: "Lin", [.attorney])
        let second = try await world.member(named: "Max", [.attorney])
        let incident = try await world.incident()
        #expect(try await send(world, incident).isEmpty)
        #expect(try await world.events(of: incident, "incident.attorney_paged").count == 1)
        await #expect(throws: Refusal.self) { _ = try await send(world, incident) }
        try await world.pass(.minutes(6))
        #expect(try await world.events(of: incident, "incident.attorney_paged").count == 2)
        let both = try await [world.told(first), world.told(second)]
        #expect(both == [[.attorneyPaged], [.attorneyPaged]])
    }

    @Test("is a coalition's own, and is refused with the line that is wrong")
    func own() async throws {
        let world = try await World()
        #expect(try await world.database.read { tx in try RunCard.find(.vehicles, in: tx) } == .usual(.vehicles))
        await #expect(throws: Refusal.forbidden) { try await set(world, [.init(.driver, 1)], by: world.amina) }
        let lines: [RunCard.Line] = [.init(.driver, 1), .init(.driver, 2), .init(.dispatcher, 0, speaking: "?")]
        let refusal = await #expect(throws: Refusal.self) { try await set(world, lines) }
        #expect(refusal.map { Set($0.fields.keys) } == ["role-1", "role-2", "wanted-2", "language-2"])
        try await set(world, [])
        #expect(try await world.database.read { tx in try RunCard.find(.vehicles, in: tx) }.lines.isEmpty)
        try await world.write { tx in try Settings.set("response.run_card.vehicles", to: "{", by: nil, in: tx) }
        #expect(try await world.database.read { tx in try RunCard.find(.vehicles, in: tx) } == .usual(.vehicles))
    }

    @Test("sent by twenty dispatchers at once to two places sends nobody twice")
    func race() async throws {
        let world = try await World()
        try await set(world, [.init(.verifier, 3), .init(.verifier, 2, speaking: "es")])
        for index in 1...60 { _ = try await world.helper(named: "Helper \(index)") }
        let places = [try await world.incident(), try await world.incident(at: "east-los-angeles")]
        let opened = await withTaskGroup(of: Int.self) { group in
            for index in 0..<20 {
                group.addTask { (try? await send(world, places[index % 2]).count) ?? 0 }
            }
            return await group.reduce(0, +)
        }
        #expect(opened == 4, "each line of each place was opened by one of them")
        let asked = try await places.asyncFlatMap { try await world.assignments(of: $0) }
        #expect(asked.count > 20)
        #expect(Set(asked.map(\.person)).count == asked.count)
    }
}

extension Array where Element: Sendable {
    fileprivate func asyncFlatMap<T>(_ body: (Element) async throws -> [T]) async rethrows -> [T] {
        var all: [T] = []
        for element in self { all += try await body(element) }
        return all
    }
}
