// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Watches one connection: a head must come within 10 s, a whole request within 60 s, and a reader must take what is
/// written within 30 s. The framework has no such limits of its own; without them 1,100 idle sockets end the process.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Phase { case head, body, answering }

    private let crowd: ConnectionCrowd
    private var phase = Phase.head
    private var deadline: Scheduled<Void>?
    private var stall: Scheduled<Void>?
    private var ticket: Int?

    init(crowd: ConnectionCrowd) { self.crowd = crowd }

    func handlerAdded(context: ChannelHandlerContext) {
        ticket = crowd.enter(context.channel)
        arm(Limits.head, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            phase = .body
            if let ticket { crowd.isBusy(ticket) }
            arm(Limits.wholeRequest, context)
        case .body:
            break
        case .end:
            phase = .answering
            disarm()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data), phase == .answering {
            phase = .head
            if let ticket { crowd.isWaiting(ticket) }
            arm(Limits.idle, context)
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stall?.cancel()
            stall = nil
        } else if stall == nil {
            stall = closing(after: Limits.stalledWrite, context)
        }
        context.fireChannelWritabilityChanged()
    }

    private func arm(_ limit: Duration, _ context: ChannelHandlerContext) {
        disarm()
        deadline = closing(after: limit, context)
    }

    private func disarm() {
        deadline?.cancel()
        deadline = nil
    }

    private func closing(after limit: Duration, _ context: ChannelHandlerContext) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: .milliseconds(limit.inMilliseconds)) { channel.close(promise: nil) }
    }

    private func end() {
        disarm()
        stall?.cancel()
        stall = nil
        if let ticket { crowd.leave(ticket) }
        ticket = nil
    }
}

/// All open connections. When there are more than `limit`, the oldest that is not in the middle of a request makes
/// room, so that a neighbour gets in while somebody holds a thousand sockets open.
package final class ConnectionCrowd: Sendable {
    private struct State {
        var next = 0
        var channels: [Int: any Channel] = [:]
        /// Tickets of connections from which no complete head has come; oldest first.
        var waiting: [Int] = []
        var isWaiting: Set<Int> = []
    }

    private let limit: Int
    private let state = Mutex(State())

    package init(limit: Int) { self.limit = limit }

    package var count: Int { state.withLock(\.channels.count) }

    func enter(_ channel: any Channel) -> Int {
        let (ticket, evicted) = state.withLock { state -> (Int, (any Channel)?) in
            state.next += 1
            state.channels[state.next] = channel
            state.waiting.append(state.next)
            state.isWaiting.insert(state.next)
            guard state.channels.count > limit else { return (state.next, nil) }
            return (state.next, oldestWaiting(&state))
        }
        evicted?.close(promise: nil)
        return ticket
    }

    func isBusy(_ ticket: Int) { state.withLock { _ = $0.isWaiting.remove(ticket) } }

    func isWaiting(_ ticket: Int) {
        state.withLock { state in
            guard state.channels[ticket] != nil, state.isWaiting.insert(ticket).inserted else { return }
            state.waiting.append(ticket)
            // Stale entries are passed over when they come up; don't let them pile up meanwhile.
            if state.waiting.count > 8 * limit + 64 {
                var seen: Set<Int> = []
                let tickets = state.isWaiting
                state.waiting = state.waiting.reversed().filter { tickets.contains($0) && seen.insert($0).inserted }.reversed()
            }
        }
    }

    func leave(_ ticket: Int) {
        state.withLock { state in
            state.channels[ticket] = nil
            state.isWaiting.remove(ticket)
        }
    }

    private func oldestWaiting(_ state: inout State) -> (any Channel)? {
        var passed = 0
        defer { state.waiting.removeFirst(passed) }
        for ticket in state.waiting.dropLast() {
            passed += 1
            guard state.isWaiting.remove(ticket) != nil, let channel = state.channels[ticket] else { continue }
            return channel
        }
        return nil
    }
}
