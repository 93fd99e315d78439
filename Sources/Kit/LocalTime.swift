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

    /// So many minutes after midnight, as that day's clocks show them.
    package func at(minute: Int) -> Instant {
        Self.instant(year: year, month: month, day: day, hour: minute / 60, minute: minute % 60)
    }

    /// Reads `2026-11-22T16:05` as local time, with seconds too, which it drops; nil for anything else.
    package static func parse(field text: String) -> Instant? {
        let digits = Digits(text)
        let seconds = digits.has(":", at: 16) ? digits.number(17..<19, in: 0...59) : nil
        guard digits.count == 16 || (digits.count == 19 && seconds != nil),
            digits.has("T", at: 10), digits.has(":", at: 13), let date = digits.date(),
            let hour = digits.number(11..<13, in: 0...23), let minute = digits.number(14..<16, in: 0...59)
        else { return nil }
        return instant(year: date.year, month: date.month, day: date.day, hour: hour, minute: minute)
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
        let day =
            "\(Int(parts.tm_year) + 1_900)-\(LocalTime.two(Int(parts.tm_mon) + 1))-\(LocalTime.two(Int(parts.tm_mday)))"
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { LocalTime.two(Int($0)) }.joined(separator: ":")
        return "\(day)T\(time)Z"
    }

    /// Reads RFC 3339 with `Z` or an offset, with or without fractions, its letters in either case; nil for anything else.
    package init?(iso8601 text: String) {
        let digits = Digits(text)
        guard digits.count >= 20, digits.count <= 40, ["T", "t", " "].contains(where: { digits.has($0, at: 10) }),
            digits.has(":", at: 13), digits.has(":", at: 16), let date = digits.date(),
            let hour = digits.number(11..<13, in: 0...23), let minute = digits.number(14..<16, in: 0...59),
            let second = digits.number(17..<19, in: 0...60),
            let offset = digits.offset(from: digits.endOfFraction(from: 19))
        else { return nil }
        let seconds = Self.days(date) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        self.init(milliseconds: Int64(seconds) * 1_000)
    }

    /// Since 1970, counted in years that begin in March. Not by `timegm`, which takes the time zone's lock.
    private static func days(_ date: (year: Int, month: Int, day: Int)) -> Int {
        let year = date.month > 2 ? date.year : date.year - 1
        let month = date.month > 2 ? date.month - 3 : date.month + 9
        return year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + date.day - 719_469
    }
}

/// The parts of a date and time at fixed places, none of them trusted.
private struct Digits {
    private let bytes: [UInt8]

    init(_ text: String) { bytes = Array(text.utf8.prefix(41)) }

    var count: Int { bytes.count }

    func has(_ character: Unicode.Scalar, at index: Int) -> Bool {
        bytes.indices.contains(index) && UInt32(bytes[index]) == character.value
    }

    func number(_ range: Range<Int>, in allowed: ClosedRange<Int>) -> Int? {
        guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        let number = bytes[range].reduce(0) { $0 * 10 + Int($1 - 48) }
        return allowed.contains(number) ? number : nil
    }

    /// The first ten letters as a day that exists.
    func date() -> (year: Int, month: Int, day: Int)? {
        guard has("-", at: 4), has("-", at: 7), let year = number(0..<4, in: 1970...2200),
            let month = number(5..<7, in: 1...12)
        else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [4, 6, 9, 11].contains(month) ? 30 : month != 2 ? 31 : isLeap ? 29 : 28
        guard let day = number(8..<10, in: 1...days) else { return nil }
        return (year, month, day)
    }

    /// Where the zone begins: after `.` and at least one digit, or right here.
    func endOfFraction(from start: Int) -> Int {
        guard has(".", at: start) else { return start }
        let digits = bytes.dropFirst(start + 1).prefix { $0 >= 48 && $0 <= 57 }.count
        return digits == 0 ? start : start + 1 + digits
    }

    /// Seconds east of Greenwich of a `Z` or `+01:30` that ends the text.
    func offset(from start: Int) -> Int? {
        if has("Z", at: start) || has("z", at: start) { return count == start + 1 ? 0 : nil }
        guard has("+", at: start) || has("-", at: start), count == start + 6, has(":", at: start + 3),
            let hours = number((start + 1)..<(start + 3), in: 0...23),
            let minutes = number((start + 4)..<(start + 6), in: 0...59)
        else { return nil }
        return (hours * 60 + minutes) * (has("+", at: start) ? 60 : -60)
    }
}
