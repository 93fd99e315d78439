// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// A helper with everything that the index looks at.
package struct HelperEntry: Sendable, Hashable {
    package var helper: Helper
    /// Which roles they hold as a member; empty for somebody who is no member any more.
    package var roles: Set<Role>
    /// The hours of every week in which they may be asked.
    package var hours: WeeklyHours
    /// Shifts and the times they gave beside their weekly hours: from, to.
    package var windows: [Window]

    package init(_ helper: Helper, roles: Set<Role> = [], hours: WeeklyHours = .none, windows: [Window] = []) {
        (self.helper, self.roles, self.hours, self.windows) = (helper, roles, hours, windows)
    }

    /// From when to when; the end is not in it.
    package struct Window: Sendable, Hashable {
        package let from: Instant
        package let to: Instant

        package init(from: Instant, to: Instant) { (self.from, self.to) = (from, to) }

        func contains(_ moment: Instant) -> Bool { from <= moment && moment < to }
    }

    package func isAvailable(at moment: Instant) -> Bool {
        hours.contains(WeeklyHours.hour(at: moment)) || windows.contains { $0.contains(moment) }
    }

    /// As the slow, simple matching sees them.
    package func candidate(at moment: Instant, load: Int = 0) -> Candidate {
        Candidate(helper, isOnShift: isAvailable(at: moment), load: load)
    }
}

/// A reference as two numbers: a third of the memory of its text, and the same order.
struct HelperNumber: Hashable, Comparable, Sendable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    init(_ person: Ref<Person>) {
        var halves: (UInt64, UInt64) = (0, 0)
        var digit = 0
        for byte in person.text.utf8 where byte != UInt8(ascii: "-") {
            let value = UInt64(byte >= UInt8(ascii: "a") ? byte - 87 : byte - 48)
            if digit < 16 { halves.0 = halves.0 << 4 | value } else { halves.1 = halves.1 << 4 | value }
            digit += 1
        }
        (high, low) = halves
    }

    var person: Ref<Person> { Ref(high: high, low: low) }

    static func < (left: HelperNumber, right: HelperNumber) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
