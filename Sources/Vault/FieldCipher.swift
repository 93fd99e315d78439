// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit

/// Encrypts contact fields under the instance's key: a background job can read a telephone number, a stolen
/// database can't. `version (1) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`, AES-256-GCM under a key of the row's own,
/// AAD `table|column|id`.
///
/// Throws `locked` while the instance is locked; it holds no key of its own, so it may be kept.
package struct FieldCipher: Sendable {
    private let root: InstanceRoot

    init(root: InstanceRoot) { self.root = root }

    package func seal(_ text: String, table: String, column: String, id: String) throws -> [UInt8] {
        [1] + (try Cipher.seal(Array(text.utf8), under: try rowKey(table, id), context: "\(table)|\(column)|\(id)"))
    }

    /// Throws `damaged` for anything that was not written for this very place.
    package func open(_ blob: [UInt8], table: String, column: String, id: String) throws -> String {
        guard blob.first == 1 else { throw VaultError.damaged }
        let bytes = try Cipher.open(
            Data(blob.dropFirst()),
            under: try rowKey(table, id),
            context: "\(table)|\(column)|\(id)"
        )
        guard let text = String(validating: bytes, as: UTF8.self) else { throw VaultError.damaged }
        return text
    }

    /// Each row's own key, so that random nonces never add up under one key.
    private func rowKey(_ table: String, _ id: String) throws -> Secret {
        try root.opened().database.derive("row|\(table)|\(id)")
    }
}

/// Finds an encrypted value again without decrypting: HMAC-SHA256 of the normalised value, cut to 16 bytes, under
/// the instance's key. Useless to whoever holds only the database. Throws `locked` while the instance is locked.
package struct BlindIndex: Sendable {
    private let root: InstanceRoot

    init(root: InstanceRoot) { self.root = root }

    /// `field` keeps an e-mail address and a telephone number apart. The caller normalises the value.
    package func index(_ value: String, field: String) throws -> [UInt8] {
        Array(try root.opened().index.authenticate(Array("\(field)|\(value)".utf8)).prefix(16))
    }
}
