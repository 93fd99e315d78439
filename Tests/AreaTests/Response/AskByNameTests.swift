// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@Suite("Somebody asked by name")
struct AskByNameTests {
    private func askable(_ world: World, _ incident: Ref<Incident>) async throws -> [Dispatch.Askable] {
        let (amina, timings, places) = (world.amina, world.timings, world.places)
        return try await world.database.read { tx in
            try Dispatch.askable(at: incident, by: amina, timings: timings, places: places, in: tx)
        }
    }

    private func ask(_ world: World, _ who: Caller, for dispatch: Ref<Dispatch>) async throws -> Ref<Assignment> {
        let (amina, timings, places) = (world.amina, world.timings, world.places)
        return try await world.write { tx in
            try Dispatch.ask(who.person, for: dispatch, by: amina, timings: timings, places: places, in: tx)
        }
    }

    @Test("is one of those who could go, with the reasons, and nobody whom it asked already")
    func listed() async throws {
        let world = try await World()
        let far = try await world.helper(named: "Far", place: "alhambra")
        let busy = try await world.helper(named: "Busy", place: "pasadena")
        let resting = try await world.helper(named: "Resting", place: "alhambra")
        try await world.write { tx in
            try Helper.pause(resting.person, until: tx.now + .days(1), by: resting, in: tx)
        }
        let other = try await world.dispatch(world.incident(at: "pasadena"))
        #expect(try await world.current(busy)?.assignment.dispatch == other)

        let incident = try await world.incident()
        #expect(try await askable(world, incident).isEmpty, "nothing is asked for")
        let dispatch = try await world.dispatch(incident)
        #expect(try await world.assignments(of: incident).map(\.person) == [world.joao.person])
        let lines = try await askable(world, incident)
        #expect(lines.map(\.dispatch.id) == [dispatch])
        #expect(lines.first?.people.map(\.person) == [far.person])
        #expect(lines.first?.people.first?.reasons.contains { $0.isDistance } == true)

        let offer = try await ask(world, far, for: dispatch)
        #expect(try await world.told(far) == [.offer])
        #expect(try await askable(world, incident).first?.people.isEmpty == true)
        let asked = try await world.database.read { tx in try Assignment.find(offer, in: tx) }
        #expect(asked.reasons.contains(.chosen))
        let event = try await world.events(of: incident, "assignment.offered").last
        #expect(event?.actor == world.amina.person.text, "the record says who chose")
        for who in [far, world.joao, busy] {
            let refusal = await #expect(throws: Refusal.self) { _ = try await ask(world, who, for: dispatch) }
            #expect(refusal?.message.keyed.hasPrefix("response.ask_twice|") == true)
        }
        let refusal = await #expect(throws: Refusal.self) { _ = try await ask(world, resting, for: dispatch) }
        #expect(refusal?.message.keyed.hasPrefix("response.ask_resting|") == true)
    }

    @Test("may be who did not answer in time, marked so, once; who said no is not asked again")
    func silent() async throws {
        let world = try await World()
        let incident = try await world.incident()
        let dispatch = try await world.dispatch(incident, wanted: 2)
        let missed = try #require(try await world.current(world.joao)).assignment
        try await world.pass(.seconds(91))
        let line = try #require(try await askable(world, incident).first)
        #expect(line.people.map(\.person) == [world.joao.person] && line.silent == [world.joao.person])
        let again = try await ask(world, world.joao, for: dispatch)
        #expect(again == missed.id)
        #expect(try await world.current(world.joao)?.assignment.state == .offered)
        let second = try #require(try await askable(world, incident).first)
        #expect(second.people.isEmpty && second.silent.isEmpty)
        await #expect(throws: Refusal.self) { _ = try await ask(world, world.joao, for: dispatch) }
        try await world.write { tx in try Assignment.decline(again, by: world.joao, in: tx) }
        #expect(try await askable(world, incident).first?.people.isEmpty == true)
        await #expect(throws: Refusal.self) { _ = try await ask(world, world.joao, for: dispatch) }
    }

    @Test("is listed without whose turn it is: those nearer stand in the list, or were asked")
    func turns() async throws {
        let world = try await World()
        let before = try await world.dispatch(world.incident())
        let first = try #require(try await world.current(world.joao)).assignment
        #expect(first.dispatch == before)
        try await world.write { tx in try Assignment.decline(first.id, by: world.joao, in: tx) }
        for name in ["Ana", "Beto", "Chava", "Dora", "Elia"] {
            _ = try await world.helper(named: name, place: "arts-district")
        }
        let incident = try await world.incident()
        _ = try await world.dispatch(incident)
        #expect(try await world.assignments(of: incident).contains { $0.reasons.contains(.nearerAskedLately) })
        let people = try #require(try await askable(world, incident).first).people
        #expect(people.count > 1 && people.last?.person == world.joao.person)
        #expect(!people.contains { $0.reasons.contains(.nearerAskedLately) })
        #expect(people.allSatisfy { one in one.reasons.contains { $0.isDistance } })
    }

    @Test("is asked once, however many dispatchers press at once")
    func race() async throws {
        let world = try await World()
        let far = try await world.helper(named: "Far", place: "alhambra")
        let dispatch = try await world.dispatch(world.incident())
        let answers = await Racers.race(Array(1...40)) { _ in (try? await ask(world, far, for: dispatch)) != nil }
        #expect(answers.count { $0 } == 1)
        #expect(try await world.told(far) == [.offer])
    }
}

@Suite("A whole dispatch that is called off")
struct DispatchCallOffTests {
    @Test("tells everybody who was asked, goes or is there, once, and is on the record")
    func told() async throws {
        let world = try await World()
        let timings = world.timings
        var people = [world.joao]
        for name in ["Ana", "Beto", "Chava"] { people.append(try await world.helper(named: name)) }
        let incident = try await world.incident()
        let dispatch = try await world.dispatch(incident, wanted: 3)
        let offered = try await world.assignments(of: incident)
        #expect(offered.count == 4)
        let (going, there) = (people[0], people[1])
        let (one, other) = (
            try #require(try await world.current(going)).assignment.id,
            try #require(try await world.current(there)).assignment.id
        )
        try await world.write { tx in
            try Assignment.accept(one, by: going, in: tx)
            try Assignment.accept(other, by: there, in: tx)
            try Assignment.arrive(other, by: there, timings: timings, in: tx)
        }
        await #expect(throws: Refusal.forbidden) {
            try await world.write { tx in try Dispatch.callOff(dispatch, by: world.joao, in: tx) }
        }
        let told = try await world.write { tx in try Dispatch.callOff(dispatch, by: world.amina, in: tx) }
        #expect(told == 4)
        #expect(try await world.assignments(of: incident).allSatisfy { $0.state == .calledOff })
        for person in people { #expect(try await world.told(person).contains(.calledOff)) }
        #expect(try await world.state(of: dispatch).state == .stopped)
        let event = try #require(try await world.events(of: incident, "dispatch.called_off").first)
        #expect(event.actor == world.amina.person.text && event.data["told"] == "4")
        #expect(try await world.write { tx in try Dispatch.callOff(dispatch, by: world.amina, in: tx) } == 0)
        #expect(try await world.events(of: incident, "dispatch.called_off").count == 1)
    }

    @Test(
        "reads as stopped also when enough had said yes, and the record still says that they had",
        arguments: [true, false]
    )
    func filled(_ isWhole: Bool) async throws {
        let world = try await World()
        let ana = try await world.helper(named: "Ana")
        let incident = try await world.incident()
        let dispatch = try await world.dispatch(incident, wanted: 2)
        let his = try #require(try await world.current(world.joao)).assignment.id
        let hers = try #require(try await world.current(ana)).assignment.id
        try await world.accept(his, by: world.joao)
        try await world.accept(hers, by: ana)
        #expect(try await world.state(of: dispatch).state == .filled)
        try await world.write { tx in
            if isWhole {
                try Dispatch.callOff(dispatch, by: world.amina, in: tx)
            } else {
                try Assignment.callOff(his, by: world.amina, in: tx)
            }
        }
        #expect(try await world.state(of: dispatch).state == (isWhole ? .stopped : .filled), "one goes still")
        try await world.write { tx in try Assignment.callOff(hers, by: world.amina, in: tx) }
        #expect(try await world.state(of: dispatch).state == .stopped)
        #expect(try await world.events(of: incident, "dispatch.filled").count == 1)
        #expect(try await world.events(of: incident, "dispatch.stopped").isEmpty)
    }

    @Test("still reads as filled where whoever went is through")
    func through() async throws {
        let world = try await World()
        let incident = try await world.incident()
        let dispatch = try await world.dispatch(incident)
        let id = try #require(try await world.current(world.joao)).assignment.id
        try await world.accept(id, by: world.joao)
        try await world.write { tx in
            try Assignment.arrive(id, by: world.joao, timings: world.timings, in: tx)
            try Assignment.done(id, by: world.joao, in: tx)
            try Dispatch.callOff(dispatch, by: world.amina, in: tx)
        }
        #expect(try await world.state(of: dispatch).state == .filled)
    }
}
