// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing

@Suite("The table of a language's words")
struct StringTableTests {
    private func table(_ json: String) throws -> StringTable { try StringTable(json: Array(json.utf8)) }

    /// What a general decoder makes of the same file.
    private enum Value: Decodable, Equatable {
        case text(String)
        case forms([String: String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .forms(try container.decode([String: String].self))
            }
        }
    }

    @Test("Every word of every language is what a general decoder reads", arguments: Language.known.dropFirst())
    func same(language: Language) throws {
        let data = try Data(contentsOf: URL(filePath: "\(World.content)/strings/\(language.code).json"))
        let table = try StringTable(json: Array(data))
        let wanted = try JSONDecoder().decode([String: Value].self, from: data)
        #expect(table.count == wanted.count && table.count > 1_000)
        for (key, value) in wanted {
            switch value {
            case .text(let text):
                #expect(table.text(key) == text && table.text("\(key)|English") == text)
                #expect(table.form(key, "other") == nil)
            case .forms(let forms):
                #expect(table.text(key) == nil)
                for (category, text) in forms { #expect(table.form("\(key)|a|b", category) == text) }
                #expect(table.form(key, "none such") == forms["other"])
            }
            #expect(table.has(key) && !table.has("\(key)_"))
        }
    }

    @Test("Escapes are what they stand for, spaces are nothing, and the last of two is the one")
    func escapes() throws {
        let table = try table(
            " {\"a.a\" :\t\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83c\\udf35 é\" , \"a.b\":{ } ,\"a.c\":\"\",\"a.d\":\"1\",\"a.d\":\"2\"}\n"
        )
        #expect(table.text("a.a") == "\"\\/\u{8}\u{C}\n\r\té🌵 é")
        #expect(table.has("a.b") && table.text("a.b") == nil && table.form("a.b", "one") == nil)
        #expect(table.text("a.c")?.isEmpty == true && table.form("a.c", "one") == nil)
        #expect(table.text("a.d") == "2" && table.count == 4)
        #expect(!table.has("") && !table.has("|") && !table.has("a") && !table.has("a.a\""))
    }

    @Test(
        "What is no table is refused",
        arguments: [
            "", " ", "[]", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":\"", "{\"a\":\"x", "{\"a\":\"x\"",
            "{\"a\":\"x\",", "{\"a\":\"x\",}", "{\"a\":\"x\"}}", "{\"a\":\"x\\\"}", "{\"a\":\"x\\", "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12\"}", "{\"a\":\"\\u+123\"}", "{\"a\":\"\\ud83c\"}", "{\"a\":\"\\udf35\\ud83c\"}",
            "{\"a\":\"x\ny\"}", "{\"a\":1}", "{\"a\":null}", "{\"a\":{\"b\":{}}}", "{\"a\":{\"b\":\"c\"}", "{a:\"b\"}",
            "{\"a\" \"b\"}", "{\"\\u0061\":\"b\"}", "{\"a\":\"b\" \"c\":\"d\"}",
        ]
    )
    func refused(json: String) {
        #expect(throws: StringTable.Problem.self) { try table(json) }
    }

    @Test("Bytes that are no letters are refused, wherever they stand")
    func letters() {
        for bytes: [UInt8] in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0xA2]] {
            let json = Array("{\"a\":\"x".utf8) + bytes + Array("\"}".utf8)
            #expect(throws: StringTable.Problem.self) { try StringTable(json: json) }
        }
    }
}
