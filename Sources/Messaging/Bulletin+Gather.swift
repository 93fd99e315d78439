// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Choosing the audience, in slices: read beside the writer, so that no report waits for a sweep over a million, and
/// written as chunks, in a moment. A subscriber has one channel, and in one bulletin one nearness.
extension Bulletin {
    /// So many subscribers' numbers are looked through at a time.
    static let slice: Int64 = 125_000

    /// Who was chosen among the numbers `from` to `to`: by channel and nearness, ascending.
    struct Chosen: Sendable {
        let number: Int64
        let from: Int64
        let to: Int64
        fileprivate var groups: [Int64: [Int64]] = [:]

        /// A channel and a nearness as one number.
        static let channelStep: Int64 = 1_000_000
    }

    /// Chooses and writes the next slice; false when everybody is gathered, or nothing can be gathered yet.
    @discardableResult
    static func gather(_ number: Int64, in tx: Transaction) throws -> Bool {
        // Its readers are known when nothing of the earlier one is in anybody's hands any more: a second, or a lease.
        let earlier = try find(number, in: tx)?.earlier(in: tx) ?? []
        for before in earlier where try isInHand(before, in: tx) { return false }
        guard let chosen = try choose(number, in: tx) else { return false }
        return try take(chosen, in: tx)
    }

    /// Looks through the slice that is `ahead` slices further than what is gathered. Nil when there is none.
    static func choose(_ number: Int64, ahead: Int64 = 0, in tx: Transaction) throws -> Chosen? {
        guard let bulletin = try find(number, in: tx), bulletin.state == .gathering else { return nil }
        let from = bulletin.gatheredTo &+ ahead &* slice
        let to = min(from &+ slice, bulletin.gatherEnd)
        guard from < to || ahead == 0 else { return nil }
        var chosen = Chosen(number: number, from: from, to: max(from, to))
        guard from < to else { return chosen }
        let pairs =
            if bulletin.follows != nil {
                try readers(for: bulletin, from, to, in: tx)
            } else {
                try subscribers(of: bulletin, from, to, in: tx)
            }
        for at in stride(from: 0, to: pairs.count - 1, by: 2) {
            chosen.groups[pairs[at + 1], default: []].append(pairs[at])
        }
        return chosen
    }

    /// Writes what was chosen; false when that was all, or somebody else was quicker.
    static func take(_ chosen: Chosen, in tx: Transaction) throws -> Bool {
        guard let bulletin = try find(chosen.number, in: tx), bulletin.state == .gathering,
            bulletin.gatheredTo == chosen.from
        else { return false }
        for (slot, numbers) in chosen.groups {
            let (channel, nearness) = (Int(slot / Chosen.channelStep), Int(slot % Chosen.channelStep))
            for part in parts(numbers.sorted()) {
                guard let chunk = DeliveryChunk(nearness: nearness, subscribers: part) else { continue }
                try chunk.insert(bulletin.number, channel, in: tx)
            }
        }
        try tx.run("UPDATE bulletins SET gathered_to = \(chosen.to) WHERE number = \(chosen.number)")
        guard chosen.to >= bulletin.gatherEnd else { return true }
        try tx.run(
            """
            INSERT INTO bulletin_runs (bulletin, channel, total)
            SELECT bulletin, channel, CAST(sum(size) AS BIGINT) FROM delivery_chunks WHERE bulletin = \(chosen.number)
            GROUP BY bulletin, channel
            """
        )
        try tx.run("UPDATE bulletins SET state = 'sending' WHERE number = \(chosen.number)")
        try finishIfDone(chosen.number, in: tx)
        return false
    }

    /// As many in each as a chunk holds, none further from its first than four bytes tell.
    private static func parts(_ numbers: [Int64]) -> [[Int64]] {
        var parts: [[Int64]] = []
        var part: [Int64] = []
        for number in numbers {
            if part.count == DeliveryChunk.capacity || number - (part.first ?? number) > Int64(UInt32.max) {
                parts.append(part)
                part = []
            }
            part.append(number)
        }
        return part.isEmpty ? parts : parts + [part]
    }

    /// Number and slot of each, flat. In the order of the numbers, the places beside them in the order of their own key:
    /// one sweep and no sorting.
    private static func subscribers(of bulletin: Bulletin, _ from: Int64, _ to: Int64, in tx: Transaction) throws
        -> [Int64]
    {
        try tx.numbers(
            """
            SELECT s.number, s.channel * \(Chosen.channelStep)
                + min(CASE WHEN b.nearness > 999999 THEN 999999 ELSE b.nearness END)
            FROM subscribers s CROSS JOIN subscriber_places p CROSS JOIN bulletin_places b
            WHERE b.bulletin = \(bulletin.number) AND b.place = p.place AND p.subscriber = s.number
                AND s.number > \(from) AND s.number <= \(to) AND s.state = 'active' AND s.is_canary = 0
                AND (s.topics & \(bulletin.topic.rawValue)) <> 0
            GROUP BY s.number
            """
        ) + canaries(from, to, in: tx)
    }

    /// Our own, who see everything that goes out and see it first, wherever it is about.
    private static func canaries(_ from: Int64, _ to: Int64, in tx: Transaction) throws -> [Int64] {
        try tx.numbers(
            """
            SELECT number, channel * \(Chosen.channelStep) FROM subscribers
            WHERE is_canary = 1 AND number > \(from) AND number <= \(to) AND state = 'active'
            """
        )
    }

    /// The first that this one follows, and what followed it since: who signed up in between heard only of those.
    private func earlier(in tx: Transaction) throws -> [Int64] {
        guard let follows else { return [] }
        return try Self.chain(of: follows, in: tx).filter { $0 < number }
    }

    /// A first bulletin and all that follow it.
    static func chain(of first: Int64, in tx: Transaction) throws -> [Int64] {
        try tx.list(Int64.self, "SELECT number FROM bulletins WHERE number = \(first) OR follows = \(first)")
    }

    /// Whoever was handed an earlier one, or may have been, in the same order; and where the bulletin has places of its own,
    /// whoever cares for them by now. Each once, where they come first.
    private static func readers(for bulletin: Bulletin, _ from: Int64, _ to: Int64, in tx: Transaction) throws
        -> [Int64]
    {
        var slots: [Int64: Int64] = [:]
        func add(_ number: Int64, _ slot: Int64) { slots[number] = min(slot, slots[number] ?? slot) }
        func add(_ pairs: [Int64]) {
            for at in stride(from: 0, to: pairs.count - 1, by: 2) { add(pairs[at], pairs[at + 1]) }
        }
        add(try subscribers(of: bulletin, from, to, in: tx))
        let active = Set(
            try tx.numbers(
                "SELECT number FROM subscribers WHERE number > \(from) AND number <= \(to) AND state = 'active'"
            )
        )
        for before in try bulletin.earlier(in: tx) {
            add(
                try tx.numbers(
                    """
                    SELECT d.subscriber, d.channel * \(Chosen.channelStep) + d.nearness
                    FROM deliveries d JOIN subscribers s ON s.number = d.subscriber
                    WHERE d.bulletin = \(before) AND d.subscriber > \(from) AND d.subscriber <= \(to)
                        AND (d.state = \(Delivery.sent) OR d.twice = 1) AND s.state = 'active'
                    """
                )
            )
            for channel in ChannelKind.allCases.map(\.turn) {
                for chunk in try DeliveryChunk.all(before, channel, beyond: from, in: tx) {
                    for number in chunk.told where number > from && number <= to && active.contains(number) {
                        add(number, Int64(channel) * Chosen.channelStep + Int64(chunk.nearness))
                    }
                }
            }
        }
        return slots.flatMap { [$0.key, $0.value] }
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

/// The states of a delivery, as stored: a byte of a chunk, or the column of a row.
enum Delivery {
    static let waiting = 0
    /// Only of rows: in the hands of the process that holds the run's lease.
    static let inHand = 1
    static let sent = 2
    static let failed = 3
    static let stopped = 4
    /// Only of chunks: a row of its own in `deliveries` says more.
    static let apart = 5
}
