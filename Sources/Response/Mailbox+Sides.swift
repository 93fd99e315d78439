// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// What a reporter does with their code. Needs nobody to be signed in: it works while the instance is locked.
extension Mailbox {
    /// The thread of a code, as it is now. Nil for a code that we don't know, whose report is deleted, or whose report
    /// is from before there were mailboxes: the first message makes one.
    package static func look(_ code: ReporterCode, in tx: Transaction) throws -> MailboxThread? {
        guard let report = try Report.find(code, in: tx), let mailbox = try find(report.id, in: tx) else { return nil }
        return try MailboxThread.all([mailbox], in: tx).first
    }

    /// What the team wrote is read from now on, and goes after its time.
    package static func markRead(_ code: ReporterCode, in tx: Transaction) throws {
        try of(code, in: tx)?.markRead(from: .team, in: tx)
    }

    /// The reporter writes. `sending` names this sending, so that twice sent is once stored. What the team asked is
    /// answered by it. Throws `Refusal.unknownCode`, and what `put` throws.
    package static func write(
        _ text: String,
        with code: ReporterCode,
        sending: [UInt8],
        in tx: Transaction
    ) throws {
        guard let mailbox = try of(code, in: tx) else { throw Refusal.unknownCode }
        guard try mailbox.put(text, from: .reporter, sending: mailbox.name(sending, .reporter), in: tx) else { return }
        try Report.answered(mailbox.report, in: tx)
        try mailbox.record("written", by: nil, in: tx)
    }

    /// The reporter deletes one message, whoever wrote it, or with nil the whole thread. Gone at once, in old backups
    /// too. Doing it twice does no harm.
    package static func burn(
        _ message: Ref<MailboxMessage>?,
        with code: ReporterCode,
        in tx: Transaction
    ) throws {
        guard let mailbox = try of(code, in: tx) else { throw Refusal.unknownCode }
        let one: SQL = message.map { "AND id = \($0)" } ?? ""
        try burn(where: "report = \(mailbox.report) \(one)", in: tx)
    }

    private static func of(_ code: ReporterCode, in tx: Transaction) throws -> Mailbox? {
        guard let report = try Report.find(code, in: tx) else { return nil }
        if let mailbox = try find(report.id, in: tx) { return mailbox }
        try Made(for: code.names, report: report.id).insert(for: report.id, in: tx)
        return try find(report.id, in: tx)
    }

    /// Two threads, or the two sides of one, never meet in one name, and the name tells nothing of what was sent.
    private func name(_ sending: [UInt8], _ side: Side) -> [UInt8] {
        Fingerprint.sha256(Array("mailbox|\(report.text)|\(side.rawValue)|".utf8) + sending)
    }
}

/// What a member of the team does from the incident's page.
extension Mailbox {
    /// Writes to the reporter; needs no key to be open. What the reporter wrote counts as read. Throws `.notFound` for
    /// a report without a mailbox: the team's own, and what was added with a code.
    package static func send(
        _ text: String,
        to report: Ref<Report>,
        sending: [UInt8],
        by caller: Caller,
        in tx: Transaction
    ) throws {
        let mailbox = try find(report, by: caller, in: tx)
        guard try mailbox.put(text, from: .team, sending: mailbox.name(sending, .team), in: tx) else { return }
        try mailbox.markRead(from: .reporter, in: tx)
        try mailbox.record("sent", by: caller, in: tx)
    }

    /// Somebody of the team read what the reporter wrote; it goes after its time.
    package static func markRead(of report: Ref<Report>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.openSealed)
        let mailbox = try find(report, by: caller, in: tx)
        try mailbox.markRead(from: .reporter, in: tx)
        try mailbox.record("read", by: caller, in: tx)
    }

    /// The threads of these reports; those without a mailbox are missing.
    package static func threads(
        of reports: [Ref<Report>],
        by caller: Caller,
        in tx: Transaction
    ) throws -> [Ref<Report>: MailboxThread] {
        guard caller.can(.triage), !reports.isEmpty else { return [:] }
        let mailboxes = try tx.all(
            Mailbox.self,
            "SELECT m.*, r.team FROM mailboxes m JOIN reports r ON r.id = m.report WHERE m.report IN \(list: reports)"
        )
        return Dictionary(try MailboxThread.all(mailboxes, in: tx).map { ($0.mailbox.report, $0) }) { first, _ in first
        }
    }

    /// The incidents in which a reporter waits to be read: a mark on the board.
    package static func waiting(by caller: Caller, in tx: Transaction) throws -> Set<Ref<Incident>> {
        guard caller.can(.seeBoard) else { return [] }
        return Set(
            try tx.list(
                Ref<Incident>.self,
                """
                SELECT DISTINCT l.incident FROM mailbox_messages m JOIN incident_reports l ON l.report = m.report
                WHERE m.is_unread = 1 AND m.sender = 'reporter'
                """
            )
        )
    }

    private static func find(_ report: Ref<Report>, by caller: Caller, in tx: Transaction) throws -> Mailbox {
        try caller.require(.triage)
        _ = try Report.find(report, by: caller, in: tx)
        guard let mailbox = try find(report, in: tx) else { throw Refusal.notFound }
        return mailbox
    }
}
