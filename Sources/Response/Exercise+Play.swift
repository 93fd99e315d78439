// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// Plays the calls of a drill that are due, and waits for the next. After the last, the drill goes on for an hour.
package struct ExerciseCalls: Job {
    package static let kind = "response.exercise_calls"
    package let exercise: Ref<Exercise>

    package init(exercise: Ref<Exercise>) { self.exercise = exercise }
}

/// Ends a drill: see `Exercise.orderStop`.
package struct ExerciseStop: Job {
    package static let kind = "response.exercise_stop"
    package let exercise: Ref<Exercise>
}

extension Exercise {
    /// How long people have after the last call, before the drill ends by itself.
    package static let windDown = Duration.hours(1)
    /// Calls in one run of the job: its lease is a minute, and what is real waits behind it.
    private static let atOnce = 100

    /// What plays drills: `scenario` reads a file of the pack.
    package static func register(
        with worker: Worker,
        intake: Intake,
        scenario: @escaping @Sendable (String) throws -> Scenario
    ) {
        worker.handle(ExerciseCalls.self) { job in
            try await play(job.exercise, intake: intake, scenario: scenario)
        }
        worker.handle(ExerciseStop.self) { [database = intake.database] job in
            try await database.write { tx in try Exercise.stopOrdered(job.exercise, in: tx) }
        }
    }

    /// Bears being done twice, and late: a call is known by its number.
    static func play(
        _ id: Ref<Exercise>,
        intake: Intake,
        scenario: @Sendable (String) throws -> Scenario
    ) async throws {
        let database = intake.database
        let found = try await database.read { tx in try find(id, in: tx) }
        guard found.state == .running, let started = found.startedAt else { return }
        let scenario = try scenario(found.file).multiplied(by: found.size)
        let calls = scenario.calls
        if found.nextCall == 0 {
            intake.forgetRehearsal()
            let expected = try DrillScore.json(scenario.incidents)
            try await database.write { tx in
                try tx.run("UPDATE exercises SET expected = \(expected) WHERE id = \(id) AND expected IS NULL")
            }
        }
        var next = found.nextCall
        while next < calls.count, next < found.nextCall + atOnce,
            started + calls[next].at * (1 / found.speed) <= database.clock.now()
        {
            guard try await found.take(calls[next].call, number: next, intake) else { return }
            next += 1
        }
        let isOver = next >= calls.count
        let last = calls.last?.at ?? .zero
        let due = started + (isOver ? last : calls[next].at) * (1 / found.speed) + (isOver ? windDown : .zero)
        let number = next
        try await database.write { tx in
            let now = try find(id, in: tx)
            guard now.state == .running else { return }
            if isOver, due <= tx.now { return try end(now, actor: nil, in: tx) }
            let key = "exercise:\(id.text):\(number):\(due.milliseconds)"
            try tx.enqueue(ExerciseCalls(exercise: id), at: due, key: key)
        }
    }

    /// False when the drill was stopped meanwhile: then this call is put away too.
    private func take(_ call: Scenario.Call, number: Int, _ intake: Intake) async throws -> Bool {
        let name = "exercise:\(id.text):\(number)"
        let taken: Ref<Report>?
        do {
            taken = try await intake.take(
                call.filing(in: intake.places),
                submission: .idempotencyKey(name, bodyHash: Array(name.utf8))
            ).report
        } catch let refusal as Refusal where refusal.kind == .invalid {
            // Files are looked at before a drill begins; what they refer to may have changed since. The others go on.
            taken = nil
        }
        let (id, expects) = (id, call.expects)
        return try await intake.database.write { tx in
            guard try Exercise.find(id, in: tx).state == .running else {
                if try Exercise.current(in: tx) == nil { try Exercise.putAway(in: tx) }
                return false
            }
            if let taken {
                try tx.run(
                    """
                    INSERT INTO exercise_calls (report, exercise, expects) VALUES (\(taken), \(id), \(expects))
                    ON CONFLICT (report) DO NOTHING
                    """
                )
            } else {
                try Exercise.record("call_refused", id, nil, ["call": "\(number + 1)"], in: tx)
            }
            try tx.run("UPDATE exercises SET next_call = \(number + 1) WHERE id = \(id) AND next_call <= \(number)")
            return true
        }
    }

    /// A call that a member plays, one more of the drill that runs: nobody can tell it from those of the scenario, and it is
    /// put away with them. It has no part in the score.
    package static func take(
        _ filing: ReportFiling,
        submission: Submission,
        by caller: Caller,
        intake: Intake
    ) async throws -> Intake.Receipt {
        try caller.require(.triage)
        try await intake.database.read { tx in try requireRunning(in: tx) }
        var filing = filing
        filing.isExercise = true
        let receipt = try await intake.take(filing, submission: submission)
        try await intake.database.write { tx in
            if try current(in: tx) == nil { try putAway(in: tx) }
        }
        return receipt
    }

    package static func requireRunning(in tx: Transaction) throws {
        guard try isRunning(in: tx) else { throw Refusal(.conflict, "drills.none|There is no drill now.") }
    }

    /// How it goes, against the clock, as things stand now.
    package func scored(in tx: Transaction) throws -> DrillScore {
        let rows = try tx.rows(
            """
            SELECT c.expects, l.incident FROM exercise_calls c JOIN incident_reports l ON l.report = c.report
            WHERE c.exercise = \(id)
            """
        )
        var homes: [String: Set<Ref<Incident>>] = [:]
        for row in rows { homes[try row["expects"], default: []].insert(try row["incident"]) }
        return try DrillScore.taken(homes, expected: expected, timings: Timings.load(in: tx), speed: 1, in: tx)
    }

    /// A play of the cast that is over, to compare with others; the oldest are forgotten.
    package static func note(
        _ file: String,
        speed: Double,
        size: Int,
        from start: Instant,
        _ score: DrillScore,
        in tx: Transaction
    ) throws -> Ref<Exercise> {
        let id = Ref<Exercise>.new(at: tx.now)
        try tx.run(
            """
            INSERT INTO exercises (id, file, people, state, speed_percent, size, planned_at, started_at, ended_at, score)
            VALUES (\(id), \(file), 'cast', 'ended', \(Int64(max(1, speed * 100))), \(size), \(start), \(start),
                \(tx.now), \(try DrillScore.json(score)))
            """
        )
        try tx.run(
            """
            DELETE FROM exercises WHERE people = 'cast' AND id NOT IN (
                SELECT id FROM exercises WHERE people = 'cast' ORDER BY started_at DESC, id DESC LIMIT 50
            )
            """
        )
        return id
    }
}
