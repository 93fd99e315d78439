// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing

@testable import Web

@Suite("The map of cells")
struct CellMapTests {
    private struct Box {
        let left, right, top, bottom: Double

        func meets(_ other: Box) -> Bool {
            left < other.right && other.left < right && top < other.bottom && other.top < bottom
        }
    }

    @Test("writes names where they cover no cell that says something, nor each other")
    func labels() async throws {
        let door = try await Door()
        let near = [
            "boyle-heights", "downtown", "echo-park", "highland-park", "koreatown", "lincoln-heights", "el-sereno",
            "silver-lake", "westlake", "huntington-park", "pacoima", "van-nuys",
        ]
        let known = near.filter { door.site.places.place($0) != nil }
        #expect(known.count > 6)
        let marks = known.map { CellMap.Mark(place: $0, tone: "good", icon: "check-circle", label: "Checked") }
        let drawn = CellMap(site: door.site, marks: marks).html(Words(language: .english)).string
        let signs = try Self.numbers(#"<use [^>]*x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)""#, drawn)
            .map { Box(left: $0[0], right: $0[0] + $0[2], top: $0[1], bottom: $0[1] + $0[3]) }
        let names = try Self.names(drawn)
        #expect(signs.count > 6 && names.count > 1)
        for (place, name) in names.enumerated() {
            #expect(!signs.contains { $0.meets(name) }, "a name covers a sign")
            #expect(!names.dropFirst(place + 1).contains { $0.meets(name) }, "a name covers a name")
            #expect(name.left >= 0)
        }
    }

    /// Letters of 11 px are 8 high over their line, and at least 5 wide.
    private static func names(_ drawn: String) throws -> [Box] {
        let pattern = try NSRegularExpression(pattern: #"<text x="([\d.]+)" y="([\d.]+)">([^<]+)</text>"#)
        return pattern.matches(in: drawn, range: NSRange(drawn.startIndex..., in: drawn)).compactMap { match in
            guard let x = part(1, match, drawn).flatMap({ Double($0) }),
                let y = part(2, match, drawn).flatMap({ Double($0) }), let words = part(3, match, drawn)
            else { return nil }
            let half = Double(words.count) * 2.5
            return Box(left: x - half, right: x + half, top: y - 8, bottom: y)
        }
    }

    private static func numbers(_ pattern: String, _ text: String) throws -> [[Double]] {
        let expression = try NSRegularExpression(pattern: pattern)
        return expression.matches(in: text, range: NSRange(text.startIndex..., in: text)).map { match in
            (1..<match.numberOfRanges).compactMap { part($0, match, text).flatMap { Double($0) } }
        }
    }

    private static func part(_ place: Int, _ match: NSTextCheckingResult, _ text: String) -> String? {
        Range(match.range(at: place), in: text).map { String(text[$0]) }
    }
}
