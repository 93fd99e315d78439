// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import People
import Response
import Synchronization
import Vault

/// The live streams of members. What changed is gathered for a moment, read once, written once a language, and the
/// same bytes go to everyone who reads it; who can't keep up is let go and catches up when the browser comes back.
package final class BoardHub: Sendable {
    enum Topic: Hashable, Sendable { case board, respond, console }

    private struct Client: Sendable {
        let caller: Caller
        let topic: Topic
        let t: Words
        /// Of its session: what it is told has buttons.
        let csrf: String
        let continuation: AsyncStream<ByteBuffer>.Continuation
        /// What it was told last, newest first.
        var told: [String] = []

        /// Who can't keep up is let go.
        func send(_ bytes: ByteBuffer) {
            if case .dropped = continuation.yield(bytes) { continuation.finish() }
        }
    }

    private struct Told: Encodable {
        let html: String
        let ids: [String]
    }

    private struct State {
        var clients: [Int: Client] = [:]
        var next = 0
        /// The server stops: new streams end at once, and the browser comes back to the next one.
        var isClosed = false
        var changed: Set<String> = []
        /// Of these, those that were not there before.
        var opened: Set<String> = []
        /// Whose messages are others than before.
        var told: Set<String> = []
        /// The newest event that was heard of.
        var heard: Int64 = 0
        /// What changed is being read and written.
        var isSending = false
        /// Up to where everybody who listens was told.
        var toldUpTo: Int64? { changed.isEmpty && !isSending && heard > 0 ? heard : nil }
        /// Who serves, as each language last read it.
        var serving: [Language: String] = [:]
        /// What the map of each language last showed: it is sent only when that changed.
        var maps: [Language: Set<Board.Mark>] = [:]
        /// The database didn't answer when it was last asked: what everybody sees may be old.
        var isStale = false
    }

    /// Long enough to gather a burst, short against the 150 ms that a report may take to the board.
    private static let gather = Duration.milliseconds(40)
    private static let heartbeat = Duration.seconds(15)
    /// While the database doesn't answer it is asked more often.
    private static let retry = Duration.seconds(2)
    private static let buffer = 256

    private let database: Database
    private let state = Mutex(State())
    private let signal: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(database: Database) {
        self.database = database
        (signal, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        database.feed.subscribe { [weak self] events in self?.hear(events) }
    }

    package var streams: Int { state.withLock(\.clients.count) }

    /// Renders and sends what changed, until cancelled. One of these runs beside the server.
    package func run(_ site: Site) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.beat(site) }
            for await _ in signal {
                try? await Task.sleep(for: Self.gather)
                await self.send(site)
            }
            group.cancelAll()
        }
        // The server stops: it waits for every answer to end, and a stream ends only here.
        let clients = state.withLock { state in
            state.isClosed = true
            return Array(state.clients.values)
        }
        for client in clients { client.continuation.finish() }
    }

    /// Sends everybody away at once: the instance was locked.
    func dismissAll() {
        for client in state.withLock({ Array($0.clients.values) }) {
            client.continuation.yield(Self.message("leave", "{}", id: nil))
            client.continuation.finish()
        }
    }

    func stream(_ topic: Topic, _ request: Request, _ context: MemberContext, site: Site) async throws -> Response {
        // A browser that comes back by itself says what it heard last; a page, what it was made with.
        let last =
            request.headers[.lastEventID].flatMap { Int64($0) }
            ?? request.uri.queryParameters["after"].flatMap { Int64($0) }
        let stream = try await open(topic, context.caller, context.t, csrf: context.token.csrf, after: last, site)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(asyncSequence: stream)
        )
    }

    /// `last`: the newest event that the page knows. What came since is told first; then, and with every beat, up to where
    /// that was, so that a browser whose quiet line broke knows what to ask for.
    func open(
        _ topic: Topic,
        _ caller: Caller,
        _ t: Words,
        csrf: String,
        after last: Int64? = nil,
        _ site: Site
    ) async throws -> AsyncStream<ByteBuffer> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ByteBuffer.self,
            bufferingPolicy: .bufferingOldest(Self.buffer)
        )
        let client = Client(caller: caller.withoutKeys, topic: topic, t: t, csrf: csrf, continuation: continuation)
        let id = state.withLock { state in
            state.next += 1
            state.clients[state.next] = client
            // The page may be older than its stream.
            if topic == .board { state.told.insert(caller.person.text) }
            return state.next
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { _ = $0.clients.removeValue(forKey: id) }
        }
        continuation.yield(Self.message("hello", "{}", id: nil))
        if state.withLock(\.isClosed) { continuation.finish() }
        guard topic == .board else { return stream }
        wake.yield()
        for bytes in try await missed(after: last, by: client, site) { continuation.yield(bytes) }
        return stream
    }

    // MARK: What changed

    private func hear(_ events: [Event]) {
        var gone: Set<String> = []
        var called: Set<String> = []
        var told: Set<String> = []
        var changed: Set<String> = []
        for event in events {
            // Of every report: of none of the rest.
            if event.kind == "incident.grew" || event.kind == "incident.opened" {
                changed.insert(event.subject)
                continue
            }
            changed.formUnion(Self.incidents(of: event))
            switch event.kind {
            case "person.removed", "person.signed_out", "person.signed_out_elsewhere", "person.roles_changed":
                gone.insert(event.subject)
            case "message.sent":
                called.insert(event.subject)
                told.insert(event.subject)
            case "message.acknowledged", "message.declined":
                told.insert(event.subject)
            default:
                if event.kind.hasPrefix("assignment."), let person = event.data["person"] { called.insert(person) }
            }
        }
        let (leaving, listening, isTold) = state.withLock { state in
            let reached = told.filter { person in
                state.clients.values.contains { $0.topic == .board && $0.caller.person.text == person }
            }
            state.told.formUnion(reached)
            state.changed.formUnion(changed)
            state.heard = max(state.heard, events.last?.id ?? 0)
            state.opened.formUnion(Self.opened(events))
            let leaving = state.clients.values.filter { gone.contains($0.caller.person.text) }
            return (
                leaving, state.clients.values.filter { $0.topic == .respond && called.contains($0.caller.person.text) },
                !reached.isEmpty
            )
        }
        for client in leaving {
            client.continuation.yield(Self.message("leave", "{}", id: nil))
            client.continuation.finish()
        }
        if events.contains(where: { $0.kind.hasPrefix("inquiry.") || $0.kind.hasPrefix("flood.") }) {
            for client in state.withLock({ $0.clients.values.filter { $0.topic == .console } }) {
                client.continuation.yield(Self.message("console", "{}", id: nil))
            }
        }
        if let drill = Self.drill(events) {
            for client in state.withLock({ $0.clients.values.filter { $0.topic == .board } }) {
                client.continuation.yield(drill)
            }
        }
        for client in listening { client.continuation.yield(Self.message("offer", "{}", id: nil)) }
        if !changed.isEmpty || isTold { wake.yield() }
    }

    /// Stands among what changed for what is no incident: what is told outside.
    private static let side = "side"
    /// And for who serves.
    private static let serving = "serving"

    private static func incidents(of event: Event) -> [String] {
        if event.kind.hasPrefix("shift.") { return [serving] }
        if ["broadcast.", "bulletin.", "flood.", "inquiry."].contains(where: event.kind.hasPrefix) { return [side] }
        return LiveBoard.incidents(of: event)
    }

    /// Whether our own people rehearse, when that changed.
    private static func drill(_ events: [Event]) -> ByteBuffer? {
        events.last { $0.kind == "exercise.started" || $0.kind == "exercise.ended" }.map { drill in
            message("drill", drill.kind == "exercise.started" ? "{\"on\":true}" : "{\"on\":false}", id: nil)
        }
    }

    private static func opened(_ events: [Event]) -> Set<String> {
        Set(events.lazy.filter { $0.kind == "incident.opened" || $0.kind == "incident.reopened" }.map(\.subject))
    }

    func send(_ site: Site) async {
        await tell(site)
        let (all, opened, clients, maps, heard) = state.withLock { state in
            defer { (state.changed, state.opened, state.isSending) = ([], [], true) }
            let clients = state.clients.filter { $0.value.topic == .board }
            return (state.changed, state.opened, clients, state.maps, state.heard)
        }
        defer { state.withLock { $0.isSending = false } }
        if all.contains(Self.serving) { await serve(site) }
        let changed = all.subtracting([Self.serving])
        guard !changed.isEmpty, let anybody = clients.values.first else { return }
        let refs = Set(changed.compactMap { Ref<Incident>($0) })
        let side = changed.contains(Self.side)
        guard let read = try? await BoardDelta.read(refs, side: side, site: site, by: anybody.caller) else {
            // Nobody hears of it now; at the next change, or when the database is back, it is told with the rest.
            state.withLock { state in
                state.changed.formUnion(changed)
                state.opened.formUnion(opened)
            }
            return sayStale()
        }
        for (language, listeners) in Dictionary(grouping: clients.values, by: \.t.language) {
            guard let first = listeners.first,
                let delta = try? BoardDelta(site: site, t: first.t, changed: refs, opened: opened, read: read)
                    .rendered(known: maps[language])
            else { continue }
            state.withLock { $0.maps[language] = delta.marks }
            // One write a client: the messages of a change belong together.
            let bytes = Self.messages(of: delta, id: heard)
            for client in listeners { client.send(bytes) }
        }
    }

    /// To each member what they were told, and nobody else. `ranOut`: what nobody withdrew by an event may be over by now.
    private func tell(_ site: Site, ranOut: Bool = false) async {
        let clients = state.withLock { state in
            defer { if !ranOut { state.told = [] } }
            return state.clients.filter { _, client in
                guard client.topic == .board else { return false }
                return ranOut ? !client.told.isEmpty : state.told.contains(client.caller.person.text)
            }
        }
        guard !clients.isEmpty else { return }
        let read = try? await site.database.read { tx in
            clients.mapValues { try? MessageList.waiting(for: $0.caller, site, in: tx) }
        }
        for (id, client) in clients {
            guard let messages = read?[id] ?? nil else {
                // Told with the next change.
                state.withLock { _ = $0.told.insert(client.caller.person.text) }
                continue
            }
            let ids = messages.map(\.mark)
            guard !ranOut || ids != client.told else { continue }
            state.withLock { $0.clients[id]?.told = ids }
            let list = MessageList(t: client.t, now: site.now, token: client.csrf, back: "/board", messages: messages)
            guard let json = try? BoardDelta.json(Told(html: list.html.string, ids: ids)) else { continue }
            client.send(Self.message("messages", json, id: nil))
        }
    }

    /// To everybody who serves now, when that is other than they read last: a shift also begins and ends by the clock.
    private func serve(_ site: Site) async {
        let (clients, known) = state.withLock { state in
            defer { state.serving = [:] }
            return (state.clients.values.filter { $0.topic == .board }, state.serving)
        }
        guard !clients.isEmpty,
            let read = try? await site.database.read({ tx in try ShiftPeople.Read(site, in: tx) })
        else { return }
        for (language, listeners) in Dictionary(grouping: clients, by: \.t.language) {
            guard let t = listeners.first?.t else { continue }
            let html = read.html(t)
            state.withLock { $0.serving[language] = html.string }
            guard known[language] != html.string, let json = try? BoardDelta.json(["html": html.string]) else {
                continue
            }
            let bytes = Self.message("people", json, id: nil)
            for client in listeners { client.send(bytes) }
        }
    }

    /// What came since, who serves, and up to where that was: a line that breaks before it heard all asks for all again.
    private func missed(after last: Int64?, by client: Client, _ site: Site) async throws -> [ByteBuffer] {
        let limit = 500
        let (events, newest, serving) = try await database.read { tx in
            (
                try last.map { try Event.after($0, limit: limit, in: tx) } ?? [], try Event.newest(in: tx),
                try ShiftPeople.Read(site, in: tx)
            )
        }
        let upTo = Self.message("beat", "{}", id: newest)
        guard last != nil else { return [upTo] }
        let changed = Set(events.flatMap(Self.incidents)).subtracting([Self.serving])
        guard events.count < limit, changed.count < limit / 4 else {
            return [Self.message("resync", "{}", id: nil), upTo]
        }
        let people = Self.message("people", try BoardDelta.json(["html": serving.html(client.t).string]), id: nil)
        let rest = [Self.drill(events), people, upTo].compactMap(\.self)
        guard !changed.isEmpty else { return rest }
        let refs = Set(changed.compactMap { Ref<Incident>($0) })
        let read = try await BoardDelta.read(refs, side: changed.contains(Self.side), site: site, by: client.caller)
        let delta = BoardDelta(site: site, t: client.t, changed: refs, opened: Self.opened(events), read: read)
        return [Self.messages(of: try delta.rendered(known: nil), id: nil)] + rest
    }

    /// `id`: the newest event that was heard of when it was read. What is read may be newer, and is told again.
    private static func messages(of delta: BoardDelta.Rendered, id: Int64?) -> ByteBuffer {
        var bytes = ByteBuffer()
        for event in delta.events { bytes.writeImmutableBuffer(message(event.name, event.json, id: id)) }
        return bytes
    }

    private func beat(_ site: Site) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: state.withLock(\.isStale) ? Self.retry : Self.heartbeat)
            await beatOnce(site)
        }
    }

    /// A beat says that what everybody sees is so: never without having asked the database.
    func beatOnce(_ site: Site) async {
        let clients = state.withLock { Array($0.clients.values) }
        guard !clients.isEmpty else { return state.withLock { $0.isStale = false } }
        // Streams stay: a database that doesn't answer ends no session.
        guard let alive = try? await database.read({ tx in try Session.alive(in: tx) }) else { return sayStale() }
        let (upTo, wasStale) = state.withLock { state in
            defer { state.isStale = false }
            return (state.toldUpTo, state.isStale)
        }
        // What could not be read before.
        if wasStale { wake.yield() }
        for client in clients {
            // A session that ended takes its streams along.
            if let session = client.caller.session, !alive.contains(session) {
                client.continuation.yield(Self.message("leave", "{}", id: nil))
                client.continuation.finish()
            } else {
                // Named, so that a script hears it too: the lack of it is how a page knows that nobody speaks.
                client.continuation.yield(Self.message("beat", "{}", id: client.topic == .board ? upTo : nil))
            }
        }
        await tell(site, ranOut: true)
        await serve(site)
    }

    /// To everybody whose page would otherwise go on saying that it is live.
    private func sayStale() {
        let clients = state.withLock { state in
            state.isStale = true
            return Array(state.clients.values)
        }
        for client in clients { client.send(Self.message("stale", "{}", id: nil)) }
    }

    /// One server-sent event (WHATWG HTML 9.2). JSON has no line ends of its own, so one data line is enough.
    private static func message(_ name: String, _ json: String, id: Int64?) -> ByteBuffer {
        ByteBuffer(string: "\(id.map { "id: \($0)\n" } ?? "")event: \(name)\ndata: \(json)\n\n")
    }
}

extension HTTPField.Name {
    static let lastEventID = HTTPField.Name("Last-Event-ID") ?? .ifMatch
}
