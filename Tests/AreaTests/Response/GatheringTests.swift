// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response
import Support
import Testing
import Vault

@Suite("What belongs together, as people say")
struct GatheringTests {
    private struct Two {
        let world: World
        let reports: [Intake.Receipt]
        let first: Ref<Incident>
        let second: Ref<Incident>

        init() async throws {
            world = try await World()
            reports = [
                try await world.report(world.filing(from: "a")),
                try await world.report(world.filing(at: World.pacoima, from: "b")),
            ]
            first = try await world.incident(of: reports[0])
            second = try await world.incident(of: reports[1])
        }
    }

    private func near(_ id: Ref<Incident>, _ world: World) async throws -> [Ref<Incident>] {
        try await world.database.read { tx in
            try Incident.near(id, places: world.places, by: world.amina, in: tx).map(\.card.id)
        }
    }

    @Test("the nearest open incidents come first, and no exercise, no closed one, not itself")
    func nearest() async throws {
        let two = try await Two()
        let world = two.world
        let beside = try await world.incident(at: "boyle-heights")
        let later = try await world.write { tx in
            try Incident.open(
                kind: .arrest,
                title: "On the next day",
                whereabouts: Whereabouts(place: "boyle-heights"),
                by: world.amina,
                places: world.places,
                in: tx
            )
        }
        _ = try await world.write { tx in
            try tx.run(
                """
                UPDATE incidents SET first_seen_at = first_seen_at + 86400000, last_report_at = last_report_at + 86400000
                WHERE id = \(later)
                """
            )
        }
        _ = try await world.report(world.filing(isExercise: true))
        let false1 = try await world.incident(at: "boyle-heights")
        try await world.verify(false1, .filmShoot)
        try await world.write { tx in try Incident.close(false1, by: world.amina, in: tx) }
        #expect(try await near(two.first, world) == [beside, two.second, later])
        await #expect(throws: Refusal.self) {
            try await world.database.read { tx in
                _ = try Incident.near(two.first, places: world.places, by: world.lupe, in: tx)
            }
        }
    }

    @Test("what was answered stays, whichever of the two somebody looked at")
    func direction() async throws {
        let two = try await Two()
        let world = two.world
        try await world.verify(two.second, .filmShoot)
        let seen = try await world.card(two.first).version
        let stays = try await world.write { tx in
            try Incident.unite(two.first, with: two.second, expecting: seen, by: world.amina, in: tx)
        }
        #expect(stays == two.second)
        #expect(try await world.card(two.first).mergedInto == two.second)
        #expect(try await world.card(two.second).reports == 2)
        #expect(try await world.answer(two.reports[0].code)?.answer == .notEnforcement)
    }

    @Test("who saw another state than there is changes nothing, in either direction")
    func stale() async throws {
        let two = try await Two()
        let world = two.world
        let seen = try await world.card(two.first).version
        try await world.write { tx in try Incident.startVerifying(two.first, by: world.amina, in: tx) }
        for isAnswered in [false, true] {
            if isAnswered { try await world.verify(two.second, .filmShoot) }
            let refused = try await #require(throws: Refusal.self) {
                try await world.write { tx in
                    _ = try Incident.unite(two.first, with: two.second, expecting: seen, by: world.amina, in: tx)
                }
            }
            #expect(refused.kind == .conflict)
        }
        #expect(try await world.card(two.first).mergedInto == nil)
        #expect(try await world.card(two.second).mergedInto == nil)
    }

    @Test("two dispatchers merge the same two, each into the other: once")
    func race() async throws {
        let two = try await Two()
        let world = two.world
        let merged = await withTaskGroup(of: Bool.self) { group in
            for (id, other) in [(two.first, two.second), (two.second, two.first)] {
                group.addTask {
                    let done: Ref<Incident>? = try? await world.write { tx in
                        try Incident.unite(id, with: other, by: world.amina, in: tx)
                    }
                    return done != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(merged == 1)
        let cards = [try await world.card(two.first), try await world.card(two.second)]
        #expect(cards.count { $0.mergedInto == nil } == 1)
        #expect(cards.first { $0.mergedInto == nil }?.reports == 2)
    }

    @Test("a split is undone by a merge, and \"not the same\" can be taken back")
    func undone() async throws {
        let world = try await World()
        let reports = [
            try await world.report(world.filing(from: "a")), try await world.report(world.filing(from: "b")),
        ]
        let id = try await world.incident(of: reports[0])
        let piece = try await world.write { tx in
            try Incident.split([reports[1].report], from: id, by: world.amina, in: tx)
        }
        try await world.write { tx in
            _ = try Incident.unite(id, with: piece, by: world.amina, in: tx)
        }
        let card = try await world.card(id)
        #expect(card.reports == 2 && card.independent == 2 && card.level == .supported)

        world.clock.advance(by: .minutes(50))
        var alike = world.filing("Somebody knocks at doors on my street, two men", from: "c")
        alike.kind = "home"
        alike.whereabouts.point = Point(latitude: 34.0445, longitude: -118.2171)
        let other = try await world.incident(of: world.report(alike))
        try #require(try await world.card(other).suggestions == 1)
        try await world.write { tx in
            try Incident.dismissSuggestion(of: id, for: other, by: world.amina, in: tx)
        }
        #expect(try await world.card(other).suggestions == 0)
        try await world.write { tx in
            try Incident.restoreSuggestion(of: id, for: other, by: world.amina, in: tx)
        }
        #expect(try await world.card(other).suggestions == 1)
        await #expect(throws: Refusal.self) {
            try await world.write { tx in
                try Incident.restoreSuggestion(of: id, for: other, by: world.amina, in: tx)
            }
        }
        #expect(try await world.events(of: other, "incident.suggestion_restored").count == 1)
    }

    @Test("a report of two incidents counts in both, and its reporter sees both answers")
    func linked() async throws {
        let two = try await Two()
        let world = two.world
        let report = two.reports[0].report
        try await world.write { tx in try Incident.link(report, to: two.second, by: world.amina, in: tx) }
        let card = try await world.card(two.second)
        #expect(card.reports == 2 && card.independent == 2 && card.level == .supported)
        #expect(try await world.card(two.first).reports == 1)
        let waiting = try #require(try await world.answer(two.reports[0].code))
        #expect(waiting.answer == .checking)
        #expect(waiting.also.map(\.answer) == [.checking])
        #expect(waiting.also.map(\.zone) == [nil], "where something is checked is not for everybody")
        try await world.verify(two.second, .filmShoot)
        let half = try #require(try await world.answer(two.reports[0].code))
        #expect(half.answer == .checking, "no all-clear while one of both is not checked")
        #expect(half.also.map(\.answer) == [.notEnforcement] && half.also.map(\.zone) == ["pacoima"])
        try await world.verify(two.first, .seen)
        let answer = try #require(try await world.answer(two.reports[0].code))
        #expect(answer.answer == .confirmed(isOver: false))
        #expect(answer.also.map(\.answer) == [.notEnforcement])
        #expect(answer.also.map(\.zone) == ["pacoima"])
        #expect(try await world.answer(two.reports[1].code)?.also == [])
        let detail = try await world.database.read { tx in
            try IncidentDetail.load(two.first, by: world.amina, in: tx)
        }
        #expect(detail.reports.map { $0.others.map(\.id) } == [[two.second]])
        #expect(try await world.events(of: two.second, "incident.linked").map { $0.data["report"] } == [report.text])
    }

    @Test("it is taken out again, and then counts there no more")
    func unlinked() async throws {
        let two = try await Two()
        let world = two.world
        let report = two.reports[0].report
        try await world.write { tx in try Incident.link(report, to: two.second, by: world.amina, in: tx) }
        let again = try await #require(throws: Refusal.self) {
            try await world.write { tx in try Incident.link(report, to: two.second, by: world.amina, in: tx) }
        }
        #expect(again.message.keyed.hasPrefix("response.linked_already"))
        let last = try await #require(throws: Refusal.self) {
            try await world.write { tx in try Incident.unlink(report, from: two.first, by: world.amina, in: tx) }
        }
        #expect(last.message.keyed.hasPrefix("response.unlink_last"))
        try await world.write { tx in try Incident.unlink(report, from: two.second, by: world.amina, in: tx) }
        let card = try await world.card(two.second)
        #expect(card.reports == 1 && card.independent == 1 && card.level == .single)
        #expect(try await world.answer(two.reports[0].code)?.also == [])
        let only = try await #require(throws: Refusal.self) {
            try await world.write { tx in
                try Incident.unlink(two.reports[1].report, from: two.second, by: world.amina, in: tx)
            }
        }
        #expect(only.message.keyed.hasPrefix("response.unlink_only"))
        // The grouping follows: what is like it no longer finds the second.
        let like = try await world.report(world.filing(from: "c"))
        #expect(try await world.incident(of: like) == two.first)
    }

    @Test("a report of two incidents that are merged is one report, and spam leaves both")
    func both() async throws {
        let two = try await Two()
        let world = two.world
        let report = two.reports[0].report
        try await world.write { tx in try Incident.link(report, to: two.second, by: world.amina, in: tx) }
        try await world.write { tx in try Report.markSpam(report, by: world.amina, in: tx) }
        #expect(try await world.card(two.first).state == .closed)
        #expect(try await world.card(two.second).reports == 1)
        try await world.write { tx in try Report.unmarkSpam(report, by: world.amina, in: tx) }
        #expect(try await world.card(two.first).reports == 1)
        #expect(try await world.card(two.second).reports == 2)
        try await world.write { tx in try Incident.merge(two.second, into: two.first, by: world.amina, in: tx) }
        let card = try await world.card(two.first)
        #expect(card.reports == 2 && card.independent == 2)
        #expect(try await world.answer(two.reports[0].code)?.also == [])
    }

    @Test("no exercise is linked with what is real, and nobody links who may not")
    func refused() async throws {
        let two = try await Two()
        let world = two.world
        let drill = try await world.incident(of: world.report(world.filing(isExercise: true)))
        await #expect(throws: Refusal.self) {
            try await world.write { tx in
                try Incident.link(two.reports[0].report, to: drill, by: world.amina, in: tx)
            }
        }
        await #expect(throws: Refusal.self) {
            try await world.write { tx in
                try Incident.link(two.reports[0].report, to: two.second, by: world.joao, in: tx)
            }
        }
    }
}

@Suite("After a restart")
struct WarmTests {
    @Test("every incident of the window is found again, the big one and the small one")
    func everyIncident() async throws {
        let world = try await World()
        let small = try await world.incident(of: world.report(world.filing(at: World.pacoima, from: "z")))
        for number in 1...(Intake.mostRememberedOfOne + 5) {
            try await world.report(world.filing(from: "\(number)"))
        }
        let restarted = Intake(database: world.database, keys: world.keys, places: world.places)
        #expect(try await restarted.warm(by: world.amina) == Intake.mostRememberedOfOne + 1)
        #expect(restarted.recent.incident(small.text)?.reports.count == 1)
    }

    @Test("a film from before the restart is no new witness after it")
    func films() async throws {
        let world = try await World()
        func film(_ intake: Intake, from source: String) async throws -> Intake.Receipt {
            var filing = world.filing(from: source)
            filing.files = try await world.files(World.photo(7))
            return try await intake.take(filing, submission: .once)
        }
        let id = try await world.incident(of: film(world.intake, from: "a"))
        let restarted = Intake(database: world.database, keys: world.keys, places: world.places)
        try await restarted.warm(by: world.amina)
        for source in ["b", "c"] {
            #expect(try await world.incident(of: film(restarted, from: source)) == id)
            #expect(try await world.card(id).independent == 1)
        }
    }

    @Test("pieces of one event that came before anybody looked are suggested to be merged, once")
    func pieces() async throws {
        let world = try await World()
        let old = try await world.incident(of: world.report(world.filing(from: "a")))
        let restarted = Intake(database: world.database, keys: world.keys, places: world.places)
        let piece = try await world.incident(of: restarted.take(world.filing(from: "b"), submission: .once))
        #expect(piece != old)
        try await restarted.warm(by: world.amina)
        #expect(try await world.card(piece).suggestions == 1)
        let detail = try await world.database.read { tx in
            try IncidentDetail.load(piece, by: world.amina, in: tx)
        }
        #expect(detail.suggestions.map(\.card.id) == [old])
        #expect(!(detail.suggestions.first?.why.words.isEmpty ?? true))
        try await restarted.warm(by: world.amina)
        #expect(try await world.events(of: piece, "incident.suggested").count == 1)
        try await world.write { tx in
            _ = try Incident.unite(old, with: piece, by: world.amina, in: tx)
        }
        // Nobody knows any more who sent the first.
        #expect(try await world.card(old).independent == 1)
        #expect(try await world.card(old).reports == 2)
    }
}
