// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

/// Proof that a form was ours, how old it is, and which one it was: `nonce (16) ‖ issued (8, ms) ‖ HMAC (32)` in
/// base64url. Sending the same form twice shows the same nonce, so twice sent can be stored once.
package struct FormToken: Sendable, Hashable {
    /// The form's own name, for idempotency; 16 bytes.
    package let nonce: [UInt8]
    package let issuedAt: Instant

    package enum Problem: Error, Sendable, Hashable {
        /// Not ours, for another purpose, or changed.
        case forged
        /// Sent faster than a person could fill it in.
        case tooSoon
        /// Older than the form may be: show it again, with what was typed.
        case expired
    }

    /// A clock of another node may be this far ahead.
    private static let skew = Duration.seconds(60)

    /// `purpose` names the form, and the session where there is one.
    package static func issue(for purpose: String, at now: Instant, keys: InstanceKeys) -> String {
        let body = RandomBytes.take(16) + bigEndian(now.milliseconds)
        return Base64URL.text(body + mac(body, purpose, keys))
    }

    package init(
        _ text: String,
        for purpose: String,
        at now: Instant,
        keys: InstanceKeys,
        youngest: Duration = .zero,
        oldest: Duration = .hours(6)
    ) throws {
        guard let bytes = Base64URL.bytes(text, count: 56) else { throw Problem.forged }
        let body = Array(bytes.prefix(24))
        guard Secret(Self.mac(body, purpose, keys)).matches(Array(bytes.suffix(32))) else { throw Problem.forged }
        nonce = Array(body.prefix(16))
        issuedAt = Instant(
            milliseconds: body.suffix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        )
        let age = now - issuedAt
        guard age >= .zero - Self.skew else { throw Problem.forged }
        guard max(age, .zero) >= youngest else { throw Problem.tooSoon }
        guard age <= oldest else { throw Problem.expired }
    }

    /// The nonce as text, for a column or a key.
    package var name: String { Base64URL.text(nonce) }

    private static func mac(_ body: [UInt8], _ purpose: String, _ keys: InstanceKeys) -> [UInt8] {
        keys.formTokens.authenticate(body + Array(purpose.utf8))
    }

    private static func bigEndian(_ number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> Int64(56 - 8 * $0)) }
    }
}
