// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response
import Support
import Testing

@testable import Web

@Suite("What a page that came back is called")
struct ErrorTitleTests {
    private func title(_ answer: Answer) -> String {
        answer.text.firstMatch(of: /<title>([^<]*)<\/title>/).map { String($0.1) } ?? ""
    }

    @Test("a form that is shown again says so in its title, for a neighbor and for a member, in their language")
    func again() async throws {
        let door = try await Door()
        let id = try await door.incident()
        #expect(try await title(door.get("/report/answer?lang=en")) == "See the answer")
        let unknown = try await door.post("/report/answer?lang=en", form: [("code", "no such code")])
        #expect(title(unknown) == "Error: See the answer")
        let spanish = try await door.post("/report/answer?lang=es", form: [("code", "no such code")])
        #expect(title(spanish).hasPrefix("Error: "))
        try await door.signIn(.ruth)
        #expect(try await title(door.get("/board/incidents/\(id)?lang=en")) == "Board")
        let titles = [
            "/board/incidents/\(id)/verification": "Error: Board",
            "/board/incidents/\(id)/dispatch": "Error: Board",
            "/board/incidents/\(id)/evidence": "Error: Full record",
            "/shifts": "Error: Shifts",
        ]
        for (path, name) in titles {
            let answer = try await door.post("\(path)?lang=en", form: [("_token", door.csrf)])
            #expect(answer.status == 422 && title(answer) == name, "\(path)")
        }
    }
}
