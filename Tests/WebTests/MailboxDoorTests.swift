// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import People
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("The mailbox through the door")
struct MailboxDoorTests {
    private let door: Door
    private let receipt: Intake.Receipt
    private let incident: Ref<Incident>

    init() async throws {
        let made = try await Door()
        let filing = ReportFiling(
            kind: "vehicles",
            words: "Mango vans at the market",
            whereabouts: Whereabouts(text: "Boyle Heights")
        )
        let taken = try await made.world.intake.take(filing, submission: .once)
        incident = try await made.world.incident(of: taken.report)
        (door, receipt) = (made, taken)
    }

    private static func field(_ name: String, in text: String) -> String {
        let parts = text.components(separatedBy: "name=\"\(name)\" value=\"")
        return parts.count > 1 ? String(parts[1].prefix { $0 != "\"" }) : ""
    }

    @Test("The team writes from the incident, the reporter answers with the code, and the words stand on both pages")
    func bothWays() async throws {
        try await door.signIn(.amina)
        let sent = try await door.post(
            "/api/v1/incidents/\(incident.text)/messages",
            json: #"{"report":"\#(receipt.report.text)","message":"Is it over?"}"#
        )
        #expect(sent.status == 201)
        door.signOut()
        let page = try await door.post("/report/answer?lang=en", form: [("code", receipt.code.text)])
        #expect(page.status == 200)
        #expect(page.text.contains("Is it over?"))
        #expect(page.text.contains("<title>See the answer</title>"))
        #expect(!page.text.contains("Mango"), "the report is never shown back")
        #expect(page.headers[.cacheControl] == "no-store")
        let answer = try await door.post(
            "/report/messages?lang=en",
            form: [
                ("code", receipt.code.text), ("message_token", Self.field("message_token", in: page.text)),
                ("message", "Yes, since four"),
            ]
        )
        #expect(answer.status == 200)
        #expect(answer.text.contains("Yes, since four"))
        try await door.signIn(.amina)
        let desk = try await door.get("/api/v1/incidents/\(incident.text)/messages")
        #expect(desk.text.contains("Yes, since four"))
        let board = try await door.get("/board/incidents/\(incident.text)?lang=en")
        #expect(board.text.contains("Yes, since four"))
    }

    @Test("What must not be kept is refused beside the field, marked, and what was typed stays")
    func marked() async throws {
        let page = try await door.post("/report/answer?lang=en", form: [("code", receipt.code.text)])
        let answer = try await door.post(
            "/report/messages?lang=en",
            form: [
                ("code", receipt.code.text), ("message_token", Self.field("message_token", in: page.text)),
                ("message", "Ask <b> for A012345678 please"),
            ]
        )
        #expect(answer.status == 422)
        #expect(answer.text.contains("<mark>A012345678</mark>"))
        #expect(answer.text.contains("Ask &lt;b&gt; for A012345678 please</textarea>"))
        let stored = try await door.world.database.read { tx in
            try tx.one(Int.self, "SELECT count(*) FROM mailbox_messages")
        }
        #expect(stored == 0)
    }

    @Test("Every code that was never given gets the same answer from every door of the mailbox")
    func strangers() async throws {
        let code = ReporterCode.generate().text
        for typed in [code, "short", ""] {
            #expect(try await door.post("/report/answer", form: [("code", typed)]).status == 404)
            #expect(
                try await door.post("/report/messages/deletion", form: [("code", typed), ("all", "yes")]).status == 404
            )
            let listed = try await door.post("/api/v1/reports/messages/list", json: #"{"code":"\#(typed)"}"#)
            let written = try await door.post("/api/v1/reports/messages", json: #"{"code":"\#(typed)","message":"x"}"#)
            #expect(listed.status == 404)
            #expect(written.status == 404)
            #expect(listed.text == written.text)
        }
    }

    @Test("A code with a slip in it is told as that, and only one that could be ours as deleted")
    func slips() async throws {
        let code = receipt.code.text
        let letters = code.replacing("-", with: "")
        let other = letters.hasPrefix("7") ? "8" : "7"
        let answers = [
            "": "Write your code. It has 25 letters and numbers.",
            "7F3K-Q2M8": "This code has 25 letters and numbers. You wrote 8.",
            "\(code)7": "This code has 25 letters and numbers. You wrote 26.",
            "\(other)\(letters.dropFirst())": "One letter or number in this code is not right. Check each one.",
            "U\(letters.dropFirst())": "One letter or number in this code is not right. Check each one.",
        ]
        for (typed, words) in answers {
            let page = try await door.post("/report/answer?lang=en", form: [("code", typed)])
            #expect(page.status == 404)
            #expect(page.text.contains(words), "\(typed)")
            #expect(!page.text.contains("deleted after"), "\(typed)")
        }
        let stranger = try await door.post("/report/answer?lang=en", form: [("code", ReporterCode.generate().text)])
        #expect(stranger.text.contains("know this code."))
        #expect(stranger.text.contains("deleted after"))
    }

    @Test("The code comes back as a neutral file, and as a picture that holds no address")
    func keeping() async throws {
        let file = try await door.post("/report/code?lang=en", form: [("code", receipt.code.text)])
        #expect(file.status == 200)
        #expect(file.headers[.contentDisposition] == "attachment; filename=\"code.txt\"")
        #expect(file.text.hasPrefix(receipt.code.text + "\n"))
        for word in ["immig", "vecinos", "report", "http"] { #expect(!file.text.lowercased().contains(word)) }
        #expect(try await door.post("/report/code", form: [("code", "nonsense")]).status == 400)
        #expect(CodeCard(t: Words(language: .english), code: receipt.code).html.string.contains("class=\"qr\""))
    }

    @Test("A reporter deletes all with one form")
    func deleting() async throws {
        for text in ["one", "two"] {
            let made = try await door.post(
                "/api/v1/reports/messages",
                json: #"{"code":"\#(receipt.code.text)","message":"\#(text)"}"#
            )
            #expect(made.status == 201)
        }
        let gone = try await door.post(
            "/report/messages/deletion?lang=en",
            form: [("code", receipt.code.text), ("all", "yes")]
        )
        #expect(gone.status == 200)
        let listed = try await door.post("/api/v1/reports/messages/list", json: #"{"code":"\#(receipt.code.text)"}"#)
        #expect((listed.json["items"] as? [Any])?.isEmpty == true)
    }

    @Test("An observer has no door to the threads")
    func observers() async throws {
        try await door.signIn(.lupe)
        #expect(try await door.get("/api/v1/incidents/\(incident.text)/messages").status == 403)
    }
}

@Suite("Files through the door")
struct FileDoorTests {
    private static func body(_ parts: [(head: String, body: [UInt8])]) -> [UInt8] {
        parts.flatMap {
            Array("--xyz\r\nContent-Disposition: form-data; \($0.head)\r\n\r\n".utf8) + $0.body + Array("\r\n".utf8)
        }
            + Array("--xyz--\r\n".utf8)
    }

    private static let type = "multipart/form-data; boundary=xyz"
    private static let photo: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0] + Array(repeating: 7, count: 150_000)

    @Test("A program sends a report with a photo; a member gets it back as an attachment, byte by byte")
    func roundTrip() async throws {
        let door = try await Door()
        let made = try await door.post(
            "/api/v1/reports",
            bytes: Self.body([
                ("name=\"json\"", Array(Sample.report(door).utf8)),
                ("name=\"files\"; filename=\"CANARY.jpg\"\r\nContent-Type: text/html", Self.photo),
            ]),
            type: Self.type
        )
        #expect(made.status == 201)
        let id = try #require(await door.world.database.read { tx in try tx.one(String.self, "SELECT id FROM files") })
        #expect(try await door.get("/board/files/\(id)").status != 200)
        try await door.signIn(.amina)
        let file = try await door.get("/board/files/\(id)")
        #expect(file.status == 200)
        #expect(file.headers[.contentDisposition]?.hasPrefix("attachment") == true)
        #expect(file.headers[.contentSecurityPolicy]?.contains("sandbox") == true)
        #expect(file.headers[.contentType] == "image/jpeg", "what it is, not what the sender called it")
        #expect(file.headers[.contentLength] == "\(Self.photo.count)")
    }

    @Test("A file that can't be taken is said beside its field, and the words are kept")
    func refused() async throws {
        let door = try await Door()
        let made = try await door.post(
            "/api/v1/reports",
            bytes: Self.body([
                ("name=\"files\"; filename=\"a.html\"", Array("<html><script>alert(1)</script>".utf8)),
                ("name=\"json\"", Array(Sample.report(door).utf8)),
            ]),
            type: Self.type
        )
        #expect(made.status == 422)
        #expect(made.fields == ["photos"])
    }

    @Test("A body that ends in the middle, and one without a boundary, are refused", arguments: [0, 40, 100, 200])
    func cut(_ length: Int) async throws {
        let door = try await Door()
        let whole = Self.body([("name=\"json\"", Array(Sample.report(door).utf8))])
        let cut = try await door.post("/api/v1/reports", bytes: Array(whole.prefix(length)), type: Self.type)
        #expect(cut.status == 400)
        #expect(try await door.post("/api/v1/reports", bytes: whole, type: "multipart/form-data").status == 400)
    }
}
