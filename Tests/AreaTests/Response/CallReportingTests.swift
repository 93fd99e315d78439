// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Support
import Synchronization
import Testing
import Vault

@testable import Response

@Suite("A recorded call becomes a report")
struct CallReportingTests {
    private let world: World
    init() async throws { world = try await World() }

    /// What the telephone provider is asked, and what it says.
    private final class Telephone: Sendable {
        let asked = Mutex<[String]>([])
        let statuses = Mutex<[Int]>([])
        static let sound = Array("RIFF....WAVEfmt ".utf8) + [UInt8](repeating: 7, count: 400)

        var outside: Outside {
            Outside(
                web: { call in
                    self.asked.withLock { $0.append("\(call.method) \(call.url)") }
                    let status = self.statuses.withLock { $0.isEmpty ? 200 : $0.removeFirst() }
                    return WebAnswer(status: status, body: call.method == "GET" && status == 200 ? Self.sound : [])
                },
                mail: { _ in }
            )
        }
    }

    private func recorded(_ telephone: Telephone, seconds: Int = 9) async throws {
        CallReporting(intake: world.intake, outside: telephone.outside).register(with: world.worker)
        var account = Provider.Account()
        (account.url, account.account) = ("https://api.twilio.example", "AC1")
        (account.secret, account.from) = ("token", "+13235550000")
        let (provider, keys) = (Provider(make: .twilioVoice, account: account), world.keys)
        try await world.database.write { tx in
            try provider.store(by: nil, keys: keys, in: tx)
            for _ in 0..<2 {
                let id = try CallRecording.take(
                    "RE00000001",
                    .report,
                    seconds: seconds,
                    language: "es",
                    isOverflow: false,
                    keys: keys,
                    in: tx
                )
                if let id { try tx.enqueue(FileCall(id), key: "call:\(id.text)") }
            }
        }
    }

    /// Recordings, reports, files.
    private func rows() async throws -> [Int] {
        try await world.database.read { tx in
            [
                try tx.count("SELECT count(*) FROM call_recordings"), try tx.count("SELECT count(*) FROM reports"),
                try tx.count("SELECT count(*) FROM files"),
            ]
        }
    }

    @Test("fetched, sealed with its sound, deleted at the provider, and forgotten here; its code is known before")
    func whole() async throws {
        let telephone = Telephone()
        try await recorded(telephone)
        try await world.worker.runDue()
        #expect(
            telephone.asked.withLock { $0 } == [
                "GET https://api.twilio.example/2010-04-01/Accounts/AC1/Recordings/RE00000001.wav",
                "DELETE https://api.twilio.example/2010-04-01/Accounts/AC1/Recordings/RE00000001",
            ]
        )
        #expect(try await rows() == [0, 1, 1])
        let keys = world.keys
        let code = CallReporting.code(try CallRecording.mark("RE00000001", keys), keys: keys)
        let answer = try await world.database.read { tx in try Report.lookup(code, in: tx) }
        #expect(answer?.answer == .checking)
    }

    @Test("a recording that is not ready, and a deletion that fails, are tried again; the report stays one")
    func again() async throws {
        let telephone = Telephone()
        telephone.statuses.withLock { $0 = [404, 200, 503, 204] }
        try await recorded(telephone)
        for _ in 0..<3 {
            try await world.worker.runDue()
            world.clock.advance(by: .minutes(2))
        }
        #expect(try await rows() == [0, 1, 1])
        #expect(telephone.asked.withLock { $0.count } == 4)
    }

    @Test("a slip of the finger is only deleted at the provider")
    func slip() async throws {
        let telephone = Telephone()
        try await recorded(telephone, seconds: 0)
        try await world.worker.runDue()
        #expect(telephone.asked.withLock { $0.count } == 1)
        #expect(try await rows() == [0, 0, 0])
    }
}
