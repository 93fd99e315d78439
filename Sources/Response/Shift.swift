// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
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

    /// From now on, also somewhat before the planned time. Starting twice is starting once.
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
        let other = try tx.count(
            "SELECT count(*) FROM shifts WHERE person = \(shift.person) AND role = \(shift.role) AND state = 'on'"
        )
        guard other == 0 else { throw Refusal(.conflict, "response.shift_on_already|You are on shift already.") }
        let started = try tx.run(
            """
            UPDATE shifts SET state = \(State.on), offered_at = NULL, taker = NULL, starts_at = \(min(shift.startsAt, tx.now))
            WHERE id = \(id) AND state = 'planned' AND ends_at > \(tx.now)
            """
        )
        guard started == 1 else { throw Refusal(.conflict, "response.shift_over|This shift is over.") }
        if tx.now < shift.startsAt, isSent(shift.role) {
            try Availability.cut(shift.person, from: shift.startsAt, to: shift.endsAt, in: tx)
            try Availability.insert(shift.person, from: tx.now, to: shift.endsAt, in: tx)
        }
        try CommTest.begin(id, shift.person, in: tx)
        try record("started", id, shift.person, shift.role, by: caller, in: tx)
    }

    /// A dispatcher leaves no open incident that nobody took over; a responder does not leave while they are out.
    package static func end(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        let shift = try own(id, by: caller, in: tx)
        switch shift.state {
        case .ended: return
        case .planned: throw Refusal(.conflict, "response.shift_not_started|This shift did not start yet.")
        case .handedOver: break
        case .on: if let obstacle = try obstacle(shift, in: tx) { throw obstacle }
        }
        if shift.state == .on { try leave(shift, .ended, in: tx) }
        try tx.run("UPDATE shifts SET state = \(State.ended) WHERE id = \(id) AND state = 'handed_over'")
        try CommTest.end(id, in: tx)
        try CareCheck.ask(after: find(id, in: tx), in: tx)
        try record("ended", id, shift.person, shift.role, by: caller, in: tx)
    }

    /// From a shift that runs to one that does not: it ends now, so that what was served counts and not what was planned.
    /// False when it didn't run any more.
    @discardableResult
    static func leave(_ shift: Shift, _ state: State, in tx: Transaction) throws -> Bool {
        let end = max(tx.now, shift.startsAt + .milliseconds(1))
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
        if shift.state == .planned, shift.runs(at: tx.now), let obstacle = try obstacle(shift, in: tx) {
            throw obstacle
        }
        guard try removePlan(shift, in: tx) else {
            throw Refusal(.conflict, "response.shift_started|This shift started already. You can end it.")
        }
        try record("canceled", id, shift.person, shift.role, by: caller, in: tx)
    }

    /// With the time in which they may be asked, and the place that it took. False when it was no plan any more.
    static func removePlan(_ shift: Shift, in tx: Transaction) throws -> Bool {
        let reason: SQL = "FROM shifts WHERE id = \(shift.id) AND state = 'planned' AND sealed_override IS NOT NULL"
        try ShredDue.add(of: "SELECT substr(sealed_override, 1, 10) \(reason)", in: tx)
        guard try tx.run("DELETE FROM shifts WHERE id = \(shift.id) AND state = 'planned'") == 1 else { return false }
        try Availability.cut(shift.person, from: shift.startsAt, to: shift.endsAt, in: tx)
        try OpenShift.free(shift.opening, in: tx)
        return true
    }

    /// Why the caller should not sign out yet; nil when they may.
    package static func obstacleToLeaving(_ caller: Caller, in tx: Transaction) throws -> Refusal? {
        let mine = try current(.dispatcher, in: tx).filter { $0.person == caller.person }
        return try mine.first.flatMap { try obstacle($0, in: tx) }
    }

    /// Started and not ended, or planned for then: who has it is told what its role is told.
    package func runs(at moment: Instant) -> Bool {
        switch state {
        case .on: true
        case .planned: startsAt <= moment && moment < endsAt
        case .handedOver, .ended: false
        }
    }

    package static func find(_ id: Ref<Shift>, in tx: Transaction) throws -> Shift {
        guard let shift = try tx.first(Shift.self, "SELECT * FROM shifts WHERE id = \(id)") else {
            throw Refusal.notFound
        }
        return shift
    }

    /// Who serves in a role right now: started and not ended, or planned for now.
    package static func current(_ role: Role, in tx: Transaction) throws -> [Shift] {
        try tx.all(
            Shift.self,
            """
            SELECT * FROM shifts WHERE role = \(role)
                AND (state = 'on' OR (state = 'planned' AND starts_at <= \(tx.now) AND ends_at > \(tx.now)))
            ORDER BY starts_at, id
            """
        )
    }

    /// What is planned or runs between two moments, in order.
    package static func between(_ from: Instant, _ until: Instant, in tx: Transaction) throws -> [Shift] {
        try tx.all(
            Shift.self,
            """
            SELECT * FROM shifts WHERE starts_at < \(until) AND (state = 'on' OR (state = 'planned' AND ends_at > \(max(from, tx.now))))
            ORDER BY starts_at, role, id
            """
        )
    }

    /// Everything that runs or is to come before `until`, in order.
    package static func upcoming(until: Instant, in tx: Transaction) throws -> [Shift] {
        try tx.all(
            Shift.self,
            """
            SELECT * FROM shifts WHERE starts_at < \(until) AND (state = 'on' OR (state = 'planned' AND ends_at > \(tx.now)))
            ORDER BY starts_at, role, id
            """
        )
    }

    package static func upcoming(of person: Ref<Person>, in tx: Transaction) throws -> [Shift] {
        try tx.all(
            Shift.self,
            """
            SELECT * FROM shifts WHERE person = \(person) AND (state = 'on' OR (state = 'planned' AND ends_at > \(tx.now)))
            ORDER BY starts_at, id
            """
        )
    }

    /// Whom to tell: those who serve in a role now, or, when nobody does, everybody who holds it. Somebody must hear: who
    /// didn't start in time, and whose shift should have ended hours ago, may not be there at all.
    static func onDuty(_ role: Role, in tx: Transaction) throws -> Set<Ref<Person>> {
        let members = try Roster.members(with: holders(of: role), in: tx)
        let late = try Timings.load(in: tx).commTest
        let serving = try current(role, in: tx).filter { shift in
            shift.state == .on ? tx.now < shift.endsAt + forgotten : tx.now < shift.startsAt + late
        }
        let there = Set(serving.map(\.person)).intersection(members)
        return try there.isEmpty ? Roster.members(with: [role], in: tx) : there
    }

    /// So long after its planned end a shift that nobody ended counts for nobody.
    private static let forgotten = Duration.hours(4)

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
            // Whoever may not begin it leads nothing.
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
