// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response
import Support
import Testing

@Suite("Eyes on the scene")
struct EyesOnSceneTests {
    private static let seen = Verification.Finding(.confirmed, level: .onScene, how: .onScene)

    /// João is asked, and says yes.
    private func sent(_ world: World) async throws -> (incident: Ref<Incident>, mine: Ref<Assignment>) {
        let incident = try await world.incident()
        _ = try await world.dispatch(incident)
        let mine = try #require(try await world.current(world.joao)?.assignment.id)
        try await world.accept(mine, by: world.joao)
        return (incident, mine)
    }

    @Test("no desk and no verifier signs them while nobody we sent said “I am here”")
    func nobody() async throws {
        let world = try await World()
        let (incident, mine) = try await sent(world)
        var named = Self.seen
        named.witness = mine
        for (finding, field, caller) in [
            (Self.seen, "how", world.amina), (named, "witness", world.amina), (Self.seen, "how", world.joao),
            (Verification.Finding(.unfounded, level: .single, how: .onScene), "how", world.amina),
        ] {
            let refusal = await #expect(throws: Refusal.self) {
                try await world.sign(incident, finding, by: caller)
            }
            #expect(refusal?.fields.keys.sorted() == [field])
        }
        #expect(try await world.database.read { tx in try Verification.all(of: incident, in: tx) }.isEmpty)
    }

    @Test("whoever arrived signs them alone; the desk only with whoever it names, and the entry says who")
    func arrived() async throws {
        let world = try await World()
        let (incident, mine) = try await sent(world)
        let elsewhere = try await world.stoodThere(try await world.incident(), world.lupe, as: .observer)
        try await world.write { tx in try Assignment.arrive(mine, by: world.joao, timings: world.timings, in: tx) }
        await #expect(throws: Refusal.self) { try await world.sign(incident, Self.seen) }
        var named = Self.seen
        named.witness = elsewhere
        await #expect(throws: Refusal.self) { try await world.sign(incident, named) }
        named.witness = mine
        try await world.sign(incident, named)
        world.clock.advance(by: .seconds(1))
        _ = try await world.write { tx in
            try MyAssignment.verify(mine, finding: Self.seen, by: world.joao, timings: world.timings, in: tx)
        }
        let signed = try await world.database.read { tx in try Verification.all(of: incident, in: tx) }
        #expect(signed.map(\.person) == [world.amina.person, world.joao.person])
        #expect(signed.map(\.witness) == [mine, mine])
        #expect(signed.allSatisfy { $0.statement.contains("\nwitness \(mine)") })
        let detail = try await world.database.read { tx in
            try IncidentDetail.load(incident, by: world.amina, in: tx)
        }
        let isSigned = detail.verifications.allSatisfy { $0.isSigned }
        #expect(isSigned)
        #expect(detail.card.truth == .confirmed && detail.card.level == .onScene)
    }

    @Test("a desk can't sign against what its witness wrote, unless they spoke since and the note says why")
    func otherwise() async throws {
        let world = try await World()
        let (incident, mine) = try await sent(world)
        try await world.write { tx in try Assignment.arrive(mine, by: world.joao, timings: world.timings, in: tx) }
        let truck = Observation.Filing(sighting: .nothing, words: "Only a bakery truck.")
        try await world.intake.observe(truck, of: incident, submission: .once, by: world.joao)
        world.clock.advance(by: .seconds(1))
        // A later word that does not say what is there takes nothing back.
        let later = Observation.Filing(words: "I wait at the corner.")
        try await world.intake.observe(later, of: incident, submission: .once, by: world.joao)
        var finding = Self.seen
        finding.witness = mine
        let refusal = await #expect(throws: Refusal.self) { try await world.sign(incident, finding) }
        #expect(refusal?.fields.keys.sorted() == ["witness"])
        finding.spoke = true
        let mute = await #expect(throws: Refusal.self) { try await world.sign(incident, finding) }
        #expect(mute?.fields.keys.sorted() == ["note"])
        #expect(try await world.database.read { tx in try Verification.all(of: incident, in: tx) }.isEmpty)
        let nothing = Verification.Finding(.unfounded, level: .onScene, how: .onScene, witness: mine)
        try await world.sign(incident, nothing)
        finding.note = "He called: they came out of the market."
        try await world.sign(incident, finding)
        #expect(try await world.events(of: incident, "incident.verified").last?.data["spoke"] == "1")
    }

    @Test("what the witness says last is what is read: their own later observation, and their own signature")
    func last() async throws {
        let world = try await World()
        let (incident, mine) = try await sent(world)
        try await world.write { tx in try Assignment.arrive(mine, by: world.joao, timings: world.timings, in: tx) }
        func testimony() async throws -> Testimony? {
            let detail = try await world.database.read { tx in
                try IncidentDetail.load(incident, by: world.amina, in: tx)
            }
            return detail.assignments.first { $0.id == mine }.flatMap(detail.testimony)
        }
        #expect(try await testimony() == nil)
        for sighting in [Sighting.nothing, .yes] {
            world.clock.advance(by: .seconds(1))
            let filing = Observation.Filing(sighting: sighting)
            try await world.intake.observe(filing, of: incident, submission: .once, by: world.joao)
        }
        #expect(try await testimony()?.sighting == .yes)
        world.clock.advance(by: .seconds(1))
        // Their own eyes are their own: nobody holds what they wrote against them.
        _ = try await world.write { tx in
            let finding = Verification.Finding(.unfounded, level: .onScene, how: .onScene)
            return try MyAssignment.verify(mine, finding: finding, by: world.joao, timings: world.timings, in: tx)
        }
        #expect(try await testimony()?.sighting == .nothing)
    }

    @Test("L4 needs a verifier whose certificate holds; an observer's eyes carry less")
    func certificate() async throws {
        let world = try await World()
        let incident = try await world.incident()
        let hers = try await world.stoodThere(incident, world.lupe, as: .observer)
        var finding = Verification.Finding(
            .notEnforcement,
            level: .onScene,
            how: .onScene,
            witness: hers,
            explanation: Explanation("A film crew", in: "en")
        )
        let refusal = await #expect(throws: Refusal.self) { try await world.sign(incident, finding) }
        #expect(refusal?.fields.keys.sorted() == ["level"])
        finding.level = .supported
        try await world.sign(incident, finding)
        let his = try await world.stoodThere(incident)
        finding.level = .onScene
        finding.witness = his
        world.clock.advance(by: .days(366))
        let late = await #expect(throws: Refusal.self) { try await world.sign(incident, finding) }
        #expect(late?.fields.keys.sorted() == ["level"])
    }

    @Test("a verifier's own card offers it from arrival on, and a stranger's card is not found")
    func card() async throws {
        let world = try await World()
        let (_, mine) = try await sent(world)
        #expect(try await world.current(world.joao)?.mayVerify == false)
        try await world.write { tx in try Assignment.arrive(mine, by: world.joao, timings: world.timings, in: tx) }
        #expect(try await world.current(world.joao)?.mayVerify == true)
        await #expect(throws: Refusal.notFound) {
            try await world.write { tx in
                try MyAssignment.verify(mine, finding: Self.seen, by: world.lupe, timings: world.timings, in: tx)
            }
        }
    }
}
