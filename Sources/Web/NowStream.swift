// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import NIOCore
import NIOHTTPTypes

/// One connection that listens to `NowHub`, on its own event loop: what `ConnectionGuard` keeps of it.
final class NowStream {
    let head: HTTPResponse
    private let hub: NowHub
    private let language: String
    private let cursor: String?
    private var ticket: Int?
    private var eventLoop: (any EventLoop)?
    /// It could not take a message, and has to read the page again.
    private var isBehind = false

    init(hub: NowHub, language: String, cursor: String?, head: HTTPResponse) {
        (self.hub, self.language, self.cursor, self.head) = (hub, language, cursor, head)
    }

    /// What to write first; nil when there are too many streams. `wire` takes bytes past the encoder: its answers without
    /// a length are chunks, and a message is one.
    func join(_ context: ChannelHandlerContext, wire: FastLaneHandler?) -> ByteBuffer? {
        let eventLoop = context.eventLoop
        let listener = NowHub.Listener(language: language, isFramed: wire != nil) { [weak self] bytes in
            guard let self else { return }
            guard context.channel.isWritable else {
                isBehind = true
                return
            }
            if let wire { wire.put(bytes) } else { Self.write(bytes, context) }
        } end: {
            context.writeAndFlush(Self.wrap(.end(nil)), promise: nil)
            context.close(promise: nil)
        }
        guard let (ticket, first) = hub.join(listener, since: cursor, on: eventLoop) else { return nil }
        self.ticket = ticket
        self.eventLoop = eventLoop
        return first
    }

    /// The connection takes bytes again, or not yet.
    func catchUp(_ context: ChannelHandlerContext) {
        guard isBehind, context.channel.isWritable else { return }
        isBehind = false
        Self.write(NowHub.resync, context)
    }

    func leave() {
        guard let ticket, let eventLoop else { return }
        self.ticket = nil
        hub.leave(ticket, on: eventLoop)
    }

    private static func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrap(.body(bytes)), promise: nil)
    }

    private static func wrap(_ part: HTTPResponsePart) -> NIOAny { NIOAny(part) }
}
