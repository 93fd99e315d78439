// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import NIOCore
import NIOHTTPTypes

/// Watches one connection: a head must come within 10 s, a whole request within 60 s, and a reader must take what is
/// written within 30 s. The framework has no such limits of its own; without them 1,100 idle sockets end the process.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Phase { case head, body, answering }

    private let crowd: ConnectionCrowd
    private let patience: Int
    /// The decoder refused something: from then on it alone says what becomes of the connection.
    private var isBroken = false
    private let lane: FastLane
    /// A question for the stream of `/now`, and then the stream: the last answer of its connection.
    private var asked: (question: HTTPRequestPart, stream: NowStream)?
    private var stream: NowStream?
    private var wire: FastLaneHandler?
    /// Questions that went on to the routes and are not answered yet: answers keep their order.
    private var inFlight = 0
    private var phase = Phase.head
    /// When what we wait for is too late; looked at every few seconds, since a timer each would cost more than a page.
    private var deadline: NIODeadline?
    private var stall: NIODeadline?
    /// The lane gave a page since the last look.
    private var isFresh = false
    /// A form with files: when it began, and how much of it has come.
    private var upload: (began: NIODeadline, bytes: Int)?
    private var tick: Scheduled<Void>?
    private var ticket: Int?
    private var hasTooLongHead = false
    /// What came asks for the interface of programs, as far as the first bytes tell.
    var isForPrograms = false
    /// It speaks HTTP/1.0.
    var isOld = false
    /// A request's head is there, and its body is still to come.
    private var isArriving = false

    /// `patience` is how many times longer than usual all limits are: only tests change it, in a process that is busy with
    /// a thousand others.
    init(crowd: ConnectionCrowd, lane: FastLane, patience: Int = 1) {
        self.crowd = crowd
        self.lane = lane
        self.patience = patience
    }

    func handlerAdded(context: ChannelHandlerContext) {
        ticket = crowd.enter(context.channel)
        arm(Limits.head)
        watch(context)
        let handler = FastLaneHandler(lane: lane, guardian: self)
        if (try? context.pipeline.syncOperations.addHandler(handler, position: .first)) != nil { wire = handler }
    }

    /// No request is on its way to the routes or back, and the connection is no stream.
    var isQuiet: Bool { !isBroken && inFlight == 0 && phase == .head && asked == nil && stream == nil }

    /// The lane takes a request, whose body may still be coming; then it waits for the disk; then it has answered.
    func laneBegins(isWhole: Bool) {
        if let ticket { isWhole ? crowd.isBusy(ticket) : crowd.isArriving(ticket) }
        isArriving = !isWhole
        arm(Limits.wholeRequest)
    }

    func laneFiles() {
        arrived()
        disarm()
    }

    private func arrived() {
        if isArriving, let ticket { crowd.isBusy(ticket) }
        isArriving = false
    }

    /// The routes get it after all; should the decoder drop it, the connection still ends.
    func laneYields() { arm(Limits.wholeRequest) }

    func laneEnds() {
        if let ticket { crowd.isWaiting(ticket) }
        arm(Limits.idle)
    }

    /// The same for a page, which came and went in one breath: it never counted as busy, and the clock is asked at the
    /// next look.
    func laneAnswered() { isFresh = true }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        switch part {
        case .head(let asking):
            let head = settled(asking)
            part = .head(head)
            guard stream == nil else { return context.close(promise: nil) }
            if inFlight == 0, let stream = lane.stream(head) {
                asked = (part, stream)
                return
            }
            inFlight += 1
            phase = .body
            let fields = head.headerFields
            isArriving = (fields[.contentLength] ?? "0") != "0" || fields[.transferEncoding] != nil
            if let ticket { isArriving ? crowd.isArriving(ticket) : crowd.isBusy(ticket) }
            arm(Limits.wholeRequest)
            let isUpload = head.headerFields[.contentType]?.hasPrefix("multipart/form-data") ?? false
            upload = isUpload ? (.now(), 0) : nil
            if isArriving, inFlight == 1, !isOld, fields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
        case .body(let bytes):
            grant(bytes.readableBytes)
            // A question with a body after all: the routes shall see it from its beginning.
            if let asked {
                self.asked = nil
                inFlight += 1
                context.fireChannelRead(wrapInboundOut(asked.question))
            }
        case .end:
            if let asked {
                self.asked = nil
                if open(asked.stream, context) { return }
                inFlight += 1
                context.fireChannelRead(wrapInboundOut(asked.question))
            }
            upload = nil
            arrived()
            if inFlight == 0 {
                // Answered before its body was whole: nothing is under way that would arm again.
                phase = .head
                if let ticket { crowd.isWaiting(ticket) }
                arm(Limits.idle)
            } else {
                phase = .answering
                disarm()
            }
        }
        context.fireChannelRead(wrapInboundOut(part))
    }

    /// As the framework reads it: it knows the wish to close in one spelling, and no HTTP/1.0, whose connections end with
    /// the answer and name no host (RFC 9112 3.2, 9.3, 9.6).
    private func settled(_ asking: HTTPRequest) -> HTTPRequest {
        let wish = asking.headerFields[.connection]
        guard isOld || wish != nil && wish != "close" else { return asking }
        let wishes = (wish ?? "").lowercased().split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
        var head = asking
        if wishes.contains("close") || isOld && !wishes.contains("keep-alive") {
            head.headerFields[.connection] = "close"
        }
        if isOld, head.authority == nil { head.authority = lane.config.host }
        return head
    }

    /// False when there are too many: the routes say so.
    private func open(_ stream: NowStream, _ context: ChannelHandlerContext) -> Bool {
        guard let first = stream.join(context, wire: wire) else { return false }
        self.stream = stream
        phase = .answering
        if let ticket { crowd.isBusy(ticket) }
        disarm()
        context.write(wrapOutboundOut(.head(stream.head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.body(first)), promise: nil)
        return true
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Only how it prints is to be had here: the error's type belongs to a library we don't depend on ourselves.
        if "\(error)".contains("overflow") { hasTooLongHead = true }
        isBroken = true
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // What the framework answers by itself, to what is no HTTP, never came by the envelope.
        if case .head(var head) = unwrapOutboundIn(data), head.status.kind != .informational,
            head.headerFields[.contentSecurityPolicy] == nil
        {
            if hasTooLongHead, head.status == .badRequest { head.status = .requestHeaderFieldsTooLarge }
            let isMalformed = isBroken && head.status.kind == .clientError
            let body = isMalformed ? lane.malformed.body(for: &head, isForPrograms: isForPrograms) : nil
            Envelope.seal(&head.headerFields, lane.config)
            guard let body else { return context.write(wrapOutboundOut(.head(head)), promise: promise) }
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            return context.write(wrapOutboundOut(.body(body)), promise: promise)
        }
        if case .end = unwrapOutboundIn(data) { inFlight = max(0, inFlight - 1) }
        if case .end = unwrapOutboundIn(data), phase == .answering {
            phase = .head
            if let ticket { crowd.isWaiting(ticket) }
            arm(Limits.idle)
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall = context.channel.isWritable ? nil : stall ?? after(Limits.stalledWrite)
        stream?.catchUp(context)
        context.fireChannelWritabilityChanged()
    }

    /// A long video takes minutes on a phone: it gets more time as long as it comes.
    private func grant(_ count: Int) {
        guard let (began, bytes) = upload else { return }
        upload = (began, bytes + count)
        // Who sends more all the time is none of those that hold a place.
        if (bytes + count) / 65_536 > bytes / 65_536, isArriving, let ticket { crowd.isArriving(ticket) }
        let earned = Limits.wholeRequest + .seconds((bytes + count) / Limits.slowestUpload)
        deadline = began + .milliseconds(min(earned, Limits.longestUpload).inMilliseconds)
    }

    private func arm(_ limit: Duration) { (deadline, isFresh) = (after(limit), false) }
    private func disarm() { (deadline, isFresh) = (nil, false) }

    private func after(_ limit: Duration) -> NIODeadline {
        .now() + .milliseconds(limit.inMilliseconds * Int64(patience))
    }

    private func watch(_ context: ChannelHandlerContext) {
        let channel = context.channel
        let guardian = NIOLoopBound(self, eventLoop: context.eventLoop)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        tick = context.eventLoop.scheduleTask(in: .seconds(3)) {
            let now = NIODeadline.now()
            if guardian.value.isFresh { guardian.value.arm(Limits.idle) }
            if [guardian.value.deadline, guardian.value.stall].contains(where: { $0.map { $0 <= now } ?? false }) {
                channel.close(promise: nil)
            } else {
                guardian.value.watch(bound.value)
            }
        }
    }

    private func end() {
        tick?.cancel()
        tick = nil
        if let ticket { crowd.leave(ticket) }
        ticket = nil
        stream?.leave()
        stream = nil
        wire = nil
    }
}
