// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import People

/// A drill of a coalition with its own people. The calls for help come from a scenario, played by jobs; everything else is
/// done by those who said yes to drills, on their own pages and telephones. What it makes is marked as an exercise, asks
/// nobody else, and gives way to what is real (docs/decisions/0063, 0064). A play of the demonstration's cast leaves one
/// too, once it is over, so that its score can be compared.
package struct Exercise: Readable {
    package let id: Ref<Exercise>
    /// As the pack lists it: `drills/ordinary-evening.yaml`.
    package let file: String
    package let people: Players
    package let state: State
    /// How many times quicker than the scenario says the calls come in. For a cast, everything is.
    package let speed: Double
    /// How many calls for each one of the scenario.
    package let size: Int
    /// The next call that is due.
    let nextCall: Int
    package let plannedBy: Ref<Person>?
    package let plannedAt: Instant
    package let startedAt: Instant?
    package let endedAt: Instant?
    /// Nil when nobody stopped it: it ran to its end.
    package let stoppedBy: Ref<Person>?
    /// What the scenario says of its incidents; empty before the first call.
    let expected: [String: Scenario.Expected]
    /// How it went, once it is over.
    package let score: DrillScore?

    package enum Players: String, Bindable, Column { case own, cast }
    package enum State: String, Bindable, Column {
        /// Announced: people can still say that they take part.
        case planned
        case running, ended
        /// Never begun.
        case dropped
    }

    package init(row: Row) throws {
        id = try row["id"]
        file = try row["file"]
        people = try row["people"]
        state = try row["state"]
        speed = Double(try row["speed_percent"] as Int64) / 100
        size = try row["size"]
        nextCall = try row["next_call"]
        plannedBy = try row["planned_by"]
        plannedAt = try row["planned_at"]
        startedAt = try row["started_at"]
        endedAt = try row["ended_at"]
        stoppedBy = try row["stopped_by"]
        let json: (expected: String?, score: String?) = (try row["expected"], try row["score"])
        expected =
            try json.expected.map { text in
                try JSONDecoder().decode([String: Scenario.Expected].self, from: Data(text.utf8))
            } ?? [:]
        score = try json.score.map { try JSONDecoder().decode(DrillScore.self, from: Data($0.utf8)) }
    }

    /// The one that is announced or running.
    package static func current(in tx: Transaction) throws -> Exercise? {
        try tx.first(Exercise.self, "SELECT * FROM exercises WHERE one = 1")
    }

    package static func isRunning(in tx: Transaction) throws -> Bool { try current(in: tx)?.state == .running }

    package static func find(_ id: Ref<Exercise>, in tx: Transaction) throws -> Exercise {
        guard let found = try tx.first(Exercise.self, "SELECT * FROM exercises WHERE id = \(id)") else {
            throw Refusal.notFound
        }
        return found
    }

    /// Those that are over, newest first: what they scored, to compare.
    package static func past(limit: Int = 50, in tx: Transaction) throws -> [Exercise] {
        try tx.all(
            Exercise.self,
            "SELECT * FROM exercises WHERE state = 'ended' ORDER BY started_at DESC, id DESC LIMIT \(limit)"
        )
    }

    /// Who may be asked for anything in an exercise, and told of it: those who said yes to every drill or to this one, and
    /// did not leave it.
    static func askable(in tx: Transaction) throws -> Set<Ref<Person>> {
        Set(
            try tx.list(
                Ref<Person>.self,
                """
                SELECT v.person FROM exercise_volunteers v WHERE NOT EXISTS (
                    SELECT 1 FROM exercise_members m JOIN exercises e ON e.id = m.exercise
                    WHERE m.person = v.person AND m.takes_part = 0 AND e.state IN ('planned', 'running')
                )
                UNION SELECT m.person FROM exercise_members m JOIN exercises e ON e.id = m.exercise
                WHERE m.takes_part = 1 AND e.state IN ('planned', 'running')
                """
            )
        )
    }

    /// Of these, who may be told; everybody, when it is real.
    static func only(_ people: Set<Ref<Person>>, isExercise: Bool, in tx: Transaction) throws -> Set<Ref<Person>> {
        isExercise ? people.intersection(try askable(in: tx)) : people
    }

    /// Whether an incident is part of a drill.
    package static func holds(_ incident: Ref<Incident>, in tx: Transaction) throws -> Bool {
        try Scene.find(incident, in: tx).isExercise
    }

    /// Which of these incidents are part of a drill.
    package static func among(_ incidents: [Ref<Incident>], in tx: Transaction) throws -> Set<Ref<Incident>> {
        guard !incidents.isEmpty else { return [] }
        return Set(
            try tx.list(
                Ref<Incident>.self,
                "SELECT id FROM incidents WHERE exercise = 1 AND id IN \(list: incidents)"
            )
        )
    }

    /// How many may be asked.
    package static func willing(in tx: Transaction) throws -> Int { try askable(in: tx).count }

    /// How a member stands to drills.
    package struct Consent: Sendable, Hashable {
        /// To every drill, until they say otherwise.
        package let always: Bool
        /// To the one that is announced or running; nil when there is none.
        package let now: Bool?
        /// How many take part in it; without one, how many would.
        package let count: Int
    }

    package static func consent(of caller: Caller, in tx: Transaction) throws -> Consent {
        let askable = try askable(in: tx)
        let always = try tx.count("SELECT count(*) FROM exercise_volunteers WHERE person = \(caller.person)") == 1
        let current = try current(in: tx)
        return Consent(always: always, now: current.map { _ in askable.contains(caller.person) }, count: askable.count)
    }
}

extension Exercise {
    /// Of the incidents that are kept still: how many a debrief was written of within a day of their end.
    package struct Debriefs: Sendable, Hashable {
        package let written: Int
        package let of: Int
    }

    package func debriefs(in tx: Transaction) throws -> Debriefs? {
        let rows = try tx.rows(
            """
            SELECT DISTINCT i.id, CASE WHEN a.at <= i.closed_at + 86400000 THEN 1 ELSE 0 END AS written
            FROM exercise_calls c JOIN incident_reports l ON l.report = c.report JOIN incidents i ON i.id = l.incident
                LEFT JOIN after_actions a ON a.incident = i.id
            WHERE c.exercise = \(id) AND i.merged_into IS NULL AND i.state = 'closed'
            """
        )
        guard !rows.isEmpty else { return nil }
        return Debriefs(written: try rows.count { try $0["written"] as Int == 1 }, of: rows.count)
    }
}

extension Exercise {
    static let migration = Migration(
        "2026-11-29-response-exercises",
        """
        CREATE TABLE exercises (
            id TEXT PRIMARY KEY,
            file TEXT NOT NULL,
            people TEXT NOT NULL CHECK (people IN ('own', 'cast')),
            state TEXT NOT NULL CHECK (state IN ('planned', 'running', 'ended', 'dropped')),
            speed_percent BIGINT NOT NULL CHECK (speed_percent > 0),
            size BIGINT NOT NULL CHECK (size > 0),
            next_call BIGINT NOT NULL DEFAULT 0,
            planned_by TEXT,
            planned_at BIGINT NOT NULL,
            started_at BIGINT,
            ended_at BIGINT,
            stopped_by TEXT,
            expected TEXT,
            score TEXT,
            one BIGINT UNIQUE CHECK (one = 1),
            CHECK ((one IS NOT NULL) = (state IN ('planned', 'running')))
        );
        CREATE INDEX exercises_started ON exercises (started_at);
        CREATE TABLE exercise_members (
            exercise TEXT NOT NULL REFERENCES exercises (id) ON DELETE CASCADE,
            person TEXT NOT NULL,
            takes_part BIGINT NOT NULL,
            PRIMARY KEY (exercise, person)
        );
        CREATE TABLE exercise_volunteers (person TEXT PRIMARY KEY, since BIGINT NOT NULL);
        CREATE TABLE exercise_calls (
            report TEXT PRIMARY KEY REFERENCES reports (id) ON DELETE CASCADE,
            exercise TEXT NOT NULL REFERENCES exercises (id) ON DELETE CASCADE,
            expects TEXT NOT NULL
        );
        CREATE INDEX exercise_calls_exercise ON exercise_calls (exercise)
        """
    )

    static let holdings: [Holding] = [
        Holding(
            "exercises",
            "holding.exercises|Drills: when, how big, and how quick we were, without a name",
            day: "planned_at",
            kept: .by(kept),
            plain: """
                id file people state speed_percent size next_call planned_by planned_at started_at ended_at stopped_by \
                expected score one
                """
        ),
        Holding(
            "exercise_members",
            "holding.exercise_members|Who takes part in a drill, or stays out of it",
            kept: .words("holding.with_exercise|Until the drill is over"),
            plain: "exercise person takes_part"
        ),
        Holding(
            "exercise_volunteers",
            "holding.exercise_volunteers|Who takes part in every drill",
            day: "since",
            kept: .words("holding.exercise_volunteers_kept|Until they take it back"),
            plain: "person since"
        ),
        Holding(
            "exercise_calls",
            "holding.exercise_calls|Which made-up reports belong to which drill",
            kept: .words("holding.with_report|As long as its report"),
            plain: "report exercise expects"
        ),
    ]

    static let kept = Keeping(
        "exercises",
        "keeping.exercises|How quick we were in drills",
        always: .days(1_095)
    )

    /// Called with the other clocks of what is kept.
    static func forget(in tx: Transaction) throws {
        try tx.run("DELETE FROM exercises WHERE state IN ('ended', 'dropped') AND planned_at < \(tx.now - kept.usual)")
    }
}
