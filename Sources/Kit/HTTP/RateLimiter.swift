// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization

/// Token buckets in memory. The key is made by the caller from a secret that is replaced hourly, so that no
/// address can be worked out from it, and nothing is ever written.
package final class RateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: Instant
    }

    private let capacity: Double
    private let perSecond: Double
    private let state = Mutex(State())

    private struct State {
        var buckets: [UInt64: Bucket] = [:]
        /// Full buckets are forgotten past this many; then it is set anew, so that a flood of new keys doesn't make
        /// every request walk through all of them.
        var sweepAbove = 50_000
    }

    /// `burst` at once, then `perMinute` steadily.
    package init(burst: Int, perMinute: Double) {
        capacity = Double(burst)
        perSecond = perMinute / 60
    }

    /// False when the bucket is empty.
    package func take(_ key: UInt64, at now: Instant) -> Bool {
        state.withLock { state in
            if state.buckets.count > state.sweepAbove {
                state.buckets = state.buckets.filter { _, bucket in
                    bucket.tokens + (now - bucket.at).inSeconds * perSecond < capacity
                }
                state.sweepAbove = max(50_000, 2 * state.buckets.count)
            }
            var bucket = Bucket(tokens: tokens(of: state.buckets[key], at: now), at: now)
            let granted = bucket.tokens >= 1
            if granted { bucket.tokens -= 1 }
            state.buckets[key] = bucket
            return granted
        }
    }

    /// Whether the bucket has one to take. Takes nothing.
    package func has(_ key: UInt64, at now: Instant) -> Bool {
        state.withLock { state in tokens(of: state.buckets[key], at: now) >= 1 }
    }

    private func tokens(of bucket: Bucket?, at now: Instant) -> Double {
        guard let bucket else { return capacity }
        return min(capacity, bucket.tokens + max(0, (now - bucket.at).inSeconds) * perSecond)
    }

    /// What was taken for something that then didn't happen.
    package func giveBack(_ key: UInt64) {
        state.withLock { state in
            guard let bucket = state.buckets[key] else { return }
            state.buckets[key]?.tokens = min(capacity, bucket.tokens + 1)
        }
    }
}
