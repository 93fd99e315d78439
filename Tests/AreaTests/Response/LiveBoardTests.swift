// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response
import Support
import Testing

@Suite("The board in memory")
struct LiveBoardTests {
    private let world: World

    init() async throws { world = try await World() }

    private func window(_ most: Int = 1_000) async throws -> LiveBoard.Window {
        let (amina, since) = (world.amina, world.clock.now - .hours(24))
        return try await world.database.read { tx in
            try LiveBoard.window(most: most, since: since, by: amina, in: tx)
        }
    }

    /// What the memory says is what the database says: every card, its list, its place in it, and the figures.
    private func expectTheSame(_ step: String) async throws {
        let (live, board) = (try await window(), try await world.board())
        let all = board.toVerify + board.active
        for column in Board.Column.allCases {
            let expected = all.filter { $0.column == column }
                .sorted { ($0.order, $0.id.text) < ($1.order, $1.id.text) }
            #expect(live.list(column) == expected, "\(column) after \(step)")
            #expect(live.counts.columns[column] ?? 0 == expected.count, "\(column) after \(step)")
        }
        #expect(live.counts.waiting == all.count { $0.state != .answered }, "after \(step)")
        #expect(
            live.counts.confirmed == board.active.filter { $0.truth == .confirmed && !$0.isOver }.count,
            "after \(step)"
        )
        #expect(live.counts.answered.filter { $0.value > 0 } == board.answered, "after \(step)")
        #expect(Set(live.marks.map(\.zone)) == Set(all.compactMap(\.zone)), "after \(step)")
        #expect(live.cursor == board.cursor, "after \(step)")
    }

    @Test("says what the database says, after every step")
    func follows() async throws {
        try await expectTheSame("nothing")
        let first = try await world.incident(of: world.report(world.filing(from: "a")))
        try await expectTheSame("a report")
        try await world.report(world.filing("vans by the lake at the park, men in vests", from: "b"))
        try await expectTheSame("a second report")
        let second = try await world.incident(of: world.report(world.filing("A checkpoint", at: World.pacoima)))
        try await expectTheSame("another incident")
        let amina = world.amina
        try await world.database.write { tx in try Incident.startVerifying(first, by: amina, in: tx) }
        try await expectTheSame("verifying")
        try await world.verify(first, .seen)
        try await expectTheSame("an answer")
        try await world.database.write { tx in try Incident.over(first, by: amina, in: tx) }
        try await expectTheSame("its end")
        try await world.verify(second, .filmShoot)
        try await expectTheSame("a false alarm")
        try await world.database.write { tx in try Incident.close(second, by: amina, in: tx) }
        try await expectTheSame("closing")
        try await world.database.write { tx in try Incident.reopen(second, by: amina, in: tx) }
        try await expectTheSame("reopening")
        let reports = try await world.database.read { tx in try Report.all(of: first, in: tx).map(\.id) }
        let third = try await world.database.write { tx in
            try Incident.split([reports[0]], from: first, by: amina, in: tx)
        }
        try await expectTheSame("a split")
        try await world.database.write { tx in try Incident.merge(third, into: first, by: amina, in: tx) }
        try await expectTheSame("a merge")
        let spam = try await world.report(world.filing("buy a watch", at: World.pacoima, from: "c"))
        let of = try await world.incident(of: spam)
        let id = spam.report
        try await expectTheSame("spam that nobody marked")
        try await world.database.write { tx in try Report.markSpam(id, by: amina, in: tx) }
        _ = of
        try await expectTheSame("spam")
    }

    @Test("shows the beginning of a long list and counts the rest")
    func isCut() async throws {
        for number in 0..<5 {
            let place = Whereabouts(point: Point(latitude: 34.0 + Double(number) * 0.05, longitude: -118.3))
            try await world.report(world.filing("Vans, number \(number)", at: place, from: "p\(number)"))
        }
        let (few, all) = (try await window(2), try await window())
        #expect(all.list(.verify).count == 5)
        #expect(few.list(.verify) == Array(all.list(.verify).prefix(2)))
        #expect(few.counts == all.counts)
        #expect(few.marks == all.marks)
    }

    @Test("tells of a change only what changed, and of one that is gone nothing")
    func delta() async throws {
        let first = try await world.incident(of: world.report())
        try await world.report(world.filing("A checkpoint", at: World.pacoima))
        let (amina, since) = (world.amina, world.clock.now - .hours(24))
        let gone = Ref<Incident>.new()
        let delta = try await world.database.read { tx in
            try LiveBoard.delta(of: [first, gone], since: since, by: amina, in: tx)
        }
        #expect(delta.cards.map(\.id) == [first])
        #expect(delta.counts.waiting == 2)
    }

    @Test("is not for everybody")
    func refused() async throws {
        let (lupe, since) = (world.lupe, world.clock.now)
        await #expect(throws: Refusal.self) {
            try await world.database.read { tx in try LiveBoard.window(most: 10, since: since, by: lupe, in: tx) }
        }
    }

    @Test("many readers and a writer see no card twice and none too few")
    func together() async throws {
        let world = world
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 0..<20 {
                    let place = Whereabouts(point: Point(latitude: 33.8 + Double(number) * 0.02, longitude: -118.3))
                    try await world.report(world.filing("Vans, number \(number)", at: place, from: "p\(number)"))
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<20 {
                        let live = try await self.window()
                        let ids = live.list(.verify).map(\.id)
                        #expect(Set(ids).count == ids.count)
                        #expect(live.counts.waiting == ids.count)
                    }
                }
            }
            try await group.waitForAll()
        }
        try await expectTheSame("twenty reports")
        #expect(try await window().list(.verify).count == 20)
    }

    @Test("counts what is only rehearsed apart, and marks it so")
    func rehearsed() async throws {
        _ = try await world.report(world.filing("A checkpoint", at: World.pacoima))
        let drill = try await world.rehearsed()
        try await expectFigures(waiting: 1, exercises: 1)
        let counts = try await window().counts
        #expect(counts.unverified == 1 && counts.played.unverified == 2 && counts.columns[.verify] == 2)
        try await world.verify(drill, .seen)
        try await expectFigures(waiting: 1, exercises: 1)
        let window = try await window()
        #expect(window.list(.active).map(\.isExercise) == [true])
        #expect(Set(window.marks.map(\.isExercise)) == [true, false])
        let (amina, whole) = (world.amina, try await world.board())
        #expect(whole.answered.isEmpty)
        try await world.database.write { tx in try Incident.close(drill, by: amina, in: tx) }
        try await expectFigures(waiting: 1, exercises: 0)
    }

    private func expectFigures(waiting: Int, exercises: Int) async throws {
        let counts = try await window().counts
        #expect(counts.waiting == waiting && counts.exercises == exercises)
        #expect(counts.confirmed == 0 && counts.answered.values.allSatisfy { $0 == 0 })
        // Where a cast plays, all of it counts.
        let all = counts.played
        #expect(all.waiting + all.confirmed == waiting + exercises && all.exercises == 0)
    }
}
