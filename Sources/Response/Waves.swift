// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// One circle of asking: how far, and when after the opening.
package struct Wave: Sendable, Hashable {
    package let number: Int
    /// Metres.
    package let within: Double
    package let after: Duration
}

/// How a dispatch widens. Pure: from numbers to numbers.
///
/// 17 to 47 % of volunteers answer an alert: about three are asked for each one wanted, fewer of those who mostly
/// say yes and more of those who seldom do (`Helper.yesRate`).
package enum Waves {
    package static let asksForEach = 3
    package static let last = 3

    /// Nil after the last: then coordinators are paged.
    package static func wave(_ number: Int, _ timings: Timings) -> Wave? {
        switch number {
        case 1: Wave(number: 1, within: 5_000, after: .zero)
        case 2: Wave(number: 2, within: 12_000, after: timings.waveTwo)
        case 3: Wave(number: 3, within: 40_000, after: timings.waveThree)
        default: nil
        }
    }

    /// When to look again after a wave: on schedule, and never before those just asked had their time to answer.
    package static func next(after number: Int, openedAt: Instant, now: Instant, _ timings: Timings) -> Instant {
        let scheduled = openedAt + (wave(number + 1, timings)?.after ?? timings.pageCoordinator)
        return max(scheduled, now + timings.offerLife)
    }

    /// How long it is looked again where nobody could be found, and how long coordinators are told.
    package static let lookFor = Duration.hours(12)

    /// When to look again where nobody could be found: at the times of the waves, then as often as the last of them. Nil
    /// when it is too late.
    package static func look(after now: Instant, openedAt: Instant, _ timings: Timings) -> Instant? {
        let waves = [timings.waveTwo, timings.waveThree, timings.pageCoordinator].map { openedAt + $0 }
        let next = waves.filter { $0 > now }.min() ?? now + timings.waveThree
        return next <= openedAt + lookFor ? next : nil
    }

    /// How many to ask: three for each place still free, less those who may still say yes.
    package static func asks(wanted: Int, accepted: Int, pending: Int) -> Int {
        max(0, asksForEach * (wanted - accepted) - pending)
    }
}
