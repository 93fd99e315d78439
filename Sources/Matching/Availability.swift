// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// From when to when somebody may be asked. Written with a shift, or by the helper of their own accord.
package struct Availability: Readable {
    package let id: Ref<Availability>
    package let person: Ref<Person>
    package let startsAt: Instant
    package let endsAt: Instant

    package init(row: Row) throws {
        id = try row["id"]
        person = try row["person"]
        startsAt = try row["starts_at"]
        endsAt = try row["ends_at"]
    }

    /// At most 31 days long, not over yet, and within a year.
    @discardableResult
    package static func add(
        _ person: Ref<Person>,
        from start: Instant,
        to end: Instant,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<Availability> {
        if caller.person != person { try caller.require(.managePeople) }
        guard end > start, end > tx.now, end - start <= .days(31), start <= tx.now + .days(366) else {
            throw Refusal.invalid(["ends": "matching.availability|Choose an end after the start, up to 31 days later."])
        }
        return try insert(person, from: start, to: end, in: tx)
    }

    /// Without asking for the right: for a verb that did, as planning a shift does.
    @discardableResult
    package static func insert(
        _ person: Ref<Person>,
        from start: Instant,
        to end: Instant,
        in tx: Transaction
    ) throws -> Ref<Availability> {
        let id = Ref<Availability>.new(at: tx.now)
        try tx.run(
            """
            INSERT INTO availabilities (id, person, starts_at, ends_at)
            VALUES (\(id), \(person), \(start), \(end))
            """
        )
        try noteChange(person, in: tx)
        return id
    }

    /// "I can't be asked anymore, from now on": a time that runs is cut short, one to come is dropped.
    package static func end(_ id: Ref<Availability>, by caller: Caller, in tx: Transaction) throws {
        let row = try tx.first(Availability.self, "SELECT * FROM availabilities WHERE id = \(id)")
        guard let row else { throw Refusal.notFound }
        if caller.person != row.person { try caller.require(.managePeople) }
        try cut(row.person, from: row.startsAt, to: row.endsAt, in: tx)
    }

    /// Cuts what was added with exactly these times: when the shift it came with ends early.
    package static func cut(
        _ person: Ref<Person>,
        from start: Instant,
        to end: Instant,
        in tx: Transaction
    ) throws {
        if start < tx.now {
            try tx.run(
                """
                UPDATE availabilities SET ends_at = \(tx.now)
                WHERE person = \(person) AND starts_at = \(start) AND ends_at = \(end) AND ends_at > \(tx.now)
                """
            )
        } else {
            try tx.run(
                "DELETE FROM availabilities WHERE person = \(person) AND starts_at = \(start) AND ends_at = \(end)"
            )
        }
        try noteChange(person, in: tx)
    }

    /// The hours of every week in which somebody may be asked, beside their shifts; none takes them back.
    package static func setWeek(
        _ person: Ref<Person>,
        _ hours: WeeklyHours,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        if caller.person != person { try caller.require(.managePeople) }
        if hours.isEmpty {
            try tx.run("DELETE FROM helper_hours WHERE person = \(person)")
        } else {
            try tx.run(
                """
                INSERT INTO helper_hours (person, hours) VALUES (\(person), \(hours))
                ON CONFLICT (person) DO UPDATE SET hours = excluded.hours
                """
            )
        }
        try noteChange(person, in: tx)
    }

    package static func week(of person: Ref<Person>, in tx: Transaction) throws -> WeeklyHours {
        try tx.one(WeeklyHours.self, "SELECT hours FROM helper_hours WHERE person = \(person)") ?? .none
    }

    /// What runs or is to come, in order.
    package static func upcoming(of person: Ref<Person>, in tx: Transaction) throws -> [Availability] {
        try tx.all(
            Availability.self,
            "SELECT * FROM availabilities WHERE person = \(person) AND ends_at > \(tx.now) ORDER BY starts_at, id"
        )
    }

    package static func isAvailable(_ person: Ref<Person>, at moment: Instant, in tx: Transaction) throws -> Bool {
        try tx.count(
            """
            SELECT count(*) FROM availabilities
            WHERE person = \(person) AND starts_at <= \(moment) AND ends_at > \(moment)
            """
        ) > 0
    }

    /// On shift, of their own accord, or in the hours of their week.
    package static func mayBeAsked(_ person: Ref<Person>, at moment: Instant, in tx: Transaction) throws -> Bool {
        if try isAvailable(person, at: moment, in: tx) { return true }
        return try week(of: person, in: tx).contains(WeeklyHours.hour(at: moment))
    }

    /// For the index of helpers: says who, never when.
    private static func noteChange(_ person: Ref<Person>, in tx: Transaction) throws {
        try tx.record(Event("helper.availability_changed", subject: person.text))
    }

    /// When somebody could be asked in the past says where they were: it is kept for 30 days.
    package static func forget(after age: Duration = .days(30), in tx: Transaction) throws {
        try tx.run("DELETE FROM availabilities WHERE ends_at < \(tx.now - age)")
    }
}
