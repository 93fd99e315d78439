// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Synchronization

/// How many people race for one thing in a test: few enough for the gate, or as many as `Benchmarks/races` says.
package enum Racers {
    private static let environment = ProcessInfo.processInfo.environment
    /// At the same time, whatever the count: as many as a server lets wait, and no more connections than it has.
    private static let width = 500

    package static func count(usual: Int) -> Int {
        environment["VECINOS_RACERS"].flatMap { Int($0) }.map { max(usual, $0) } ?? usual
    }

    /// What each came to, in the order of `racers`.
    package static func race<Racer: Sendable, Answer: Sendable>(
        _ racers: [Racer],
        _ run: @escaping @Sendable (Racer) async throws -> Answer
    ) async rethrows -> [Answer] {
        try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
            var answers = [Answer?](repeating: nil, count: racers.count)
            var next = 0
            while next < min(width, racers.count) {
                let (index, racer) = (next, racers[next])
                group.addTask { (index, try await run(racer)) }
                next += 1
            }
            while let (index, answer) = try await group.next() {
                answers[index] = answer
                guard next < racers.count else { continue }
                let (later, racer) = (next, racers[next])
                group.addTask { (later, try await run(racer)) }
                next += 1
            }
            return answers.compactMap(\.self)
        }
    }

    private static let lock = Mutex(())

    /// For `Benchmarks/races`: how a race ended, a line of JSON in the file that it names.
    package static func note(_ race: String, tries: Int, winners: Int, since start: ContinuousClock.Instant) {
        guard let path = environment["VECINOS_RACES"] else { return }
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        let time = Double(seconds) + (Double(attoseconds) / 1e17).rounded() / 10
        let line = "{\"race\":\"\(race)\",\"tries\":\(tries),\"winners\":\(winners),\"seconds\":\(time)}\n"
        lock.withLock { _ in
            guard let file = FileHandle(forWritingAtPath: path) else { return }
            _ = try? file.seekToEnd()
            try? file.write(contentsOf: Data(line.utf8))
            try? file.close()
        }
    }
}
