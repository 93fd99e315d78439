// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Support
import Testing

@Suite("The kinds of lines on a timeline")
struct TimelineKindTests {
    private static let sources = "\(World.content)/../Sources"
    private static let folder = "\(sources)/Response"

    @Test("Whatever the code records of an incident has words there: nobody reads the name of a kind")
    func words() throws {
        let recorded = /(?:Incident\.record\(\s*"|"incident\.)([a-z_]+)"/
        let words = try String(
            contentsOfFile: "\(Self.sources)/Web/Pages/Response/TimelineWords.swift",
            encoding: .utf8
        )
        var kinds: Set<String> = []
        let paths = FileManager.default.enumerator(atPath: Self.folder)?.compactMap { $0 as? String } ?? []
        for path in paths where path.hasSuffix(".swift") {
            let source = try String(contentsOfFile: "\(Self.folder)/\(path)", encoding: .utf8)
            for match in source.matches(of: recorded) { kinds.insert("incident.\(match.output.1)") }
        }
        #expect(kinds.count > 20)
        #expect(kinds.filter { !words.contains("\"\($0)\"") }.sorted() == [])
    }
}
