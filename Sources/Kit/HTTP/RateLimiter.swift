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
    private let buckets = Mutex<[UInt64: Bucket]>([:])

    /// `burst` at once, then `perMinute` steadily.
    package init(burst: Int, perMinute: Double) {
        capacity = Double(burst)
        perSecond = perMinute / 60
    }

    /// False when the bucket is empty.
    package func take(_ key: UInt64, at now: Instant) -> Bool {
        buckets.withLock { buckets in
            if buckets.count > 50_000 {
                buckets = buckets.filter { (now - $0.value.at).inSeconds * perSecond < capacity }
            }
            var bucket = buckets[key] ?? Bucket(tokens: capacity, at: now)
            let earned = max(0, (now - bucket.at).inSeconds) * perSecond
            bucket = Bucket(tokens: min(capacity, bucket.tokens + earned), at: now)
            let granted = bucket.tokens >= 1
            if granted { bucket.tokens -= 1 }
            buckets[key] = bucket
            return granted
        }
    }
}
