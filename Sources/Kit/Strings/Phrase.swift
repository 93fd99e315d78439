// SPDX-License-Identifier: AGPL-3.0-or-later

/// Words whose language is settled later: `key|English` and what fills the braces. The English stands at the
/// place of use; the other languages stand in `content/strings`.
package struct Phrase: Hashable, Sendable, Codable, ExpressibleByStringLiteral {
    package let keyed: String
    package let arguments: [String: String]
    /// Keyed words that fill `{list}`, in the reader's language too.
    package let listed: [String]?

    package init(_ keyed: String, _ arguments: [String: String] = [:], listing listed: [String]? = nil) {
        self.keyed = keyed
        self.arguments = arguments
        self.listed = listed
    }

    package init(stringLiteral keyed: String) { self.init(keyed) }
}
