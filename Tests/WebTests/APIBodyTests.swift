// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import Support
import Testing

@testable import Web

/// One body that nobody should send, and what it is answered with.
struct BadBody: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let status: Int
    let fields: [String]

    init(_ name: String, _ text: String, _ status: Int, _ fields: String...) {
        self.init(name, bytes: Array(text.utf8), status, fields)
    }

    init(_ name: String, bytes: [UInt8], _ status: Int, _ fields: [String] = []) {
        (testDescription, self.bytes, self.status, self.fields) = (name, bytes, status, fields)
    }

    static func deep(_ levels: Int) -> String {
        #"{"words":"w","x":"# + String(repeating: "[", count: levels) + String(repeating: "]", count: levels) + "}"
    }

    static let all: [BadBody] = [
        BadBody("nothing", "", 400),
        BadBody("white space", " \n\t", 400),
        BadBody("not JSON", "kind=vehicles", 400),
        BadBody("cut off", #"{"kind":"vehicles""#, 400),
        BadBody("two values", "{} {}", 400),
        BadBody("a list", "[]", 400),
        BadBody("a text", #""kind""#, 400),
        BadBody("null", "null", 400),
        BadBody("a comma too many", #"{"words":"w",}"#, 400),
        BadBody("single quotes", "{'words':'w'}", 400),
        BadBody("a comment", #"{"words":"w"/* hi */}"#, 400),
        BadBody("NaN", #"{"words":"w","where":{"latitude":NaN,"longitude":1}}"#, 400),
        BadBody("infinity", #"{"words":"w","where":{"latitude":-Infinity,"longitude":1}}"#, 400),
        BadBody("seventeen levels", deep(16), 400),
        BadBody("thirty thousand levels", deep(30_000), 400),
        BadBody("ten thousand objects, never closed", String(repeating: #"{"a":"#, count: 10_000), 400),
        BadBody("a NUL", #"{"words":"w"# + "\u{0}" + #""}"#, 400),
        BadBody(
            "a control letter in a text",
            bytes: Array(#"{"words":""#.utf8) + [0x01, 0x22, 0x7D],
            400
        ),
        BadBody("a line feed in a text", "{\"words\":\"a\nb\"}", 400),
        BadBody("half a letter", bytes: Array(#"{"words":""#.utf8) + [0xC3, 0x22, 0x7D], 400),
        BadBody("a surrogate in UTF-8", bytes: Array(#"{"words":""#.utf8) + [0xED, 0xA0, 0x80, 0x22, 0x7D], 400),
        BadBody("overlong", bytes: Array(#"{"words":""#.utf8) + [0xC0, 0xAF, 0x22, 0x7D], 400),
        BadBody(
            "UTF-16",
            bytes: #"{"words":"w"}"#.utf16.flatMap {
                [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
            },
            400
        ),
        BadBody("a byte order mark", "\u{FEFF}{\"words\":\"w\"}", 400),
        BadBody("more than 64 KB", #"{"words":"\#(String(repeating: "a", count: 66_000))"}"#, 413),
        BadBody("words as a number", #"{"words":7}"#, 422, "words"),
        BadBody("words as a list", #"{"words":["w"]}"#, 422, "words"),
        BadBody("where as a text", #"{"words":"w","where":"here"}"#, 422, "where"),
        BadBody(
            "a position as text",
            #"{"words":"w","where":{"latitude":"NaN","longitude":"0"}}"#,
            422,
            "where.latitude"
        ),
        BadBody("half a position", #"{"words":"w","where":{"latitude":34.03}}"#, 422, "where.longitude"),
        BadBody("not on earth", #"{"words":"w","where":{"latitude":91,"longitude":0}}"#, 422, "where"),
        BadBody(
            "the greatest whole number",
            #"{"words":"w","where":{"latitude":9223372036854775807,"longitude":0}}"#,
            422,
            "where"
        ),
        BadBody(
            "the least number",
            #"{"words":"w","where":{"latitude":-1.7976931348623157e308,"longitude":0}}"#,
            422,
            "where"
        ),
        BadBody("another city", #"{"words":"w","where":{"latitude":48.85,"longitude":2.35}}"#, 422, "where"),
        BadBody("a time in words", #"{"words":"w","seen_at":"yesterday"}"#, 422, "seen_at"),
        BadBody("a time as a number", #"{"words":"w","seen_at":1780000000}"#, 422, "seen_at"),
        BadBody("the year 9999", #"{"words":"w","seen_at":"9999-12-31T23:59:59Z"}"#, 422, "seen_at"),
        BadBody("month 13", #"{"words":"w","seen_at":"2026-13-41T25:61:61Z"}"#, 422, "seen_at"),
        BadBody("salute as a text", #"{"words":"w","salute":"six men"}"#, 422, "salute"),
        BadBody("a salute answer as a list", #"{"words":"w","salute":{"size":[6]}}"#, 422, "salute.size"),
        BadBody("language as an object", #"{"words":"w","language":{}}"#, 422, "language"),
        BadBody("a language that is none", #"{"words":"w","language":"../../etc"}"#, 422, "language"),
        BadBody("an empty report", "{}", 422, "kind"),
        BadBody(
            "nulls everywhere",
            #"{"kind":null,"words":null,"where":null,"seen_at":null,"salute":null}"#,
            422,
            "kind"
        ),
        BadBody("a kind with no place", #"{"kind":"arrest"}"#, 422, "where"),
        BadBody("too many words", #"{"words":"\#(String(repeating: "ñ", count: 2_001))"}"#, 422, "words"),
        BadBody("an A-number", #"{"words":"He is A123-456-789"}"#, 422, "words"),
    ]
}

@Suite("Bad bodies")
struct APIBodyTests {
    @Test("A bad body is told so, stores nothing, and the server lives", arguments: BadBody.all)
    func badBodies(_ bad: BadBody) async throws {
        let door = try await Door()
        let answer = try await door.post("/api/v1/reports", bytes: bad.bytes, type: "application/json")
        #expect(answer.status == bad.status)
        #expect(answer.isProblem)
        #expect(answer.fields == bad.fields)
        #expect(answer.json["title"] is String && answer.json["detail"] is String)
        #expect(try await door.reports() == 0)
        #expect(try await door.post("/api/v1/reports", json: Sample.report(door)).status == 201)
    }

    @Test("Sixteen levels are deep enough for anybody, also inside texts and escapes")
    func depth() throws {
        _ = try JSONBody.decode(Nothing.self, Array(BadBody.deep(15).utf8))
        _ = try JSONBody.decode(Nothing.self, Array(#"{"words":"[[[[[[[[[[[[[[[[[[[[[[\"[[[[[\\"}"#.utf8))
    }

    @Test(
        "Only JSON is read as JSON",
        arguments: [
            "text/plain", "application/x-www-form-urlencoded", "", "application/xml", "json",
            "application/problem+json",
            "application/geo+json", "application/jsonp", "application/json;charset=utf-16",
            "application/json; charset=\"iso-8859-1\"",
        ]
    )
    func otherTypes(_ type: String) async throws {
        let door = try await Door()
        let answer = try await door.post("/api/v1/reports", bytes: Array(Sample.report(door).utf8), type: type)
        #expect(answer.status == 415)
        #expect(answer.isProblem)
    }

    @Test(
        "The kind of content may say more",
        arguments: [
            "application/json; charset=utf-8", "Application/JSON", "application/json;charset=\"UTF-8\"",
            "application/json ; profile=x",
        ]
    )
    func sameType(_ type: String) async throws {
        let door = try await Door()
        let answer = try await door.post("/api/v1/reports", bytes: Array(Sample.report(door).utf8), type: type)
        #expect(answer.status == 201)
    }

    @Test(
        "A body that was packed is not unpacked, nor read as if it were not",
        arguments: ["gzip", "br", "gzip, identity"]
    )
    func packed(_ encoding: String) async throws {
        let door = try await Door()
        for (path, bytes, type) in [
            ("/api/v1/reports", Sample.report(door), "application/json"),
            ("/report", "step=where", "application/x-www-form-urlencoded"),
            ("/report", "--x--", "multipart/form-data; boundary=x"),
        ] {
            let answer = try await door.post(path, bytes: Array(bytes.utf8), type: type, [.contentEncoding: encoding])
            #expect(answer.status == 415, "\(path) \(type)")
        }
        let plain = try await door.post("/api/v1/reports", json: Sample.report(door), [.contentEncoding: "identity"])
        #expect(plain.status == 201)
        #expect(try await door.reports() == 1)
    }

    @Test("A key that is too long or empty is named", arguments: ["", String(repeating: "k", count: 201)])
    func badKeys(_ key: String) async throws {
        let door = try await Door()
        let answer = try await door.post("/api/v1/reports", json: Sample.report(door), [.idempotencyKey: key])
        #expect(answer.status == 422)
        #expect(answer.fields == ["Idempotency-Key"])
    }

    @Test("An unknown path below /api/ is a problem, not a page")
    func unknownPath() async throws {
        let door = try await Door()
        let answer = try await door.get("/api/v1/nothing")
        #expect(answer.status == 404)
        #expect(answer.isProblem)
    }

    @Test("Five thousand bodies with a byte or more put wrong are read or refused, and nothing traps")
    func mutations() throws {
        let seed =
            Array(
                #"{"kind":"vehicles","words":"Dos \u00f1 \ud83d\ude00 \"x\"","where":{"latitude":34.0335e0,"longitude":-118.2},"#
                    .utf8
            )
            + Array(
                #""seen_at":"2026-11-22T16:05:00Z","language":"es","salute":{"size":"3","time":null},"x":[1,[2,{}]]}"#
                    .utf8
            )
        let favorites = Array("\"\\{}[]:,0eE-+.nutf".utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xC0, 0xED, 0xF4, 0xFF]
        var dice = Dice(42)
        for _ in 0..<5_000 {
            var bytes = seed
            for _ in 0...dice(4) {
                let place = dice(bytes.count)
                switch dice(3) {
                case 0: bytes[place] = favorites[dice(favorites.count)]
                case 1: bytes.remove(at: place)
                default: bytes.insert(favorites[dice(favorites.count)], at: place)
                }
            }
            do {
                _ = try JSONBody.decode(ReportJSON.self, bytes).filing(language: "en")
            } catch let refusal as Refusal {
                #expect(refusal.kind == .invalid && !refusal.fields.isEmpty)
            } catch {
                #expect(error is DecodingError)
            }
        }
    }

    private struct Nothing: Decodable {}
}
