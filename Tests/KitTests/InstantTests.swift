// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Testing

@Suite("Moments")
struct InstantTests {
    @Test("Moments and spans add up")
    func arithmetic() {
        let start = Instant(milliseconds: 1_000)
        #expect((start + .minutes(2)).milliseconds == 121_000)
        #expect((start - .hours(1)).milliseconds == -3_599_000)
        #expect((start + .days(1)) - start == .seconds(86_400))
        #expect(start - (start + .milliseconds(1)) == .milliseconds(-1))
        #expect(start < start + .milliseconds(1))
        #expect(start + .microseconds(999) == start)
    }

    @Test("At the ends of time a sum stays there and doesn't come round")
    func saturates() {
        let (first, last) = (Instant(milliseconds: .min), Instant(milliseconds: .max))
        #expect(last + .milliseconds(1) == last)
        #expect(last + .days(365_000_000) == last)
        #expect(last - .milliseconds(-1) == last)
        #expect(first - .milliseconds(1) == first)
        #expect(first + .milliseconds(-1) == first)
        #expect(last - .milliseconds(1) < last)
        #expect(Instant(milliseconds: 0) + .seconds(Int64.max) == last)
        #expect((Instant(milliseconds: 0) - .seconds(Int64.max)).milliseconds == -Int64.max)
        #expect(Instant(milliseconds: 0) + .seconds(Int64.min) == first)
    }

    @Test("The span between the ends of time is positive, and cut at what fits")
    func spans() {
        let (first, last) = (Instant(milliseconds: .min), Instant(milliseconds: .max))
        #expect(last - first > .zero)
        #expect(first - last < .zero)
        #expect((last - first).inMilliseconds == .max)
        #expect((first - last).inMilliseconds == .min)
        #expect(last - last == .zero)
    }

    @Test(
        "A span in whole milliseconds is cut towards zero",
        arguments: [
            (Duration.zero, 0), (.milliseconds(1), 1), (.microseconds(1_999), 1), (.microseconds(-1_999), -1),
            (.seconds(-2), -2_000), (.days(1), 86_400_000), (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
            (.milliseconds(Int64.max), .max), (.milliseconds(Int64.min), .min),
        ] as [(Duration, Int64)]
    )
    func milliseconds(duration: Duration, wanted: Int64) {
        #expect(duration.inMilliseconds == wanted)
        #expect(duration.inSeconds == Double(wanted) / 1_000)
    }

    @Test("In JSON a moment is its number", arguments: [Int64.min, 0, 1_780_000_000_000, .max])
    func json(_ number: Int64) throws {
        let data = try JSONEncoder().encode([Instant(milliseconds: number)])
        #expect(String(decoding: data, as: UTF8.self) == "[\(number)]")
        #expect(try JSONDecoder().decode([Instant].self, from: data) == [Instant(milliseconds: number)])
    }

    @Test("The clock of the machine tells today and goes on; a manual one waits to be moved")
    func clocks() {
        let now = Clock.system.now()
        #expect(abs(Double(now.milliseconds) / 1_000 - Date().timeIntervalSince1970) < 5)
        let manual = ManualClock(Instant(milliseconds: 7))
        #expect(manual.clock.now() == manual.clock.now())
        manual.advance(by: .seconds(1))
        #expect(manual.clock.now() == Instant(milliseconds: 1_007))
    }
}
