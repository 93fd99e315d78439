// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Support
import Testing

/// The list behind `?` and the keys that the board's pages carry are written in several places: here they are compared.
@Suite("The keys of the board")
struct KeyTests {
    private static let house = URL(filePath: World.content).deletingLastPathComponent()

    /// In capitals, as the list writes them; two letters for those after `G`.
    private func carried() throws -> Set<String> {
        let folder = Self.house.appending(path: "Sources/Web/Pages/Response")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { name in
            // The console is a page of its own, with keys of its own.
            name.hasSuffix(".swift") && !name.hasPrefix("Console")
        }
        var found: Set<String> = []
        for name in names {
            let source = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            let marks = [
                try Regex(#"data-key=\\?"(\w+|\?)\\?""#), try Regex(#"\bkey: [^"\n]*"([a-z])""#),
                try Regex(#"\b(?:link|step)\("\w+", "([a-z])""#),
            ]
            for mark in marks {
                for match in source.matches(of: mark) {
                    let key = match.output[1].substring.map(String.init) ?? ""
                    found.insert(key == "Escape" ? "Esc" : key.uppercased())
                }
            }
        }
        let script = try String(
            contentsOf: Self.house.appending(path: "Sources/Web/Static/board.js"),
            encoding: .utf8
        )
        for match in script.matches(of: /key === "([a-z?])"/) where match.output.1 != "g" {
            found.insert(match.output.1.uppercased())
        }
        let places = try #require(script.firstMatch(of: /const places = \{(.*)\};/)).output.1
        for match in places.matches(of: /(\w): "#/) { found.insert("G" + match.output.1.uppercased()) }
        // A link has this key from the browser.
        found.insert("Enter")
        return found
    }

    private func listed() throws -> [String] {
        let page = Self.house.appending(path: "Sources/Web/Pages/Response/BoardPage.swift")
        let source = try String(contentsOf: page, encoding: .utf8)
        return source.matches(of: /\(\[((?:"[\w?]+"(?:, )?)+)\], t\("board\.key_/).flatMap { row in
            let keys = row.output.1.matches(of: /[\w?]+/).map { String($0.output) }
            return keys.first == "G" ? [keys.joined()] : keys
        }
    }

    @Test("The list names every key that a step has, and no other, each once")
    func same() throws {
        let (listed, carried) = (try listed(), try carried())
        #expect(listed.count > 25)
        #expect(Set(listed) == carried, "\(Set(listed).symmetricDifference(carried).sorted())")
        #expect(Set(listed).count == listed.count)
    }
}
