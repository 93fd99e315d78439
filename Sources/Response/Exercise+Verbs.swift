// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

extension Exercise {
    /// What is going to be played, and how.
    package struct Plan: Sendable {
        let file: String
        let speed: Double
        let size: Int

        package static let speeds = 0.1...100.0
        package static let sizes = 1...50

        /// Fields: `speed`, `size`. The file is one that the pack offers: the caller looks.
        package init(file: String, speed: Double = 1, size: Int = 1) throws {
            var fields: [String: Phrase] = [:]
            if !speed.isFinite || !Self.speeds.contains(speed) {
                fields["speed"] = "drills.speed_missing|Choose a speed from the list."
            }
            if !Self.sizes.contains(size) { fields["size"] = "drills.size_range|Choose a number from 1 to 50." }
            if !fields.isEmpty { throw Refusal.invalid(fields) }
            (self.file, self.speed, self.size) = (file, speed, size)
        }
    }

    /// Announces a drill, so that people can say that they take part. One at a time.
    @discardableResult
    package static func plan(_ plan: Plan, by caller: Caller, in tx: Transaction) throws -> Ref<Exercise> {
        try caller.require(.runDrill)
        return try announce(plan, actor: caller.person, in: tx)
    }

    /// From now on, calls come in.
    package static func start(_ id: Ref<Exercise>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.runDrill)
        try begin(id, actor: caller.person, in: tx)
    }

    /// At once, without an announcement.
    @discardableResult
    package static func start(_ plan: Plan, by caller: Caller, in tx: Transaction) throws -> Ref<Exercise> {
        try caller.require(.runDrill)
        let id = try announce(plan, actor: caller.person, in: tx)
        try begin(id, actor: caller.person, in: tx)
        return id
    }

    /// For whoever keeps the server, at its terminal.
    @discardableResult
    package static func startByKeeper(_ plan: Plan, in tx: Transaction) throws -> Ref<Exercise> {
        let id = try announce(plan, actor: nil, in: tx)
        try begin(id, actor: nil, in: tx)
        return id
    }

    /// No more calls; whoever is going or there is called off, and everything that was played is put away. What was only
    /// announced does not take place. Doing it again changes nothing.
    package static func stop(by caller: Caller, in tx: Transaction) throws {
        try caller.require(.runDrill)
        try stop(actor: caller.person, in: tx)
    }

    /// For whoever keeps the server, at its terminal: a job, so that the server that runs does it.
    package static func orderStop(_ id: Ref<Exercise>, in tx: Transaction) throws {
        try tx.enqueue(ExerciseStop(exercise: id), at: tx.now, key: "exercise-stop:\(id.text)")
    }

    static func stopOrdered(_ id: Ref<Exercise>, in tx: Transaction) throws {
        guard try current(in: tx)?.id == id else { return }
        try stop(actor: nil, in: tx)
    }

    /// Yes or no to every drill from now on. Whoever says no is out of the one that runs, too.
    package static func volunteer(_ yes: Bool, by caller: Caller, in tx: Transaction) throws {
        if yes {
            try tx.run(
                """
                INSERT INTO exercise_volunteers (person, since) VALUES (\(caller.person), \(tx.now))
                ON CONFLICT (person) DO NOTHING
                """
            )
        } else {
            try tx.run("DELETE FROM exercise_volunteers WHERE person = \(caller.person)")
            try tx.run("DELETE FROM exercise_members WHERE person = \(caller.person)")
            try release(caller.person, in: tx)
        }
    }

    /// Yes or no to the drill that is announced or running; no at any time, and nobody asks why.
    package static func takePart(_ yes: Bool, by caller: Caller, in tx: Transaction) throws {
        guard let current = try current(in: tx) else {
            throw Refusal(.conflict, "drills.none|There is no drill now.")
        }
        try tx.run(
            """
            INSERT INTO exercise_members (exercise, person, takes_part) VALUES (\(current.id), \(caller.person), \(yes))
            ON CONFLICT (exercise, person) DO UPDATE SET takes_part = excluded.takes_part
            """
        )
        if !yes { try release(caller.person, in: tx) }
    }

    /// What is real has come for somebody who is in a drill, or they leave it: the drill lets go of them.
    static func release(_ person: Ref<Person>, in tx: Transaction) throws {
        let held = try tx.all(
            Assignment.self,
            """
            SELECT a.* FROM assignments a JOIN incidents i ON i.id = a.incident
            WHERE a.person = \(person) AND i.exercise = 1
                AND a.state \(Assignment.open)
            """
        )
        try Assignment.end(held, because: .stopped, actor: nil, in: tx)
    }

    /// With the member's account.
    static func forget(_ person: Ref<Person>, in tx: Transaction) throws {
        try tx.run("DELETE FROM exercise_volunteers WHERE person = \(person)")
        try tx.run("DELETE FROM exercise_members WHERE person = \(person)")
    }

    // MARK: Steps

    private static func announce(_ plan: Plan, actor: Ref<Person>?, in tx: Transaction) throws -> Ref<Exercise> {
        let id = Ref<Exercise>.new(at: tx.now)
        let made = try tx.run(
            """
            INSERT INTO exercises (id, file, people, state, speed_percent, size, planned_by, planned_at, one)
            VALUES (\(id), \(plan.file), 'own', 'planned', \(Int64((plan.speed * 100).rounded())), \(plan.size),
                \(actor), \(tx.now), 1)
            ON CONFLICT DO NOTHING
            """
        )
        guard made == 1 else {
            throw Refusal(.conflict, "drill.running|A drill is running already. End it first, or wait.")
        }
        try record("planned", id, actor, in: tx)
        return id
    }

    private static func begin(_ id: Ref<Exercise>, actor: Ref<Person>?, in tx: Transaction) throws {
        let begun = try tx.run(
            "UPDATE exercises SET state = 'running', started_at = \(tx.now) WHERE id = \(id) AND state = 'planned'"
        )
        guard begun == 1 else {
            if try find(id, in: tx).state == .running { return }
            throw Refusal(.conflict, "drills.is_over|This drill is over. Start a new one.")
        }
        try putAway(in: tx)
        // "From now on everything is real" is not said beside the next drill.
        let before = try tx.list(Ref<Exercise>.self, "SELECT id FROM exercises WHERE ended_at >= \(tx.now - toldOver)")
        for one in before { try Message.withdraw(.drillOver, about: one.text, in: tx) }
        try tell(.drillBegun, id, in: tx)
        try record("started", id, actor, in: tx)
        try tx.enqueue(ExerciseCalls(exercise: id), at: tx.now, key: "exercise:\(id.text):0")
    }

    private static func stop(actor: Ref<Person>?, in tx: Transaction) throws {
        guard let current = try current(in: tx) else { return }
        switch current.state {
        case .planned:
            try tx.run("UPDATE exercises SET state = 'dropped', one = NULL WHERE id = \(current.id)")
            try tx.run("DELETE FROM exercise_members WHERE exercise = \(current.id)")
            try record("dropped", current.id, actor, in: tx)
        case .running: try end(current, actor: actor, in: tx)
        case .ended, .dropped: break
        }
    }

    /// Its score is taken as things stand; then nothing of it is left open, and nobody is out for it.
    static func end(_ exercise: Exercise, actor: Ref<Person>?, in tx: Transaction) throws {
        let score = try DrillScore.json(try exercise.scored(in: tx))
        let ended = try tx.run(
            """
            UPDATE exercises SET state = 'ended', one = NULL, ended_at = \(tx.now), stopped_by = \(actor), score = \(score)
            WHERE id = \(exercise.id) AND state = 'running'
            """
        )
        guard ended == 1 else { return }
        try tell(.drillOver, exercise.id, in: tx)
        try putAway(in: tx)
        try tx.run("DELETE FROM exercise_members WHERE exercise = \(exercise.id)")
        try record("ended", exercise.id, actor, in: tx)
    }

    /// Every exercise that is open is closed, and whoever was going to one is called off.
    static func putAway(in tx: Transaction) throws {
        let open = try tx.list(
            Ref<Incident>.self,
            "SELECT id FROM incidents WHERE exercise = 1 AND state <> 'closed' AND merged_into IS NULL ORDER BY id"
        )
        for id in open {
            try Dispatch.callOffAll(of: id, actor: nil, in: tx)
            try tx.run(
                """
                UPDATE incidents SET state = 'closed', closed_at = \(tx.now), review_at = NULL, expires_at = NULL,
                    is_over = CASE truth WHEN 'confirmed' THEN 1 ELSE is_over END, version = version + 1,
                    stepped = version + 1
                WHERE id = \(id) AND state <> 'closed'
                """
            )
            try AttorneyOnCall.release(id, in: tx)
            for kind in [Message.Kind.coordinatorPaged, .alertReview] {
                try Message.withdraw(kind, about: id.text, in: tx)
            }
            try Incident.record("closed", id, by: nil, ["exercise": "1"], in: tx)
        }
    }

    /// How long people are told that a drill begins, or is over.
    private static let toldOver = Duration.hours(2)

    private static func tell(_ kind: Message.Kind, _ id: Ref<Exercise>, in tx: Transaction) throws {
        for person in try askable(in: tx).sorted(by: { $0.text < $1.text }) {
            try Message.tell(
                person,
                kind,
                about: id.text,
                key: id.text,
                expires: toldOver,
                isExercise: true,
                in: tx
            )
        }
        if kind == .drillOver { try Message.withdraw(.drillBegun, about: id.text, in: tx) }
    }

    static func record(
        _ what: String,
        _ id: Ref<Exercise>,
        _ actor: Ref<Person>?,
        _ data: [String: String] = [:],
        in tx: Transaction
    ) throws {
        try tx.record(Event("exercise.\(what)", subject: id.text, actor: actor?.text, data: data))
    }
}
