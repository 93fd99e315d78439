// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing

@Suite("Content files")
struct ContentTests {
    /// Whatever a file says.
    private indirect enum Anything: Decodable, Equatable {
        case text(String)
        case list([Anything])
        case map([String: Anything])

        init(from decoder: any Decoder) throws {
            if let map = try? [String: Anything](from: decoder) {
                self = .map(map)
            } else if let list = try? [Anything](from: decoder) {
                self = .list(list)
            } else {
                self = .text(try String(from: decoder))
            }
        }
    }

    private static let files: [String] = {
        let all = FileManager.default.enumerator(atPath: World.content)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(".yaml") }.sorted()
    }()

    @Test("Every file of the pack is read the quick way, and as the thorough way reads it")
    func same() throws {
        #expect(Self.files.count > 150)
        for file in Self.files {
            let text = try Content.text("\(World.content)/\(file)")
            let quick = try #require(Content.quick(Anything.self, text), "\(file)")
            #expect(try quick == Content.thorough(Anything.self, text, file), "\(file)")
        }
    }

    @Test(
        "What can be written in many ways is read as the thorough way reads it, or left to it",
        arguments: [
            "a: b", "a: b\n", "\n# x\n\na:  b  # c\n# d\n", "a: b#c", "a: 'it''s' # c", "a: \"x \\\"y\\\" \\\\ z\"",
            "a: \"\\n\\u00e9\"", "'a': b", "\"a b\": c", "a b: c", "a:b: c", "a: b:c", "a: b: c", "a: - b", "a:",
            "a: ~",
            "a: ''", "a: null", "a:\nb: c", "a:\n  b: c\n  d:\n  - e\n  -  f\n  - - g\n    - h\ni: j",
            "- a\n- b: c\n  d: e\n-\n  f: g\n-\n- h", "a:\n- b\n- c\nd: e", "a:\n- b\n c: d", "a:\n  b: c\n d: e",
            "a: b\n  c", "a: |\n  b\n  c", "a: >-\n  b\n\n  c", "a: 'b\n  c'", "a: \"b\n  c\"", "a: b\n c: d",
            "a: [b, c]", "a: [ 'b' , \"c\" ,d ]", "a: [b, [c, {d: e}], {f: [g]}]", "a: []", "a: {}", "a: [b,]",
            "a: [,b]",
            "a: [b: c]", "a: [b, c", "a: [b,\n  c]", "a: {b: c, d: e}", "a: {b: c, b: d}", "a: {b}", "a: {b:}",
            "a: {b: }",
            "a: {b: c:d, e: http://f/g?h}", "a: {b: ¿c?, d: e!}", "a: {b: c} d", "a: {b: c}# d",
            "a: {\"b\": c, 'd': e}",
            "a: {\"b\":c}", "a: b\na: c", "a: &b c\nd: *b", "a: !!str b", "<<: {a: b}", "? a\n: b", "--- \na: b",
            "a: b\n---\nc: d",
            "%YAML 1.1\n---\na: b", "a: @b", "a: `b", "a: %b", "a: -b", "a: - ", "a: -", "a: ?b", "a: :b", "a: #b",
            "a: b #",
            "a:\tb", "a: b\tc", "\ta: b", "a: b\r\nc: d\r\n", "a: b\u{85}c: d", "a: b\u{2028}c", "\u{FEFF}a: b",
            "a: \u{7}",
            "a: ខ្មែរ\nб: فارسی", "- a: b\n  - c", "- a\nb: c", "  a: b\n  c: d", "  a: b\nc: d", "a", "'a'", "[a, b]",
            "{a: b}", "",
            "#", "\n\n", "a: [[[[b]]]]", "a: 'b' c", "a: 'b': c", "a: b, c", "a: b [c] {d}", "a: \"b\" # c",
            "a:  # c\n  b: d",
            "-  a: b\n   c: d", "- a: b\n   c: d", "- # c\n  a", "a : b", "a: b:", "a: b:\n", "yamlAnchor: a",
            "a: {x: y,z: w}",
        ]
    )
    func many(text: String) {
        let thorough = try? Content.thorough(Anything.self, text, "x")
        if let quick = Content.quick(Anything.self, text) { #expect(quick == thorough) }
    }

    @Test("Depth and length without end are left to the thorough way, and do not trap")
    func endless() {
        for text in [
            String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 100_000),
            String(repeating: "- ", count: 100_000) + "a", (0..<3_000).map { "k\($0): v\n" }.joined(),
            String(repeating: "a", count: 2_000) + ": b",
        ] {
            #expect(Content.quick(Anything.self, text) == nil)
        }
    }

    private struct Numbers: Decodable, Equatable {
        var whole: Int?
        var part: Double?
        var truth: Bool?
        var word: String?
    }

    @Test(
        "Numbers and truths mean what they mean to the thorough way",
        arguments: [
            "whole: 12", "whole: -3", "whole: 0", "whole: 012", "whole: 0x1F", "whole: 1_000", "whole: '12'",
            "whole: +5",
            "whole: 1.5", "whole: 1:30", "whole: x", "whole:", "whole: ~", "whole: 99999999999999999999", "part: 0.5",
            "part: -12.25", "part: 5", "part: 1e3", "part: .5", "part: 5.", "part: .inf", "part: '1'", "part: 00.5",
            "truth: true", "truth: false", "truth: yes", "truth: Off", "truth: 'true'", "truth: 1", "word: true",
            "word: 12",
            "word: null", "word: ''", "word: {a: b}", "word: [a]", "more: 1",
        ]
    )
    func meaning(text: String) {
        let thorough = try? Content.thorough(Numbers.self, text, "x")
        if let quick = Content.quick(Numbers.self, text) { #expect(quick == thorough) }
        if ["whole: 12", "part: 0.5", "truth: true", "word: null", "whole:"].contains(text) {
            #expect(Content.quick(Numbers.self, text) != nil)
        }
    }
}
