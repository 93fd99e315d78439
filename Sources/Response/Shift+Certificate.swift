// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People

/// Whoever acts for everybody (verifier, observer, dispatcher) needs a certificate that has not expired. Two things give way:
/// where nobody ever had one for a role, since somebody must begin; and a written reason, by a coordinator or, where
/// nobody who has one serves, by whoever starts now (docs/decisions/0089).
extension Shift {
    /// They must hold the role, and the certificate that it needs.
    static func requireAble(_ person: Ref<Person>, as role: Role, at moment: Instant, in tx: Transaction) throws {
        try requireRole(person, role, in: tx)
        if let missing = try missingCertificate(person, as: role, at: moment, in: tx) { throw missing }
    }

    static func requireRole(_ person: Ref<Person>, _ role: Role, in tx: Transaction) throws {
        guard try Roster.isMember(person, with: [role], in: tx) else {
            throw Refusal(.conflict, "response.shift_role|This person does not have that role.")
        }
    }

    /// Why somebody may not serve in a role at a moment, as they read it; nil when they may. Who serves then by a written
    /// reason may.
    static func missingCertificate(
        _ person: Ref<Person>,
        as role: Role,
        at moment: Instant,
        in tx: Transaction
    ) throws -> Refusal? {
        guard let skill = skill(of: role) else { return nil }
        let held = try Helper.find(person, in: tx)?.skills.first { $0.skill == skill }
        if held?.isValid(at: moment) == true { return nil }
        // One that runs past its end runs on.
        let runs: SQL = moment <= tx.now ? "state = 'on' OR" : ""
        let excused = try tx.count(
            """
            SELECT count(*) FROM shifts WHERE person = \(person) AND role = \(role) AND uncertified = 1
                AND (\(runs) (state IN ('planned', 'on') AND starts_at <= \(moment) AND ends_at > \(moment)))
            """
        )
        if excused > 0 { return nil }
        if held != nil {
            return Refusal(.conflict, "response.shift_certificate|The certificate for this role has run out.")
        }
        guard try Helper.wasAnybodyCertified(for: skill, in: tx) else { return nil }
        return Refusal(.conflict, "response.shift_no_certificate|This role needs a certificate. There is none on file.")
    }

    /// Those in a role that needs a certificate, which whoever has them doesn't hold until they end.
    package static func uncertified(of shifts: [Shift], in tx: Transaction) throws -> Set<Ref<Shift>> {
        let needing = shifts.filter { needsAgreement($0.role) }
        let helpers = try Set(needing.map(\.person)).reduce(into: [Ref<Person>: Helper]()) { helpers, person in
            helpers[person] = try Helper.find(person, in: tx)
        }
        return Set(
            needing.filter { shift in
                let held = helpers[shift.person]?.skills.first { $0.skill.rawValue == shift.role.rawValue }
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

    /// Who sends people to what is real: a coordinator, or a dispatcher with a certificate or a reason.
    static func requireToSend(_ caller: Caller, isExercise: Bool, in tx: Transaction) throws {
        try caller.require(.dispatch)
        guard !isExercise, caller.roles.intersection(Permission.dispatch.roles) == [.dispatcher],
            try missingCertificate(caller.person, as: .dispatcher, at: tx.now, in: tx) != nil
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
        return try current(role, in: tx).contains { shift in
            try shift.person != person && Helper.find(shift.person, in: tx)?.holds(skill, at: tx.now) == true
        }
    }

    /// The skill that a role needs a certificate for.
    private static func skill(of role: Role) -> Skill? {
        Skill(rawValue: role.rawValue).flatMap { $0.needsCertificate ? $0 : nil }
    }
}
