// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import Response
import Support
import Testing

@testable import Web

@Suite("The API for members")
struct APIMemberTests {
    @Test(
        "A stranger is asked to sign in, whatever they ask for",
        arguments: [
            "/api/v1/session", "/api/v1/incidents", "/api/v1/assignments",
            "/api/v1/incidents/01980000-0000-7000-8000-000000000000",
        ]
    )
    func strangers(_ path: String) async throws {
        let door = try await Door()
        let answer = try await door.get(path)
        #expect(answer.status == 401)
        #expect(answer.isProblem)
        #expect(answer.headers[.wwwAuthenticate] != nil)
    }

    @Test("The session says who is asking and gives the value that changes must carry")
    func session() async throws {
        let door = try await Door()
        try await door.signIn(.amina)
        let answer = try await door.get("/api/v1/session")
        #expect(answer.status == 200)
        #expect(answer.json["handle"] as? String == "Amina")
        #expect(answer.json["roles"] as? [String] == ["dispatcher", "operator"])
        #expect(answer.json["csrf"] as? String == door.csrf)
        #expect(answer.json["unlocked"] as? Bool == true)
        #expect(answer.headers[.cacheControl] == "no-store")
    }

    @Test("A cookie alone changes nothing", arguments: ["", "x", String(repeating: "A", count: 43)])
    func token(_ token: String) async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        let headers: HTTPFields = [.csrfToken: token]
        for (path, body) in [
            ("verifications", Sample.finding("unfounded")), ("dispatches", #"{"role":"verifier","wanted":1}"#),
            ("closure", "{}"), ("observations", #"{"words":"w"}"#),
        ] {
            let answer = try await door.post("/api/v1/incidents/\(id)/\(path)", json: body, headers)
            #expect(answer.status == 403)
            #expect(answer.isProblem)
        }
        #expect(try await door.delete("/api/v1/incidents/\(id)/closure", headers).status == 403)
    }

    @Test("A page of somebody else's can't use the session")
    func otherSite() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        let answer = try await door.post(
            "/api/v1/incidents/\(id)/verifications",
            json: Sample.finding("unfounded"),
            [.secFetchSite: "cross-site"]
        )
        #expect(answer.status == 403)
    }

    @Test("Only who may see the board gets the list; others are told that it is not their role")
    func roles() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.lupe)
        #expect(try await door.get("/api/v1/incidents").status == 403)
        #expect(try await door.get("/api/v1/incidents/\(id)").status == 404)
        let verified = try await door.post("/api/v1/incidents/\(id)/closure", json: "{}")
        #expect(verified.status == 403 || verified.status == 404)
        try await door.signIn(.amina)
        #expect(try await door.get("/api/v1/incidents").status == 200)
    }

    /// Three incidents in three neighborhoods, and a dispatcher who is signed in.
    private static func threeReported() async throws -> Door {
        let door = try await Door()
        for place in ["Boyle Heights", "Koreatown", "Venice"] {
            _ = try await door.post(
                "/api/v1/reports",
                json: #"{"kind":"arrest","words":"In \#(place)","where":{"text":"\#(place)"}}"#
            )
        }
        try await door.signIn(.amina)
        return door
    }

    @Test("The list can be chosen from and turned like pages")
    func list() async throws {
        let door = try await Self.threeReported()
        let all = try await door.get("/api/v1/incidents")
        #expect(all.items.count == 3)
        #expect(all.json["next"] == nil)
        let first = try await door.get("/api/v1/incidents?limit=2")
        let next = try #require(first.json["next"] as? String)
        let second = try await door.get("/api/v1/incidents?limit=2&before=\(next)")
        #expect(first.items.count == 2 && second.items.count == 1)
        let ids = (first.items + second.items).compactMap { $0["id"] as? String }
        #expect(ids == ids.sorted(by: >) && Set(ids).count == 3)
        #expect(try await door.get("/api/v1/incidents?state=answered").items.isEmpty)
        #expect(try await door.get("/api/v1/incidents?state=nonsense").fields == ["state"])
        #expect(try await door.get("/api/v1/incidents?since=soon").fields == ["since"])
        #expect(try await door.get("/api/v1/incidents?limit=-1").fields == ["limit"])
        #expect(try await door.get("/api/v1/incidents?state=%FF%00&since=%00").status == 422)
        #expect(try await door.get("/api/v1/incidents?limit=99999999999999999999").fields == ["limit"])
    }

    @Test("Sealed words are there for the team while their keys are open, and not after")
    func sealedWords() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        let open = try await door.get("/api/v1/incidents/\(id)")
        #expect(open.text.contains("white vans"))
        #expect((open.json["reports"] as? [[String: Any]])?.first?["seal"] as? String == "open")
        door.world.clock.advance(by: .minutes(16))
        let locked = try await door.get("/api/v1/incidents/\(id)")
        #expect(locked.status == 200)
        #expect(!locked.text.contains("white vans"))
        #expect((locked.json["reports"] as? [[String: Any]])?.first?["seal"] as? String == "locked")
        let verifying = try await door.post("/api/v1/incidents/\(id)/verifications", json: Sample.finding("unfounded"))
        #expect(verifying.status == 403)
        #expect(verifying.json["type"] as? String == "urn:vecinos:problem:locked")
    }

    @Test("A finding answers the incident, and whoever asked sees it with their code")
    func verification() async throws {
        let door = try await Door()
        let made = try await door.post("/api/v1/reports", json: Sample.report(door))
        let id = try await door.onlyIncident()
        try await door.signIn(.amina)
        let answer = try await door.post(
            "/api/v1/incidents/\(id)/verifications",
            json: Sample.finding("not_enforcement", explanation: #"{"es":"Una filmación","en":"A film crew"}"#)
        )
        #expect(answer.status == 201)
        #expect(answer.json["outcome"] as? String == "answered")
        let found = try await door.lookUp(made)
        #expect(found.json["answer"] as? String == "not_enforcement")
        let spanish = try await door.post(
            "/api/v1/reports/lookup?lang=es",
            json: #"{"code":"\#(made.json["code"] as? String ?? "")"}"#
        )
        #expect(spanish.json["explanation"] as? String == "Una filmación")
    }

    @Test("Each field of a finding that must change is named, all at once")
    func badFinding() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        let answer = try await door.post(
            "/api/v1/incidents/\(id)/verifications",
            json: #"{"truth":"maybe","level":"L9","how":"a dream"}"#
        )
        #expect(answer.status == 422)
        #expect(answer.fields == ["how", "level", "truth"])
        let missing = try await door.post("/api/v1/incidents/\(id)/verifications", json: "{}")
        #expect(missing.status == 422)
        #expect(missing.fields == ["truth"])
        let huge = try await door.post(
            "/api/v1/incidents/\(id)/verifications",
            json: #"{"truth":"unfounded","level":"L1","how":"call_back","version":99999999999999999999}"#
        )
        #expect(huge.status == 422)
        #expect(huge.fields == ["version"])
    }

    @Test("Two who take the same step at once: the second is told what changed")
    func sameStep() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        let card = try #require(try await door.get("/api/v1/incidents/\(id)").json["incident"] as? [String: Any])
        let version = try #require(card["version"] as? Int)
        let body = Sample.finding("unfounded", version: version)
        #expect(try await door.post("/api/v1/incidents/\(id)/verifications", json: body).status == 201)
        let second = try await door.post("/api/v1/incidents/\(id)/verifications", json: body)
        #expect(second.status == 409)
        #expect(second.json["type"] as? String == "urn:vecinos:problem:conflict")
    }

    @Test("An answered incident is closed, and deleting the closure opens it again")
    func closure() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        #expect(try await door.post("/api/v1/incidents/\(id)/closure", json: "{}").status == 409)
        _ = try await door.post("/api/v1/incidents/\(id)/verifications", json: Sample.finding("unfounded"))
        let closed = try await door.post("/api/v1/incidents/\(id)/closure", json: "{}")
        #expect(closed.status == 201)
        #expect(closed.json["state"] as? String == "closed")
        let version = try #require(closed.json["version"] as? Int)
        #expect(try await door.delete("/api/v1/incidents/\(id)/closure?version=\(version - 1)").status == 409)
        let reopened = try await door.delete("/api/v1/incidents/\(id)/closure?version=\(version)")
        #expect(reopened.status == 200)
        #expect(reopened.json["state"] as? String == "answered")
    }

    @Test("Closed incidents are listed when they are asked for, and turned like pages")
    func closedList() async throws {
        let door = try await Self.threeReported()
        #expect(try await door.get("/api/v1/incidents?state=closed").items.isEmpty)
        let ids = try await door.get("/api/v1/incidents").items.compactMap { $0["id"] as? String }
        #expect(ids.count == 3)
        for id in ids {
            _ = try await door.post("/api/v1/incidents/\(id)/verifications", json: Sample.finding("unfounded"))
            #expect(try await door.post("/api/v1/incidents/\(id)/closure", json: "{}").status == 201)
        }
        #expect(try await door.get("/api/v1/incidents").items.isEmpty)
        let first = try await door.get("/api/v1/incidents?state=closed&limit=2")
        let next = try #require(first.json["next"] as? String)
        let second = try await door.get("/api/v1/incidents?state=closed&limit=2&before=\(next)")
        #expect((first.items + second.items).compactMap { $0["id"] as? String } == ids)
        #expect(first.items.count == 2 && second.json["next"] == nil)
        #expect(first.items.allSatisfy { $0["state"] as? String == "closed" })
        let later = (door.world.clock.now + .hours(1)).iso8601
        #expect(try await door.get("/api/v1/incidents?state=closed&since=\(later)").items.isEmpty)
        try await door.signIn(.lupe)
        #expect(try await door.get("/api/v1/incidents?state=closed").status == 403)
    }

    @Test("A verifier is asked, goes, looks and writes it down, and the timeline tells it")
    func responding() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        let asked = try await door.post(
            "/api/v1/incidents/\(id)/dispatches",
            json: #"{"role":"verifier","wanted":1,"meeting":"By the bakery"}"#
        )
        #expect(asked.status == 201)
        #expect(asked.json["state"] as? String == "asking")

        try await door.signIn(.joao)
        let offer = try #require(try await door.get("/api/v1/assignments").json["current"] as? [String: Any])
        let assignment = try #require((offer["assignment"] as? [String: Any])?["id"] as? String)
        #expect((offer["assignment"] as? [String: Any])?["next"] as? String == "accepted")
        #expect(offer["meeting"] == nil, "where to meet is for those who said yes")
        for step in ["accepted", "on_the_way", "on_scene", "check_in"] {
            let answer = try await door.post("/api/v1/assignments/\(assignment)/state", json: #"{"state":"\#(step)"}"#)
            #expect(answer.status == 200)
            #expect(answer.json["meeting"] as? String == "By the bakery")
        }
        let words = #"{"words":"Three officers by the door","salute":{"size":"3"}}"#
        let path = "/api/v1/incidents/\(id)/observations"
        #expect(try await door.post(path, json: words).fields == ["Idempotency-Key"])
        let first = try await door.post(path, json: words, [.idempotencyKey: "1"])
        let again = try await door.post(path, json: words, [.idempotencyKey: "1"])
        #expect(first.status == 201)
        #expect(first.text == again.text)
        let found = Sample.finding("confirmed", level: "L4", how: "on_scene")
        #expect(try await door.post("/api/v1/incidents/\(id)/verifications", json: found).status == 201)
        let done = try await door.post("/api/v1/assignments/\(assignment)/state", json: #"{"state":"done"}"#)
        #expect((done.json["assignment"] as? [String: Any])?["state"] as? String == "done")

        try await door.signIn(.amina)
        let detail = try await door.get("/api/v1/incidents/\(id)")
        #expect(detail.text.contains("Three officers"))
        let kinds = (detail.json["timeline"] as? [[String: Any]] ?? []).compactMap { $0["kind"] as? String }
        #expect(
            kinds.contains("assignment.on_scene") && kinds.contains("observation.made")
                && kinds.contains("incident.verified")
        )
    }

    @Test("Somebody else's assignment is not found, a step out of order is a conflict, a step that is none is named")
    func steps() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        _ = try await door.post("/api/v1/incidents/\(id)/dispatches", json: #"{"role":"verifier","wanted":1}"#)
        try await door.signIn(.joao)
        let offer = try #require(try await door.get("/api/v1/assignments").json["current"] as? [String: Any])
        let assignment = try #require((offer["assignment"] as? [String: Any])?["id"] as? String)
        let path = "/api/v1/assignments/\(assignment)/state"
        #expect(try await door.post(path, json: #"{"state":"done"}"#).status == 409)
        #expect(try await door.post(path, json: #"{"state":"flying"}"#).fields == ["state"])
        #expect(try await door.post("/api/v1/assignments/nonsense/state", json: #"{"state":"done"}"#).status == 404)
        try await door.signIn(.lupe)
        #expect(try await door.post(path, json: #"{"state":"accepted"}"#).status == 404)
    }

    @Test(
        "Dispatching says which number or role must change",
        arguments: [
            (#"{"role":"verifier","wanted":0}"#, "wanted"), (#"{"role":"wizard","wanted":1}"#, "role"),
            (#"{"role":"verifier","wanted":1.5}"#, "wanted"),
            (#"{"role":"verifier","wanted":9223372036854775807}"#, "wanted"),
            (#"{"role":"verifier"}"#, "wanted"), (#"{"role":"<script>","wanted":1}"#, "role"),
        ]
    )
    func badDispatch(_ body: String, _ field: String) async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        let answer = try await door.post("/api/v1/incidents/\(id)/dispatches", json: body)
        #expect(answer.status == 422)
        #expect(answer.fields == [field])
    }
}

extension Sample {
    static func finding(
        _ truth: String,
        level: String = "L1",
        how: String = "call_back",
        explanation: String? = nil,
        version: Int? = nil
    ) -> String {
        var body = #""truth":"\#(truth)","level":"\#(level)","how":"\#(how)""#
        if let explanation { body += #","explanation":\#(explanation)"# }
        if let version { body += #","version":\#(version)"# }
        return "{\(body)}"
    }
}

extension Door {
    /// The incident that one report made.
    func incident() async throws -> String {
        _ = try await post("/api/v1/reports", json: Sample.report(self))
        return try await onlyIncident()
    }

    func onlyIncident() async throws -> String {
        let amina = world.amina
        let card = try await world.database.read { tx in try Board.snapshot(by: amina, in: tx).toVerify.first }
        return try #require(card?.id.text)
    }
}

extension Answer {
    var items: [[String: Any]] { json["items"] as? [[String: Any]] ?? [] }
}
