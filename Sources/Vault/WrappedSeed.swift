// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

/// A member's seed under a symmetric key: `version (1) ‖ nonce (12) ‖ ciphertext (32) ‖ tag (16)`, AES-256-GCM, bound
/// to the member and to what it is wrapped for, so that it can't be moved to another row or column.
package struct WrappedSeed: Sendable, Hashable, CustomStringConvertible {
    package let blob: [UInt8]

    /// What the wrapping key comes from.
    package enum Purpose: String, Sendable {
        case passphrase, session, recovery
    }

    /// `person` is the text of the member's reference.
    package static func wrap(
        _ seed: Secret,
        under key: Secret,
        person: String,
        for purpose: Purpose
    ) throws -> WrappedSeed {
        WrappedSeed(blob: [1] + (try Cipher.seal(seed.bytes, under: key, context: context(person, purpose))))
    }

    /// Throws `damaged` for the wrong key, member or purpose, and for anything changed.
    package func unwrap(under key: Secret, person: String, for purpose: Purpose) throws -> Secret {
        guard blob.first == 1, blob.count == 1 + Cipher.overhead + 32 else { throw VaultError.damaged }
        return Secret(
            try Cipher.open(
                Data(blob.dropFirst()),
                under: key,
                context: Self.context(person, purpose)
            )
        )
    }

    package var description: String { "•••" }

    private static func context(_ person: String, _ purpose: Purpose) -> String {
        "v1|seed|\(person)|\(purpose.rawValue)"
    }
}

extension WrappedSeed: Bindable, Column {
    package var value: Value { .blob(blob) }
    package init(value: Value) throws { blob = try [UInt8](value: value) }
}
