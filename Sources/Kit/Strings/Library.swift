// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Synchronization

/// All languages of an instance, from `content/strings/<language>.json`: a flat object whose values are texts, or objects
/// of plural forms. Every file is checked when this is made. Where the snapshot of the pack knows a file with the very
/// bytes that it has, its words are read when somebody first asks for the language, and are those of that time.
package struct Library: Sendable {
    /// The languages offered, English first, in the order of `Language.known`.
    package let languages: [Language]
    private let shelves: [String: Shelf]
    /// Languages whose words are not all there, or that say of themselves (`language.state`: `draft`) that nobody has
    /// checked them.
    private let drafts: Set<String>

    package init(folder: String) throws {
        var shelves: [String: Shelf] = [:]
        for language in Language.known {
            let path = "\(folder)/\(language.code).json"
            guard !OpenFile.isMissing(path) else { continue }
            shelves[language.code] = try Shelf(language, path)
        }
        self.shelves = shelves
        // English stands in the code: the fullest of the finished tables tells how much there is to say.
        let declared = Set(shelves.filter { $0.value.label.isDraft }.keys)
        let whole = shelves.filter { !declared.contains($0.key) }.values.map(\.label.count).max() ?? 0
        drafts = declared.union(shelves.filter { $0.value.label.count < whole }.keys)
        languages = Language.known.filter { $0 == .english || shelves[$0.code] != nil }
    }

    /// Only English, as it stands in the code.
    package init() {
        shelves = [:]
        languages = [.english]
        drafts = []
    }

    /// Whether its words are a draft: English stands in where they are missing, and pages say so.
    package func isDraft(_ language: Language) -> Bool { drafts.contains(language.code) }

    /// The words of a language; English for one that isn't offered. Whoever is the first to ask waits until they are read:
    /// a millisecond.
    package func words(_ code: String) -> Words { shelves[code]?.words(keeps: true) ?? Words(language: .english) }

    /// The same for what is made once in all languages: what nobody else asked for doesn't stay in memory for it.
    package func passing(_ code: String) -> Words { shelves[code]?.words(keeps: false) ?? Words(language: .english) }

    package func language(_ code: String) -> Language? {
        code == Language.english.code ? .english : shelves[code]?.language
    }

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

/// One language: what must be known of it at once, and its words from when somebody asks for them.
private final class Shelf: Sendable {
    /// What the snapshot keeps of a file of words.
    struct Label: Decodable, Sendable {
        /// How many keys there are.
        let count: Int
        let isDraft: Bool

        init(_ table: StringTable) { (count, isDraft) = (table.count, table.text("language.state") == "draft") }

        var tree: [UInt8] {
            get throws { try ContentTree.bytes(yaml: "{count: \(count), isDraft: \(isDraft)}") }
        }
    }

    private enum State {
        case waiting(@Sendable () throws -> [UInt8])
        case read(StringTable)
    }

    let language: Language
    let label: Label
    private let path: String
    private let state: Mutex<State>

    /// Throws `Content.Problem` where the file is no table of words.
    init(_ language: Language, _ path: String) throws {
        (self.language, self.path) = (language, path)
        let snapshot = ContentSnapshot.current
        if let (label, bytes) = snapshot?.late(Label.self, path) {
            self.label = label
            state = Mutex(.waiting(bytes))
            return
        }
        let bytes = try Content.bytes(path)
        do {
            let table = try StringTable(json: bytes)
            let label = Label(table)
            self.label = label
            state = Mutex(.read(table))
            snapshot?.add(path, bytes) { _ in try label.tree }
        } catch let problem as StringTable.Problem {
            throw Content.Problem(path: path, reason: "\(problem)")
        }
    }

    func words(keeps: Bool) -> Words {
        let table = state.withLock { state -> StringTable? in
            switch state {
            case .read(let table): return table
            case .waiting(let bytes):
                // Somebody may have written into the snapshot, which leaves the file itself; where the disk fails English
                // stands in until it can be read.
                guard let table = (try? StringTable(json: bytes())) ?? (try? StringTable(json: Content.bytes(path)))
                else { return nil }
                if keeps { state = .read(table) }
                return table
            }
        }
        return Words(language: language, table: table)
    }
}
