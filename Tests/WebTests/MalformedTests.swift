// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Support
import Testing

@testable import Web

/// Bytes that are no HTTP, and what is said to them.
struct Malformed: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// From the target on.
    let bytes: @Sendable (_ path: String) -> String
    let status: Int

    static let all: [Malformed] = [
        Malformed(
            testDescription: "a method that is none",
            bytes: { "REFLECT \($0) HTTP/1.1\r\nHost: a\r\n\r\n" },
            status: 400
        ),
        head("a folded field", "X-Folded: 1\r\n reflect\r\n"),
        head("a NUL", "X-Nul: reflect\u{0}\r\n"),
        head("a field without a name", ": reflect\r\n"),
        head("a length below nothing", "Content-Length: -1\r\n"),
        head("two lengths", "Content-Length: 4\r\nContent-Length: 9\r\n"),
        head("a length and pieces", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"),
        head("a long head", "X-Long: \(String(repeating: "reflect", count: 6_000))\r\n", status: 431),
    ]

    private static func head(_ name: String, _ fields: String, status: Int = 400) -> Malformed {
        Malformed(testDescription: name, bytes: { "POST \($0) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n" }, status: status)
    }
}

@Suite("What is no HTTP is told so")
struct MalformedTests {
    @Test("A page in two languages, fixed and with all headers, and the connection ends", arguments: Malformed.all)
    func page(_ malformed: Malformed) async throws {
        let door = try await Door()
        try await door.live { wire in
            wire.waits(seconds: 120)
            let answer = try await wire.ask(malformed.bytes("/report")).text
            #expect(answer.hasPrefix("HTTP/1.1 \(malformed.status) "))
            #expect(answer.contains("text/html; charset=utf-8"))
            #expect(answer.contains("<h1>We could not read that</h1>") && answer.contains("lang=\"es\""))
            expectSealed(answer)
            #expect(await (try? wire.answer()) == nil)
        }
    }

    @Test("A program gets a problem", arguments: Malformed.all)
    func problem(_ malformed: Malformed) async throws {
        let door = try await Door()
        try await door.live { wire in
            wire.waits(seconds: 120)
            let answer = try await wire.ask(malformed.bytes("/api/v1/reports")).text
            #expect(answer.hasPrefix("HTTP/1.1 \(malformed.status) "))
            #expect(answer.contains("application/problem+json"))
            #expect(answer.contains("\"status\":\(malformed.status)"))
            #expect(answer.contains(malformed.status == 431 ? "up to 32 KB" : "one JSON object"))
            expectSealed(answer)
        }
    }

    private func expectSealed(_ answer: String) {
        for header in [
            "Content-Security-Policy: default-src 'none'", "X-Content-Type-Options: nosniff", "Connection: close",
        ] {
            #expect(answer.lowercased().contains(header.lowercased()), "\(header)")
        }
        #expect(!answer.lowercased().contains("reflect"))
        #expect(answer.components(separatedBy: "HTTP/1.").count == 2)
    }

    @Test(
        "A piece whose length is no number is not called too big",
        arguments: [("/report", "application/x-www-form-urlencoded"), ("/api/v1/reports", "application/json")]
    )
    func badPieces(_ path: String, _ type: String) async throws {
        let door = try await Door()
        try await door.live { wire in
            wire.waits(seconds: 120)
            let answer = try await wire.ask(
                "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
            )
            #expect(answer.text.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test("A good request before it is answered as ever")
    func afterGood() async throws {
        let door = try await Door()
        try await door.live { wire in
            wire.waits(seconds: 120)
            let good = try await wire.ask("GET /api/v1/nothing HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\n\r\n")
            #expect(good.text.hasPrefix("HTTP/1.1 404 "))
            let bad = try await wire.ask("REFLECT / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(bad.text.hasPrefix("HTTP/1.1 400 ") && bad.text.contains("text/html"))
        }
    }
}
