// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing

@Suite("A calendar feed")
struct CalendarFeedTests {
    private static func text(_ entries: [CalendarFeed.Entry]) -> String {
        String(decoding: CalendarFeed(name: "Dates", language: "en", entries: entries).bytes, as: UTF8.self)
    }

    private static func entry(_ title: String, words: String = "", when: CalendarFeed.Entry.When = .day("2026-12-01"))
        -> CalendarFeed.Entry
    {
        CalendarFeed.Entry(id: "a@b", when: when, title: title, words: words, stamp: Instant(milliseconds: 0))
    }

    @Test("Every line ends in CR LF, has at most 75 bytes, and is whole again when unfolded")
    func folded() {
        let title = String(repeating: "ñ中😀 a", count: 60)
        let text = Self.text([Self.entry(title)])
        let lines = text.utf8.split(separator: 10, omittingEmptySubsequences: false).dropLast()
        for line in lines {
            #expect(line.last == 13)
            #expect(line.count <= 76)
            #expect(String(validating: Array(line), as: UTF8.self) != nil, "a letter was cut")
        }
        #expect(
            text.split(separator: "\r\n ", omittingEmptySubsequences: false).joined().contains("SUMMARY:\(title)\r\n")
        )
    }

    @Test("Words can't end a line, begin a property or hide a comma")
    func escaped() {
        let text = Self.text([Self.entry("a,b;c\\d", words: "one\r\nBEGIN:VEVENT\nthree\u{0}\u{7f}")])
        #expect(text.contains("SUMMARY:a\\,b\\;c\\\\d\r\n"))
        #expect(text.contains("DESCRIPTION:one\\nBEGIN:VEVENT\\nthree\r\n"))
        #expect(text.split(separator: "\r\n").filter { $0 == "BEGIN:VEVENT" }.count == 1)
    }

    @Test("A moment is written in UTC with its end; a day is a date")
    func times() throws {
        let noon = try #require(Instant(iso8601: "2026-12-07T12:00:00-08:00"))
        let text = Self.text([Self.entry("x", when: .moment(noon, .minutes(90))), Self.entry("y")])
        #expect(text.contains("DTSTART:20261207T200000Z\r\nDTEND:20261207T213000Z\r\n"))
        #expect(text.contains("DTSTART;VALUE=DATE:20261201\r\n"))
        #expect(text.contains("DTSTAMP:19700101T000000Z\r\n"))
    }
}
