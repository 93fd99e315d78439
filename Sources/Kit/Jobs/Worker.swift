// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Logging
import Synchronization

/// Runs due jobs: wakes when one is enqueued, when one falls due, and each second in any case. A job runs at
/// least once; what it does must bear being done twice.
package final class Worker: Sendable {
    private typealias Handler = @Sendable (String) async throws -> Void

    private let database: Database
    private let logger: Logger
    private let handlers = Mutex<[String: Handler]>([:])
    /// Kinds that wait for somebody else's server: the others go on meanwhile.
    private let slow = Mutex<Set<String>>([])
    private let wake = Wake()
    private let postpones: @Sendable (any Error) -> Bool

    /// `postpones`: whether an error says "not now", as that of a locked instance does. Such a job waits and is tried
    /// again for as long as it takes.
    package init(
        database: Database,
        logger: Logger,
        postpones: @escaping @Sendable (any Error) -> Bool = { _ in false }
    ) {
        self.postpones = postpones
        self.database = database
        self.logger = logger
        let wake = wake
        database.onJobs { wake.signal() }
    }

    /// `isSlow`: it waits for somebody else's server, so it runs beside the others. It must end within the lease.
    package func handle<J: Job>(
        _ type: J.Type,
        isSlow: Bool = false,
        _ body: @escaping @Sendable (J) async throws -> Void
    ) {
        if isSlow { slow.withLock { _ = $0.insert(J.kind) } }
        handlers.withLock {
            $0[J.kind] = { payload in try await body(JSONDecoder().decode(J.self, from: Data(payload.utf8))) }
        }
    }

    /// Until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { beside in
            var isAway = false
            while !Task.isCancelled {
                do {
                    let (claimed, lease) = try await claim()
                    for row in claimed {
                        if slow.withLock({ $0.contains(row.kind) }) {
                            // When the database is gone, its lease ends and it is claimed again.
                            beside.addTask { try? await self.perform(row, lease: lease) }
                        } else {
                            try await perform(row, lease: lease)
                        }
                    }
                    if isAway { logger.notice("jobs: works again") }
                    isAway = false
                    if !claimed.isEmpty { continue }
                } catch {
                    // Once, however long it lasts.
                    if !isAway { logger.warning("jobs: the database did not answer. They wait until it does") }
                    isAway = true
                }
                await wake.wait(atMost: .seconds(1))
            }
        }
    }

    /// Runs everything due now, once; returns how many. Tests call this and move the clock.
    @discardableResult
    package func runDue() async throws -> Int {
        let (claimed, lease) = try await claim()
        for row in claimed { try await perform(row, lease: lease) }
        return claimed.count
    }

    private func claim() async throws -> (rows: [JobRow], lease: String) {
        let lease = Ref<Worker>.new().text
        let now = database.clock.now()
        let anything = try await database.read { tx in try JobRow.nextRun(in: tx).map { $0 <= now } ?? false }
        guard anything else { return ([], lease) }
        return (try await database.write { tx in try JobClaim.take(50, lease: lease, in: tx) }, lease)
    }

    private func perform(_ row: JobRow, lease: String) async throws {
        guard let handler = handlers.withLock({ $0[row.kind] }) else {
            return try await fail(row, lease, "nobody handles \(row.kind)")
        }
        do {
            try await handler(row.payload)
            try await database.write { tx in try JobRow.finish(row.id, lease: lease, in: tx) }
        } catch  where postpones(error) {
            try await database.write { tx in try JobRow.postpone(row, lease: lease, in: tx) }
        } catch {
            // Its kind only: an error's own words may hold what somebody wrote.
            try await fail(row, lease, String(describing: type(of: error)))
        }
    }

    private func fail(_ row: JobRow, _ lease: String, _ why: String) async throws {
        logger.warning("job failed", metadata: ["kind": "\(row.kind)", "attempt": "\(row.attempts)"])
        try await database.write { tx in try JobRow.fail(row, lease: lease, why: why, in: tx) }
    }
}

/// Lets one waiter sleep until somebody signals, or the time is up; a signal that comes early is kept.
private final class Wake: Sendable {
    private enum State {
        case idle
        case signalled
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    func signal() {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            if case .waiting(let continuation) = state {
                state = .idle
                return continuation
            }
            state = .signalled
            return nil
        }
        waiter?.resume()
    }

    func wait(atMost limit: Duration) async {
        let timer = Task {
            // A cancelled timer must stay silent: its signal would be kept, and every later wait end at once.
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            self.signal()
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    if case .signalled = state {
                        state = .idle
                        return true
                    }
                    state = .waiting(continuation)
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            signal()
        }
        timer.cancel()
    }
}
