// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing

@Suite("Words")
struct WordsTests {
    private let english = Words(language: .english)
    private let spanish: Words

    init() throws {
        let json = """
            {
                "now.title": "Qué pasa ahora",
                "now.place": "En {place}, a las {time}",
                "now.reports": {"one": "{n} informe", "other": "{n} informes"},
                "now.open": "{n} abiertos",
                "now.short": {"other": "{n} en total"}
            }
            """
        spanish = Words(language: .spanish, table: try StringTable(json: Array(json.utf8)))
    }

    @Test("A reader sees their own words, and the English beside the key where there are none")
    func fallback() {
        #expect(english("now.title|What is happening") == "What is happening")
        #expect(spanish("now.title|What is happening") == "Qué pasa ahora")
        #expect(spanish("now.unknown|Not yet translated") == "Not yet translated")
        #expect(spanish.has("now.title") && !spanish.has("now.unknown"))
    }

    @Test(
        "Braces are filled by name; what has no value stays as it is",
        arguments: [
            ("k.a|{name} came", "Ana came"), ("k.a|{name} and {name}", "Ana and Ana"), ("k.a|{other}", "{other}"),
            ("k.a|{name", "{name"), ("k.a|name}", "name}"), ("k.a|{}", "{}"), ("k.a|{{name}}", "{{name}}"),
            ("k.a|{name}{place}", "Ana{name}"), ("k.a|", ""), ("k.a", ""), ("k.a|{\u{301}name}", "{\u{301}name}"),
            ("k.a|\u{600}{name}\u{301}", "\u{600}Ana\u{301}"),
        ]
    )
    func fill(keyed: String, wanted: String) {
        // A value that looks like a brace is not filled again.
        #expect(english(keyed, ["name": "Ana", "place": "{name}"]).utf8.elementsEqual(wanted.utf8))
    }

    @Test("Arguments fill the reader's own order of words")
    func arguments() {
        let filled = spanish("now.place|At {time} in {place}", ["place": "Pico Rivera", "time": "9:05"])
        #expect(filled == "En Pico Rivera, a las 9:05")
    }

    @Test("The key ends at the first bar, though a combining mark follows it")
    func combining() {
        #expect(english("k.a|\u{301}a").utf8.elementsEqual("\u{301}a".utf8))
        #expect(spanish("now.title|\u{20E3}x") == "Qué pasa ahora")
    }

    @Test(
        "A count chooses its form",
        arguments: [(0, "0 reports"), (1, "1 report"), (2, "2 reports"), (-1, "-1 reports")]
    )
    func englishCounts(count: Int, wanted: String) {
        #expect(english("now.reports|{n} report|{n} reports", n: count) == wanted)
    }

    @Test("A language's own forms win; a missing one is `other`, a plain text serves all, English is the last")
    func counts() {
        #expect(spanish("now.reports|{n} report|{n} reports", n: 1) == "1 informe")
        #expect(spanish("now.reports|{n} report|{n} reports", n: 1_000_000) == "1000000 informes")
        #expect(spanish("now.short|{n} in all|{n} in all", n: 1) == "1 en total")
        #expect(spanish("now.open|{n} open", n: 1) == "1 abiertos")
        #expect(spanish("now.new|{n} thing|{n} things", n: 4) == "4 things")
        #expect(english("now.open|{n} open", n: 1) == "1 open")
        #expect(english("now.open|{n} open", n: 4) == "4 open")
    }

    @Test("A count may stand beside other arguments, and is never taken from them")
    func countAndArguments() {
        let text = english("k.w|{n} of {all}|{n} out of {all}", n: 3, ["all": "9", "n": "7"])
        #expect(text == "3 out of 9")
    }

    @Test("A phrase is put into words by whoever reads it, with its count")
    func phrases() {
        let phrase = Phrase("now.reports|{n} report|{n} reports", ["n": "1"])
        #expect(english(phrase) == "1 report")
        #expect(spanish(phrase) == "1 informe")
        #expect(spanish(Phrase("now.reports|{n} report|{n} reports", ["n": "12"])) == "12 informes")
        #expect(spanish(Phrase("now.place|At {time} in {place}", ["place": "A", "time": "B"])) == "En A, a las B")
        let literal: Phrase = "now.title|What is happening"
        #expect(spanish(literal) == "Qué pasa ahora")
        // An "n" that is no number is only a word.
        #expect(english(Phrase("k.n|{n} came", ["n": "Nobody"])) == "Nobody came")
    }

    private static let plurals: [(String, [Int], String)] = [
        ("en", [1], "one"), ("en", [0, 2, 11, 21, 101, -1], "other"),
        ("es", [1], "one"), ("es", [0, 2, 11, 21, 101], "other"),
        ("ru", [1, 21, 31, 101, 1_001], "one"), ("ru", [2, 3, 4, 22, 34, 102, 1_003], "few"),
        ("ru", [0, 5, 9, 10, 11, 12, 13, 14, 15, 20, 25, 111, 112, 114, 1_011], "many"),
        ("ar", [0], "zero"), ("ar", [1], "one"), ("ar", [2], "two"), ("ar", [3, 7, 10, 103, 110, 1_005], "few"),
        ("ar", [11, 26, 99, 111, 1_099], "many"), ("ar", [100, 101, 102, 200, 1_000], "other"),
        ("zh-Hans", [0, 1, 2, 100], "other"), ("ko", [1], "other"), ("vi", [1], "other"), ("km", [1], "other"),
        ("tl", [1, 2, 3, 5, 7, 8, 10, 11, 21], "one"), ("tl", [4, 6, 9, 14, 26, 109], "other"),
        ("fa", [0, 1], "one"), ("fa", [2, 10], "other"), ("hy", [0, 1], "one"), ("hy", [2, 21], "other"),
    ]

    @Test("Every language has its own categories of number (CLDR)", arguments: plurals)
    func categories(code: String, counts: [Int], category: String) throws {
        let language = try #require(Language.known.first { $0.code == code })
        for count in counts { #expect(language.pluralCategory(of: count) == category, "\(code) \(count)") }
    }

    @Test("The greatest and least numbers have a category too", arguments: Language.known)
    func extremes(_ language: Language) {
        let known: Set = ["zero", "one", "two", "few", "many", "other"]
        #expect(known.contains(language.pluralCategory(of: .max)))
        #expect(known.contains(language.pluralCategory(of: .min)))
    }

    @Test("Arabic and Persian run from right to left, the others from left to right")
    func directions() {
        #expect(Set(Language.known.filter { $0.direction == "rtl" }.map(\.code)) == ["ar", "fa"])
        #expect(Set(Language.known.map(\.direction)) == ["ltr", "rtl"])
    }
}
