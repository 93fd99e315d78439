// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization
import Testing

@testable import Messaging

@Suite("What a provider takes in a second")
struct TokenBucketTests {
    /// A clock that stands until it is told.
    private final class Hand: Sendable {
        private let time = Mutex(ContinuousClock.now)

        func advance(_ duration: Duration) { time.withLock { $0 += duration } }
        func bucket(_ rate: Double) -> TokenBucket {
            TokenBucket(rate: rate) { [self] in time.withLock { $0 } }
        }
    }

    @Test("begins with a second's worth, refills with its rate, and never holds more than a second's worth")
    func refills() {
        let hand = Hand()
        let bucket = hand.bucket(10)
        #expect(bucket.take(upTo: 100) == 10 && bucket.take(upTo: 1) == 0)
        hand.advance(.milliseconds(350))
        #expect(bucket.take(upTo: 100) == 3)
        hand.advance(.seconds(3_600))
        #expect(bucket.take(upTo: 4) == 4 && bucket.take(upTo: 100) == 6)
    }

    @Test("loses nothing of its rate to being asked often")
    func often() {
        let hand = Hand()
        let bucket = hand.bucket(1_000)
        #expect(bucket.take(upTo: 2_000) == 1_000)
        var taken = 0
        for _ in 0..<10_000 {
            hand.advance(.microseconds(1_700))
            taken += bucket.take(upTo: 100)
        }
        #expect((16_999...17_000).contains(taken))
    }

    @Test("one message in ten seconds is one message in ten seconds")
    func slow() {
        let hand = Hand()
        let bucket = hand.bucket(0.1)
        #expect(bucket.take(upTo: 5, keeping: 0.2) == 1 && bucket.take(upTo: 5) == 0)
        hand.advance(.seconds(9))
        #expect(bucket.take(upTo: 5) == 0)
        hand.advance(.milliseconds(1_100))
        #expect(bucket.take(upTo: 5) == 1)
    }

    @Test("a broadcast leaves a fifth of it, which what is urgent may take")
    func reserve() {
        let bucket = Hand().bucket(10)
        #expect(bucket.take(upTo: 100, keeping: 0.2) == 8)
        #expect(bucket.take(upTo: 1, keeping: 0.2) == 0 && bucket.take(upTo: 5) == 2)
    }

    @Test("what wasn't used comes back; what was used besides is waited for; a provider that asks for a pause gets it")
    func corrected() {
        let hand = Hand()
        let bucket = hand.bucket(10)
        #expect(bucket.take(upTo: 10) == 10)
        bucket.giveBack(4)
        #expect(bucket.take(upTo: 10) == 4)
        bucket.spend(5)
        hand.advance(.milliseconds(500))
        #expect(bucket.take(upTo: 10) == 0, "a long text was paid for by its parts")
        hand.advance(.milliseconds(500))
        #expect(bucket.take(upTo: 2) == 2)
        bucket.hold(for: .seconds(30))
        hand.advance(.seconds(29))
        #expect(bucket.take(upTo: 10) == 0)
        hand.advance(.seconds(1))
        #expect(bucket.take(upTo: 10) == 10)
    }
}
