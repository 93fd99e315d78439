// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Public lines that help a family today, from `content/help/lines.yaml`. The directory of services is another thing:
/// its organisations, hours and safety facts are kept by the coalition.
package struct HelpLines: Decodable, Sendable {
    package struct Line: Decodable, Sendable, Identifiable {
        package let id: String
        package let number: String?
        package let web: String?
        package let name: LocalizedText
        /// What it is for.
        package let purpose: LocalizedText
        /// What to know before calling.
        package let know: LocalizedText?
        package let asOf: String
        package let reviewBy: String
        /// The number must be called and confirmed before it is printed.
        package let verify: Bool?

        private enum CodingKeys: String, CodingKey {
            case id, number, web, name, know, verify
            case purpose = "for"
            case asOf = "as_of"
            case reviewBy = "review_by"
        }
    }

    package struct Support: Decodable, Sendable, Identifiable {
        package let id: String
        package let name: LocalizedText
        package let says: LocalizedText
        /// For somebody who looks for a lawyer, or for a person who was taken.
        package let legal: Bool?
    }

    package let lines: [Line]
    package let support: [Support]

    package static func load(folder: String) throws -> HelpLines {
        try Content.yaml(HelpLines.self, "\(folder)/help/lines.yaml")
    }
}
