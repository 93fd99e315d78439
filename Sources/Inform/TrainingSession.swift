// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// A course led by a person, at a place or behind a link. Seats are counted and have no names; who came is a number.
package struct TrainingSession: Sendable, Identifiable {
    package struct Plan: Sendable {
        package var course: String
        package var language: String
        /// `2026-12-07T18:00`, by the city's clock.
        package var at: String
        /// Of two moments with that time, as `TypedTime` names them.
        package var which: String
        package var minutes: Int
        package var place: String
        package var link: String
        package var seats: Int

        package init(
            course: String,
            language: String,
            at: String,
            which: String = "",
            minutes: Int,
            place: String,
            link: String,
            seats: Int
        ) {
            (self.course, self.language, self.at, self.which, self.minutes) = (course, language, at, which, minutes)
            (self.place, self.link, self.seats) = (place, link, seats)
        }
    }

    package let id: Ref<TrainingSession>
    package let course: String
    package let language: String
    package let startsAt: Instant
    package let minutes: Int
    package let place: String
    package let link: String
    package let seats: Int
    package let taken: Int
    /// Nil until somebody counted.
    package let attended: Int?
    package let isCalledOff: Bool

    package var endsAt: Instant { startsAt + .minutes(minutes) }
    package var isFull: Bool { taken >= seats }
}

/// A place kept for somebody without a name.
package struct TrainingSeat: Sendable {
    package let id: Ref<TrainingSeat>
    package let session: Ref<TrainingSession>
}

extension TrainingSession {
    package static func plan(_ plan: Plan, courses: CourseFiles, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.organise)
        var fields: [String: Phrase] = [:]
        if courses.course(plan.course) == nil {
            fields["course"] = "training.bad_course|Choose a course from the list."
        }
        let typed = TypedTime(plan.at)
        let start = typed.moment(plan.which)
        if start.map({ $0 <= tx.now || $0 > tx.now + .days(366) }) ?? true {
            let late: Phrase = "training.bad_time|Choose a time in the year to come."
            fields["at"] = start == nil ? typed.problem(missing: late) : late
        }
        if !(15...600).contains(plan.minutes) { fields["minutes"] = "training.bad_minutes|Choose 15 to 600 minutes." }
        if !(1...2_000).contains(plan.seats) { fields["seats"] = "training.bad_seats|Choose 1 to 2,000 seats." }
        if plan.place.isBlank && plan.link.isEmpty {
            fields["place"] = "training.no_place|Say where it is, or give a link."
        }
        let isLink = plan.link.hasPrefix("https://") && plan.link.utf8.allSatisfy { $0 > 32 && $0 < 127 }
        if !plan.link.isEmpty && (!isLink || plan.link.utf8.count > 300) {
            fields["link"] = "training.bad_link|A link begins with https://"
        }
        if plan.place.unicodeScalars.count > 200 { fields["place"] = "training.long_place|Keep it under 200 letters." }
        if !Language.known.contains(where: { $0.code == plan.language }) {
            fields["language"] = "training.bad_language|Choose a language from the list."
        }
        guard fields.isEmpty, let start else { throw Refusal.invalid(fields) }
        let id = Ref<TrainingSession>.new()
        try tx.run(
            """
            INSERT INTO training_sessions (id, course, language, starts_at, minutes, place, link, seats, created_by, created_at)
            VALUES (\(id), \(plan.course), \(plan.language), \(start), \(plan.minutes), \(plan.place), \(plan.link),
                \(plan.seats), \(caller.person), \(tx.now))
            """
        )
        try tx.record(Event("training.planned", subject: id.text, actor: caller.person.text))
    }

    package static func callOff(_ id: Ref<TrainingSession>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.organise)
        let changed = try tx.run(
            "UPDATE training_sessions SET called_off_at = \(tx.now) WHERE id = \(id) AND called_off_at IS NULL"
        )
        guard changed == 1 else { throw Refusal.notFound }
        try tx.record(Event("training.called_off", subject: id.text, actor: caller.person.text))
    }

    /// How many came, counted by heads.
    package static func count(_ id: Ref<TrainingSession>, _ number: Int, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.organise)
        guard (0...5_000).contains(number) else {
            throw Refusal.invalid(["attended": "training.bad_count|Enter how many people came."])
        }
        let changed = try tx.run(
            """
            UPDATE training_sessions SET attended = \(number)
            WHERE id = \(id) AND called_off_at IS NULL AND starts_at <= \(tx.now)
            """
        )
        guard changed == 1 else {
            throw Refusal(.conflict, "training.not_begun|You can count once it has begun.")
        }
        try tx.record(Event("training.counted", subject: id.text, actor: caller.person.text))
    }

    /// A seat, without a name. The seat's own reference is what gives it back, and nothing else does. `id` comes from the
    /// form, so that the same form takes one seat only.
    package static func takeSeat(_ id: Ref<TrainingSeat>, in session: Ref<TrainingSession>, in tx: Transaction) throws {
        guard let found = try find(session, in: tx), !found.isCalledOff, found.startsAt > tx.now else {
            throw Refusal.notFound
        }
        if try tx.count("SELECT count(*) FROM training_seats WHERE id = \(id)") > 0 { return }
        let taken = try tx.run(
            """
            INSERT INTO training_seats (id, session, taken_at)
            SELECT \(id), s.id, \(tx.now) FROM training_sessions s WHERE s.id = \(session)
            AND (SELECT count(*) FROM training_seats t WHERE t.session = s.id) < s.seats
            """
        )
        guard taken == 1 else {
            throw Refusal(.conflict, "training.full|All seats are taken. Please choose another day.")
        }
    }

    /// Given back twice is given back.
    package static func giveBack(_ seat: Ref<TrainingSeat>, in tx: Transaction) throws {
        try TrainingNotice.forget(seat, in: tx)
        try tx.run("DELETE FROM training_seats WHERE id = \(seat)")
    }

    package static func seat(_ id: Ref<TrainingSeat>, in tx: Transaction) throws -> TrainingSeat? {
        try tx.first(TrainingSeat.self, "SELECT id, session FROM training_seats WHERE id = \(id)")
    }

    package static func find(_ id: Ref<TrainingSession>, in tx: Transaction) throws -> TrainingSession? {
        try tx.first(TrainingSession.self, "\(select) WHERE s.id = \(id)")
    }

    /// Still to come, the soonest first.
    package static func coming(in tx: Transaction) throws -> [TrainingSession] {
        try tx.all(
            TrainingSession.self,
            "\(select) WHERE s.starts_at > \(tx.now) AND s.called_off_at IS NULL ORDER BY s.starts_at, s.id LIMIT 100"
        )
    }

    /// All of the last half year and to come, for whoever runs them.
    package static func all(by caller: Caller, in tx: Transaction) throws -> [TrainingSession] {
        try caller.require(.organise)
        return try tx.all(
            TrainingSession.self,
            "\(select) WHERE s.starts_at > \(tx.now - .days(183)) ORDER BY s.starts_at DESC, s.id LIMIT 200"
        )
    }

    private static let select: SQL = """
        SELECT s.id, s.course, s.language, s.starts_at, s.minutes, s.place, s.link, s.seats, s.attended, s.called_off_at,
            (SELECT count(*) FROM training_seats t WHERE t.session = s.id) AS taken
        FROM training_sessions s
        """
}

extension TrainingSession: Readable {
    package init(row: Row) throws {
        (id, course, language) = (try row["id"], try row["course"], try row["language"])
        (startsAt, minutes, place) = (try row["starts_at"], try row["minutes"], try row["place"])
        (link, seats, taken, attended) = (try row["link"], try row["seats"], try row["taken"], try row["attended"])
        let calledOff: Instant? = try row["called_off_at"]
        isCalledOff = calledOff != nil
    }
}

extension TrainingSeat: Readable {
    package init(row: Row) throws { (id, session) = (try row["id"], try row["session"]) }
}
