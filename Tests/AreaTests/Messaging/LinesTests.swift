// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging

/// Takes connections on this machine, and never says a word.
private final class Deaf: Sendable {
    private let socket: Int32
    let url: String

    init() throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (file, count) = (socket, size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(file, raw, count) == 0 && listen(file, 16) == 0 && getsockname(file, raw, &size) == 0
            }
        }
        try #require(bound)
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/"
    }

    /// Waits until so many are connected.
    func take(_ count: Int) async throws -> [Int32] {
        var taken: [Int32] = []
        while taken.count < count {
            let one = accept(socket, nil, nil)
            if one >= 0 { taken.append(one) } else { try await Task.sleep(for: .milliseconds(2)) }
        }
        return taken
    }

    func hangUp(_ taken: [Int32]) {
        for one in taken + [socket] { close(one) }
    }
}

@Suite("Lines to the outside")
struct LinesTests {
    private static func call(_ url: String, _ timeout: Duration = .seconds(600)) -> WebCall {
        WebCall("POST", url, allowsPrivateNetworks: true, timeout: timeout)
    }

    @Test("a server that says nothing holds the lines of its own lane only", .timeLimit(.minutes(20)))
    func apart() async throws {
        let (deaf, ended) = (try Deaf(), Called())
        let outside = Outside.real(lines: 1)
        let (slow, quick) = (outside.apart(lines: 2), outside.apart(lines: 1))
        async let hanging: Void = withTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    _ = try? await slow.web(Self.call(deaf.url))
                    ended.add("slow")
                }
            }
        }
        let taken = try await deaf.take(2)
        // Nobody is there: an answer at once.
        await #expect(throws: OutsideError.unreachable(7)) { try await quick.web(Self.call("http://127.0.0.1:1/")) }
        #expect(ended.all.isEmpty)
        deaf.hangUp(taken)
        await hanging
    }

    @Test("waiting for a line is a part of a call's time", .timeLimit(.minutes(20)))
    func waiting() async throws {
        let (first, second) = (try Deaf(), try Deaf())
        let outside = Outside.real(lines: 1)
        async let hanging = try? outside.web(Self.call(first.url))
        let taken = try await first.take(1)
        async let late = #expect(throws: OutsideError.unreachable(7), "it was never begun") {
            try await outside.web(Self.call(second.url, .milliseconds(1)))
        }
        try await Task.sleep(for: .milliseconds(50))
        first.hangUp(taken)
        _ = await (hanging, late)
        second.hangUp([])
    }

    @Test("an offer goes out while two channels hang with a broadcast", .timeLimit(.minutes(20)))
    func offer() async throws {
        let world = try await World()
        let (hanging, told, widths) = (Called(), Called(), Called())
        let outside = Outside(
            web: { _ in WebAnswer(status: 500) },
            mail: { _ in },
            apart: { lines in
                widths.add("\(lines)")
                return Outside(
                    web: { call in
                        guard lines == 24 else {
                            told.add(call.url)
                            return WebAnswer(status: 201)
                        }
                        hanging.add(call.url)
                        while !Task.isCancelled { try await Task.sleep(for: .milliseconds(5)) }
                        throw OutsideError.unreachable(28)
                    },
                    mail: { _ in }
                )
            }
        )
        for make in [Provider.Make.signalREST, .whatsAppCloud] { _ = try await world.post(make, rate: 1_000, outside) }
        let post = try await world.post(.twilio, rate: 1_000, outside)
        for channel in [ChannelKind.signal, .whatsapp] {
            try await world.database.write { [keys = world.keys] tx in
                for number in 0..<30 {
                    try Outbox.add(
                        Parcel(to: "+1323555\(1_000 + number)", text: "many"),
                        by: channel,
                        pool: .bulk,
                        key: "\(channel) \(number)",
                        keys: keys,
                        in: tx
                    )
                }
            }
        }
        let running = Task { await post.run() }
        while hanging.all.count < 48 { try await Task.sleep(for: .milliseconds(5)) }
        try await world.put("Can you go?")
        while told.all.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        #expect(hanging.all.count == 48 && Set(widths.all) == ["8", "4", "24"])
        running.cancel()
        await running.value
    }
}
