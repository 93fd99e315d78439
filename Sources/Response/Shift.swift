// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Vault

/// From when to when a member serves in a role. With the shift of somebody who can be sent goes the time in which
/// they may be asked.
package struct Shift: Readable {
    package let id: Ref<Shift>
    package let person: Ref<Person>
    package let role: Role
    package let startsAt: Instant
    package let endsAt: Instant
    package let state: State
    /// Who was asked to take over; nil before, and when they can't.
    package let handedTo: Ref<Person>?
    /// Sealed as `shift.note`.
    package let note: Sealed<HandOver.Note>?
    /// The open shift whose place it takes.
    package let opening: Ref<OpenShift>?
    /// Since when somebody else may take it.
    package let offeredAt: Instant?
    /// Who said they take it, until it is agreed to.
    package let taker: Ref<Person>?
    /// Why it was let be more than the limits, or without a certificate; sealed as `shift.override`.
    package let override: Sealed<HandOver.Note>?
    /// Whether that reason stands for a certificate.
    package let isUncertified: Bool

    package enum State: String, Bindable, Column {
        case planned, on
        case handedOver = "handed_over"
        case ended

        package var label: Phrase {
            switch self {
            case .planned: "response.shift_planned|Planned"
            case .on: "response.shift_on|On shift"
            case .handedOver: "response.shift_handed_over|Handed over"
            case .ended: "response.shift_ended|Ended"
            }
        }
    }

    package init(row: Row) throws {
        id = try row["id"]
        person = try row["person"]
        role = try row["role"]
        startsAt = try row["starts_at"]
        endsAt = try row["ends_at"]
        state = try row["state"]
        handedTo = try row["handed_to"]
        note = try row["sealed_note"]
        opening = try row["opening"]
        offeredAt = try row["offered_at"]
        taker = try row["taker"]
        override = try row["sealed_override"]
        isUncertified = try row["uncertified"]
    }

    /// For oneself, or by whoever plans shifts. At most 24 hours, within a year, beside no other of the same role, with the
    /// certificate that the role needs and within the limits of `Fatigue`, unless somebody who may says why not. Where a
    /// shift that wants for a certificate alone is there already, the reason goes onto it. Field: `override`.
    @discardableResult
    package static func plan(
        _ person: Ref<Person>,
        as role: Role,
        from start: Instant,
        to end: Instant,
        overriding reason: String? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<Shift> {
        try caller.require(caller.person == person && !caller.can(.manageShifts) ? .takeShift : .manageShifts)
        guard isPlannable(from: start, to: end, at: tx.now) else { throw Refusal.invalid(["ends": badTimes]) }
        try requireRole(person, role, in: tx)
        let beside = try beside(person, role, from: start, to: end, in: tx)
        guard beside.isEmpty else { return try explain(beside, because: reason, by: caller, in: tx) }
        let missing = try missingCertificate(person, as: role, at: max(start, tx.now), in: tx)
        let broken = try Fatigue.limit(person, from: start, to: end, in: tx)
        var why: String?
        if let tired = broken.map({ $0.fatigue.refusal($0.limit) }) {
            why = try override(tired, reason, isAllowed: caller.can(.managePeople))
        }
        if let missing {
            let mayServe = try mayServeUncertified(person, role, from: start, by: caller, in: tx)
            why = try override(missing, reason, isAllowed: mayServe)
        }
        let id = try insert(person, role, .planned, from: start, to: end, in: tx)
        if person != caller.person { try tell(person, about: id, in: tx) }
        try record("planned", id, person, role, by: caller, in: tx)
        guard let why else { return id }
        try write(why, onto: id, isUncertified: missing != nil, in: tx)
        if let broken {
            try record("limit_overridden", id, person, role, by: caller, ["limit": broken.limit.rawValue], in: tx)
        }
        if missing != nil { try record("certificate_overridden", id, person, role, by: caller, in: tx) }
        return id
    }

    /// The reason, where one may be given and was; else why it is not to be.
    static func override(_ refusal: Refusal, _ reason: String?, isAllowed: Bool) throws -> String {
        guard isAllowed else { throw refusal }
        var check = FieldCheck()
        let clean = check.text(reason, "override", limit: 500)
        guard let clean else {
            try check.settle()
            throw Refusal.invalid(["override": refusal.message])
        }
        ReportFiling.flagNeverKept(clean, "override", &check)
        try check.settle()
        return clean
    }

    static func isPlannable(from start: Instant, to end: Instant, at now: Instant) -> Bool {
        end > start && end > now && end - start <= .hours(24) && start <= now + .days(366)
    }

    static let badTimes: Phrase =
        "response.shift_times|Choose an end after the start, up to 24 hours later, not over yet, at most a year ahead."

    /// Able to serve then, and not serving in that role already.
    static func requireFree(
        _ person: Ref<Person>,
        as role: Role,
        from start: Instant,
        to end: Instant,
        in tx: Transaction
    ) throws {
        try requireAble(person, as: role, at: max(start, tx.now), in: tx)
        guard try beside(person, role, from: start, to: end, in: tx).isEmpty else { throw thereAlready }
    }

    private static func beside(
        _ person: Ref<Person>,
        _ role: Role,
        from start: Instant,
        to end: Instant,
        in tx: Transaction
    ) throws -> [Shift] {
        try tx.all(
            Shift.self,
            """
            SELECT * FROM shifts WHERE person = \(person) AND role = \(role) AND state IN ('planned', 'on')
                AND starts_at < \(end) AND ends_at > \(start) ORDER BY starts_at, id
            """
        )
    }

    static var thereAlready: Refusal {
        Refusal(.conflict, "response.shift_beside|There is a shift at that time already.")
    }

    /// By so much somebody may start before their time; who comes earlier plans another shift, with its own end.
    package static let earliest = Duration.hours(4)

    /// From now on, also somewhat before the planned time, or after: what counts begins then. Starting twice is starting
    /// once. Whoever is on a shift of the role already goes over from that one to this: what it had open stays with them.
    package static func start(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        let shift = try own(id, by: caller, in: tx)
        if shift.state == .on { return }
        guard shift.startsAt <= tx.now + earliest else {
            throw Refusal(
                .conflict,
                "response.shift_early|This shift starts hours from now. To begin now, plan another one."
            )
        }
        try requireRole(shift.person, shift.role, in: tx)
        if let missing = try missingToBegin(shift, in: tx) { throw missing }
        let joined = try endRunning(shift.person, shift.role, by: caller, in: tx)
        let started = try tx.run(
            """
            UPDATE shifts SET state = \(State.on), offered_at = NULL, taker = NULL, starts_at = \(tx.now)
            WHERE id = \(id) AND state = 'planned' AND ends_at > \(tx.now)
            """
        )
        guard started == 1 else { throw Refusal(.conflict, "response.shift_over|This shift is over.") }
        if let taker = shift.taker { try tell(taker, about: id, in: tx) }
        if joined || tx.now != shift.startsAt, isSent(shift.role) {
            try Availability.cut(shift.person, from: shift.startsAt, to: shift.endsAt, in: tx)
            try Availability.insert(shift.person, from: tx.now, to: shift.endsAt, in: tx)
        }
        try CommTest.begin(id, shift.person, in: tx)
        try awaitEnd(id, shift.endsAt, in: tx)
        try record("started", id, shift.person, shift.role, by: caller, in: tx)
    }

    /// The shift that a person is on in a role ends where their next begins: the role stays with them, so nothing is handed
    /// over. Answers whether there was one.
    static func endRunning(
        _ person: Ref<Person>,
        _ role: Role,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Bool {
        let running = try current(role, in: tx).first { $0.person == person && $0.state == .on }
        guard let running, try leave(running, .ended, in: tx) else { return false }
        try tx.run("UPDATE shifts SET handed_to = NULL WHERE id = \(running.id)")
        try Message.withdraw(.handOff, about: running.id.text, in: tx)
        try CommTest.end(running.id, in: tx)
        try record("ended", running.id, person, role, by: caller, in: tx)
        return true
    }

    /// A dispatcher leaves no open incident that nobody took over; a responder does not leave while they are out.
    package static func end(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        let shift = try own(id, by: caller, in: tx)
        switch shift.state {
        case .ended: return
        case .planned: throw Refusal(.conflict, "response.shift_not_started|This shift did not start yet.")
        case .handedOver: break
        case .on: if try !leadsBeside(shift, in: tx), let obstacle = try obstacle(shift, in: tx) { throw obstacle }
        }
        if shift.state == .on { try leave(shift, .ended, in: tx) }
        try tx.run("UPDATE shifts SET state = \(State.ended) WHERE id = \(id) AND state = 'handed_over'")
        try CommTest.end(id, in: tx)
        try CareCheck.ask(after: find(id, in: tx), in: tx)
        if shift.person != caller.person { try tell(shift.person, about: id, in: tx) }
        try record("ended", id, shift.person, shift.role, by: caller, in: tx)
    }

    /// From a shift that runs to one that does not: it ends now, so that what was served counts and not what was planned.
    /// One that was forgotten counts until it was. False when it didn't run any more.
    @discardableResult
    static func leave(_ shift: Shift, _ state: State, in tx: Transaction) throws -> Bool {
        let end = max(min(tx.now, shift.endsAt + forgotten), shift.startsAt + .milliseconds(1))
        let left = try tx.run(
            "UPDATE shifts SET state = \(state), ends_at = \(end) WHERE id = \(shift.id) AND state = \(shift.state)"
        )
        if left == 1 { try Availability.cut(shift.person, from: shift.startsAt, to: shift.endsAt, in: tx) }
        return left == 1
    }

    /// A plan that changed: as if it had never been. One that runs already, though nobody pressed start, is left as any
    /// other that runs: by handing it over.
    package static func cancel(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        let shift = try own(id, by: caller, in: tx)
        if shift.state == .planned, shift.runs(at: tx.now), try !leadsBeside(shift, in: tx),
            let obstacle = try obstacle(shift, in: tx)
        {
            throw obstacle
        }
        guard try removePlan(shift, in: tx) else {
            throw Refusal(.conflict, "response.shift_started|This shift started already. You can end it.")
        }
        if shift.person != caller.person { try tell(shift.person, about: id, in: tx) }
        try record("canceled", id, shift.person, shift.role, by: caller, in: tx)
    }

    /// With the time in which they may be asked, and the place that it took; whoever said they take it is told. False when it was no plan any more.
    static func removePlan(_ shift: Shift, in tx: Transaction) throws -> Bool {
        let reason: SQL = "FROM shifts WHERE id = \(shift.id) AND state = 'planned' AND sealed_override IS NOT NULL"
        try ShredDue.add(of: "SELECT substr(sealed_override, 1, 10) \(reason)", in: tx)
        guard try tx.run("DELETE FROM shifts WHERE id = \(shift.id) AND state = 'planned'") == 1 else { return false }
        try Availability.cut(shift.person, from: shift.startsAt, to: shift.endsAt, in: tx)
        try OpenShift.free(shift.opening, in: tx)
        if let taker = shift.taker { try tell(taker, about: shift.id, in: tx) }
        return true
    }

    /// Whether they lead the board without this shift too, by another of theirs that runs.
    private static func leadsBeside(_ shift: Shift, in tx: Transaction) throws -> Bool {
        guard shift.role == .dispatcher else { return false }
        return try current(.dispatcher, in: tx).contains { $0.person == shift.person && $0.id != shift.id }
    }

    /// Why the caller should not sign out yet; nil when they may.
    package static func obstacleToLeaving(_ caller: Caller, in tx: Transaction) throws -> Refusal? {
        let mine = try current(.dispatcher, in: tx).filter { $0.person == caller.person }
        return try mine.reduce(nil) { try $0 ?? obstacle($1, in: tx) }
    }

    package static func find(_ id: Ref<Shift>, in tx: Transaction) throws -> Shift {
        guard let shift = try tx.first(Shift.self, "SELECT * FROM shifts WHERE id = \(id)") else {
            throw Refusal.notFound
        }
        return shift
    }

    /// Whoever presses something meant the shift of a certain person: one that changed hands since is not touched.
    package static func requireStill(_ id: Ref<Shift>, of person: Ref<Person>, in tx: Transaction) throws {
        let now = try find(id, in: tx).person
        guard now != person else { return }
        let handle = try Person.handles(of: [now], in: tx)[now]
        throw Refusal(
            .conflict,
            Phrase(
                "response.shift_theirs|This shift is {name}’s now. Nothing was changed.",
                ["name": handle ?? "?"]
            )
        )
    }

    static func own(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws -> Shift {
        let shift = try find(id, in: tx)
        guard shift.person == caller.person || caller.can(.manageShifts) else { throw Refusal.notFound }
        return shift
    }

    static func insert(
        _ person: Ref<Person>,
        _ role: Role,
        _ state: State,
        from start: Instant,
        to end: Instant,
        opening: Ref<OpenShift>? = nil,
        in tx: Transaction
    ) throws -> Ref<Shift> {
        let id = Ref<Shift>.new(at: tx.now)
        try tx.run(
            """
            INSERT INTO shifts (id, person, role, starts_at, ends_at, state, opening)
            VALUES (\(id), \(person), \(role), \(start), \(end), \(state), \(opening))
            """
        )
        if isSent(role) { try Availability.insert(person, from: start, to: end, in: tx) }
        if state == .planned {
            try tx.enqueue(ShiftBegins(shift: id), at: max(start, tx.now), key: "shift_begins:\(id.text)")
        }
        return id
    }

    static func record(
        _ what: String,
        _ id: Ref<Shift>,
        _ person: Ref<Person>,
        _ role: Role,
        by caller: Caller,
        _ more: [String: String] = [:],
        in tx: Transaction
    ) throws {
        var data = ["person": person.text, "role": role.rawValue]
        data.merge(more) { _, new in new }
        try tx.record(Event("shift.\(what)", subject: id.text, actor: caller.person.text, data: data))
    }

    static func isSent(_ role: Role) -> Bool { Permission.beDispatched.roles.contains(role) }

    private static func obstacle(_ shift: Shift, in tx: Transaction) throws -> Refusal? {
        if shift.role == .dispatcher {
            // A shift that counts for nobody leads nothing, and neither does whoever may not begin theirs.
            if shift.isForgotten(at: tx.now) { return nil }
            if shift.state == .planned, try missingToBegin(shift, in: tx) != nil { return nil }
            let open = try Scene.open(in: tx)
            guard open > 0 else { return nil }
            return Refusal(
                .conflict,
                Phrase(
                    "response.shift_open|{n} incident is open. Hand it over first.|{n} incidents are open. Hand them over first.",
                    ["n": "\(open)"]
                )
            )
        }
        guard isSent(shift.role) else { return nil }
        let out = try tx.count(
            """
            SELECT count(*) FROM assignments
            WHERE person = \(shift.person) AND state \(Assignment.going)
            """
        )
        return out == 0 ? nil : Refusal(.conflict, "response.shift_out|You are still out. Finish there first.")
    }
}
