// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Kit
import Matching
import People
import Support
import Testing

@Suite("A helper")
struct HelperTests {
    @Test("is kept and found as registered, at the middle of their neighborhood")
    func registered() async throws {
        let world = try await World()
        let until = world.clock.now + .days(100)
        try await world.database.write { tx in
            try Helper.register(
                world.joao.person,
                at: "boyle-heights",
                skills: [(.verifier, until), (.driver, nil)],
                languages: ["es", "zh-hant"],
                radius: 7_000,
                capacity: 2,
                places: world.places,
                by: world.ruth,
                in: tx
            )
        }
        let helper = try #require(try await world.database.read { tx in try Helper.find(world.joao.person, in: tx) })
        #expect(helper.point == world.places.place("boyle-heights")?.center)
        #expect(helper.skills == [HeldSkill(.driver), HeldSkill(.verifier, until: until)])
        #expect(helper.languages == ["es", "zh-hant"])
        #expect(helper.radius == 7_000)
        #expect(helper.capacity == 2)
        let able = try await world.database.read { tx in
            try Helper.all(in: tx).filter { $0.skills.contains { $0.skill == .driver } }.map(\.person)
        }
        #expect(able == [world.joao.person])
    }

    @Test("is refused with a word beside each answer that can't be taken")
    func refused() async throws {
        let world = try await World()
        let refusal = await #expect(throws: Refusal.self) {
            try await world.database.write { tx in
                try Helper.register(
                    world.joao.person,
                    at: "boyle-heights",
                    skills: [(.observer, nil)],
                    languages: ["Español"],
                    radius: .nan,
                    capacity: -1,
                    places: world.places,
                    by: world.ruth,
                    in: tx
                )
            }
        }
        #expect(Set((refusal?.fields ?? [:]).keys) == ["skills", "languages", "radius", "capacity"])
    }

    @Test("does not certify themselves")
    func notOneself() async throws {
        let world = try await World()
        await #expect(throws: Refusal.forbidden) {
            try await world.database.write { tx in
                let held = HeldSkill(.observer, until: tx.now + .days(1))
                try Helper.certify(world.joao.person, held, by: world.joao, in: tx)
            }
        }
    }

    @Test("can rest, and come back")
    func rests() async throws {
        let world = try await World()
        let until = world.clock.now + .hours(2)
        try await world.database.write { tx in
            try Helper.pause(world.joao.person, until: until, by: world.joao, in: tx)
        }
        let resting = try await world.database.read { tx in try Helper.find(world.joao.person, in: tx) }
        #expect(resting?.isResting(at: world.clock.now) == true)
        await #expect(throws: Refusal.forbidden) {
            try await world.database.write { tx in try Helper.resume(world.joao.person, by: world.lupe, in: tx) }
        }
        try await world.database.write { tx in try Helper.resume(world.joao.person, by: world.joao, in: tx) }
        let back = try await world.database.read { tx in try Helper.find(world.joao.person, in: tx) }
        #expect(back?.isResting(at: world.clock.now) == false)
    }

    @Test("is available from the first moment to before the last")
    func available() async throws {
        let world = try await World()
        let start = world.clock.now + .hours(20)
        let id = try await world.database.write { tx in
            try Availability.add(world.joao.person, from: start, to: start + .hours(1), by: world.joao, in: tx)
        }
        let moments = [start - .milliseconds(1), start, start + .hours(1) - .milliseconds(1), start + .hours(1)]
        let available = try await world.database.read { tx in
            try moments.map { try Availability.isAvailable(world.joao.person, at: $0, in: tx) }
        }
        #expect(available == [false, true, true, false])
        try await world.database.write { tx in try Availability.end(id, by: world.joao, in: tx) }
        let after = try await world.database.read { tx in
            try Availability.isAvailable(world.joao.person, at: start, in: tx)
        }
        #expect(!after)
    }

    @Test("is available in the hours of their week, and only by their own word or a coordinator's")
    func weekly() async throws {
        let world = try await World()
        // By then nobody of the cast is on shift.
        let later = world.clock.now + .hours(20)
        let hours = WeeklyHours([WeeklyHours.hour(at: later)])
        await #expect(throws: Refusal.forbidden) {
            try await world.database.write { tx in
                try Availability.setWeek(world.joao.person, hours, by: world.lupe, in: tx)
            }
        }
        let need = Need(.verifier, at: later, count: 1, within: 50_000, roles: [.verifier])
        let before = try await world.database.read { tx in try HelperIndex.nearest(need, load: [:], in: tx) }
        #expect(before.shortfall?.main == .offShift)
        try await world.database.write { tx in
            try Availability.setWeek(world.joao.person, hours, by: world.joao, in: tx)
        }
        let after = try await world.database.read { tx in
            (try HelperIndex.nearest(need, load: [:], in: tx), try Availability.week(of: world.joao.person, in: tx))
        }
        #expect(after.0.choices.map(\.person) == [world.joao.person])
        #expect(after.1 == hours)
        try await world.database.write { tx in
            try Availability.setWeek(world.joao.person, .none, by: world.ruth, in: tx)
        }
        let none = try await world.database.read { tx in try HelperIndex.nearest(need, load: [:], in: tx) }
        #expect(none.choices.isEmpty)
    }

    @Test("the index sees a change in the very transaction that follows it, and gives what the database alone gives")
    func inStep() async throws {
        let world = try await World()
        let start = world.clock.now
        let need = Need(.verifier, at: start, count: 1, within: 50_000, roles: [.verifier])
        try await world.database.write { tx in
            try Availability.add(world.joao.person, from: start, to: start + .hours(1), by: world.joao, in: tx)
        }
        let found = try await world.database.read { tx in try HelperIndex.nearest(need, load: [:], in: tx) }
        #expect(found.choices.map(\.person) == [world.joao.person])
        try await world.database.write { tx in
            try Helper.pause(world.joao.person, until: start + .hours(2), by: world.joao, in: tx)
        }
        let paused = try await world.database.read { tx in try HelperIndex.nearest(need, load: [:], in: tx) }
        #expect(paused.shortfall?.main == .resting)
        try await world.database.write { tx in try Person.remove(world.joao.person, by: world.ruth, in: tx) }
        let gone = try await world.database.read { tx in try HelperIndex.nearest(need, load: [:], in: tx) }
        #expect(gone.shortfall?.main == nil)
    }

    private static func need(_ world: World) -> Need {
        Need(.verifier, at: world.clock.now, count: 1, within: 50_000, roles: [.verifier])
    }

    @Test("who changed during an older read is found as they are now by the next", arguments: [false, true])
    func olderRead(_ newerFirst: Bool) async throws {
        let world = try await World()
        let (need, joao) = (Self.need(world), world.joao)
        @Sendable func nearest(_ tx: Transaction) throws -> Match.Result {
            try HelperIndex.nearest(need, load: [:], in: tx)
        }
        #expect(try await world.database.read(nearest).choices.map(\.person) == [joao.person])
        let (opened, opening) = AsyncStream.makeStream(of: Void.self)
        let gate = DispatchSemaphore(value: 0)
        async let older = world.database.read { tx in
            _ = try Event.newest(in: tx)
            opening.finish()
            gate.wait()
            return try nearest(tx)
        }
        for await _ in opened {}
        defer { gate.signal() }
        try await world.database.write { tx in
            try Helper.pause(joao.person, until: tx.now + .hours(1), by: joao, in: tx)
        }
        // The databases of tests have one connection that reads on PostgreSQL: there the newer read would wait for the older.
        if newerFirst, world.database.dialect == .sqlite {
            #expect(try await world.database.read(nearest).shortfall?.main == .resting)
        }
        gate.signal()
        _ = try await older
        #expect(try await world.database.read(nearest).shortfall?.main == .resting)
    }

    @Test("a change that was undone is not what the index knows afterwards")
    func undone() async throws {
        struct Undone: Error {}
        let world = try await World()
        let (need, joao) = (Self.need(world), world.joao)
        @Sendable func nearest(_ tx: Transaction) throws -> Match.Result {
            try HelperIndex.nearest(need, load: [:], in: tx)
        }
        _ = try await world.database.read(nearest)
        try await world.database.write { tx in
            try Helper.pause(joao.person, until: tx.now + .hours(1), by: joao, in: tx)
        }
        await #expect(throws: Undone.self) {
            try await world.database.write { tx in
                try Helper.resume(joao.person, by: joao, in: tx)
                guard try nearest(tx).choices.map(\.person) == [joao.person] else { return }
                throw Undone()
            }
        }
        let index = try #require(world.database.companions.first(HelperIndex.self))
        #expect(index.isBehind)
        #expect(try await world.database.read(nearest).shortfall?.main == .resting)
        #expect(!index.isBehind)
        // Everybody at once is not to be trusted to a write either.
        index.follow([try await Self.imported(world)])
        await #expect(throws: Undone.self) {
            try await world.database.write { tx in
                try Helper.resume(joao.person, by: joao, in: tx)
                guard try nearest(tx).choices.map(\.person) == [joao.person] else { return }
                throw Undone()
            }
        }
        #expect(index.isBehind)
        #expect(try await world.database.read(nearest).shortfall?.main == .resting)
        #expect(!index.isBehind)
    }

    private static func imported(_ world: World) async throws -> Event {
        try await world.database.write { tx in
            try tx.record(Event("helper.imported", subject: world.ruth.person.text))
        }
        return try await world.database.read { tx in
            try #require(try Event.about(world.ruth.person.text, in: tx).last)
        }
    }
}
