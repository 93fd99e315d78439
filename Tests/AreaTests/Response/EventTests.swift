// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response
import Support
import Testing

@Suite("What the events say")
struct EventTests {
    private static func all(_ world: World) async throws -> [Event] {
        try await world.database.read { tx in try Event.after(0, limit: 100_000, in: tx) }
    }

    private static func purge(_ world: World) async throws {
        let timings = world.timings
        try await world.write { tx in _ = try Retention.purge(timings: timings, in: tx) }
    }

    /// Every text in the events that names one of these.
    private static func traces(of refs: [String], _ world: World) async throws -> [Event] {
        try await all(world).filter { event in
            refs.contains { ref in event.subject == ref || event.data.values.contains { $0.contains(ref) } }
        }
    }

    private static func count(_ table: SQL, _ world: World) async throws -> Int {
        try await world.database.read { tx in try tx.count("SELECT count(*) FROM \(table)") }
    }

    @Test("References, states and counts; never a word that somebody wrote")
    func noWords() async throws {
        let world = try await World()
        var filing = world.filing("Mango vans by the lake, my cousin Ximena saw them")
        filing.files = try await world.files(World.photo())
        filing.salute = Salute(size: "mango six", uniform: "mango vests")
        let id = try await world.incident(of: world.report(filing))
        let other = try await world.incident(at: "pacoima")
        let (amina, lupe, timings) = (world.amina, world.lupe, world.timings)
        try await world.write { tx in try Incident.retitle(id, to: "Mango vans", by: amina, in: tx) }
        _ = try await world.dispatch(id, role: .observer, meeting: "Mango corner")
        let offer = try #require(await world.current(lupe)).assignment.id
        try await world.write { tx in
            try Assignment.accept(offer, by: lupe, in: tx)
            try Assignment.arrive(offer, by: lupe, timings: timings, in: tx)
        }
        let seen = Observation.Filing(
            salute: Salute(activity: "mango"),
            words: "Mango trucks",
            files: try await world.files(World.photo(2))
        )
        try await world.intake.observe(seen, of: id, submission: .once, by: lupe)
        var finding = Verification.Finding.filmShoot
        finding.note = "Mango says the guard"
        try await world.verify(id, finding)
        try await world.verify(id, .seen)
        try await world.write { tx in
            try Assignment.done(offer, by: lupe, in: tx)
            let words = AfterAction.Words(wentWell: "Mango", change: "Mango", howWeAre: "Mango")
            try AfterAction.write(words, of: id, by: amina, in: tx)
            try Incident.merge(other, into: id, by: amina, in: tx)
            try Incident.close(id, by: amina, in: tx)
            try Timings.set(["response.offer_life_s": 60], by: world.ruth, in: tx)
        }
        try await world.pass(.hours(4))
        let events = try await Self.all(world)
        #expect(Set(events.map(\.kind)).count > 25)
        let plain = Set("abcdefghijklmnopqrstuvwxyz0123456789_-.,L".unicodeScalars)
        for event in events {
            for text in [event.actor, event.subject].compactMap(\.self) + event.data.values {
                #expect(text.unicodeScalars.allSatisfy(plain.contains), "\(event.kind): \(text)")
                #expect(!text.contains("mango") && !text.contains("ximena"), "\(event.kind): \(text)")
            }
        }
    }

    @Test("Of a report that is deleted nothing is left, and of an incident that was not confirmed only the count")
    func falseIncident() async throws {
        let world = try await World()
        let receipts = [
            try await world.report(world.filing(from: "a")), try await world.report(world.filing(from: "b")),
        ]
        let id = try await world.incident(of: receipts[0])
        let amina = world.amina
        _ = try await world.dispatch(id)
        try await world.write { tx in
            try Report.needsMore(receipts[1].report, asking: .place, by: amina, in: tx)
        }
        try await world.verify(id, .filmShoot)
        try await world.write { tx in
            try AfterAction.write(AfterAction.Words(wentWell: "We were quick"), of: id, by: amina, in: tx)
            try Incident.close(id, by: amina, in: tx)
        }
        let assignments = try await world.assignments(of: id).map(\.id.text)
        #expect(!assignments.isEmpty)
        world.clock.advance(by: .hours(73))
        let newest = try await world.database.read { tx in try Event.newest(in: tx) }
        try await Self.purge(world)
        let gone = receipts.map(\.report.text) + [id.text] + assignments
        #expect(try await Self.traces(of: gone, world) == [])
        for table: SQL in [
            "reports", "incidents", "incident_reports", "dispatches", "assignments", "verifications", "after_actions",
            "messages WHERE kind = 'offer' OR kind = 'called_off'",
        ] { #expect(try await Self.count(table, world) == 0, "\(table.text)") }
        let counts = try await world.database.read { tx in try Retention.counts(in: tx) }
        #expect(counts.map(\.count) == [2])
        #expect(try await world.database.read { tx in try Event.newest(in: tx) } > newest)
        try await Self.purge(world)
        #expect(try await Self.count("incidents", world) == 0)
    }

    @Test("What was never closed is closed first, so that whoever looks at it is told, then deleted")
    func neverClosed() async throws {
        let world = try await World()
        let answered = try await world.incident(of: world.report())
        try await world.verify(answered, .filmShoot)
        let waiting = try await world.incident(of: world.report(world.filing("Vans", at: World.pacoima)))
        world.clock.advance(by: .days(8))
        try await Self.purge(world)
        for (id, cause) in [(answered, "age"), (waiting, "time")] {
            #expect(try await world.events(of: id, "incident.closed").map { $0.data["because"] } == [cause])
        }
        try await Self.purge(world)
        #expect(try await Self.count("incidents", world) == 0)
        #expect(try await Self.traces(of: [answered.text, waiting.text], world) == [])
    }

    @Test("A false incident stays while somebody is out, while it is news, and while an observation belongs to it")
    func stays() async throws {
        let world = try await World()
        let timings = world.timings
        let id = try await world.incident(of: world.report())
        _ = try await world.dispatch(id, role: .observer)
        let lupe = world.lupe
        let offer = try #require(await world.current(lupe)).assignment.id
        try await world.write { tx in
            try Assignment.accept(offer, by: lupe, in: tx)
            try Assignment.arrive(offer, by: lupe, timings: timings, in: tx)
        }
        try await world.verify(id, .filmShoot)
        world.clock.advance(by: .days(8))
        for _ in 1...2 { try await Self.purge(world) }
        #expect(try await world.card(id).state == .answered)
        let seen = Observation.Filing(words: "A film crew.")
        try await world.intake.observe(seen, of: id, submission: .once, by: lupe)
        try await world.write { tx in try Assignment.done(offer, by: lupe, in: tx) }
        for _ in 1...2 { try await Self.purge(world) }
        #expect(try await world.card(id).isClosed)
        #expect(try await world.events(of: id, "observation.made").count == 1)

        var quick = timings
        quick.keepUnfounded = .hours(1)
        let hasty = quick
        let other = try await world.incident(of: world.report(world.filing("Vans", at: World.pacoima)))
        try await world.verify(other, .filmShoot)
        world.clock.advance(by: .hours(20))
        for _ in 1...2 { try await world.write { tx in _ = try Retention.purge(timings: hasty, in: tx) } }
        #expect(try await world.status().falseToday.map(\.id) == [other])
    }

    @Test("A confirmed incident keeps its line; a report of it that was spam leaves none, wherever it was before")
    func spamOfConfirmed() async throws {
        let world = try await World()
        let amina = world.amina
        let spam = try await world.report(world.filing("Vans", at: World.pacoima))
        let pair = [try await world.report(world.filing(from: "a")), try await world.report(world.filing(from: "b"))]
        let (old, id) = (try await world.incident(of: spam), try await world.incident(of: pair[0]))
        try await world.write { tx in
            try Incident.merge(old, into: id, by: amina, in: tx)
            try Report.markSpam(spam.report, by: amina, in: tx)
        }
        try await world.verify(id, .seen)
        let part = try await world.write { tx in try Incident.split([pair[1].report], from: id, by: amina, in: tx) }
        try await world.verify(part, .filmShoot)
        try await world.write { tx in try Incident.close(part, by: amina, in: tx) }
        world.clock.advance(by: .days(8))
        for _ in 1...2 { try await Self.purge(world) }
        #expect(try await Self.traces(of: [spam.report.text, pair[1].report.text, part.text], world) == [])
        #expect(try await Self.traces(of: [pair[0].report.text], world).count == 1)
        #expect(try await world.card(id).truth == .confirmed)
        #expect(try await world.events(of: id, "incident.merged").map { $0.data["count"] } == ["1"])
        #expect(try await world.events(of: id, "incident.split").map { $0.data["into"] } == ["gone"])

        world.clock.advance(by: .days(800))
        try await world.write { tx in
            try Incident.over(id, by: amina, in: tx)
            try Incident.close(id, by: amina, in: tx)
        }
        world.clock.advance(by: .days(800))
        for _ in 1...2 { try await Self.purge(world) }
        #expect(try await Self.count("incidents", world) == 0)
        #expect(try await Self.traces(of: [id.text, old.text, pair[0].report.text], world) == [])
    }
}
