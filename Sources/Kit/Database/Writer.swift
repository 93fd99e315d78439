// SPDX-License-Identifier: AGPL-3.0-or-later
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
        var waiting: [Item] = []
        var isRunning = false
        var wakeJobs: (@Sendable () -> Void)?
    }

    private static let queueLimit = 10_000
    private static let groupLimit = 256
    private static let attempts = 6

    private let driver: any Driver
    private let clock: Clock
    private let feed: ChangeFeed
    private let companions: Companions
    private let state = Mutex(State())

    init(driver: any Driver, clock: Clock, feed: ChangeFeed, companions: Companions) {
        (self.driver, self.clock, self.feed, self.companions) = (driver, clock, feed, companions)
    }

    func submit(_ item: Item) {
        enum Next { case start, wait, refuse }
        let next: Next = state.withLock { state in
            guard state.waiting.count < Self.queueLimit else { return .refuse }
            state.waiting.append(item)
            if state.isRunning { return .wait }
            state.isRunning = true
            return .start
        }
        switch next {
        case .start: driver.write { [self] outcome in drain(outcome) }
        case .wait: break
        case .refuse: item.done(Refusal.busy)
        }
    }

    func onJobs(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wakeJobs = wake } }

    private func drain(_ outcome: Result<any Connection, any Error>) {
        while true {
            let group: [Item] = state.withLock { state in
                let group = Array(state.waiting.prefix(Self.groupLimit))
                state.waiting.removeFirst(group.count)
                if group.isEmpty { state.isRunning = false }
                return group
            }
            if group.isEmpty { return }
            switch outcome {
            case .success(let connection): commit(group, on: connection)
            case .failure(let error): for item in group { item.done(error) }
            }
        }
    }

    private func commit(_ group: [Item], on connection: any Connection) {
        // Most groups hold nothing that fails: savepoints, each of which copies every page that is changed under it, come
        // only when one does. What runs twice is said to bear it (ARCHITECTURE.md).
        var hasSavepoints = false
        var attempt = 1
        while true {
            do {
                return try commitOnce(group, on: connection, hasSavepoints: hasSavepoints)
            } catch is OneFailed where group.count > 1 {
                hasSavepoints = true
            } catch DatabaseFailure.serialization where attempt < Self.attempts {
                attempt += 1
            } catch {
                let error = (error as? OneFailed)?.reason ?? error
                for item in group { item.done(error) }
                return
            }
        }
    }

    /// One of a group without savepoints failed, and with it the transaction.
    private struct OneFailed: Error {
        let reason: any Error
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
            try connection.script(begin)
            for item in group {
                let tx = Transaction(connection: connection, now: clock.now(), companions: companions)
                let error = try hasSavepoints ? run(item, tx) : runBare(item, tx)
                outcomes.append(error)
                guard error == nil else { continue }
                events += tx.events
                enqueuedJobs = enqueuedJobs || tx.enqueuedJobs
            }
            try connection.script("COMMIT")
        } catch {
            if connection.isInTransaction { try? connection.script("ROLLBACK") }
            throw error
        }
        feed.publish(events, complete: connection.dialect == .sqlite)
        if enqueuedJobs { state.withLock(\.wakeJobs)?() }
        for (item, error) in zip(group, outcomes) { item.done(error) }
    }

    private func runBare(_ item: Item, _ tx: Transaction) throws -> (any Error)? {
        do {
            try item.body(tx)
            return nil
        } catch let error as DatabaseFailure where error == .serialization {
            throw error
        } catch {
            throw OneFailed(reason: error)
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
