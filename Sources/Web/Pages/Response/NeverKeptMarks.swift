// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response

/// What was found in a text that we never keep, marked where it stands, beside its field and before anything is saved.
/// Nothing when the text is clean.
struct NeverKeptMarks {
    let text: String
    let t: Words

    /// Letters shown on both sides of what was found.
    private static let around = 40

    var html: HTML {
        let hits = NeverKept.hits(in: text)
        guard !hits.isEmpty else { return .empty }
        let utf8 = text.utf8
        var parts: [HTML] = []
        var last = 0
        for hit in hits {
            parts.append(Self.shortened(Self.slice(utf8, last..<hit.range.lowerBound), isFirst: last == 0))
            parts.append("<mark>\(Self.slice(utf8, hit.range))</mark>")
            last = hit.range.upperBound
        }
        let rest = Self.slice(utf8, last..<utf8.count)
        parts.append("\(String(rest.prefix(Self.around)))\(rest.count > Self.around ? "…" : "")")
        return """
            <p class="found"><span class="visually-hidden">\(t("form.found|We found:")) </span>\(parts)</p>
            """
    }

    private static func slice(_ utf8: String.UTF8View, _ range: Range<Int>) -> String {
        String(decoding: utf8.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self)
    }

    /// Between two hits their surroundings are enough.
    private static func shortened(_ text: String, isFirst: Bool) -> HTML {
        guard text.count > around * (isFirst ? 1 : 2) else { return "\(text)" }
        return isFirst
            ? "…\(String(text.suffix(around)))" : "\(String(text.prefix(around))) … \(String(text.suffix(around)))"
    }
}
