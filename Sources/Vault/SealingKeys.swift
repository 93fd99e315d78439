// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials

/// What HPKE in base mode (RFC 9180, 5.1) makes of an encapsulated secret and its `info`, for the one message that we ever send
/// under it: the library's own makes some eighty small arrays for the same bytes. Whatever is sealed so is opened by the
/// library's HPKE.
struct SealingKeys {
    private let key: SymmetricKey
    private let nonce: AES.GCM.Nonce

    init(_ shared: SymmetricKey, info: [UInt8]) throws {
        let context = [0] + Self.noIdentity + Self.unsalted("info_hash", info)
        let secret = KeyedHash(Secret(key: shared)).code(of: Self.labelled("secret")).withUnsafeBytes { KeyedHash($0) }
        key = SymmetricKey(data: secret.expand([0, 32] + Self.labelled("key") + context))
        let base = secret.expand([0, 12] + Self.labelled("base_nonce") + context)
        nonce = try base.withUnsafeBytes { try AES.GCM.Nonce(data: $0.prefix(12)) }
    }

    /// The ciphertext and its tag. Once: a second message would need another nonce.
    consuming func seal(_ bytes: [UInt8]) throws -> [UInt8] {
        let box = try AES.GCM.seal(bytes, using: key, nonce: nonce)
        return Array(box.ciphertext) + Array(box.tag)
    }

    /// "HPKE", X-Wing (0x647a), HKDF-SHA256 (1), AES-256-GCM (2).
    private static let suite: [UInt8] = Array("HPKE".utf8) + [0x64, 0x7A, 0, 1, 0, 2]
    /// Nobody shares a key beforehand.
    private static let noIdentity = unsalted("psk_id_hash", [])

    private static func labelled(_ label: String) -> [UInt8] { Array("HPKE-v1".utf8) + suite + Array(label.utf8) }

    private static func unsalted(_ label: String, _ bytes: [UInt8]) -> [UInt8] {
        KeyedHash.unsalted.code(of: labelled(label) + bytes).array
    }
}
