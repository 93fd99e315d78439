// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import NIOCore
import Response
import Synchronization

/// The live streams of `/now`, for everybody. What changed is read once, written once a language, and the same bytes go
/// to all who listen: each event loop walks its own listeners, and nobody has a task or a buffer. Who can't take a
/// message is told to read the page again as soon as they can.
package final class NowHub: Sendable {
    /// One open connection, to be used on its own event loop only.
    struct Listener {
        let language: String
        /// It wants each message as a chunk of HTTP/1.1, ready for the wire.
        var isFramed = false
        let send: (ByteBuffer) -> Void
        let end: () -> Void
    }

    private typealias Loop = NIOLoopBoundBox<[Int: Listener]>

    private struct Sent: Sendable {
        let number: Int
        let bytes: [String: Message]
    }

    /// The same bytes, as they are and as one chunk (RFC 9112 7.1).
    private struct Message: Sendable {
        let plain: ByteBuffer
        let framed: ByteBuffer

        init(_ plain: ByteBuffer) {
            self.plain = plain
            var framed = ByteBuffer(string: String(plain.readableBytes, radix: 16) + "\r\n")
            framed.writeImmutableBuffer(plain)
            framed.writeString("\r\n")
            self.framed = framed
        }

        func bytes(for listener: Listener) -> ByteBuffer { listener.isFramed ? framed : plain }
    }

    private struct State {
        var last: PublicStatus?
        /// Of the newest change; part of the event ids.
        var number = 0
        /// The newest changes, for who comes back: without a gap up to `number`.
        var ring: [Sent] = []
        var loops: [ObjectIdentifier: Loop] = [:]
        var next = 0
        var count = 0
        var limit = 5_000
        var isClosed = false
        /// The database didn't answer when it was last asked: what everybody sees may be old.
        var isStale = false
    }

    /// Long enough to gather a burst.
    private static let gather = Duration.milliseconds(40)
    /// The same while nobody listens: the status is only kept up for who comes.
    private static let alone = Duration.milliseconds(500)
    private static let heartbeat = Duration.seconds(15)
    private static let remembered = 64

    /// Event ids of another process are not ours: whoever has one reads the page again.
    private let boot = RandomBytes.take(6).map { String($0, radix: 16) }.joined()
    private let state = Mutex(State())
    private let signal: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(database: Database) {
        (signal, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        database.feed.subscribe { [weak self] events in
            if events.contains(where: PublicStatus.changes) { self?.wake.yield() }
        }
    }

    package var streams: Int { state.withLock(\.count) }

    /// At most so many streams: the rest of the connections stays for everything else.
    package func admit(_ limit: Int) { state.withLock { $0.limit = limit } }

    /// What a page made now has seen. Take it before the status is read: a change that is told twice does no harm.
    var cursor: String { state.withLock { "\(boot)-\($0.number)" } }

    /// Tells what changes, until cancelled. One of these runs beside the server.
    package func run(_ site: Site) async {
        await look(site)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.heartbeat)
                    self.tellAll(Self.beat)
                    // What ends by the clock alone has no event.
                    self.wake.yield()
                }
            }
            for await _ in signal {
                try? await Task.sleep(for: streams > 0 ? Self.gather : Self.alone)
                await look(site)
            }
            group.cancelAll()
        }
        close()
    }

    /// Reads the status, and tells everybody what is new in it.
    func look(_ site: Site) async {
        let read = try? await site.status.current().value
        let (before, isHeard, wasStale) = state.withLock { state in
            defer { state.isStale = read == nil }
            return (state.last, state.count > 0, state.isStale)
        }
        guard let fresh = read else {
            if !wasStale { tellAll(Message(Self.stale)) }
            return
        }
        // What is known is said again on the page itself.
        if wasStale { tellAll(Message(Self.resync)) }
        guard fresh != before else { return }
        var bytes: [String: ByteBuffer] = [:]
        if let before, isHeard {
            for language in site.library.languages {
                let delta = NowDelta(from: before, to: fresh, site: site, t: site.library.words(language.code))
                guard let json = try? delta.json else { return }
                bytes[language.code] = ByteBuffer(string: json)
            }
        }
        let sent = state.withLock { state in
            state.last = fresh
            state.number += 1
            // Nobody listened, so nothing was written: who comes back with an older id reads the page again.
            guard !bytes.isEmpty else {
                state.ring = []
                return nil as Sent?
            }
            let sent = Sent(number: state.number, bytes: bytes.mapValues { Message(message($0, state.number)) })
            state.ring = state.ring.suffix(Self.remembered - 1) + [sent]
            return sent
        }
        if let sent { tell(sent) }
    }

    /// A new listener, on its event loop: nil when there are too many. Answers its ticket and what it missed since
    /// `cursor`.
    func join(_ listener: Listener, since cursor: String?, on eventLoop: any EventLoop) -> (
        ticket: Int, first: ByteBuffer
    )? {
        let admitted = state.withLock { state -> (Loop, Int, ByteBuffer)? in
            guard !state.isClosed, state.count < state.limit else { return nil }
            state.count += 1
            state.next += 1
            let key = ObjectIdentifier(eventLoop)
            let loop = state.loops[key] ?? NIOLoopBoundBox([:], eventLoop: eventLoop)
            state.loops[key] = loop
            return (loop, state.next, missed(since: cursor, listener.language, state))
        }
        guard let (loop, ticket, first) = admitted else { return nil }
        loop.value[ticket] = listener
        return (ticket, first)
    }

    /// On its event loop.
    func leave(_ ticket: Int, on eventLoop: any EventLoop) {
        let loop = state.withLock { $0.loops[ObjectIdentifier(eventLoop)] }
        guard loop?.value.removeValue(forKey: ticket) != nil else { return }
        state.withLock { $0.count -= 1 }
    }

    static let headers: HTTPFields = [
        .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store",
        // nginx would otherwise gather what should go out at once.
        .accelBuffering: "no",
    ]

    /// Tells a listener that it missed something.
    static let resync = ByteBuffer(string: "event: resync\ndata: {}\n\n")

    /// Tells a listener that what it shows can't be looked after for now.
    private static let stale = ByteBuffer(string: "event: stale\ndata: {}\n\n")

    /// Only that we are still there.
    private static let beat = Message(ByteBuffer(string: ":\n\n"))

    // MARK: How it is told

    private func tell(_ sent: Sent) { tell { sent.bytes[$0] } }

    private func tellAll(_ message: Message) { tell { _ in message } }

    /// `message`: for a language.
    private func tell(_ message: @escaping @Sendable (String) -> Message?) {
        for loop in state.withLock({ Array($0.loops.values) }) {
            loop.eventLoop.execute {
                for listener in loop.value.values {
                    if let message = message(listener.language) { listener.send(message.bytes(for: listener)) }
                }
            }
        }
    }

    private func close() {
        let loops = state.withLock { state in
            state.isClosed = true
            return Array(state.loops.values)
        }
        for loop in loops { loop.eventLoop.execute { for listener in loop.value.values { listener.end() } } }
    }

    private func missed(since cursor: String?, _ language: String, _ state: State) -> ByteBuffer {
        // The browser waits so long before it comes back; spread over two seconds, so that not all come at once.
        var first = ByteBuffer(string: "retry: \(2_000 + Int.random(in: 0...2_000))\n\n")
        if state.isStale { first.writeImmutableBuffer(Self.stale) }
        guard let cursor else { return first }
        let parts = cursor.split(separator: "-")
        guard parts.count == 2, parts[0] == boot, let number = Int(parts[1]), number <= state.number else {
            first.writeImmutableBuffer(Self.resync)
            return first
        }
        let after = state.ring.filter { $0.number > number }
        guard number == state.number || after.first?.number == number + 1 else {
            first.writeImmutableBuffer(Self.resync)
            return first
        }
        for sent in after { if let message = sent.bytes[language] { first.writeImmutableBuffer(message.plain) } }
        return first
    }

    private func message(_ json: ByteBuffer, _ number: Int) -> ByteBuffer {
        var bytes = ByteBuffer(string: "id: \(boot)-\(number)\nevent: change\ndata: ")
        bytes.writeImmutableBuffer(json)
        bytes.writeString("\n\n")
        return bytes
    }
}

extension HTTPField.Name {
    static let accelBuffering = HTTPField.Name("X-Accel-Buffering") ?? .vary
}
