// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Logging
import NIOCore
import Response
import Support
import Synchronization
import Testing
import Vault

@testable import Web

@Suite("Codes of reports, asked for from a network that many share")
struct CodeDoorTests {
    private let door: Door
    private let code: String

    init() async throws {
        let made = try await Door()
        let filing = ReportFiling(
            kind: "vehicles",
            words: "Two vans at the market",
            whereabouts: Whereabouts(text: "Boyle Heights")
        )
        (door, code) = (made, try await made.world.intake.take(filing, submission: .once).code.text)
    }

    @Test("A whole neighborhood may ask with its codes; wrong ones are counted, and then the page keeps the code")
    func pages() async throws {
        for _ in 1...40 { #expect(try await look(code).status == 200) }
        for _ in 1...40 { #expect(try await look("a slip").status == 404, "nothing is looked up for it") }
        let stranger = ReporterCode.generate().text
        for _ in 1...20 { #expect(try await look(stranger).status == 404) }
        let refused = try await look(stranger)
        #expect(refused.status == 503)
        #expect(refused.text.contains("Too many codes were tried from your network."))
        #expect(refused.text.contains("action=\"/report/answer\"") && refused.text.contains("value=\"\(stranger)\""))
        #expect(!refused.text.contains("very busy"))
        #expect(try await look(code).status == 503, "else guessing would go on")
        #expect(try await look(code, from: "198.51.100.7").status == 200)
        door.world.clock.advance(by: .minutes(1))
        #expect(try await look(code).status == 200)
    }

    @Test("Programs are held up for wrong codes only")
    func programs() async throws {
        for _ in 1...40 { try await ask(code) }
        let stranger = ReporterCode.generate().text
        for _ in 1...20 { await #expect(throws: Refusal.unknownCode) { try await ask(stranger) } }
        await #expect(throws: Refusal.tooManyCodes) { try await ask(stranger) }
        await #expect(throws: Refusal.tooManyCodes) { try await ask(code) }
    }

    @Test("Who may not add just now keeps what was typed")
    func adding() async throws {
        let peer = try context().peer
        for _ in 1...20 { try door.site.throttle.admitLookup(from: peer) }
        let request = request(form: "code=\(code)&more=They+went+north")
        let added = try await read(AnswerPages(site: door.site).add(request, context()))
        #expect(added.status == 503)
        #expect(added.text.contains("They went north</textarea>"))
        let message = self.request(form: "code=\(code)&message=Is+it+over")
        let written = try await read(MailboxPages(site: door.site).write(message, context()))
        #expect(written.status == 503)
        #expect(written.text.contains("Is it over</textarea>"))
        #expect(try await look(code).status == 200, "asking is not held up by it")
    }

    private func look(_ code: String, from address: String = "203.0.113.7") async throws -> (status: Int, text: String)
    {
        let request = request(form: "code=\(code.replacing(" ", with: "+"))")
        return try await read(AnswerPages(site: door.site).look(request, context(address)))
    }

    private func ask(_ code: String) async throws {
        let request = request("application/json", #"{"code":"\#(code)"}"#)
        _ = try await ReportAPI(site: door.site).lookup(request, context())
    }

    private func context(_ address: String = "203.0.113.7") throws -> SiteContext {
        var context = SiteContext(source: Nowhere(logger: door.site.logger))
        context.peer = try SocketAddress(ipAddress: address, port: 1)
        return context
    }

    private func request(form: String) -> Request { request("application/x-www-form-urlencoded", form) }

    private func request(_ type: String, _ body: String) -> Request {
        let head = HTTPRequest(
            method: .post,
            scheme: "http",
            authority: "localhost",
            path: "/",
            headerFields: [.contentType: type]
        )
        return Request(head: head, body: .init(buffer: ByteBuffer(string: body)))
    }

    private func read(_ response: Response) async throws -> (status: Int, text: String) {
        let page = Page()
        try await response.body.write(page)
        return (response.status.code, page.kept.text)
    }
}

/// Keeps what is written of an answer.
private struct Page: ResponseBodyWriter {
    final class Kept: Sendable {
        private let bytes = Mutex<[UInt8]>([])

        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

        func add(_ buffer: ByteBuffer) { bytes.withLock { $0 += buffer.readableBytesView } }
    }

    let kept = Kept()

    mutating func write(_ buffer: ByteBuffer) async throws { kept.add(buffer) }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// A request without a connection.
private struct Nowhere: RequestContextSource {
    let logger: Logger
}
