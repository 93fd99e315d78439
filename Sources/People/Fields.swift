// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Gathers what is wrong with each input, so that a form shows everything at once.
struct Fields {
    private var problems: [String: Phrase] = [:]

    /// A single line: trimmed, without control letters, at most `limit` scalars.
    mutating func text(_ raw: String, _ field: String, limit: Int, missing: Phrase) -> String {
        var scalars = Substring.UnicodeScalarView(raw.unicodeScalars)
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        if raw.isBlank {
            problems[field] = missing
        } else if scalars.count > limit {
            problems[field] = Phrase(
                "people.too_long|This is too long. Keep it under {limit} letters.",
                ["limit": String(limit + 1)]
            )
        } else if scalars.contains(where: Self.isHidden) {
            problems[field] = "people.odd_letter|This holds a hidden letter. Please type it again."
        }
        return String(scalars)
    }

    mutating func refuse(_ field: String, _ problem: Phrase?) {
        if let problem { problems[field] = problem }
    }

    func check() throws {
        guard problems.isEmpty else { throw Refusal.invalid(problems) }
    }

    /// Control and direction marks, with which one name could look like another.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}
