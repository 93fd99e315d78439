// SPDX-License-Identifier: AGPL-3.0-or-later
import NIOCore
import Synchronization

/// All open connections. When there are more than `limit`, one makes room, so that a neighbor gets in while somebody holds
/// a thousand sockets open: of those that are not in the middle of a request, and those whose request is still arriving,
/// the one that has stood so for longest; where there is none, the newcomer.
package final class ConnectionCrowd: Sendable {
    /// Tickets in the order in which they came to stand here. Who left is passed over when their turn comes.
    private struct Line {
        private var entries: [(ticket: Int, turn: Int)] = []
        private var turns: [Int: Int] = [:]

        /// `turn` grows from one to the next, over all lines.
        mutating func join(_ ticket: Int, _ turn: Int) {
            turns[ticket] = turn
            entries.append((ticket, turn))
            if entries.count > 8 * turns.count + 64 { entries.removeAll { turns[$0.ticket] != $0.turn } }
        }

        mutating func leave(_ ticket: Int) { turns[ticket] = nil }

        /// The oldest but `newcomer`, and since when.
        mutating func oldest(but newcomer: Int) -> (ticket: Int, turn: Int)? {
            let gone = entries.prefix { turns[$0.ticket] != $0.turn }.count
            entries.removeFirst(gone)
            return entries.first.flatMap { $0.ticket == newcomer ? nil : $0 }
        }
    }

    private struct State {
        var next = 0
        /// Grows with every change of a line.
        private var turn = 0
        var channels: [Int: any Channel] = [:]
        /// From which no complete head has come.
        var waiting = Line()
        /// From which a head has come, and not yet all of its body.
        var arriving = Line()

        mutating func join(_ line: WritableKeyPath<State, Line>, _ ticket: Int) {
            turn += 1
            self[keyPath: line].join(ticket, turn)
        }

        /// Out of its line: who has stood longest without a whole request, but for `newcomer`.
        mutating func longest(but newcomer: Int) -> Int? {
            let oldest = [waiting.oldest(but: newcomer), arriving.oldest(but: newcomer)].compactMap { $0 }
            guard let ticket = oldest.min(by: { $0.turn < $1.turn })?.ticket else { return nil }
            waiting.leave(ticket)
            arriving.leave(ticket)
            return ticket
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    package init(limit: Int) { self.limit = limit }

    package var count: Int { state.withLock(\.channels.count) }

    func enter(_ channel: any Channel) -> Int {
        let (ticket, evicted) = state.withLock { state -> (Int, (any Channel)?) in
            state.next += 1
            let ticket = state.next
            state.channels[ticket] = channel
            state.join(\.waiting, ticket)
            guard state.channels.count > limit else { return (ticket, nil) }
            return (ticket, state.longest(but: ticket).flatMap { state.channels[$0] } ?? channel)
        }
        evicted?.close(promise: nil)
        return ticket
    }

    /// In the middle of a request: it has come, and is being answered.
    func isBusy(_ ticket: Int) {
        state.withLock { state in
            state.waiting.leave(ticket)
            state.arriving.leave(ticket)
        }
    }

    /// Its request is still coming. Said again, it has come on, and is the youngest of these.
    func isArriving(_ ticket: Int) {
        state.withLock { state in
            guard state.channels[ticket] != nil else { return }
            state.waiting.leave(ticket)
            state.join(\.arriving, ticket)
        }
    }

    func isWaiting(_ ticket: Int) {
        state.withLock { state in
            guard state.channels[ticket] != nil else { return }
            state.arriving.leave(ticket)
            state.join(\.waiting, ticket)
        }
    }

    func leave(_ ticket: Int) {
        state.withLock { state in
            state.channels[ticket] = nil
            state.waiting.leave(ticket)
            state.arriving.leave(ticket)
        }
    }
}
