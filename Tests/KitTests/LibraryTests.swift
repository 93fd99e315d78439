// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing

@Suite("The library of languages")
struct LibraryTests {
    /// A library that offers these languages beside English.
    private func library(_ files: [String: String]) throws -> Library {
        let folder = "\(Store.folder)/strings-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (code, json) in files { try Data(json.utf8).write(to: URL(filePath: "\(folder)/\(code).json")) }
        return try Library(folder: folder)
    }

    private func offering(_ codes: [String]) throws -> Library {
        try library(Dictionary(uniqueKeysWithValues: codes.map { ($0, "{}") }))
    }

    @Test(
        "The reader's best language is found, whatever the header looks like",
        arguments: [
            ("", "en"), ("es", "es"), ("ES", "es"), ("es-MX", "es"), ("es-419,es;q=0.9,en;q=0.8", "es"),
            ("en-US,en;q=0.9,es;q=0.8", "en"), ("en;q=0.5,es;q=0.9", "es"), ("es;q=0.5,en;q=0.9", "en"),
            ("de,fr;q=0.9,es;q=0.1", "es"), ("de", "en"), ("*", "en"), ("*;q=0.5,es;q=0.1", "es"),
            ("es;q=0", "en"), ("es;q=0.000,ru", "ru"), ("en;q=0.3,es;q=0.3", "en"), ("es;q=0.3,en;q=0.3", "es"),
            (" es ; q=0.9 , en ; q=0.1", "es"), ("\tes\t;\tq=1", "es"), ("es;Q=0.9,en;q=0.1", "es"),
            ("ru-RU;q=0.7,es;level=1;q=0.8", "es"),
            ("fil-PH", "tl"), ("tl", "tl"), ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh-SG", "zh-Hans"),
            ("zh-TW", "zh-Hant"), ("zh-HK", "zh-Hant"), ("zh-Hant-US", "zh-Hant"), ("zh-hans-HK", "zh-Hans"),
            ("ZH-HANT", "zh-Hant"),
            // Rubbish is nobody's language.
            (",,,", "en"), (";;;", "en"), (";q=1", "en"), ("es;q=", "en"), ("es;q=x", "en"), ("es;q=nan", "en"),
            ("es;q=inf", "en"), ("es;q=-1", "en"), ("es;q=99", "en"), ("es;q=0x1p0", "es"), ("-", "en"), ("es\0", "en"),
            ("\u{600}es", "en"), ("es\u{301}", "en"), ("ё", "en"), ("e", "en"), ("espresso", "en"), ("es_MX", "en"),
        ]
    )
    func preferred(header: String, code: String) throws {
        let library = try offering(["es", "ru", "tl", "zh-Hans", "zh-Hant"])
        #expect(library.preferred(header).code == code)
    }

    @Test("A header without end is cut and read as far as that")
    func endless() throws {
        let library = try offering(["es"])
        #expect(library.preferred(String(repeating: "de,", count: 100_000) + "es").code == "en")
        #expect(library.preferred("es," + String(repeating: "q;=,", count: 100_000)).code == "es")
    }

    @Test("Where only one script of Chinese is offered, the other is not put in its place")
    func scripts() throws {
        let library = try offering(["zh-Hant"])
        #expect(library.preferred("zh-CN,es;q=0.5").code == "en")
        #expect(library.preferred("zh-HK").code == "zh-Hant")
    }

    @Test("English is always offered and first, then those with a file, in our own order")
    func offered() throws {
        #expect(try offering([]).languages.map(\.code) == ["en"])
        #expect(try offering(["ar", "ko", "es", "xx"]).languages.map(\.code) == ["en", "es", "ko", "ar"])
        #expect(Library().languages == [.english])
        #expect(Library().words("es").language == .english)
        #expect(try offering(["es"]).language("es") == .spanish)
        #expect(try offering(["es"]).language("ko") == nil)
        #expect(try offering(["es"]).words("ko").language == .english)
    }

    @Test("A file holds texts and forms of number")
    func file() throws {
        let words = try library(["es": #"{"a.b":"Hola {x}","a.n":{"one":"{n} casa","other":"{n} casas"}}"#]).words("es")
        #expect(words("a.b|Hello {x}", ["x": "Ana"]) == "Hola Ana")
        #expect(words("a.n|{n} house|{n} houses", n: 1) == "1 casa")
        #expect(words("a.n|{n} house|{n} houses", n: 5) == "5 casas")
    }

    @Test(
        "A file that is no such thing stops the start",
        arguments: ["", "[]", "{\"a.b\":1}", "{\"a.b\":[\"x\"]}", "{\"a.b\":{\"one\":1}}", "{"]
    )
    func broken(json: String) {
        #expect(throws: (any Error).self) { try library(["es": json]) }
    }
}
