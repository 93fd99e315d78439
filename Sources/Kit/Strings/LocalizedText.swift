// SPDX-License-Identifier: AGPL-3.0-or-later

/// A text of the content pack in several languages, `{en: …, es: …}`; English stands in for a missing one.
package struct LocalizedText: Decodable, Sendable, Hashable {
    package let texts: [String: String]

    package init(from decoder: any Decoder) throws {
        texts = try decoder.singleValueContainer().decode([String: String].self)
        guard texts["en"] != nil else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "there is no English")
            )
        }
    }

    package init(_ texts: [String: String]) { self.texts = texts }

    package func callAsFunction(_ language: Language) -> String { texts[language.code] ?? texts["en"] ?? "" }

    /// Whether a reader of `language` gets their own words.
    package func isIn(_ language: Language) -> Bool { texts[language.code] != nil }
}
