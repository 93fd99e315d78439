// SPDX-License-Identifier: AGPL-3.0-or-later
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
        let able = try await world.database.read { tx in try Helper.all(with: .driver, in: tx).map(\.person) }
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
        let resting = try await world.database.read { tx in try Match.candidates(with: .verifier, in: tx) }
        #expect(resting.map { $0.helper.isResting(at: world.clock.now) } == [true])
        await #expect(throws: Refusal.forbidden) {
            try await world.database.write { tx in try Helper.resume(world.joao.person, by: world.lupe, in: tx) }
        }
        try await world.database.write { tx in try Helper.resume(world.joao.person, by: world.joao, in: tx) }
        let back = try await world.database.read { tx in try Match.candidates(with: .verifier, in: tx) }
        #expect(back.map { $0.helper.isResting(at: world.clock.now) } == [false])
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
}
