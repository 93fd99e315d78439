// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit

/// What a member's authenticator app and the server share: RFC 6238 with SHA-1, six digits and 30 seconds, which is
/// what every app speaks. 20 bytes, as RFC 4226 recommends.
package struct OneTimeSecret: Sendable, CustomStringConvertible, CustomReflectable {
    private let secret: Secret

    private static let count = 20
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    private static let period: Int64 = 30_000

    package static func generate() -> OneTimeSecret { OneTimeSecret(secret: .random(count: count)) }

    /// Reads what `base32` wrote; nil for anything else.
    package init?(base32 text: String) {
        guard text.utf8.count == Self.count * 8 / 5 else { return nil }
        var bytes: [UInt8] = []
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for letter in text.utf8 {
            guard let value = Self.letters.firstIndex(of: letter) else { return nil }
            held = (held << 5 | UInt32(value)) & 0xFFF
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> bits))
            }
        }
        secret = Secret(bytes)
    }

    private init(secret: Secret) { self.secret = secret }

    /// RFC 4648 base32, 32 letters: what a person types into an app that can't read the picture.
    package var base32: String {
        var out: [UInt8] = []
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for byte in secret.bytes {
            held = (held << 8 | UInt32(byte)) & 0xFFFF
            bits += 8
            while bits >= 5 {
                bits -= 5
                out.append(Self.letters[Int(held >> bits & 31)])
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// `base32` in eight groups of four.
    package var groups: [String] {
        let letters = Array(base32.utf8)
        return stride(from: 0, to: letters.count, by: 4).map { start in
            String(decoding: letters[start..<min(start + 4, letters.count)], as: UTF8.self)
        }
    }

    /// What the picture says. `issuer` and `account` have plain letters, digits, dots and dashes only, so nothing is
    /// left to escape; they are shown in the app, which others may see over a shoulder.
    package func address(issuer: String, account: String) -> String {
        "otpauth://totp/\(issuer):\(account)?secret=\(base32)&issuer=\(issuer)&algorithm=SHA1&digits=6&period=30"
    }

    /// Which half minute since 1970; the clock before 1970 is none.
    package static func step(at now: Instant) -> Int64 { max(0, now.milliseconds) / period }

    /// The six digits of one half minute (RFC 4226, 5.3).
    package func code(step: Int64) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> Int64(56 - 8 * $0)) }
        let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: secret.key))
        let offset = Int((mac.last ?? 0) & 15)
        let cut = mac.dropFirst(offset).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let digits = String(cut % 1_000_000)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// The step that a typed code is of, one before and one after now being let through; nil when it is of none of
    /// them, or of one that was used before. All three are looked at, each in constant time. A clock that was set back
    /// finds only used steps, and a clock that ran ahead finds no step that an app would show: both refuse.
    package func step(of typed: String, at now: Instant, usedUpTo last: Int64) -> Int64? {
        let digits = Array(typed.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "-") }.prefix(7))
        let current = Self.step(at: now)
        var found: Int64?
        for step in [current - 1, current, current + 1] {
            let fits = Secret(Array(code(step: max(0, step)).utf8)).matches(digits)
            if fits, step > last { found = step }
        }
        return found
    }

    package var description: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
