// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Synchronization

/// What is publicly known, kept ready: read again after an event that can change it, at most once for all who ask.
package final class StatusCache: Sendable {
    /// The status, and a number that changes whenever it was read again.
    package struct Kept: Sendable {
        package let value: PublicStatus
        package let version: Int64
    }

    private struct State {
        var kept: Kept?
        /// From when on it is too old.
        var end = Instant(milliseconds: 0)
        var changes: Int64 = 0
        /// How often something changed that this shows, and how often it had when this was read.
        var heard = 0
        var heardWhenRead = -1

        func isCurrent(at now: Instant) -> Bool { heard == heardWhenRead && now < end }
    }

    /// Even without an event, ages and "today" move on.
    private static let longestKept = Duration.seconds(30)

    private let database: Database
    private let exercises: Bool
    private let state = Mutex(State())

    init(database: Database, exercises: Bool) {
        self.database = database
        self.exercises = exercises
        database.feed.subscribe { [weak self] events in
            guard events.contains(where: PublicStatus.changes) else { return }
            self?.state.withLock { $0.heard += 1 }
        }
    }

    /// What is known without asking the database; nil when it must be asked.
    var kept: Kept? {
        let now = database.clock.now()
        return state.withLock { $0.isCurrent(at: now) ? $0.kept : nil }
    }

    /// The version of what is known, without a copy of it.
    func version(at now: Instant) -> Int64? {
        state.withLock { $0.isCurrent(at: now) ? $0.kept?.version : nil }
    }

    package func current() async throws -> Kept {
        let now = database.clock.now()
        if let kept { return kept }
        let heard = state.withLock(\.heard)
        let fresh = try await database.read { [exercises] tx in try PublicStatus.load(exercises: exercises, in: tx) }
        return state.withLock { state in
            state.changes += 1
            let kept = Kept(value: fresh, version: state.changes)
            state.kept = kept
            state.end = now + Self.longestKept
            state.heardWhenRead = heard
            return kept
        }
    }
}
