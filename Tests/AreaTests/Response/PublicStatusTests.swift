// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Support
import Testing

@Suite("The public status says what is true, and no more")
struct PublicStatusTests {
    @Test("What is being checked is a number, not a place")
    func checkingIsANumber() async throws {
        let world = try await World()
        try await world.report()
        let status = try await world.status()
        #expect(status.checkingCount == 1)
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
}
