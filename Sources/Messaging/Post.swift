// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import People
import Synchronization
import Vault

/// Carries what waits in the outbox and the bulletins to the providers: a lane for each channel and pool, so that a slow
/// provider or a long broadcast holds up nothing else. While the instance is locked, all of it waits.
package final class Post: Sendable {
    /// A batch begins nothing new after this; with one call's time-out (30 seconds at most) it stays under the lease.
    static let batchTime = Duration.seconds(20)
    /// In one batch, where a second's worth is more.
    static let most = 10_000

    struct Lane: Hashable, Sendable {
        let channel: ChannelKind
        let pool: Outbox.Pool

        /// Calls at the same time.
        var width: Int {
            switch pool {
            case .now: 8
            case .soon: 4
            case .bulk: 24
            }
        }

        /// The part of a second's worth that this lane leaves for the more urgent ones.
        var reserve: Double {
            switch pool {
            case .now: 0
            case .soon: 0.1
            case .bulk: 0.2
            }
        }
    }

    /// A lane's own way out. The bucket is one for all lanes of a channel.
    struct Line: Sendable {
        let channel: Channel
        let bucket: TokenBucket
    }

    struct State {
        var lines: [Lane: Line] = [:]
        /// As wide as the lane, for as long as we run.
        var outsides: [Lane: Outside] = [:]
        var isStale = true
        var busy: Set<Lane> = []
        var hearsay: [ChannelKind: Hearsay] = [:]
        var turns: [Lane: Int] = [:]
        var stops = Stops()
    }

    package let database: Database
    package let keys: InstanceKeys
    package let outside: Outside
    package let words: Library
    /// Ours, without a trailing slash; empty on a machine that nobody reaches from outside.
    package let address: String
    /// The page that a message leads its reader to.
    package typealias Paths = @Sendable (Message, Transaction) throws -> String
    let paths: Paths
    /// What a message is about, in few words that are not sealed, what matters most first.
    package typealias Details = @Sendable (Message, Words, Transaction) throws -> [String]
    let details: Details
    let state = Mutex(State())

    package init(
        database: Database,
        keys: InstanceKeys,
        outside: Outside = .real(),
        words: Library,
        address: String,
        paths: @escaping Paths = { _, _ in "/" },
        details: @escaping Details = { _, _, _ in [] }
    ) {
        self.database = database
        self.keys = keys
        self.outside = outside
        self.words = words
        self.address = address.withoutTrailingSlash
        self.paths = paths
        self.details = details
        database.feed.subscribe { [weak self] events in self?.hear(events) }
    }

    /// Takes a text that a provider's signed call brought; `reader` reads what is neither "stop" nor "start".
    package func receive(_ inbound: InboundText, reader: InboundText.Reader? = nil) async throws {
        let (words, address, keys) = (words, address, keys)
        let read = { @Sendable (tx: Transaction) in
            try InboundText.receive(inbound, reader: reader, words: words, address: address, keys: keys, in: tx)
        }
        do {
            try await database.write(read)
        } catch DatabaseFailure.unique {
            // Two texts of one telephone reached two nodes in the same moment: now the other is there.
            try await database.write(read)
        }
    }

    /// Until the task is cancelled.
    package func run() async {
        if database.dialect == .sqlite { try? await reclaim(all: true) }
        var (looked, swept) = (ContinuousClock.now, ContinuousClock.now - .hours(1))
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                if let lanes = try? await due() {
                    for lane in lanes where self.begin(lane) {
                        group.addTask {
                            // A database that is gone for a moment: what was taken comes back when its lease ends.
                            _ = try? await self.drain(lane)
                            self.end(lane)
                        }
                    }
                }
                if ContinuousClock.now - looked > .seconds(5) {
                    looked = ContinuousClock.now
                    try? await reclaim(all: false)
                }
                if ContinuousClock.now - swept > .minutes(5) {
                    swept = ContinuousClock.now
                    try? await sweep()
                }
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    /// Sends everything due now, lane after lane; answers how many were handed over. For tests and `vecinos bench`.
    @discardableResult
    package func sendDue() async throws -> Int {
        var sent = 0
        var last = -1
        while sent != last {
            last = sent
            for lane in try await due() { sent += try await drain(lane) }
        }
        return sent
    }

    /// Forgets what is past its time; `run` does it every five minutes.
    package func sweep() async throws {
        try await database.write { tx in
            try Outbox.sweep(in: tx)
            try Subscriber.sweep(in: tx)
            try AddressBook.sweep(in: tx)
            try Contact.sweep(in: tx)
            try Bulletin.forget(in: tx)
        }
    }

    /// Gathers what begins, and finds the lanes with something to do. Nothing while locked.
    private func due() async throws -> Set<Lane> {
        guard keys.unlocked != nil else { return [] }
        for number in try await database.read({ tx in try Bulletin.gathering(in: tx) }) { try await gather(number) }
        let lanes = try await database.read { tx in
            try OutboxClaim.due(in: tx).map { Lane(channel: $0.channel, pool: $0.pool) }
                + BulletinRun.due(in: tx).map { Lane(channel: $0, pool: .bulk) }
        }
        guard !lanes.isEmpty else { return [] }
        let lines = try await lines()
        return Set(lanes).filter { lines[$0] != nil }
    }

    /// Looks through two slices side by side, each beside the writer, and writes them in order.
    func gather(_ number: Int64) async throws {
        guard try await database.read({ tx in try Bulletin.find(number, in: tx)?.follows }) == nil else {
            while try await database.write({ tx in try Bulletin.gather(number, in: tx) }) {}
            return
        }
        let database = database
        while true {
            async let second = database.read { tx in try Bulletin.choose(number, ahead: 1, in: tx) }
            let first = try await database.read { tx in try Bulletin.choose(number, in: tx) }
            for chosen in [first, try await second].compactMap({ $0 }) {
                guard try await database.write({ tx in try Bulletin.take(chosen, in: tx) }) else { return }
            }
            if first == nil { return }
        }
    }

    private func begin(_ lane: Lane) -> Bool { state.withLock { $0.busy.insert(lane).inserted } }
    private func end(_ lane: Lane) { state.withLock { _ = $0.busy.remove(lane) } }

    /// Batch after batch until nothing is due; answers how many were handed over.
    @discardableResult
    private func drain(_ lane: Lane) async throws -> Int {
        var handed = 0
        let book = AddressBook(lane.channel)
        while !Task.isCancelled {
            guard let line = try await lines()[lane] else { return handed }
            let granted = line.bucket.take(upTo: Self.most, keeping: lane.reserve)
            guard granted > 0 else {
                try await Task.sleep(for: line.bucket.pause)
                continue
            }
            let taken = try await batch(lane, line, book, limit: granted)
            line.bucket.giveBack(granted - taken.count)
            guard taken.found else { return handed }
            handed += taken.handed
        }
        return handed
    }

    private func batch(_ lane: Lane, _ line: Line, _ book: AddressBook, limit: Int) async throws
        -> (found: Bool, count: Int, handed: Int)
    {
        let lease = Ref<Post>.new().text
        let turn = nextTurn(lane)
        let (channel, pool) = (lane.channel, lane.pool)
        let rows = try await database.write { tx in
            try OutboxClaim.take(channel, pool, limit: limit, turn: turn, lease: lease, in: tx)
                .map { row in (row: row, errand: try self.errand(row, in: tx)) }
        }
        if !rows.isEmpty {
            let errands = rows.map(\.errand)
            let outcomes = await send(errands.count, lane, line) { index in
                [.row(rows[index].row.id.text)]
            } errand: { index in
                errands[index]
            }
            try await database.write { tx in
                for (one, outcome) in zip(rows, outcomes) {
                    try OutboxClaim.close(one.row, outcome, lease: lease, in: tx)
                }
            }
            return (true, rows.count, outcomes.count(where: \.wasHanded))
        }
        guard pool == .bulk else { return (false, 0, 0) }
        let many = try await database.write { tx in try Self.take(book, limit, turn, lease, in: tx) }
        guard let many else {
            let more = try await database.read { tx in try BulletinRun.due(in: tx).contains(channel) }
            return (more, 0, 0)
        }
        return (true, many.batch.turns.count, try await carry(many, lane, book))
    }

    private typealias Many = (batch: BulletinRun.Batch, texts: [String: Bulletin.Text])

    private static func take(_ book: AddressBook, _ limit: Int, _ turn: Int, _ lease: String, in tx: Transaction)
        throws
        -> Many?
    {
        let batch = try BulletinRun.take(from: book, limit: limit, turn: turn, lease: lease, in: tx)
        guard let batch else { return nil }
        return (batch, try Bulletin.texts(batch.bulletin.number, in: tx))
    }

    /// Batch after batch of what goes to many: what came of one is written in the transaction that takes the next, so that
    /// the disk is waited for once. Ends when nothing is there, or something else of the lane is. Answers how many were
    /// handed over; the first batch's tokens are taken already.
    private func carry(_ first: Many, _ lane: Lane, _ book: AddressBook) async throws -> Int {
        let channel = lane.channel
        var (many, handed) = (first, 0)
        while true {
            guard let line = try await lines()[lane] else { return handed }
            let (batch, texts) = many
            let size = min(Self.most, max(1, Int(line.bucket.rate)))
            async let ready: Void = book.prepare(behind: batch, size, database)
            let outcomes = await send(batch.turns.count, lane, line) { index in
                [.bulletin(batch.bulletin.number), .subscriber(batch.turns[index].subscriber)]
            } errand: { index in
                self.errand(batch.turns[index], of: batch.bulletin, texts, channel)
            }
            handed += outcomes.count(where: \.wasHanded)
            try await ready
            let goesOn = !Task.isCancelled && keys.unlocked != nil
            let granted = !goesOn ? 0 : line.bucket.take(upTo: Self.most, keeping: lane.reserve)
            let lease = Ref<Post>.new().text
            let turn = nextTurn(lane)
            let next = try await database.write { tx -> Many? in
                try BulletinBatch.close(batch, outcomes, in: tx)
                guard granted > 0, try !OutboxClaim.isDue(channel, lane.pool, in: tx) else { return nil }
                return try Self.take(book, granted, turn, lease, in: tx)
            }
            line.bucket.giveBack(granted - (next?.batch.turns.count ?? 0))
            guard let next else { return handed }
            many = next
        }
    }

    private func nextTurn(_ lane: Lane) -> Int {
        state.withLock { state in
            state.turns[lane, default: 0] += 1
            return state.turns[lane] ?? 0
        }
    }

    private func reclaim(all: Bool) async throws {
        if all {
            // SQLite has one process: whatever was leased before this one began is nobody's.
            try await database.write { tx in
                try tx.run("UPDATE outbox SET leased_until = \(tx.now - .seconds(1)) WHERE state = 'leased'")
                try tx.run("UPDATE bulletin_runs SET leased_until = \(tx.now - .seconds(1)) WHERE lease IS NOT NULL")
                try OutboxClaim.reclaim(in: tx)
            }
        } else if try await database.read({ tx in try OutboxClaim.hasExpiredLease(in: tx) }) {
            try await database.write { tx in try OutboxClaim.reclaim(in: tx) }
        }
    }

    /// The channels as the settings have them now. Each lane has lines of its own outside, so that no provider that hangs
    /// takes those of another, nor a broadcast those of an offer; and nothing in a batch waits for one.
    private func lines() async throws -> [Lane: Line] {
        if let known = state.withLock({ $0.isStale ? nil : $0.lines }) { return known }
        let keys = keys
        let providers = try await database.read { tx in try Provider.all(keys: keys, in: tx) }
        return state.withLock { state in
            let before = state.lines
            state.lines = [:]
            for provider in providers {
                var bucket: TokenBucket?
                for pool in Outbox.Pool.allCases {
                    let lane = Lane(channel: provider.kind, pool: pool)
                    let apart = state.outsides[lane] ?? outside.apart(lines: lane.width)
                    state.outsides[lane] = apart
                    guard let channel = Channel.made(provider, outside: apart, address: address) else { continue }
                    let known = before[lane]?.bucket
                    let shared = bucket ?? known.flatMap { $0.rate == channel.rate ? $0 : nil }
                    let one = shared ?? TokenBucket(rate: channel.rate)
                    bucket = one
                    state.lines[lane] = Line(channel: channel, bucket: one)
                }
            }
            state.isStale = false
            return state.lines
        }
    }
}
