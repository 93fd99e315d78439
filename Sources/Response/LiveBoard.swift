// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Synchronization

/// The board in memory, so that one change costs the same among a hundred incidents and among ten thousand. The database
/// is the truth: before it answers, it reads the events since it last looked and the incidents they are about, so it is
/// never older than the transaction in which it is asked. Attached to the database as its companion.
package final class LiveBoard: Sendable {
    private let state = Mutex<LiveBoardState?>(nil)

    package init() {}

    /// What changed, for a board that is open.
    package struct Delta: Sendable {
        /// Of the incidents asked about, those that stand on the board.
        package let cards: [Board.Card]
        package let counts: Board.Counts
        package let marks: Set<Board.Mark>
        /// The newest event that this knows.
        package let cursor: Int64
    }

    /// The beginning of each list, for a page.
    package struct Window: Sendable {
        package let cards: [Board.Column: [Board.Card]]
        package let counts: Board.Counts
        package let marks: Set<Board.Mark>
        package let cursor: Int64

        /// Of the first `most` cards of a list.
        package func list(_ column: Board.Column) -> [Board.Card] { cards[column] ?? [] }
    }

    /// `since`: from when answers are counted.
    package static func delta(
        of changed: Set<Ref<Incident>>,
        since: Instant,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Delta {
        try caller.require(.seeBoard)
        return try of(tx).read(since: since, in: tx) { state in
            Delta(
                cards: changed.sorted { $0.text < $1.text }.compactMap { state.cards[$0] },
                counts: state.counts,
                marks: Set(state.marks.keys),
                cursor: state.cursor
            )
        }
    }

    /// At most `most` cards of each list, from its beginning; and `opened`, wherever it stands.
    package static func window(
        most: Int,
        since: Instant,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Window {
        try caller.require(.seeBoard)
        return try of(tx).read(since: since, in: tx) { state in
            Window(
                cards: state.columns.mapValues { places in places.prefix(most).compactMap { state.cards[$0.id] } },
                counts: state.counts,
                marks: Set(state.marks.keys),
                cursor: state.cursor
            )
        }
    }

    /// The references of incidents that an event is about: those whose cards it may have changed.
    package static func incidents(of event: Event) -> [String] {
        let about = nouns.contains { event.kind.hasPrefix($0) }
        return (about ? [event.subject] : []) + ["incident", "other", "into", "from"].compactMap { event.data[$0] }
    }

    private static let nouns = [
        "incident.", "dispatch.", "assignment.", "observation.", "file.", "mailbox.", "report.",
    ]
    /// What is deleted by the hundred isn't named one by one.
    private static let sweeping: Set<String> = ["incidents.purged", "reports.purged", "reports.erased"]
    /// More events than this since the last look: everything anew is quicker.
    private static let mostEvents = 500
    /// Milliseconds after which everything is read anew all the same.
    private static let longest: Int64 = 120_000

    /// Without a companion, one that is read for this once.
    private static func of(_ tx: Transaction) -> LiveBoard { tx.companions.first(LiveBoard.self) ?? LiveBoard() }

    private func read<T: Sendable>(
        since: Instant,
        in tx: Transaction,
        _ body: (LiveBoardState) -> T
    ) throws -> T {
        try state.withLock { state in
            let newest = try Event.newest(in: tx)
            if var known = state.take(), known.since == since, tx.now.milliseconds - known.loadedAt < Self.longest,
                try Self.catchUp(&known, to: newest, in: tx)
            {
                state = known
            } else {
                state = try Self.load(since: since, newest: newest, in: tx)
            }
            return body(state ?? LiveBoardState(since: since, cursor: newest, loadedAt: tx.now.milliseconds))
        }
    }

    /// False when everything has to be read.
    private static func catchUp(_ state: inout LiveBoardState, to newest: Int64, in tx: Transaction) throws -> Bool {
        guard newest > state.cursor else { return true }
        let events = try Event.after(state.cursor, limit: mostEvents, in: tx)
        guard events.count < mostEvents, !events.contains(where: { sweeping.contains($0.kind) }) else { return false }
        var changed = Set(events.flatMap(incidents).compactMap { Ref<Incident>($0) })
        // One that was merged is nobody's likeness any more.
        if events.contains(where: { $0.kind == "incident.merged" }) {
            changed.formUnion(state.cards.values.lazy.filter { $0.suggestions > 0 }.map(\.id))
        }
        try state.put(changed, cards: Board.cards(of: changed, in: tx))
        state.cursor = newest
        return true
    }

    private static func load(since: Instant, newest: Int64, in tx: Transaction) throws -> LiveBoardState {
        var state = LiveBoardState(since: since, cursor: newest, loadedAt: tx.now.milliseconds)
        let cards = try Board.allCards(answeredSince: since, in: tx)
        state.put(Set(cards.map(\.id)), cards: cards)
        return state
    }
}

/// What `LiveBoard` holds: the cards by reference, the order of each list, and what is counted over all of them.
struct LiveBoardState: Sendable {
    let since: Instant
    var cursor: Int64
    /// Milliseconds since 1970.
    let loadedAt: Int64
    private(set) var cards: [Ref<Incident>: Board.Card] = [:]
    private(set) var columns: [Board.Column: [Place]] = [:]
    private(set) var marks: [Board.Mark: Int] = [:]
    private var real = Board.Figures()
    private var rehearsed = Board.Figures()
    private var exercises = 0
    /// Of the day, on the board or not any more.
    private var answers: [Ref<Incident>: (truth: Truth, isExercise: Bool)] = [:]

    init(since: Instant, cursor: Int64, loadedAt: Int64) {
        (self.since, self.cursor, self.loadedAt) = (since, cursor, loadedAt)
    }

    /// Where a card stands in its list.
    struct Place: Sendable, Comparable {
        let order: Int64
        let id: Ref<Incident>

        static func < (left: Place, right: Place) -> Bool {
            left.order != right.order ? left.order < right.order : left.id.text < right.id.text
        }
    }

    var counts: Board.Counts {
        Board.Counts(
            real: real,
            rehearsed: rehearsed,
            exercises: exercises,
            columns: columns.mapValues(\.count)
        )
    }

    /// These incidents are as `cards` say; one without a card is gone.
    mutating func put(_ changed: Set<Ref<Incident>>, cards fresh: [Board.Card]) {
        for id in changed { remove(id) }
        for card in fresh { add(card) }
    }

    private mutating func remove(_ id: Ref<Incident>) {
        if let answer = answers.removeValue(forKey: id) {
            figures(answer.isExercise) { $0.answered[answer.truth, default: 1] -= 1 }
        }
        guard let card = cards.removeValue(forKey: id), let column = card.column else { return }
        let place = Place(order: card.order, id: id)
        let at = index(of: place, in: column)
        if let places = columns[column], at < places.count, places[at] == place { columns[column]?.remove(at: at) }
        count(card, -1)
    }

    private mutating func add(_ card: Board.Card) {
        if card.mergedInto == nil, let at = card.answeredAt, at >= since {
            answers[card.id] = (card.truth, card.isExercise)
            figures(card.isExercise) { $0.answered[card.truth, default: 0] += 1 }
        }
        guard let column = card.column else { return }
        cards[card.id] = card
        let place = Place(order: card.order, id: card.id)
        columns[column, default: []].insert(place, at: index(of: place, in: column))
        count(card, 1)
    }

    private mutating func count(_ card: Board.Card, _ step: Int) {
        if card.isExercise { exercises += step }
        figures(card.isExercise) { figures in
            if card.truth == .confirmed, card.state == .answered, !card.isOver { figures.confirmed += step }
            if card.state != .answered { figures.waiting += step }
            if card.column == .verify { figures.unverified += step }
        }
        guard let mark = Board.Mark(card) else { return }
        let left = marks[mark, default: 0] + step
        marks[mark] = left > 0 ? left : nil
    }

    private mutating func figures(_ isExercise: Bool, _ change: (inout Board.Figures) -> Void) {
        if isExercise { change(&rehearsed) } else { change(&real) }
    }

    /// The first place that is not before this one.
    private func index(of place: Place, in column: Board.Column) -> Int {
        guard let places = columns[column] else { return 0 }
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if places[middle] < place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
