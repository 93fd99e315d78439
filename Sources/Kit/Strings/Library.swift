// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials

/// All languages of an instance, read once from `content/strings/<language>.json`: a flat object whose values
/// are texts, or objects of plural forms.
package struct Library: Sendable {
    /// The languages offered, English first, in the order of `Language.known`.
    package let languages: [Language]
    private let words: [String: Words]

    package init(folder: String) throws {
        var words: [String: Words] = ["en": Words(language: .english)]
        for language in Language.known {
            let path = "\(folder)/\(language.code).json"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            let data = try Data(contentsOf: URL(filePath: path))
            let table = try JSONDecoder().decode([String: Text].self, from: data).mapValues(\.entry)
            words[language.code] = Words(language: language, table: table)
        }
        self.words = words
        languages = Language.known.filter { words[$0.code] != nil }
    }

    /// Only English, as it stands in the code.
    package init() {
        words = ["en": Words(language: .english)]
        languages = [.english]
    }

    package func words(_ code: String) -> Words { words[code] ?? Words(language: .english) }
    package func language(_ code: String) -> Language? { words[code]?.language }

    /// The best of our languages for an `Accept-Language` header (RFC 9110 12.5.4), English when none fits.
    package func preferred(_ header: String) -> Language {
        var best: (language: Language, quality: Double) = (.english, 0)
        for part in header.prefix(500).split(separator: ",") {
            let pieces = part.split(separator: ";")
            guard let range = pieces.first else { continue }
            let tag = range.trimmingPrefix { $0 == " " }.lowercased()
            let quality = pieces.dropFirst().compactMap { piece -> Double? in
                let text = piece.trimmingPrefix { $0 == " " }
                return text.hasPrefix("q=") ? Double(text.dropFirst(2)) : nil
            }.first ?? 1
            guard quality > best.quality, let language = match(tag) else { continue }
            best = (language, quality)
        }
        return best.language
    }

    private func match(_ tag: String) -> Language? {
        if let exact = languages.first(where: { $0.code.lowercased() == tag }) { return exact }
        let base = tag.split(separator: "-").first.map(String.init) ?? tag
        if base == "zh" {
            let isTraditional = ["tw", "hk", "mo", "hant"].contains { tag.hasSuffix("-\($0)") }
            return language(isTraditional ? "zh-Hant" : "zh-Hans")
        }
        return language(base == "fil" ? "tl" : base)
    }

    private struct Text: Decodable {
        let entry: Words.Entry

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                entry = .plain(text)
            } else {
                entry = .plural(try container.decode([String: String].self))
            }
        }
    }
}
