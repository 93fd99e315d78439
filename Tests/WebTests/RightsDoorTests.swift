// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Inform
import Kit
import Support
import Testing

@testable import Web

@Suite("Rights, through the door")
struct RightsDoorTests {
    private static let some: Set = ["en", "es", "fa", "zh-Hant"]

    private static func door() async throws -> Door {
        let door = try await Door()
        let files = door.site.pack.facts
        try await door.world.database.write { tx in _ = try FactBook.take(files, in: tx) }
        return door
    }

    /// Every public page there is, and the lists for programs.
    private static func paths(_ rights: Rights, _ door: Door) -> [String] {
        var paths = ["/", "/now", "/help", "/about", "/privacy", "/report", "/rights", "/plan", "/plan/blank"]
        paths += ["/print", "/check-card", "/rights/save", "/subscribe", "/privacy/inventory", "/verify", "/embed"]
        paths += ["/policies"] + door.site.pack.policies.policies.map { "/policies/\($0.id)" }
        paths.append("/training")
        for course in door.site.pack.courses.courses {
            paths += ["", "/notes", "/handout", "/quiz"].map { "/training/\(course.id)\($0)" }
        }
        for guide in rights.guides {
            paths.append("/rights/\(guide.id)")
            guard let checker = guide.checker else { continue }
            paths.append("/rights/\(guide.id)/check")
            paths += (checker.steps.map(\.id) + checker.outcomes.map(\.id)).map { "/rights/\(guide.id)/check/\($0)" }
        }
        return paths
    }

    /// What is wrong on a page: an unsettled fact without its mark, one that calls itself settled, or its words outside
    /// of the place where the mark is.
    private static func faults(_ page: String, _ rights: Rights, _ language: Language) -> [String] {
        var faults: [String] = []
        var rest = page
        let pieces = page.matches(
            of: #/<(section|li)[^>]*data-fact="([^"]+)"[^>]*data-standing="([^"]+)".*?<\/\1>/#.dotMatchesNewlines()
        )
        for piece in pieces {
            let html = String(piece.output.0)
            let (name, said) = (String(piece.output.2), String(piece.output.3))
            let parts = name.split(separator: "@").map(String.init)
            guard let entry = rights.entry(parts.first ?? "") else {
                if said != "recalled" { faults.append("\(name) is gone and stands as \(said)") }
                continue
            }
            let due: Standing
            if parts.count == 2 {
                guard let variant = entry.elsewhere.first(where: { $0.circuit == parts[1] }) else {
                    faults.append("\(name) is no variant")
                    continue
                }
                due = FactBlock.standing(of: variant, after: entry, on: rights.day)
            } else {
                due = entry.standing
            }
            if said != due.rawValue { faults.append("\(name) stands as \(said), and is \(due)") }
            // The part of the section before what is so elsewhere.
            let own = html.components(separatedBy: "<details").first ?? html
            if due != .settled && !own.contains("data-mark=\"\(due.rawValue)\"") {
                faults.append("\(name) has no mark")
            }
            if due != .settled && own.contains("data-mark=\"settled\"") { faults.append("\(name) is called settled") }
            faults += unmarked(html, own, entry, isVariant: parts.count == 2, language)
        }
        for piece in pieces { rest = rest.replacingOccurrences(of: String(piece.output.0), with: "") }
        let (all, outside) = (Data(page.utf8), Data(rest.utf8))
        for entry in rights.facts where entry.standing != .settled {
            // A page is in its language, and English stands in.
            for text in [language.code, "en"].compactMap({ entry.fact.text[$0] }) {
                let statement = Data(HTML.text(text.statement).string.utf8)
                if outside.range(of: statement) != nil { faults.append("\(entry.id) stands outside of its place") }
                if entry.standing == .recalled, all.range(of: statement) != nil {
                    faults.append("\(entry.id) is still told")
                }
            }
        }
        if rest.contains("data-mark=\"settled\"") { faults.append("a mark without a fact") }
        return faults
    }

    /// English that stands in for a fact's words says that it is English, and that the reader's language has none yet.
    private static func unmarked(
        _ html: String,
        _ own: String,
        _ entry: Rights.Entry,
        isVariant: Bool,
        _ language: Language
    ) -> [String] {
        let (text, tongue) = entry.words(language)
        guard !isVariant, tongue != language, entry.standing != .recalled else { return [] }
        // A picture of a card shows the statement alone, in its own letters.
        guard html.contains("class=\"statement\"") else {
            return html.contains("<span lang=\"en\" dir=\"ltr\">") ? [] : ["\(entry.id) is English and doesn't say so"]
        }
        var faults: [String] = []
        let mark = "lang=\"en\" dir=\"ltr\">"
        for (words, tag) in [(text.statement, "<p class=\"statement\" \(mark)"), (text.means, "<p \(mark)")]
        where !own.contains(tag + HTML.text(words).string) {
            faults.append("\(entry.id) is English and doesn't say so")
        }
        if !own.contains("data-untranslated") { faults.append("\(entry.id) doesn't say that it is not yet translated") }
        return faults
    }

    /// `languages`: all of them for how things are today; four scripts where only the time or a recall differs.
    private static func check(_ door: Door, _ languages: Set<String>? = nil) async throws -> Int {
        let rights = try await door.site.rights.current()
        var facts = 0
        for language in door.site.library.languages where languages?.contains(language.code) != false {
            for path in paths(rights, door) {
                let page = try await door.get("\(path)?lang=\(language.code)")
                #expect(page.status == 200, "\(path)")
                #expect(page.headers[.contentLanguage] == language.code)
                let found = faults(page.text, rights, language)
                #expect(found.isEmpty, "\(path) in \(language.code): \(found)")
                facts += page.text.components(separatedBy: "data-fact=").count - 1
            }
        }
        return facts
    }

    @Test("nothing contested, blocked or pending is shown as settled, on any page in any language")
    func today() async throws {
        let door = try await Self.door()
        #expect(try await Self.check(door) > 200)
        let rights = try await door.site.rights.current()
        #expect(Set(rights.facts.map(\.standing)).isSuperset(of: [.settled, .contested, .blocked, .pending]))
    }

    @Test("when every fact has expired, no page in any language calls one settled")
    func expired() async throws {
        let door = try await Self.door()
        _ = try await door.get("/rights/home")
        door.world.clock.advance(by: .days(900))
        #expect(try await Self.check(door, Self.some) > 200)
        let page = try await door.get("/rights/home")
        #expect(page.text.contains("data-standing=\"expired\""))
        #expect(!page.text.contains("data-mark=\"settled\""))
    }

    @Test(
        "recalled facts are gone from every page, language and list at once; cards that lean on them say nothing else"
    )
    func recalled() async throws {
        let door = try await Self.door()
        let before = try await door.get("/rights/home")
        #expect(before.text.contains("I want to stay silent."))
        let ruth = door.world.ruth
        for id in ["silence", "door-closed", "ice-warrant", "bond-hearing"] {
            try await door.world.database.write { tx in
                try FactBook.recall(id, reason: "A private reason", by: ruth, in: tx)
            }
        }
        #expect(door.site.rights.kept == nil, "the fast lane must not answer from before")
        #expect(try await Self.check(door, Self.some) > 200)
        let home = try await door.get("/rights/home")
        #expect(!home.text.contains("I want to stay silent."))
        #expect(!home.text.contains("A private reason"))
        #expect(home.headers[.eTag] != before.headers[.eTag])
        for list in ["/api/v1/facts", "/api/v1/guides"] {
            let answer = try await door.get(list)
            #expect(!answer.text.contains("I want to stay silent."))
            #expect(!answer.text.contains("whatever your status"))
            #expect(!answer.text.contains("A private reason"))
        }
    }

    @Test("a fact that another process changed is noticed by looking")
    func elsewhere() async throws {
        let door = try await Self.door()
        _ = try await door.site.rights.current()
        // No event of ours: only the book's version tells.
        try await door.world.database.write { tx in
            try tx.run("UPDATE facts SET recalled_on = '2026-05-28', recall_reason = 'x' WHERE id = 'silence'")
            try tx.run("UPDATE fact_book SET version = version + 1")
        }
        try await door.site.rights.look()
        #expect(try await door.site.rights.current().entry("silence")?.standing == .recalled)
    }

    @Test("a guide is small, needs no script of its own, and says what is not in the page's language")
    func weight() async throws {
        let door = try await Self.door()
        let rights = try await door.site.rights.current()
        for guide in rights.guides {
            for code in ["en", "es"] {
                let page = try await door.get("/rights/\(guide.id)?lang=\(code)")
                let zipped = try #require(Gzip.compress(Array(page.text.utf8)))
                #expect(zipped.count < 30_000, "\(guide.id)")
                #expect(!page.text.contains("data-untranslated"), "\(guide.id) is not whole in \(code)")
                #expect(page.text.contains("href=\"/help#legal\""), "\(guide.id) says where help is")
                if code == "es" && page.text.contains("data-phrase") {
                    #expect(page.text.contains("<q lang=\"en\" dir=\"ltr\">"))
                }
            }
        }
    }

    @Test("the checker is walked by links alone, from the first question to each outcome")
    func checker() async throws {
        let door = try await Self.door()
        var (seen, waiting): (Set<String>, [String]) = ([], ["/rights/warrant/check"])
        while let path = waiting.popLast() {
            guard seen.insert(path).inserted else { continue }
            let page = try await door.get(path)
            #expect(page.status == 200)
            waiting += page.text.matches(of: #/href="(/rights/warrant/check/[a-z-]+)"/#).map { String($0.output.1) }
        }
        for outcome in ["judge", "ice", "unsure"] { #expect(seen.contains("/rights/warrant/check/\(outcome)")) }
        #expect(try await door.get("/rights/warrant/check/nothing").status == 404)
        #expect(try await door.get("/rights/home/check").status == 404)
    }

    @Test("programs get each fact with its standing, dates, sources and state; who has it already gets no body")
    func programs() async throws {
        let door = try await Self.door()
        let answer = try await door.get("/api/v1/facts?lang=es")
        let facts = try #require(answer.json["facts"] as? [[String: Any]])
        let silence = try #require(facts.first { $0["id"] as? String == "silence" })
        #expect(silence["standing"] as? String == "settled")
        #expect(silence["language"] as? String == "es")
        #expect(silence["state"] as? String == "draft")
        #expect((silence["sources"] as? [Any])?.isEmpty == false)
        #expect(silence["review_by"] as? String == "2027-02-22")
        let tag = try #require(answer.headers[.eTag])
        #expect(try await door.get("/api/v1/facts?lang=es", [.ifNoneMatch: tag]).status == 304)
    }

    @Test("a coordinator takes a fact back in the browser; an observer can't, a stranger is asked to sign in")
    func forms() async throws {
        let door = try await Self.door()
        #expect(try await door.get("/facts").status == 303)
        try await door.signIn(.lupe)
        #expect(try await door.get("/facts").status == 403)
        #expect(
            try await door.post("/facts/silence/recall", form: [("_token", door.csrf), ("reason", "No")]).status == 403
        )
        try await door.signIn(.ruth)
        #expect(try await door.get("/facts").text.contains("/facts/silence"))
        #expect(try await door.get("/facts/silence/edit").status == 200)
        #expect(try await door.get("/facts/nothing-here").status == 404)
        let empty = try await door.post("/facts/silence/recall", form: [("_token", door.csrf), ("reason", "")])
        #expect(empty.status == 422)
        let done = try await door.post("/facts/silence/recall", form: [("_token", door.csrf), ("reason", "Overruled")])
        #expect(done.status == 303)
        #expect(try await door.get("/facts/silence").text.contains("Overruled"))
    }
}
