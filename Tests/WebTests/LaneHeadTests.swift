// SPDX-License-Identifier: AGPL-3.0-or-later
import NIOCore
import Testing

@testable import Web

/// What the lane's own reader takes must be what the decoder takes, or less.
@Suite("The head of a request, as the fast lane reads it")
struct LaneHeadTests {
    private func read(_ fields: String, path: String = "/help") -> LaneHead? {
        LaneHead(ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"))
    }

    @Test(
        "What changes how a request is answered is known by its name, however that is written",
        arguments: [
            ("Cookie", true), ("Range", true), ("Expect", true), ("If-None-Match", true), ("Content-Encoding", true),
            ("Connection", false), ("Proxy-Connection", false), ("Transfer-Encoding", false), ("Trailer", false),
            ("TE", false), ("Upgrade", false),
        ]
    )
    func names(_ name: String, endsKnown: Bool) throws {
        for name in [name, name.uppercased(), name.lowercased()] {
            let head = try #require(read("X-First: 1\r\n\(name): x\r\nX-Last: 1\r\n"))
            #expect(!head.isPlain, "\(name)")
            #expect((head.bodyCount != nil) == endsKnown, "\(name)")
        }
    }

    @Test("A field that means something comes once")
    func once() {
        for name in [
            "Host", "Accept-Language", "Accept-Encoding", "Content-Type", "Content-Length", "Idempotency-Key",
            "X-Forwarded-For", "Connection", "Proxy-Connection", "Cookie", "Range", "Expect", "Upgrade", "Trailer",
            "TE", "If-None-Match", "Content-Encoding", "Transfer-Encoding",
        ] {
            #expect(read("\(name): 1\r\n\(name.lowercased()): 1\r\n") == nil, "\(name)")
        }
        #expect(read("X-Other: 1\r\nX-Other: 1\r\n") != nil)
    }

    @Test("What no value may hold is seen wherever it stands, among eight bytes and behind them")
    func values() {
        for count in 0..<20 {
            for place in 0...count {
                let before = String(repeating: "v", count: place)
                let after = String(repeating: "~", count: count - place)
                for bad in ["\u{00}", "\u{1F}", "\u{7F}", "é", "\n", "\r"] {
                    #expect(read("X-Other: \(before)\(bad)\(after)\r\n") == nil)
                    #expect(read("", path: "/\(before)\(bad)\(after)") == nil)
                }
                #expect(read("X-Other: \(before)\t\(after)\r\n") != nil)
                #expect(read("", path: "/\(before)\t\(after)") == nil)
                #expect(read("", path: "/\(before)!\(after)")?.path == "/\(before)!\(after)")
            }
        }
    }

    @Test("What is read of a browser's head is what stands in it")
    func browser() throws {
        let text =
            "GET /rights HTTP/1.1\r\nHost: example.org\r\nConnection: keep-alive\r\n"
            + "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36\r\nAccept: text/html,*/*;q=0.8\r\n"
            + "X-Forwarded-For:\t192.0.2.1 \r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: es-MX,es;q=0.9\r\n\r\n"
        let head = try #require(LaneHead(ByteBuffer(string: text + "next")))
        #expect(head.headCount == text.utf8.count)
        #expect(head.path == "/rights")
        #expect(head.isPlain)
        #expect(head.takesGzip)
        #expect(head.forwardedFor == "192.0.2.1")
        #expect(head.acceptLanguage == "es-MX,es;q=0.9")
        for count in 0..<text.utf8.count { #expect(LaneHead(ByteBuffer(bytes: text.utf8.prefix(count))) == nil) }
    }
}
