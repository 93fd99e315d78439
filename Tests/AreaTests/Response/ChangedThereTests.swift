// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@Suite("Whoever is on the scene")
struct ChangedThereTests {
    private static let calledBack = Verification.Finding(.unfounded, level: .structured, how: .callBack)

    /// João is there.
    private struct There {
        let world: World
        let incident: Ref<Incident>
        let mine: Ref<Assignment>

        init() async throws {
            let world = try await World()
            self.world = world
            let incident = try await world.incident()
            self.incident = incident
            _ = try await world.dispatch(incident)
            mine = try #require(try await world.current(world.joao)).assignment.id
            let mine = mine
            try await world.accept(mine, by: world.joao)
            try await world.write { tx in
                try Assignment.arrive(mine, by: world.joao, timings: world.timings, in: tx)
            }
        }

        func sign(_ finding: Verification.Finding, by caller: Caller? = nil) async throws {
            try await world.sign(incident, finding, by: caller)
        }

        var told: [Message.Kind] { get async throws { try await world.told(world.joao) } }
    }

    @Test("is told of an answer that others gave, reads it on their card, and may say otherwise")
    func answer() async throws {
        let there = try await There()
        let world = there.world
        #expect(try await there.told.isEmpty)
        try await there.sign(Self.calledBack)
        #expect(try await there.told == [.incidentChanged])
        let card = try #require(try await world.current(world.joao))
        #expect(card.truth == .unfounded && card.mayVerify)
        let mine = there.mine
        _ = try await world.write { tx in
            try MyAssignment.verify(mine, finding: .seen, by: world.joao, timings: world.timings, in: tx)
        }
        #expect(try await world.card(there.incident).truth == .confirmed)
        #expect(try await world.current(world.joao)?.truth == .confirmed)
        #expect(try await there.told == [.incidentChanged], "not of what they signed themselves")
    }

    @Test("is told once that it is confirmed, and that it is over")
    func over() async throws {
        let there = try await There()
        let world = there.world
        var seen = Verification.Finding.seen
        seen.witness = there.mine
        try await there.sign(seen)
        #expect(try await there.told == [.incidentChanged])
        try await world.write { tx in try Message.markRead(by: world.joao, in: tx) }
        try await there.sign(seen)
        #expect(try await there.told.isEmpty, "what they know is no news")
        let incident = there.incident
        try await world.write { tx in try Incident.over(incident, by: world.amina, in: tx) }
        #expect(try await there.told == [.incidentChanged])
        #expect(try await world.current(world.joao)?.isOver == true)
    }

    @Test("is told that it became part of another")
    func merged() async throws {
        let there = try await There()
        let world = there.world
        let (incident, other) = (there.incident, try await world.incident(at: "pacoima"))
        try await world.write { tx in try Incident.merge(incident, into: other, by: world.amina, in: tx) }
        #expect(try await there.told == [.incidentChanged])
        #expect(try await world.current(world.joao)?.zone == "pacoima")
    }

    @Test("makes it one that is being checked, and no longer one that waits for somebody")
    func shown() async throws {
        let world = try await World()
        let incident = try await world.incident()
        #expect(try await world.card(incident).state == .unverified)
        _ = try await world.dispatch(incident)
        #expect(try await world.card(incident).state == .verifying)
        #expect(try await world.card(incident).column == .verify)
        let mine = try #require(try await world.current(world.joao)).assignment.id
        let brief = try await world.database.read { tx in try OfferBrief.find(mine, in: tx) }
        #expect(brief.scene.state == .verifying)
        try await world.accept(mine, by: world.joao)
        #expect(try await world.card(incident).column == .active)
        #expect(try await world.board().toVerify.isEmpty)
        #expect(try await world.board().active.map(\.id) == [incident])
        try await world.write { tx in
            try Assignment.decline(mine, by: world.joao, in: tx)
            try Dispatch.stopAll(of: incident, actor: nil, in: tx)
        }
        #expect(try await world.card(incident).state == .unverified, "nobody goes after all")
        #expect(try await world.board().toVerify.map(\.id) == [incident])
    }
}
