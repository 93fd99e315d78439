// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("The front line")
struct FrontLineTests {
    private static let always = [
        "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy",
        "Cross-Origin-Resource-Policy", "Permissions-Policy", "Cache-Control",
    ]

    private func isSealed(_ answer: Answer) -> Bool {
        Self.always.allSatisfy { name in HTTPField.Name(name).flatMap { answer.headers[$0] } != nil }
    }

    // MARK: Answers

    @Test("A wrong method is told apart from a wrong path, and names what may be done")
    func methods() async throws {
        let door = try await Door()
        for (method, path, allowed) in [
            (HTTPRequest.Method.delete, "/report", "GET, HEAD, POST"), (.put, "/api/v1/reports", "POST"),
            (.post, "/now", "GET, HEAD"), (.patch, "/board/incidents/\(Ref<Incident>.new().text)", "GET, HEAD"),
            (.get, "/leave", "POST"), (.options, "/", "GET, HEAD"),
        ] {
            let answer = try await door.send(method, path)
            #expect(answer.status == 405, "\(method) \(path)")
            #expect(answer.headers[.allow] == allowed, "\(method) \(path)")
            #expect(isSealed(answer))
        }
        #expect(try await door.send(.delete, "/nowhere").status == 404)
        #expect(try await door.send(.get, "/nowhere").headers[.allow] == nil)
    }

    @Test("Every answer carries the headers: good ones and all kinds of errors")
    func headers() async throws {
        let door = try await Door()
        let long = String(repeating: "a", count: 80_000)
        var answers = [
            200: try await door.get("/"), 404: try await door.get("/nowhere"), 405: try await door.send(.put, "/now"),
            413: try await door.post("/report/answer", form: [("code", long)]),
            415: try await door.post("/report/answer", bytes: [1], type: "text/plain"),
            400: try await door.post(
                "/report",
                bytes: Array("kind=%zz".utf8),
                type: "application/x-www-form-urlencoded"
            ),
            422: try await door.post("/report", form: [("step", "what")]),
            403: try await door.post("/report", form: [], [.origin: "https://elsewhere.example"]),
            401: try await door.get("/api/v1/session"), 303: try await door.post("/leave", form: []),
        ]
        door.site.keys.lock()
        answers[503] = try await door.get("/sign-in")
        for (status, answer) in answers {
            #expect(answer.status == status)
            #expect(isSealed(answer), "\(status)")
        }
        #expect(answers[303]?.headers[.clearSiteData] != nil)
    }

    @Test("A form from our own page over plain http says no origin, and is taken; one from elsewhere isn't")
    func origins() async throws {
        let door = try await Door()
        let form = [("step", "what"), ("kind", "vehicles")]
        #expect(try await door.post("/report", form: form, [.origin: "null"]).status == 200)
        #expect(try await door.post("/report", form: form, [.origin: "http://localhost"]).status == 200)
        #expect(try await door.post("/report", form: form, [.origin: "http://localhost.elsewhere"]).status == 403)
        let elsewhere: HTTPFields = [.origin: "null", .secFetchSite: "cross-site"]
        #expect(try await door.post("/report", form: form, elsewhere).status == 403)
    }

    @Test("The way to the onion service stands on pages, and only when there is one")
    func onion() throws {
        var config = try Config(
            dataFolder: "/data",
            environment: ["VECINOS_CONTENT": World.content, "VECINOS_STATIC": World.content + "/../Sources/Web/Static"]
        )
        func location(_ type: String, _ path: String?) -> String? {
            var headers: HTTPFields = [.contentType: type]
            Envelope.seal(&headers, config, path: path)
            return headers[.onionLocation]
        }
        #expect(location("text/html; charset=utf-8", "/now") == nil)
        config.onion = "http://\(String(repeating: "a", count: 56)).onion"
        #expect(location("text/html; charset=utf-8", "/now") == config.onion.map { "\($0)/now" })
        #expect(location("application/json", "/api/v1/status") == nil)
        #expect(location("text/html; charset=utf-8", nil) == nil)
    }

    // MARK: Lanes

    @Test("A report that comes quicker than a person, or with the trap filled, is taken and waits in the other lane")
    func lanes() async throws {
        for (waits, trap, lane) in [(false, "", "overflow"), (true, "http://x", "overflow"), (true, "", "normal")] {
            let door = try await Door()
            let token = FormToken.issue(for: ReportDraft.purpose, at: door.site.now, keys: door.site.keys)
            if waits { door.world.clock.advance(by: .seconds(20)) }
            let answer = try await door.post(
                "/report",
                form: [
                    ("step", "when"), ("kind", "vehicles"), ("place", "Boyle Heights"), ("zone", "boyle-heights"),
                    ("words", "Two vans by the market"), ("website", trap), ("_token", token),
                ]
            )
            #expect(answer.status == 200)
            let kept = try await door.world.database.read { tx in try tx.list(String.self, "SELECT lane FROM reports") }
            #expect(kept == [lane])
        }
    }

    @Test("Buckets belong to a neighborhood of the network, and their names can't be told from addresses")
    func throttle() throws {
        let clock = ManualClock()
        let throttle = Throttle(clock: clock.clock, isOn: true)
        func peer(_ text: String) throws -> SocketAddress { try SocketAddress(ipAddress: text, port: 1) }
        for _ in 1...5 { try throttle.admitUnlock(from: peer("203.0.113.7")) }
        #expect(throws: Refusal.busy) { try throttle.admitUnlock(from: peer("203.0.113.99")) }
        try throttle.admitUnlock(from: peer("203.0.114.7"))
        let name = try #require(throttle.source(of: peer("203.0.113.7")))
        #expect(try throttle.source(of: peer("203.0.113.200")) == name)
        #expect(try throttle.source(of: peer("198.51.100.7")) != name)
        #expect(try Throttle(clock: clock.clock, isOn: true).source(of: peer("203.0.113.7")) != name)
        clock.advance(by: .hours(1))
        #expect(try throttle.source(of: peer("203.0.113.7")) != name, "the key is another each hour")
        #expect(throttle.source(of: nil) == nil)
    }

    // MARK: Once

    @Test("The same form sent twice is done once and gets the same receipt; another like it is another")
    func once() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        func start(_ name: String) async throws -> Answer {
            try await door.post(
                "/board/incidents/\(id)/verifying",
                form: [("_token", door.csrf), ("_once", name), ("version", "1")]
            )
        }
        let first = try await start("a")
        #expect(first.status == 303)
        let again = try await start("a")
        #expect(again.status == 303 && again.headers[.location] == first.headers[.location])
        #expect(isSealed(again))
        let world = door.world
        let begun = try await world.database.read { tx in
            try tx.count("SELECT count(*) FROM events WHERE kind = 'incident.verifying' AND subject = \(id)")
        }
        #expect(begun <= 1)
        #expect(try await start("b").status != 303, "a second one is refused by the verb itself")
    }

    @Test("Of forms sent at the same moment, the others wait for the first")
    func together() async throws {
        let receipts = Receipts()
        let name = receipts.name(Array("form".utf8))
        let now = ContinuousClock.now
        guard case .ours = receipts.begin(name, at: now) else { return #expect(Bool(false), "the first is ours") }
        guard case .underWay = receipts.begin(name, at: now) else { return #expect(Bool(false), "the second waits") }
        receipts.end(name, with: .see("/board"), at: now)
        guard case .done(let headers) = receipts.begin(name, at: now) else { return #expect(Bool(false), "done") }
        #expect(headers[.location] == "/board")
        guard case .ours = receipts.begin(name, at: now + .seconds(61)) else { return #expect(Bool(false), "a minute") }
        receipts.end(name, with: Response(status: .unprocessableContent), at: now)
        guard case .ours = receipts.begin(name, at: now) else { return #expect(Bool(false), "refused: may try again") }
    }

    @Test("Every form on members' pages has a name of its own")
    func named() async throws {
        let door = try await Door()
        try await door.signIn(.amina)
        for path in ["/board", "/settings", "/shifts", "/panic"] {
            let page = try await door.get(path)
            let names = page.text.matches(of: /name="_once" value="([^"]*)"/).map { String($0.output.1) }
            #expect(page.text.matches(of: /<form method="post"/).count <= names.count + 1, "\(path)")
            #expect(Set(names).count == names.count && !names.isEmpty, "\(path)")
        }
    }
}

@Suite("The waiting room")
struct WaitingRoomTests {
    private let keys = InstanceKeys.fleeting()
    private let clock = ManualClock()

    private func enter(_ room: WaitingRoom, _ ticket: String? = nil) -> WaitingRoom.Outcome {
        room.enter(ticket, at: clock.now, keys: keys)
    }

    private func ticket(_ outcome: WaitingRoom.Outcome) -> String? {
        guard case .wait(let ticket, _) = outcome else { return nil }
        return ticket
    }

    @Test("While there is room nobody waits")
    func empty() {
        let room = WaitingRoom(limit: 3)
        for _ in 1...3 { #expect(enter(room) == .inside) }
        #expect(ticket(enter(room)) != nil)
        for _ in 1...3 { room.leave() }
        #expect(enter(room) == .inside)
    }

    @Test("Who came first goes in first, and a newcomer goes behind them")
    func order() throws {
        let room = WaitingRoom(limit: 1)
        #expect(enter(room) == .inside)
        let first = try #require(ticket(enter(room)))
        let second = try #require(ticket(enter(room)))
        #expect(enter(room, second) == .wait(ticket: second, ahead: 1))
        #expect(enter(room, first) == .wait(ticket: first, ahead: 0))
        room.leave()
        _ = enter(room, first)
        #expect(ticket(enter(room)) != nil)
    }

    @Test("Who left the line doesn't hold it up")
    func gone() throws {
        let room = WaitingRoom(limit: 1)
        #expect(enter(room) == .inside)
        for _ in 1...20 { _ = enter(room) }
        let patient = try #require(ticket(enter(room)))
        clock.advance(by: .seconds(61))
        room.leave()
        #expect(enter(room, patient) == .inside)
    }

    @Test("A ticket that isn't ours, or of another place, is worth nothing")
    func forged() throws {
        let room = WaitingRoom(limit: 1)
        #expect(enter(room) == .inside)
        _ = enter(room)
        let mine = try #require(ticket(enter(room)))
        let token = mine.drop { $0 != "." }
        for bad in ["1\(token)", "", ".", "1.", "x.y", "-1\(token)", "99999999999999999999\(token)", "2.\(mine)"] {
            let given = try #require(ticket(enter(room, bad)))
            #expect(given != bad && given != mine)
        }
    }

    @Test("When the house is full a visitor waits without script, a reporter and a member never do")
    func door() async throws {
        let door = try await Door()
        try await door.signIn(.amina)
        for _ in 1...200 { _ = door.site.room.enter(nil, at: door.site.now, keys: door.site.keys) }
        #expect(try await door.get("/board").status == 200)
        door.signOut()
        let page = try await door.get("/help")
        #expect(page.status == 503 && page.headers[.retryAfter] == "8")
        #expect(page.headers[.cacheControl] == "no-store")
        let next = try #require(page.text.firstMatch(of: /http-equiv="refresh" content="8;url=([^"]*)"/)?.output.1)
        #expect(next.hasPrefix("/help?place=1."))
        #expect(!page.text.contains("<script"))
        for path in ["/report", "/report/answer", "/sign-in", "/unlock", "/healthz", "/api/v1/status"] {
            #expect(try await door.get(path).status == 200, "\(path)")
        }
        #expect(try await door.post("/api/v1/reports", json: Sample.report(door)).status == 201)
        for _ in 1...200 { door.site.room.leave() }
        #expect(try await door.get(String(next)).status == 200)
    }
}
