// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Synchronization

/// Whether the machine's clock may be believed when something is to be deleted for good. A clock that jumps ahead while
/// the server runs is not: nothing is deleted until a member says that it is right, or until it went evenly for 24 hours.
/// A start after a pause is believed once the clock and the machine's own counter agreed for a minute, in which a clock
/// that was wrong at the start is set right by the network. See decision 0014.
package final class RetentionClock: Sendable {
    package enum Verdict: Sendable, Hashable {
        case trusted
        /// After a start: how long it still has to go evenly.
        case starting
        /// It jumped ahead.
        case distrusted
    }

    /// Further ahead than the machine's own counter, and it was set, not slow.
    static let jump = Duration.hours(6)
    static let pause = Duration.hours(24)
    private static let atStart = Duration.seconds(60)
    /// A start within a day of the last look needs no minute.
    private static let shortGap = Duration.hours(24)

    private struct State {
        var wall: Instant
        var counter: Duration
        /// For how long both have to go together before it is believed.
        var needed: Duration
        var isDistrusted: Bool
        var written: Instant
    }

    private let last = Mutex<Duration?>(nil)

    private struct Row: Readable {
        let seenAt: Instant
        let distrustedAt: Instant?

        init(row: Kit.Row) throws {
            seenAt = try row["seen_at"]
            distrustedAt = try row["distrusted_at"]
        }
    }

    private let counter: @Sendable () -> Duration
    private let state = Mutex<State?>(nil)

    /// `counter`: time since some moment of this machine's run, which nobody can set.
    package init(counter: @escaping @Sendable () -> Duration) { self.counter = counter }

    /// Looks at both clocks; asked before anything is deleted for its age, at least every few minutes.
    package func look(in tx: Transaction) throws -> Verdict {
        let (wall, counted) = (tx.now, counter())
        let row = try tx.first(Row.self, "SELECT seen_at, distrusted_at FROM retention_clock WHERE one = 1")
        guard var now = state.withLock({ $0 }) else { return try begin(row, wall, counted, in: tx) }
        let drift = (wall - now.wall) - (counted - now.counter)
        if drift > Self.jump {
            try distrust(wall, in: tx)
            now = State(wall: wall, counter: counted, needed: Self.pause, isDistrusted: true, written: wall)
        } else if now.isDistrusted, row?.distrustedAt == nil, (row?.seenAt).map({ $0 < now.written }) ?? true {
            // No word of a member since: our mark went with a transaction that was undone, and is written again.
            try distrust(wall, in: tx)
        } else if now.isDistrusted, row?.distrustedAt == nil {
            // Somebody said that it is right.
            now = State(wall: wall, counter: counted, needed: .zero, isDistrusted: false, written: wall)
        } else if drift < .zero - Self.jump || (now.needed > .zero && abs(drift) > Self.tolerance(now.needed)) {
            // Set back, or not even yet: counted from here again. Nothing is deleted early by a clock that is behind.
            now.wall = wall
            now.counter = counted
            now.written = min(now.written, wall)
        } else if now.needed > .zero, counted - now.counter >= now.needed {
            now = State(wall: wall, counter: counted, needed: .zero, isDistrusted: false, written: now.written)
            try trust(wall, in: tx)
        }
        if now.needed == .zero, wall - now.written >= .minutes(10) {
            try trust(wall, in: tx)
            now.written = wall
        }
        state.withLock { $0 = now }
        return Self.verdict(now)
    }

    /// True once an interval, counted by what nobody can set: for work that need not be done at every look.
    package func isDue(_ interval: Duration) -> Bool {
        let counted = counter()
        return last.withLock { last in
            if let before = last, counted - before < interval { return false }
            last = counted
            return true
        }
    }

    /// Since when it is distrusted; nil when it is not.
    package static func distrusted(in tx: Transaction) throws -> Instant? {
        try tx.one(Instant.self, "SELECT distrusted_at FROM retention_clock WHERE one = 1")
    }

    /// A member looked at the clock, and it is right.
    package static func confirm(by caller: Caller, in tx: Transaction) throws {
        try caller.require(.manageSettings)
        let confirmed = try tx.run(
            """
            UPDATE retention_clock SET distrusted_at = NULL, seen_at = \(tx.now)
            WHERE one = 1 AND distrusted_at IS NOT NULL
            """
        )
        guard confirmed == 1 else { return }
        try tx.attest(Event("retention.clock_confirmed", subject: "retention", actor: caller.person.text))
    }

    private func begin(_ row: Row?, _ wall: Instant, _ counted: Duration, in tx: Transaction) throws -> Verdict {
        var begun = State(wall: wall, counter: counted, needed: .zero, isDistrusted: false, written: wall)
        if let row {
            if row.distrustedAt != nil {
                (begun.needed, begun.isDistrusted) = (Self.pause, true)
            } else if wall - row.seenAt > Self.shortGap {
                begun.needed = Self.atStart
            } else {
                try trust(wall, in: tx)
            }
        } else {
            try tx.run(
                "INSERT INTO retention_clock (one, seen_at) VALUES (1, \(wall)) ON CONFLICT (one) DO NOTHING"
            )
        }
        state.withLock { [begun] in $0 = begun }
        return Self.verdict(begun)
    }

    private func trust(_ wall: Instant, in tx: Transaction) throws {
        try tx.run("UPDATE retention_clock SET seen_at = \(wall), distrusted_at = NULL WHERE one = 1")
    }

    private func distrust(_ wall: Instant, in tx: Transaction) throws {
        try tx.run("UPDATE retention_clock SET distrusted_at = \(wall) WHERE one = 1")
        try tx.attest(Event("retention.clock_jumped", subject: "retention"))
    }

    private static func verdict(_ state: State) -> Verdict {
        state.needed == .zero ? .trusted : state.isDistrusted ? .distrusted : .starting
    }

    private static func tolerance(_ needed: Duration) -> Duration { needed == pause ? .hours(1) : .seconds(10) }
}

private func abs(_ duration: Duration) -> Duration { duration < .zero ? .zero - duration : duration }
