// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Synchronization

/// How many messages a provider takes: a bucket that fills with `rate` a second up to one second's worth (at least one).
/// The last fifth is kept for what is urgent, so that a broadcast never makes an offer wait.
final class TokenBucket: Sendable {
    private struct State {
        var tokens: Double
        var at: ContinuousClock.Instant
        var heldUntil: ContinuousClock.Instant
    }

    let rate: Double
    private let capacity: Double
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    init(rate: Double, clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        (self.rate, self.clock) = (rate, clock)
        capacity = max(1, rate)
        let now = clock()
        state = Mutex(State(tokens: capacity, at: now, heldUntil: now))
    }

    /// Takes up to `count`; none when it is empty.
    func take(upTo count: Int, keeping reserve: Double = 0) -> Int {
        state.withLock { state in
            let now = clock()
            // To the last part of a millisecond: cut off at each of a hundred batches a second, they are a tenth of the rate.
            state.tokens = min(capacity, state.tokens + (now - state.at) / .seconds(1) * rate)
            state.at = now
            guard now >= state.heldUntil else { return 0 }
            let free = state.tokens - (capacity >= 5 ? reserve * capacity : 0)
            let taken = max(0, min(count, Int(max(0, free))))
            state.tokens -= Double(taken)
            return taken
        }
    }

    /// What was taken and not used.
    func giveBack(_ count: Int) {
        guard count > 0 else { return }
        state.withLock { $0.tokens = min(capacity, $0.tokens + Double(count)) }
    }

    /// More was used than was taken: the bucket may go below nothing, and the next wait longer.
    func spend(_ count: Int) {
        guard count > 0 else { return }
        state.withLock { $0.tokens -= Double(count) }
    }

    /// The provider asked us to wait.
    func hold(for duration: Duration) {
        state.withLock { $0.heldUntil = max($0.heldUntil, clock() + duration) }
    }

    /// How long until some more are there.
    var pause: Duration { .milliseconds(max(5, min(1_000, Int(1_000 / rate)))) }
}
