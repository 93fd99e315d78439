// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Claiming and closing rows of the outbox. Like `JobClaim`, a place where the databases differ: PostgreSQL skips rows
/// that another node is taking; SQLite has one writer.
enum OutboxClaim {
    /// Longer than the longest that one batch is worked on (`Post.batchTime` and one call's time-out).
    static let lease = Duration.seconds(60)

    /// Which lanes have something due.
    static func due(in tx: Transaction) throws -> [(channel: ChannelKind, pool: Outbox.Pool)] {
        try tx.rows(
            "SELECT DISTINCT channel, pool FROM outbox WHERE state = 'waiting' AND run_at <= \(tx.now)"
        ).compactMap { row in
            let pool: Int = try row["pool"]
            return Outbox.Pool(rawValue: pool).map { (try? row["channel"], $0) }.flatMap { pair in
                pair.0.map { (channel: $0, pool: pair.1) }
            }
        }
    }

    /// Whether one lane has something due.
    static func isDue(_ channel: ChannelKind, _ pool: Outbox.Pool, in tx: Transaction) throws -> Bool {
        try tx.one(
            Int.self,
            """
            SELECT 1 FROM outbox
            WHERE state = 'waiting' AND channel = \(channel) AND pool = \(pool.rawValue) AND run_at <= \(tx.now) LIMIT 1
            """
        ) != nil
    }

    /// Takes up to `limit` rows, as many from each organisation as from the next: nearest first, then freshest. `turn`
    /// moves who is asked first, so that a lane which takes one at a time is fair too.
    static func take(
        _ channel: ChannelKind,
        _ pool: Outbox.Pool,
        limit: Int,
        turn: Int,
        lease: String,
        in tx: Transaction
    ) throws -> [Outbox] {
        let waiting = try tx.list(
            String.self,
            """
            SELECT DISTINCT organisation FROM outbox
            WHERE state = 'waiting' AND channel = \(channel) AND pool = \(pool.rawValue) AND run_at <= \(tx.now)
            ORDER BY organisation
            """
        )
        guard !waiting.isEmpty, limit > 0 else { return [] }
        let first = turn % waiting.count
        var order = Array(waiting[first...] + waiting[..<first])
        let skip: SQL = tx.dialect == .postgres ? "FOR UPDATE SKIP LOCKED" : ""
        var taken: [Outbox] = []
        while taken.count < limit, !order.isEmpty {
            let share = max(1, (limit - taken.count) / order.count)
            var emptied: Set<String> = []
            for organisation in order where taken.count < limit {
                let part = min(share, limit - taken.count)
                let rows = try tx.all(
                    Outbox.self,
                    """
                    UPDATE outbox SET state = 'leased', lease = \(lease), leased_until = \(tx.now + Self.lease),
                        attempts = attempts + 1
                    WHERE id IN (
                        SELECT id FROM outbox
                        WHERE state = 'waiting' AND channel = \(channel) AND pool = \(pool.rawValue)
                            AND organisation = \(organisation) AND run_at <= \(tx.now)
                        ORDER BY nearness, created_at DESC LIMIT \(part) \(skip)
                    ) RETURNING *
                    """
                )
                if rows.count < part { emptied.insert(organisation) }
                taken += rows
            }
            order.removeAll(where: emptied.contains)
        }
        return taken
    }

    /// Rows whose process ended, or lost its database, after it may have handed them over: waiting again, and listed.
    @discardableResult
    static func reclaim(in tx: Transaction) throws -> Int {
        try tx.run(
            """
            UPDATE outbox SET state = 'waiting', lease = NULL, leased_until = NULL, twice_at = \(tx.now)
            WHERE state = 'leased' AND leased_until < \(tx.now)
            """
        )
    }

    static func hasExpiredLease(in tx: Transaction) throws -> Bool {
        try tx.one(Int.self, "SELECT 1 FROM outbox WHERE state = 'leased' AND leased_until < \(tx.now) LIMIT 1") != nil
    }

    /// Writes what came of one row, if the lease is still ours.
    static func close(_ row: Outbox, _ outcome: Outcome, lease: String, in tx: Transaction) throws {
        switch outcome {
        case .sent(let reference):
            try end(row, .sent, why: nil, reference: reference, lease: lease, in: tx)
        case .ended(let why):
            try end(row, .ended, why: why, reference: nil, lease: lease, in: tx)
        case .stopped:
            try end(row, .ended, why: "stopped", reference: nil, lease: lease, in: tx)
        case .notTried:
            try tx.run(
                """
                UPDATE outbox SET state = 'waiting', lease = NULL, leased_until = NULL, attempts = attempts - 1
                WHERE id = \(row.id) AND lease = \(lease)
                """
            )
        case .gone(let why):
            if let contact = row.contact { try Contact.end(contact, in: tx) }
            if let index = row.addressIndex {
                try tx.run("DELETE FROM subscribers WHERE channel = \(row.channel.turn) AND address_index = \(index)")
                if row.channel == .webhook { try WebHook.end(index, in: tx) }
            }
            try end(row, .ended, why: why, reference: nil, lease: lease, in: tx)
        case .refused(let why):
            try bury(row, why, lease: lease, in: tx)
        case .unclear(let why):
            try tx.run("UPDATE outbox SET twice_at = \(tx.now) WHERE id = \(row.id) AND lease = \(lease)")
            try close(row, .later(why: why, after: nil), lease: lease, in: tx)
        case .later(let why, let after):
            let again = Tries(from: row.createdAt, to: row.expiresAt).next(row.attempts, asked: after, at: tx.now)
            guard let again else { return try bury(row, why, lease: lease, in: tx) }
            try tx.run(
                """
                UPDATE outbox SET state = 'waiting', lease = NULL, leased_until = NULL, last_error = \(why.brief),
                    run_at = \(again)
                WHERE id = \(row.id) AND lease = \(lease)
                """
            )
        }
    }

    private static func end(
        _ row: Outbox,
        _ state: Outbox.State,
        why: String?,
        reference: String?,
        lease: String,
        in tx: Transaction
    ) throws {
        try tx.run(
            """
            UPDATE outbox SET state = \(state), content = NULL, lease = NULL, leased_until = NULL, closed_at = \(tx.now),
                reference = \(reference?.brief), last_error = \(why?.brief)
            WHERE id = \(row.id) AND lease = \(lease)
            """
        )
    }

    /// Given up: it stays, encrypted, until its time is over, for a person to try it again.
    private static func bury(_ row: Outbox, _ why: String, lease: String, in tx: Transaction) throws {
        let buried = try tx.run(
            """
            UPDATE outbox SET state = 'dead', lease = NULL, leased_until = NULL, last_error = \(why.brief)
            WHERE id = \(row.id) AND lease = \(lease)
            """
        )
        guard buried == 1 else { return }
        try tx.record(Event("outbox.given_up", subject: row.id.text, data: ["channel": row.channel.rawValue]))
    }
}

/// What came of one message.
enum Outcome: Sendable, Hashable {
    case sent(reference: String?)
    case later(why: String, after: Duration?)
    /// The same, but the provider may have taken it: tried again, and listed as perhaps told twice.
    case unclear(why: String)
    /// Given up, and shown.
    case refused(why: String)
    /// The address is no more.
    case gone(why: String)
    /// It need not be sent any more: too late, stopped, withdrawn.
    case ended(why: String)
    /// They said stop before its turn came.
    case stopped
    /// The batch's time was over before its turn came.
    case notTried

    init(_ failure: ChannelFailure) {
        switch failure {
        case .later(let why, let after): self = .later(why: why, after: after)
        case .unclear(let why): self = .unclear(why: why)
        case .refused(let why): self = .refused(why: why)
        case .gone(let why): self = .gone(why: why)
        }
    }
}

extension String {
    fileprivate var brief: String { String(prefix(200)) }
}
