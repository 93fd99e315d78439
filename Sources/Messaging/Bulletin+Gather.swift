// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Choosing the audience: one row for each subscriber, in slices, so that no transaction holds up a report. The row's key
/// is its place in the queue (channel, nearness, subscriber): one tree to write and no index, which makes a million rows a
/// matter of a second or two. A subscriber has one channel, and in one bulletin one nearness, so the key is theirs alone.
extension Bulletin {
    /// So many subscribers' numbers are looked through in one transaction.
    static let slice: Int64 = 50_000

    /// Takes the next slice; false when everybody is gathered.
    @discardableResult
    static func gather(_ number: Int64, in tx: Transaction) throws -> Bool {
        guard let bulletin = try find(number, in: tx), bulletin.state == .gathering else { return false }
        // Its readers are known when nothing of the earlier one is in anybody's hands any more: a second, or a lease.
        let earlier = try bulletin.earlier(in: tx)
        for before in earlier where try isInHand(before, in: tx) { return false }
        let (from, to) = (bulletin.gatheredTo, min(bulletin.gatheredTo &+ slice, bulletin.gatherEnd))
        if from < to {
            if bulletin.follows != nil {
                try gatherReaders(of: earlier, for: bulletin, from, to, in: tx)
            } else {
                try gatherSubscribers(for: bulletin, from, to, in: tx)
            }
            try tx.run("UPDATE bulletins SET gathered_to = \(to) WHERE number = \(number)")
        }
        guard to >= bulletin.gatherEnd else { return true }
        try tx.run(
            """
            INSERT INTO bulletin_runs (bulletin, channel, total)
            SELECT bulletin, channel, count(*) FROM deliveries WHERE bulletin = \(number) GROUP BY bulletin, channel
            """
        )
        try tx.run("UPDATE bulletins SET state = 'sending' WHERE number = \(number)")
        try finishIfDone(number, in: tx)
        return false
    }

    private static func gatherSubscribers(for bulletin: Bulletin, _ from: Int64, _ to: Int64, in tx: Transaction) throws
    {
        try tx.run(
            """
            INSERT INTO deliveries (bulletin, channel, nearness, subscriber, state)
            SELECT \(bulletin.number), s.channel, min(CASE WHEN s.is_canary = 1 THEN 0 ELSE b.nearness END), s.number, 0
            FROM subscribers s JOIN subscriber_places p ON p.subscriber = s.number
                JOIN bulletin_places b ON b.bulletin = \(bulletin.number) AND b.place = p.place
            WHERE s.number > \(from) AND s.number <= \(to) AND s.state = 'active'
                AND (s.topics & \(bulletin.topic.rawValue)) <> 0
            GROUP BY s.number, s.channel ORDER BY s.channel, 3, s.number
            """
        )
    }

    /// The first that this one follows, and what followed it since: who signed up in between heard only of those.
    private func earlier(in tx: Transaction) throws -> [Int64] {
        guard let follows else { return [] }
        return try tx.list(
            Int64.self,
            "SELECT number FROM bulletins WHERE (number = \(follows) OR follows = \(follows)) AND number < \(number)"
        )
    }

    /// Whoever was handed an earlier one, or may have been, in the same order; and where the bulletin has places of its own,
    /// whoever cares for them by now.
    private static func gatherReaders(
        of earlier: [Int64],
        for bulletin: Bulletin,
        _ from: Int64,
        _ to: Int64,
        in tx: Transaction
    ) throws {
        try tx.run(
            """
            INSERT INTO deliveries (bulletin, channel, nearness, subscriber, state)
            SELECT \(bulletin.number), r.channel, min(r.nearness), r.subscriber, 0 FROM (
                SELECT d.channel, d.nearness, d.subscriber
                FROM deliveries d JOIN subscribers s ON s.number = d.subscriber
                WHERE d.bulletin IN \(list: earlier) AND d.subscriber > \(from) AND d.subscriber <= \(to)
                    AND (d.state = \(Delivery.sent) OR d.twice = 1) AND s.state = 'active'
                UNION ALL
                SELECT s.channel, CASE WHEN s.is_canary = 1 THEN 0 ELSE b.nearness END, s.number
                FROM subscribers s JOIN subscriber_places p ON p.subscriber = s.number
                    JOIN bulletin_places b ON b.bulletin = \(bulletin.number) AND b.place = p.place
                WHERE s.number > \(from) AND s.number <= \(to) AND s.state = 'active'
                    AND (s.topics & \(bulletin.topic.rawValue)) <> 0) r
            GROUP BY r.subscriber, r.channel ORDER BY r.channel, 3, r.subscriber
            """
        )
    }

    /// Nothing is left to send: it is over.
    static func finishIfDone(_ number: Int64, in tx: Transaction) throws {
        let done = try tx.run(
            """
            UPDATE bulletins SET state = 'sent', ended_at = \(tx.now)
            WHERE number = \(number) AND state = 'sending' AND NOT EXISTS (
                SELECT 1 FROM bulletin_runs
                WHERE bulletin = \(number) AND total > sent + failed + stopped)
            """
        )
        if done == 1 { try tx.record(Event("bulletin.sent", subject: "\(number)")) }
    }
}

/// The states of a delivery row, as stored.
enum Delivery {
    static let waiting = 0
    static let sent = 2
    static let failed = 3
    static let stopped = 4
}
