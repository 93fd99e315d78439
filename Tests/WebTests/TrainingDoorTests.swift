// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Inform
import Kit
import Messaging
import People
import Support
import Testing
import Vault

@testable import Web

@Suite("Training, through the door")
struct TrainingDoorTests {
    /// The answers to a quiz; `wrong`: one to get wrong.
    private static func answers(_ course: Course, wrong: String? = nil) -> [(String, String)] {
        course.quiz.map { question in
            let right = question.answers.firstIndex { $0.right == true } ?? 0
            return ("q-\(question.id)", String(question.id == wrong ? (right == 0 ? 1 : 0) : right))
        }
    }

    private static func field(_ name: String, in page: String) -> String? {
        page.components(separatedBy: "name=\"\(name)\" value=\"").dropFirst().first?
            .split(separator: "\"", omittingEmptySubsequences: false).first.map(String.init)
    }

    private static func earn(_ door: Door, _ id: String, name: String) async throws -> Certificate {
        let course = try #require(door.site.pack.courses.course(id))
        let passed = try await door.post("/training/\(id)/quiz", form: answers(course))
        #expect(passed.status == 200)
        let pass = try #require(field("pass", in: passed.text))
        let page = try await door.post("/training/\(id)/certificate", form: [("pass", pass), ("name", name)])
        #expect(page.status == 200)
        let text = try #require(page.text.firstMatch(of: #/<code>(VEC1:[^<]+)<\/code>/#)).output.1
        return try #require(Certificate(String(text), by: door.world.keys.opened().signingKey))
    }

    @Test("each course is whole in both languages, with its notes, sheet and quiz")
    func whole() async throws {
        let door = try await Door()
        let courses = door.site.pack.courses.courses
        #expect(courses.count >= 5)
        for course in courses {
            for code in ["en", "es"] {
                for part in ["", "/notes", "/handout", "/quiz"] {
                    let page = try await door.get("/training/\(course.id)\(part)?lang=\(code)")
                    #expect(page.status == 200, "\(course.id)\(part)")
                    #expect(!page.text.contains("data-untranslated"), "\(course.id)\(part) in \(code)")
                }
            }
        }
        #expect(try await door.get("/training/nothing").status == 404)
    }

    @Test("a wrong rule of safety is told why and may be tried again; what was chosen stays")
    func again() async throws {
        let door = try await Door()
        let course = try #require(door.site.pack.courses.course("legal-observer"))
        let question = try #require(course.quiz.first { $0.safety })
        let page = try await door.post("/training/legal-observer/quiz", form: Self.answers(course, wrong: question.id))
        #expect(page.status == 422)
        #expect(page.text.contains(HTML.text(question.why(.english)).string))
        #expect(page.text.contains(" checked"))
        #expect(Self.field("pass", in: page.text) == nil)
    }

    @Test("a certificate can't be had without passing, for another course, or with a name that hides letters")
    func forged() async throws {
        let door = try await Door()
        let course = try #require(door.site.pack.courses.course("verifier"))
        let without = try await door.post("/training/verifier/certificate", form: [("pass", "x"), ("name", "Sol")])
        #expect(without.status == 303)
        let passed = try await door.post("/training/verifier/quiz", form: Self.answers(course))
        let pass = try #require(Self.field("pass", in: passed.text))
        let other = try await door.post(
            "/training/legal-observer/certificate",
            form: [("pass", pass), ("name", "Sol")]
        )
        #expect(other.status == 303)
        for name in ["", "   ", "Sol\u{202e}", String(repeating: "ñ", count: 61)] {
            let page = try await door.post("/training/verifier/certificate", form: [("pass", pass), ("name", name)])
            #expect(page.status == 422, "\(name.debugDescription)")
        }
        let marked = try await door.post(
            "/training/verifier/certificate",
            form: [("pass", pass), ("name", "<b>Sol</b>")]
        )
        #expect(marked.status == 200)
        #expect(!marked.text.contains("<b>Sol"))
    }

    @Test("the server says right, changed, ended and taken back; the name is nowhere in the database")
    func check() async throws {
        let door = try await Door()
        let certificate = try await Self.earn(door, "legal-observer", name: "Cacomixtle")
        func found(_ text: String) async throws -> String? {
            let page = try await door.post("/training/check", form: [("certificate", text)])
            return page.text.firstMatch(of: #/data-found="([a-z]+)"/#).map { String($0.output.1) }
        }
        #expect(try await found("  \(certificate.text)\n") == "good")
        let changed = certificate.text.replacingOccurrences(of: certificate.expires, with: "2099-01-01")
        #expect(try await found(changed) == "wrong")
        #expect(try await found("") == "wrong")
        let dump = try await door.world.database.read { tx in
            try tx.one(Int.self, "SELECT count(*) FROM certificates WHERE serial LIKE '%Caco%' OR course LIKE '%Caco%'")
        }
        #expect(dump == 0)
        try await door.signIn(.ruth)
        let reason = [("_token", door.csrf), ("serial", certificate.serial), ("reason", "A private reason")]
        #expect(try await door.post("/training/desk/recall", form: reason).status == 303)
        door.signOut()
        #expect(try await found(certificate.text) == "recalled")
        let page = try await door.post("/training/check", form: [("certificate", certificate.text)])
        #expect(!page.text.contains("A private reason"))
    }

    @Test("a member shows one, a coordinator says yes, and an observer can't")
    func desk() async throws {
        let door = try await Door()
        #expect(try await door.get("/training/desk").status == 303)
        let certificate = try await Self.earn(door, "verifier", name: "Sol")
        try await door.signIn(.lupe)
        #expect(try await door.get("/training/desk").status == 200)
        let wrong = try await door.post(
            "/training/desk/certificates",
            form: [("_token", door.csrf), ("certificate", "VEC1:nothing")]
        )
        #expect(wrong.status == 422)
        #expect(wrong.text.contains("VEC1:nothing"))
        let shown = try await door.post(
            "/training/desk/certificates",
            form: [("_token", door.csrf), ("certificate", certificate.text)]
        )
        #expect(shown.status == 303)
        let path = "/training/desk/certificates/\(certificate.serial)/approval"
        #expect(try await door.post(path, form: [("_token", door.csrf)]).status == 403)
        try await door.signIn(.ruth)
        #expect(try await door.get("/training/desk").text.contains(path))
        #expect(try await door.post(path, form: [("_token", door.csrf)]).status == 303)
        let lupe = door.world.lupe.person
        let count = try await door.world.database.read { tx in
            try tx.one(Int.self, "SELECT count(*) FROM helper_skills WHERE person = \(lupe) AND skill = 'verifier'")
        }
        #expect(count == 1)
    }

    @Test("an organiser plans a date; anyone keeps a seat without a name and gives it back")
    func sessions() async throws {
        let door = try await Door()
        try await door.signIn(.ruth)
        let desk = try await door.get("/training/desk")
        let submission = try #require(Self.field("submission", in: desk.text))
        let at = LocalTime(door.site.now + .days(7)).field
        let form = [
            ("_token", door.csrf), ("submission", submission), ("course", "verifier"), ("language", "es"), ("at", at),
            ("minutes", "60"), ("place", "Library"), ("link", ""), ("seats", "1"),
        ]
        let bad = try await door.post(
            "/training/desk/sessions",
            form: form.map { $0.0 == "seats" ? ("seats", "0") : $0 }
        )
        #expect(bad.status == 422)
        #expect(try await door.post("/training/desk/sessions", form: form).status == 303)
        #expect(try await door.post("/training/desk/sessions", form: form).status == 303)
        door.signOut()
        let list = try await door.get("/training")
        let links = list.text.matches(of: #/href="(\/training\/sessions\/[^"]+)"/#).map { String($0.output.1) }
        #expect(links.count == 1)
        let link = try #require(links.first)
        let page = try await door.get(link)
        let seat = [
            ("seat", try #require(Self.field("seat", in: page.text))),
            ("_token", try #require(Self.field("_token", in: page.text))),
        ]
        let taken = try await door.post("\(link)/seats", form: seat)
        #expect(taken.status == 303)
        let kept = try #require(taken.headers[.location])
        #expect(try await door.get(kept).status == 200)
        #expect(try await door.get(link).text.contains("All seats are taken"))
        #expect(try await door.post("\(kept)/return", form: []).status == 303)
        #expect(try await door.get(kept).status == 404)
        #expect(!(try await door.get(link)).text.contains("All seats are taken"))
    }

    @Test("who keeps a seat may leave an address, where something can carry a message; a wrong one keeps no seat")
    func reach() async throws {
        let door = try await Door()
        let (courses, ruth, keys) = (door.site.pack.courses, door.world.ruth, door.world.keys)
        let plan = TrainingSession.Plan(
            course: "verifier",
            language: "en",
            at: LocalTime(door.site.now + .days(7)).field,
            minutes: 60,
            place: "Library",
            link: "",
            seats: 5
        )
        let session = try await door.world.database.write { tx in
            try TrainingSession.plan(plan, courses: courses, by: ruth, in: tx)
            return try #require(try TrainingSession.coming(in: tx).first)
        }
        let path = "/training/sessions/\(session.id)"
        #expect(!(try await door.get(path)).text.contains("name=\"reach\""), "nothing carries a message yet")
        var account = Provider.Account()
        (account.url, account.from) = ("smtp://localhost:25", "vecinos@example.org")
        let settled = account
        try await door.world.database.write { tx in
            try Provider(make: .smtp, account: settled).store(by: nil, keys: keys, in: tx)
        }
        func take(_ reach: String) async throws -> Answer {
            let page = try await door.get(path).text
            #expect(page.contains("name=\"reach\""))
            return try await door.post(
                "\(path)/seats",
                form: [
                    ("seat", try #require(Self.field("seat", in: page))),
                    ("_token", try #require(Self.field("_token", in: page))), ("reach", reach),
                ]
            )
        }
        let wrong = try await take("nobody at all")
        #expect(wrong.status == 422)
        #expect(wrong.text.contains("nobody at all"))
        #expect(wrong.text.contains("id=\"reach-error\""))
        func count(_ table: SQL) async throws -> Int {
            try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM \(table)") }
        }
        #expect(try await count("training_seats") == 0)
        #expect(try await take("sol@example.org").status == 303)
        #expect(try await take("").status == 303)
        #expect(try await count("training_seats") == 2)
        #expect(try await count("training_notices") == 1)
        let words = TrainingWords(courses: courses, library: door.site.library).wording
        let (_, said) = words(.calledOff, session, "es")
        #expect(said.contains("se canceló") && !said.contains("{"))
        #expect(!words(.soon, session, "en").text.contains("{"))
    }
}
