// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Vault

/// A passphrase as typed: composed (NFC), nothing else changed, so that every keyboard gives the same bytes.
package struct Passphrase: Sendable, CustomStringConvertible, CustomReflectable {
    package let secret: Secret
    private let text: String

    package static let shortest = 15
    package static let longest = 256

    package init(_ typed: String) {
        // Longer ones are refused where they are chosen; here the cut only bounds the work.
        let bounded = String(String.UnicodeScalarView(typed.unicodeScalars.prefix(4 * Self.longest)))
        text = bounded.precomposedStringWithCanonicalMapping
        secret = Secret(Array(text.utf8))
    }

    /// What is wrong with it as a new passphrase, or nil. Length and not composition (NIST SP 800-63B, 3.1.1.2).
    package func problem(login: LoginName?) -> Phrase? {
        let scalars = text.unicodeScalars
        guard scalars.count >= Self.shortest else {
            return Phrase(
                "people.passphrase_short|Use at least {count} characters. Five or six words are good.",
                ["count": String(Self.shortest)]
            )
        }
        guard scalars.count <= Self.longest else {
            return Phrase(
                "people.passphrase_long|Use at most {count} characters.",
                ["count": String(Self.longest)]
            )
        }
        let plain = Self.plain(text)
        if let login, plain.contains(Self.plain(login.text)) {
            return "people.passphrase_login|Leave your sign-in name out of it."
        }
        guard Set(plain.utf8).count >= 5, !CommonPassphrases.make(plain) else {
            return "people.passphrase_common|Too easy to guess. Pick words that don't belong together."
        }
        return nil
    }

    /// Six words from the bundled list: 6 × log2(count) bits, 54 at least.
    package static func generate() -> String {
        (0..<6).compactMap { _ in PassphraseWords.all.randomElement() }.joined(separator: " ")
    }

    package var description: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Letters and digits only, lower-case: what is left when the decoration is taken off.
    private static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.lowercased().unicodeScalars.filter { scalar in
                    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                }
            )
        )
    }
}
