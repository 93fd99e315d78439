// SPDX-License-Identifier: AGPL-3.0-or-later

/// The same dice every time, for tests that try a great deal: a linear congruential generator (Knuth's numbers for MMIX).
package struct Dice: RandomNumberGenerator {
    private var state: UInt64

    package init(_ seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        step()
        return state ^ state >> 29
    }

    /// 0 and more, under `sides`; of the upper bits, which repeat the least.
    package mutating func callAsFunction(_ sides: Int) -> Int {
        step()
        return Int(state >> 33) % sides
    }

    private mutating func step() { state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407 }
}
