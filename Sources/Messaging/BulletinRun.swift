// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// One bulletin on one channel: worked on by one process at a time, which holds its lease. Its mark moves along the chunks
/// of its queue; who waits between the mark and the end of a batch may have been told when a process ends. Rows of their
/// own (another try, quiet hours that are over) go before the rest of the queue, and are marked one by one.
struct BulletinRun: Readable {
    let bulletin: Int64
    let channel: ChannelKind
    let atNearness: Int
    let atSubscriber: Int64
    let toNearness: Int?
    let toSubscriber: Int64?
    let lease: String?
    /// Batches in a row of which the provider took none.
    let failures: Int
    /// How many wait yet, for a batch or for another try.
    let left: Int
    /// When the last of those that may have gone twice was noticed.
    let twiceAt: Instant?
    /// People in a row who were put off, in however many batches.
    let putOff: Int

    static let errors = Migration(
        "2026-11-29-messaging-run-errors",
        "ALTER TABLE bulletin_runs ADD COLUMN last_error TEXT"
    )

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
        failures = try row["failures"]
        let (total, sent, failed, stopped): (Int, Int, Int, Int) = (
            try row["total"], try row["sent"], try row["failed"], try row["stopped"]
        )
        left = total - sent - failed - stopped
        twiceAt = try row["twice_at"]
        putOff = try row["put_off"]
    }

    /// Where the queue goes on after a batch in hand.
    func mark(after batch: Batch) -> (nearness: Int, subscriber: Int64) {
        (toNearness ?? atNearness, toSubscriber ?? atSubscriber)
    }

    /// One subscriber's turn.
    struct Turn: Sendable {
        let nearness: Int
        let reader: AddressBook.Reader
        let attempts: Int
        /// Its chunk among the batch's, and its place in that; nil for a row of its own.
        let place: (chunk: Int, index: Int)?

        var subscriber: Int64 { reader.number }
    }

    struct Batch: Sendable {
        let bulletin: Bulletin
        let channel: ChannelKind
        let turns: [Turn]
        let lease: String
        /// What the turns stand in. Nobody else writes them while the lease is ours.
        var chunks: [DeliveryChunk] = []
        /// The place of its last one in the queue; nil where they come from rows of their own.
        var to: DeliveryChunk.Place?
        /// How many wait behind it.
        var left = 0
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

    /// Whose turn it is: what is urgent before what is not; then one organisation after the other, however many bulletins
    /// each has; of its own, the freshest.
    private static func next(of rows: [Row], turn: Int) throws -> BulletinRun? {
        guard let isUrgent: Bool = try rows.first?["is_urgent"] else { return nil }
        var firsts: [(organisation: String, row: Row)] = []
        for row in rows {
            let (organisation, urgent): (String, Bool) = (try row["organisation"], try row["is_urgent"])
            if urgent == isUrgent, firsts.last?.organisation != organisation { firsts.append((organisation, row)) }
        }
        return try BulletinRun(row: firsts[turn % firsts.count].row)
    }

    /// Takes the next batch of one bulletin of the book's channel. Nil when nothing is due.
    static func take(
        from book: AddressBook,
        limit: Int,
        turn: Int,
        lease: String,
        in tx: Transaction
    ) throws -> Batch? {
        let channel = book.channel
        let rows = try tx.rows(
            """
            SELECT r.*, b.organisation, b.is_urgent FROM bulletin_runs r JOIN bulletins b ON b.number = r.bulletin
            WHERE r.channel = \(channel.turn) AND b.state = 'sending' AND r.resume_at <= \(tx.now)
                AND r.total > r.sent + r.failed + r.stopped AND (r.lease IS NULL OR r.leased_until < \(tx.now))
            ORDER BY b.is_urgent DESC, b.organisation, b.created_at DESC
            """
        )
        guard let run = try next(of: rows, turn: turn) else { return nil }
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
        return try BulletinBatch(bulletin: bulletin, run: run, lease: lease)
            .take(limit, turn: turn, from: book, in: tx)
    }

    /// A process ended with a batch in hand: those not closed may have been told; they are told again, and counted.
    private static func listTwice(_ run: BulletinRun, in tx: Transaction) throws {
        var marked = try tx.run(
            """
            UPDATE deliveries SET twice = 1
            WHERE bulletin = \(run.bulletin) AND channel = \(run.channel.turn) AND state = \(Delivery.inHand) AND twice = 0
            """
        )
        try tx.run(
            """
            UPDATE deliveries SET state = \(Delivery.waiting)
            WHERE bulletin = \(run.bulletin) AND channel = \(run.channel.turn) AND state = \(Delivery.inHand)
            """
        )
        if let toNearness = run.toNearness, let toSubscriber = run.toSubscriber {
            var from = (nearness: run.atNearness, subscriber: run.atSubscriber)
            chunks: while true {
                let chunks = try DeliveryChunk.waiting(run.bulletin, run.channel.turn, after: from, in: tx)
                for var chunk in chunks {
                    for (index, number) in chunk.subscribers.enumerated()
                    where (chunk.nearness, number) > (run.atNearness, run.atSubscriber)
                        && (chunk.nearness, number) <= (toNearness, toSubscriber)
                        && chunk.state(index) == Delivery.waiting
                    {
                        if chunk.markTwice(index) { marked += 1 }
                    }
                    try chunk.save(run.bulletin, run.channel.turn, in: tx)
                    from = (chunk.nearness, chunk.last)
                    if from >= (toNearness, toSubscriber) { break chunks }
                }
                if chunks.isEmpty { break }
            }
        }
        try tx.run(
            """
            UPDATE bulletin_runs SET twice = twice + \(marked), to_nearness = NULL, to_subscriber = NULL,
                twice_at = \(marked > 0 ? tx.now : run.twiceAt)
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
        var missed = try tx.run(
            """
            UPDATE deliveries SET state = \(Delivery.failed)
            WHERE bulletin = \(bulletin.number) AND channel = \(channel.turn) AND state IN (0, \(Delivery.inHand))
            """
        )
        while true {
            let chunks = try DeliveryChunk.waiting(bulletin.number, channel.turn, in: tx)
            if chunks.isEmpty { break }
            for var chunk in chunks {
                for index in chunk.states.indices where chunk.state(index) == Delivery.waiting {
                    chunk.set(index, Delivery.failed)
                    missed += 1
                }
                try chunk.save(bulletin.number, channel.turn, in: tx)
            }
        }
        try tx.run(
            """
            UPDATE bulletin_runs SET failed = failed + \(missed), lease = NULL, leased_until = NULL, to_nearness = NULL,
                to_subscriber = NULL
            WHERE bulletin = \(bulletin.number) AND channel = \(channel.turn)
            """
        )
        try Bulletin.finishIfDone(bulletin.number, in: tx)
    }
}
