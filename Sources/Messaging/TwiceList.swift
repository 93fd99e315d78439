// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// Of one bulletin on one channel: who may have got it twice, after a process ended in the middle, or where a provider was
/// handed it and never answered. Each copy carries the same mark; of whom it went to, nothing else is said.
package struct TwiceRun: Readable, Sendable {
    package let bulletin: Int64
    /// What the bulletin was about.
    package let cause: String
    package let channel: ChannelKind
    package let count: Int
    /// When the last of them was noticed.
    package let noticedAt: Instant

    package init(row: Row) throws {
        let turn: Int = try row["channel"]
        guard let channel = ChannelKind(turn: turn) else { throw ColumnError.mismatch(expected: "a channel") }
        self.channel = channel
        bulletin = try row["bulletin"]
        cause = try row["cause"]
        count = try row["twice"]
        noticedAt = try row["noticed"]
    }

    static let migration = Migration(
        "2026-11-29-messaging-twice",
        "ALTER TABLE bulletin_runs ADD COLUMN twice_at BIGINT"
    )

    private static let columns: SQL = """
        r.bulletin, b.cause, r.channel, r.twice, COALESCE(r.twice_at, b.created_at) AS noticed
        FROM bulletin_runs r JOIN bulletins b ON b.number = r.bulletin
        """

    /// Those of the last month, newest first.
    package static func all(limit: Int = 50, in tx: Transaction) throws -> [TwiceRun] {
        try tx.all(
            TwiceRun.self,
            """
            SELECT \(columns) WHERE r.twice > 0
            ORDER BY noticed DESC, r.bulletin DESC, r.channel LIMIT \(limit)
            """
        )
    }

    /// Those of these bulletins, in their order, then the channels'.
    package static func all(of bulletins: [Int64], in tx: Transaction) throws -> [TwiceRun] {
        guard !bulletins.isEmpty else { return [] }
        return try tx.all(
            TwiceRun.self,
            """
            SELECT \(columns) WHERE r.twice > 0 AND r.bulletin IN \(list: bulletins) ORDER BY r.bulletin, r.channel
            """
        )
    }

    package static func find(_ bulletin: Int64, _ channel: ChannelKind, in tx: Transaction) throws -> TwiceRun? {
        try all(of: [bulletin], in: tx).first { $0.channel == channel }
    }

    /// One copy that may not be the only one.
    package struct Mark: Sendable, Hashable {
        package enum Fate: String, Sendable { case waiting, sent, failed, stopped }

        /// What both copies carry: Message-ID, idempotency token, webhook-id, push topic.
        package let mark: String
        package let fate: Fate
    }

    /// In the order of the queue. Throws `VaultError.locked`.
    package func marks(from: Int = 0, limit: Int, keys: InstanceKeys, in tx: Transaction) throws -> [Mark] {
        let unlocked = try keys.opened()
        // Who waits in a row of its own has a byte that says no more than that.
        let apart = try tx.rows(
            """
            SELECT nearness, subscriber, state FROM deliveries
            WHERE bulletin = \(bulletin) AND channel = \(channel.turn) AND twice = 1
            """
        )
        var found: [Int64: (nearness: Int, state: Int)] = [:]
        for chunk in try DeliveryChunk.all(bulletin, channel.turn, in: tx) {
            for (index, subscriber) in chunk.subscribers.enumerated() where chunk.isTwice(index) {
                found[subscriber] = (chunk.nearness, chunk.state(index))
            }
        }
        for row in apart { found[try row["subscriber"]] = (try row["nearness"], try row["state"]) }
        let order = found.sorted { ($0.value.nearness, $0.key) < ($1.value.nearness, $1.key) }
        return try order.dropFirst(max(0, from)).prefix(limit).map { subscriber, place in
            Mark(
                mark: try Bulletin.mark(of: bulletin, to: subscriber, unlocked),
                fate: Delivery.fate(place.state)
            )
        }
    }
}

extension Bulletin {
    /// The same each time this is sent to the same person, so that twice is recognisable. Tells neither.
    static func mark(of bulletin: Int64, to subscriber: Int64, _ unlocked: InstanceKeys.Unlocked) throws -> String {
        Fingerprint.hex(try unlocked.index.index("\(bulletin)|\(subscriber)", field: "delivery"))
    }
}

extension Delivery {
    fileprivate static func fate(_ state: Int) -> TwiceRun.Mark.Fate {
        switch state {
        case sent: .sent
        case failed: .failed
        case stopped: .stopped
        default: .waiting
        }
    }
}

extension Outbox {
    /// What it was about, in words that name nobody.
    package func about(in tx: Transaction) throws -> Phrase {
        if let message { return try Message.find(message, in: tx)?.kind.words ?? Self.other }
        return switch uniqueKey.prefix(while: { $0 != ":" }) {
        case "reply": "outbox.about_reply|An answer to a text"
        case "sent", "inquiry_code": "outbox.about_code|The code of a report"
        case "subscribe": "outbox.about_subscribe|A code or a link for somebody who signs up for alerts"
        case "check_in_call": "outbox.about_check_in|A call that asks somebody on the scene whether they are OK"
        case "call_back": "outbox.about_call_back|A call that connects us with somebody who called"
        case "contact": "outbox.about_contact|A code that proves a member’s address"
        case "inquiry": "outbox.about_inquiry|An answer from the console"
        case "training": "outbox.about_training|A reminder of a course"
        case "hook": "outbox.about_hook|A call to a web hook"
        case "test": "outbox.about_test|A test"
        default: Self.other
        }
    }

    private static let other: Phrase = "outbox.about_other|Another message"
}
