// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What to say aloud to an officer: the English words, what they mean in the reader's language, and how they sound to
/// its ear. From `content/guides/phrases.yaml`.
package struct Saying: Decodable, Sendable, Identifiable {
    /// The phrase for one language's readers.
    package struct Words: Codable, Sendable, Hashable {
        package let means: String
        /// The English, spelled as the reader's own language would.
        package let sounds: String?
    }

    package let id: String
    package let english: String
    /// Facts it leans on: when one is taken back, nobody is told to say this.
    package let rests: [String]?
    /// By language code; English needs none.
    package var words: [String: Words]
}
