// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// The record of what members did to members and to sealed things. It is written twice: as an event, which the live
/// pages read, and as a leaf of an append-only log, which can't be edited without it showing.
package enum Audit {
    /// The event, and its leaf. `detail` is more than references, states and counts: it is sealed to the audit team, and
    /// left out where there is none; the leaf holds its hash.
    package static func record(_ event: Event, detail: String? = nil, in tx: Transaction) throws {
        try tx.record(event)
        try leaf(event.kind, subject: event.subject, actor: event.actor, data: event.data, detail: detail, in: tx)
    }

    /// Only the leaf: for what no live page should hear of.
    static func leaf(
        _ kind: String,
        subject: String,
        actor: String?,
        data: [String: String],
        detail: String? = nil,
        in tx: Transaction
    ) throws {
        let log = log(of: kind)
        var data = data
        let sealed = try detail.flatMap { try seal($0, in: tx) }
        if let sealed { data["detail"] = Fingerprint.hex(Fingerprint.sha256(sealed.blob)) }
        let position = try log.append(kind, subject: subject, actor: actor, data: data, in: tx)
        if let sealed {
            try tx.run("INSERT INTO audit_details (log, position, sealed) VALUES (\(log), \(position), \(sealed))")
        }
    }

    /// Somebody opened the words of these reports: once a member, report and day. Call it before the words are shown;
    /// it writes nothing when all of it is known.
    package static func opened(
        _ records: [String],
        of incident: String,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try opened(records, as: "report.opened", ["incident": incident], by: caller, in: tx)
    }

    /// The same for other sealed words: `kind` says which.
    package static func opened(
        _ records: [String],
        as kind: String,
        _ data: [String: String] = [:],
        by caller: Caller,
        in tx: Transaction
    ) throws {
        let day = LocalTime(tx.now).isoDay
        for record in records {
            let isNew = try tx.run(
                """
                INSERT INTO openings (record, person, day) VALUES (\(record), \(caller.person), \(day))
                ON CONFLICT DO NOTHING
                """
            )
            guard isNew == 1 else { continue }
            try leaf(kind, subject: record, actor: caller.person.text, data: data, in: tx)
        }
    }

    /// Those of the records whose opening by this caller is not on the record yet today.
    package static func unrecorded(_ records: [String], by caller: Caller, in tx: Transaction) throws -> [String] {
        guard !records.isEmpty else { return [] }
        let known = try tx.list(
            String.self,
            """
            SELECT record FROM openings WHERE person = \(caller.person) AND day = \(LocalTime(tx.now).isoDay)
                AND record IN \(list: records)
            """
        )
        return records.filter { !Set(known).contains($0) }
    }

    /// What members did to members, newest first: the part of the events that an auditor reads.
    ///
    /// `before`: only events with a lower id, for the next page.
    package static func entries(
        before id: Int64 = .max,
        limit: Int = 100,
        by caller: Caller,
        in tx: Transaction
    ) throws -> [Event] {
        try caller.require(.readAudit)
        return try tx.all(
            Event.self,
            """
            SELECT * FROM events WHERE id < \(id) AND (kind LIKE 'person.%' OR kind LIKE 'team.%'
                OR kind LIKE 'organisation.%' OR kind LIKE 'coalition.%' OR kind LIKE 'instance.%'
                OR kind LIKE 'proposal.%' OR kind LIKE 'escrow.%' OR kind LIKE 'evidence.%')
            ORDER BY id DESC LIMIT \(min(max(limit, 1), 1_000))
            """
        )
    }

    /// The sealed detail of an entry, for the audit team; nil where there is none.
    package static func detail(_ log: Log, _ position: Int, by caller: Caller, in tx: Transaction) throws -> String? {
        try caller.require(.readAudit)
        let row = try tx.rows(
            "SELECT sealed FROM audit_details WHERE log = \(log) AND position = \(position)"
        ).first
        guard let sealed: Sealed<String> = try row?["sealed"] else { return nil }
        // Not the position: it is known only when the leaf, which holds this blob's hash, is written.
        return try sealed.open(kind: "audit.detail", record: "detail", with: caller.unlockedKeyring())
    }

    /// Erased with what it was about: the words of its leaves, and that somebody opened it.
    package static func forget(_ subjects: [String], in tx: Transaction) throws {
        try Log.forget(subjects, in: tx)
        for start in stride(from: 0, to: subjects.count, by: 1_000) {
            let some = Array(subjects[start..<min(start + 1_000, subjects.count)])
            try tx.run("DELETE FROM openings WHERE record IN \(list: some)")
        }
    }

    private static func seal(_ detail: String, in tx: Transaction) throws -> Sealed<String>? {
        let id = try tx.one(
            Ref<Team>.self,
            "SELECT id FROM teams WHERE purpose = 'audit' AND organisation IS NULL"
        )
        guard let id else { return nil }
        return try Sealed.seal(
            detail,
            kind: "audit.detail",
            record: "detail",
            to: [Team.current(id, in: tx)],
            shred: tx.shredKey()
        )
    }

    private static func log(of kind: String) -> Log {
        switch kind {
        case "person.enrolled", "person.removed", "person.roles_changed", "person.invited": .roster
        case _ where kind.hasPrefix("team.") || kind.hasPrefix("escrow."): .roster
        case _ where kind.hasPrefix("file.") || kind.hasPrefix("evidence."): .custody
        default: .audit
        }
    }
}

extension Transaction {
    /// `record` for what an auditor should know: the event, and a leaf of the log.
    package func attest(_ event: Event, detail: String? = nil) throws {
        try Audit.record(event, detail: detail, in: self)
        // Here and not in each verb, so that no change of the roster can leave an old administrator with a share.
        switch event.kind {
        case "person.enrolled", "person.removed", "person.roles_changed", "coalition.set_up":
            try Escrow.establish(in: self)
        default: break
        }
    }
}
