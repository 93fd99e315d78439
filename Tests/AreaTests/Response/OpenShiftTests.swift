// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing
import Vault

@Suite("Places in a shift")
struct OpenShiftTests {
    @Test("have as many winners as places, of all who take one at once")
    func race() async throws {
        let world = try await World()
        let count = Racers.count(usual: 200)
        let helpers = try await Racers.race(Array(2...count)) { try await world.helper(named: "Helper \($0)") }
        let people = [world.joao] + helpers
        let open = try await world.write { tx in
            try OpenShift.open(
                .verifier,
                from: tx.now + .days(1),
                to: tx.now + .days(1) + .hours(4),
                places: 5,
                by: world.amina,
                in: tx
            )
        }
        let start = ContinuousClock.now
        // Everybody is impatient, and taps twice.
        let answers = await Racers.race(people.flatMap { [$0, $0] }) { person -> Refusal? in
            do {
                _ = try await world.write { tx in try OpenShift.take(open, by: person, in: tx) }
                return nil
            } catch {
                return error as? Refusal ?? .storage
            }
        }
        Racers.note("shift", tries: answers.count, winners: answers.count { $0 == nil } / 2, since: start)
        #expect(answers.count { $0 == nil } == 10, "five people, twice")
        let others = answers.compactMap(\.self)
        #expect(others.allSatisfy { $0.message.keyed.hasPrefix("response.places_taken|") })
        let (after, shifts) = try await world.database.read { tx in
            (
                try OpenShift.find(open, in: tx),
                try Shift.between(tx.now, tx.now + .days(3), in: tx).filter { $0.opening == open }
            )
        }
        #expect(after.taken == 5 && after.left == 0)
        #expect(shifts.count == 5 && Set(shifts.map(\.person)).count == 5)
    }

    @Test("come back when somebody cancels, and are closed without taking anybody's away")
    func back() async throws {
        let world = try await World()
        let open = try await world.write { tx in
            try OpenShift.open(
                .verifier,
                from: tx.now + .hours(1),
                to: tx.now + .hours(4),
                places: 1,
                by: world.amina,
                in: tx
            )
        }
        await #expect(throws: Refusal.self, "she has not the role") {
            try await world.write { tx in _ = try OpenShift.take(open, by: world.lupe, in: tx) }
        }
        let shift = try await world.write { tx in try OpenShift.take(open, by: world.joao, in: tx) }
        #expect(
            try await world.database.read { tx in try OpenShift.between(tx.now, tx.now + .days(1), in: tx) }.isEmpty
        )
        try await world.write { tx in try Shift.cancel(shift, by: world.joao, in: tx) }
        #expect(try await world.database.read { tx in try OpenShift.find(open, in: tx) }.left == 1)
        let again = try await world.write { tx in try OpenShift.take(open, by: world.joao, in: tx) }
        await #expect(throws: Refusal.forbidden) {
            try await world.write { tx in try OpenShift.close(open, by: world.joao, in: tx) }
        }
        try await world.write { tx in try OpenShift.close(open, by: world.amina, in: tx) }
        #expect(try await world.database.read { tx in try Shift.find(again, in: tx) }.state == .planned)
        try await world.write { tx in try Shift.cancel(again, by: world.joao, in: tx) }
        let free = try await world.database.read { tx in
            try OpenShift.between(tx.now, tx.now + .days(1), in: tx)
        }
        #expect(free.isEmpty, "closed is closed")
        let late = await #expect(throws: Refusal.self) {
            try await world.write { tx in _ = try OpenShift.take(open, by: world.joao, in: tx) }
        }
        #expect(late?.message.keyed.hasPrefix("response.places_taken|") == true)
    }

    @Test("are refused at odd times, for odd roles and in odd numbers, all at once")
    func refused() async throws {
        let world = try await World()
        let refusal = await #expect(throws: Refusal.self) {
            try await world.write { tx in
                _ = try OpenShift.open(.auditor, from: tx.now, to: tx.now, places: 0, by: world.amina, in: tx)
            }
        }
        #expect(refusal.map { Set($0.fields.keys) } == ["role", "ends", "places"])
    }
}

@Suite("A shift that is traded")
struct ShiftTradeTests {
    private func planned(_ world: World, _ person: Caller, _ role: Role) async throws -> Ref<Shift> {
        try await world.planned(person, role, from: .hours(5), to: .hours(9))
    }

    private func shift(_ world: World, _ id: Ref<Shift>) async throws -> Shift {
        try await world.database.read { tx in try Shift.find(id, in: tx) }
    }

    @Test("with a certificate changes hands when a second person agrees, and the time to be asked goes with it")
    func agreed() async throws {
        let world = try await World()
        let rosa = try await world.helper(named: "Rosa")
        let id = try await planned(world, world.joao, .verifier)
        await #expect(throws: Refusal.self, "it is not offered") {
            try await world.write { tx in try Shift.takeOver(id, by: rosa, in: tx) }
        }
        for _ in 1...2 { try await world.write { tx in try Shift.offer(id, by: world.joao, in: tx) } }
        await #expect(throws: Refusal.self, "she has not the role") {
            try await world.write { tx in try Shift.takeOver(id, by: world.lupe, in: tx) }
        }
        try await world.write { tx in try Shift.takeOver(id, by: rosa, in: tx) }
        #expect(try await shift(world, id).trade == .taken(by: rosa.person))
        #expect(try await shift(world, id).person == world.joao.person, "nobody agreed yet")
        await #expect(throws: Refusal.forbidden) {
            try await world.write { tx in try Shift.agree(id, by: rosa, in: tx) }
        }
        try await world.write { tx in try Shift.refuse(id, by: world.amina, in: tx) }
        #expect(try await shift(world, id).trade == .offered)
        try await world.write { tx in try Shift.takeOver(id, by: rosa, in: tx) }
        try await world.write { tx in try Shift.agree(id, by: world.amina, in: tx) }
        let after = try await shift(world, id)
        #expect(after.person == rosa.person && after.trade == nil)
        #expect(try await world.told(world.joao) == [.shiftTraded])
        let start = after.startsAt
        let times = try await world.database.read { tx in
            (
                try Availability.upcoming(of: world.joao.person, in: tx).contains { $0.startsAt == start },
                try Availability.upcoming(of: rosa.person, in: tx).contains { $0.startsAt == start }
            )
        }
        #expect(times == (false, true))
    }

    @Test("leaves the reason that was written for who gave it behind")
    func reason() async throws {
        let world = try await World()
        let sol = try await world.member(named: "Sol", [.operator])
        let id = try await world.write { tx in
            func plan(from start: Duration, to end: Duration, by caller: Caller) throws -> Ref<Shift> {
                let (start, end) = (tx.now + .hours(5) + start, tx.now + .hours(5) + end)
                let why = "Her own affair"
                return try Shift.plan(
                    world.amina.person,
                    as: .operator,
                    from: start,
                    to: end,
                    overriding: why,
                    by: caller,
                    in: tx
                )
            }
            _ = try plan(from: .zero, to: .hours(8), by: world.amina)
            let id = try plan(from: .hours(10), to: .hours(16), by: world.ruth)
            try Shift.offer(id, by: world.amina, in: tx)
            return id
        }
        #expect(try await shift(world, id).override != nil)
        let due = try await world.database.read { tx in try tx.count("SELECT count(*) FROM shred_due") }
        try await world.write { tx in try Shift.takeOver(id, by: sol, in: tx) }
        let after = try await shift(world, id)
        #expect(after.person == sol.person && after.override == nil)
        #expect(try await world.database.read { tx in try tx.count("SELECT count(*) FROM shred_due") } == due + 1)
    }

    @Test("is told at each step to whom it concerns, and who said yes can take that back until it is agreed")
    func told() async throws {
        let world = try await World()
        let rosa = try await world.helper(named: "Rosa")
        let id = try await planned(world, world.joao, .verifier)
        /// Who was told of it since the last step.
        func heard(_ step: @escaping @Sendable (Transaction) throws -> Void) async throws -> Set<Ref<Person>> {
            world.clock.advance(by: .minutes(1))
            try await world.write { tx in try step(tx) }
            let now = world.clock.now
            return try await world.database.read { tx in
                Set(
                    try Message.about(id.text, in: tx).filter { $0.kind == .shiftTraded && $0.createdAt == now }
                        .map(\.person)
                )
            }
        }
        let offered = try await heard { tx in try Shift.offer(id, by: world.joao, in: tx) }
        #expect(offered == [rosa.person], "of those who hold the role")
        let said = try await heard { tx in try Shift.takeOver(id, by: rosa, in: tx) }
        #expect(said == [world.joao.person, world.amina.person])
        let back = try await heard { tx in
            try Shift.takeBack(id, by: rosa, in: tx)
            try Shift.takeBack(id, by: rosa, in: tx)
        }
        #expect(back == [world.joao.person])
        #expect(try await !world.told(world.amina).contains(.shiftTraded), "there is nothing to agree to")
        #expect(try await shift(world, id).trade == .offered)
        _ = try await heard { tx in try Shift.takeOver(id, by: rosa, in: tx) }
        let kept = try await heard { tx in try Shift.keep(id, by: world.joao, in: tx) }
        #expect(kept == [rosa.person])
        _ = try await heard { tx in
            try Shift.offer(id, by: world.joao, in: tx)
            try Shift.takeOver(id, by: rosa, in: tx)
        }
        let gone = try await heard { tx in try Shift.cancel(id, by: world.joao, in: tx) }
        #expect(gone == [rosa.person])
    }

    @Test("or planned for somebody else, or taken off their list, is told to them")
    func byAnother() async throws {
        let world = try await World()
        let id = try await world.planned(world.joao, .verifier, from: .hours(5), to: .hours(9), by: world.amina)
        #expect(try await world.told(world.joao) == [.shiftTraded])
        world.clock.advance(by: .minutes(1))
        try await world.write { tx in try Shift.cancel(id, by: world.amina, in: tx) }
        #expect(try await world.told(world.joao) == [.shiftTraded, .shiftTraded])
        #expect(try await !world.told(world.amina).contains(.shiftTraded))
    }

    @Test("as a dispatcher is not agreed to by the one who gives it")
    func second() async throws {
        let world = try await World()
        let other = try await world.member(named: "Sol", [.dispatcher])
        let id = try await planned(world, world.amina, .dispatcher)
        try await world.write { tx in
            try Shift.offer(id, by: world.amina, in: tx)
            try Shift.takeOver(id, by: other, in: tx)
        }
        for caller in [world.amina, other] {
            let refusal = await #expect(throws: Refusal.self) {
                try await world.write { tx in try Shift.agree(id, by: caller, in: tx) }
            }
            #expect(refusal?.message.keyed.hasPrefix("response.trade_second|") == true)
        }
        try await world.write { tx in try Shift.keep(id, by: world.amina, in: tx) }
        #expect(try await shift(world, id).trade == nil)
        await #expect(throws: Refusal.self, "she kept it") {
            try await world.write { tx in try Shift.agree(id, by: world.ruth, in: tx) }
        }
    }

    @Test("without a certificate has one winner of many who take it at once")
    func race() async throws {
        let world = try await World()
        var others: [Caller] = []
        for index in 1...60 { others.append(try await world.member(named: "Op \(index)", [.operator])) }
        let takers = others
        let id = try await planned(world, world.amina, .operator)
        try await world.write { tx in try Shift.offer(id, by: world.amina, in: tx) }
        let won = await withTaskGroup(of: Bool.self) { group in
            for taker in takers {
                group.addTask {
                    (try? await world.write { tx in try Shift.takeOver(id, by: taker, in: tx) }) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(won == 1)
        #expect(try await takers.map(\.person).contains(shift(world, id).person))
    }
}

@Suite("Fatigue")
struct FatigueTests {
    private static let start = Instant(milliseconds: 1_795_000_000_000)

    private func span(_ from: Int, _ to: Int) -> Fatigue.Span {
        Fatigue.Span(from: Self.start + .hours(from), to: Self.start + .hours(to))
    }

    @Test(
        "says which limit a new time of service breaks",
        arguments: [
            ([], (0, 12), nil), ([], (0, 13), .day), ([(0, 8)], (12, 16), nil), ([(0, 8)], (12, 17), .day),
            // Two roles at once count once.
            ([(0, 8)], (2, 9), nil),
            // Beside what was too much already, elsewhere: not looked at.
            ([(0, 20)], (100, 104), nil),
            // Four on, four off, four on, four off, four on: never eight hours to sleep.
            ([(0, 4), (8, 12)], (16, 20), .rest), ([(0, 4), (8, 12)], (20, 24), nil),
            ([(0, 12), (24, 36), (48, 60), (72, 84)], (96, 108), nil),
            ([(0, 12), (24, 36), (48, 60), (72, 84), (96, 108)], (120, 124), .week),
        ] as [([(Int, Int)], (Int, Int), Fatigue.Limit?)]
    )
    func limits(_ others: [(Int, Int)], _ new: (Int, Int), _ limit: Fatigue.Limit?) {
        let found = Fatigue().exceeded(by: span(new.0, new.1), beside: others.map { span($0.0, $0.1) })
        #expect(found == limit)
    }

    @Test("refuses with the reason, and a coordinator's own reason stays on the record, sealed")
    func overridden() async throws {
        let world = try await World()
        func plan(_ reason: String?, by caller: Caller) async throws -> Ref<Shift> {
            try await world.write { tx in
                try Shift.plan(
                    world.joao.person,
                    as: .verifier,
                    from: tx.now + .hours(1),
                    to: tx.now + .hours(15),
                    overriding: reason,
                    by: caller,
                    in: tx
                )
            }
        }
        let tired = await #expect(throws: Refusal.self) { _ = try await plan("We must", by: world.amina) }
        #expect(tired?.message.arguments["n"] == "12")
        let silent = await #expect(throws: Refusal.self) { _ = try await plan(nil, by: world.ruth) }
        #expect(silent?.fields["override"]?.keyed.hasPrefix("response.tired_day|") == true)
        let id = try await plan("Nobody else is in town", by: world.ruth)
        let (shift, events) = try await world.database.read { tx in
            (try Shift.find(id, in: tx), try Event.about(id.text, in: tx))
        }
        let keyring = try world.amina.unlockedKeyring()
        let why = try #require(shift.override)
        #expect(try why.open(kind: "shift.override", record: id.text, with: keyring).text == "Nobody else is in town")
        let event = try #require(events.first { $0.kind == "shift.limit_overridden" })
        #expect(event.data["limit"] == "day" && event.actor == world.ruth.person.text)
        #expect(!event.data.values.contains { $0.contains("town") })
    }
}

@Suite("The test message of a shift")
struct CommTestTests {
    @Test("is answered in time, or shows who did not")
    func answered() async throws {
        let world = try await World()
        let shifts = try await world.write { tx in
            try [world.joao, world.lupe].map { person in
                let role: Role = person.person == world.joao.person ? .verifier : .observer
                let id = try Shift.plan(
                    person.person,
                    as: role,
                    from: tx.now,
                    to: tx.now + .hours(4),
                    by: person,
                    in: tx
                )
                try Shift.start(id, by: person, in: tx)
                return id
            }
        }
        #expect(try await world.told(world.joao) == [.commTest])
        await #expect(throws: Refusal.notFound) {
            try await world.write { tx in try CommTest.answer(shifts[0], by: world.lupe, in: tx) }
        }
        for _ in 1...2 { try await world.write { tx in try CommTest.answer(shifts[0], by: world.joao, in: tx) } }
        func states() async throws -> [Ref<Shift>: CommTest.State] {
            try await world.database.read { tx in
                try CommTest.states(
                    of: Shift.between(tx.now, tx.now + .hours(1), in: tx),
                    timings: world.timings,
                    in: tx
                )
            }
        }
        let until = world.clock.now + .minutes(10)
        #expect(try await states() == [shifts[0]: .answered, shifts[1]: .waiting(until: until)])
        world.clock.advance(by: .minutes(11))
        #expect(try await states() == [shifts[0]: .answered, shifts[1]: .missed])
        try await world.write { tx in try Shift.end(shifts[1], by: world.lupe, in: tx) }
        #expect(try await world.told(world.lupe).isEmpty)
    }

    private func start(_ world: World, _ person: Caller, _ role: Role) async throws -> Ref<Shift> {
        try await world.write { tx in
            let end = tx.now + .hours(4)
            let id = try Shift.plan(person.person, as: role, from: tx.now, to: end, by: person, in: tx)
            try Shift.start(id, by: person, in: tx)
            return id
        }
    }

    @Test("that stays unanswered pages the dispatcher once, until it is answered after all")
    func missed() async throws {
        let world = try await World()
        let id = try await start(world, world.joao, .verifier)
        try await world.pass(.minutes(9))
        #expect(try await world.told(world.amina).isEmpty)
        try await world.pass(.minutes(2))
        #expect(try await world.told(world.amina) == [.testMissed])
        #expect(try await world.told(world.ruth).isEmpty, "there is a dispatcher")
        try await world.write { tx in try CommTest.due(id, timings: world.timings, in: tx) }
        #expect(try await world.told(world.amina) == [.testMissed])
        let events = try await world.database.read { tx in try Event.about(id.text, in: tx) }
        #expect(events.count { $0.kind == "shift.test_missed" } == 1)
        try await world.write { tx in try CommTest.answer(id, by: world.joao, in: tx) }
        #expect(try await world.told(world.amina).isEmpty)
    }

    @Test("comes when the planned time has come, though nobody pressed start, and the answer starts the shift")
    func unstarted() async throws {
        let world = try await World()
        let other = try await world.member(named: "Sol", [.dispatcher])
        func planned(_ person: Caller, _ role: Role) async throws -> Ref<Shift> {
            try await world.write { tx in
                let start = tx.now + .minutes(30)
                return try Shift.plan(person.person, as: role, from: start, to: start + .hours(4), by: person, in: tx)
            }
        }
        let (led, seen) = (try await planned(world.amina, .dispatcher), try await planned(world.joao, .verifier))
        try await world.pass(.minutes(29))
        #expect(try await world.told(world.joao).isEmpty)
        try await world.pass(.minutes(2))
        #expect(try await world.told(world.amina) == [.commTest])
        #expect(try await world.told(world.joao) == [.commTest])
        try await world.write { tx in try CommTest.answer(seen, by: world.joao, in: tx) }
        #expect(try await world.database.read { tx in try Shift.find(seen, in: tx).state } == .on)
        try await world.pass(.minutes(11))
        #expect(try await world.told(other) == [.testMissed], "who leads is not there: others hear, not she alone")
        #expect(try await world.told(world.joao).isEmpty)
        #expect(try await world.database.read { tx in try Shift.find(led, in: tx).state } == .planned)
    }

    @Test("of the only dispatcher pages a coordinator; one that was answered pages nobody")
    func missedByDispatcher() async throws {
        let world = try await World()
        _ = try await start(world, world.amina, .dispatcher)
        let answered = try await start(world, world.joao, .verifier)
        try await world.write { tx in try CommTest.answer(answered, by: world.joao, in: tx) }
        try await world.pass(.minutes(11))
        #expect(try await world.told(world.ruth) == [.testMissed])
        #expect(try await world.told(world.amina) == [.commTest])
    }
}

@Suite("A helper's own settings")
struct OwnHelperTests {
    @Test("move them, and change nothing of what they can do; weekly hours let them be asked")
    func own() async throws {
        let world = try await World()
        let place = try #require(world.places.place("east-los-angeles"))
        try await world.write { tx in
            try Helper.changeOwn(place: place, radius: 3_000, languages: ["es", "quc"], by: world.joao, in: tx)
        }
        let after = try #require(try await world.database.read { tx in try Helper.find(world.joao.person, in: tx) })
        #expect(after.place == "east-los-angeles" && after.radius == 3_000 && after.languages == ["es", "quc"])
        #expect(after.holds(.verifier, at: world.clock.now))
        await #expect(throws: Refusal.notFound, "she is no helper") {
            try await world.write { tx in
                try Helper.changeOwn(place: place, radius: 3_000, languages: ["es"], by: world.amina, in: tx)
            }
        }
        let refusal = await #expect(throws: Refusal.self) {
            try await world.write { tx in
                try Helper.changeOwn(place: place, radius: 1, languages: [], by: world.joao, in: tx)
            }
        }
        #expect(refusal.map { Set($0.fields.keys) } == ["radius", "languages"])
    }
}
