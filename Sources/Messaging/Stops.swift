// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Synchronization

/// What was stopped while a batch of it may be in hand: a batch was chosen before, and its calls begin for 20 seconds.
struct Stops: Sendable {
    enum Thing: Hashable, Sendable {
        case bulletin(Int64)
        /// Somebody said stop.
        case subscriber(Int64)
        /// The same, of the outbox.
        case row(String)

        init?(_ event: Event) {
            switch event.kind {
            case "bulletin.stopped":
                guard let number = Int64(event.subject) else { return nil }
                self = .bulletin(number)
            case "subscriber.stopped":
                guard let number = Int64(event.subject) else { return nil }
                self = .subscriber(number)
            case "outbox.stopped": self = .row(event.subject)
            default: return nil
            }
        }
    }

    private var heard: [Thing: ContinuousClock.Instant] = [:]

    mutating func hear(_ things: [Thing], at now: ContinuousClock.Instant = .now) {
        // Longer than a batch is in hand; what is taken later is chosen with the stop written down.
        if heard.count > 1_000 { heard = heard.filter { now - $0.value < OutboxClaim.lease * 2 } }
        for thing in things { heard[thing] = now }
    }

    /// What comes of something that was stopped before its call began; nil where nothing was.
    func outcome(of things: [Thing]) -> Outcome? {
        guard !heard.isEmpty else { return nil }
        for thing in things where heard[thing] != nil {
            switch thing {
            case .bulletin: return .notTried
            case .subscriber, .row: return .stopped
            }
        }
        return nil
    }
}

extension Post {
    /// From the feed: the writer waits for it, so whoever pressed stop has an answer only after we know.
    func hear(_ events: [Event]) {
        let things = events.compactMap(Stops.Thing.init)
        let isStale = events.contains { $0.kind == "provider.changed" }
        guard isStale || !things.isEmpty else { return }
        state.withLock { state in
            state.stops.hear(things)
            if isStale { state.isStale = true }
        }
    }
}
