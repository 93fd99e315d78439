// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Messaging
import NIOCore
import People
import Response
import Support
import Testing

@testable import Web

@Suite("The board, through the door")
struct BoardDoorTests {
    @Test("its stream brings each member what they alone are told, and everybody who serves")
    func stream() async throws {
        let door = try await Door()
        let (world, hub) = (door.world, door.site.board)
        let t = door.site.library.words("en")
        let streams = [
            try await hub.open(.board, world.ruth, t, csrf: "r", door.site),
            try await hub.open(.board, world.amina, t, csrf: "a", door.site),
        ]
        await hub.send(door.site)
        let incident = try await door.incident()
        try await world.database.write { tx in
            try Message.tell(
                world.ruth.person,
                .coordinatorPaged,
                about: incident,
                key: "dispatch:x:1",
                expires: .hours(1),
                in: tx
            )
        }
        await hub.send(door.site)
        let shift = try await world.database.write { tx in
            try Shift.plan(
                world.lupe.person,
                as: .observer,
                from: tx.now,
                to: tx.now + .hours(2),
                by: world.lupe,
                in: tx
            )
        }
        try await world.database.write { tx in try Shift.start(shift, by: world.lupe, in: tx) }
        await hub.send(door.site)
        let told = try #require(
            try await world.database.read { tx in try Message.unread(for: world.ruth.person, in: tx).first }
        )
        try await world.database.write { tx in try Message.acknowledge(told.id, by: world.ruth, in: tx) }
        await hub.send(door.site)
        hub.dismissAll()

        var texts: [String] = []
        for stream in streams {
            var text = ""
            for await bytes in stream { text += String(buffer: bytes) }
            texts.append(text)
        }
        func events(_ name: String, _ text: String) -> [String] {
            text.components(separatedBy: "\n\n").filter { $0.contains("event: \(name)\n") }
        }
        let hers = events("messages", texts[0])
        #expect(hers.count == 3, "at the beginning, told, seen")
        #expect(hers.dropFirst().first?.contains(told.id.text) == true)
        #expect(hers.dropFirst().first?.contains("Nobody could be found") == true)
        #expect(hers.last?.contains("\"ids\":[]") == true)
        #expect(events("messages", texts[1]).allSatisfy { !$0.contains("Nobody could be found") })
        for text in texts { #expect(events("people", text).last?.contains("Lupe") == true) }
    }

    @Test("the full record names each day and tells whole times; the API turns the pages of a long timeline")
    func record() async throws {
        let door = try await Door()
        let id = "\(try await door.incident())"
        try await door.world.database.write { tx in
            for number in 1...600 {
                try tx.record(Event("incident.grew", subject: id, data: ["report": "report \(number)"]))
            }
        }
        try await door.signIn(.amina)
        let page = try await door.get("/board/incidents/\(id)/record").text
        let lines = page.components(separatedBy: "<ol class=\"line\">").last ?? ""
        #expect(page.firstMatch(of: #/<h3>[^<]+, 20\d\d</h3><ol class="line">/#) != nil)
        #expect(lines.firstMatch(of: #/>\d{1,2}:\d\d [ap]m</time>/#) != nil)
        #expect(page.components(separatedBy: "<time ").count > 600, "nothing is left out")
        let newest = try await door.get("/api/v1/incidents/\(id)").json
        #expect((newest["timeline"] as? [Any])?.count == 500)
        let next = try #require(newest["next"] as? Int)
        let older = try await door.get("/api/v1/incidents/\(id)?before=\(next)").json
        let first = (older["timeline"] as? [[String: Any]])?.first
        #expect(first?["kind"] as? String == "incident.opened" && older["next"] == nil)
        #expect(try await door.get("/api/v1/incidents/\(id)?before=x").fields == ["before"])
    }

    /// Every hidden field of the first form that is sent to `path`.
    private func fields(_ path: String, _ page: String) -> [(String, String)] {
        let form = page.components(separatedBy: "action=\"\(path)\"").dropFirst().first ?? ""
        return (form.components(separatedBy: "</form>").first ?? "")
            .matches(of: /type="hidden" name="([^"]+)" value="([^"]*)"/).map { (String($0.1), String($0.2)) }
    }

    @Test("a finding on an old page names what came in since, and counts when it is sent again")
    func overtaken() async throws {
        let door = try await Door()
        func report(_ more: String = "") async throws -> Ref<Incident> {
            let filing = ReportFiling(
                kind: "vehicles",
                words: "White vans and men in vests by the lake at Hollenbeck Park\(more)",
                whereabouts: Whereabouts(point: Point(latitude: 34.0415, longitude: -118.2171))
            )
            let receipt = try await door.world.intake.take(filing, submission: .once)
            return try await door.world.incident(of: receipt.report)
        }
        let id = try await report()
        try await door.signIn(.amina)
        let path = "/board/incidents/\(id)/verification"
        let finding = [("truth", "unfounded"), ("level", "1"), ("how", "call_back")]
        let before = fields(path, try await door.get("/board/incidents/\(id)?act=unfounded").text)
        #expect(!before.contains { $0.0 == "despite_reports" })
        #expect(try await report(", they drag a man out of his car") == id)
        let mistyped = try await door.post(path, form: before + [("truth", "unfounded"), ("level", "1"), ("how", "")])
        #expect(mistyped.status == 422)
        let same = fields(path, mistyped.text).filter { $0.0 == "version" }.map(\.1)
        #expect(same == before.filter { $0.0 == "version" }.map(\.1), "what came meanwhile was not named yet")
        let refused = try await door.post(path, form: before + finding)
        #expect(refused.status == 409)
        #expect(refused.text.contains("Since you looked"))
        #expect(refused.text.components(separatedBy: "data-refused").last?.contains("they drag a man out") == true)
        let after = fields(path, refused.text)
        #expect(after.contains { $0.0 == "despite_reports" && $0.1 == "yes" })
        #expect(try await report(", they drag a man out of his car, again") == id)
        #expect(try await door.post(path, form: after + finding).status == 303)
    }
}
