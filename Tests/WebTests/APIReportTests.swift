// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import Support
import Testing
import Vault

@testable import Web

@Suite("The API for neighbors")
struct APIReportTests {
    @Test("A report is answered with a code, and the code shows that we are checking")
    func reporting() async throws {
        let door = try await Door()
        let made = try await door.post("/api/v1/reports", json: Sample.report(door))
        #expect(made.status == 201)
        #expect(made.headers[.location] == nil)
        #expect(made.headers[.cacheControl] == "no-store")
        let code = try #require(made.json["code"] as? String)
        #expect((try? ReporterCode(typed: code)) != nil)
        #expect(made.json.count == 1)

        let found = try await door.post("/api/v1/reports/lookup", json: #"{"code":"\#(code.lowercased())"}"#)
        #expect(found.status == 200)
        #expect(found.json["answer"] as? String == "checking")
        #expect(found.json["zone"] as? String == "boyle-heights")
        #expect(found.json["state"] as? String == "received")
        #expect(!found.text.contains("vans"), "the words of a report never come back")
    }

    @Test("A phone's position is enough, and only its neighborhood comes back")
    func position() async throws {
        let door = try await Door()
        let made = try await door.post(
            "/api/v1/reports",
            json: #"{"kind":"vehicles","where":{"latitude":34.0335,"longitude":-118.2057}}"#
        )
        #expect(made.status == 201)
        let found = try await door.lookUp(made)
        #expect(found.json["zone"] is String)
        #expect(!found.text.contains("34.03"))
    }

    @Test("The same key and body again give the same code, and one report")
    func retry() async throws {
        let door = try await Door()
        let body = Sample.report(door)
        let first = try await door.post("/api/v1/reports", json: body, [.idempotencyKey: "a-key-of-a-phone"])
        let again = try await door.post("/api/v1/reports", json: body, [.idempotencyKey: "a-key-of-a-phone"])
        #expect(first.status == 201)
        #expect(again.status == 201)
        #expect(first.text == again.text)
        #expect(try await door.reports() == 1)
    }

    @Test("The same key with another body is refused with 422, and nothing is stored")
    func reusedKey() async throws {
        let door = try await Door()
        _ = try await door.post("/api/v1/reports", json: Sample.report(door), [.idempotencyKey: "k"])
        let other = try await door.post(
            "/api/v1/reports",
            json: Sample.report(door, words: "Something else"),
            [.idempotencyKey: "k"]
        )
        #expect(other.status == 422)
        #expect(other.fields == ["Idempotency-Key"])
        #expect(try await door.reports() == 1)
    }

    @Test("Without a key every sending counts")
    func noKey() async throws {
        let door = try await Door()
        let first = try await door.post("/api/v1/reports", json: Sample.report(door))
        let second = try await door.post("/api/v1/reports", json: Sample.report(door))
        #expect(first.text != second.text)
        #expect(try await door.reports() == 2)
    }

    @Test(
        "Letters that nobody can see say nothing",
        arguments: ["\\u200b", "\\u202e\\u202e", "\\u2060 \\u00ad", "\\u3164", " "]
    )
    func blank(words: String) async throws {
        let door = try await Door()
        let answer = try await door.post("/api/v1/reports", json: #"{"kind":"vehicles","words":"\#(words)"}"#)
        #expect(answer.status == 422)
        #expect(answer.fields == ["where"])
        #expect(try await door.reports() == 0)
    }

    @Test("A reporter adds to their report with the code")
    func adding() async throws {
        let door = try await Door()
        let made = try await door.post("/api/v1/reports", json: Sample.report(door))
        let code = try #require(made.json["code"] as? String)
        let added = try await door.post(
            "/api/v1/reports/additions",
            json: #"{"code":"\#(code)","words":"They left to the north"}"#
        )
        #expect(added.status == 201)
        #expect(added.json["code"] as? String == code)
        #expect(try await door.reports() == 2)
        let stranger = try await door.post(
            "/api/v1/reports/additions",
            json: #"{"code":"\#(ReporterCode.generate().text)","words":"Hello"}"#
        )
        #expect(stranger.status == 404)
    }

    @Test(
        "Any one thing is enough to add, but not when and in which language alone",
        arguments: [
            (#""kind":"arrest""#, 201), (#""words":"They left""#, 201), (#""where":{"place":"boyle-heights"}"#, 201),
            (#""salute":{"size":"4"}"#, 201), (#""language":"es""#, 422), (#""words":"\u200b""#, 422), ("SEEN", 422),
        ]
    )
    func addingOne(field: String, status: Int) async throws {
        let door = try await Door()
        let made = try await door.post("/api/v1/reports", json: Sample.report(door))
        let code = try #require(made.json["code"] as? String)
        let seen = #""seen_at":"\#((door.world.clock.now - .minutes(2)).iso8601)""#
        let body = #"{"code":"\#(code)",\#(field == "SEEN" ? seen : field)}"#
        let added = try await door.post("/api/v1/reports/additions", json: body)
        #expect(added.status == status)
        if status == 422 { #expect(added.fields == ["words"]) }
        #expect(try await door.reports() == (status == 201 ? 2 : 1))
    }

    @Test(
        "Every code that was never given looks the same",
        arguments: [
            "0000-0000-0000-0000-0000-0000-0", "", "short", "UUUU-UUUU-UUUU-UUUU-UUUU-UUUU-U", "' OR 1=1 --", "\\u0000",
        ]
    )
    func unknownCodes(_ typed: String) async throws {
        let door = try await Door()
        let unknown = try await door.post(
            "/api/v1/reports/lookup",
            json: #"{"code":"\#(ReporterCode.generate().text)"}"#
        )
        let answer = try await door.post("/api/v1/reports/lookup", json: #"{"code":"\#(typed)"}"#)
        #expect(answer.status == 404)
        #expect(answer.isProblem)
        #expect(answer.text == unknown.text)
    }

    @Test("What is wrong is named by its path, in the reader's language")
    func problems() async throws {
        let door = try await Door()
        let future = (door.world.clock.now + .hours(2)).iso8601
        let answer = try await door.post(
            "/api/v1/reports?lang=en",
            json:
                #"{"kind":"spaceship","words":"x","seen_at":"\#(future)","salute":{"size":"\#(String(repeating: "a", count: 300))"}}"#
        )
        #expect(answer.status == 422)
        #expect(answer.isProblem)
        #expect(answer.headers[.contentLanguage] == "en")
        #expect(answer.fields == ["kind", "salute.size", "seen_at"])
        #expect(answer.json["type"] as? String == "urn:vecinos:problem:invalid")
        #expect(answer.json["status"] as? Int == 422)
    }

    @Test("A report is taken whatever its language, and fields that we don't know are passed over")
    func unknownFields() async throws {
        let door = try await Door()
        let made = try await door.post(
            "/api/v1/reports",
            json: #"{"kind":"other","words":"Aquí no pasa nada","language":"es","zzz":[{"a":null}]}"#
        )
        #expect(made.status == 201)
    }

    @Test(
        "Hostile letters are kept as letters and break nothing",
        arguments: [
            "\u{0600}<script>alert(1)</script>", "\"\u{0301}'; DROP TABLE reports; --", "\r\nSet-Cookie: a=b", "%00%0a",
            "\u{202E}txt.exe", "{{7*7}}", "🏳️‍🌈👩‍👩‍👧‍👦", "\u{FFFF}\u{10FFFF}",
        ]
    )
    func hostile(_ words: String) async throws {
        let door = try await Door()
        let made = try await door.post("/api/v1/reports", json: Sample.report(door, words: words))
        #expect(made.status == 201)
        let found = try await door.lookUp(made)
        #expect(found.status == 200)
    }
}

/// Bodies that tests share.
enum Sample {
    static func report(_ door: Door, words: String = "Two white vans by the market") -> String {
        let said = String(decoding: (try? JSONEncoder().encode(words)) ?? Data(), as: UTF8.self)
        return """
            {"kind":"vehicles","words":\(said),"where":{"text":"Boyle Heights"},\
            "seen_at":"\((door.world.clock.now - .minutes(4)).iso8601)","language":"en"}
            """
    }
}

extension Door {
    func lookUp(_ made: Answer) async throws -> Answer {
        try await post("/api/v1/reports/lookup", json: #"{"code":"\#(made.json["code"] as? String ?? "")"}"#)
    }

    /// How many reports are stored.
    func reports() async throws -> Int {
        try await world.database.read { tx in try tx.one(Int.self, "SELECT count(*) FROM reports") ?? 0 }
    }
}
