// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Testing
import Vault

@testable import Response

/// What is written by hand for speed is what the general way writes.
@Suite("Written by hand")
struct HandWrittenTests {
    private func report(_ number: Int, at minutes: Int, _ latitude: Double, _ longitude: Double, words: String = "")
        -> ReportTraits
    {
        ReportTraits(
            id: "r\(number)",
            at: Instant(milliseconds: 1_780_000_000_000) + .minutes(minutes),
            point: Point(latitude: latitude, longitude: longitude),
            uncertainty: [5, 30, 100, 1_500, 40_000][number % 5],
            kind: number.isMultiple(of: 2) ? "vehicles" : "people",
            words: WordSketch(words, key: SketchKey(1, 2)),
            picture: number.isMultiple(of: 3) ? 7 : nil
        )
    }

    @Test("The reason for a place in an incident reads the same")
    func reasons() throws {
        let words = "two white vans and four agents by the market on Soto"
        let incident = IncidentTraits(id: "i", reports: [report(0, at: 0, 34.05, -118.2, words: words)])
        for number in 0..<6 {
            let other = report(number, at: number * 7, 34.05 + Double(number) * 0.0007, -118.2, words: words)
            let score = try #require(Grouping.score(other, against: incident))
            #expect(try Why(json: Why.json(score)) == Why(score))
        }
        for source in [Why.Source.first, .reporter, .person] {
            #expect(try Why(json: Why.json(source)) == Why(source))
        }
    }

    @Test("The words of a report read the same, whatever is in them")
    func words() throws {
        let all = [
            ReportWords(
                words: "a \"b\" \\ / \n\t\u{01}\u{7F} ñ 你好 👩‍👧 \u{2028}",
                whereabouts: Whereabouts(text: "Pico", place: "pico", point: Point(latitude: -0.1, longitude: 1e-7)),
                seenAt: Instant(milliseconds: 1_780_000_000_123),
                salute: Salute(size: "4", activity: "\r\n", location: "", uniform: "x", time: "y", equipment: "z")
            ),
            ReportWords(words: nil, whereabouts: Whereabouts(), seenAt: Instant(milliseconds: -1), salute: Salute()),
        ]
        for words in all {
            #expect(try JSONDecoder().decode(ReportWords.self, from: Data(words.json)) == words)
        }
    }

    @Test("The names of a code are those that it has one by one")
    func names() {
        for _ in 1...20 {
            let code = ReporterCode.generate()
            let names = code.names
            #expect(names.lookup == code.lookup)
            #expect(names.mark(of: [1, 2]) == code.names.mark(of: [1, 2]))
            #expect(names.mark(of: [1, 2]) != names.mark(of: [1, 3]))
            #expect(names.mark(of: [1, 2]) != ReporterCode.generate().names.mark(of: [1, 2]))
            #expect(names.mailboxKey == code.mailboxKey)
            #expect(code.text == code.groups.joined(separator: "-"))
            #expect(code.text.utf8.count == ReporterCode.shownCount)
        }
    }

    @Test("Nothing that could match is passed over by the look at its outline")
    func outlines() {
        var settings = GroupingSettings.standard
        settings.window = 60
        var (near, far) = (0, 0)
        for number in 0..<4_000 {
            let incident = IncidentTraits(
                id: "i",
                reports: [report(number, at: 0, 34.05, -118.2), report(number / 5, at: number % 9, 34.051, -118.2)]
            )
            let angle = Double(number)
            let other = report(
                number / 7,
                at: number % 140 - 70,
                34.05 + cos(angle) * Double(number % 97) * 0.0004,
                -118.2 + sin(angle) * Double(number % 97) * 0.0004
            )
            let isMatch = GroupingEvidence(other, incident, settings) != nil
            let isInReach = IncidentOutline(incident).isInReach(of: other, settings)
            #expect(!isMatch || isInReach)
            if isMatch { near += 1 } else if !isInReach { far += 1 }
        }
        #expect(near > 100 && far > 100)
    }

    @Test("Clean text is left as it is, and all else is cleaned as before")
    func cleaning() {
        for (raw, clean) in [
            ("", ""), ("plain words, 7th & Main", "plain words, 7th & Main"), (" both ends ", "both ends"),
            ("tab\there", "tab\there"), ("a\r\nb\rc", "a\nb\nc"), ("\u{07}bell", "bell"), ("é\u{202E}x", "éx"),
            ("~", "~"), ("\u{7F}", ""), ("   ", ""),
        ] {
            #expect(FieldCheck.clean(raw) == clean)
        }
    }
}
