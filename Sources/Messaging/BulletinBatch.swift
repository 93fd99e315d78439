// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// Taking a batch of one bulletin and channel, and writing what came of it: for most, a byte of a chunk each.
struct BulletinBatch {
    let bulletin: Bulletin
    let run: BulletinRun
    let lease: String

    /// So many in a row were put off: the provider takes nothing at all. And so many at most are tried until it does.
    static let probe = 20

    private var channel: Int { run.channel.turn }

    /// Nil when nothing is due. Who stopped since, or is quiet now, is passed over.
    func take(_ limit: Int, turn: Int, from book: AddressBook, in tx: Transaction) throws -> BulletinRun.Batch? {
        // Who waited already goes first; but not while the provider takes nothing, nor every time where servers are many
        // and one that is down may have put off more people than there are turns.
        let rowsFirst = run.channel.hasOneProvider ? run.failures == 0 : turn % 2 == 0
        if rowsFirst, let batch = try rows(limit, book, in: tx) { return batch }
        let most = run.failures == 0 ? limit : min(limit, Self.probe)
        if let batch = try chunks(most, book, in: tx) { return batch }
        if !rowsFirst, let batch = try rows(most, book, in: tx) { return batch }
        return try passOver(in: tx)
    }

    /// Those with a row of their own whose time has come.
    private func rows(_ limit: Int, _ book: AddressBook, in tx: Transaction) throws -> BulletinRun.Batch? {
        let due = try tx.rows(
            """
            SELECT nearness, subscriber, attempts FROM deliveries
            WHERE bulletin = \(bulletin.number) AND channel = \(channel) AND state = 0 AND not_before <= \(tx.now)
            ORDER BY not_before, nearness, subscriber LIMIT \(limit)
            """
        )
        guard !due.isEmpty else { return nil }
        var waiting: [(nearness: Int, number: Int64, attempts: Int)] = []
        for row in due { waiting.append((try row["nearness"], try row["subscriber"], try row["attempts"])) }
        let found = try book.find(waiting.map(\.number), left: 0, in: tx)
        var turns: [BulletinRun.Turn] = []
        var stopped = 0
        for (one, reader) in zip(waiting, found) {
            guard let reader else {
                stopped += 1
                try set(one.nearness, [one.number], Delivery.stopped, in: tx)
                continue
            }
            if let wait = reader.quiet(at: tx.now, isUrgent: bulletin.isUrgent) {
                try hold(one.nearness, one.number, until: tx.now + wait, in: tx)
                continue
            }
            turns.append(
                BulletinRun.Turn(nearness: one.nearness, reader: reader, attempts: one.attempts, place: nil)
            )
        }
        for (nearness, group) in Dictionary(grouping: turns, by: \.nearness) {
            try set(nearness, group.map(\.subscriber), Delivery.inHand, in: tx)
        }
        try begin(stopped: stopped, to: nil, in: tx)
        return BulletinRun.Batch(bulletin: bulletin, channel: run.channel, turns: turns, lease: lease)
    }

    /// The next of the queue behind the mark.
    private func chunks(_ limit: Int, _ book: AddressBook, in tx: Transaction) throws -> BulletinRun.Batch? {
        let mark = (run.atNearness, run.atSubscriber)
        let limit = book.allows(limit)
        // One more than they fill: the first may be begun already.
        let many = limit / DeliveryChunk.capacity + 2
        let ready = try DeliveryChunk.waiting(
            bulletin.number,
            channel,
            after: mark,
            limit: many,
            ready: book.ready(bulletin.number),
            in: tx
        )
        var chunks =
            try ready?.map(\.chunk)
            ?? DeliveryChunk.waiting(bulletin.number, channel, after: mark, limit: many, in: tx)
        var picked: [(chunk: Int, index: Int)] = []
        queue: for (at, chunk) in chunks.enumerated() {
            for (index, number) in chunk.subscribers.enumerated()
            where chunk.state(index) == Delivery.waiting && (chunk.nearness, number) > mark {
                guard picked.count < limit else { break queue }
                picked.append((at, index))
            }
        }
        guard let last = picked.last else { return nil }
        let numbers = picked.map { chunks[$0.chunk].subscribers[$0.index] }
        let found = try book.find(
            numbers,
            left: run.left - numbers.count,
            ready: ready.map { AddressBook.Ready(pages: $0.map(\.page), picked: picked) },
            in: tx
        )
        var turns: [BulletinRun.Turn] = []
        var (stopped, changed) = (0, Set<Int>())
        for (place, reader) in zip(picked, found) {
            let nearness = chunks[place.chunk].nearness
            guard let reader else {
                stopped += 1
                chunks[place.chunk].set(place.index, Delivery.stopped)
                changed.insert(place.chunk)
                continue
            }
            if let wait = reader.quiet(at: tx.now, isUrgent: bulletin.isUrgent) {
                try part(&chunks[place.chunk], place.index, attempts: 0, until: tx.now + wait, in: tx)
                changed.insert(place.chunk)
                continue
            }
            turns.append(BulletinRun.Turn(nearness: nearness, reader: reader, attempts: 0, place: place))
        }
        for at in changed { try chunks[at].save(bulletin.number, channel, in: tx) }
        let to = (chunks[last.chunk].nearness, chunks[last.chunk].subscribers[last.index])
        try begin(stopped: stopped, to: to, in: tx)
        return BulletinRun.Batch(
            bulletin: bulletin,
            channel: run.channel,
            turns: turns,
            lease: lease,
            chunks: Array(chunks.prefix(last.chunk + 1)),
            to: to,
            left: run.left - picked.count
        )
    }

    private func begin(stopped: Int, to: (nearness: Int, subscriber: Int64)?, in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE bulletin_runs SET to_nearness = \(to?.nearness), to_subscriber = \(to?.subscriber),
                stopped = stopped + \(stopped)
            WHERE bulletin = \(bulletin.number) AND channel = \(channel)
            """
        )
    }

    /// The queue is at its end: over, or from the beginning for who had no turn, or later for who waits.
    private func passOver(in tx: Transaction) throws -> BulletinRun.Batch? {
        var next: Instant?
        if try !DeliveryChunk.waiting(bulletin.number, channel, limit: 1, in: tx).isEmpty {
            next = tx.now
        } else {
            next = try tx.one(
                Instant.self,
                """
                SELECT min(not_before) FROM deliveries
                WHERE bulletin = \(bulletin.number) AND channel = \(channel) AND state = 0
                """
            )
        }
        try tx.run(
            """
            UPDATE bulletin_runs SET lease = NULL, leased_until = NULL, to_nearness = NULL, to_subscriber = NULL,
                at_nearness = -1, at_subscriber = 0, resume_at = \(next ?? tx.now)
            WHERE bulletin = \(bulletin.number) AND channel = \(channel)
            """
        )
        if next == nil { try Bulletin.finishIfDone(bulletin.number, in: tx) }
        return nil
    }

    /// Writes what came of a batch and moves the mark, if the lease is still ours. `outcomes` in the order of `turns`.
    static func close(_ batch: BulletinRun.Batch, _ outcomes: [Outcome], in tx: Transaction) throws {
        let run = try tx.first(
            BulletinRun.self,
            """
            SELECT * FROM bulletin_runs
            WHERE bulletin = \(batch.bulletin.number) AND channel = \(batch.channel.turn) AND lease = \(batch.lease)
            """
        )
        guard let run else { return }
        try BulletinBatch(bulletin: batch.bulletin, run: run, lease: batch.lease).close(batch, outcomes, in: tx)
    }

    private func close(_ batch: BulletinRun.Batch, _ outcomes: [Outcome], in tx: Transaction) throws {
        let answer = Answer(outcomes)
        let putOff = answer.wasTaken ? 0 : run.putOff + answer.putOff
        // The provider's trouble, not theirs: nobody uses up a try, and a few others try again in a while.
        if run.channel.hasOneProvider, answer.putOff > 0, putOff >= Self.probe {
            return try stand(batch, outcomes, answer, putOff, in: tx)
        }
        var counts = (sent: 0, failed: 0, stopped: 0, twice: 0)
        var chunks = batch.chunks
        var rows: [Int: [Int: [Int64]]] = [:]
        for (turn, outcome) in zip(batch.turns, outcomes) {
            var state: Int
            switch outcome {
            case .sent:
                counts.sent += 1
                state = Delivery.sent
            case .gone:
                counts.stopped += 1
                state = Delivery.stopped
                // Unless their browser got another address while this was on its way to the old one.
                try tx.run(
                    """
                    DELETE FROM subscribers WHERE number = \(turn.subscriber)
                        AND address_index = \(turn.reader.subscriber?.addressIndex ?? [])
                    """
                )
            case .stopped:
                counts.stopped += 1
                state = Delivery.stopped
            case .refused, .ended:
                counts.failed += 1
                state = Delivery.failed
            case .later, .unclear:
                if case .unclear = outcome { try doubt(turn, &chunks, &counts.twice, in: tx) }
                let attempts = turn.attempts + 1
                let tries = Tries(from: bulletin.createdAt, to: bulletin.expiresAt)
                if let again = tries.next(attempts, asked: outcome.after, at: tx.now) {
                    let until = min(again, bulletin.expiresAt)
                    if let place = turn.place {
                        try part(&chunks[place.chunk], place.index, attempts: attempts, until: until, in: tx)
                    } else {
                        try hold(turn.nearness, turn.subscriber, attempts: attempts, until: until, in: tx)
                    }
                    continue
                }
                counts.failed += 1
                state = Delivery.failed
            case .notTried:
                state = Delivery.waiting
            }
            if let place = turn.place {
                chunks[place.chunk].set(place.index, state)
            } else {
                rows[state, default: [:]][turn.nearness, default: []].append(turn.subscriber)
            }
        }
        for chunk in chunks { try chunk.save(bulletin.number, channel, in: tx) }
        for (state, groups) in rows {
            for (nearness, numbers) in groups { try set(nearness, numbers, state, in: tx) }
        }
        // After an outage from the front again: the nearest of those who were only asked to see whether it is over.
        let mark = run.failures == 0 ? run.mark(after: batch) : (nearness: -1, subscriber: 0)
        try tx.run(
            """
            UPDATE bulletin_runs SET sent = sent + \(counts.sent), failed = failed + \(counts.failed),
                stopped = stopped + \(counts.stopped), twice = twice + \(counts.twice), lease = NULL, leased_until = NULL,
                twice_at = \(counts.twice > 0 ? tx.now : run.twiceAt), last_error = NULL,
                failures = 0, put_off = \(putOff), at_nearness = \(mark.nearness), at_subscriber = \(mark.subscriber),
                to_nearness = NULL, to_subscriber = NULL
            WHERE bulletin = \(bulletin.number) AND channel = \(channel)
            """
        )
        try Bulletin.finishIfDone(bulletin.number, in: tx)
    }

    /// What a batch says of the provider.
    private struct Answer {
        /// Put off, one after the other, and how long the provider asked us to wait.
        private(set) var (putOff, asked) = (0, Duration.zero)
        /// It said yes or no to somebody: it is there.
        private(set) var wasTaken = false

        init(_ outcomes: [Outcome]) {
            for outcome in outcomes {
                switch outcome {
                case .later, .unclear:
                    putOff += 1
                    asked = max(asked, outcome.after ?? .zero)
                case .sent, .gone, .refused: wasTaken = true
                case .ended, .stopped, .notTried: continue
                }
            }
        }
    }

    /// The queue stands: the batch goes back as it was. The mark goes on, so that whoever is asked next whether the
    /// provider is back is somebody else.
    private func stand(
        _ batch: BulletinRun.Batch,
        _ outcomes: [Outcome],
        _ answer: Answer,
        _ putOff: Int,
        in tx: Transaction
    ) throws {
        let until = tx.now + max(answer.asked, .seconds(min(60, 2 << min(run.failures, 5))))
        var (chunks, twice) = (batch.chunks, 0)
        for (turn, outcome) in zip(batch.turns, outcomes) {
            if case .unclear = outcome { try doubt(turn, &chunks, &twice, in: tx) }
            if turn.place == nil { try hold(turn.nearness, turn.subscriber, until: until, in: tx) }
        }
        if twice > 0 { for chunk in chunks { try chunk.save(bulletin.number, channel, in: tx) } }
        let mark = run.mark(after: batch)
        try tx.run(
            """
            UPDATE bulletin_runs SET lease = NULL, leased_until = NULL, to_nearness = NULL, to_subscriber = NULL,
                twice = twice + \(twice), twice_at = \(twice > 0 ? tx.now : run.twiceAt),
                failures = failures + 1, put_off = \(putOff), resume_at = \(until),
                last_error = \(outcomes.lazy.compactMap(\.putOff).first.map { String($0.prefix(200)) }),
                at_nearness = \(mark.nearness), at_subscriber = \(mark.subscriber)
            WHERE bulletin = \(bulletin.number) AND channel = \(channel)
            """
        )
    }

    /// They may have been told, though no answer came.
    private func doubt(
        _ turn: BulletinRun.Turn,
        _ chunks: inout [DeliveryChunk],
        _ count: inout Int,
        in tx: Transaction
    ) throws {
        if let place = turn.place {
            if chunks[place.chunk].markTwice(place.index) { count += 1 }
            return
        }
        count += try tx.run(
            """
            UPDATE deliveries SET twice = 1
            WHERE bulletin = \(bulletin.number) AND channel = \(channel) AND nearness = \(turn.nearness)
                AND subscriber = \(turn.subscriber) AND twice = 0
            """
        )
    }

    // MARK: One subscriber

    /// From a byte of a chunk to a row of its own.
    private func part(
        _ chunk: inout DeliveryChunk,
        _ index: Int,
        attempts: Int,
        until: Instant,
        in tx: Transaction
    ) throws {
        try tx.run(
            """
            INSERT INTO deliveries (bulletin, channel, nearness, subscriber, state, attempts, not_before, twice)
            VALUES (\(bulletin.number), \(channel), \(chunk.nearness), \(chunk.subscribers[index]), 0, \(attempts),
                \(until), \(chunk.isTwice(index)))
            """
        )
        chunk.set(index, Delivery.apart)
    }

    private func hold(
        _ nearness: Int,
        _ subscriber: Int64,
        attempts: Int? = nil,
        until: Instant,
        in tx: Transaction
    ) throws {
        try tx.run(
            """
            UPDATE deliveries SET state = 0, not_before = \(until), attempts = COALESCE(\(attempts), attempts)
            WHERE bulletin = \(bulletin.number) AND channel = \(channel) AND nearness = \(nearness)
                AND subscriber = \(subscriber)
            """
        )
    }

    private func set(_ nearness: Int, _ subscribers: [Int64], _ state: Int, in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE deliveries SET state = \(state)
            WHERE bulletin = \(bulletin.number) AND channel = \(channel) AND nearness = \(nearness)
                AND subscriber IN \(list: subscribers) AND state IN (0, \(Delivery.inHand))
            """
        )
    }
}

extension Outcome {
    /// How long the provider asked us to wait.
    fileprivate var after: Duration? { if case .later(_, let after) = self { after } else { nil } }

    /// Why it was put off; nil for anything else that came of it.
    fileprivate var putOff: String? {
        switch self {
        case .later(let why, _), .unclear(let why): why
        case .sent, .refused, .gone, .ended, .stopped, .notTried: nil
        }
    }
}
