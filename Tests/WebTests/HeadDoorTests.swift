// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Support
import Testing

@testable import Web

@Suite("HEAD")
struct HeadDoorTests {
    @Test(
        "An answer to HEAD has the length of the page and no byte of it, whether or not a route answers",
        arguments: [
            ("/help", 200), ("/nope", 404), ("/report/messages", 405), ("/api/v1/reports", 405), ("/api/v1/nope", 404),
        ]
    )
    func head(path: String, status: Int) async throws {
        let door = try await Door()
        let answer = try await door.send(.head, path)
        #expect(answer.status == status)
        #expect(answer.text.isEmpty)
        #expect(answer.headers[.contentLength].flatMap { Int($0) } ?? 0 > 0)
    }
}
