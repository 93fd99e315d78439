// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Vault

/// The certificates that were given out, by serial: never the name, which only the holder has. A member may show one
/// to become a helper with that skill; a coordinator decides. One can be taken back.
package enum CertificateBook {
    package static let reasonLimit = 300

    package enum Standing: Sendable, Hashable {
        case good
        /// Since that day.
        case recalled(String)
        /// This instance gave out no such certificate.
        case unknown
    }

    package struct Entry: Sendable {
        package let serial: String
        package let course: String
        package let issuedAt: Instant
        package let expires: String
        /// Who showed it, and what colleagues call them.
        package let holder: (person: Ref<Person>, handle: String)?
        package let decision: Decision?
        package let isRecalled: Bool
    }

    package enum Decision: String, Sendable, Bindable, Column { case approved, declined }

    /// Twice for the same serial is once.
    package static func enter(_ certificate: Certificate, in tx: Transaction) throws {
        try tx.run(
            """
            INSERT INTO certificates (serial, course, issued_at, expires)
            VALUES (\(certificate.serial), \(certificate.course), \(tx.now), \(certificate.expires))
            ON CONFLICT (serial) DO NOTHING
            """
        )
    }

    package static func standing(of serial: String, in tx: Transaction) throws -> Standing {
        let row = try tx.rows("SELECT recalled_at FROM certificates WHERE serial = \(serial)").first
        guard let row else { return .unknown }
        let recalled: Instant? = try row["recalled_at"]
        return recalled.map { .recalled(LocalTime($0).isoDay) } ?? .good
    }

    /// A member shows a certificate that was checked against our key; from then on it is theirs alone.
    package static func present(_ certificate: Certificate, by caller: Caller, in tx: Transaction) throws {
        let day = LocalTime(tx.now).isoDay
        guard !certificate.isOver(on: day), try standing(of: certificate.serial, in: tx) == .good else {
            throw Refusal.invalid(["certificate": "training.not_good|This certificate has ended or was taken back."])
        }
        let changed = try tx.run(
            """
            UPDATE certificates SET person = \(caller.person), presented_at = \(tx.now)
            WHERE serial = \(certificate.serial) AND recalled_at IS NULL AND person IS NULL
            """
        )
        guard changed == 1 else {
            throw Refusal.invalid(["certificate": "training.shown_before|This certificate was shown before."])
        }
        try tx.record(Event("certificate.presented", subject: caller.person.text, actor: caller.person.text))
    }

    /// The helper gets the course's skill for as long as the certificate holds. Nobody decides on their own.
    package static func approve(_ serial: String, _ courses: CourseFiles, by caller: Caller, in tx: Transaction) throws
    {
        try caller.require(.managePeople)
        guard let entry = try find(serial, in: tx), let holder = entry.holder else { throw Refusal.notFound }
        guard holder.person != caller.person else {
            throw Refusal(.forbidden, "training.own|Somebody else must decide on your own certificate.")
        }
        guard let skill = courses.course(entry.course)?.skill, let end = end(entry.expires), end > tx.now else {
            throw Refusal(.conflict, "training.no_skill|This certificate gives no skill, or it has ended.")
        }
        try decide(serial, .approved, by: caller, in: tx)
        do {
            try Helper.certify(holder.person, HeldSkill(skill, until: end), by: caller, in: tx)
        } catch let refusal as Refusal where refusal.kind == .notFound {
            throw Refusal(
                .conflict,
                "training.no_helper|First say on this member’s page where they can help. Then come back."
            )
        }
    }

    package static func decline(_ serial: String, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.managePeople)
        try decide(serial, .declined, by: caller, in: tx)
    }

    /// Taken back for good: its page says so, and whoever got a skill by it is not asked for that any more.
    package static func recall(
        _ serial: String,
        reason: String,
        _ courses: CourseFiles,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.managePeople)
        guard (1...reasonLimit).contains(reason.unicodeScalars.count) else {
            throw Refusal.invalid(["reason": "training.no_reason|Say why, in a sentence. Colleagues read it."])
        }
        guard let entry = try find(serial, in: tx) else {
            throw Refusal.invalid(["serial": "training.no_serial|We gave out no certificate with this number."])
        }
        let changed = try tx.run(
            """
            UPDATE certificates SET recalled_at = \(tx.now), recalled_by = \(caller.person), recall_reason = \(reason)
            WHERE serial = \(serial) AND recalled_at IS NULL
            """
        )
        guard changed == 1 else { return }
        if entry.decision == .approved, let holder = entry.holder, let skill = courses.course(entry.course)?.skill,
            let end = end(entry.expires)
        {
            try Helper.decertify(holder.person, skill, endingBy: end, by: caller, in: tx)
        }
        try tx.record(Event("certificate.recalled", subject: serial, actor: caller.person.text))
    }

    /// What members showed, the newest first: those that wait before the others.
    package static func shown(by caller: Caller, in tx: Transaction) throws -> [Entry] {
        try caller.require(.managePeople)
        return try tx.all(
            Entry.self,
            """
            \(select) WHERE c.person IS NOT NULL
            ORDER BY CASE WHEN c.decision IS NULL THEN 0 ELSE 1 END, c.presented_at DESC LIMIT 200
            """
        )
    }

    /// The caller's own.
    package static func own(_ caller: Caller, in tx: Transaction) throws -> [Entry] {
        try tx.all(Entry.self, "\(select) WHERE c.person = \(caller.person) ORDER BY c.presented_at DESC")
    }

    private static func find(_ serial: String, in tx: Transaction) throws -> Entry? {
        try tx.first(Entry.self, "\(select) WHERE c.serial = \(serial)")
    }

    private static func decide(_ serial: String, _ decision: Decision, by caller: Caller, in tx: Transaction) throws {
        let changed = try tx.run(
            """
            UPDATE certificates SET decision = \(decision), decided_by = \(caller.person), decided_at = \(tx.now)
            WHERE serial = \(serial) AND person IS NOT NULL AND decision IS NULL AND recalled_at IS NULL
            """
        )
        guard changed == 1 else {
            throw Refusal(.conflict, "training.decided|Somebody has decided this already.")
        }
        try tx.record(Event("certificate.\(decision.rawValue)", subject: serial, actor: caller.person.text))
    }

    /// The end of its last day.
    private static func end(_ expires: String) -> Instant? { LocalTime.parse(field: "\(expires)T23:59") }

    private static let select: SQL = """
        SELECT c.serial, c.course, c.issued_at, c.expires, c.person, p.handle, c.decision, c.recalled_at
        FROM certificates c LEFT JOIN people p ON p.id = c.person
        """
}

extension CertificateBook.Entry: Readable {
    package init(row: Row) throws {
        (serial, course, issuedAt) = (try row["serial"], try row["course"], try row["issued_at"])
        expires = try row["expires"]
        let person: Ref<Person>? = try row["person"]
        let handle: String? = try row["handle"]
        holder = person.map { ($0, handle ?? "") }
        decision = try row["decision"]
        let recalled: Instant? = try row["recalled_at"]
        isRecalled = recalled != nil
    }
}
