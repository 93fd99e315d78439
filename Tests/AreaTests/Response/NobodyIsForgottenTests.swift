// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@Suite("Nobody is forgotten")
struct NobodyIsForgottenTests {
    /// Whoever is asked now says yes and arrives.
    private func there(_ world: World, _ caller: Caller) async throws -> (Ref<Incident>, Ref<Dispatch>, Ref<Assignment>)
    {
        let incident = try await world.incident()
        let dispatch = try await world.dispatch(incident, by: world.ruth)
        let mine = try #require(try await world.current(caller)).assignment.id
        try await world.accept(mine, by: caller)
        try await world.write { tx in try Assignment.arrive(mine, by: caller, timings: world.timings, in: tx) }
        return (incident, dispatch, mine)
    }

    private func shift(_ world: World, _ caller: Caller, _ role: Role) async throws -> Ref<Shift> {
        try await world.write { tx in
            let (ruth, end) = (world.ruth, tx.now + .hours(6))
            let id = try Shift.plan(caller.person, as: role, from: tx.now, to: end, by: ruth, in: tx)
            try Shift.start(id, by: ruth, in: tx)
            return id
        }
    }

    private func heard(_ world: World, _ caller: Caller) async throws -> Int {
        try await world.told(caller).count { $0 == .missedCheckIn }
    }

    @Test("A dispatcher who is silent on the scene isn't told of themselves: coordinators are, at once")
    func silentDispatcher() async throws {
        let world = try await World()
        try await world.write { tx in
            try Helper.pause(world.joao.person, until: tx.now + .hours(9), by: world.joao, in: tx)
        }
        let clara = try await world.helper(named: "Clara")
        try await world.write { tx in
            try Person.changeRoles(clara.person, to: [.dispatcher, .verifier], by: world.ruth, in: tx)
        }
        _ = try await shift(world, clara, .dispatcher)
        let (_, dispatch, _) = try await there(world, clara)
        try await world.write { tx in
            _ = try tx.run("UPDATE dispatches SET opened_by = \(clara.person) WHERE id = \(dispatch)")
        }
        try await world.pass(.minutes(15))
        #expect(try await heard(world, world.ruth) == 0)
        try await world.pass(.minutes(2))
        #expect(try await heard(world, clara) == 0)
        #expect(try await heard(world, world.ruth) == 1)
    }

    @Test("Of a coordinator who is silent and serves alone, the others are told")
    func silentCoordinator() async throws {
        let world = try await World()
        let other = try await world.member(named: "Rosa", [.coordinator])
        try await world.write { tx in
            try Person.changeRoles(world.joao.person, to: [.verifier, .coordinator], by: world.ruth, in: tx)
        }
        _ = try await shift(world, world.joao, .coordinator)
        _ = try await there(world, world.joao)
        try await world.pass(.minutes(20))
        #expect(try await heard(world, world.joao) == 0)
        #expect(try await heard(world, other) == 1)
    }

    @Test("A member who is removed while they are out is nowhere any more, dispatch is told, and others are asked")
    func removed() async throws {
        let world = try await World()
        let (incident, dispatch, mine) = try await there(world, world.joao)
        #expect(try await world.state(of: dispatch).state == .filled)
        let planned = try await world.write { tx in
            try Shift.plan(
                world.joao.person,
                as: .verifier,
                from: tx.now + .days(1),
                to: tx.now + .days(1) + .hours(4),
                by: world.joao,
                in: tx
            )
        }
        let running = try await shift(world, world.joao, .verifier)
        let next = try await world.helper(named: "Ana")
        try await world.write { tx in try Person.remove(world.joao.person, by: world.ruth, in: tx) }
        let gone = try await world.database.read { tx in try Assignment.find(mine, in: tx) }
        #expect(gone.state == .calledOff && gone.checkInDueAt == nil)
        #expect(try await world.told(world.amina) == [.responderLeft])
        let place = try await world.database.read { tx in try Message.about(incident.text, in: tx).map(\.kind) }
        #expect(place == [.responderLeft])
        await #expect(throws: Refusal.notFound) {
            try await world.database.read { tx in try Shift.find(planned, in: tx) }
        }
        #expect(try await world.database.read { tx in try Shift.find(running, in: tx) }.state == .ended)
        try await world.pass(.seconds(1))
        #expect(try await world.current(next)?.assignment.incident == incident)
        try await world.pass(.hours(1))
        #expect(try await heard(world, world.amina) == 0, "nobody waits for a check-in of theirs")
    }

    @Test("Of a role that is taken away the shifts go, with the place, and those of other roles stay")
    func roleTaken() async throws {
        let world = try await World()
        let sol = try await world.member(named: "Sol", [.operator, .communicator])
        let (open, place, kept) = try await world.write { tx in
            let start = tx.now + .days(1)
            let open = try OpenShift.open(
                .operator,
                from: start,
                to: start + .hours(4),
                places: 1,
                by: world.amina,
                in: tx
            )
            let place = try OpenShift.take(open, by: sol, in: tx)
            let kept = try Shift.plan(
                sol.person,
                as: .communicator,
                from: start,
                to: start + .hours(4),
                by: sol,
                in: tx
            )
            return (open, place, kept)
        }
        let running = try await shift(world, sol, .operator)
        let planned = try await shift(world, world.joao, .verifier)
        world.clock.advance(by: .minutes(1))
        try await world.write { tx in
            try Person.changeRoles(sol.person, to: [.communicator], by: world.ruth, in: tx)
        }
        await #expect(throws: Refusal.notFound) {
            try await world.database.read { tx in try Shift.find(place, in: tx) }
        }
        let (left, states) = try await world.database.read { tx in
            (
                try OpenShift.find(open, in: tx).left,
                try [running, kept, planned].map { try Shift.find($0, in: tx).state }
            )
        }
        #expect(left == 1)
        #expect(states == [.ended, .planned, .on])
        #expect(try await world.told(sol).contains(.shiftTraded), "they hear")
    }

    @Test("Removed before they answered, nobody is told, and others are asked at once")
    func removedWhileAsked() async throws {
        let world = try await World()
        let incident = try await world.incident()
        _ = try await world.dispatch(incident)
        let next = try await world.helper(named: "Ana")
        try await world.write { tx in try Person.remove(world.joao.person, by: world.ruth, in: tx) }
        #expect(try await world.told(world.amina).isEmpty)
        try await world.pass(.seconds(1))
        #expect(try await world.current(next)?.assignment.incident == incident)
    }

    @Test("The page that nobody could be found ends with the need", arguments: [false, true])
    func pageEnds(_ isMerged: Bool) async throws {
        let world = try await World()
        let incident = try await world.incident()
        _ = try await world.dispatch(incident, language: "km")
        #expect(try await world.told(world.ruth) == [.coordinatorPaged])
        let said = try await world.database.read { tx in
            try Message.unread(for: world.ruth.person, in: tx).map { $0.words(Words(language: .english)) }
        }
        #expect(said == ["Nobody could be found to go. We need your help."])
        var last = incident
        if isMerged {
            last = try await world.incident(at: "pacoima")
            let other = last
            try await world.write { tx in try Incident.merge(incident, into: other, by: world.amina, in: tx) }
            #expect(try await world.told(world.ruth) == [.coordinatorPaged])
        }
        try await world.verify(last, Verification.Finding(.unfounded, level: .structured, how: .callBack))
        #expect(try await world.told(world.ruth).isEmpty)
    }

    @Test("Where nobody could be found, it is looked again at the times of the waves, and after")
    func looksAgain() async throws {
        for minutes in [2, 5, 30] {
            let world = try await World()
            try await world.write { tx in
                let until = tx.now + .minutes(minutes) - .seconds(5)
                try Helper.pause(world.joao.person, until: until, by: world.joao, in: tx)
            }
            let incident = try await world.incident()
            let id = try await world.dispatch(incident)
            #expect(try await world.state(of: id).state == .exhausted)
            #expect(try await world.told(world.ruth) == [.coordinatorPaged])
            for _ in 1..<minutes { try await world.pass(.minutes(1)) }
            #expect(try await world.assignments(of: incident).isEmpty)
            for _ in 1...4 { try await world.pass(.minutes(1)) }
            #expect(try await world.assignments(of: incident).map(\.person) == [world.joao.person])
            try await world.pass(.minutes(60))
            #expect(try await world.told(world.ruth) == [.coordinatorPaged], "who knows is told once")
        }
    }

    @Test("It is not looked again for what a later dispatch asks for, nor once it stopped")
    func looksNoMore() async throws {
        let world = try await World()
        try await world.write { tx in
            try Helper.pause(world.joao.person, until: tx.now + .minutes(3), by: world.joao, in: tx)
        }
        let (one, other) = (try await world.incident(), try await world.incident())
        let first = try await world.dispatch(one)
        world.clock.advance(by: .seconds(1))
        let second = try await world.dispatch(one)
        let stopped = try await world.dispatch(other)
        try await world.write { tx in try Dispatch.stop(stopped, by: world.amina, in: tx) }
        for _ in 1...9 { try await world.pass(.minutes(1)) }
        let asked = try await world.assignments(of: one)
        #expect(asked.map(\.dispatch) == [second])
        #expect(try await world.state(of: first).nextWaveAt == nil)
        #expect(try await world.state(of: stopped).nextWaveAt == nil)
        #expect(try await world.assignments(of: other).isEmpty)
    }
}
