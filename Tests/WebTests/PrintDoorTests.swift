// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Inform
import Kit
import Support
import Testing

@testable import Web

@Suite("Print and offline, through the door")
struct PrintDoorTests {
    private static func door() async throws -> Door {
        let door = try await Door()
        let files = door.site.pack.facts
        try await door.world.database.write { tx in _ = try FactBook.take(files, in: tx) }
        return door
    }

    private static func recall(_ fact: String, _ door: Door) async throws {
        let ruth = door.world.ruth
        try await door.world.database.write { tx in
            try FactBook.recall(fact, reason: "The court changed it.", by: ruth, in: tx)
        }
    }

    private static func edition(_ kind: PrintPiece.Kind, _ door: Door) async throws -> String {
        let rights = try await door.site.rights.current()
        return PrintText(try #require(door.site.pack.prints.piece(kind)), rights, .english).edition
    }

    @Test("every piece is a PDF in every language and on both papers; anything else is not there")
    func files() async throws {
        let door = try await Self.door()
        for kind in PrintPiece.Kind.allCases {
            for language in door.site.library.languages {
                // The paper and the language don't meet anywhere in the code: both papers once are enough.
                for paper in language == .english ? Paper.allCases : [.letter] {
                    let path = "/print/\(kind.rawValue).pdf?language=\(language.code)&paper=\(paper.rawValue)"
                    let answer = try await door.get(path)
                    #expect(answer.status == 200, "\(path)")
                    #expect(answer.headers[.contentType] == "application/pdf")
                    #expect(answer.headers[.contentLanguage] == language.code)
                    #expect(answer.text.hasPrefix("%PDF-"))
                }
            }
        }
        for path in [
            "/print/card", "/print/card.png", "/print/..pdf", "/print/nothing.pdf", "/print/card.pdf?language=xx",
            "/print/card.pdf?paper=a3", "/rights/save/xx.html", "/rights/save/es.exe", "/rights/save/..%2Fes.html",
        ] {
            #expect(try await door.get(path).status == 404, "\(path)")
        }
    }

    @Test("an unchanged sheet is not sent again; after a recall it is another")
    func unchanged() async throws {
        let door = try await Self.door()
        let first = try await door.get("/print/card.pdf?language=en")
        let tag = try #require(first.headers[.eTag])
        #expect(try await door.get("/print/card.pdf?language=en", [.ifNoneMatch: tag]).status == 304)
        try await Self.recall("silence", door)
        let second = try await door.get("/print/card.pdf?language=en", [.ifNoneMatch: tag])
        #expect(second.status == 200)
        #expect(second.headers[.eTag] != tag)
    }

    @Test("a code tells that a card is up to date, then that it must not be used, and what was taken back")
    func checked() async throws {
        let door = try await Self.door()
        let edition = try await Self.edition(.card, door)
        #expect(try await door.get("/c/\(edition)").text.contains("code-error"))
        _ = try await door.get("/print/card.pdf?language=es")
        for path in ["/c/\(edition)", "/check-card?code=\(PrintSheet.spoken(edition))"] {
            let page = try await door.get(path)
            #expect(page.status == 200)
            #expect(page.text.contains("data-verdict=\"current\""), "\(path)")
        }
        try await Self.recall("door-closed", door)
        let page = try await door.get("/c/\(edition)")
        #expect(page.text.contains("data-verdict=\"recalled\""))
        #expect(page.text.contains("data-fact=\"door-closed\" data-standing=\"recalled\""))
        let statement = door.site.pack.facts.facts.first { $0.fact.id == "door-closed" }?.fact.text["en"]?.statement
        #expect(!page.text.contains(HTML.text(try #require(statement)).string))
    }

    @Test("nonsense for a code is answered with a page, and nothing of it is markup")
    func nonsense() async throws {
        let door = try await Self.door()
        for code in ["%3Cscript%3E", "zzzzzzzz", String(repeating: "a", count: 300)] {
            let page = try await door.get("/check-card?code=\(code)")
            #expect(page.status == 200)
            #expect(!page.text.contains("<script>"))
            #expect(page.text.contains("code-error"))
        }
    }

    @Test("members see each batch with a count and what became of it; strangers don't")
    func batches() async throws {
        let door = try await Self.door()
        let before = try await door.get("/facts/batches")
        #expect(before.status == 303)
        for _ in 0..<3 { _ = try await door.get("/print/card.pdf?language=es") }
        _ = try await door.get("/rights/save/es.html")
        try await Self.recall("silence", door)
        try await door.signIn(.ruth)
        let page = try await door.get("/facts/batches")
        #expect(page.status == 200)
        #expect(page.text.components(separatedBy: "data-verdict=\"recalled\"").count == 3)
        #expect(page.text.contains(">3</td>"))
        #expect(page.text.contains("href=\"/facts/silence\""))
        door.signOut()
        try await door.signIn(.lupe)
        #expect(try await door.get("/facts/batches").status == 403)
    }

    @Test("the saved copy stands alone: no script, nothing to fetch, and what is not settled has its mark")
    func copy() async throws {
        let door = try await Self.door()
        let rights = try await door.site.rights.current()
        for language in door.site.library.languages {
            let page = try await door.get("/rights/save/\(language.code).html")
            #expect(page.status == 200)
            #expect(!page.text.contains("<script"))
            #expect(!page.text.contains("\"/static/"))
            #expect(!page.text.contains("url(\"/"))
            #expect(page.headers[.contentSecurityPolicy]?.contains("sha256-") == true)
            let pieces = page.text.matches(
                of: #/<(section|li)[^>]*data-fact="([^"@]+)" data-standing="([^"]+)".*?<\/\1>/#.dotMatchesNewlines()
            )
            #expect(pieces.count > 60)
            for piece in pieces {
                let standing = rights.entry(String(piece.output.2))?.standing ?? .recalled
                #expect(piece.output.3 == standing.rawValue)
                if standing != .settled { #expect(piece.output.0.contains("data-mark=\"\(standing.rawValue)\"")) }
            }
            for link in page.text.matches(of: #/href="#([^"]+)"/#) {
                let id = String(link.output.1)
                #expect(page.text.contains(" id=\"\(id)\"") || id.hasPrefix("i-"), "no part \(id)")
            }
        }
    }

    @Test("a recall reaches the copy and the list that phones ask for, and the mark of every language changes")
    func editions() async throws {
        let door = try await Self.door()
        let before = try await door.get("/rights/save/editions.json").json
        #expect(before["recalled"] as? [String] == [])
        let marks = try #require(before["languages"] as? [String: String])
        #expect(Set(marks.keys) == Set(door.site.library.languages.map(\.code)))
        try await Self.recall("silence", door)
        let after = try await door.get("/rights/save/editions.json").json
        #expect(after["recalled"] as? [String] == ["silence"])
        for (code, mark) in try #require(after["languages"] as? [String: String]) { #expect(marks[code] != mark) }
        #expect(!(try await door.get("/rights/save/en.html")).text.contains("I want to stay silent."))
    }

    @Test("only the page that starts the worker may, and the worker looks after /rights alone")
    func worker() async throws {
        let door = try await Self.door()
        let worker = try await door.get("/rights/worker.js")
        #expect(worker.headers[HTTPField.Name("Service-Worker-Allowed")!] == "/rights")
        #expect(worker.headers[.contentType]?.hasPrefix("text/javascript") == true)
        #expect(worker.headers[.contentSecurityPolicy]?.contains("connect-src 'self'") == true)
        let page = try await door.get("/rights/save")
        #expect(page.headers[.contentSecurityPolicy]?.contains("worker-src 'self'") == true)
        #expect(page.text.contains("rel=\"manifest\""))
        let other = try await door.get("/rights")
        #expect(other.headers[.contentSecurityPolicy]?.contains("worker-src 'none'") == true)
    }

    @Test("the folder holds a first page, every guide and every sheet, and its pages need nothing else")
    func folder() async throws {
        let door = try await Self.door()
        let answer = try await door.get("/rights/save/es.zip")
        #expect(answer.status == 200)
        #expect(answer.headers[.contentDisposition] == "attachment; filename=\"vecinos-es.zip\"")
        for name in [
            "index.html", "all.html", "guides/home.html", "guides/dont.html", "print/card-letter.pdf",
            "print/large-a4.pdf",
        ] {
            #expect(answer.text.contains(name), "\(name)")
        }
    }
}
