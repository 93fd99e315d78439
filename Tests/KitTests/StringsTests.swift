// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing

/// A sentence that names what is wrong, and where.
private func report(_ lines: [String]) -> Comment { "\n\(lines.sorted().joined(separator: "\n"))" }

@Suite("The scanner of words")
struct StringScannerTests {
    private func found(_ source: String) -> [String] {
        StringScanner.scan(source, file: "A.swift").map { "\($0.key)=\($0.english)" }
    }

    @Test(
        "Words are found wherever they stand in code",
        arguments: [
            (#"t("a.b|Hello")"#, ["a.b=Hello"]),
            (#"t("a.b_1.c|{n} one|{n} others", n: 2) + t("c.d|")"#, ["a.b_1.c={n} one|{n} others", "c.d="]),
            (#""<p>\(t("a.b|Inside"))</p>""#, ["a.b=Inside"]),
            (#""\(x ? t("a.b|One \"quoted\"") : "\(t("c.d|Two)"))")""#, ["a.b=One \"quoted\"", "c.d=Two)"]),
            (
                "\"\"\"\n  it's \"so\" \\(t(\"a.b|In lines\")) \\\n  \"\"\"; t(\"c.d|After\")",
                ["a.b=In lines", "c.d=After"]
            ),
            (##"#"<p>\(no) \#(t("a.b|Raw"))"# + t("c.d|x")"##, ["a.b=Raw", "c.d=x"]),
            (#"t("a.b|Tab\tand \u{1F335} \\ and\nline")"#, ["a.b=Tab\tand 🌵 \\ and\nline"]),
            (#"f("(", t("a.b|( unbalanced"), ")")"#, ["a.b=( unbalanced"]),
        ]
    )
    func finds(source: String, wanted: [String]) {
        #expect(found(source) == wanted)
    }

    @Test(
        "What is no use of words is passed over",
        arguments: [
            #"/// `t("a.b|Doc")`"#, #"// t("a.b|Comment")"#, #"/* t("a.b|Block /* nested */ "a.b|x") */"#,
            #""ab|No dot""#,
            #""A.b|Capital""#, #""a.|Empty part""#, #""a.b""#, #""x a.b|Inside a text""#, #""https://a.b|c""#,
            #""\(purpose)|x""#,
            "\"\"\"\na.b|In lines\n\"\"\"", ##"#"a.b|Raw"#"##, "", "\"", "\"\\", "\"\\(", "\"\"\"", "/*", "#", "\"\\u{",
        ]
    )
    func passes(source: String) {
        #expect(found(source).isEmpty)
    }

    @Test("It says where, whether the English is computed, and which forms of number there are")
    func details() {
        let uses = StringScanner.scan(
            "let a = 1\n\nt(\"a.b|x \\(y)\")\nt(\"c.d|{n} a|{n} b {place}\")",
            file: "A.swift"
        )
        #expect(uses.map(\.place) == ["A.swift:3", "A.swift:4"])
        #expect(uses.map(\.isComputed) == [true, false])
        #expect(uses.first?.plural == nil)
        #expect(uses.last?.plural?.one == "{n} a" && uses.last?.plural?.other == "{n} b {place}")
        #expect(StringScanner.placeholders(in: "{n} b {place} {n} {} {") == ["n", "place"])
    }
}

@Suite("The words of the product")
struct StringsTests {
    private static let house = URL(filePath: World.content).deletingLastPathComponent().path
    /// Its English is a constant in the code: a word for each of the 32 letters of a reporter's code.
    private static let spelling = "vault.spelling"

    private static let scanned = Result { try StringScanner.scan(house: house) }

    private enum Text: Decodable, Equatable {
        case plain(String)
        case plural([String: String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .plain(text)
            } else {
                self = .plural(try container.decode([String: String].self))
            }
        }

        var all: [String] {
            switch self {
            case .plain(let text): [text]
            case .plural(let forms): Array(forms.values)
            }
        }
    }

    private let uses: [StringScanner.Use]
    private let english: [String: StringScanner.Use]
    private let spanish: [String: Text]

    init() throws {
        uses = try Self.scanned.get()
        english = Dictionary(uses.map { ($0.key, $0) }) { first, _ in first }
        let data = try Data(contentsOf: URL(filePath: "\(Self.house)/content/strings/es.json"))
        spanish = try JSONDecoder().decode([String: Text].self, from: data)
        try #require(english.count > 300, "the scanner found too little")
    }

    @Test("Every key has one English text, the same wherever it is used")
    func oneEnglish() {
        let many = Dictionary(grouping: uses, by: \.key).filter { Set($0.value.map(\.english)).count > 1 }
        let lines = many.map { key, uses in
            ([key] + uses.map { "    \($0.place)  \($0.english)" }).joined(separator: "\n")
        }
        #expect(many.isEmpty, report(lines))
    }

    @Test("English is written out, never computed and never empty")
    func written() {
        let bad = uses.filter { ($0.isComputed && $0.key != Self.spelling) || ($0.english.isEmpty && !$0.isComputed) }
        #expect(bad.isEmpty, report(bad.map { "\($0.place)  \($0.key)" }))
        let forms = uses.filter { use in
            use.plural.map { $0.one.isEmpty || $0.other.isEmpty || $0.other.contains("|") } ?? false
        }
        #expect(forms.isEmpty, report(forms.map { "\($0.place)  \($0.key)|\($0.english)" }))
    }

    @Test("Spanish has every key")
    func complete() {
        let missing = english.values.filter { spanish[$0.key] == nil }
        #expect(missing.isEmpty, report(missing.map { "\($0.key)|\($0.english)" }))
    }

    @Test("Spanish has no key that nothing uses")
    func stale() {
        let stale = spanish.keys.filter { english[$0] == nil }
        #expect(stale.isEmpty, report(Array(stale)))
    }

    @Test("Spanish has forms of number exactly where English has")
    func plurals() {
        let wrong = english.values.filter { use in
            switch spanish[use.key] {
            case .plain: use.plural != nil
            case .plural(let forms): use.plural == nil || Set(forms.keys) != ["one", "other"]
            case nil: false
            }
        }
        #expect(wrong.isEmpty, report(wrong.map { "\($0.key)|\($0.english)" }))
    }

    @Test("The same braces stand in both languages")
    func placeholders() {
        let wrong = english.values.filter { use in
            func names(_ text: String) -> Set<String> { StringScanner.placeholders(in: text) }
            switch (spanish[use.key], use.plural) {
            case (.plain(let text)?, nil):
                return names(text) != names(use.english)
            case (.plural(let forms)?, let plural?):
                // "One report" may leave the number out.
                return names(forms["other"] ?? "") != names(plural.other)
                    || !names(plural.other).subtracting(["n"]).isSubset(of: names(forms["one"] ?? ""))
                    || !names(forms["one"] ?? "").isSubset(of: names(plural.other))
            case (.plain, .some), (.plural, nil), (nil, _):
                return false
            }
        }
        #expect(wrong.isEmpty, report(wrong.map { "\($0.key)|\($0.english)  \(spanish[$0.key]?.all ?? [])" }))
    }

    @Test("No text is empty, or begins or ends with a space that English has not")
    func empty() {
        let empty = spanish.filter {
            $0.value.all.contains { $0.allSatisfy(\.isWhitespace) } || $0.value == .plural([:])
        }
        #expect(empty.isEmpty, report(Array(empty.keys)))
        let spaced = spanish.filter { key, text in
            guard let original = english[key]?.english else { return false }
            return text.all.contains { translated in
                (translated.first == " ") != (original.first == " ")
                    || (translated.last == " ") != (original.last == " ")
            }
        }
        #expect(spaced.isEmpty, report(Array(spaced.keys)))
    }

    @Test(
        "A draft language says that it is one, has no key that nothing uses, and fills the same braces",
        arguments: Language.known.filter { ![.english, .spanish].contains($0) }
    )
    func drafts(language: Language) throws {
        let path = "\(Self.house)/content/strings/\(language.code).json"
        let table = try JSONDecoder().decode([String: Text].self, from: Data(contentsOf: URL(filePath: path)))
        #expect(table["language.state"] == .plain("draft"))
        let wrong = table.compactMap { key, text -> String? in
            guard key != "language.state" else { return nil }
            guard let use = english[key] else { return "\(key) is used by nothing" }
            guard key != Self.spelling else { return nil }
            let wanted = StringScanner.placeholders(in: use.plural?.other ?? use.english)
            switch (text, use.plural) {
            case (.plain(let words), nil):
                return StringScanner.placeholders(in: words) == wanted ? nil : "\(key) has other braces"
            case (.plural(let forms), .some):
                let isWhole = forms["other"].map { StringScanner.placeholders(in: $0) == wanted } ?? false
                let fits = forms.values.allSatisfy {
                    StringScanner.placeholders(in: $0).union(["n"]) == wanted.union(["n"])
                }
                return isWhole && fits ? nil : "\(key) has other braces"
            case (.plain, .some), (.plural, nil):
                return "\(key) has forms of number where English has none, or none where it has"
            }
        }
        #expect(wrong.isEmpty, report(wrong))
        // Whatever neighbors meet is there; what members alone see may still be English.
        #expect(
            Double(table.count) > 0.8 * Double(english.count),
            "\(language.name): \(table.count) of \(english.count)"
        )
    }

    @Test("Spanish spells the 32 letters of a reporter's code with 32 different words")
    func spelling() throws {
        let text = try #require(spanish[Self.spelling])
        let words = text.all.flatMap { $0.split(separator: " ") }
        #expect(text.all.count == 1 && words.count == 32 && Set(words).count == 32)
    }

    @Test("`bin/strings` tells translators the same keys and English as the scanner finds")
    func script() throws {
        let (status, output) = try Program.run(["\(Self.house)/bin/strings", "--all"])
        #expect(status == 0)
        let listed = try JSONDecoder().decode([String: Text].self, from: Data(output))
        #expect(Set(listed.keys) == Set(english.keys))
        let firsts = english.filter { $0.key != Self.spelling }.mapValues { use -> Text in
            use.plural.map { .plural(["one": $0.one, "other": $0.other]) } ?? .plain(use.english)
        }
        let differing = firsts.filter { listed[$0.key] != $0.value }
        #expect(differing.isEmpty, report(differing.map { "\($0.key): \(String(describing: listed[$0.key]))" }))
    }
}
