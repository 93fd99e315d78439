// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import Synchronization

/// The group committer: waiting writes share one transaction and so one fsync, 44 to 86 times the rows a second
/// of a commit each. The queue is bounded: past it, people are told to come back rather than kept waiting.
final class Writer: Sendable {
    struct Item: Sendable {
        let body: @Sendable (Transaction) throws -> Void
        /// Called once, after the commit (nil) or with why it failed.
        let done: @Sendable ((any Error)?) -> Void
    }

    private struct State {
        /// By the number of the lane.
        var waiting: [[Item]] = WriteLane.allCases.map { _ in [] }
        /// Who waits for an empty log.
        var tidying: [@Sendable (Result<Bool, any Error>) -> Void] = []
        var isRunning = false
        var isClosed = false
        var wakeJobs: (@Sendable () -> Void)?

        /// Of each lane its share, and of what is left over as much as there is: ours first, a flood last.
        mutating func next() -> [Item] {
            var shares = WriteLane.allCases.map { min(waiting[$0.rawValue].count, Writer.share($0)) }
            var room = Writer.groupLimit - shares.reduce(0, +)
            for lane in shares.indices {
                let more = min(room, waiting[lane].count - shares[lane])
                shares[lane] += more
                room -= more
            }
            var group: [Item] = []
            for (lane, share) in shares.enumerated() where share > 0 {
                group += waiting[lane].prefix(share)
                waiting[lane].removeFirst(share)
            }
            return group
        }
    }

    private static let groupLimit = 256
    /// Fewer are told sooner than somebody else wakes up for it.
    private static let many = 8

    /// What a lane has of every group, if it has so many waiting: nobody waits for ever behind another.
    private static func share(_ lane: WriteLane) -> Int {
        switch lane {
        case .ours: 96
        case .neighbors: 128
        case .flood: 32
        }
    }

    private static let attempts = 6

    private let driver: any Driver
    private let clock: Clock
    private let feed: ChangeFeed
    private let companions: Companions
    private let state = Mutex(State())
    /// Many are told by somebody else, who also lets go of what they wrote, while the next group is written: a tenth of the
    /// writer's time. Whatever follows changes was told before.
    private let herald = DispatchQueue(label: "vecinos.writer.herald", qos: .userInitiated)

    init(driver: any Driver, clock: Clock, feed: ChangeFeed, companions: Companions) {
        (self.driver, self.clock, self.feed, self.companions) = (driver, clock, feed, companions)
    }

    private enum Next { case start, wait, refuse(any Error) }

    func submit(_ item: Item, _ lane: WriteLane) {
        let next: Next = state.withLock { state in
            if state.isClosed { return .refuse(DatabaseFailure.unavailable("closed")) }
            guard state.waiting[lane.rawValue].count < lane.limit else { return .refuse(Refusal.busy) }
            state.waiting[lane.rawValue].append(item)
            return Self.starts(&state)
        }
        switch next {
        case .start: begin()
        case .wait: break
        case .refuse(let error): item.done(error)
        }
    }

    /// What waits is written; whoever comes now is refused.
    func close() { state.withLock { $0.isClosed = true } }

    /// Between two commits. `done` runs on the writer's thread.
    func emptyLog(then done: @escaping @Sendable (Result<Bool, any Error>) -> Void) {
        let next = state.withLock { state in
            state.tidying.append(done)
            return Self.starts(&state)
        }
        if case .start = next { begin() }
    }

    private static func starts(_ state: inout State) -> Next {
        if state.isRunning { return .wait }
        state.isRunning = true
        return .start
    }

    private func begin() { driver.write { [self] outcome in drain(outcome) } }

    func onJobs(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wakeJobs = wake } }

    private func drain(_ outcome: Result<any Connection, any Error>) {
        while true {
            let (group, tidying) = state.withLock { state in
                let group = state.next()
                let tidying = state.tidying
                state.tidying = []
                if group.isEmpty, tidying.isEmpty { state.isRunning = false }
                return (group, tidying)
            }
            if group.isEmpty, tidying.isEmpty { return }
            switch outcome {
            case .success(let connection):
                if !group.isEmpty { commit(group, on: connection) }
                if !tidying.isEmpty {
                    let emptied = Result { try connection.emptyLog() }
                    for done in tidying { done(emptied) }
                }
                // Whoever waits now gets another connection: on this one they would fail, one group after the other.
                if !connection.isOpen { return begin() }
            case .failure(let error):
                for item in group { item.done(error) }
                for done in tidying { done(.failure(error)) }
            }
        }
    }

    private func commit(_ group: [Item], on connection: any Connection) {
        // Most groups hold nothing that fails: savepoints, each of which copies every page that is changed under it, come
        // only when one does. What runs twice is said to bear it (ARCHITECTURE.md).
        var group = group
        var hasSavepoints = false
        var isOneAway = false
        var attempt = 1
        while true {
            do {
                return try commitOnce(group, on: connection, hasSavepoints: hasSavepoints)
            } catch let one as OneFailed where group.count > 1 {
                hasSavepoints = true
                guard one.isAway else { continue }
                // One may have been unlucky alone. A second one says that it is the database, and a group of a hundred
                // must not wait a hundred times as long as a lock may take.
                guard !isOneAway else { return group.forEach { $0.done(one.reason) } }
                isOneAway = true
                group.remove(at: one.place).done(one.reason)
            } catch DatabaseFailure.serialization where attempt < Self.attempts {
                attempt += 1
            } catch {
                let error = (error as? OneFailed)?.reason ?? error
                for item in group { item.done(error) }
                return
            }
        }
    }

    /// One of a group failed, and with it the transaction: without savepoints, or for want of a database.
    private struct OneFailed: Error {
        let place: Int
        let reason: any Error
        /// PostgreSQL took nothing, and the others would wait for it as this one did. SQLite says it at once.
        let isAway: Bool

        init(_ place: Int, _ reason: any Error, on dialect: Dialect) {
            (self.place, self.reason) = (place, reason)
            if dialect == .postgres, case .unavailable = reason as? DatabaseFailure {
                isAway = true
            } else {
                isAway = false
            }
        }
    }

    /// Throws when the whole group failed; an item's own error goes to the item alone.
    private func commitOnce(_ group: [Item], on connection: any Connection, hasSavepoints: Bool) throws {
        let begin =
            switch connection.dialect {
            case .sqlite: "BEGIN IMMEDIATE"
            case .postgres: "BEGIN ISOLATION LEVEL SERIALIZABLE"
            }
        var outcomes: [(any Error)?] = []
        var events: [Event] = []
        var enqueuedJobs = false
        do {
            try connection.command(begin)
            for (place, item) in group.enumerated() {
                let tx = Transaction(
                    connection: connection,
                    now: clock.now(),
                    companions: companions,
                    isWriting: true
                )
                let error = try hasSavepoints ? run(item, tx) : runBare(item, tx)
                if let reason = error {
                    let failed = OneFailed(place, reason, on: connection.dialect)
                    if !hasSavepoints || failed.isAway { throw failed }
                }
                outcomes.append(error)
                guard error == nil else { continue }
                events += tx.events
                enqueuedJobs = enqueuedJobs || tx.enqueuedJobs
            }
            try end(connection)
        } catch {
            if connection.isInTransaction { try? connection.script("ROLLBACK") }
            throw error
        }
        feed.publish(events, complete: connection.dialect == .sqlite)
        if enqueuedJobs { state.withLock(\.wakeJobs)?() }
        tell(group, outcomes)
    }

    private func tell(_ group: [Item], _ outcomes: [(any Error)?]) {
        guard group.count >= Self.many else {
            for (item, error) in zip(group, outcomes) { item.done(error) }
            return
        }
        herald.async { for (item, error) in zip(group, outcomes) { item.done(error) } }
    }

    /// A database that went away without an answer may have kept everything: nobody may be told that it didn't.
    private func end(_ connection: any Connection) throws {
        do {
            try connection.command("COMMIT")
        } catch DatabaseFailure.unavailable(let why) where !connection.isOpen {
            throw DatabaseFailure.inDoubt(why)
        }
    }

    private func runBare(_ item: Item, _ tx: Transaction) throws -> (any Error)? {
        do {
            try item.body(tx)
            return nil
        } catch let error as DatabaseFailure where error == .serialization {
            throw error
        } catch {
            return error
        }
    }

    private func run(_ item: Item, _ tx: Transaction) throws -> (any Error)? {
        try tx.connection.command("SAVEPOINT item")
        do {
            try item.body(tx)
            try tx.connection.command("RELEASE item")
            return nil
        } catch let error as DatabaseFailure where error == .serialization {
            throw error
        } catch {
            // A full disk makes SQLite end the whole transaction: then nobody's write was kept.
            guard tx.connection.isInTransaction else {
                throw DatabaseFailure.unavailable("transaction ended: \(error)")
            }
            try tx.connection.command("ROLLBACK TO item")
            try tx.connection.command("RELEASE item")
            return error
        }
    }
}
