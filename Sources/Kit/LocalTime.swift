// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc

/// A moment on the wall clock of the coalition's city. The zone is set once, at start, for the whole process: the C
/// library knows the zones, and a formatter would cost a thousand times more.
package struct LocalTime: Hashable, Sendable {
    package let year: Int
    package let month: Int
    package let day: Int
    /// 0 is Sunday.
    package let weekday: Int
    package let hour: Int
    package let minute: Int

    /// Sets the zone of the process, such as `America/Los_Angeles`.
    package static func setZone(_ name: String) {
        setenv("TZ", name, 1)
        tzset()
    }

    package init(_ instant: Instant) {
        var seconds = time_t(instant.milliseconds / 1_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        self.init(parts)
    }

    private init(_ parts: tm) {
        year = Int(parts.tm_year) + 1_900
        month = Int(parts.tm_mon) + 1
        day = Int(parts.tm_mday)
        weekday = Int(parts.tm_wday)
        hour = Int(parts.tm_hour)
        minute = Int(parts.tm_min)
    }

    /// `2026-11-22`.
    package var isoDay: String { "\(year)-\(Self.two(month))-\(Self.two(day))" }

    /// `16:05`, as a time field of a form has it.
    package var clock: String { "\(Self.two(hour)):\(Self.two(minute))" }

    /// `2026-11-22T16:05`, as a local date-time field of a form has it.
    package var field: String { "\(isoDay)T\(clock)" }

    /// Midnight of that day as a moment.
    package var startOfDay: Instant { Self.instant(year: year, month: month, day: day, hour: 0, minute: 0) }

    /// Reads `2026-11-22T16:05` as local time; nil for anything else.
    package static func parse(field text: String) -> Instant? {
        let numbers = text.split(whereSeparator: { "-T:".utf8.contains($0.utf8.first ?? 0) }).map { Int($0) }
        guard text.utf8.count <= 19, numbers.count >= 5,
            let year = numbers[0], let month = numbers[1], let day = numbers[2], let hour = numbers[3], let minute = numbers[4],
            (1970...2200).contains(year), (1...12).contains(month), (1...31).contains(day), (0...23).contains(hour),
            (0...59).contains(minute)
        else { return nil }
        return instant(year: year, month: month, day: day, hour: hour, minute: minute)
    }

    private static func instant(year: Int, month: Int, day: Int, hour: Int, minute: Int) -> Instant {
        var parts = tm()
        parts.tm_year = Int32(year - 1_900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        parts.tm_hour = Int32(hour)
        parts.tm_min = Int32(minute)
        parts.tm_isdst = -1
        return Instant(milliseconds: Int64(mktime(&parts)) * 1_000)
    }

    fileprivate static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension Instant {
    /// `2026-11-22T16:05:30Z`, for machines.
    package var iso8601: String {
        var seconds = time_t(milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let day = "\(Int(parts.tm_year) + 1_900)-\(LocalTime.two(Int(parts.tm_mon) + 1))-\(LocalTime.two(Int(parts.tm_mday)))"
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { LocalTime.two(Int($0)) }.joined(separator: ":")
        return "\(day)T\(time)Z"
    }

    /// Reads RFC 3339 with `Z` or an offset, with or without fractions; nil for anything else.
    package init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " ") else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
            return bytes[range].reduce(0) { $0 * 10 + Int($1 - 48) }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), (1970...2200).contains(year),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var position = 19
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            while position < bytes.count, bytes[position] >= 48, bytes[position] <= 57 { position += 1 }
        }
        guard position < bytes.count else { return nil }
        var offset = 0
        switch bytes[position] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            guard position + 1 == bytes.count else { return nil }
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard position + 6 == bytes.count, let hours = number((position + 1)..<(position + 3)),
                let minutes = number((position + 4)..<(position + 6))
            else { return nil }
            offset = (hours * 60 + minutes) * (bytes[position] == UInt8(ascii: "+") ? 60 : -60)
        default:
            return nil
        }
        var parts = tm()
        parts.tm_year = Int32(year - 1_900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        parts.tm_hour = Int32(hour)
        parts.tm_min = Int32(minute)
        parts.tm_sec = Int32(second)
        self.init(milliseconds: (Int64(timegm(&parts)) - Int64(offset)) * 1_000)
    }
}
