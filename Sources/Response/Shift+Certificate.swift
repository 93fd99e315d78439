// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Vault

/// Whoever acts for everybody (verifier, observer, dispatcher) needs a certificate that has not expired. Two things give way:
/// where nobody ever had one for a role, since somebody must begin; and a written reason, by a coordinator or, where
/// nobody who has one serves, by whoever starts now. It is asked when a shift begins, and not again until it ends
/// (docs/decisions/0089).
extension Shift {
    /// They must hold the role, and the certificate that it needs.
    static func requireAble(_ person: Ref<Person>, as role: Role, at moment: Instant, in tx: Transaction) throws {
        try requireRole(person, role, in: tx)
        if let missing = try missingCertificate(person, as: role, at: moment, in: tx) { throw missing }
    }

    static func requireRole(_ person: Ref<Person>, _ role: Role, in tx: Transaction) throws {
        guard try Roster.isMember(person, with: holders(of: role), in: tx) else {
            throw Refusal(.conflict, "response.shift_role|This person does not have that role.")
        }
    }

    /// The roles that may serve in a role: who coordinates may do all that a dispatcher does.
    package static func holders(of role: Role) -> Set<Role> {
        role == .dispatcher ? Permission.dispatch.roles : [role]
    }

    /// Why somebody may not begin to serve in a role at a moment, as they read it; nil when they may.
    static func missingCertificate(
        _ person: Ref<Person>,
        as role: Role,
        at moment: Instant,
        in tx: Transaction
    ) throws -> Refusal? {
        guard let skill = skill(of: role) else { return nil }
        // Who coordinates sends people without one, and so leads without one.
        if role == .dispatcher, try Roster.isMember(person, with: [.coordinator], in: tx) { return nil }
        let held = try Helper.find(person, in: tx)?.skills.first { $0.skill == skill }
        if held?.isValid(at: moment) == true { return nil }
        if let end = held?.expiresAt, end > tx.now {
            let day = ["date": LocalTime(end).isoDay]
            return Refusal(
                .conflict,
                Phrase("response.shift_certificate_ends|The certificate runs out on {date}, before this shift.", day)
            )
        }
        if held != nil {
            return Refusal(.conflict, "response.shift_certificate|The certificate for this role has run out.")
        }
        guard try Helper.wasAnybodyCertified(for: skill, in: tx) else { return nil }
        return Refusal(.conflict, "response.shift_no_certificate|This role needs a certificate. There is none on file.")
    }

    /// The same for a shift that is planned: a reason that was written for it stands.
    static func missingToBegin(_ shift: Shift, in tx: Transaction) throws -> Refusal? {
        shift.isUncertified ? nil : try missingCertificate(shift.person, as: shift.role, at: tx.now, in: tx)
    }

    /// Whether somebody is on a shift of the role, which was asked about when it began, or on one by a written reason. One
    /// that runs past its end runs on.
    static func serves(_ person: Ref<Person>, as role: Role, in tx: Transaction) throws -> Bool {
        try current(role, in: tx).contains { $0.person == person && ($0.state == .on || $0.isUncertified) }
    }

    /// Another shift at the time of these, of the same person and role, is refused. But where one of them runs or soon
    /// begins and a certificate is missing, the reason is written onto that one: nobody could end or cancel it first.
    static func explain(
        _ beside: [Shift],
        because reason: String?,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<Shift> {
        let near = beside.first { shift in
            !shift.isUncertified
                && (shift.state == .on || shift.startsAt <= tx.now + soon && shift.endsAt > tx.now)
        }
        guard let near, let missing = try missingToBegin(near, in: tx) else { throw thereAlready }
        let mayServe = try mayServeUncertified(near.person, near.role, from: tx.now, by: caller, in: tx)
        // One that is on goes on without.
        if near.state == .on, reason == nil || !mayServe { throw thereAlready }
        let why = try override(missing, reason, isAllowed: mayServe)
        try write(why, onto: near.id, isUncertified: true, in: tx)
        try record("certificate_overridden", near.id, near.person, near.role, by: caller, in: tx)
        return near.id
    }

    /// Seals why a shift must be; what was written before is gone.
    static func write(_ why: String, onto id: Ref<Shift>, isUncertified: Bool, in tx: Transaction) throws {
        let sealed = try Sealed.seal(
            HandOver.Note(text: why),
            kind: "shift.override",
            record: id.text,
            to: [Team.current(purpose: "response", in: tx)],
            shred: tx.shredKey()
        )
        let before: SQL = "FROM shifts WHERE id = \(id) AND sealed_override IS NOT NULL"
        try ShredDue.add(of: "SELECT substr(sealed_override, 1, 10) \(before)", in: tx)
        try tx.run("UPDATE shifts SET sealed_override = \(sealed), uncertified = \(isUncertified) WHERE id = \(id)")
    }

    /// Those in a role that needs a certificate, which whoever has them doesn't hold until they end. Who coordinates leads
    /// without one.
    package static func uncertified(of shifts: [Shift], in tx: Transaction) throws -> Set<Ref<Shift>> {
        let coordinators = try Roster.members(with: [.coordinator], in: tx)
        let needing = shifts.filter { shift in
            needsAgreement(shift.role) && !(shift.role == .dispatcher && coordinators.contains(shift.person))
        }
        let helpers = try Set(needing.map(\.person)).reduce(into: [Ref<Person>: Helper]()) { helpers, person in
            helpers[person] = try Helper.find(person, in: tx)
        }
        return Set(
            needing.filter { shift in
                let held = helpers[shift.person]?.skills.first { $0.skill == skill(of: shift.role) }
                return !(held?.isValid(at: shift.endsAt) ?? false)
            }.map(\.id)
        )
    }

    /// The roles that need a certificate which nobody ever had: whoever holds one of them serves until somebody has.
    package static func beginning(in tx: Transaction) throws -> [Role] {
        try Role.allCases.filter { role in
            guard let skill = skill(of: role) else { return false }
            return try !Helper.wasAnybodyCertified(for: skill, in: tx)
        }
    }

    /// Whether the caller may write why a shift must be all the same: who plans for everybody, and who could serve now
    /// for want of anybody with a certificate.
    package static func mayExplain(_ caller: Caller, in tx: Transaction) throws -> Bool {
        if caller.can(.managePeople) { return true }
        return try caller.roles.contains { role in
            try missingCertificate(caller.person, as: role, at: tx.now, in: tx) != nil
                && !isCovered(role, but: caller.person, in: tx)
        }
    }

    /// A coordinator's word, or one's own where the shift begins now and nobody who has a certificate serves.
    static func mayServeUncertified(
        _ person: Ref<Person>,
        _ role: Role,
        from start: Instant,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Bool {
        if caller.can(.managePeople) { return true }
        guard caller.person == person, start <= tx.now + soon else { return false }
        return try !isCovered(role, but: person, in: tx)
    }

    /// Who sends people to what is real: a coordinator, or a dispatcher with a certificate, or on a shift that was begun
    /// rightly.
    static func requireToSend(_ caller: Caller, isExercise: Bool, in tx: Transaction) throws {
        try caller.require(.dispatch)
        guard !isExercise, caller.roles.intersection(Permission.dispatch.roles) == [.dispatcher],
            try missingCertificate(caller.person, as: .dispatcher, at: tx.now, in: tx) != nil,
            try !serves(caller.person, as: .dispatcher, in: tx)
        else { return }
        throw Refusal(
            .conflict,
            "response.send_uncertified|Sending people needs a dispatcher’s certificate. If nobody else can, add a shift that starts now and write why."
        )
    }

    /// Whether the reason of a shift stands for a certificate.
    static let uncertifiedColumn = Migration(
        "2026-11-30-response-uncertified",
        "ALTER TABLE shifts ADD COLUMN uncertified BIGINT NOT NULL DEFAULT 0;"
    )

    /// So near a shift begins that it is now.
    private static let soon = Duration.hours(1)

    private static func isCovered(_ role: Role, but person: Ref<Person>, in tx: Transaction) throws -> Bool {
        guard let skill = skill(of: role) else { return true }
        return try serving(role, in: tx).contains { shift in
            try shift.person != person && Helper.find(shift.person, in: tx)?.holds(skill, at: tx.now) == true
        }
    }

    /// The skill that a role needs a certificate for.
    static func skill(of role: Role) -> Skill? {
        Skill(rawValue: role.rawValue).flatMap { $0.needsCertificate ? $0 : nil }
    }
}
