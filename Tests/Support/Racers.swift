// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// How many people race for one thing in a test: few enough for the gate, or as many as `Benchmarks/races` says.
package enum Racers {
    package static func count(usual: Int) -> Int {
        ProcessInfo.processInfo.environment["VECINOS_RACERS"].flatMap { Int($0) }.map { max(usual, $0) } ?? usual
    }
}
