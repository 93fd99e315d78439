// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension Board {
    /// The lists of the board.
    package enum Column: String, Sendable, Hashable, CaseIterable {
        case verify, active, closed
    }

    /// What the map shows of an incident: several that look alike in one place are one mark.
    package struct Mark: Sendable, Hashable {
        package let zone: String
        package let truth: Truth
        package let state: IncidentState
        package let isOver: Bool
        /// Only rehearsed: what is real goes before it.
        package let isExercise: Bool

        /// Nil for one that nobody knows the place of.
        init?(_ card: Card) {
            guard let zone = card.zone else { return nil }
            (self.zone, truth, state, isOver, isExercise) = (zone, card.truth, card.state, card.isOver, card.isExercise)
        }
    }

    /// What is counted of incidents, on the board or of the day.
    package struct Figures: Sendable, Hashable {
        /// Confirmed, and going on.
        package internal(set) var confirmed = 0
        /// Nobody answered yet.
        package internal(set) var waiting = 0
        /// Of those, in the list of what is to be verified.
        package internal(set) var unverified = 0
        /// Of the day, by what was found.
        package internal(set) var answered: [Truth: Int] = [:]
    }

    /// The figures over the lists. What is rehearsed stands in the lists, and is counted apart.
    package struct Counts: Sendable, Hashable {
        let real: Figures
        let rehearsed: Figures
        /// On the board, and only rehearsed.
        package let exercises: Int
        /// How many cards each list has, whatever they are.
        package let columns: [Column: Int]

        package var confirmed: Int { real.confirmed }
        package var waiting: Int { real.waiting }
        package var unverified: Int { real.unverified }
        package var answered: [Truth: Int] { real.answered }

        /// Where a cast plays, its exercises are all there is: counted as what they play.
        package var played: Counts {
            let all = Figures(
                confirmed: real.confirmed + rehearsed.confirmed,
                waiting: real.waiting + rehearsed.waiting,
                unverified: real.unverified + rehearsed.unverified,
                answered: real.answered.merging(rehearsed.answered, uniquingKeysWith: +)
            )
            return Counts(real: all, rehearsed: Figures(), exercises: 0, columns: columns)
        }
    }
}

extension Board.Card {
    /// Which list the card stands in. Nil: it is not on the board.
    package var column: Board.Column? {
        guard !isClosed, mergedInto == nil else { return nil }
        switch state {
        case .unverified, .verifying: return isSomebodyGoing ? .active : .verify
        case .answered:
            let isGoingOn = truth == .confirmed && !isOver
            return isGoingOn || isSomebodyGoing ? .active : .closed
        case .closed: return nil
        }
    }

    /// When it was first seen, for colleagues. What the row says is cut to five minutes for the public; what was reported as
    /// it was seen came within those, and its id says when.
    package var seenAt: Instant {
        guard let opened = id.madeAt, Incident.coarse(opened) == firstSeenAt else { return firstSeenAt }
        return opened
    }

    private var isSomebodyGoing: Bool { accepted + onTheWay + onScene > 0 }

    /// Smallest first, a drill after all that is real: of what waits what came first, less its head start; the newest of what goes on.
    package var order: Int64 {
        let far: Int64 = 10_000_000_000
        let drill: Int64 = isExercise ? 2_000 * far : 0
        return drill
            + (column == .verify
                ? firstSeenAt.milliseconds / 1_000 - Int64(headStart) * 60
                : (truth == .confirmed && !isOver ? 0 : state == .answered ? 2 : 1) * far + far - lastReportAt
                    .milliseconds / 1_000)
    }
}
