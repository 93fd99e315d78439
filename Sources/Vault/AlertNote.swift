// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials

/// The instance's signature on one published file, kept beside it: a note as in https://c2sp.org/signed-note, whose text
/// names the key and the file's hash. So anybody can check it, without this server and without our program.
///
///     vecinos alert 1
///     vecinos.9f2c51a07be04c1d/alerts+1a2b3c4d+AQ…   the key, as in `Checkpoint.Verifier`
///     sha256 8d1f…                                    of the file, 64 hexadecimal digits
///
///     — vecinos.9f2c51a07be04c1d/alerts Gis8…         base64 of key id (4) ‖ Ed25519 (64) of all before the empty line
package struct AlertNote: Sendable, Hashable {
    /// What the hash is of. Stands in the first line, so that a note about one is none about the other.
    package enum Subject: String, Sendable {
        /// A file, byte by byte.
        case file = "vecinos alert 1"
        /// Words, however their lines are broken: see `SignedWords`.
        case words = "vecinos words 1"
    }

    package let verifier: Checkpoint.Verifier
    /// SHA-256 of the file, hexadecimal.
    package let digest: String
    /// The whole, with its signature.
    package let note: String

    private static let log = "alerts"

    package static func verifier(of keys: InstanceKeys.Unlocked) throws -> Checkpoint.Verifier {
        Checkpoint.Verifier(log: log, signingKey: try keys.signingKey)
    }

    package static func sign(_ file: [UInt8], as subject: Subject = .file, with keys: InstanceKeys.Unlocked) throws
        -> AlertNote
    {
        let verifier = try verifier(of: keys)
        let digest = Fingerprint.hex(Fingerprint.sha256(file))
        let text = text(subject, verifier, digest)
        let signature = Data(verifier.id + (try keys.sign(Array(text.utf8)))).base64EncodedString()
        return AlertNote(
            verifier: verifier,
            digest: digest,
            note: "\(text)\n— \(verifier.name) \(signature)\n"
        )
    }

    /// Reads a note; nil unless it is signed, every byte of it, by the key it names. Whose key that is must be looked at.
    package init?(_ note: String, of subject: Subject = .file) {
        // On bytes: to Swift, CR LF is one letter, and two texts may be equal that are not the same.
        let lines = Array(note.utf8).split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.count == 6, lines[3].isEmpty, lines[5].isEmpty, let verifier = Checkpoint.Verifier(lines[1]),
            verifier == Checkpoint.Verifier(log: Self.log, signingKey: verifier.signingKey),
            lines[2].hasPrefix("sha256 ")
        else { return nil }
        let digest = String(lines[2].dropFirst(7))
        let words = lines[4].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard digest.utf8.count == 64, words.count == 3, let signed = Data(base64Encoded: words[2]), signed.count == 68
        else { return nil }
        let text = Self.text(subject, verifier, digest)
        let whole = "\(text)\n— \(verifier.name) \(signed.base64EncodedString())\n"
        guard Array(whole.utf8) == Array(note.utf8), Array(signed.prefix(4)) == verifier.id,
            KeyPair.verify(Array(signed.suffix(64)), of: Array(text.utf8), by: verifier.signingKey)
        else { return nil }
        self.init(verifier: verifier, digest: digest, note: note)
    }

    /// Whether it was made for exactly these bytes.
    package func fits(_ file: [UInt8]) -> Bool { Fingerprint.hex(Fingerprint.sha256(file)) == digest }

    private init(verifier: Checkpoint.Verifier, digest: String, note: String) {
        (self.verifier, self.digest, self.note) = (verifier, digest, note)
    }

    private static func text(_ subject: Subject, _ verifier: Checkpoint.Verifier, _ digest: String) -> String {
        "\(subject.rawValue)\n\(verifier)\nsha256 \(digest)\n"
    }
}
