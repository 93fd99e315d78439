// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response
import Support
import Testing
import Vault

@Suite("Observers write down what they see")
struct ObservationTests {
    /// Lupe was sent, and is on scene.
    private static func onScene(_ world: World) async throws -> Ref<Incident> {
        let id = try await world.incident(of: world.report())
        _ = try await world.dispatch(id, role: .observer)
        let assignment = try #require(await world.current(world.lupe)).assignment.id
        let (lupe, timings) = (world.lupe, world.timings)
        try await world.write { tx in
            try Assignment.accept(assignment, by: lupe, in: tx)
            try Assignment.arrive(assignment, by: lupe, timings: timings, in: tx)
        }
        return id
    }

    @Test("An observation with photos stands in the timeline with the hash of each")
    func hashesOnReceipt() async throws {
        let world = try await World()
        let id = try await Self.onScene(world)
        let filing = Observation.Filing(
            salute: Salute(size: "6", uniform: "Green vests"),
            words: "They talk with two workers.",
            files: try await world.files(World.photo(1), World.photo(2))
        )
        try await world.intake.observe(filing, of: id, submission: .once, by: world.lupe)
        let event = try #require(await world.events(of: id, "observation.made").first)
        let hashes = [World.photo(1), World.photo(2)].map { Fingerprint.hex(Fingerprint.sha256($0)) }
        #expect(event.data["sha256"] == hashes.joined(separator: ","))
        let amina = world.amina
        let detail = try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
        let entry = try #require(detail.observations.first)
        #expect(entry.words.content?.salute.uniform == "Green vests")
        #expect(entry.files.count == 2)
        #expect(entry.observation.assignment != nil)
        #expect(detail.handles[world.lupe.person] == "Lupe")
    }

    @Test("Sent twice by a phone on a weak signal, it is kept once")
    func keptOnce() async throws {
        let world = try await World()
        let id = try await Self.onScene(world)
        let filing = Observation.Filing(words: "Quiet.")
        let key = Submission.idempotencyKey("phone-1", bodyHash: [1])
        let first = try await world.intake.observe(filing, of: id, submission: key, by: world.lupe)
        let second = try await world.intake.observe(filing, of: id, submission: key, by: world.lupe)
        #expect(first == second)
        #expect(try await world.events(of: id, "observation.made").count == 1)
    }

    @Test("A key that comes back with other words is refused; a form keeps the first words")
    func otherWords() async throws {
        let world = try await World()
        let id = try await Self.onScene(world)
        let key = Submission.idempotencyKey("phone-1", bodyHash: [1])
        try await world.intake.observe(Observation.Filing(words: "Quiet."), of: id, submission: key, by: world.lupe)
        let refusal = try await #require(throws: Refusal.self) {
            let again = Submission.idempotencyKey("phone-1", bodyHash: [2])
            return try await world.intake.observe(
                Observation.Filing(words: "Loud."),
                of: id,
                submission: again,
                by: world.lupe
            )
        }
        #expect(refusal.kind == .conflict)

        let form = Submission.form(nonce: Array(repeating: 7, count: 16))
        let first = try await world.intake.observe(
            Observation.Filing(words: "Two vans."),
            of: id,
            submission: form,
            by: world.lupe
        )
        let second = try await world.intake.observe(
            Observation.Filing(words: "Three vans."),
            of: id,
            submission: form,
            by: world.lupe
        )
        #expect(first == second)
        let amina = world.amina
        let detail = try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
        #expect(Set(detail.observations.compactMap { $0.words.content?.words }) == ["Quiet.", "Two vans."])
    }

    @Test("It follows an incident that was merged while the phone had no signal")
    func followsMerge() async throws {
        let world = try await World()
        let id = try await Self.onScene(world)
        let other = try await world.incident(at: "pacoima")
        let amina = world.amina
        try await world.write { tx in try Incident.merge(id, into: other, by: amina, in: tx) }
        try await world.intake.observe(
            Observation.Filing(words: "Quiet."),
            of: id,
            submission: .once,
            by: world.lupe
        )
        #expect(try await world.events(of: other, "observation.made").count == 1)
    }

    @Test("Who was not sent finds nothing, and an empty one is refused")
    func refusals() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        let stranger = try await #require(throws: Refusal.self) {
            try await world.intake.observe(
                Observation.Filing(words: "I was there"),
                of: id,
                submission: .once,
                by: world.lupe
            )
        }
        #expect(stranger.kind == .notFound)
        let empty = try await #require(throws: Refusal.self) {
            try await world.intake.observe(Observation.Filing(), of: id, submission: .once, by: world.amina)
        }
        #expect(empty.fields["words"] != nil)
        let bad = try await #require(throws: Refusal.self) {
            let files = try await world.files(Array("<html><body></body>".utf8))
            let filing = Observation.Filing(words: "x", files: files)
            return try await world.intake.observe(filing, of: id, submission: .once, by: world.amina)
        }
        #expect(bad.fields["photos"] != nil)
    }
}
