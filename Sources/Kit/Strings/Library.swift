// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials

/// All languages of an instance, read once from `content/strings/<language>.json`: a flat object whose values
/// are texts, or objects of plural forms.
package struct Library: Sendable {
    /// The languages offered, English first, in the order of `Language.known`.
    package let languages: [Language]
    private let words: [String: Words]
    /// Languages whose words are not all there, or that say of themselves (`language.state`: `draft`) that nobody has
    /// checked them.
    private let drafts: Set<String>

    package init(folder: String) throws {
        var words: [String: Words] = ["en": Words(language: .english)]
        var tables: [String: StringTable] = [:]
        for language in Language.known {
            let path = "\(folder)/\(language.code).json"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            do {
                let table = try StringTable(json: Content.bytes(path))
                words[language.code] = Words(language: language, table: table)
                tables[language.code] = table
            } catch let problem as StringTable.Problem {
                throw Content.Problem(path: path, reason: "\(problem)")
            }
        }
        self.words = words
        // English stands in the code: the fullest of the finished tables tells how much there is to say.
        let declared = Set(tables.filter { $0.value.text("language.state") == "draft" }.keys)
        let whole = tables.filter { !declared.contains($0.key) }.values.map(\.count).max() ?? 0
        drafts = declared.union(tables.filter { $0.value.count < whole }.keys)
        languages = Language.known.filter { words[$0.code] != nil }
    }

    /// Only English, as it stands in the code.
    package init() {
        words = ["en": Words(language: .english)]
        languages = [.english]
        drafts = []
    }

    /// Whether its words are a draft: English stands in where they are missing, and pages say so.
    package func isDraft(_ language: Language) -> Bool { drafts.contains(language.code) }

    package func words(_ code: String) -> Words { words[code] ?? Words(language: .english) }
    package func language(_ code: String) -> Language? { words[code]?.language }

    /// The best of our languages for an `Accept-Language` header (RFC 9110 12.5.4), English when none fits.
    package func preferred(_ header: String) -> Language {
        var best: (language: Language, quality: Double) = (.english, 0)
        for part in header.prefix(500).split(separator: ",") {
            let pieces = part.split(separator: ";")
            guard let range = pieces.first else { continue }
            let tag = Self.trimmed(range)
            let weight = pieces.dropFirst().map(Self.trimmed).first { $0.hasPrefix("q=") }
            let quality = weight.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            guard quality > best.quality, quality <= 1, let language = match(tag) else { continue }
            best = (language, quality)
        }
        return best.language
    }

    private static func trimmed(_ piece: Substring) -> String {
        piece.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined().lowercased()
    }

    private func match(_ tag: String) -> Language? {
        if let exact = languages.first(where: { $0.code.lowercased() == tag }) { return exact }
        let parts = tag.split(separator: "-").map(String.init)
        let base = parts.first ?? tag
        if base == "zh" {
            // The script decides, else the place: `zh-Hans-HK` is simplified.
            let isTraditional = !parts.contains("hans") && ["hant", "tw", "hk", "mo"].contains(where: parts.contains)
            return language(isTraditional ? "zh-Hant" : "zh-Hans")
        }
        return language(base == "fil" ? "tl" : base)
    }
}
