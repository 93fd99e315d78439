// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Synchronization
import Testing
import Vault

@testable import Messaging

@Suite("Stop, while a provider is slow", .timeLimit(.minutes(20)))
struct StopsTests {
    /// Shut until a test opens it.
    private final class Gate: Sendable {
        private let state = Mutex(false)
        var isOpen: Bool { state.withLock { $0 } }
        func open() { state.withLock { $0 = true } }
    }

    /// A provider that takes each call and answers none before it may.
    private struct Slow: Sendable {
        let standIn = StandIn()
        private let gate = Gate()

        init() {
            standIn.whenCalled { [gate] _ in
                while !gate.isOpen { try? await Task.sleep(for: .milliseconds(2)) }
            }
        }

        /// As many calls as a lane holds at the same time.
        func fill(_ count: Int) async throws {
            while standIn.taken.count < count { try await Task.sleep(for: .milliseconds(2)) }
        }

        func open() { gate.open() }
        func count(_ number: String, _ words: String) -> Int {
            zip(standIn.numbers, standIn.words).count { $0 == number && $1.hasPrefix(words) }
        }
    }

    private static let numbers = (0..<30).map { "+1323555\(1_000 + $0)" }

    @Test("of a bulletin begins no new call, in the middle of a batch")
    func bulletin() async throws {
        let (world, slow) = (try await World(), Slow())
        let post = try await world.post(slow.standIn)
        for number in 0..<30 { try await world.subscriber(number) }
        let number = try await world.bulletin("a")
        async let sent = post.sendDue()
        try await slow.fill(24)
        try await world.database.write { tx in try Bulletin.stop(number, in: tx) }
        slow.open()
        #expect(try await sent == 24)
        #expect(slow.standIn.taken.count == 24)
        let progress = try #require(try await world.progress(number))
        #expect(progress.sent == 24 && progress.waiting == 6 && progress.failed == 0)
    }

    @Test("of one person takes them out of a batch that is in hand, and tells everybody else")
    func person() async throws {
        let (world, slow) = (try await World(), Slow())
        let post = try await world.post(slow.standIn)
        for number in 0..<30 { try await world.subscriber(number) }
        let number = try await world.bulletin("a")
        async let sent = post.sendDue()
        try await slow.fill(24)
        let waiting = try #require(Self.numbers.first { !slow.standIn.numbers.contains($0) })
        try await post.receive(try #require(InboundText(id: "SM1", channel: .sms, from: waiting, text: "STOP")))
        slow.open()
        #expect(try await sent == 30, "29, and the one answer to STOP")
        #expect(slow.count(waiting, "Corto") == 0)
        let progress = try #require(try await world.progress(number))
        #expect(progress.sent == 29 && progress.stopped == 1 && progress.waiting == 0 && progress.failed == 0)
    }

    @Test("of one person takes out what a process has in hand of the outbox")
    func row() async throws {
        let (world, slow) = (try await World(), Slow())
        let post = try await world.post(slow.standIn)
        for number in Self.numbers { try await world.put("Hola", to: number, key: number, pool: .bulk) }
        async let sent = post.sendDue()
        try await slow.fill(24)
        let waiting = try #require(Self.numbers.first { !slow.standIn.numbers.contains($0) })
        try await post.receive(try #require(InboundText(id: "SM1", channel: .sms, from: waiting, text: "STOP")))
        slow.open()
        #expect(try await sent == 30)
        #expect(slow.count(waiting, "Hola") == 0)
        let ended = try await world.outbox().filter { $0.state == .ended }
        #expect(ended.map(\.uniqueKey) == [waiting])
        #expect(ended.allSatisfy { $0.lastError == "stopped" && $0.content == nil })
    }
}
