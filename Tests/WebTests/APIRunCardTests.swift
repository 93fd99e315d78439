// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import NIOCore
import People
import Response
import Support
import Testing

@testable import Web

@Suite("Run cards for programs")
struct APIRunCardTests {
    @Test("A coordinator puts a card; everybody who sees the board reads it, and only what is wrong is named")
    func written() async throws {
        let door = try await Door()
        try await door.signIn(.ruth)
        let path = "/api/v1/run-cards/vehicles"
        let body = #"{"lines":[{"role":"verifier","wanted":1,"language":"es"},{"role":"observer","wanted":2}]}"#
        let put = try await door.put(path, json: body)
        #expect(put.status == 200)
        let wrong = try await door.put(
            path,
            json: #"{"lines":[{"role":"driver","wanted":1},{"role":"dispatcher","wanted":0,"language":"?"}]}"#
        )
        #expect(wrong.status == 422 && wrong.isProblem)
        #expect(wrong.fields == ["lines.1.language", "lines.1.role", "lines.1.wanted"])
        #expect(try await door.put(path, json: #"{"lines":[{"role":"<b>","wanted":1}]}"#).fields == ["lines.0.role"])
        #expect(try await door.put(path, json: #"{"lines":[{"role":"driver","wanted":1.5}]}"#).status == 422)
        #expect(try await door.put(path, json: "{}").fields == ["lines"])
        #expect(try await door.put("/api/v1/run-cards/ufo", json: body).status == 404)

        try await door.signIn(.amina)
        let cards = try await door.get("/api/v1/run-cards").items
        #expect(cards.count == ReportKind.allCases.count)
        let lines = cards.first { $0["kind"] as? String == "vehicles" }?["lines"] as? [[String: Any]]
        #expect(lines?.compactMap { $0["role"] as? String } == ["verifier", "observer"])
        #expect(lines?.first?["language"] as? String == "es")
        #expect(try await door.put(path, json: body).status == 403)
        try await door.signIn(.joao)
        #expect(try await door.get("/api/v1/run-cards").status == 403)
    }

    @Test("A dispatcher sees whom a card would ask, sends it once, and is told when there is nobody left")
    func sent() async throws {
        let door = try await Door()
        let incident = try await door.incident()
        let path = "/api/v1/incidents/\(incident)/run-card"
        try await door.signIn(.joao)
        #expect(try await door.get(path).status == 403)
        #expect(try await door.post(path, json: "{}").status == 403)
        try await door.signIn(.ruth)
        let card = #"{"lines":[{"role":"observer","wanted":1,"language":"es"},{"role":"attorney","wanted":1}]}"#
        #expect(try await door.put("/api/v1/run-cards/vehicles", json: card).status == 200)
        _ = try await door.world.member(named: "Lin", [.attorney])
        try await door.signIn(.amina)
        let shown = try await door.get(path)
        let lines = try #require(shown.json["lines"] as? [[String: Any]])
        #expect(lines.map { $0["asks"] as? [String] } == [["Lupe"], ["Lin"]])
        let people = try #require(lines.first?["people"] as? [[String: Any]])
        #expect(people.map { $0["who"] as? String } == ["Lupe"])
        #expect((people.first?["why"] as? [String])?.contains { $0.hasPrefix("Speaks the language") } == true)
        #expect(
            try await door.get("/board/incidents/\(incident)").text.contains("Speaks the language"),
            "before it is sent"
        )
        let sent = try await door.post(path, json: #"{"meeting":"By the bakery"}"#)
        #expect(sent.status == 201)
        #expect((sent.json["dispatches"] as? [[String: Any]])?.compactMap { $0["role"] as? String } == ["observer"])
        #expect(sent.json["attorney_paged"] as? Bool == true)
        let detail = try await door.get("/api/v1/incidents/\(incident)").json
        let why = (detail["assignments"] as? [[String: Any]])?.first?["why"] as? [String]
        #expect(why?.contains { $0.hasPrefix("Speaks the language") } == true)
        // In the row of each, and in the record: words, and no mark that only a pointer finds.
        let row = try await door.get("/board/incidents/\(incident)").text.components(separatedBy: "class=\"person\"")
        #expect(row.contains { $0.contains("Lupe") && $0.contains("Speaks the language") })
        #expect(row.allSatisfy { !$0.contains("<small title=") })
        #expect(try await door.get("/board/incidents/\(incident)/record").text.contains("Speaks the language"))
        let again = try await door.post(path, json: "{}")
        #expect(again.status == 409 && again.isProblem)
        #expect(try await door.post("/api/v1/incidents/nonsense/run-card", json: "{}").status == 404)
        #expect(try await door.post(path, json: #"{"meeting":7}"#).fields == ["meeting"])
    }
}

extension Door {
    func put(_ path: String, json: String) async throws -> Answer {
        try await send(.put, path, [.contentType: "application/json"], .init(string: json))
    }
}
