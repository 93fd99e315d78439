// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit

/// A member's or a team's keys, all from one 32-byte seed: an X-Wing pair (ML-KEM-768 with X25519, public half
/// 1,216 bytes) that things are sealed to, and an Ed25519 pair for signed entries, its seed being
/// `HKDF(seed, "sign")`.
package struct KeyPair: Sendable, CustomStringConvertible, CustomReflectable {
    package let seed: Secret
    private let opening: XWingMLKEM768X25519.PrivateKey

    static let suite = HPKE.Ciphersuite.XWingMLKEM768X25519_SHA256_AES_GCM_256
    static let publicCount = 1216
    static let encapsulatedCount = 1120
    /// A 32-byte secret sealed by HPKE, with its tag.
    static let sealedSecretCount = 48

    /// Throws `damaged` unless the seed has 32 bytes.
    package init(seed: Secret) throws {
        guard seed.count == 32 else { throw VaultError.damaged }
        self.seed = seed
        opening = try XWingMLKEM768X25519.PrivateKey(seedRepresentation: seed.bytes, publicKey: nil)
    }

    package static func generate() throws -> KeyPair { try KeyPair(seed: .random()) }

    /// What others seal to; 1,216 bytes.
    package var publicKey: [UInt8] { Array(opening.publicKey.rawRepresentation) }

    /// What others check signatures with; 32 bytes.
    package var signingKey: [UInt8] {
        get throws { Array(try signer.publicKey.rawRepresentation) }
    }

    /// Ed25519, 64 bytes.
    package func sign(_ bytes: [UInt8]) throws -> [UInt8] { Array(try signer.signature(for: bytes)) }

    package static func verify(_ signature: [UInt8], of bytes: [UInt8], by signingKey: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: signingKey) else { return false }
        return key.isValidSignature(signature, for: bytes)
    }

    /// Seals a 32-byte secret to a public key: `encapsulated key (1120) ‖ ciphertext and tag (48)`. The context is
    /// HPKE's `info`, the AAD is empty: the Python library `cryptography` can't pass both.
    package static func seal(_ secret: Secret, to publicKey: [UInt8], context: String) throws -> [UInt8] {
        guard publicKey.count == publicCount else { throw VaultError.badAddress }
        let key = try XWingMLKEM768X25519.PublicKey(rawRepresentation: publicKey)
        let result = try key.encapsulate()
        let sealed = try SealingKeys(result.sharedSecret, info: Array(context.utf8)).seal(secret.bytes)
        return Array(result.encapsulated) + sealed
    }

    /// Throws `damaged` for anything that was not sealed to this pair in this context.
    package func open(_ sealed: some Collection<UInt8>, context: String) throws -> Secret {
        guard sealed.count == Self.encapsulatedCount + Self.sealedSecretCount else { throw VaultError.damaged }
        do {
            var recipient = try HPKE.Recipient(
                privateKey: opening,
                ciphersuite: Self.suite,
                info: Data(context.utf8),
                encapsulatedKey: Data(sealed.prefix(Self.encapsulatedCount))
            )
            return Secret(try recipient.open(Data(sealed.suffix(Self.sealedSecretCount))))
        } catch {
            throw VaultError.damaged
        }
    }

    package var description: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    private var signer: Curve25519.Signing.PrivateKey {
        get throws { try Curve25519.Signing.PrivateKey(rawRepresentation: seed.derive("sign").bytes) }
    }
}
