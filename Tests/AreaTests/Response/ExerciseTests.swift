// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

/// A drill of our own people, as these tests need it.
extension World {
    static let evening = "drills/ordinary-evening.yaml"

    func drill(speed: Double = 1, size: Int = 1) async throws -> Ref<Exercise> {
        try await write { [self] tx in
            try Exercise.start(Exercise.Plan(file: Self.evening, speed: speed, size: size), by: ruth, in: tx)
        }
    }

    func stopDrill() async throws { try await write { [self] tx in try Exercise.stop(by: ruth, in: tx) } }

    func exercise(_ id: Ref<Exercise>) async throws -> Exercise {
        try await database.read { tx in try Exercise.find(id, in: tx) }
    }

    /// An incident of a drill near the cast.
    func rehearsed() async throws -> Ref<Incident> {
        try await incident(of: report(filing("Vans in a drill at Hollenbeck Park", isExercise: true)))
    }
}

@Suite("A drill of our own people")
struct ExerciseTests {
    @Test("asks nobody who did not say yes: to this one, or to all of them; and no is a no at any time")
    func consent() async throws {
        let world = try await World()
        let second = try await world.helper(named: "Second")
        try await world.volunteer([world.joao])
        _ = try await world.drill()
        let incident = try await world.rehearsed()
        let id = try await world.dispatch(incident, wanted: 2)
        #expect(try await world.assignments(of: incident).map(\.person) == [world.joao.person])
        let (amina, timings, places) = (world.amina, world.timings, world.places)
        let refusal = await #expect(throws: Refusal.self) {
            try await world.write { tx in
                try Dispatch.ask(second.person, for: id, by: amina, timings: timings, places: places, in: tx)
            }
        }
        #expect(refusal?.message.keyed.hasPrefix("response.ask_drill|") == true)
        try await world.write { tx in try Exercise.takePart(true, by: second, in: tx) }
        try await world.pass(.minutes(2))
        #expect(try await world.assignments(of: incident).contains { $0.person == second.person })
        try await world.write { tx in try Exercise.takePart(false, by: second, in: tx) }
        #expect(try await world.current(second) == nil, "they left, and nothing waits for them")
        let after = try await world.database.read { tx in
            (try Exercise.consent(of: second, in: tx), try Exercise.consent(of: world.joao, in: tx))
        }
        #expect(!after.0.always && after.0.now == false && after.0.count == 1)
        #expect(after.1.always && after.1.now == true)
        try await world.stopDrill()
        _ = try await world.drill()
        #expect(try await world.database.read { tx in try Exercise.consent(of: second, in: tx) }.now == false)
    }

    @Test(
        "leaves out a call that can't be taken any more, and plays the others; the end of one is not said beside the next"
    )
    func refusedCall() async throws {
        let world = try await World()
        try await world.volunteer([world.joao])
        let path = try DrillFile.write(
            ["nowhere-land", "pacoima"].map { "at: \"00:00:01\", place: \($0), words: A van" }
        )
        let file = String(repeating: "../", count: 20) + path.dropFirst()
        let id = try await world.write { tx in try Exercise.start(Exercise.Plan(file: file), by: world.ruth, in: tx) }
        try await world.pass(.seconds(3))
        let taken = try await world.database.read { tx in
            try tx.count("SELECT count(*) FROM exercise_calls WHERE exercise = \(id)")
        }
        #expect(taken == 1)
        try await world.pass(.minutes(61))
        #expect(try await world.exercise(id).state == .ended, "by itself, as any")
        #expect(try await told(world, .drillOver) > 0)
        _ = try await world.drill()
        #expect(try await told(world, .drillOver) == 0)
    }

    private func told(_ world: World, _ kind: Message.Kind) async throws -> Int {
        try await world.database.read { tx in
            try tx.count("SELECT count(*) FROM messages WHERE kind = \(kind) AND expires_at > \(tx.now)")
        }
    }

    @Test("lets go of whoever is needed for what is real, and is no part of how often somebody answers")
    func realFirst() async throws {
        let world = try await World()
        try await world.volunteer([world.joao])
        _ = try await world.drill()
        let drilled = try await world.rehearsed()
        _ = try await world.dispatch(drilled)
        let offer = try #require(try await world.current(world.joao))
        #expect(offer.isExercise)
        try await world.accept(offer.assignment.id, by: world.joao)
        let before = try await world.database.read { tx in try Helper.find(world.joao.person, in: tx) }
        #expect(before?.lastAskedAt == nil && before?.asked == 0 && before?.accepted == 0)
        let real = try await world.incident()
        _ = try await world.dispatch(real)
        let now = try #require(try await world.current(world.joao))
        #expect(now.assignment.incident == real && !now.isExercise)
        #expect(try await world.assignments(of: drilled).map(\.state) == [.calledOff])
        let after = try await world.database.read { tx in try Helper.find(world.joao.person, in: tx) }
        #expect(after?.lastAskedAt == world.clock.now)
        // The other way round, what is real keeps them.
        let other = try await world.rehearsed()
        _ = try await world.dispatch(other)
        #expect(try await world.assignments(of: other).filter { $0.state == .offered }.isEmpty)
        #expect(try await world.current(world.joao)?.assignment.incident == real)
    }

    @Test("never marks or hides a real report, which stands before it on the board and is not put away with it")
    func realReport() async throws {
        let world = try await World()
        try await world.volunteer([world.joao])
        _ = try await world.drill()
        let drilled = try await world.rehearsed()
        for _ in 0..<3 { _ = try await world.rehearsed() }
        let real = try await world.incident(of: world.report())
        #expect(real != drilled, "the same words at the same place, and they never meet")
        let board = try await world.board()
        #expect(board.toVerify.map(\.isExercise).first == false && board.toVerify.count >= 2)
        let amina = world.amina
        let window = try await world.database.read { tx in
            try LiveBoard.window(most: 10, since: tx.now - .hours(1), by: amina, in: tx)
        }
        #expect(window.list(.verify).first?.id == real)
        try await world.stopDrill()
        #expect(try await world.board().toVerify.map(\.id) == [real])
        #expect(try await world.card(drilled).isClosed)
    }

    @Test("a run card shows only an attorney who takes part, as it would page only them")
    func shown() async throws {
        let world = try await World()
        let lena = try await world.member(named: "Lena", [.attorney])
        try await world.write { tx in
            try RunCard.set(RunCard(.vehicles, [.init(.attorney, 1)]), by: world.ruth, in: tx)
        }
        try await world.volunteer([world.amina, world.ruth])
        _ = try await world.drill()
        let incident = try await world.rehearsed()
        func asks() async throws -> [Ref<Person>] {
            try await world.database.read { tx in
                try RunCard.asks(
                    for: incident,
                    by: world.amina,
                    timings: world.timings,
                    places: world.places,
                    in: tx
                ).flatMap(\.people)
            }
        }
        #expect(try await asks().isEmpty)
        try await world.volunteer([lena])
        #expect(try await asks() == [lena.person])
    }

    @Test("leaves nothing dispatched when it is stopped, which can be done twice")
    func stop() async throws {
        let world = try await World()
        let lena = try await world.member(named: "Lena", [.attorney])
        try await world.volunteer([world.joao, world.lupe, lena, world.amina, world.ruth])
        let id = try await world.drill()
        let incident = try await world.rehearsed()
        _ = try await world.dispatch(incident)
        _ = try await world.dispatch(incident, role: .observer)
        let offer = try #require(try await world.current(world.joao)).assignment.id
        let timings = world.timings
        try await world.accept(offer, by: world.joao)
        try await world.write { tx in try Assignment.arrive(offer, by: world.joao, timings: timings, in: tx) }
        try await world.verify(incident, .seen)
        #expect(try await world.told(lena).contains(.attorneyPaged))
        try await world.pass(.minutes(21))
        #expect(try await world.told(world.ruth).contains(.missedCheckIn))
        for _ in 0..<2 { try await world.stopDrill() }
        #expect(try await world.assignments(of: incident).filter(\.state.isActive).isEmpty)
        let dispatches = try await world.database.read { tx in try Dispatch.all(of: incident, in: tx) }
        #expect(dispatches.allSatisfy { $0.state != .asking })
        let board = try await world.board()
        #expect(board.active.isEmpty && board.toVerify.isEmpty)
        for one in [world.joao, lena, world.ruth] {
            let left = try await world.told(one)
            #expect(!left.contains(.offer) && !left.contains(.attorneyPaged) && !left.contains(.missedCheckIn))
            #expect(left.contains(.drillOver))
        }
        let jobs = try await world.exercise(id)
        #expect(jobs.state == .ended && jobs.stoppedBy == world.ruth.person && jobs.score != nil)
        try await world.pass(.hours(3))
        #expect(try await world.board().toVerify.isEmpty, "no call comes after its end")
        let silent = try await world.database.read { tx in
            try tx.count(
                "SELECT count(*) FROM assignments WHERE state IN ('offered', 'accepted', 'on_the_way', 'on_scene')"
            )
        }
        #expect(silent == 0)
    }

    @Test("plays its calls when they are due, each once, and ends by itself an hour after the last")
    func calls() async throws {
        let world = try await World()
        let id = try await world.drill(speed: 10)
        func reports() async throws -> Int {
            try await world.database.read { tx in try tx.count("SELECT count(*) FROM exercise_calls") }
        }
        try await world.pass(.zero)
        #expect(try await reports() == 0)
        try await world.pass(.seconds(8))
        #expect(try await reports() == 1)
        // A job that runs twice, and early.
        try await world.write { tx in
            try tx.enqueue(ExerciseCalls(exercise: id), at: tx.now, key: nil)
            try tx.enqueue(ExerciseCalls(exercise: id), at: tx.now, key: nil)
        }
        try await world.pass(.zero)
        #expect(try await reports() == 1)
        for _ in 0..<12 { try await world.pass(.minutes(1)) }
        #expect(try await reports() == 58)
        let real = try await world.database.read { tx in
            try tx.count("SELECT count(*) FROM reports WHERE exercise = 0")
        }
        #expect(real == 0)
        #expect(try await world.exercise(id).state == .running)
        try await world.pass(.hours(1))
        let ended = try await world.exercise(id)
        #expect(ended.state == .ended && ended.stoppedBy == nil)
        #expect(ended.score?.incidents.count == 11)
        #expect(try await world.board().toVerify.isEmpty)
    }

    @Test("is one at a time; what was announced and never began leaves no trace on the board")
    func oneAtATime() async throws {
        let world = try await World()
        let (ruth, lupe) = (world.ruth, world.lupe)
        await #expect(throws: Refusal.forbidden) {
            try await world.write { tx in
                try Exercise.start(Exercise.Plan(file: World.evening), by: lupe, in: tx)
            }
        }
        let id = try await world.write { tx in
            try Exercise.plan(Exercise.Plan(file: World.evening), by: ruth, in: tx)
        }
        await #expect(throws: Refusal.self) { _ = try await world.drill() }
        try await world.write { tx in
            try Exercise.takePart(true, by: lupe, in: tx)
            try Exercise.start(id, by: ruth, in: tx)
            try Exercise.start(id, by: ruth, in: tx)
        }
        #expect(try await world.told(lupe) == [.drillBegun])
        try await world.stopDrill()
        let next = try await world.write { tx in
            try Exercise.plan(Exercise.Plan(file: World.evening), by: ruth, in: tx)
        }
        try await world.stopDrill()
        #expect(try await world.exercise(next).state == .dropped)
        #expect(try await world.database.read { tx in try Exercise.past(in: tx) }.map(\.id) == [id])
        #expect(throws: Refusal.self) { try Exercise.Plan(file: "x", speed: 1_000, size: 99) }
    }

    @Test("is stopped from the terminal by a job, which the server does")
    func ordered() async throws {
        let world = try await World()
        let id = try await world.write { tx in
            try Exercise.startByKeeper(Exercise.Plan(file: World.evening), in: tx)
        }
        try await world.write { tx in try Exercise.orderStop(id, in: tx) }
        try await world.pass(.zero)
        #expect(try await world.exercise(id).state == .ended)
    }

    @Test("does not hold up the hand-over of a shift, and is asked about by nobody who is not in it")
    func handOver() async throws {
        let world = try await World()
        _ = try await world.drill()
        let incident = try await world.rehearsed()
        try await world.verify(incident, .seen)
        try await world.pass(.minutes(31))
        #expect(try await world.told(world.amina).isEmpty)
        let shift = try await world.write { tx in
            let end = tx.now + .hours(4)
            let amina = world.amina.person
            let shift = try Shift.plan(amina, as: .dispatcher, from: tx.now, to: end, by: world.ruth, in: tx)
            try Shift.start(shift, by: world.amina, in: tx)
            return shift
        }
        try await world.write { tx in try Shift.end(shift, by: world.amina, in: tx) }
    }
}
