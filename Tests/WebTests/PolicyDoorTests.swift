// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Inform
import Kit
import Support
import Testing

@testable import Web

@Suite("Policies, through the door")
struct PolicyDoorTests {
    private static func door() async throws -> Door {
        let door = try await Door()
        let files = door.site.pack.facts
        try await door.world.database.write { tx in _ = try FactBook.take(files, in: tx) }
        return door
    }

    @Test("each policy is whole in both languages: both sides, sources, who keeps to it, what one can do")
    func whole() async throws {
        let door = try await Self.door()
        let policies = door.site.pack.policies.policies
        #expect(policies.count >= 14)
        for policy in policies {
            for code in ["en", "es"] {
                let page = try await door.get("/policies/\(policy.id)?lang=\(code)")
                #expect(page.status == 200)
                #expect(!page.text.contains("data-untranslated"), "\(policy.id) in \(code)")
                #expect(page.text.contains("data-stage=\"\(policy.stage.rawValue)\""))
                for element in policy.elements {
                    #expect(page.text.contains(HTML.text(element.words(door.site.library.preferred(code))).string))
                }
                for fact in policy.facts { #expect(page.text.contains("data-fact=\"\(fact)\"")) }
                let zipped = try #require(Gzip.compress(Array(page.text.utf8)))
                #expect(zipped.count < 30_000)
            }
        }
        #expect(try await door.get("/policies/nothing").status == 404)
        let list = try await door.get("/policies")
        for policy in policies { #expect(list.text.contains("/policies/\(policy.id)\"")) }
    }

    @Test("what isn't settled is never called in force, and past its review day nothing is")
    func standing() async throws {
        let door = try await Self.door()
        let pending = try await door.get("/policies/la-county-ice-free")
        #expect(!pending.text.contains("data-stage=\"in_force\""))
        #expect(pending.text.contains("data-mark=\"pending\""))
        door.world.clock.advance(by: .days(900))
        let old = try await door.get("/policies/values-act")
        #expect(old.text.contains("Not checked lately"))
        #expect(!old.text.contains(">In force<"))
    }

    @Test("when a fact it rests on is taken back, a policy's own words of it are gone from page and list")
    func recalled() async throws {
        let door = try await Self.door()
        let own = "The governor signed it."
        #expect(try await door.get("/policies/values-act").text.contains(own))
        let ruth = door.world.ruth
        try await door.world.database.write { tx in
            try FactBook.recall("police-status", reason: "Changed", by: ruth, in: tx)
        }
        let page = try await door.get("/policies/values-act")
        #expect(!page.text.contains(own))
        #expect(page.text.contains("data-standing=\"recalled\""))
        let answer = try await door.get("/api/v1/policies")
        let list = try #require(answer.json["policies"] as? [[String: Any]])
        let item = try #require(list.first { $0["id"] as? String == "values-act" })
        #expect((item["elements"] as? [Any])?.isEmpty == true)
        #expect(item["lead"] == nil)
        let tag = try #require(answer.headers[.eTag])
        #expect(try await door.get("/api/v1/policies", [.ifNoneMatch: tag]).status == 304)
    }

    @Test("the calendar has what is to come, by the city's clock, under names that stay; nothing that is over")
    func calendar() async throws {
        let door = try await Self.door()
        let coming = try #require(Instant(iso8601: "2026-11-22T12:00:00-08:00"))
        door.world.clock.advance(by: coming - door.world.clock.clock.now())
        let feed = try await door.get("/policies/hearings.ics")
        #expect(feed.headers[.contentType] == "text/calendar; charset=utf-8")
        #expect(feed.text.contains("DTSTART:20261207T200000Z\r\n"))
        #expect(feed.text.contains("UID:policy-no-kings-new-session@"))
        #expect(try await door.get("/policies").text.contains("datetime=\"2026-12-07T12:00\""))
        door.world.clock.advance(by: .days(30))
        #expect(!(try await door.get("/policies/hearings.ics")).text.contains("BEGIN:VEVENT"))
        #expect(!(try await door.get("/policies")).text.contains("datetime=\"2026-12-07T12:00\""))
    }
}
