// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import NIOCore
import People
import Response
import Support
import Testing
import Vault

@testable import Messaging
@testable import Web

@Suite("Alerts and the console for programs")
struct APIBroadcastTests {
    private func key(_ door: Door) -> String {
        door.world.clock.advance(by: .seconds(31))
        let code = World.codes.code(step: OneTimeSecret.step(at: door.world.clock.now))
        return #"{"passphrase":"\#(World.passphrase)","code":"\#(code)"}"#
    }

    private func put(_ door: Door, _ path: String, _ json: String, version: String?) async throws -> Answer {
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.ifMatch] = version
        return try await door.send(.put, path, headers, ByteBuffer(string: json))
    }

    private static let words = #"""
        {"words":{"en":{"subject":"Alert","known":"Vans were seen.","todo":"Stay calm."}},"hours":2}
        """#

    private func confirmed(_ door: Door) async throws -> String {
        let id = try await door.incident()
        let (amina, timings) = (door.world.amina, door.world.timings)
        let incident = try #require(Ref<Incident>(id))
        let there = try await door.world.stoodThere(incident)
        try await door.world.database.write { tx in
            _ = try Incident.verify(
                incident,
                finding: .init(.confirmed, level: .onScene, how: .onScene, witness: there),
                by: amina,
                timings: timings,
                in: tx
            )
        }
        return id
    }

    @Test("one drafts, writes and asks; not with what somebody changed, not alone; another sends it, and one stops it")
    func twoKeys() async throws {
        let door = try await Door()
        let incident = try await confirmed(door)
        try await door.signIn(.amina)
        let begun = try await door.post("/api/v1/broadcasts", json: #"{"incident":"\#(incident)"}"#)
        #expect(begun.status == 201 && begun.json["phase"] as? String == "draft")
        let id = try #require(begun.json["id"] as? String)
        let path = "/api/v1/broadcasts/\(id)"
        let version = try #require(begun.headers[.eTag])
        let again = try await door.post("/api/v1/broadcasts", json: #"{"incident":"\#(incident)"}"#)
        #expect(again.json["id"] as? String == id, "one at a time for an incident: sent twice, it is the same")
        let stale = try await put(door, "\(path)/words", Self.words, version: "\"99\"")
        #expect(stale.status == 409 && stale.isProblem)
        #expect(try await put(door, "\(path)/words", Self.words, version: "nonsense").status == 409)
        let bad = try await put(
            door,
            "\(path)/words",
            #"{"words":{"en":{"subject":"","known":"x","todo":"y"}}}"#,
            version: version
        )
        #expect(bad.status == 422 && bad.fields == ["subject-en"])
        let written = try await put(door, "\(path)/words", Self.words, version: version)
        #expect(written.status == 200 && written.text.contains("Vans were seen."))
        #expect(try await put(door, "\(path)/words", Self.words, version: version).status == 409)
        #expect(try await door.post("\(path)/approval", json: key(door)).status == 403, "a dispatcher is no second key")
        #expect(try await door.post("\(path)/request", json: #"{"passphrase":"wrong"}"#).status == 422)
        let asked = try await door.post("\(path)/request", json: key(door))
        #expect(asked.status == 201 && asked.json["phase"] as? String == "waiting")
        #expect(try await door.delete("\(path)/request").json["phase"] as? String == "draft", "taken back")
        #expect(try await door.post("\(path)/request", json: key(door)).status == 201)

        try await door.signIn(.ruth)
        #expect(try await door.post("\(path)/approval", json: #"{"passphrase":"wrong"}"#).status == 422)
        let sent = try await door.post("\(path)/approval", json: key(door))
        #expect(sent.status == 201, "\(sent.text)")
        #expect(try await door.post("\(path)/approval", json: key(door)).status == 409)

        try await door.signIn(.amina)
        #expect(try await door.post("\(path)/stop", json: "{}").json["phase"] as? String == "stopped")
        #expect(try await door.post("\(path)/stop", json: "{}").status == 409)
        #expect(try await door.post("\(path)/again", json: "{}").status == 409, "what was stopped stays so")
        #expect(try await door.post("\(path)/review", json: "{}").status == 200)
        #expect(try await door.post("\(path)/tellings", json: #"{"act":"alert"}"#).fields == ["act"])
        #expect(try await door.post("\(path)/tellings", json: #"{"act":"correction"}"#).status == 201)
        #expect(try await door.delete(path).status == 200, "throws away what is being written, and nothing else")
        #expect(try await door.post("\(path)/ending", json: #"{"how":"x"}"#).fields == ["how"])
        let ended = try await door.post("\(path)/ending", json: #"{"how":"withdrawn"}"#)
        #expect(ended.status == 201 && ended.json["phase"] as? String == "withdrawn")
        let list = try await door.get("/api/v1/broadcasts")
        #expect((list.json["ended"] as? [[String: Any]])?.first?["id"] as? String == id)
    }

    @Test("the same person with both roles is refused as the second key, by a program too")
    func samePerson() async throws {
        let door = try await Door()
        let incident = try await confirmed(door)
        try await door.signIn(.ruth)
        let begun = try await door.post("/api/v1/broadcasts", json: #"{"incident":"\#(incident)"}"#)
        let path = "/api/v1/broadcasts/\(begun.json["id"] as? String ?? "")"
        // Nobody else could approve it: asking is refused at once.
        let lonely = try await door.post("\(path)/request", json: key(door))
        #expect((400..<500).contains(lonely.status))
        _ = try await door.world.member(named: "Sol", [.coordinator])
        #expect(try await door.post("\(path)/request", json: key(door)).status == 201)
        let own = try await door.post("\(path)/approval", json: key(door))
        #expect(own.status == 403 && own.isProblem)
        #expect(try await door.get(path).json["phase"] as? String == "waiting")
    }

    @Test("a notice sent twice with one key is begun once")
    func noticeOnce() async throws {
        let door = try await Door()
        try await door.signIn(.amina)
        let key: HTTPFields = [.idempotencyKey: "k1"]
        let body = #"{"topic":"events","zone":"pacoima"}"#
        #expect(try await door.post("/api/v1/broadcasts", json: body, key).status == 201)
        #expect(try await door.post("/api/v1/broadcasts", json: body, key).status == 409)
        #expect(try await door.post("/api/v1/broadcasts", json: #"{"topic":"alerts","zone":"*"}"#).fields == ["topic"])
        #expect((try await door.get("/api/v1/broadcasts").json["open"] as? [Any])?.count == 1)
    }

    @Test("a stranger, a role without it and a cookie alone get nowhere")
    func refused() async throws {
        let door = try await Door()
        let id = "01980000-0000-7000-8000-000000000000"
        for path in ["/api/v1/broadcasts", "/api/v1/broadcasts/\(id)", "/api/v1/inquiries"] {
            #expect(try await door.get(path).status == 401)
        }
        try await door.signIn(.lupe)
        #expect(try await door.get("/api/v1/broadcasts").status == 403)
        #expect(try await door.get("/api/v1/inquiries").status == 403)
        #expect(try await door.post("/api/v1/broadcasts", json: #"{"incident":"\#(id)"}"#).status == 403)
        #expect(try await door.post("/api/v1/inquiries/\(id)/closure", json: "{}").status == 403)
        try await door.signIn(.amina)
        let bare: HTTPFields = [.csrfToken: "x"]
        #expect(try await door.post("/api/v1/broadcasts", json: "{}", bare).status == 403)
        #expect(try await door.post("/api/v1/broadcasts/\(id)/stop", json: "{}", bare).status == 403)
        #expect(try await door.delete("/api/v1/inquiries/\(id)/spam", bare).status == 403)
        #expect(try await door.get("/api/v1/broadcasts/\(id)").status == 404)
        #expect(try await door.post("/api/v1/inquiries/\(id)/closure", json: "{}").status == 404)
    }

    @Test("who called or wrote is listed without a number and answered once")
    func console() async throws {
        let door = try await Door()
        _ = try await Telephone(door)
        let (places, keys) = (door.world.places, door.site.keys)
        let heard = try await door.world.database.write { tx in
            try Inquiry.hear(
                "Is it true about Pacoima?",
                by: .sms,
                from: Telephone.number,
                language: "en",
                places: places,
                keys: keys,
                in: tx
            )
        }
        try await door.signIn(.amina)
        let list = try await door.get("/api/v1/inquiries")
        #expect(list.text.contains("Is it true about Pacoima?") && !list.text.contains("5550177"))
        let path = "/api/v1/inquiries/\(heard.id)"
        #expect(try await door.post("\(path)/answers", json: #"{"words":"No.","turn":7}"#).status == 409)
        #expect(try await door.post("\(path)/answers", json: #"{"words":" ","turn":1}"#).status == 422)
        let answered = try await door.post("\(path)/answers", json: #"{"words":"It is not true.","turn":1}"#)
        #expect(answered.status == 201 && answered.json["answered_by"] as? String == "Amina")
        let key: HTTPFields = [.idempotencyKey: "k1"]
        for _ in 0..<2 {
            let more = try await door.post("\(path)/answers", json: #"{"words":"Not at all.","turn":1}"#, key)
            #expect(more.status == 201)
        }
        let sent = try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM outbox") }
        #expect(sent == 2, "the same key sends once")
        #expect(try await door.post("\(path)/call", json: "{}").status == 422, "nobody carries calls")
        #expect(try await door.post("\(path)/spam", json: "{}").json["lane"] as? String == "spam")
        #expect(try await door.delete("\(path)/spam").json["lane"] as? String == "new")
        #expect(try await door.post("\(path)/closure", json: "{}").json["state"] as? String == "closed")
        let empty = try await door.get("/api/v1/inquiries")
        #expect((empty.json["items"] as? [Any])?.isEmpty == true)
    }
}
