// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Synchronization

/// A moment: milliseconds since 1970-01-01T00:00:00Z, as the database keeps it. Arithmetic stops at the ends of time.
package struct Instant: Hashable, Comparable, Sendable, Codable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    package static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

    package static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, overflow) = instant.milliseconds.addingReportingOverflow(duration.inMilliseconds)
        return Instant(milliseconds: overflow ? (sum < 0 ? .max : .min) : sum)
    }

    package static func - (instant: Instant, duration: Duration) -> Instant {
        let (rest, overflow) = instant.milliseconds.subtractingReportingOverflow(duration.inMilliseconds)
        return Instant(milliseconds: overflow ? (rest < 0 ? .max : .min) : rest)
    }

    package static func - (left: Instant, right: Instant) -> Duration {
        // Seconds and the rest apart: the difference of two moments may not fit in 64 bits of milliseconds.
        .seconds(left.milliseconds / 1_000) - .seconds(right.milliseconds / 1_000)
            + .milliseconds(left.milliseconds % 1_000) - .milliseconds(right.milliseconds % 1_000)
    }
}

extension Instant: Bindable, Column {
    package var value: Value { .integer(milliseconds) }
    package init(value: Value) throws { milliseconds = try Int64(value: value) }
}

extension Duration {
    package static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
    package static func hours(_ count: Int) -> Duration { .seconds(count * 3_600) }
    package static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }

    /// Whole milliseconds, cut at what fits.
    package var inMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return carried ? (product < 0 ? .min : .max) : sum
    }

    package var inSeconds: Double { Double(inMilliseconds) / 1_000 }
}

/// Where the time comes from: the machine, or a test.
package struct Clock: Sendable {
    package let now: @Sendable () -> Instant

    package init(now: @escaping @Sendable () -> Instant) { self.now = now }

    package static let system = Clock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// A clock that a test moves by hand.
package final class ManualClock: Sendable {
    private let current: Mutex<Instant>

    package init(_ start: Instant = Instant(milliseconds: 1_780_000_000_000)) { current = Mutex(start) }

    package var now: Instant { current.withLock { $0 } }
    package var clock: Clock { Clock { self.now } }
    package func advance(by duration: Duration) { current.withLock { $0 = $0 + duration } }
}
