// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// Places in a shift that anybody who is able may take: "two verifiers, Friday from six to ten".
package struct OpenShift: Readable {
    package let id: Ref<OpenShift>
    package let role: Role
    package let startsAt: Instant
    package let endsAt: Instant
    package let places: Int
    package let taken: Int

    package var left: Int { max(0, places - taken) }

    package init(row: Row) throws {
        id = try row["id"]
        role = try row["role"]
        startsAt = try row["starts_at"]
        endsAt = try row["ends_at"]
        places = try row["places"]
        taken = try row["taken"]
    }

    /// Fields: `role`, `ends`, `places`.
    @discardableResult
    package static func open(
        _ role: Role,
        from start: Instant,
        to end: Instant,
        places: Int,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<OpenShift> {
        try caller.require(.manageShifts)
        var fields: [String: Phrase] = [:]
        if !Permission.takeShift.roles.contains(role) {
            fields["role"] = "shifts.role_missing|Choose what you do in this shift."
        }
        if !Shift.isPlannable(from: start, to: end, at: tx.now) { fields["ends"] = Shift.badTimes }
        if !(1...20).contains(places) { fields["places"] = "response.dispatch_wanted|Choose a number from 1 to 20." }
        if !fields.isEmpty { throw Refusal.invalid(fields) }
        let id = Ref<OpenShift>.new(at: tx.now)
        try tx.run(
            """
            INSERT INTO open_shifts (id, role, starts_at, ends_at, places, opened_by)
            VALUES (\(id), \(role), \(start), \(end), \(places), \(caller.person))
            """
        )
        try record("opened", id, role, by: caller, ["places": "\(places)"], in: tx)
        return id
    }

    /// "I take it." As many as there are places, however many say so at once; saying it twice is saying it once.
    @discardableResult
    package static func take(_ id: Ref<OpenShift>, by caller: Caller, in tx: Transaction) throws -> Ref<Shift> {
        try caller.require(.takeShift)
        let found = try tx.first(OpenShift.self, "SELECT * FROM open_shifts WHERE id = \(id)")
        guard let open = found else { throw full }
        guard open.endsAt > tx.now else { throw Refusal(.conflict, "response.shift_over|This shift is over.") }
        let mine = try tx.one(
            Ref<Shift>.self,
            "SELECT id FROM shifts WHERE opening = \(id) AND person = \(caller.person)"
        )
        if let mine { return mine }
        try Shift.requireFree(caller.person, as: open.role, from: open.startsAt, to: open.endsAt, in: tx)
        try Fatigue.check(caller.person, from: open.startsAt, to: open.endsAt, in: tx)
        let taken = try tx.run("UPDATE open_shifts SET taken = taken + 1 WHERE id = \(id) AND taken < places")
        guard taken == 1 else { throw full }
        let shift = try Shift.insert(
            caller.person,
            open.role,
            .planned,
            from: open.startsAt,
            to: open.endsAt,
            opening: id,
            in: tx
        )
        try Shift.record("planned", shift, caller.person, open.role, by: caller, ["open": id.text], in: tx)
        return shift
    }

    private static var full: Refusal {
        Refusal(.conflict, "response.places_taken|All places are taken. Thank you.")
    }

    /// No more places; who took one keeps it, and who gives it back frees none.
    package static func close(_ id: Ref<OpenShift>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.manageShifts)
        let open = try find(id, in: tx)
        try tx.run("UPDATE shifts SET opening = NULL WHERE opening = \(id)")
        try tx.run("DELETE FROM open_shifts WHERE id = \(id)")
        try record("closed", id, open.role, by: caller, in: tx)
    }

    /// Those with a place left that are not over, in order.
    package static func between(_ from: Instant, _ until: Instant, in tx: Transaction) throws -> [OpenShift] {
        try tx.all(
            OpenShift.self,
            """
            SELECT * FROM open_shifts WHERE taken < places AND starts_at < \(until) AND ends_at > \(max(from, tx.now))
            ORDER BY starts_at, role, id
            """
        )
    }

    package static func find(_ id: Ref<OpenShift>, in tx: Transaction) throws -> OpenShift {
        guard let found = try tx.first(OpenShift.self, "SELECT * FROM open_shifts WHERE id = \(id)") else {
            throw Refusal.notFound
        }
        return found
    }

    /// A shift that came from an open place was canceled: the place is free again.
    static func free(_ id: Ref<OpenShift>?, in tx: Transaction) throws {
        guard let id else { return }
        try tx.run("UPDATE open_shifts SET taken = taken - 1 WHERE id = \(id) AND taken > 0")
    }

    /// With the shifts that are over.
    static func forget(before: Instant, in tx: Transaction) throws {
        try tx.run("DELETE FROM open_shifts WHERE ends_at < \(before)")
    }

    private static func record(
        _ what: String,
        _ id: Ref<OpenShift>,
        _ role: Role,
        by caller: Caller,
        _ more: [String: String] = [:],
        in tx: Transaction
    ) throws {
        let data = more.merging(["role": role.rawValue]) { new, _ in new }
        try tx.record(Event("open_shift.\(what)", subject: id.text, actor: caller.person.text, data: data))
    }
}
