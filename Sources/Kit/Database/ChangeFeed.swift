// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization

/// What was committed, told once to the live views and the in-memory indexes of this node, in order; on PostgreSQL
/// our own at once, those of other nodes when polled. Subscribers are listed in `App/Compose.swift`; each must be
/// quick, since the writer waits for it.
package final class ChangeFeed: Sendable {
    package typealias Subscriber = @Sendable ([Event]) -> Void

    private struct State {
        var subscribers: [Int: Subscriber] = [:]
        var next = 0
        var cursor: Int64 = 0
        /// Told already, and not yet polled: on PostgreSQL the poll sees our own events again.
        var recent: Set<Int64> = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Stays until `unsubscribe` with the answer.
    @discardableResult
    package func subscribe(_ subscriber: @escaping Subscriber) -> Int {
        state.withLock { state in
            state.next += 1
            state.subscribers[state.next] = subscriber
            return state.next
        }
    }

    package func unsubscribe(_ id: Int) { state.withLock { _ = $0.subscribers.removeValue(forKey: id) } }

    /// Start telling from here: everything up to `id` was read otherwise.
    package func begin(after id: Int64) { state.withLock { $0.cursor = max($0.cursor, id) } }

    var cursor: Int64 { state.withLock(\.cursor) }

    /// `complete`: these are all there is after the cursor, so it moves. On PostgreSQL our own commits are not: an
    /// event of another node with a smaller id may not have been polled yet, and must be told then.
    func publish(_ events: [Event], complete: Bool) {
        guard let last = events.last else { return }
        let (fresh, subscribers) = state.withLock { state in
            let fresh = events.filter { event in
                event.id > state.cursor
                    && (complete ? !state.recent.contains(event.id) : state.recent.insert(event.id).inserted)
            }
            if complete {
                let cursor = max(state.cursor, last.id)
                state.cursor = cursor
                state.recent = state.recent.filter { $0 > cursor }
            }
            return (fresh, state.subscribers.sorted { $0.key < $1.key }.map(\.value))
        }
        guard !fresh.isEmpty else { return }
        for subscriber in subscribers { subscriber(fresh) }
    }
}
