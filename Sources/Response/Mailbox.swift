// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// A reporter's mailbox: the team and a reporter write to each other, sealed both ways, and the reporter reads with
/// nothing but their code. The report itself never stands in it: whoever finds the code learns what was written here,
/// and not what was reported.
package struct Mailbox: Sendable, Readable {
    package let report: Ref<Report>
    let team: Ref<Team>
    /// What the team's messages are sealed to.
    let publicKey: [UInt8]
    /// The seed of the pair; only the code opens it.
    let wrapped: [UInt8]

    /// Who wrote.
    package enum Side: String, Sendable, Hashable, Bindable, Column { case team, reporter }

    /// Letters of one message, and messages of one thread.
    package static let longest = 2_000
    package static let most = 100

    /// How long what was read stays: ours for the reporter, theirs for us.
    package static let keepings = [keptFromTeam, keptFromReporter]

    private static let keptFromTeam =
        Keeping(
            "mailbox.team",
            "keeping.mailbox_team|What we wrote to a reporter, after they read it",
            usual: .hours(24),
            from: .hours(1),
            to: .days(7),
            key: "response.mailbox_team_s"
        )

    private static let keptFromReporter =
        Keeping(
            "mailbox.reporter",
            "keeping.mailbox_reporter|What a reporter wrote to us, after we read it",
            usual: .days(7),
            from: .hours(24),
            to: .days(30),
            key: "response.mailbox_reporter_s"
        )

    /// How long what this side wrote stays after it was read.
    package static func keeping(_ side: Side) -> Keeping {
        switch side {
        case .team: keptFromTeam
        case .reporter: keptFromReporter
        }
    }

    package static let holdings = [
        Holding(
            "mailboxes",
            "holding.mailboxes|The keys of reporters’ mailboxes",
            kept: .words("holding.with_report|As long as its report"),
            plain: "report public_key messages",
            owner: "wrapped"
        ),
        Holding(
            "mailbox_messages",
            "holding.mailbox_messages|Messages between reporters and the team",
            kept: .words("holding.mailbox|After it was read: as the settings say. Never longer than its report"),
            plain: "id report position sender is_unread burn_at",
            sealed: "sealed",
            hash: "sending"
        ),
    ]

    /// A mailbox ready to be stored, made outside of the transaction: a key pair costs a tenth of a millisecond.
    struct Made: Sendable {
        let publicKey: [UInt8]
        let wrapped: [UInt8]

        init(for names: ReporterCode.Names, report: Ref<Report>) throws {
            (publicKey, wrapped) = try MailboxKeys.make(for: names, report: report.text)
        }

        func insert(for report: Ref<Report>, in tx: Transaction) throws {
            try tx.run(Self.insertion(report.value, publicKey.value, wrapped.value))
        }

        private static let insertion = SQL.Fixed(
            """
            INSERT INTO mailboxes (report, public_key, wrapped) VALUES (?, ?, ?) ON CONFLICT (report) DO NOTHING
            """
        )
    }

    package init(row: Row) throws {
        report = try row["report"]
        team = try row["team"]
        publicKey = try row["public_key"]
        wrapped = try row["wrapped"]
    }

    static func find(_ report: Ref<Report>, in tx: Transaction) throws -> Mailbox? {
        try tx.first(
            Mailbox.self,
            "SELECT m.*, r.team FROM mailboxes m JOIN reports r ON r.id = m.report WHERE m.report = \(report)"
        )
    }

    /// Seals to the team and to the mailbox, and puts it at the end of the thread. False when this very sending was
    /// stored before. Throws `.invalid` with `message` for what can't be written, `.conflict` for a full thread.
    func put(_ text: String, from side: Side, sending: [UInt8], in tx: Transaction) throws -> Bool {
        var check = FieldCheck()
        let clean = check.text(text, "message", limit: Self.longest)
        if let clean { ReportFiling.flagNeverKept(clean, "message", &check) }
        if clean == nil { check.flag("message", "mailbox.empty|Write your message.") }
        try check.settle()
        guard let clean else { return false }
        let known = try tx.one(Int.self, "SELECT 1 FROM mailbox_messages WHERE sending = \(sending)")
        if known != nil { return false }
        let numbers = try tx.one(
            Int.self,
            "UPDATE mailboxes SET messages = messages + 1 WHERE report = \(report) RETURNING messages"
        )
        let held = try tx.one(Int.self, "SELECT count(*) FROM mailbox_messages WHERE report = \(report)") ?? 0
        guard let position = numbers, held < Self.most else {
            throw Refusal(.conflict, "mailbox.full|There is no more room. Delete old messages first.")
        }
        let id = Ref<MailboxMessage>.new(at: MailboxMessage.coarse(tx.now))
        let sealed = try Sealed.seal(
            MailboxMessage.Words(text: clean, at: tx.now),
            kind: MailboxMessage.kind,
            record: id.text,
            to: [Team.current(team, in: tx), MailboxKeys.address(publicKey)],
            shred: tx.shredKey()
        )
        try tx.run(
            """
            INSERT INTO mailbox_messages (id, report, position, sender, sealed, sending, is_unread)
            VALUES (\(id), \(report), \(position), \(side), \(sealed), \(sending), 1)
            """
        )
        return true
    }

    /// What one side wrote is read by the other from now on, and goes after its time.
    func markRead(from side: Side, in tx: Transaction) throws {
        let burn = MailboxMessage.coarse(tx.now + (try Self.keeping(side).period(in: tx)) + .hours(1))
        try tx.run(
            """
            UPDATE mailbox_messages SET is_unread = 0, burn_at = \(burn)
            WHERE report = \(report) AND sender = \(side) AND is_unread = 1
            """
        )
    }

    /// Deletes messages, and destroys their keys: they are gone from old backups too. Answers how many.
    @discardableResult
    static func burn(where condition: SQL, in tx: Transaction) throws -> Int {
        try ShredDue.add(of: "SELECT substr(sealed, 1, 10) FROM mailbox_messages WHERE \(condition)", in: tx)
        return try tx.run("DELETE FROM mailbox_messages WHERE \(condition)")
    }

    /// What was read and whose time is up. Run every few minutes.
    @discardableResult
    package static func sweep(in tx: Transaction) throws -> Int {
        try burn(where: "burn_at <= \(tx.now)", in: tx)
    }

    /// With the reports that they belong to.
    static func forget(_ reports: [Ref<Report>], in tx: Transaction) throws {
        guard !reports.isEmpty else { return }
        try burn(where: "report IN \(list: reports)", in: tx)
        try tx.run("DELETE FROM mailboxes WHERE report IN \(list: reports)")
    }

    /// Tells the board, without a word of what was written.
    func record(_ what: String, by caller: Caller?, in tx: Transaction) throws {
        for incident in try Report.incidents(of: report, in: tx) {
            let data = ["report": report.text]
            try tx.record(Event("mailbox.\(what)", subject: incident.text, actor: caller?.person.text, data: data))
        }
    }
}

/// One message of a thread, as the database keeps it: no word and no exact time is plain.
package struct MailboxMessage: Sendable, Readable {
    package let id: Ref<MailboxMessage>
    let report: Ref<Report>
    package let sender: Mailbox.Side
    let sealed: Sealed<Words>
    /// By the other side.
    package let isUnread: Bool
    /// When it goes by itself; nil until it was read.
    package let burnsAt: Instant?

    package struct Words: Sendable, Hashable, Codable {
        package let text: String
        package let at: Instant
    }

    static let kind = "mailbox.message"

    package init(row: Row) throws {
        id = try row["id"]
        report = try row["report"]
        sender = try row["sender"]
        sealed = try row["sealed"]
        isUnread = try row["is_unread"]
        burnsAt = try row["burn_at"]
    }

    /// To the hour, downward: ids and times to go by tell no more.
    static func coarse(_ instant: Instant) -> Instant {
        let step: Int64 = 3_600_000
        return Instant(milliseconds: instant.milliseconds - instant.milliseconds % step)
    }
}

/// The messages of one mailbox, still closed: they are opened outside of the transaction, a third of a millisecond each.
package struct MailboxThread: Sendable {
    package let mailbox: Mailbox
    package let messages: [MailboxMessage]
    private let shredder: Shredder?

    /// One message as its reader sees it.
    package struct Entry: Sendable {
        package let message: MailboxMessage
        package let words: Opened<MailboxMessage.Words>
    }

    /// Of several mailboxes at once.
    static func all(_ mailboxes: [Mailbox], in tx: Transaction) throws -> [MailboxThread] {
        guard !mailboxes.isEmpty else { return [] }
        let messages = try tx.all(
            MailboxMessage.self,
            """
            SELECT * FROM mailbox_messages WHERE report IN \(list: mailboxes.map(\.report)) ORDER BY report, position
            """
        )
        let own = Dictionary(grouping: messages, by: \.report)
        return mailboxes.map { MailboxThread(mailbox: $0, messages: own[$0.report] ?? [], shredder: tx.shredder) }
    }

    /// Something from that side that the other has not read.
    package func hasUnread(from side: Mailbox.Side) -> Bool { messages.contains { $0.sender == side && $0.isUnread } }

    /// When each goes that was read.
    package var times: [Ref<MailboxMessage>: Instant] {
        messages.reduce(into: [:]) { all, message in all[message.id] = message.burnsAt }
    }

    /// For the reporter. Throws `VaultError.damaged` when the code doesn't open this mailbox.
    package func open(with code: ReporterCode) throws -> [Entry] {
        let pair = try MailboxKeys.open(mailbox.wrapped, with: code, report: mailbox.report.text)
        let keyring = Keyring(mailbox: pair, shredder: shredder)
        return messages.map { Entry(message: $0, words: Opening.look($0, with: keyring)) }
    }

    /// For a member of the team.
    package func open(by caller: Caller) -> [Entry] {
        messages.map { message in
            Entry(
                message: message,
                words: Opening.look(message.sealed, kind: MailboxMessage.kind, record: message.id.text, by: caller)
            )
        }
    }
}

extension Opening {
    fileprivate static func look(_ message: MailboxMessage, with keyring: Keyring) -> Opened<MailboxMessage.Words> {
        do {
            let words = try message.sealed.open(kind: MailboxMessage.kind, record: message.id.text, with: keyring)
            return .open(words)
        } catch VaultError.noKey {
            return .notForYou
        } catch {
            return .damaged
        }
    }
}
