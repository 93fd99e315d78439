// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials

/// A signed statement of how long a log is and what its root is, as text: https://c2sp.org/tlog-checkpoint inside
/// https://c2sp.org/signed-note. So any witness or tool for transparency logs can check it.
///
///     vecinos.9f2c51a07be04c1d/audit          the log: the instance's key, and the log's name
///     412                                     leaves
///     jZ0b…=                                  root, base64
///
///     — vecinos.9f2c51a07be04c1d/audit Rz3…=  base64 of key id (4) ‖ Ed25519 (64) of all before the empty line
package struct Checkpoint: Sendable, Hashable {
    package let origin: String
    package let size: Int
    package let root: MerkleTree.Hash
    /// The whole, with its signature.
    package let note: String

    /// Who may sign: a name and an Ed25519 key, written `NAME+KEYID+BASE64`.
    package struct Verifier: Sendable, Hashable, CustomStringConvertible {
        package let name: String
        package let signingKey: [UInt8]

        package init(log: String, signingKey: [UInt8]) {
            name = "vecinos.\(Fingerprint.hex(Array(Fingerprint.sha256(signingKey).prefix(8))))/\(log)"
            self.signingKey = signingKey
        }

        /// Nil unless it is written the one right way.
        package init?(_ text: String) {
            let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, let key = Data(base64Encoded: parts[2]), key.count == 33, key.first == 1 else {
                return nil
            }
            (name, signingKey) = (parts[0], Array(key.dropFirst()))
            guard description == text else { return nil }
        }

        package var description: String {
            "\(name)+\(Fingerprint.hex(id))+\(Data([1] + signingKey).base64EncodedString())"
        }

        /// The instance this key is of, without the name of the log.
        package var isOwnName: Bool {
            guard let log = name.split(separator: "/").last else { return false }
            return self == Verifier(log: String(log), signingKey: signingKey)
        }

        /// SHA-256 of `name ‖ 0A ‖ 01 ‖ key`, cut to 4 bytes.
        var id: [UInt8] { Array(Fingerprint.sha256(Array(name.utf8) + [0x0A, 0x01] + signingKey).prefix(4)) }
    }

    /// Signs with the instance's key.
    package static func sign(
        log: String,
        size: Int,
        root: MerkleTree.Hash,
        with keys: InstanceKeys.Unlocked
    ) throws -> Checkpoint {
        let verifier = Verifier(log: log, signingKey: try keys.signingKey)
        let text = text(origin: verifier.name, size: size, root: root)
        let signature = Data(verifier.id + (try keys.sign(Array(text.utf8)))).base64EncodedString()
        return Checkpoint(
            origin: verifier.name,
            size: size,
            root: root,
            note: "\(text)\n— \(verifier.name) \(signature)\n"
        )
    }

    /// Reads and checks a note; nil unless every byte of it is as this verifier's signer wrote it.
    package init?(_ note: String, by verifier: Verifier) {
        // On bytes: to Swift, CR LF is one letter, and two texts may be equal that are not the same.
        let lines = Array(note.utf8).split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.count == 6, lines[3].isEmpty, lines[5].isEmpty, let size = Int(lines[1]), size > 0,
            let root = Data(base64Encoded: lines[2]), root.count == 32
        else { return nil }
        let text = Self.text(origin: verifier.name, size: size, root: Array(root))
        let words = lines[4].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, let signed = Data(base64Encoded: words[2]), signed.count == 68 else { return nil }
        let line = "\(text)\n— \(verifier.name) \(signed.base64EncodedString())\n"
        guard Array(line.utf8) == Array(note.utf8), Array(signed.prefix(4)) == verifier.id,
            KeyPair.verify(Array(signed.suffix(64)), of: Array(text.utf8), by: verifier.signingKey)
        else { return nil }
        self.init(origin: verifier.name, size: size, root: Array(root), note: note)
    }

    private init(origin: String, size: Int, root: MerkleTree.Hash, note: String) {
        (self.origin, self.size, self.root, self.note) = (origin, size, root, note)
    }

    private static func text(origin: String, size: Int, root: MerkleTree.Hash) -> String {
        "\(origin)\n\(size)\n\(Data(root).base64EncodedString())\n"
    }
}
