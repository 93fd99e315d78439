// SPDX-License-Identifier: AGPL-3.0-or-later
import NIOCore
import Synchronization

/// All open connections. When there are more than `limit`, one makes room, so that a neighbor gets in while somebody holds
/// a thousand sockets open: the oldest that is not in the middle of a request; where there is none, the one whose request
/// has been arriving longest; where there is none either, the newcomer.
package final class ConnectionCrowd: Sendable {
    /// Tickets in the order in which they came to stand here. Who left is passed over when their turn comes.
    private struct Line {
        private var tickets: [Int] = []
        private var places: [Int: Int] = [:]
        private var start = 0

        mutating func join(_ ticket: Int) {
            places[ticket] = start + tickets.count
            tickets.append(ticket)
            if tickets.count > 8 * places.count + 64 { forget() }
        }

        mutating func leave(_ ticket: Int) { places[ticket] = nil }

        /// The oldest but `newcomer`, out of the line.
        mutating func oldest(but newcomer: Int) -> Int? {
            var passed = 0
            defer {
                tickets.removeFirst(passed)
                start += passed
            }
            for ticket in tickets {
                if places[ticket] == start + passed {
                    guard ticket != newcomer else { return nil }
                    passed += 1
                    places[ticket] = nil
                    return ticket
                }
                passed += 1
            }
            return nil
        }

        private mutating func forget() {
            let left = tickets.enumerated().filter { places[$0.element] == start + $0.offset }.map(\.element)
            (tickets, start) = (left, 0)
            places = Dictionary(uniqueKeysWithValues: zip(left, 0...))
        }
    }

    private struct State {
        var next = 0
        var channels: [Int: any Channel] = [:]
        /// From which no complete head has come.
        var waiting = Line()
        /// From which a head has come, and not yet all of its body.
        var arriving = Line()
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
            state.waiting.join(ticket)
            guard state.channels.count > limit else { return (ticket, nil) }
            let one = state.waiting.oldest(but: ticket) ?? state.arriving.oldest(but: ticket)
            return (ticket, one.flatMap { state.channels[$0] } ?? channel)
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
            state.arriving.join(ticket)
        }
    }

    func isWaiting(_ ticket: Int) {
        state.withLock { state in
            guard state.channels[ticket] != nil else { return }
            state.arriving.leave(ticket)
            state.waiting.join(ticket)
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
