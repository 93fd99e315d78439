// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import NIOCore
import Synchronization

/// How often one neighborhood of the network may do what tires us: token buckets in memory under a key that is
/// random and replaced hourly. Reports are never blocked by it, only put in the overflow lane.
package final class Throttle: Sendable {
    private struct HourKey {
        var words: (UInt64, UInt64)
        var until: Instant
    }

    private let clock: Clock
    private let isOn: Bool
    private let key: Mutex<HourKey>
    private let reports = RateLimiter(burst: 12, perMinute: 6)
    private let lookups = RateLimiter(burst: 20, perMinute: 20)
    private let signIns = RateLimiter(burst: 10, perMinute: 6)

    package init(clock: Clock, isOn: Bool) {
        self.clock = clock
        self.isOn = isOn
        key = Mutex(Self.fresh(clock.now()))
    }

    /// False: take the report all the same, in the overflow lane.
    func allowsReport(from peer: SocketAddress?) -> Bool { take(reports, peer) }

    func admitLookup(from peer: SocketAddress?) throws {
        guard take(lookups, peer) else { throw Refusal.busy }
    }

    func admitSignIn(from peer: SocketAddress?) throws {
        guard take(signIns, peer) else { throw Refusal.busy }
    }

    private func take(_ limiter: RateLimiter, _ peer: SocketAddress?) -> Bool {
        guard isOn, let prefix = peer.flatMap(Self.prefix) else { return true }
        let now = clock.now()
        let (first, second) = key.withLock { key in
            if now >= key.until { key = Self.fresh(now) }
            return key.words
        }
        // Two rounds of a keyed mix: enough for a bucket's name that lives an hour and never leaves memory.
        var mixed = first
        for byte in prefix { mixed = (mixed ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 &+ second }
        return limiter.take(mixed, at: now)
    }

    /// IPv4 /24, IPv6 /56.
    private static func prefix(of peer: SocketAddress) -> [UInt8]? {
        switch peer {
        case .v4(let address):
            withUnsafeBytes(of: address.address.sin_addr) { Array($0.prefix(3)) }
        case .v6(let address):
            withUnsafeBytes(of: address.address.sin6_addr) { Array($0.prefix(7)) }
        case .unixDomainSocket:
            nil
        }
    }

    private static func fresh(_ now: Instant) -> HourKey {
        func word() -> UInt64 { RandomBytes.take(8).reduce(0) { $0 << 8 | UInt64($1) } }
        return HourKey(words: (word(), word()), until: now + .hours(1))
    }
}
