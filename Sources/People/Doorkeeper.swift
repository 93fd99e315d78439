// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// How often one account may be tried, in memory only. Nobody can lock a member out by trying: what is counted is
/// an account *from one neighborhood of the network*, and, once the passphrase was right, codes. Whoever has the
/// passphrase and guesses codes slows the member's own codes down; then the recovery code lets the member in and
/// changes the passphrase.
package final class Doorkeeper: Sendable {
    private let isOn: Bool
    private let accounts = RateLimiter(burst: 6, perMinute: 2)
    private let codes = RateLimiter(burst: 10, perMinute: 1)
    private let confirmations = RateLimiter(burst: 6, perMinute: 3)
    private let recoveries = RateLimiter(burst: 10, perMinute: 5)

    package init(isOn: Bool = true) { self.isOn = isOn }

    /// `network` is a passing token for where the request comes from; nil for this machine itself.
    func admits(_ login: [UInt8], from network: String?, at now: Instant) -> Bool {
        take(accounts, key(login, network), now)
    }

    /// Asked only once the passphrase was right: 1 code in 333,000 fits, so ten and then one a minute.
    func admitsCode(of person: Ref<Person>, at now: Instant) -> Bool {
        take(codes, key(Array(person.text.utf8), nil), now)
    }

    func admitsConfirmation(of person: Ref<Person>, at now: Instant) -> Bool {
        take(confirmations, key(Array(person.text.utf8), nil), now)
    }

    func admitsRecovery(_ login: [UInt8], from network: String?, at now: Instant) -> Bool {
        take(recoveries, key(login, network), now)
    }

    private func take(_ limiter: RateLimiter, _ key: UInt64, _ now: Instant) -> Bool {
        !isOn || limiter.take(key, at: now)
    }

    /// Swift's own hash is keyed anew in each process, so nobody can aim at another's bucket.
    private func key(_ name: [UInt8], _ network: String?) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(name)
        hasher.combine(network)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
