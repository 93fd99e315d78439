// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// What keeps public counts from telling of one single report. What is being checked counts only what came before the
/// present five minutes began, and each five minutes something from 0 to 4 that nobody knows is taken off before rounding
/// down to fives. So a count never moves when a report comes, and from one five minutes to the next it may move without
/// any: whoever subtracts two of them, even with reports of their own between, can't tell which it was (decision 0040).
package struct Blur: Sendable {
    package static let window = Duration.minutes(5)

    private let dice: @Sendable (String) -> UInt8

    /// The same on every node, and unknown to whoever has the database alone.
    package init(_ keys: InstanceKeys) { dice = { keys.blur(of: $0) } }

    /// With a chance of one's own, 0 to 4: for tests.
    package init(dice: @escaping @Sendable (String) -> UInt8) { self.dice = dice }

    /// When the present five minutes began.
    static func start(of now: Instant) -> Instant {
        Instant(milliseconds: now.milliseconds - now.milliseconds % window.inMilliseconds)
    }

    /// A multiple of five; nil under five. Never more than `count`. `what` is counted, so that two counts differ by
    /// chances of their own.
    package func shown(_ count: Int, of what: String, at now: Instant) -> Int? {
        let chance = Int(dice("\(what)|\(Self.start(of: now).milliseconds)")) % 5
        let shown = max(0, count - chance) / 5 * 5
        return shown == 0 ? nil : shown
    }
}

extension Transaction {
    /// Where none was attached nothing can be counted for everybody.
    var blur: Blur? { companions.first(Blur.self) }
}
