// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import Synchronization
import Vault

/// How often one neighborhood of the network may do what tires us: token buckets in memory under a key that is
/// random and replaced hourly. Reports are never blocked by it, only put in the overflow lane.
package final class Throttle: Sendable {
    private struct HourKey {
        var secret: Secret
        var until: Instant
    }

    private let clock: Clock
    private let isOn: Bool
    private let key: Mutex<HourKey>
    private let reports = RateLimiter(burst: 12, perMinute: 6)
    private let lookups = RateLimiter(burst: 20, perMinute: 20)
    private let wrongCodes = RateLimiter(burst: 20, perMinute: 20)
    private let signIns = RateLimiter(burst: 10, perMinute: 6)
    private let unlocks = RateLimiter(burst: 5, perMinute: 3)
    private let numbers = RateLimiter(burst: 4, perMinute: 0.5)
    private let exchanges = RateLimiter(burst: 24, perMinute: 6)
    private let answers = RateLimiter(burst: 20, perMinute: 4)
    /// Quicker than anybody reads the last step of the report, taps and sends.
    private static let hasty = Duration.milliseconds(1_500)

    package init(clock: Clock, isOn: Bool) {
        self.clock = clock
        self.isOn = isOn
        key = Mutex(Self.fresh(clock.now()))
    }

    /// False: take the report all the same, in the overflow lane.
    func allowsReport(from peer: SocketAddress?) -> Bool { take(reports, peer) }

    /// The report that was allowed isn't stored yet, and will be asked for again.
    func takesBackReport(from peer: SocketAddress?) {
        guard isOn, let prefix = peer.flatMap(Self.prefix(of:)) else { return }
        reports.giveBack(mixed(prefix, at: clock.now()))
    }

    func admitLookup(from peer: SocketAddress?) throws {
        guard take(lookups, peer) else { throw Refusal.busy }
    }

    /// Whether a reporter's code may be looked up. Only the wrong ones are counted, against guessing: a whole neighborhood
    /// may ask at once what became of its reports.
    func allowsCode(from peer: SocketAddress?) -> Bool {
        guard isOn, let prefix = peer.flatMap(Self.prefix(of:)) else { return true }
        let now = clock.now()
        return wrongCodes.has(mixed(prefix, at: now), at: now)
    }

    /// A code was looked up that nobody was given, or whose report is gone.
    func countWrongCode(from peer: SocketAddress?) { _ = take(wrongCodes, peer) }

    func admitSignIn(from peer: SocketAddress?) throws {
        guard take(signIns, peer) else { throw Refusal.busy }
    }

    func admitUnlock(from peer: SocketAddress?) throws {
        guard take(unlocks, peer) else { throw Refusal.busy }
    }

    /// Whether a form came back sooner than a person sends one. Fails soft: it goes to the overflow lane, where real
    /// ones are found again, and nobody is refused.
    func isHasty(_ token: FormToken) -> Bool { isOn && clock.now() - token.issuedAt < Self.hasty }

    /// A token for telling one witness from two, for an hour and in memory only.
    func source(of peer: SocketAddress?) -> String? {
        guard let prefix = peer.flatMap(Self.prefix(of:)) else { return nil }
        return String(mixed(prefix, at: clock.now()), radix: 36)
    }

    /// The same for a report. What comes from this machine itself, and with it whoever comes over Tor, has no network of its
    /// own: nobody can tell one from two there, so all of it is one witness.
    func witness(of peer: SocketAddress?) -> String { source(of: peer) ?? "?" }

    /// A telephone that reports: a flood of its reports waits in the overflow lane, and so does one of numbers that differ
    /// in their last four digits only, as a block that was rented does. The token tells one witness from two, whether they
    /// write or call.
    func sender(_ number: String) -> (isOverflow: Bool, source: String?) {
        let now = clock.now()
        let mixed = mixed(Array(number.utf8), at: now)
        let exchange = self.mixed(Array("exchange \(number.dropLast(4))".utf8), at: now)
        let isOften = isOn && (!numbers.take(mixed, at: now) || !exchanges.take(exchange, at: now))
        return (isOften, String(mixed, radix: 36))
    }

    /// Whether a telephone still gets an answer to what is no report: each one is paid for, and two machines that answer
    /// each other would never end.
    func allowsAnswer(to number: String) -> Bool {
        let now = clock.now()
        return !isOn || answers.take(mixed(Array(number.utf8), at: now), at: now)
    }

    private func take(_ limiter: RateLimiter, _ peer: SocketAddress?) -> Bool {
        guard isOn, let prefix = peer.flatMap(Self.prefix(of:)) else { return true }
        let now = clock.now()
        return limiter.take(mixed(prefix, at: now), at: now)
    }

    /// HMAC-SHA256 of the prefix under the hour's key, cut to 64 bits: a bucket's name that lives an hour and never
    /// leaves memory.
    private func mixed(_ prefix: [UInt8], at now: Instant) -> UInt64 {
        let secret = key.withLock { key in
            if now >= key.until { key = Self.fresh(now) }
            return key.secret
        }
        return secret.authenticate(prefix).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// IPv4 /24, IPv6 /56. Nil for this machine itself: that is its keeper, or a proxy (see `VECINOS_PROXY`).
    private static func prefix(of peer: SocketAddress) -> [UInt8]? {
        guard let text = peer.ipAddress else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return bytes[0] == 127 ? nil : Array(bytes.prefix(3)) }
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        return bytes.dropLast().allSatisfy { $0 == 0 } ? nil : Array(bytes.prefix(7))
    }

    private static func fresh(_ now: Instant) -> HourKey { HourKey(secret: .random(), until: now + .hours(1)) }
}

extension Site {
    /// Where a request comes from. Behind a proxy on this machine that is the last address the proxy wrote; a stranger
    /// who writes the header meets a peer that is not this machine, and is not believed.
    func network(of request: Request, _ peer: SocketAddress?) -> SocketAddress? {
        network(forwardedFor: config.trustsProxy ? request.headers[.xForwardedFor] : nil, peer)
    }

    /// `forwardedFor`: the header, if there is one.
    func network(forwardedFor: String?, _ peer: SocketAddress?) -> SocketAddress? {
        guard config.trustsProxy, let peer, ["127.0.0.1", "::1"].contains(peer.ipAddress ?? ""),
            let said = forwardedFor?.split(separator: ",").last
        else { return peer }
        let address = said.trimmingPrefix { $0 == " " }
        return (try? SocketAddress(ipAddress: String(address), port: 0)) ?? peer
    }
}

extension Refusal {
    static var tooManyCodes: Refusal {
        Refusal(
            .unavailable,
            "answer.too_many|Too many codes were tried from your network. Wait a minute and try again."
        )
    }
}

extension HTTPField.Name {
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For") ?? .origin
}
