// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Support
import Testing

@testable import Web

@Suite("Where the doors to help lead")
struct HelpDoorTests {
    /// The part of a page that a link leads to.
    private func section(_ id: String, of page: String) throws -> Substring {
        let start = try #require(page.firstRange(of: "id=\"\(id)\""))
        let rest = page[start.upperBound...]
        return rest[..<(rest.firstRange(of: "</section>")?.lowerBound ?? rest.endIndex)]
    }

    @Test("Each door of the home page that names help leads to that help, and to the number to call")
    func doors() async throws {
        let door = try await Door()
        let home = try await door.get("/?lang=en").text
        let page = try await door.get("/help?lang=en").text
        #expect(home.contains("href=\"/help#legal\"") && home.contains("href=\"/help#support\""))
        let legal = try section("legal", of: page)
        let support = try section("support", of: page)
        #expect(legal.contains("Call us first") && legal.contains("Talk with a lawyer"))
        #expect(!legal.contains("Food and rent") && !legal.contains("ICE detainee locator"))
        #expect(support.contains("Food and rent") && support.contains("A ride or company"))
        #expect(!support.contains("Talk with a lawyer"))
        for part in [legal, support] { #expect(part.contains("href=\"\(door.site.pack.hotlineAddress)\"")) }
        #expect(!home.contains("near you"), "no list of places is promised")
    }
}
