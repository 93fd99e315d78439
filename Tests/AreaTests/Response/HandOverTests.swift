// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Response
import Support
import Testing

@Suite("The board")
struct HandOverTests {
    private func leading(_ world: World) async throws -> [Ref<Person>] {
        try await world.database.read { tx in try Shift.current(.dispatcher, in: tx).map(\.person) }
    }

    /// Amina is the only dispatcher, leads, and something is open.
    private func led(_ world: World) async throws -> Ref<Shift> {
        try await world.write { tx in try HandOver.lead(by: world.amina, in: tx) }
        _ = try await world.incident()
        return try #require(try await shift(world, of: world.amina)).id
    }

    private func shift(_ world: World, of caller: Caller) async throws -> Shift? {
        try await world.database.read { tx in
            try Shift.current(.dispatcher, in: tx).first { $0.person == caller.person }
        }
    }

    private func refused(_ world: World, _ body: @escaping @Sendable (Transaction) throws -> Void) async -> String? {
        let refusal = await #expect(throws: Refusal.self) { try await world.write { tx in try body(tx) } }
        return refusal.map { String($0.message.keyed.prefix { $0 != "|" }) }
    }

    @Test("is handed to a coordinator who planned no shift, and they can't leave it either while something is open")
    func toCoordinator() async throws {
        let world = try await World()
        let id = try await led(world)
        try await world.write { tx in
            try HandOver.offer(id, to: world.ruth.person, note: "One at the market", by: world.amina, in: tx)
            try HandOver.accept(id, by: world.ruth, in: tx)
        }
        #expect(try await leading(world) == [world.ruth.person])
        #expect(try await world.database.read { tx in try Shift.obstacleToLeaving(world.amina, in: tx) } == nil)
        let own = try #require(try await shift(world, of: world.ruth)).id
        #expect(await refused(world) { tx in try Shift.end(own, by: world.ruth, in: tx) } == "response.shift_open")
        #expect(await refused(world) { tx in try Shift.cancel(own, by: world.ruth, in: tx) } != nil)
        #expect(try await world.database.read { tx in try Shift.obstacleToLeaving(world.ruth, in: tx) } != nil)
        try await world.write { tx in
            try HandOver.offer(own, to: world.amina.person, note: "Still open", by: world.ruth, in: tx)
        }
        #expect(try await leading(world) == [world.ruth.person], "asking is not leaving")
        try await world.write { tx in try HandOver.accept(own, by: world.amina, in: tx) }
        #expect(try await leading(world) == [world.amina.person])
        #expect(try await world.database.read { tx in try Shift.obstacleToLeaving(world.ruth, in: tx) } == nil)
    }

    @Test(
        "that was led for too long asks who led it how they are, handed over or taken from them",
        arguments: [true, false]
    )
    func tooLong(isHanded: Bool) async throws {
        let world = try await World()
        let id = try await world.planned(world.amina, from: .zero, to: .hours(11))
        try await world.write { tx in try Shift.start(id, by: world.amina, in: tx) }
        world.clock.advance(by: .hours(13))
        try await world.write { tx in
            guard isHanded else { return try HandOver.take(id, by: world.ruth, in: tx) }
            try HandOver.offer(id, to: world.ruth.person, note: "All quiet", by: world.amina, in: tx)
            try HandOver.accept(id, by: world.ruth, in: tx)
        }
        #expect(try await world.told(world.amina).contains(.careOffered))
        #expect(try await !world.told(world.ruth).contains(.careOffered))
    }

    @Test("is taken by a coordinator without being asked: the other is told and free to go")
    func taken() async throws {
        let world = try await World()
        let id = try await led(world)
        try await world.write { tx in
            try HandOver.take(id, by: world.ruth, in: tx)
            try HandOver.take(id, by: world.ruth, in: tx)
        }
        #expect(try await leading(world) == [world.ruth.person])
        #expect(try await world.told(world.amina).contains(.shiftTraded))
        let (given, events) = try await world.database.read { tx in
            (try Shift.find(id, in: tx), try Event.about(id.text, in: tx))
        }
        #expect(given.state == .handedOver && given.handedTo == world.ruth.person)
        #expect(events.filter { $0.kind == "shift.taken_over" }.map(\.actor) == [world.ruth.person.text])
        #expect(await refused(world) { tx in try HandOver.take(id, by: world.joao, in: tx) } != nil, "he leads nothing")
        let own = try #require(try await shift(world, of: world.ruth)).id
        #expect(await refused(world) { tx in try Shift.end(own, by: world.ruth, in: tx) } == "response.shift_open")
    }

    @Test("goes to one of those who take it at once, also where somebody was asked; the others hear who leads")
    func raced() async throws {
        let world = try await World()
        let sol = try await world.member(named: "Sol", [.dispatcher])
        let id = try await led(world)
        try await world.write { tx in
            try HandOver.offer(id, to: sol.person, note: "One at the market", by: world.amina, in: tx)
        }
        let takers = [world.ruth, sol]
        let won = await withTaskGroup(of: Ref<Person>?.self) { group in
            for taker in takers {
                group.addTask {
                    do {
                        try await world.write { tx in try HandOver.take(id, by: taker, in: tx) }
                        return taker.person
                    } catch let refusal as Refusal {
                        #expect(refusal.message.keyed.hasPrefix("response.shift_led|"))
                    } catch {
                        Issue.record(error)
                    }
                    return nil
                }
            }
            return await group.reduce(into: [Ref<Person>]()) { won, one in if let one { won.append(one) } }
        }
        #expect(won.count == 1)
        #expect(try await leading(world) == won)
        let late = won == [sol.person] ? world.ruth : sol
        #expect(await refused(world) { tx in try HandOver.lead(by: late, in: tx) } == "response.shift_led")
        if late.person == sol.person {
            #expect(await refused(world) { tx in try HandOver.accept(id, by: sol, in: tx) } == "response.shift_led")
            #expect(try await !world.told(sol).contains(.handOff), "what he was asked is gone")
        }
    }

    @Test("that nobody leads is led by who says so, once, and whoever leads is told what dispatchers are told")
    func nobody() async throws {
        let world = try await World()
        try await world.write { tx in
            try HandOver.lead(by: world.ruth, in: tx)
            try HandOver.lead(by: world.ruth, in: tx)
        }
        #expect(try await leading(world) == [world.ruth.person])
        #expect(await refused(world) { tx in try HandOver.lead(by: world.amina, in: tx) } == "response.shift_led")
        #expect(await refused(world) { tx in try HandOver.lead(by: world.joao, in: tx) } != nil)
        let silent = try await world.planned(world.joao, .verifier, to: .hours(2))
        try await world.write { tx in try Shift.start(silent, by: world.joao, in: tx) }
        let own = try #require(try await shift(world, of: world.ruth)).id
        try await world.write { tx in try CommTest.answer(own, by: world.ruth, in: tx) }
        try await world.pass(.minutes(11))
        #expect(try await world.told(world.ruth).contains(.testMissed))
        #expect(try await !world.told(world.amina).contains(.testMissed), "she doesn't serve")
        #expect(try await world.database.read { tx in try Shift.find(silent, in: tx).state } == .on)
    }

    @Test("is taken from a shift that nobody pressed start for, and by who is past the end of theirs")
    func late() async throws {
        let world = try await World()
        let id = try await world.planned(world.amina)
        _ = try await world.incident()
        try await world.write { tx in try HandOver.take(id, by: world.ruth, in: tx) }
        #expect(try await world.database.read { tx in try Shift.find(id, in: tx).state } == .handedOver)
        #expect(try await leading(world) == [world.ruth.person])

        world.clock.advance(by: .hours(14))
        let other = try await world.planned(world.amina)
        try await world.write { tx in
            try Shift.start(other, by: world.amina, in: tx)
            try HandOver.take(other, by: world.ruth, in: tx)
        }
        let now = world.clock.now
        #expect(try await shift(world, of: world.ruth)?.endsAt == now + .hours(8), "what she took she leads")
    }

    private func state(_ world: World, _ id: Ref<Shift>) async throws -> Shift {
        try await world.database.read { tx in try Shift.find(id, in: tx) }
    }

    @Test("that is taken over half an hour before one's own shift is led in that shift, and its test can be answered")
    func ownIsNear() async throws {
        let world = try await World()
        let sol = try await world.member(named: "Sol", [.dispatcher])
        let own = try await world.planned(sol, from: .minutes(30), to: .hours(4))
        let given = try await led(world)
        try await world.write { tx in
            try HandOver.offer(given, to: sol.person, note: "One at the market", by: world.amina, in: tx)
            try HandOver.accept(given, by: sol, in: tx)
        }
        #expect(try await state(world, own).state == .on)
        #expect(try await world.database.read { tx in try Shift.upcoming(of: sol.person, in: tx) }.map(\.id) == [own])
        try await world.pass(.minutes(9))
        try await world.write { tx in try CommTest.answer(own, by: sol, in: tx) }
        try await world.pass(.minutes(60))
        #expect(try await !world.told(world.ruth).contains(.testMissed))
        #expect(try await leading(world) == [sol.person])
    }

    @Test("that is led until one's own shift hours later begins stays with them when it does")
    func ownIsLater() async throws {
        let world = try await World()
        let own = try await world.planned(world.amina, from: .hours(6), to: .hours(10))
        let first = try await led(world)
        #expect(try await state(world, first).endsAt == world.clock.now + .hours(6))
        try await world.write { tx in try CommTest.answer(first, by: world.amina, in: tx) }
        try await world.pass(.hours(6))
        try await world.pass(.minutes(1))
        #expect(try await world.told(world.amina).contains(.commTest))
        try await world.write { tx in try CommTest.answer(own, by: world.amina, in: tx) }
        #expect(try await state(world, first).state == .ended, "no hand-over: it is still hers")
        #expect(try await state(world, own).state == .on)
        try await world.pass(.minutes(12))
        #expect(try await !world.told(world.ruth).contains(.testMissed))
        let refusal = await refused(world) { tx in try Shift.end(own, by: world.amina, in: tx) }
        #expect(refusal == "response.shift_open", "of the last one it must be handed over")
    }

    @Test("stays with who leaves one of two shifts that touch, and not with who leaves both")
    func touching() async throws {
        let world = try await World()
        let first = try await world.planned(world.amina, from: .zero, to: .hours(2))
        let second = try await world.planned(world.amina, from: .hours(2), to: .hours(5))
        try await world.write { tx in try Shift.start(first, by: world.amina, in: tx) }
        _ = try await world.incident()
        world.clock.advance(by: .hours(1))
        #expect(await refused(world) { tx in try Shift.end(first, by: world.amina, in: tx) } == "response.shift_open")
        world.clock.advance(by: .minutes(65))
        try await world.write { tx in try Shift.end(first, by: world.amina, in: tx) }
        let open = await refused(world) { tx in try Shift.cancel(second, by: world.amina, in: tx) }
        #expect(open == "response.shift_open")
        #expect(try await world.database.read { tx in try Shift.obstacleToLeaving(world.amina, in: tx) } != nil)
        try await world.write { tx in try CommTest.answer(second, by: world.amina, in: tx) }
        #expect(try await leading(world) == [world.amina.person])
    }
}
