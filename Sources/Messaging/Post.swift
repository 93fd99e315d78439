// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import People
import Synchronization
import Vault

/// Carries what waits in the outbox and the bulletins to the providers: a lane for each channel and pool, so that a slow
/// provider or a long broadcast holds up nothing else. While the instance is locked, all of it waits.
package final class Post: Sendable {
    /// A batch begins nothing new after this; with one call's time-out it stays under the lease.
    static let batchTime = Duration.seconds(20)

    struct Lane: Hashable, Sendable {
        let channel: ChannelKind
        let pool: Outbox.Pool

        /// Calls at the same time.
        var width: Int {
            switch pool {
            case .now: 8
            case .soon: 4
            case .bulk: 16
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

    private struct Line: Sendable {
        let channel: Channel
        let bucket: TokenBucket
    }

    private struct State {
        var lines: [ChannelKind: Line] = [:]
        var isStale = true
        var busy: Set<Lane> = []
        var turns: [Lane: Int] = [:]
    }

    package let database: Database
    package let keys: InstanceKeys
    package let outside: Outside
    package let words: Library
    /// Ours, without a trailing slash; empty on a machine that nobody reaches from outside.
    package let address: String
    private let state = Mutex(State())

    package init(database: Database, keys: InstanceKeys, outside: Outside = .real(), words: Library, address: String) {
        self.database = database
        self.keys = keys
        self.outside = outside
        self.words = words
        self.address = address.withoutTrailingSlash
        database.feed.subscribe { [weak self] events in
            guard events.contains(where: { $0.kind == "provider.changed" }) else { return }
            self?.state.withLock { $0.isStale = true }
        }
    }

    /// Takes a text that a provider's signed call brought; `reader` reads what is neither "stop" nor "start".
    package func receive(_ inbound: InboundText, reader: InboundText.Reader? = nil) async throws {
        let (words, address, keys) = (words, address, keys)
        try await database.write { tx in
            try InboundText.receive(inbound, reader: reader, words: words, address: address, keys: keys, in: tx)
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
            try Contact.sweep(in: tx)
            try Bulletin.forget(in: tx)
        }
    }

    /// Gathers what begins, and finds the lanes with something to do. Nothing while locked.
    private func due() async throws -> Set<Lane> {
        guard keys.unlocked != nil else { return [] }
        let gathering = try await database.read { tx in try Bulletin.gathering(in: tx) }
        for number in gathering {
            while try await database.write({ tx in try Bulletin.gather(number, in: tx) }) {}
        }
        let lanes = try await database.read { tx in
            try OutboxClaim.due(in: tx).map { Lane(channel: $0.channel, pool: $0.pool) }
                + BulletinRun.due(in: tx).map { Lane(channel: $0, pool: .bulk) }
        }
        guard !lanes.isEmpty else { return [] }
        let lines = try await lines()
        return Set(lanes).filter { lines[$0.channel] != nil }
    }

    private func begin(_ lane: Lane) -> Bool { state.withLock { $0.busy.insert(lane).inserted } }
    private func end(_ lane: Lane) { state.withLock { _ = $0.busy.remove(lane) } }

    /// Batch after batch until nothing is due; answers how many were handed over.
    @discardableResult
    private func drain(_ lane: Lane) async throws -> Int {
        var handed = 0
        while !Task.isCancelled {
            guard let line = try await lines()[lane.channel] else { return handed }
            let granted = line.bucket.take(upTo: 500, keeping: lane.reserve)
            guard granted > 0 else {
                try await Task.sleep(for: line.bucket.pause)
                continue
            }
            let taken = try await batch(lane, line, limit: granted)
            line.bucket.giveBack(granted - taken.count)
            guard taken.found else { return handed }
            handed += taken.handed
        }
        return handed
    }

    private func batch(_ lane: Lane, _ line: Line, limit: Int) async throws -> (found: Bool, count: Int, handed: Int) {
        let lease = Ref<Post>.new().text
        let turn = state.withLock { state in
            state.turns[lane, default: 0] += 1
            return state.turns[lane] ?? 0
        }
        let (channel, pool) = (lane.channel, lane.pool)
        let rows = try await database.write { tx in
            try OutboxClaim.take(channel, pool, limit: limit, turn: turn, lease: lease, in: tx)
                .map { row in (row: row, errand: try self.errand(row, in: tx)) }
        }
        if !rows.isEmpty {
            let outcomes = await send(rows.map(\.errand), lane, line)
            try await database.write { tx in
                for (one, outcome) in zip(rows, outcomes) {
                    try OutboxClaim.close(one.row, outcome, lease: lease, in: tx)
                }
            }
            return (true, rows.count, outcomes.count(where: \.wasHanded))
        }
        guard pool == .bulk else { return (false, 0, 0) }
        let many = try await database.write { tx -> (batch: BulletinRun.Batch, texts: [String: Bulletin.Text])? in
            guard let batch = try BulletinRun.take(channel, limit: limit, turn: turn, lease: lease, in: tx) else {
                return nil
            }
            return (batch, try Bulletin.texts(batch.bulletin.number, in: tx))
        }
        guard let many else {
            let more = try await database.read { tx in try BulletinRun.due(in: tx).contains(channel) }
            return (more, 0, 0)
        }
        let errands = many.batch.turns.map { errand($0, of: many.batch.bulletin, many.texts, channel) }
        let outcomes = await send(errands, lane, line)
        try await database.write { tx in try BulletinRun.close(many.batch, outcomes, in: tx) }
        return (true, errands.count, outcomes.count(where: \.wasHanded))
    }

    /// Hands over side by side, as wide as the lane; what had no turn in time goes back untried.
    private func send(_ errands: [Errand], _ lane: Lane, _ line: Line) async -> [Outcome] {
        let ends = ContinuousClock.now + Self.batchTime
        var outcomes = [Outcome](repeating: .notTried, count: errands.count)
        await withTaskGroup(of: (Int, Outcome).self) { group in
            var next = 0
            func add() {
                while next < errands.count {
                    let index = next
                    next += 1
                    switch errands[index] {
                    case .settled(let outcome):
                        outcomes[index] = outcome
                    case .hand(let parcel, let key):
                        guard ContinuousClock.now < ends else { continue }
                        group.addTask { (index, await Self.hand(parcel, key, line)) }
                        return
                    }
                }
            }
            for _ in 0..<lane.width { add() }
            while let (index, outcome) = await group.next() {
                outcomes[index] = outcome
                add()
            }
        }
        return outcomes
    }

    private static func hand(_ parcel: Parcel, _ key: String, _ line: Line) async -> Outcome {
        // A long text is paid for, and slowed by the carrier, by its parts.
        if line.channel.kind == .sms {
            line.bucket.spend(max(0, Segments(Segments.economical(parcel.text)).count - 1))
        }
        do {
            return .sent(reference: try await line.channel.send(parcel, key).reference)
        } catch let failure as ChannelFailure {
            if case .later(_, let after?) = failure { line.bucket.hold(for: min(after, .seconds(60))) }
            return Outcome(failure)
        } catch {
            return .later(why: "\(type(of: error))", after: nil)
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

    /// The channels as the settings have them now.
    private func lines() async throws -> [ChannelKind: Line] {
        if let known = state.withLock({ $0.isStale ? nil : $0.lines }) { return known }
        let keys = keys
        let providers = try await database.read { tx in try Provider.all(keys: keys, in: tx) }
        let made = providers.compactMap { Channel.made($0, outside: outside, address: address) }
        return state.withLock { state in
            let before = state.lines
            state.lines = [:]
            for channel in made {
                let bucket = before[channel.kind]?.bucket
                state.lines[channel.kind] = Line(
                    channel: channel,
                    bucket: bucket.flatMap { $0.rate == channel.rate ? $0 : nil } ?? TokenBucket(rate: channel.rate)
                )
            }
            state.isStale = false
            return state.lines
        }
    }
}

/// What is to be done for one row.
enum Errand: Sendable {
    case hand(Parcel, key: String)
    case settled(Outcome)
}

extension Outcome {
    var wasHanded: Bool { if case .sent = self { true } else { false } }
}
