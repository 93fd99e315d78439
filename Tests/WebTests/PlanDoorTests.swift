// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Inform
import Kit
import Support
import Testing

@testable import Web

@Suite("The family plan, through the door")
struct PlanDoorTests {
    private static func door() async throws -> Door {
        let door = try await Door()
        let files = door.site.pack.facts
        try await door.world.database.write { tx in _ = try FactBook.take(files, in: tx) }
        return door
    }

    private static func main(_ page: String) -> String {
        let rest = page.components(separatedBy: "<main").last ?? ""
        return rest.components(separatedBy: "</main>").first ?? ""
    }

    @Test("nothing on it can be sent: no form, no name, and no path takes one", arguments: ["en", "es"])
    func nothingIsSent(code: String) async throws {
        let door = try await Self.door()
        for path in ["/plan", "/plan/blank"] {
            let page = try await door.get("\(path)?lang=\(code)")
            #expect(page.status == 200)
            #expect(page.headers[.contentLanguage] == code)
            let main = Self.main(page.text)
            #expect(!main.contains("<form"))
            #expect(!main.contains(" name=\""))
            #expect([404, 405].contains(try await door.post(path, form: [("children", "Xochitl")]).status))
            #expect(!page.text.contains("data-untranslated"), "\(path) is not whole in \(code)")
        }
        let page = try await door.get("/plan?lang=\(code)")
        let inputs = page.text.matches(of: /<(?:input|textarea)[^>]*data-plan=[^>]*>/)
        #expect(inputs.count > 150)
        for input in inputs { #expect(input.output.contains("autocomplete=\"off\"")) }
        let words = page.text.matches(of: /<(?:input type="(?:text|tel|email)"|textarea)[^>]*data-plan=[^>]*>/)
        for input in words { #expect(input.output.contains("spellcheck=\"false\"")) }
    }

    @Test("every topic is there to fill in and, without a script, to print and write on", arguments: ["en", "es"])
    func topics(code: String) async throws {
        let door = try await Self.door()
        let plan = door.site.pack.plan
        let language: Language = code == "en" ? .english : .spanish
        let topics = [
            "children", "caregiver", "contacts", "numbers", "detained", "documents", "medical", "school", "home",
            "pets",
        ]
        #expect(plan.topics.map(\.id) == topics)
        for path in ["/plan", "/plan/blank"] {
            let page = try await door.get("\(path)?lang=\(code)").text
            for topic in plan.topics {
                #expect(topic.name.isIn(language))
                #expect(page.contains("id=\"\(topic.id)-h\""))
                for field in (topic.groups ?? []).flatMap(\.fields) {
                    #expect(page.contains(HTML.text(field.name(language)).string), "\(topic.id) \(field.id)")
                }
                for fact in topic.facts ?? [] { #expect(page.contains("data-fact=\"\(fact)\""), "\(fact)") }
            }
            #expect(page.contains("Completion of items 1-4"))
            #expect(page.contains("under penalty of perjury"))
            #expect(page.contains("sectionNum=6552"))
            for item in plan.form.items { #expect(page.contains(HTML.text(item.means(language)).string)) }
        }
        let blank = Self.main(try await door.get("/plan/blank?lang=\(code)").text)
        #expect(!blank.contains("<input") && !blank.contains("<textarea"))
        #expect(blank.components(separatedBy: "class=\"rule\"").count > 80)
        #expect(Self.main(try await door.get("/plan").text).contains("href=\"/help#legal\""))
    }

    @Test("when what the caregiver form rests on was taken back, the form is gone from both pages at once")
    func recalled() async throws {
        let door = try await Self.door()
        let ruth = door.world.ruth
        #expect(try await door.get("/plan").text.contains("data-plan-paper"))
        try await door.world.database.write { tx in
            try FactBook.recall("caregiver", reason: "A private reason", by: ruth, in: tx)
        }
        for path in ["/plan", "/plan/blank"] {
            let page = try await door.get(path)
            #expect(page.status == 200)
            #expect(!page.text.contains("data-plan-paper"))
            #expect(!page.text.contains("Completion of items 1-4"))
            #expect(page.text.contains("data-standing=\"recalled\""))
            #expect(page.text.contains("data-plan=\"contacts.person.1.name\"") == (path == "/plan"))
        }
    }

    @Test("it is light, and what its script says is there in the reader's language", arguments: ["en", "es"])
    func weight(code: String) async throws {
        let door = try await Self.door()
        let page = try await door.get("/plan?lang=\(code)").text
        let zipped = try #require(Gzip.compress(Array(page.utf8)))
        #expect(zipped.count < 30_000)
        for said in ["wrong", "damaged", "foreign", "newer", "erased", "fresh", "kept", "locked", "clashed", "over"] {
            #expect(page.contains(" data-said-\(said)=\""), "\(said)")
        }
        #expect(page.contains("src=\"/static/plan.js?v="))
    }

    @Test("a pack whose plan names a fact that isn't there does not start")
    func pack() throws {
        let facts = try FactFiles.load(folder: World.content)
        let plan = try Plan.load(folder: World.content, facts: facts)
        let known = Set(facts.facts.map(\.fact.id))
        #expect(plan.facts.allSatisfy(known.contains))
        #expect(plan.facts.contains("caregiver-not-relative"))
        #expect(throws: Content.Problem.self) { try Plan.load(folder: "\(World.content)/rights", facts: facts) }
    }

    @Test("the worker looks after /plan alone, and only the plan's page may start it; what it takes out is marked")
    func worker() async throws {
        let door = try await Self.door()
        let worker = try await door.get("/plan/worker.js")
        #expect(worker.headers[HTTPField.Name("Service-Worker-Allowed")!] == "/plan")
        #expect(worker.headers[.contentType]?.hasPrefix("text/javascript") == true)
        #expect(worker.headers[.contentSecurityPolicy]?.contains("connect-src 'self'") == true)
        let page = try await door.get("/plan")
        #expect(page.headers[.contentSecurityPolicy]?.contains("worker-src 'self'") == true)
        let blank = try await door.get("/plan/blank")
        #expect(blank.headers[.contentSecurityPolicy]?.contains("worker-src 'none'") == true)
        for text in [page.text, blank.text] {
            #expect(text.contains("<!--age ") && text.contains("<!--gone "))
            // Every fact, and the affidavit, stand between two marks.
            let facts = text.matches(of: #/data-fact="([^"@]+)"/#).map { String($0.output.1) }
            #expect(!facts.isEmpty)
            for fact in facts { #expect(text.contains("<!--card \(fact)-->"), "\(fact)") }
            #expect(text.contains("<!--card \(door.site.pack.plan.form.rests.joined(separator: " "))-->"))
            #expect(
                text.components(separatedBy: "<!--card ").count == text.components(separatedBy: "<!--/card-->").count
            )
        }
    }
}
