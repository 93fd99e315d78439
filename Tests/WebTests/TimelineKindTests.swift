// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Support
import Testing

@Suite("The kinds of lines on a timeline")
struct TimelineKindTests {
    private static let sources = "\(World.content)/../Sources"

    @Test("Whatever the code records of an incident has words there: nobody reads the name of a kind")
    func words() throws {
        let recorded = try Regex(#"Incident\.record\(\s*"([a-z_]+)""#)
        let words = try String(
            contentsOfFile: "\(Self.sources)/Web/Pages/Response/TimelineWords.swift",
            encoding: .utf8
        )
        var kinds: Set<String> = []
        let paths = FileManager.default.enumerator(atPath: Self.sources)?.compactMap { $0 as? String } ?? []
        for path in paths where path.hasSuffix(".swift") {
            let source = try String(contentsOfFile: "\(Self.sources)/\(path)", encoding: .utf8)
            for match in source.matches(of: recorded) {
                if let kind = match.output[1].substring { kinds.insert("incident.\(kind)") }
            }
        }
        #expect(kinds.count > 20)
        #expect(kinds.filter { !words.contains("\"\($0)\"") }.sorted() == [])
    }
}
