// SPDX-License-Identifier: AGPL-3.0-or-later
import NIOCore

/// Stands before the HTTP decoder and answers what `FastLane` can, one request at a time. All other bytes go on as they
/// came, and from then on it only counts them, to know when the next request begins. Where it can't know that, it stays
/// out of the way for the rest of the connection.
final class FastLaneHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private enum State {
        /// The next byte begins a request, and the decoder holds none.
        case between
        /// So many bytes of a request are still to come, for the routes.
        case passing(Int)
        /// Everything is for the routes.
        case aside
        case gathering(LaneHead, ByteBuffer)
        /// Waits for a reader who doesn't take what was answered, with what they ask next.
        case holding(ByteBuffer)
        /// Waits for the disk. Holds the request, for the routes if the lane can't answer after all.
        case filing(ByteBuffer)
    }

    private let lane: FastLane
    /// Shares what it knows of the connection: the routes' answers that are not out yet, and the limits of time.
    private let guardian: ConnectionGuard
    private var state = State.between
    /// What came behind a report that is being filed, or behind what is held.
    private var later: [ByteBuffer] = []
    private var laterCount = 0
    private var wantsRead = false
    private var events: [Any] = []
    private var hasForwarded = false
    /// As the channel says when it changes: asked for each page, it costs as much as the reading of a field.
    private var isWritable = true
    /// Its own place in the pipeline, while it has one.
    private var place: ChannelHandlerContext?

    /// So many bytes are kept while a report is on its way to the disk; then the sender has to wait. To stop reading for
    /// every report would be two calls of the kernel each.
    private static let mostLater = 65_536

    init(lane: FastLane, guardian: ConnectionGuard) { (self.lane, self.guardian) = (lane, guardian) }

    func handlerAdded(context: ChannelHandlerContext) { place = context }
    func handlerRemoved(context: ChannelHandlerContext) { place = nil }

    /// Bytes for the wire as they are, on the connection's event loop; for a stream, whose answer never ends by itself.
    func put(_ bytes: ByteBuffer) { place?.writeAndFlush(wrapOutboundOut(.byteBuffer(bytes)), promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { take(unwrapInboundIn(data), context) }

    /// Of one that doesn't read nothing is read; behind a report on its way to the disk, only so much.
    func read(context: ChannelHandlerContext) {
        if isHolding || (isFiling && laterCount >= Self.mostLater) { wantsRead = true } else { context.read() }
    }

    /// The end of the server waits for a report that is coming in, and the end of what is sent for the answer.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if waits || (isGathering && !(event is ChannelEvent)) {
            events.append(event)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    private var isGathering: Bool { if case .gathering = state { true } else { false } }
    private var isFiling: Bool { if case .filing = state { true } else { false } }
    private var isHolding: Bool { if case .holding = state { true } else { false } }
    private var waits: Bool { isFiling || isHolding }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable, case .holding(let asked) = state {
            state = .between
            // What `begin` leaves over comes before what came behind it.
            let behind = later
            later = []
            begin(asked, context)
            later += behind
            goOn(context)
        }
        context.fireChannelWritabilityChanged()
    }

    private func take(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        switch state {
        case .between: begin(buffer, context)
        case .aside: forward(buffer, context)
        case .filing, .holding: keep(buffer)
        case .passing(let rest):
            // Bytes of a next request in the same buffer: the decoder may keep some back.
            state = buffer.readableBytes < rest ? .passing(rest - buffer.readableBytes) : .aside
            if buffer.readableBytes == rest { state = .between }
            forward(buffer, context)
        case .gathering(let head, var request):
            state = .aside // So that the bytes have one owner, and are not copied for every piece.
            request.writeImmutableBuffer(buffer)
            gather(head, request, context)
        }
    }

    private func keep(_ buffer: ByteBuffer) {
        later.append(buffer)
        laterCount += buffer.readableBytes
    }

    /// Pages one after the other, as long as there are whole questions and room for the answers; then whatever comes next.
    private func begin(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        var buffer = buffer
        var isUnsent = false
        defer { if isUnsent { context.flush() } }
        while true {
            guard buffer.readableBytes > 0, let head = LaneHead(buffer) else {
                state = .aside
                guardian.isForPrograms = Self.isForPrograms(buffer)
                guardian.isOld = Self.isOld(buffer)
                return forward(buffer, context)
            }
            guard head.isPlain, guardian.isQuiet else { return pass(head, buffer, context) }
            if isUnsent, !isWritable {
                context.flush()
                isUnsent = false
            }
            guard isWritable else {
                state = .holding(buffer)
                return
            }
            if let count = head.count, count <= buffer.readableBytes, let page = lane.page(head) {
                context.write(wrapOutboundOut(.byteBuffer(page)), promise: nil)
                isUnsent = true
                guardian.laneAnswered()
                buffer.moveReaderIndex(forwardBy: count)
                if buffer.readableBytes == 0 { return }
                continue
            }
            guard lane.isReport(head) else { return pass(head, buffer, context) }
            guardian.laneBegins(isWhole: head.count.map { $0 <= buffer.readableBytes } ?? false)
            return gather(head, buffer, context)
        }
    }

    private func pass(_ head: LaneHead, _ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        guardian.isForPrograms = Self.isForPrograms(buffer)
        switch head.count.map({ $0 - buffer.readableBytes }) {
        case 0: state = .between
        case .some(let rest) where rest > 0: state = .passing(rest)
        case .some, nil: state = .aside
        }
        forward(buffer, context)
    }

    private func forward(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        hasForwarded = true
        context.fireChannelRead(wrapInboundOut(buffer))
    }

    /// What got nothing needn't hear that it was all. The channel then wants more, and asks for it from the other end of the
    /// pipeline: asked for here, it needn't go past all who had no part in it.
    func channelReadComplete(context: ChannelHandlerContext) {
        if hasForwarded { complete(context) } else { read(context: context) }
    }

    private func complete(_ context: ChannelHandlerContext) {
        guard hasForwarded else { return }
        hasForwarded = false
        context.fireChannelReadComplete()
    }

    /// Of a request that begins here; also of one that the decoder refuses.
    private static func isForPrograms(_ buffer: ByteBuffer) -> Bool {
        let line = buffer.readableBytesView.prefix(32)
        guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { return false }
        return line[line.index(after: space)...].starts(with: "/api/".utf8)
    }

    /// Its first line ends with HTTP/1.0, which the decoder tells nobody.
    private static func isOld(_ buffer: ByteBuffer) -> Bool {
        let line = buffer.readableBytesView.prefix(1_024).prefix { $0 != 0x0D && $0 != 0x0A }
        return line.count < buffer.readableBytes && line.suffix(9).elementsEqual(" HTTP/1.0".utf8)
    }

    private func gather(_ head: LaneHead, _ request: ByteBuffer, _ context: ChannelHandlerContext) {
        guard let count = head.count, request.readableBytes >= count else {
            state = .gathering(head, request)
            return
        }
        var rest = request
        guard let whole = rest.readSlice(length: count) else { return pass(head, request, context) }
        if rest.readableBytes > 0 { keep(rest) }
        state = .filing(whole)
        guardian.laneFiles()
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        let body = Array(whole.readableBytesView.dropFirst(head.headCount))
        let isTaken = lane.file(head, body, from: context.channel.remoteAddress) { filed in
            loop.execute { bound.value.0.end(filed(), bound.value.1) }
        }
        if !isTaken { end(.route, context) }
    }

    private func end(_ filed: FastLane.Filed, _ context: ChannelHandlerContext) {
        guard case .filing(let request) = state else { return }
        state = .between
        switch filed {
        case .answer(let answer):
            context.writeAndFlush(wrapOutboundOut(.byteBuffer(answer)), promise: nil)
            guardian.laneEnds()
        case .route:
            guardian.laneYields()
            forward(request, context)
            complete(context)
        }
        goOn(context)
    }

    /// With what came meanwhile.
    private func goOn(_ context: ChannelHandlerContext) {
        if !later.isEmpty {
            let waiting = later
            (later, laterCount) = ([], 0)
            for buffer in waiting { take(buffer, context) }
            complete(context)
        }
        guard !waits else { return }
        let missed = events
        events = []
        for event in missed { context.fireUserInboundEventTriggered(event) }
        if wantsRead {
            wantsRead = false
            context.read()
        }
    }
}
