// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

extension World {
    /// Planned for somebody, from so long from now until so long from now.
    func planned(
        _ person: Caller,
        _ role: Role = .dispatcher,
        from start: Duration = .zero,
        to end: Duration = .hours(8),
        by caller: Caller? = nil
    ) async throws -> Ref<Shift> {
        try await write { tx in
            try Shift.plan(
                person.person,
                as: role,
                from: tx.now + start,
                to: tx.now + end,
                by: caller ?? person,
                in: tx
            )
        }
    }
}

@Suite("A shift")
struct ShiftTests {
    private func plan(
        _ world: World,
        _ person: Caller,
        _ role: Role,
        in wait: Duration = .zero,
        for length: Duration = .hours(8),
        by caller: Caller? = nil
    ) async throws -> Ref<Shift> {
        try await world.planned(person, role, from: wait, to: wait + length, by: caller)
    }

    @Test("of a verifier is the time in which they may be asked")
    func availability() async throws {
        let world = try await World()
        let start = world.clock.now + .days(2)
        let id = try await plan(world, world.joao, .verifier, in: .days(2), by: world.amina)
        #expect(try await isAvailable(world, world.joao, at: start))
        try await world.write { tx in try Shift.cancel(id, by: world.joao, in: tx) }
        #expect(try await !isAvailable(world, world.joao, at: start))

        let early = try await plan(world, world.joao, .verifier, in: .days(3))
        let refusal = await #expect(throws: Refusal.self, "that would be a shift of days") {
            try await world.write { tx in try Shift.start(early, by: world.joao, in: tx) }
        }
        #expect(refusal?.message.keyed.hasPrefix("response.shift_early|") == true)
        world.clock.advance(by: .days(3) - .hours(3))
        #expect(try await !isAvailable(world, world.joao, at: world.clock.now))
        try await world.write { tx in try Shift.start(early, by: world.joao, in: tx) }
        #expect(try await isAvailable(world, world.joao, at: world.clock.now), "they started three hours early")
        world.clock.advance(by: .hours(1))
        try await world.write { tx in try Shift.end(early, by: world.joao, in: tx) }
        #expect(try await !isAvailable(world, world.joao, at: world.clock.now))
    }

    @Test("is refused without the role, beside another, or at an odd time")
    func refused() async throws {
        let world = try await World()
        await #expect(throws: Refusal.self) { _ = try await plan(world, world.joao, .dispatcher) }
        await #expect(throws: Refusal.forbidden) { _ = try await plan(world, world.lupe, .observer, by: world.joao) }
        await #expect(throws: Refusal.self) { _ = try await plan(world, world.joao, .verifier, for: .hours(25)) }
        _ = try await plan(world, world.joao, .verifier)
        await #expect(throws: Refusal.self) { _ = try await plan(world, world.joao, .verifier, in: .hours(1)) }
    }

    @Test("of a dispatcher does not end while an open incident was not taken over")
    func handOver() async throws {
        let world = try await World()
        try await world.write { tx in
            try Person.changeRoles(world.lupe.person, to: [.dispatcher, .observer], by: world.ruth, in: tx)
        }
        let id = try await plan(world, world.amina, .dispatcher)
        try await world.write { tx in try Shift.start(id, by: world.amina, in: tx) }
        _ = try await world.incident()
        let refusal = await #expect(throws: Refusal.self) {
            try await world.write { tx in try Shift.end(id, by: world.amina, in: tx) }
        }
        #expect(refusal?.message.arguments["n"] == "1")
        #expect(try await world.database.read { tx in try Shift.obstacleToLeaving(world.amina, in: tx) } != nil)

        await #expect(throws: Refusal.self) {
            try await world.write { tx in
                try HandOver.offer(id, to: world.joao.person, note: "Two vans", by: world.amina, in: tx)
            }
        }
        try await world.write { tx in
            try HandOver.offer(id, to: world.lupe.person, note: "Two vans at the market", by: world.amina, in: tx)
        }
        #expect(try await world.told(world.lupe) == [.handOff])
        await #expect(throws: Refusal.self, "asking is not yet handing over") {
            try await world.write { tx in try Shift.end(id, by: world.amina, in: tx) }
        }
        await #expect(throws: Refusal.notFound) {
            try await world.write { tx in try HandOver.accept(id, by: world.joao, in: tx) }
        }
        let waiting = try await world.database.read { tx in try HandOver.waiting(for: world.lupe, in: tx) }
        let keyring = try world.lupe.unlockedKeyring()
        #expect(waiting.map { $0.note(with: keyring) } == ["Two vans at the market"])
        #expect(waiting.map(\.open) == [1])

        for _ in 1...2 { try await world.write { tx in try HandOver.accept(id, by: world.lupe, in: tx) } }
        let serving = try await world.database.read { tx in try Shift.current(.dispatcher, in: tx).map(\.person) }
        #expect(serving == [world.lupe.person])
        #expect(try await world.database.read { tx in try Shift.obstacleToLeaving(world.amina, in: tx) } == nil)
        try await world.write { tx in try Shift.end(id, by: world.amina, in: tx) }
        #expect(try await world.database.read { tx in try Shift.find(id, in: tx).state } == .ended)
    }

    @Test("that runs is not left by canceling it, nor by signing out, though nobody pressed start")
    func neverStarted() async throws {
        let world = try await World()
        try await world.write { tx in
            try Person.changeRoles(world.lupe.person, to: [.dispatcher], by: world.ruth, in: tx)
        }
        let id = try await plan(world, world.amina, .dispatcher, in: .hours(1))
        _ = try await world.incident()
        func obstacle() async throws -> Refusal? {
            try await world.database.read { tx in try Shift.obstacleToLeaving(world.amina, in: tx) }
        }
        #expect(try await obstacle() == nil, "it did not begin yet")
        world.clock.advance(by: .hours(2))
        #expect(try await obstacle()?.message.arguments["n"] == "1")
        let refusal = await #expect(throws: Refusal.self) {
            try await world.write { tx in try Shift.cancel(id, by: world.amina, in: tx) }
        }
        #expect(refusal?.message.keyed.hasPrefix("response.shift_open|") == true)
        try await world.write { tx in
            try HandOver.offer(id, to: world.lupe.person, note: "One at the market", by: world.amina, in: tx)
        }
        try await world.write { tx in try HandOver.accept(id, by: world.lupe, in: tx) }
        #expect(try await obstacle() == nil)

        let out = try await plan(world, world.joao, .verifier)
        _ = try await world.dispatch(world.incident())
        let offer = try #require(try await world.current(world.joao)).assignment.id
        try await world.accept(offer, by: world.joao)
        await #expect(throws: Refusal.self, "a responder is out") {
            try await world.write { tx in try Shift.cancel(out, by: world.joao, in: tx) }
        }
    }

    @Test("that runs is not traded away either, however far the trade had come")
    func notTraded() async throws {
        let world = try await World()
        let other = try await world.member(named: "Sol", [.dispatcher])
        let offered = try await plan(world, world.amina, .dispatcher, in: .hours(1), for: .hours(2))
        let taken = try await plan(world, world.amina, .dispatcher, in: .hours(4), for: .hours(2))
        try await world.write { tx in
            try Shift.offer(offered, by: world.amina, in: tx)
            try Shift.offer(taken, by: world.amina, in: tx)
            try Shift.takeOver(taken, by: other, in: tx)
        }
        func refused(_ body: @escaping @Sendable (Transaction) throws -> Void) async throws {
            let refusal = await #expect(throws: Refusal.self) { try await world.write { tx in try body(tx) } }
            #expect(refusal?.message.keyed.hasPrefix("response.trade_running|") == true)
        }
        world.clock.advance(by: .hours(2))
        try await refused { tx in try Shift.takeOver(offered, by: other, in: tx) }
        try await refused { tx in try Shift.offer(offered, by: world.amina, in: tx) }
        world.clock.advance(by: .hours(3))
        try await refused { tx in try Shift.agree(taken, by: world.ruth, in: tx) }
        #expect(try await world.database.read { tx in try Shift.find(taken, in: tx).person } == world.amina.person)
    }

    @Test("in a role that needs a certificate shows who has none until its end")
    func uncertified() async throws {
        let world = try await World()
        let sol = try await world.member(named: "Sol", [.dispatcher, .operator])
        let shifts = [
            try await plan(world, sol, .dispatcher), try await plan(world, sol, .operator, in: .days(1)),
            try await plan(world, world.joao, .verifier),
        ]
        let leading = try await plan(world, world.ruth, .dispatcher)
        let shown = try await world.database.read { tx in
            try Shift.uncertified(of: (shifts + [leading]).map { try Shift.find($0, in: tx) }, in: tx)
        }
        #expect(shown == [shifts[0]])
    }

    @Test("counts as long as it was served: ended early it frees the day, past its plan it takes more")
    func served() async throws {
        let world = try await World()
        let early = try await plan(world, world.joao, .verifier, for: .hours(4))
        try await world.write { tx in try Shift.start(early, by: world.joao, in: tx) }
        world.clock.advance(by: .minutes(3))
        try await world.write { tx in try Shift.end(early, by: world.joao, in: tx) }
        #expect(try await world.database.read { tx in try Shift.find(early, in: tx).endsAt } == world.clock.now)
        _ = try await plan(world, world.joao, .verifier, in: .hours(10), for: .hours(10))

        let long = try await plan(world, world.lupe, .observer)
        try await world.write { tx in try Shift.start(long, by: world.lupe, in: tx) }
        world.clock.advance(by: .hours(20))
        await #expect(throws: Refusal.self, "she is on since twenty hours, on a plan of eight") {
            _ = try await plan(world, world.lupe, .observer, in: .hours(1), for: .hours(2))
        }
        try await world.write { tx in try Shift.end(long, by: world.lupe, in: tx) }
        let tired = await #expect(throws: Refusal.self) {
            _ = try await plan(world, world.lupe, .observer, in: .hours(1), for: .hours(2))
        }
        #expect(tired?.message.keyed.hasPrefix("response.tired_day|") == true)
        _ = try await plan(world, world.lupe, .observer, in: .hours(24), for: .hours(2))
    }

    @Test("that begins late counts from then, and its time to be asked ends with it")
    func startedLate() async throws {
        let world = try await World()
        let id = try await plan(world, world.joao, .verifier, in: .days(2), for: .hours(8))
        world.clock.advance(by: .days(2) + .hours(3))
        try await world.write { tx in try Shift.start(id, by: world.joao, in: tx) }
        #expect(try await world.database.read { tx in try Shift.find(id, in: tx).startsAt } == world.clock.now)
        world.clock.advance(by: .hours(1))
        #expect(try await isAvailable(world, world.joao, at: world.clock.now))
        try await world.write { tx in try Shift.end(id, by: world.joao, in: tx) }
        #expect(try await !isAvailable(world, world.joao, at: world.clock.now))
        _ = try await plan(world, world.joao, .verifier, in: .hours(8), for: .hours(11))
    }

    @Test("that was handed over ends for who gave it, and so does the time in which they may be asked")
    func given() async throws {
        let world = try await World()
        let id = try await plan(world, world.joao, .verifier, for: .hours(10))
        let next = try await world.helper(named: "Vera")
        try await world.write { tx in
            try Shift.start(id, by: world.joao, in: tx)
            try HandOver.offer(id, to: next.person, note: "All quiet", by: world.joao, in: tx)
        }
        world.clock.advance(by: .hours(2))
        try await world.write { tx in try HandOver.accept(id, by: next, in: tx) }
        let given = try await world.database.read { tx in try Shift.find(id, in: tx) }
        #expect(given.state == .handedOver && given.endsAt == world.clock.now)
        let left = try await world.database.read { tx in try Availability.upcoming(of: world.joao.person, in: tx) }
        #expect(left.map(\.endsAt) == [world.clock.now + .hours(10)], "only what they gave of their own accord")
        world.clock.advance(by: .hours(1))
        try await world.write { tx in try Shift.end(id, by: world.joao, in: tx) }
        #expect(try await world.database.read { tx in try Shift.find(id, in: tx) }.endsAt == given.endsAt)
    }

    @Test("goes on when the next one can't take it")
    func declined() async throws {
        let world = try await World()
        try await world.write { tx in
            try Person.changeRoles(world.lupe.person, to: [.dispatcher], by: world.ruth, in: tx)
        }
        let id = try await plan(world, world.amina, .dispatcher)
        try await world.write { tx in
            try Shift.start(id, by: world.amina, in: tx)
            try HandOver.offer(id, to: world.lupe.person, note: "All quiet", by: world.amina, in: tx)
            try HandOver.decline(id, by: world.lupe, in: tx)
        }
        let shift = try await world.database.read { tx in try Shift.find(id, in: tx) }
        #expect(shift.state == .on && shift.handedTo == nil)
        #expect(try await world.told(world.amina).contains(.shiftTraded), "she hears that she must ask somebody else")
        await #expect(throws: Refusal.notFound) {
            try await world.write { tx in try HandOver.accept(id, by: world.lupe, in: tx) }
        }
    }

    @Test("that nobody ends counts for nobody four hours on; its person is told once, and no more than that was served")
    func forgotten() async throws {
        let world = try await World()
        let id = try await plan(world, world.amina, .dispatcher)
        try await world.write { tx in
            try Shift.start(id, by: world.amina, in: tx)
            try CommTest.answer(id, by: world.amina, in: tx)
        }
        _ = try await world.incident()
        let end = world.clock.now + .hours(8)
        func serves() async throws -> Bool {
            try await world.database.read { tx in try !Shift.serving(.dispatcher, in: tx).isEmpty }
        }
        func told() async throws -> Int { try await world.told(world.amina).count { $0 == .shiftPastEnd } }
        try await world.pass(.hours(8))
        #expect(try await told() == 0, "handing over takes a while")
        for _ in 1...2 {
            try await world.pass(.minutes(16))
            #expect(try await told() == 1)
        }
        #expect(try await serves(), "she is late, and there")
        await #expect(throws: Refusal.self) {
            try await world.write { tx in try HandOver.lead(by: world.ruth, in: tx) }
        }
        try await world.pass(.hours(12))
        #expect(try await !serves())
        #expect(try await told() == 1)
        #expect(try await world.database.read { tx in try Shift.obstacleToLeaving(world.amina, in: tx) } == nil)
        try await world.write { tx in try HandOver.lead(by: world.ruth, in: tx) }
        try await world.write { tx in try Shift.end(id, by: world.amina, in: tx) }
        #expect(try await world.database.read { tx in try Shift.find(id, in: tx).endsAt } == end + .hours(4))
        #expect(try await told() == 0)
        let leading = try await world.database.read { tx in try Shift.serving(.dispatcher, in: tx).map(\.person) }
        #expect(leading == [world.ruth.person])
    }

    @Test("of a responder does not end while they are out")
    func out() async throws {
        let world = try await World()
        let id = try await plan(world, world.joao, .verifier)
        try await world.write { tx in try Shift.start(id, by: world.joao, in: tx) }
        let incident = try await world.incident()
        _ = try await world.dispatch(incident)
        let offer = try #require(try await world.current(world.joao)).assignment.id
        try await world.accept(offer, by: world.joao)
        await #expect(throws: Refusal.self) {
            try await world.write { tx in try Shift.end(id, by: world.joao, in: tx) }
        }
        try await world.write { tx in try Assignment.decline(offer, by: world.joao, in: tx) }
        try await world.write { tx in try Shift.end(id, by: world.joao, in: tx) }
    }

    private func isAvailable(_ world: World, _ caller: Caller, at moment: Instant) async throws -> Bool {
        try await world.database.read { tx in
            try Availability.isAvailable(caller.person, at: moment, in: tx)
        }
    }
}

@Suite("The clock of the procedure")
struct DispatchTimingsTests {
    @Test("comes from the settings, and a drill divides it")
    func settings() async throws {
        let world = try await World()
        try await world.write { tx in
            try Timings.set(["response.offer_life_s": 120], by: world.ruth, in: tx)
            try Settings.set("response.check_in_s", to: "soon", by: nil, in: tx)
            try Settings.set("response.wave_two_s", to: "5", by: nil, in: tx)
        }
        let plain = try await world.database.read { tx in try Timings.load(in: tx) }
        #expect(plain.offerLife == .seconds(120))
        #expect(plain.checkIn == .minutes(15), "what can't be read is the default")
        #expect(plain.waveTwo == .minutes(2), "what is out of range is the default")
        let quick = try await world.database.read { tx in try Timings.load(speed: 60, in: tx) }
        #expect(quick.offerLife == .seconds(2))
        #expect(quick.waveThree == .seconds(5))
        await #expect(throws: Refusal.forbidden) {
            try await world.write { tx in try Timings.set(["response.offer_life_s": 60], by: world.amina, in: tx) }
        }
    }

    @Test(
        "What would come before what it follows is refused at its field, and nothing of it is kept",
        arguments: [
            ([("wave_two", 1_200), ("wave_three", 180)], ["wave_three", "page_coordinator"]),
            ([("wave_two", 600)], ["wave_three", "page_coordinator"]),
            ([("page_coordinator", 60)], ["page_coordinator"]),
            ([("missed_dispatcher", 600), ("missed_coordinator", 60)], ["missed_coordinator"]),
            ([("review_every", 36_000)], ["expiry"]),
            ([("expiry", 1_800), ("review_every", 1_800)], []),
            ([("wave_two", 1_200), ("wave_three", 1_200), ("page_coordinator", 1_200)], []),
        ] as [([(String, Int)], [String])]
    )
    func order(chosen: [(String, Int)], refused: [String]) async throws {
        let world = try await World()
        let values = Dictionary(uniqueKeysWithValues: chosen.map { ("response.\($0.0)_s", $0.1) })
        let expected = Set(refused.map { "response.\($0)_s" })
        do {
            try await world.write { tx in try Timings.set(values, by: world.ruth, in: tx) }
            #expect(expected.isEmpty)
        } catch let refusal as Refusal {
            #expect(Set(refusal.fields.keys) == expected)
            #expect(try await world.database.read { tx in try Timings.load(in: tx) } == Timings())
        }
    }
}
