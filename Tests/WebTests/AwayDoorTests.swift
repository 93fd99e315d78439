// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing

@testable import Web

@Suite("A database that is away, seen by who only reads")
struct AwayDoorTests {
    /// A door whose database answers nothing. PostgreSQL would be connected to again.
    private func door(_ member: Door.Member? = nil) async throws -> Door? {
        guard Store.postgres == nil else { return nil }
        let door = try await Door()
        if let member { try await door.signIn(member) }
        door.world.database.close()
        door.world.clock.advance(by: .minutes(1))
        return door
    }

    @Test("The start page comes with its doors and without figures, and says that they can't be shown")
    func start() async throws {
        guard let door = try await door() else { return }
        let answer = try await door.get("/?lang=en")
        #expect(answer.status == 503)
        for words in [
            "What do you need?", "href=\"/rights\"", "data-live=\"truth\"", "can&#39;t be shown at the moment",
        ] {
            #expect(answer.text.contains(words), "\(words)")
        }
        for words in ["Nothing is confirmed", "being checked", "can&#39;t save"] {
            #expect(!answer.text.contains(words), "\(words)")
        }
    }

    @Test("What is happening says itself that it can't be shown, in every region that an open page has")
    func now() async throws {
        guard let door = try await door() else { return }
        let answer = try await door.get("/now?lang=en")
        #expect(answer.status == 503)
        #expect(answer.text.contains("That does not mean that nothing is."))
        for region in ["truth", "list", "map"] { #expect(answer.text.contains("data-live=\"\(region)\""), "\(region)") }
        #expect(!answer.text.contains("Nothing is confirmed"))
    }

    @Test("Any other page says that it can't be shown, not that it can't be saved, and leads to what works")
    func other() async throws {
        guard let door = try await door(.amina) else { return }
        let answer = try await door.get("/board?lang=en")
        #expect(answer.status == 503)
        #expect(answer.text.contains("We can&#39;t show this right now") && !answer.text.contains("can&#39;t save"))
        let main = answer.text.components(separatedBy: "<main").last ?? ""
        #expect(main.contains("href=\"/rights\"") && main.contains("href=\"/report\"") && main.contains("href=\"tel:"))
        #expect(!main.contains("class=\"button\" href=\"/now\""))
        let problem = try await door.get("/api/v1/status")
        #expect(problem.status == 503 && problem.isProblem && problem.text.contains("show this right now"))
    }
}
