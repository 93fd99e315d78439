// SPDX-License-Identifier: AGPL-3.0-or-later

/// Dates for somebody's calendar, as RFC 5545 has them: CR LF, lines folded at 75 bytes and never inside a letter, text
/// escaped. Moments are written in UTC, so that a calendar shows them right in every zone; days have none.
package struct CalendarFeed: Sendable {
    package struct Entry: Sendable {
        package enum When: Sendable {
            /// From a moment, for so long.
            case moment(Instant, Duration)
            /// A whole day, `2026-11-22`.
            case day(String)
        }

        /// The same for the same thing for ever, so that a changed date moves and is not there twice.
        package let id: String
        package let when: When
        package let title: String
        package let words: String
        package let place: String?
        package let link: String?
        /// When what is said was last true.
        package let stamp: Instant

        package init(
            id: String,
            when: When,
            title: String,
            words: String,
            place: String? = nil,
            link: String? = nil,
            stamp: Instant
        ) {
            (self.id, self.when, self.title, self.words) = (id, when, title, words)
            (self.place, self.link, self.stamp) = (place, link, stamp)
        }
    }

    package static let mediaType = "text/calendar; charset=utf-8"

    private let name: String
    private let language: String
    private let entries: [Entry]

    package init(name: String, language: String, entries: [Entry]) {
        (self.name, self.language, self.entries) = (name, language, entries)
    }

    package var bytes: [UInt8] {
        var lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Vecinos//\(language.uppercased())", "CALSCALE:GREGORIAN",
            "METHOD:PUBLISH", "X-WR-CALNAME:\(Self.escaped(name))", "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        ]
        for entry in entries { lines += Self.lines(entry) }
        lines.append("END:VCALENDAR")
        return lines.flatMap(Self.folded)
    }

    private static func lines(_ entry: Entry) -> [String] {
        var lines = ["BEGIN:VEVENT", "UID:\(escaped(entry.id))", "DTSTAMP:\(basic(entry.stamp))"]
        switch entry.when {
        case .moment(let start, let length):
            lines += ["DTSTART:\(basic(start))", "DTEND:\(basic(start + length))"]
        case .day(let day):
            // Without an end it lasts that one day (3.6.1).
            lines += ["DTSTART;VALUE=DATE:\(digits(day))", "TRANSP:TRANSPARENT"]
        }
        lines += ["SUMMARY:\(escaped(entry.title))", "DESCRIPTION:\(escaped(entry.words))"]
        if let place = entry.place { lines.append("LOCATION:\(escaped(place))") }
        if let link = entry.link, link.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) { lines.append("URL:\(link)") }
        return lines + ["END:VEVENT"]
    }

    /// `20261207T200000Z`.
    private static func basic(_ instant: Instant) -> String {
        String(
            decoding: instant.iso8601.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") },
            as: UTF8.self
        )
    }

    private static func digits(_ day: String) -> String {
        String(decoding: day.utf8.filter { (48...57).contains($0) }, as: UTF8.self)
    }

    /// 3.3.11, on bytes; a bare CR and other controls can't stand in a text at all.
    private static func escaped(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: ";"), UInt8(ascii: ","): out += [UInt8(ascii: "\\"), byte]
            case 10: out += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case 0..<32, 127: break
            default: out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// At most 75 bytes a line, the space of a continued one included (3.1); whole letters only.
    private static func folded(_ line: String) -> [UInt8] {
        var out: [UInt8] = []
        var room = 75
        for scalar in line.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if bytes.count > room {
                out += [13, 10, 32]
                room = 74
            }
            out += bytes
            room -= bytes.count
        }
        return out + [13, 10]
    }
}
