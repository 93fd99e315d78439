// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Support
import Testing
import Vault

@Suite("The public status says what is true, and no more")
struct PublicStatusTests {
    @Test("What is being checked is a number, not a place")
    func checkingIsANumber() async throws {
        let world = try await World()
        for place in [World.pacoima, World.hollenbeck] { try await world.report(world.filing(at: place)) }
        world.clock.advance(by: .minutes(6))
        let status = try await world.status()
        #expect(status.checkingCount == nil)
        #expect(status.confirmed.isEmpty && status.falseToday.isEmpty && status.over.isEmpty)
        #expect(status.updatedAt == nil)
    }

    @Test("A false alarm is told as plainly as a true one, with what it was")
    func falseAlarms() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .filmShoot)
        let item = try #require(await world.status().falseToday.first)
        #expect(item.explanation?.text(in: "en") == "A film crew shoots a scene.")
        #expect(item.how == .onScene)
        #expect(item.zone == "boyle-heights")
        #expect(item.cell(in: world.places)?.resolution == .neighborhood)
        #expect(item.reports == nil)
        #expect(try await world.status().updatedAt == world.clock.now)
    }

    @Test("It was seen about when, never exactly when")
    func coarseTimes() async throws {
        let world = try await World()
        var filing = world.filing()
        filing.seenAt = world.clock.now - .seconds(77)
        let id = try await world.incident(of: world.report(filing))
        try await world.verify(id, .seen)
        let item = try #require(await world.status().confirmed.first)
        #expect(item.firstSeenAt.milliseconds % 300_000 == 0)
        #expect(item.firstSeenAt <= world.clock.now)
    }

    @Test("Exercises are shown only where they are asked for, and yesterday's answers leave")
    func exercisesAndYesterday() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report(world.filing(isExercise: true)))
        try await world.verify(id, .filmShoot)
        #expect(try await world.status().falseToday.isEmpty)
        let shown = try await world.database.read { tx in try PublicStatus.load(exercises: true, in: tx) }
        #expect(shown.falseToday.map(\.isExercise) == [true])
        world.clock.advance(by: .hours(25))
        let later = try await world.database.read { tx in try PublicStatus.load(exercises: true, in: tx) }
        #expect(later.falseToday.isEmpty)
    }

    @Test("What goes on stays, however long ago it was confirmed")
    func confirmedStays() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        world.clock.advance(by: .hours(30))
        #expect(try await world.status().confirmed.map(\.id) == [id])
    }

    @Test("What goes on stays, however many others were answered after it, and all of those are counted")
    func confirmedStaysAmongMany() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        world.clock.advance(by: .minutes(1))
        try await world.write { tx in
            for _ in 1...201 {
                try tx.run(
                    """
                    INSERT INTO incidents (id, team, kind, zone, state, truth, level, answered_at, first_seen_at,
                        last_report_at, exercise)
                    SELECT \(Ref<Incident>.new(at: tx.now)), team, kind, zone, state, 'unfounded', level, \(tx.now),
                        first_seen_at, last_report_at, exercise FROM incidents WHERE id = \(id)
                    """
                )
            }
        }
        let status = try await world.status()
        #expect(status.confirmed.map(\.id) == [id])
        #expect(status.falseToday.count == 200)
        #expect(status.counts.confirmed == 1 && status.counts.falseToday == 201)
        #expect(status.counts.over == 0 && status.counts.unable == 0)
    }

    @Test("Counts are in fives, never more than there are, and nothing under five")
    func blurred() {
        for count in 0...200 {
            for chance in UInt8(0)...4 {
                let shown = Blur { _ in chance }.shown(count, of: "checking", at: Instant(milliseconds: 0))
                #expect((shown ?? 0) % 5 == 0 && (shown ?? 0) <= count && count - (shown ?? 0) < 9)
                #expect(shown != 0 && (count >= 5 || shown == nil))
            }
        }
    }

    @Test("From one five minutes to the next a count moves by itself, and alike on every node")
    func chances() {
        let keys = InstanceKeys.fleeting()
        let times = (0..<60).map { Instant(milliseconds: 1_780_000_000_000) + .minutes(5 * $0) }
        let shown = times.map { Blur(keys).shown(12, of: "checking", at: $0) }
        #expect(Set(shown) == [5, 10])
        #expect(times.map { Blur(keys).shown(12, of: "checking", at: $0) } == shown)
        // Within the five minutes it stands still; and another count moves otherwise.
        #expect(times.map { Blur(keys).shown(12, of: "checking", at: $0 + .seconds(99)) } == shown)
        #expect(times.map { Blur(keys).shown(12, of: "an incident", at: $0) } != shown)
    }

    @Test("The board counts from when it was reported, and the public reads about when")
    func trueAge() async throws {
        let world = try await World()
        world.clock.advance(by: .seconds(299))
        let reported = world.clock.now
        let id = try await world.incident(of: world.report())
        world.clock.advance(by: .minutes(20))
        try await world.verify(id, .seen)
        let card = try await world.card(id)
        #expect(card.seenAt == reported)
        let item = try #require(await world.status().confirmed.first)
        #expect(item.firstSeenAt == card.firstSeenAt && item.firstSeenAt.milliseconds % 300_000 == 0)
        var late = world.filing("Men with vests at a gate", at: World.pacoima)
        late.seenAt = world.clock.now - .minutes(40)
        let old = try await world.card(try await world.incident(of: world.report(late)))
        #expect(old.seenAt == old.firstSeenAt, "what was seen long before it was told")
    }

    @Test("A report that comes to what everybody knows changes nothing that everybody sees")
    func unseen() async throws {
        let world = try await World()
        world.clock.advance(by: .minutes(6))
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        let before = try await world.status()
        world.clock.advance(by: .milliseconds(1))
        var filing = world.filing()
        filing.seenAt = world.clock.now - .minutes(20)
        for _ in 1...9 { try await world.report(filing) }
        #expect(try await world.card(id).reports == 10)
        #expect(try await world.status() == before)
        world.clock.advance(by: .minutes(5))
        #expect(try await world.status().confirmed == before.confirmed)
        try await world.verify(id, .seen)
        let after = try await world.status()
        #expect(after.confirmed.map(\.reports) == [10])
        #expect(after.confirmed.map(\.firstSeenAt) == before.confirmed.map(\.firstSeenAt))
    }

    @Test("The name of an incident outside is always the same, and doesn't tell when its first report came")
    func names() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .seen)
        let name = try #require(await world.status().confirmed.first).name
        #expect(
            name != id.text
                && name.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil
        )
        #expect(try await world.status().confirmed.first?.name == name)
    }
}
