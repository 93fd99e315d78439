// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials
import Kit

/// Bytes nobody may see by accident: prints as `•••`, compares in constant time, and is wiped when let go.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let key: SymmetricKey

    package init(_ bytes: some ContiguousBytes) { key = SymmetricKey(data: bytes) }

    /// Fresh from the kernel's generator; 32 bytes unless said otherwise.
    package static func random(count: Int = 32) -> Secret { Secret(RandomBytes.take(count)) }

    /// A copy out of the wiped store: only for what is written down at once, wrapped or in a cookie.
    package var bytes: [UInt8] { key.withUnsafeBytes { Array($0) } }
    package var count: Int { key.bitCount / 8 }

    /// HKDF-SHA256 with no salt and `vecinos|v1|PURPOSE` as info: one purpose, one key.
    package func derive(_ purpose: String) -> Secret { derivation.derive(purpose) }

    /// HKDF-SHA256 with this as salt.
    func salting(_ secret: Secret, info: String) -> Secret {
        Secret(KeyedHash(self).extract(secret).expand(Array(info.utf8)))
    }

    /// For several purposes of one secret: the first half of HKDF, which is the same for all, is done once.
    var derivation: Derivation { Derivation(key: KeyedHash.unsalted.extract(self)) }

    struct Derivation: Sendable {
        fileprivate let key: KeyedHash

        /// The same as `Secret.derive`.
        func derive(_ purpose: String) -> Secret { Secret(code(purpose)) }

        /// The bytes of that, for what is no secret by itself.
        func code(_ purpose: String) -> SHA256Digest { key.expand(Array("vecinos|v1|\(purpose)".utf8)) }

        /// For a purpose and some content: `vecinos|v1|PURPOSE|` and the content as info.
        func code(_ purpose: String, of content: [UInt8]) -> SHA256Digest {
            key.expand(Array("vecinos|v1|\(purpose)|".utf8) + content)
        }
    }

    /// HMAC-SHA256 of the bytes under this secret, 32 bytes.
    package func authenticate(_ bytes: [UInt8]) -> [UInt8] { KeyedHash(self).code(of: bytes).array }

    /// Compares with bytes from outside, in constant time.
    package func matches(_ bytes: [UInt8]) -> Bool { self == Secret(bytes) }

    package static func == (left: Secret, right: Secret) -> Bool { left.key == right.key }

    package var description: String { "•••" }
    package var debugDescription: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    init(key: SymmetricKey) { self.key = key }
}
