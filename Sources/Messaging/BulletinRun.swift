// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// One bulletin on one channel: worked on by one process at a time, which holds its lease. Its mark moves along the queue
/// of deliveries; what lies between the mark and the end of a batch may have been handed over when a process ends.
struct BulletinRun: Readable {
    let bulletin: Int64
    let channel: ChannelKind
    let atNearness: Int
    let atSubscriber: Int64
    let toNearness: Int?
    let toSubscriber: Int64?
    let lease: String?

    init(row: Row) throws {
        bulletin = try row["bulletin"]
        let turn: Int = try row["channel"]
        guard let channel = ChannelKind(turn: turn) else { throw ColumnError.mismatch(expected: "a channel") }
        self.channel = channel
        atNearness = try row["at_nearness"]
        atSubscriber = try row["at_subscriber"]
        toNearness = try row["to_nearness"]
        toSubscriber = try row["to_subscriber"]
        lease = try row["lease"]
    }

    /// One subscriber's turn.
    struct Turn: Sendable {
        let nearness: Int
        let subscriber: Int64
        let attempts: Int
        let language: String
        let address: [UInt8]
        let addressIndex: [UInt8]
        let link: Subscriber
    }

    struct Batch: Sendable {
        let bulletin: Bulletin
        let channel: ChannelKind
        let turns: [Turn]
        /// Said stop since, or are quiet now: nothing to hand over.
        let lease: String
    }

    /// Which channels have bulletins to send.
    static func due(in tx: Transaction) throws -> [ChannelKind] {
        try tx.list(
            Int.self,
            """
            SELECT DISTINCT r.channel FROM bulletin_runs r JOIN bulletins b ON b.number = r.bulletin
            WHERE b.state = 'sending' AND r.resume_at <= \(tx.now) AND r.total > r.sent + r.failed + r.stopped
                AND (r.lease IS NULL OR r.leased_until < \(tx.now))
            """
        ).compactMap(ChannelKind.init(turn:))
    }

    /// Takes the next batch of one bulletin of the channel, another organisation's with each `turn`. Nil when nothing is due.
    static func take(_ channel: ChannelKind, limit: Int, turn: Int, lease: String, in tx: Transaction) throws -> Batch?
    {
        let runs = try tx.all(
            BulletinRun.self,
            """
            SELECT r.* FROM bulletin_runs r JOIN bulletins b ON b.number = r.bulletin
            WHERE r.channel = \(channel.turn) AND b.state = 'sending' AND r.resume_at <= \(tx.now)
                AND r.total > r.sent + r.failed + r.stopped AND (r.lease IS NULL OR r.leased_until < \(tx.now))
            ORDER BY b.organisation, b.is_urgent DESC, b.created_at DESC
            """
        )
        guard !runs.isEmpty else { return nil }
        let run = runs[turn % runs.count]
        guard let bulletin = try Bulletin.find(run.bulletin, in: tx) else { return nil }
        let held = try tx.run(
            """
            UPDATE bulletin_runs SET lease = \(lease), leased_until = \(tx.now + OutboxClaim.lease)
            WHERE bulletin = \(run.bulletin) AND channel = \(channel.turn)
                AND (lease IS NULL OR leased_until < \(tx.now))
            """
        )
        guard held == 1 else { return nil }
        if run.lease != nil { try listTwice(run, in: tx) }
        if bulletin.expiresAt <= tx.now {
            try end(bulletin, channel, in: tx)
            return nil
        }
        return try batch(of: bulletin, run, limit: limit, lease: lease, in: tx)
    }

    private static func batch(
        of bulletin: Bulletin,
        _ run: BulletinRun,
        limit: Int,
        lease: String,
        in tx: Transaction
    ) throws -> Batch? {
        let rows = try tx.rows(
            """
            SELECT d.nearness, d.subscriber, d.attempts, s.* FROM deliveries d
            LEFT JOIN subscribers s ON s.number = d.subscriber
            WHERE d.bulletin = \(bulletin.number) AND d.channel = \(run.channel.turn)
                AND (d.nearness, d.subscriber) > (\(run.atNearness), \(run.atSubscriber))
                AND d.state = 0 AND d.not_before <= \(tx.now)
            ORDER BY d.nearness, d.subscriber LIMIT \(limit)
            """
        )
        guard let last = rows.last else { return try passOver(bulletin, run, in: tx) }
        var turns: [Turn] = []
        var stopped = 0
        for row in rows {
            let (nearness, number): (Int, Int64) = (try row["nearness"], try row["subscriber"])
            let state: String? = try row["state"]
            guard state == "active" else {
                stopped += 1
                try set(bulletin.number, run.channel, nearness, [number], Delivery.stopped, in: tx)
                continue
            }
            let subscriber = try Subscriber(row: row)
            let mayWake = bulletin.isUrgent && subscriber.urgentPasses
            if !mayWake, let wait = subscriber.quiet?.remaining(at: tx.now) {
                try tx.run(
                    """
                    UPDATE deliveries SET not_before = \(tx.now + wait)
                    WHERE bulletin = \(bulletin.number) AND channel = \(run.channel.turn) AND nearness = \(nearness)
                        AND subscriber = \(number)
                    """
                )
                continue
            }
            turns.append(
                Turn(
                    nearness: nearness,
                    subscriber: number,
                    attempts: try row["attempts"],
                    language: subscriber.language,
                    address: subscriber.address,
                    addressIndex: subscriber.addressIndex,
                    link: subscriber
                )
            )
        }
        let (toNearness, toSubscriber): (Int, Int64) = (try last["nearness"], try last["subscriber"])
        try tx.run(
            """
            UPDATE bulletin_runs SET to_nearness = \(toNearness), to_subscriber = \(toSubscriber),
                stopped = stopped + \(stopped)
            WHERE bulletin = \(bulletin.number) AND channel = \(run.channel.turn)
            """
        )
        return Batch(bulletin: bulletin, channel: run.channel, turns: turns, lease: lease)
    }

    /// The mark is at the end: over, or from the beginning for those that wait.
    private static func passOver(_ bulletin: Bulletin, _ run: BulletinRun, in tx: Transaction) throws -> Batch? {
        let next = try tx.one(
            Instant.self,
            """
            SELECT min(not_before) FROM deliveries
            WHERE bulletin = \(bulletin.number) AND channel = \(run.channel.turn) AND state = 0
            """
        )
        try tx.run(
            """
            UPDATE bulletin_runs SET lease = NULL, leased_until = NULL, to_nearness = NULL, to_subscriber = NULL,
                at_nearness = -1, at_subscriber = 0, resume_at = \(next ?? tx.now)
            WHERE bulletin = \(bulletin.number) AND channel = \(run.channel.turn)
            """
        )
        if next == nil { try Bulletin.finishIfDone(bulletin.number, in: tx) }
        return nil
    }

    /// Writes what came of a batch and moves the mark, if the lease is still ours. `outcomes` in the order of `turns`.
    static func close(_ batch: Batch, _ outcomes: [Outcome], in tx: Transaction) throws {
        let (bulletin, channel) = (batch.bulletin.number, batch.channel)
        let run = try tx.first(
            BulletinRun.self,
            """
            SELECT * FROM bulletin_runs
            WHERE bulletin = \(bulletin) AND channel = \(channel.turn) AND lease = \(batch.lease)
            """
        )
        guard let run else { return }
        var counts = (sent: 0, failed: 0, stopped: 0)
        var sent: [Int: [Int64]] = [:]
        for (turn, outcome) in zip(batch.turns, outcomes) {
            switch outcome {
            case .sent:
                counts.sent += 1
                sent[turn.nearness, default: []].append(turn.subscriber)
            case .gone:
                counts.stopped += 1
                try set(bulletin, channel, turn.nearness, [turn.subscriber], Delivery.stopped, in: tx)
                try tx.run("DELETE FROM subscribers WHERE number = \(turn.subscriber)")
            case .refused, .ended:
                counts.failed += 1
                try set(bulletin, channel, turn.nearness, [turn.subscriber], Delivery.failed, in: tx)
            case .later(_, let after):
                if turn.attempts + 1 >= OutboxClaim.attempts {
                    counts.failed += 1
                    try set(bulletin, channel, turn.nearness, [turn.subscriber], Delivery.failed, in: tx)
                } else {
                    let wait = after ?? OutboxClaim.backOff(turn.attempts + 1)
                    try tx.run(
                        """
                        UPDATE deliveries SET attempts = attempts + 1, not_before = \(tx.now + wait)
                        WHERE bulletin = \(bulletin) AND channel = \(channel.turn) AND nearness = \(turn.nearness)
                            AND subscriber = \(turn.subscriber)
                        """
                    )
                }
            case .notTried:
                break
            }
        }
        for (nearness, numbers) in sent { try set(bulletin, channel, nearness, numbers, Delivery.sent, in: tx) }
        try tx.run(
            """
            UPDATE bulletin_runs SET sent = sent + \(counts.sent), failed = failed + \(counts.failed),
                stopped = stopped + \(counts.stopped), lease = NULL, leased_until = NULL,
                at_nearness = \(run.toNearness ?? run.atNearness), at_subscriber = \(run.toSubscriber ?? run.atSubscriber),
                to_nearness = NULL, to_subscriber = NULL
            WHERE bulletin = \(bulletin) AND channel = \(channel.turn)
            """
        )
        try Bulletin.finishIfDone(bulletin, in: tx)
    }

    /// A process ended with a batch in hand: those not closed may have been told; they are told again, and counted.
    private static func listTwice(_ run: BulletinRun, in tx: Transaction) throws {
        guard let toNearness = run.toNearness, let toSubscriber = run.toSubscriber else { return }
        let marked = try tx.run(
            """
            UPDATE deliveries SET twice = 1
            WHERE bulletin = \(run.bulletin) AND channel = \(run.channel.turn)
                AND (nearness, subscriber) > (\(run.atNearness), \(run.atSubscriber))
                AND (nearness, subscriber) <= (\(toNearness), \(toSubscriber))
                AND state = 0 AND not_before <= \(tx.now) AND twice = 0
            """
        )
        try tx.run(
            """
            UPDATE bulletin_runs SET twice = twice + \(marked), to_nearness = NULL, to_subscriber = NULL
            WHERE bulletin = \(run.bulletin) AND channel = \(run.channel.turn)
            """
        )
    }

    /// The lease of a process that ended, of a bulletin that nobody goes on with.
    static func letGo(_ run: BulletinRun, in tx: Transaction) throws {
        try listTwice(run, in: tx)
        try tx.run(
            """
            UPDATE bulletin_runs SET lease = NULL, leased_until = NULL
            WHERE bulletin = \(run.bulletin) AND channel = \(run.channel.turn)
            """
        )
    }

    /// Its time is over: who was not told will not be.
    private static func end(_ bulletin: Bulletin, _ channel: ChannelKind, in tx: Transaction) throws {
        let missed = try tx.run(
            """
            UPDATE deliveries SET state = \(Delivery.failed)
            WHERE bulletin = \(bulletin.number) AND channel = \(channel.turn) AND state = 0
            """
        )
        try tx.run(
            """
            UPDATE bulletin_runs SET failed = failed + \(missed), lease = NULL, leased_until = NULL, to_nearness = NULL,
                to_subscriber = NULL
            WHERE bulletin = \(bulletin.number) AND channel = \(channel.turn)
            """
        )
        try Bulletin.finishIfDone(bulletin.number, in: tx)
    }

    private static func set(
        _ bulletin: Int64,
        _ channel: ChannelKind,
        _ nearness: Int,
        _ subscribers: [Int64],
        _ state: Int,
        in tx: Transaction
    ) throws {
        try tx.run(
            """
            UPDATE deliveries SET state = \(state)
            WHERE bulletin = \(bulletin) AND channel = \(channel.turn) AND nearness = \(nearness)
                AND subscriber IN \(list: subscribers) AND state = 0
            """
        )
    }
}
