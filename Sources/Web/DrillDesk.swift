// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// How the pages reach the engine of drills, which lives above them in `App`.
package struct DrillDesk: Sendable {
    /// A drill that runs now.
    package struct Running: Sendable {
        /// As the pack lists it: `drills/ordinary-evening.yaml`.
        package let file: String
        package let speed: Double
        package let startedAt: Instant

        package init(file: String, speed: Double, startedAt: Instant) {
            self.file = file
            self.speed = speed
            self.startedAt = startedAt
        }
    }

    /// Whether a demonstration's cast is there to play; anywhere else our own people rehearse.
    package let hasCast: Bool
    /// Begins to play a file of the pack; throws a `Refusal` when one runs already, or the caller may not.
    package let start: @Sendable (_ file: String, _ speed: Double, _ caller: Caller) async throws -> Void
    package let running: @Sendable () -> Running?
    package let stop: @Sendable (_ caller: Caller) async throws -> Void

    package init(
        hasCast: Bool = false,
        start: @escaping @Sendable (String, Double, Caller) async throws -> Void,
        running: @escaping @Sendable () -> Running?,
        stop: @escaping @Sendable (Caller) async throws -> Void
    ) {
        self.hasCast = hasCast
        self.start = start
        self.running = running
        self.stop = stop
    }
}
