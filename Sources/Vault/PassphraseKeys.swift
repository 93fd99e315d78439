// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit

/// What a stretched passphrase gives: something to recognise it by, and a key that wraps the member's seed.
/// `X = HKDF(stretched ‖ HMAC(pepper, person))`, so a stolen database without the boot key can't be guessed at.
package struct PassphraseKeys: Sendable, CustomStringConvertible, CustomReflectable {
    private let verifier: Secret
    private let wrapping: Secret

    init(stretched: Secret, pepper: [UInt8]) {
        let root = Secret(stretched.bytes + pepper)
        verifier = root.derive("verifier")
        wrapping = root.derive("wrap")
    }

    /// What the database keeps: SHA-256 of the verifier.
    package var verifierHash: [UInt8] { Array(SHA256.hash(data: verifier.bytes)) }

    /// Constant time.
    package func matches(verifierHash stored: [UInt8]) -> Bool { Secret(verifierHash).matches(stored) }

    package func wrap(_ seed: Secret, person: String) throws -> WrappedSeed {
        try WrappedSeed.wrap(seed, under: wrapping, person: person, for: .passphrase)
    }

    package func unwrap(_ wrapped: WrappedSeed, person: String) throws -> Secret {
        try wrapped.unwrap(under: wrapping, person: person, for: .passphrase)
    }

    package var description: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
