// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit

/// AES-256-GCM as all of the vault uses it: `nonce (12) ‖ ciphertext ‖ tag (16)`, random nonce, context as AAD.
/// A key here seals one record, one row or one seed, so random nonces can't meet.
enum Cipher {
    static let overhead = 28

    static func seal(_ bytes: some DataProtocol, under key: Secret, context: String) throws -> Data {
        let nonce = try AES.GCM.Nonce(data: RandomBytes.take(12))
        let box = try AES.GCM.seal(bytes, using: key.key, nonce: nonce, authenticating: Array(context.utf8))
        guard let combined = box.combined else { throw VaultError.damaged }
        return combined
    }

    static func open(_ bytes: some DataProtocol, under key: Secret, context: String) throws -> Data {
        guard bytes.count >= overhead else { throw VaultError.damaged }
        do {
            let box = try AES.GCM.SealedBox(combined: bytes)
            return try AES.GCM.open(box, using: key.key, authenticating: Array(context.utf8))
        } catch {
            throw VaultError.damaged
        }
    }
}
