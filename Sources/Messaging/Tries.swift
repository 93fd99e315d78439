// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// When what failed is tried again, spread over its life: 2 seconds later, then twice as long each time, up to 10 minutes
/// or an eighth of its life, whichever is shorter. It is given up when three quarters of its life are over, so that an hour
/// without a provider ends nothing that has hours left, and a person who looks after it still has the last quarter.
struct Tries {
    let from: Instant
    let to: Instant
    /// However little of its life is left: somebody may have asked for another try.
    static let least = 8

    /// Nil where it is given up. `tried` counts this one; `asked` is what the provider said.
    func next(_ tried: Int, asked: Duration?, at now: Instant) -> Instant? {
        guard tried < Self.least || now < from + (to - from) * 3 / 4 else { return nil }
        return now + (asked ?? gap(tried))
    }

    /// Each up to half as long again, so that many that failed together don't come together.
    func gap(_ tried: Int) -> Duration {
        let most = min(600_000, max(2_000, Int((to - from).inMilliseconds) / 8))
        let base = min(most, 1_000 << min(max(tried, 1), 12))
        let random = RandomBytes.take(4).reduce(0) { $0 << 8 | Int($1) }
        return .milliseconds(base + random % (base / 2 + 1))
    }
}
