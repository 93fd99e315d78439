// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Looks over typed text, field by field, and gathers a sentence for each that must change, so that a person sees
/// everything at once. Works on Unicode scalars: what looks like one letter can hide many.
package struct FieldCheck {
    package private(set) var problems: [String: Phrase] = [:]

    package init() {}

    package mutating func flag(_ field: String, _ problem: Phrase) {
        if problems[field] == nil { problems[field] = problem }
    }

    /// The text without control characters and outer white space; nil when nothing is left that could be read. Flags what is too long.
    package mutating func text(_ raw: String?, _ field: String, limit: Int) -> String? {
        guard let raw else { return nil }
        // Four bytes a scalar at most: a megabyte is refused before it is looked at.
        guard raw.utf8.count <= limit * 4 + 1_000 else {
            flag(field, Self.tooLong(limit))
            return nil
        }
        let clean = Self.clean(raw)
        guard !clean.isEmpty else { return nil }
        if clean.utf8.count > limit, clean.unicodeScalars.count > limit { flag(field, Self.tooLong(limit)) }
        return clean
    }

    /// Throws `Refusal` `.invalid` when anything was flagged.
    package func settle() throws {
        if !problems.isEmpty { throw Refusal.invalid(problems) }
    }

    /// Line ends as one line feed; no other control character, and none that turns the direction of text around:
    /// with those, words can be shown in another order than they were written. Empty where nobody would see a letter.
    package static func clean(_ raw: String) -> String {
        // What most people send has nothing to look for: printable ASCII, no space at its ends.
        let space = UInt8(ascii: " ")
        if raw.utf8.first != space, raw.utf8.last != space, raw.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            return raw
        }
        var scalars = String.UnicodeScalarView()
        var isAfterReturn = false
        for scalar in raw.unicodeScalars {
            defer { isAfterReturn = scalar == "\r" }
            switch scalar.value {
            case 0x0D: scalars.append("\n")
            case 0x0A where isAfterReturn: continue
            case 0x09, 0x0A: scalars.append(scalar)
            case 0x00...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: continue
            default: scalars.append(scalar)
            }
        }
        if scalars.isBlank { return "" }
        var rest = scalars[...]
        while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
        return String(String.UnicodeScalarView(rest))
    }

    private static func tooLong(_ limit: Int) -> Phrase {
        Phrase("response.too_long|This is too long. Keep it under {limit} letters.", ["limit": "\(limit)"])
    }
}
