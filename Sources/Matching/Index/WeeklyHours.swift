// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The hours of a week in which somebody may be asked: 168 of them by the city's clock, hour 0 being Sunday from
/// midnight to one. "Mondays and Fridays from six to ten" without a row for each evening.
package struct WeeklyHours: Hashable, Sendable {
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0

    package static let count = 168
    package static let none = WeeklyHours([Int]())

    /// Hours outside 0…167 are left out.
    package init(_ hours: some Sequence<Int>) {
        for hour in hours where (0..<Self.count).contains(hour) { set(hour) }
    }

    /// The hours `from..<to` of each of the days (0 is Sunday); past midnight when `to` is not after `from`.
    package init(days: some Sequence<Int>, from: Int, to: Int) {
        let length = to > from ? to - from : to + 24 - from
        self.init(days.flatMap { day in (0..<max(0, length)).map { (day * 24 + from + $0) % Self.count } })
    }

    package func contains(_ hour: Int) -> Bool {
        let bit = UInt64(1) << UInt64(hour & 63)
        return switch hour >> 6 {
        case 0: first & bit != 0
        case 1: second & bit != 0
        case 2: third & bit != 0
        default: false
        }
    }

    package var isEmpty: Bool { first | second | third == 0 }

    package var hours: [Int] { (0..<Self.count).filter(contains) }

    /// The hour of the week on the city's clock.
    package static func hour(at moment: Instant) -> Int {
        let local = LocalTime(moment)
        return local.weekday * 24 + local.hour
    }

    /// As the database keeps it: 21 bytes, hour 0 the lowest bit of the first.
    package var bytes: [UInt8] {
        (0..<21).map { byte in
            (0..<8).reduce(UInt8(0)) { sum, bit in contains(byte * 8 + bit) ? sum | 1 << UInt8(bit) : sum }
        }
    }

    /// Nil unless there are 21 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 21 else { return nil }
        self.init((0..<Self.count).filter { bytes[$0 / 8] & (1 << UInt8($0 % 8)) != 0 })
    }

    private mutating func set(_ hour: Int) {
        let bit = UInt64(1) << UInt64(hour & 63)
        switch hour >> 6 {
        case 0: first |= bit
        case 1: second |= bit
        default: third |= bit
        }
    }
}

extension WeeklyHours: Bindable, Column {
    package var value: Value { .blob(bytes) }

    package init(value: Value) throws {
        guard case .blob(let bytes) = value, let hours = WeeklyHours(bytes: bytes) else {
            throw ColumnError.mismatch(expected: "the hours of a week")
        }
        self = hours
    }
}
