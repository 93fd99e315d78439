// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
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

    /// A token for telling one witness from two, for an hour and in memory only. Nil for this machine itself, behind
    /// whose address a proxy may stand for everybody.
    func source(of peer: SocketAddress?) -> String? {
        guard let peer, let prefix = Self.prefix(of: peer), prefix.first != 127, prefix.contains(where: { $0 != 0 }) else { return nil }
        return String(mixed(prefix, at: clock.now()), radix: 36)
    }

    private func take(_ limiter: RateLimiter, _ peer: SocketAddress?) -> Bool {
        guard isOn, let prefix = peer.flatMap(Self.prefix(of:)) else { return true }
        let now = clock.now()
        return limiter.take(mixed(prefix, at: now), at: now)
    }

    private func mixed(_ prefix: [UInt8], at now: Instant) -> UInt64 {
        let (first, second) = key.withLock { key in
            if now >= key.until { key = Self.fresh(now) }
            return key.words
        }
        // Two rounds of a keyed mix: enough for a bucket's name that lives an hour and never leaves memory.
        var mixed = first
        for byte in prefix { mixed = (mixed ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 &+ second }
        return mixed
    }

    /// IPv4 /24, IPv6 /56.
    private static func prefix(of peer: SocketAddress) -> [UInt8]? {
        guard let text = peer.ipAddress else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(3)) }
        return inet_pton(AF_INET6, text, &bytes) == 1 ? Array(bytes.prefix(7)) : nil
    }

    private static func fresh(_ now: Instant) -> HourKey {
        func word() -> UInt64 { RandomBytes.take(8).reduce(0) { $0 << 8 | UInt64($1) } }
        return HourKey(words: (word(), word()), until: now + .hours(1))
    }
}
