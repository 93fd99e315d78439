// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import HummingbirdTesting
import Kit
import NIOCore
import People
import Response
import Support
import Testing
import Vault

@testable import Web

/// The whole server on a socket, asked byte by byte. A cookie sends a request to the routes, so the same question with
/// and without one is answered by both.
@Suite("The fast lane")
struct FastLaneTests {
    private static let cookie = "Cookie: theme=dark\r\n"

    private static func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n"
    }

    private static func post(_ body: String, _ fields: String = "", path: String = "/api/v1/reports") -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }

    private func takes(_ site: Site, _ request: String) -> Bool {
        let lane = FastLane(site: site)
        guard let head = LaneHead(ByteBuffer(string: request)), head.isPlain else { return false }
        return lane.page(head) != nil || lane.isReport(head)
    }

    /// From now on nothing can be stored, and nothing else is wrong.
    private func closeForWrites(_ database: Database) async throws {
        try await database.write { tx throws in
            switch tx.dialect {
            case .sqlite: _ = try tx.one(Int.self, "PRAGMA query_only = 1")
            case .postgres:
                // For the connection that takes the place of this one too; the database is this test's own.
                try tx.run(
                    """
                    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on',
                        current_database()); END $$
                    """
                )
                try tx.run("SET default_transaction_read_only = on")
            }
        }
    }

    private func count(_ world: World) async throws -> Int {
        try await world.database.read { tx in try tx.count("SELECT count(*) FROM reports") }
    }

    // MARK: Pages

    @Test("A kept page is the same from the lane and from the routes, byte by byte, in every language and zipped")
    func pages() async throws {
        let door = try await Door()
        let site = door.site
        try await door.live { wire in
            for path in ["/help", "/about", "/privacy"] {
                for fields in ["", "Accept-Language: es\r\n", "Accept-Encoding: gzip, br\r\nAccept: text/html\r\n"] {
                    let asked = Self.get(path, fields)
                    let routed = try await wire.ask(Self.get(path, fields + Self.cookie))
                    #expect(takes(site, asked), "\(path) \(fields)")
                    #expect(!takes(site, Self.get(path, fields + Self.cookie)))
                    let answer = try await wire.ask(asked)
                    #expect(answer.undated == routed.undated, "\(path) \(fields)")
                    #expect(answer.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
                }
            }
        }
    }

    @Test("What is unusual is not for the lane")
    func unusualHeads() async throws {
        let door = try await Door()
        let site = door.site
        _ = try await door.get("/help")
        #expect(takes(site, Self.get("/help")))
        #expect(takes(site, Self.get("/help", "Connection: Keep-Alive\r\nX-Other: 1\r\n")))
        for fields in [
            "Cookie: a=b\r\n", "If-None-Match: \"x\"\r\n", "Range: bytes=0-1\r\n", "Expect: 100-continue\r\n",
            "Connection: close\r\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "Host: other\r\n",
            "Content-Encoding: gzip\r\n", "Upgrade: h2c\r\n", "X-Bad: \u{01}\r\n", "X-Far: é\r\n", " folded: 1\r\n",
            "X Space: 1\r\n", "X-Bare: 1\n",
        ] {
            #expect(!takes(site, Self.get("/help", fields)), "\(fields.debugDescription)")
        }
        for request in [
            "GET /help HTTP/1.0\r\nHost: a\r\n\r\n", "GET /help HTTP/1.1\r\n\r\n",
            "GET  /help HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a/help HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD /help HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /help HTTP/1.1\r\nHost: a\r\n", "get /help HTTP/1.1\r\nHost: a\r\n\r\n", "", "\r\n\r\n",
            "GET /help?lang=es HTTP/1.1\r\nHost: a\r\n\r\n",
        ] {
            #expect(!takes(site, request), "\(request.debugDescription)")
        }
    }

    // MARK: Reports

    @Test("A report has the same answer from the lane and from the routes, and is the same report")
    func reports() async throws {
        let door = try await Door()
        let site = door.site
        let world = door.world
        let body =
            #"{"kind":"vehicles","words":"Two vans \"outside\" the market\n¿dónde?","where":"#
            + #"{"latitude":34.0335,"longitude":-118.2057},"language":"es"}"#
        try await door.live { wire in
            _ = try await wire.ask(Self.post(body, Self.cookie)) // the first one reads the team's key
            let key = "Idempotency-Key: one-phone\r\n"
            #expect(takes(site, Self.post(body, key)))
            let fast = try await wire.ask(Self.post(body, key))
            let routed = try await wire.ask(Self.post(body, key + Self.cookie))
            #expect(fast.undated == routed.undated)
            #expect(fast.text.hasPrefix("HTTP/1.1 201 Created\r\n"))
            #expect(try await count(world) == 2)
            // And the other way round.
            let other = "Idempotency-Key: another\r\n"
            let first = try await wire.ask(Self.post(body, other + Self.cookie))
            #expect(try await wire.ask(Self.post(body, other)).undated == first.undated)
            #expect(try await count(world) == 3)
        }
        let rows = try await world.database.read { tx in
            try tx.rows("SELECT kind, channel, language, zone, photos, exercise, lane, state FROM reports ORDER BY id")
        }
        func text(_ row: Kit.Row) throws -> [String] {
            try [row["kind"], row["channel"], row["language"], row["zone"]]
        }
        #expect(Set(try rows.map(text)).count == 1)
        let incidents = try await world.database.read { tx in
            try tx.count("SELECT count(DISTINCT incident) FROM incident_reports")
        }
        #expect(incidents == 1, "grouped alike")
        let kinds = try await world.database.read { tx in
            try tx.list(
                String.self,
                "SELECT kind FROM events WHERE kind LIKE 'report.%' OR kind LIKE 'incident.%' ORDER BY id"
            )
        }
        #expect(kinds == ["incident.opened", "incident.grew", "incident.grew"])
    }

    @Test(
        "Behind what the decoder refuses, closes or takes out of HTTP, the lane answers nothing",
        arguments: [
            "FOO /help HTTP/1.1\r\nHost: a\r\n\r\n", "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n",
            "CONNECT /help HTTP/1.1\r\nHost: a\r\n\r\n",
        ]
    )
    func refused(first: String) async throws {
        let door = try await Door()
        let sample = Sample.report(door)
        try await door.live { wire in
            _ = try await wire.ask(first)
            // Closed, silent, or said to be no request; never taken.
            wire.waits(seconds: 30)
            let answer = try? await wire.ask(Self.post(sample))
            #expect(answer?.text.contains(" 201 ") != true)
        }
        let reports = try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM reports") }
        #expect(reports == 0)
    }

    @Test("A stranger who writes a path in endless ways does not fill the memory with copies")
    func slashes() async throws {
        let door = try await Door()
        #expect(try await door.get("//help/").status == 200)
        let key = PageCache.Key("//help/", .english)
        let page = try #require(door.site.pages.kept(key, version: door.site.packVersion))
        for number in 1...5_000 { door.site.pages.keep(page, as: PageCache.Key("\(number)", .english)) }
        #expect(door.site.pages.count <= 2_000)
    }

    @Test("What the lane stored is sealed, and opens to the words that were sent")
    func sealing() async throws {
        let door = try await Door()
        let world = door.world
        let sample = Sample.report(door)
        try await door.live { wire in
            _ = try await wire.ask(Self.post(sample, Self.cookie))
            _ = try await wire.ask(
                Self.post(
                    #"{"words":"Marked: a \"quiet\" corner \\ 你好","kind":"people","where":{"text":"Boyle Heights"}}"#
                )
            )
        }
        let reports = try await world.database.read { tx in
            try tx.all(Report.self, "SELECT * FROM reports")
        }
        #expect(reports.count == 2)
        #expect(reports.allSatisfy { !String(decoding: $0.sealed.blob, as: UTF8.self).contains("quiet") })
        let keyring = try #require(world.amina.keyring)
        let opened = try reports.map { try $0.sealed.open(kind: "report", record: $0.id.text, with: keyring) }
        #expect(
            opened.contains {
                $0.words == "Marked: a \"quiet\" corner \\ 你好" && $0.whereabouts.text == "Boyle Heights"
            }
        )
    }

    @Test("A body in pieces, a long pipeline and a mixed one: every answer, in the order of the questions")
    func order() async throws {
        let door = try await Door()
        let sample = Sample.report(door)
        try await door.live { wire in
            _ = try await wire.ask(Self.post(sample, Self.cookie))
            let whole = Array(Self.post(sample, "Idempotency-Key: pieces\r\n").utf8)
            for cut in [whole.count - 1, whole.count - 40, 30] {
                try wire.send(Array(whole[..<cut]))
                try await Task.sleep(for: .milliseconds(30))
                try wire.send(Array(whole[cut...]))
                #expect(try await wire.answer().text.hasPrefix("HTTP/1.1 201 Created\r\n"), "cut at \(cut)")
            }
        }
        try await door.live { wire in
            let requests = [
                Self.post(sample, "Idempotency-Key: a\r\n"), Self.get("/help"), Self.get("/nowhere"),
                Self.post(sample, "Idempotency-Key: b\r\n"), Self.get("/about", Self.cookie),
                Self.post(#"{"kind":"no such kind"}"#), Self.get("/privacy"),
            ]
            _ = try await wire.ask(Self.get("/help"))
            try wire.send(Array(requests.joined().utf8))
            var seen: [String] = []
            for _ in requests { seen.append(String(try await wire.answer().text.dropFirst(9).prefix(3))) }
            #expect(seen == ["201", "200", "404", "201", "200", "422", "200"])
        }
    }

    @Test("A pipeline longer than what is kept behind a report: every answer, in the order of the questions")
    func longPipeline() async throws {
        let door = try await Door()
        let sample = Sample.report(door)
        let filler = "X-Filler: \(String(repeating: "x", count: 400))\r\n"
        let questions = (0..<300).map { Self.post(sample, "Idempotency-Key: long-\($0)\r\n\(filler)") }
        try await door.live { wire in
            _ = try await wire.ask(Self.post(sample, Self.cookie))
            try wire.send(Array(questions.joined().utf8))
            var answers: [String] = []
            for _ in questions { answers.append(try await wire.answer().undated) }
            #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 201 Created\r\n") })
            #expect(Set(answers).count == questions.count)
            for index in stride(from: 0, to: questions.count, by: 37) {
                #expect(try await wire.ask(questions[index]).undated == answers[index], "\(index)")
            }
        }
        #expect(try await count(door.world) == questions.count + 1)
    }

    @Test("When no shred key is ready, the routes wait for one, and the report is taken all the same")
    func noKeyAtHand() async throws {
        let door = try await Door()
        let shredder = Shredder.fleeting(growsAtOnce: false)
        let world = door.world
        world.database.companions.attach(shredder)
        let sample = Sample.report(door)
        try await door.live { wire in
            _ = try await wire.ask(Self.post(sample, Self.cookie))
            _ = try await shredder.take(511)
            #expect(try await wire.ask(Self.post(sample)).text.hasPrefix("HTTP/1.1 201 Created\r\n"))
            #expect(try await count(world) == 2)
        }
    }

    @Test("What the lane hands to the routes is asked once for its place in the lane of floods, not twice")
    func oneToken() async throws {
        let door = try await Door()
        let sample = Sample.report(door)
        let peer = try SocketAddress(ipAddress: "203.0.113.9", port: 1)
        let lane = FastLane(site: door.site)
        let request = ByteBuffer(string: Self.post(sample))
        let head = try #require(LaneHead(request))
        _ = try await door.post("/api/v1/reports", json: sample) // the first one reads the team's key
        try await closeForWrites(door.world.database)
        for _ in 1...40 {
            let answers = AsyncStream<Bool>.makeStream()
            let isTaken = lane.file(head, Array(sample.utf8), from: peer) { filed in
                if case .route = filed() { answers.continuation.yield(true) } else { answers.continuation.yield(false) }
                answers.continuation.finish()
            }
            #expect(isTaken)
            for await isRouted in answers.stream { #expect(isRouted) }
        }
        #expect((1...40).count { _ in door.site.throttle.allowsReport(from: peer) } == 12)
    }

    @Test("A report without a key whose fate nobody knows is answered here: the routes would store it again")
    func inDoubt() async throws {
        let door = try await Door()
        let sample = Sample.report(door)
        _ = try await door.post("/api/v1/reports", json: sample)
        let lane = FastLane(site: door.site)
        for (fields, wanted) in [("", "HTTP/1.1 503"), ("Idempotency-Key: one\r\n", "route")] {
            let head = try #require(LaneHead(ByteBuffer(string: Self.post(sample, fields))))
            let said = lane.settled(.inDoubt, head, giveBack: {})
            switch said {
            case .answer(let bytes):
                let text = String(buffer: bytes)
                #expect(text.hasPrefix(wanted) && text.contains("Retry-After: 20\r\n"))
                #expect(text.contains("application/problem+json") && text.contains("can't tell yet"))
            case .route: #expect(wanted == "route")
            }
        }
    }

    @Test(
        "A request says its host, and says it once; the lane and the routes agree",
        arguments: ["", "Cookie: theme=dark\r\n"]
    )
    func hosts(fields: String) async throws {
        let door = try await Door()
        try await door.live { wire in
            let good = try await wire.ask("GET /help HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
            #expect(good.text.hasPrefix("HTTP/1.1 200 "))
            let none = try await wire.ask("GET /help HTTP/1.1\r\n\(fields)\r\n")
            #expect(none.text.hasPrefix("HTTP/1.1 400 "))
        }
        try await door.live { wire in
            let two = try await wire.ask("GET /help HTTP/1.1\r\nHost: a\r\nHost: b\r\n\(fields)\r\n")
            #expect(two.text.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test(
        "HTTP/1.0 is answered without a host, and its connection ends, as every one that asks for it",
        arguments: [
            ("GET /healthz HTTP/1.0\r\n\r\n", true), ("GET /help HTTP/1.0\r\nHost: localhost\r\n\r\n", true),
            ("GET /help HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n", false),
            ("GET /help HTTP/1.1\r\nHost: localhost\r\nConnection: Close\r\n\r\n", true),
            ("GET /help HTTP/1.1\r\nHost: localhost\r\nConnection: x, close\r\n\r\n", true),
            ("GET /help HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n", false),
        ]
    )
    func ends(_ asked: String, _ isOver: Bool) async throws {
        let door = try await Door()
        try await door.live { wire in
            wire.waits(seconds: 120)
            let answer = try await wire.ask(asked)
            #expect(answer.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            if isOver {
                await #expect(throws: Wire.Problem.self) { _ = try await wire.answer() }
            } else {
                #expect(try await wire.ask(asked).text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            }
        }
    }

    @Test("Who waits for a word before sending a body gets it; without a host HTTP/1.1 is refused")
    func expects() async throws {
        let door = try await Door()
        let world = door.world
        let sample = Sample.report(door)
        try await door.live { wire in
            wire.waits(seconds: 120)
            let asked = Self.post(sample, "Expect: 100-Continue\r\n")
            let head = try #require(asked.range(of: "\r\n\r\n")).upperBound
            let first = try await wire.ask(String(asked[..<head]))
            #expect(first.text == "HTTP/1.1 100 Continue\r\n\r\n")
            #expect(try await wire.ask(String(asked[head...])).text.hasPrefix("HTTP/1.1 201 Created\r\n"))
            #expect(try await count(world) == 1)
            let nameless = try await wire.ask("GET /healthz HTTP/1.1\r\n\r\n")
            #expect(nameless.text.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test("Who has a page already gets none", arguments: ["", "W/", "\"x\", ", "*"])
    func known(_ before: String) async throws {
        let door = try await Door()
        for path in ["/help", "/static/app.css"] {
            let tag = try #require(try await door.get(path).headers[.eTag])
            let known = before == "*" ? "*" : before + tag
            #expect(try await door.get(path, [.ifNoneMatch: known]).status == 304, "\(path) \(known)")
        }
        #expect(try await door.get("/help", [.ifNoneMatch: "\"x\", W/\"y\""]).status == 200)
    }

    @Test("Who says no to gzip gets plain bytes from the lane and from the routes")
    func plain() async throws {
        let door = try await Door()
        try await door.live { wire in
            for fields in ["", Self.cookie] {
                let no = try await wire.ask(Self.get("/help", "Accept-Encoding: br, gzip;q=0\r\n\(fields)"))
                #expect(no.text.contains("<html") && !no.text.contains("Content-Encoding"))
                let yes = try await wire.ask(Self.get("/help", "Accept-Encoding: gzip;q=0.1\r\n\(fields)"))
                #expect(yes.text.lowercased().contains("content-encoding: gzip"))
            }
        }
    }

    @Test("What the routes refuse is refused in the same words")
    func refusals() async throws {
        let door = try await Door()
        let world = door.world
        let sample = Sample.report(door)
        try await door.live { wire in
            _ = try await wire.ask(Self.post(sample, Self.cookie))
            let key = "Idempotency-Key: taken\r\n"
            _ = try await wire.ask(Self.post(sample, key))
            for (body, fields) in [
                (#"{"kind":"vehicles","words":"Call 213-555-0142","where":{"text":"Pico"}}"#, ""),
                (#"{"kind":"nothing we know","words":"x"}"#, ""), ("{}", ""), ("{", ""), (#"{"words":null}"#, ""),
                (#"{"words":"x","seen_at":"yesterday"}"#, "Accept-Language: es\r\n"),
                (#"{"words":"something else","kind":"people","where":{"text":"Pico"}}"#, key),
                (#"{"words":"\#(String(repeating: "a", count: 2_001))"}"#, ""),
                (#"{"words":"Vans at Pico","language":"xx"}"#, ""),
                (#"{"words":"Vans at Pico","language":"es-"}"#, "Accept-Language: fa\r\n"),
                (#"{"words":"black SUV with tinted windows","where":{"text":"Pico"}}"#, ""),
                (#"{"kind":"vehicles","words":"8ABC123","where":{"text":"Pico"}}"#, "Accept-Language: ko\r\n"),
            ] {
                let lane = try await wire.ask(Self.post(body, fields))
                let routed = try await wire.ask(Self.post(body, fields + Self.cookie))
                #expect(lane.undated == routed.undated, "\(body)")
                #expect(lane.text.hasPrefix("HTTP/1.1 4"), "\(body)")
            }
            #expect(try await count(world) == 2)
        }
    }

    @Test("The reader of reports takes what the routes read alike, and leaves all else to them")
    func bodies() throws {
        let good = [
            #"{"words":"a"}"#, "{}", #" { "kind" : "people" , "words":"\\ \/ \" \n\t" } "#,
            #"{"where":{"text":"Pico","place":"boyle-heights","latitude":-34,"longitude":118.25},"language":"es"}"#,
            #"{"seen_at":"2026-11-22T16:05:00Z","where":{}}"#, #"{"where":{"latitude":0.5,"longitude":-0}}"#,
            #"{"words":"a","language":""}"#, #"{"words":"a","language":"es_MX"}"#,
            #"{"where":{"latitude":34.047123,"longitude":-118.2198}}"#, #"{"where":{"latitude":0.1,"longitude":-0.3}}"#,
            #"{"where":{"latitude":9.00719925474099,"longitude":-1.23456789012345}}"#,
            #"{"where":{"latitude":34.04712345678901234,"longitude":-118.219876543210987}}"#,
        ]
        for text in good {
            let bytes = Array(text.utf8)
            let mine = try #require(LaneReport(bytes), "\(text)").filing(language: "en")
            let theirs = try JSONBody.decode(ReportJSON.self, bytes).filing(language: "en")
            #expect(mine.digest(with: mine.seenAt) == theirs.digest(with: theirs.seenAt), "\(text)")
            #expect(mine.language == theirs.language && LanguageCode.isReal(mine.language), "\(text)")
        }
        for text in [
            "", "[]", "{\"words\":\"a\"} x", #"{"words":"a",}"#, #"{"words":"a","words":"b"}"#, #"{"words":1}"#,
            #"{"other":1}"#, #"{"words":null}"#, #"{"words":"\u0041"}"#, "{\"words\":\"\u{01}\"}", #"{"words":"a"#,
            #"{"where":{"latitude":034.1,"longitude":1}}"#, #"{"where":{"latitude":1e2,"longitude":1}}"#,
            #"{"where":{"latitude":1}}"#, #"{"where":{"latitude":91,"longitude":1}}"#,
            #"{"where":{"latitude":.5,"longitude":1}}"#,
            #"{"where":{"latitude":1.,"longitude":1}}"#, #"{"seen_at":"now"}"#, #"{"salute":{}}"#, #"{'words':"a"}"#,
        ] {
            #expect(LaneReport(Array(text.utf8)) == nil, "\(text)")
        }
        #expect(LaneReport(Array(#"{"words":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)) == nil)
        #expect(LaneReport([0xEF, 0xBB, 0xBF] + Array("{}".utf8)) == nil)
    }
}

extension ReportFiling {
    /// All that was read, in one text.
    fileprivate func digest(with time: Instant?) -> String {
        let point = whereabouts.point.map { "\($0.latitude) \($0.longitude)" }
        let all = [kind, words, whereabouts.text, whereabouts.place, point, time?.iso8601, language, channel.rawValue]
        return all.map { $0 ?? "-" }.joined(separator: "|")
    }
}
