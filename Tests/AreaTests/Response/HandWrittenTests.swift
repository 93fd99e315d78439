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

    @Test("No incident fits better than its outline promised, and none is passed over that could match")
    func outlines() throws {
        var settings = GroupingSettings.standard
        settings.window = 60
        var (near, far, close) = (0, 0, 0)
        for number in 0..<6_000 {
            let incident = IncidentTraits(
                id: "i",
                reports: (0...number % 3).map { place in
                    report(number + place, at: number % 9 * place, 34.05, -118.2, words: text(number / 3 + place))
                }
            )
            let angle = Double(number)
            let other = report(
                number / 7,
                at: number % 140 - 70,
                34.05 + cos(angle) * Double(number % 97) * 0.0004,
                -118.2 + sin(angle) * Double(number % 97) * 0.0004,
                words: text(number / 5)
            )
            let outline = IncidentOutline(incident)
            let bound = outline.prospect(of: ReportOutline(other, settings))
            guard let evidence = GroupingEvidence(other, incident, settings) else {
                if bound == nil { far += 1 }
                continue
            }
            var prospect = try #require(bound)
            near += 1
            #expect(prospect.certainty == evidence.certainty)
            #expect(prospect.mayAttach || !evidence.mayAttach)
            let first = prospect.upper
            prospect.refine(ReportOutline(other, settings))
            #expect(evidence.total <= prospect.upper && prospect.upper <= first)
            if prospect.upper - evidence.total < 0.1 { close += 1 }
        }
        // And it is worth the look: two in three are bounded to within a tenth.
        #expect(near > 1_000 && far > 1_000 && close > near / 2)
    }

    /// A few words of twenty, others for each number.
    private func text(_ number: Int) -> String {
        let words =
            "van market agents door school bus two arrest Soto smoke Maria seven red taco guns dog bank white run Pico"
            .split(separator: " ")
        return (0..<number % 6).map { String(words[(number * 7 + $0 * ($0 + number)) % words.count]) }
            .joined(separator: " ")
    }

    @Test("All texts of an incident at once compare as they do one by one")
    func texts() {
        var words = IncidentTexts()
        var (texts, added, said): ([WordSketch], Int, Set<UInt64>) = ([], 0, [])
        for number in 0..<900 {
            let extra = number % 4 == 0 ? " word\(number) thing\(number / 2)" : ""
            let sketch = WordSketch(text(number) + extra, key: SketchKey(1, 2))
            let compared = words.compare(sketch)
            var best: WordSketch.Likeness?
            for likeness in texts.compactMap({ sketch.likeness(to: $0) }) where likeness.value > best?.value ?? -1 {
                best = likeness
            }
            #expect(compared.likeness == best)
            let before = sketch.tokens.reduce(0) { $0 + (said.contains($1) ? WordSketch.weight($1) : 0) }
            #expect(compared.saidBefore == (sketch.isComparable ? Double(before) / Double(sketch.weight) : nil))
            words.add(sketch)
            if said.count < 300 { said.formUnion(sketch.tokens) }
            guard !sketch.isEmpty, !texts.contains(sketch) else { continue }
            if texts.count < 16 { texts.append(sketch) } else { texts[added % 16] = sketch }
            added += 1
        }
        #expect(texts.count == 16 && said.count >= 300)
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
