// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import People
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("Merging, splitting and linking through the door")
struct GatheringDoorTests {
    private func reported(_ door: Door, _ place: String, _ words: String) async throws -> (
        Ref<Incident>, Ref<Report>, String
    ) {
        let filing = ReportFiling(kind: "vehicles", words: words, whereabouts: Whereabouts(place: place))
        let receipt = try await door.world.intake.take(filing, submission: .once)
        return (try await door.world.incident(of: receipt.report), receipt.report, receipt.code.text)
    }

    @Test("As forms: a page lists what is near, merges by a pasted address, and takes it apart again")
    func forms() async throws {
        let door = try await Door()
        let (first, _, _) = try await reported(door, "boyle-heights", "White vans at the park")
        let (second, report, _) = try await reported(door, "pacoima", "Two cars without plates")
        try await door.signIn(.amina)
        let page = try await door.get("/board/incidents/\(first)?act=merge")
        #expect(page.status == 200)
        #expect(page.text.contains("value=\"\(second)\""))
        let nothing = try await door.post(
            "/board/incidents/\(first)/merge",
            form: [("_token", door.csrf), ("act", "merge"), ("address", "the other one")]
        )
        #expect(nothing.status == 422)
        #expect(nothing.text.contains("the other one"), "what was typed is kept")
        let merged = try await door.post(
            "/board/incidents/\(first)/merge",
            form: [("_token", door.csrf), ("address", "https://example.org/board/incidents/\(second)?act=not")]
        )
        #expect(merged.status == 303)
        let after = try await door.get("/board/incidents/\(first)")
        #expect(after.text.contains("Take it apart again"))
        let apart = try await door.post(
            "/board/incidents/\(first)/split",
            form: [("_token", door.csrf), ("reports", report.text)]
        )
        #expect(apart.status == 303)
        #expect(try await door.get("/board/incidents/\(first)").text.contains("Put it together again"))
    }

    @Test("As forms: a report is about both, and its code shows both")
    func links() async throws {
        let door = try await Door()
        let (first, report, code) = try await reported(door, "boyle-heights", "White vans at the park")
        let (second, _, _) = try await reported(door, "pacoima", "Two cars without plates")
        try await door.signIn(.amina)
        let form = try await door.get("/board/incidents/\(first)?act=also&report=\(report)")
        #expect(form.text.contains("value=\"\(report)\" checked"))
        let linked = try await door.post(
            "/board/incidents/\(first)/links",
            form: [("_token", door.csrf), ("act", "also"), ("report", report.text), ("other", second.text)]
        )
        #expect(linked.status == 303)
        #expect(try await door.get("/board/incidents/\(first)").text.contains("Also about:"))
        let found = try await door.post("/api/v1/reports/lookup", json: #"{"code":"\#(code)"}"#)
        #expect((found.json["also"] as? [[String: Any]])?.map { $0["answer"] as? String } == ["checking"])
        let away = try await door.post(
            "/board/incidents/\(second)/links/removal",
            form: [("_token", door.csrf), ("report", report.text)]
        )
        #expect(away.status == 303)
        #expect(try await door.post("/api/v1/reports/lookup", json: #"{"code":"\#(code)"}"#).json["also"] == nil)
    }

    @Test("As JSON: near, merged, split, linked, unlinked")
    func programs() async throws {
        let door = try await Door()
        let (first, report, _) = try await reported(door, "boyle-heights", "White vans at the park")
        let (second, other, _) = try await reported(door, "pacoima", "Two cars without plates")
        try await door.signIn(.lupe)
        #expect(try await door.get("/api/v1/incidents/\(first)/near").status >= 403)
        #expect(
            try await door.post("/api/v1/incidents/\(first)/merges", json: #"{"other":"\#(second)"}"#).status >= 403
        )
        try await door.signIn(.amina)
        let near = try await door.get("/api/v1/incidents/\(first)/near")
        #expect((near.json["items"] as? [[String: Any]])?.map { $0["id"] as? String } == [second.text])
        let wrong = try await door.post("/api/v1/incidents/\(first)/merges", json: #"{"other":"x"}"#)
        #expect(wrong.status == 422 && wrong.fields == ["other"])
        let linked = try await door.post("/api/v1/incidents/\(second)/links", json: #"{"report":"\#(report)"}"#)
        #expect(linked.status == 201)
        let reports = try await door.world.database.read { tx in
            try tx.count("SELECT reports FROM incidents WHERE id = \(second)")
        }
        #expect(reports == 2)
        #expect(try await door.delete("/api/v1/incidents/\(second)/links/\(report)?version=0").status == 409)
        #expect(try await door.delete("/api/v1/incidents/\(second)/links/\(report)").status == 200)
        let stale = try await door.post(
            "/api/v1/incidents/\(first)/merges",
            json: #"{"other":"\#(second)","version":99}"#
        )
        #expect(stale.status == 409)
        let merged = try await door.post("/api/v1/incidents/\(first)/merges", json: #"{"other":"\#(second)"}"#)
        #expect(merged.status == 201 && merged.json["id"] as? String == first.text)
        let split = try await door.post("/api/v1/incidents/\(first)/splits", json: #"{"reports":["\#(other)"]}"#)
        #expect(split.status == 201)
        #expect(split.json["id"] as? String != first.text)
        #expect(try await door.post("/api/v1/incidents/\(first)/splits", json: #"{"reports":[]}"#).status == 422)
    }

    @Test("Whoever opens an incident's page after a restart wakes the grouping", arguments: ["", "/pane"])
    func restart(_ page: String) async throws {
        let door = try await Door()
        let (id, _, _) = try await reported(door, "boyle-heights", "White vans at the park")
        door.world.intake.recent.close(id.text)
        try await door.signIn(.amina)
        _ = try await door.get("/board/incidents/\(id)\(page)")
        for _ in 0..<200 where door.world.intake.recent.incident(id.text) == nil {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(door.world.intake.recent.incident(id.text)?.reports.count == 1)
    }
}
