// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Vault

/// What a member types to sign in: composed (NFC), lower-case, from a list of allowed letters, 3 to 64 of them. Only
/// a keyed index of it is stored, so the database can't say who its members are.
package struct LoginName: Sendable, Hashable {
    package let text: String

    /// Nil for what can't be a login name.
    package init?(_ raw: String) {
        guard raw.utf8.count <= 300 else { return nil }
        let trimmed = raw.trimmingCharacters(in: .whitespacesAndNewlines)
        let text = trimmed.precomposedStringWithCanonicalMapping.lowercased().precomposedStringWithCanonicalMapping
        let scalars = text.unicodeScalars
        guard (3...64).contains(scalars.count), scalars.allSatisfy(Self.isAllowed) else { return nil }
        self.text = text
    }

    package func index(_ keys: InstanceKeys) -> [UInt8] { keys.loginIndex(text) }

    /// Latin letters with their accents, digits, and what e-mail addresses are made of.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "0"..."9", ".", "_", "-", "+", "@": true
        case "\u{DF}"..."\u{F6}", "\u{F8}"..."\u{17F}": true
        default: false
        }
    }
}
