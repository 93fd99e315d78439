// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Support
import Testing

@Suite("What is no longer needed is deleted")
struct RetentionTests {
    private static func purge(_ world: World) async throws -> Int {
        let timings = world.timings
        return try await world.write { tx in try Retention.purge(timings: timings, in: tx) }
    }

    private static func counts(_ world: World) async throws -> [String: Int] {
        try await world.database.read { tx in
            try Retention.counts(in: tx).reduce(into: [:]) { $0["\($1.day) \($1.zone) \($1.what)"] = $1.count }
        }
    }

    @Test("An unfounded report and its photo go after 72 hours; the count stays")
    func unfounded() async throws {
        let world = try await World()
        var filing = world.filing()
        filing.files = try await world.files(World.photo())
        let receipt = try await world.report(filing)
        let id = try await world.incident(of: receipt)
        try await world.verify(id, .filmShoot)
        world.clock.advance(by: .hours(71))
        #expect(try await Self.purge(world) == 0)
        world.clock.advance(by: .hours(2))
        #expect(try await Self.purge(world) == 1)
        #expect(try await world.answer(receipt.code) == nil)
        let left = try await world.database.read { tx in try tx.count("SELECT count(*) FROM files") }
        #expect(left == 0)
        // The clock of a test starts on 28 May 2026, 20:26 UTC.
        #expect(try await Self.counts(world) == ["2026-05-28 boyle-heights reports.not_enforcement": 1])
        #expect(try await Self.purge(world) == 0)
    }

    @Test("What nobody could check goes after seven days, and leaves the board")
    func unverified() async throws {
        let world = try await World()
        let receipt = try await world.report()
        world.clock.advance(by: .days(6))
        #expect(try await Self.purge(world) == 0)
        world.clock.advance(by: .days(2))
        #expect(try await Self.purge(world) == 1)
        #expect(try await world.answer(receipt.code) == nil)
        #expect(try await world.board().toVerify.isEmpty)
    }

    @Test("What was confirmed stays two years")
    func confirmed() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let id = try await world.incident(of: receipt)
        try await world.verify(id, .seen)
        world.clock.advance(by: .days(700))
        #expect(try await Self.purge(world) == 0)
        world.clock.advance(by: .days(40))
        #expect(try await Self.purge(world) == 1)
    }

    @Test("Exercises leave no count")
    func exercises() async throws {
        let world = try await World()
        try await world.report(world.filing(isExercise: true))
        world.clock.advance(by: .days(8))
        #expect(try await Self.purge(world) == 1)
        #expect(try await Self.counts(world).isEmpty)
    }

    @Test("Spam goes after 72 hours")
    func spam() async throws {
        let world = try await World()
        let receipt = try await world.report()
        let amina = world.amina
        try await world.write { tx in try Report.markSpam(receipt.report, by: amina, in: tx) }
        world.clock.advance(by: .hours(73))
        #expect(try await Self.purge(world) == 1)
        #expect(try await Self.counts(world) == ["2026-05-28 boyle-heights reports.spam": 1])
    }

    @Test("The day of a count is the city's, not Greenwich's")
    func localDay() async throws {
        let world = try await World()
        // 28 May, 20:26 UTC, and eight hours more: the 29th there, the evening of the 28th in Los Angeles.
        world.clock.advance(by: .hours(8))
        try await world.report()
        world.clock.advance(by: .days(8))
        #expect(try await Self.purge(world) == 1)
        #expect(try await Self.counts(world) == ["2026-05-28 boyle-heights reports.unknown": 1])
    }
}
