// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing

@Suite("Rate limits")
struct RateLimiterTests {
    private let start = Instant(milliseconds: 1_780_000_000_000)

    private func grants(_ limiter: RateLimiter, _ count: Int, key: UInt64 = 1, at now: Instant) -> Int {
        (0..<count).count { _ in limiter.take(key, at: now) }
    }

    @Test("A burst is granted, then as many as the minutes bring, never more than the burst")
    func steady() {
        let limiter = RateLimiter(burst: 5, perMinute: 6)
        #expect(grants(limiter, 20, at: start) == 5)
        #expect(!limiter.take(1, at: start + .milliseconds(9_999)))
        #expect(limiter.take(1, at: start + .seconds(10)))
        #expect(!limiter.take(1, at: start + .seconds(10)))
        #expect(grants(limiter, 20, at: start + .seconds(41)) == 3)
        #expect(grants(limiter, 20, at: start + .days(1)) == 5)
    }

    @Test("Asking while the bucket is empty doesn't put off the next grant")
    func impatient() {
        let limiter = RateLimiter(burst: 1, perMinute: 60)
        #expect(limiter.take(1, at: start))
        let grants = (1...40).count { limiter.take(1, at: start + .milliseconds(100 * $0)) }
        #expect(grants == 4 || grants == 3)
        #expect(limiter.take(1, at: start + .seconds(6)))
    }

    @Test("What was given back can be taken again, and never more than the burst")
    func givenBack() {
        let limiter = RateLimiter(burst: 3, perMinute: 1)
        #expect(grants(limiter, 9, at: start) == 3)
        limiter.giveBack(1)
        #expect(grants(limiter, 9, at: start) == 1)
        for _ in 0..<9 { limiter.giveBack(1) }
        limiter.giveBack(2)
        #expect(grants(limiter, 9, at: start) == 3)
    }

    @Test("Whether there is one to take can be asked, and takes nothing")
    func asking() {
        let limiter = RateLimiter(burst: 1, perMinute: 60)
        #expect(limiter.has(1, at: start) && limiter.has(1, at: start))
        #expect(limiter.take(1, at: start))
        #expect(!limiter.has(1, at: start) && limiter.has(2, at: start))
        #expect(limiter.has(1, at: start + .seconds(1)))
    }

    @Test("One key doesn't use up another's")
    func keys() {
        let limiter = RateLimiter(burst: 2, perMinute: 1)
        #expect(grants(limiter, 9, key: 1, at: start) == 2)
        #expect(grants(limiter, 9, key: 2, at: start) == 2)
        #expect(grants(limiter, 9, key: .max, at: start) == 2)
    }

    @Test("A clock that is set back grants nothing, and takes nothing away for ever")
    func backwards() {
        let limiter = RateLimiter(burst: 2, perMinute: 60)
        #expect(grants(limiter, 5, at: start) == 2)
        #expect(grants(limiter, 5, at: start - .hours(1)) == 0)
        #expect(grants(limiter, 5, at: start - .hours(1) + .seconds(2)) == 2)
    }

    @Test("The ends of time don't trap")
    func extremes() {
        let limiter = RateLimiter(burst: 1, perMinute: 1)
        #expect(limiter.take(1, at: Instant(milliseconds: .min)))
        #expect(limiter.take(1, at: Instant(milliseconds: .max)))
        #expect(!limiter.take(1, at: Instant(milliseconds: .min)))
    }

    @Test("A flood of strangers is forgotten in time without a walk through all of them each time")
    func flood() {
        let limiter = RateLimiter(burst: 1, perMinute: 1)
        #expect(limiter.take(0, at: start))
        let began = ContinuousClock.now
        for key in UInt64(1)...150_000 {
            _ = limiter.take(key, at: start)
            guard key % 1_000 != 0 || ContinuousClock.now - began < .seconds(30) else {
                Issue.record("only \(key) strangers in 30 seconds")
                return
            }
        }
        // The emptied bucket was not among what was forgotten.
        #expect(!limiter.take(0, at: start + .seconds(59)))
        #expect(limiter.take(0, at: start + .seconds(60)))
    }
}
