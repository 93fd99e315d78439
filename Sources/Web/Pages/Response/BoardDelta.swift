// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import People
import Response

/// What changed on the board, as the events that `board.js` knows. Pure: a snapshot and references in, names and JSON
/// out, the same for everybody who reads one language.
struct BoardDelta {
    let site: Site
    let t: Words
    /// Read after the change.
    let board: Board

    /// What the stream sends, and the state of the map that it leaves the browser with.
    struct Rendered: Sendable {
        let events: [(name: String, json: String)]
        let mapKey: String
        /// Up to where the events table is told.
        let cursor: Int64
    }

    /// Reads the board as `caller` may see it, and renders what became of `changed`. `knownMap` is the key that came
    /// with the last map sent: the map is sent only when it changed. `side`: what is told outside changed too.
    static func events(
        for changed: Set<Ref<Incident>>,
        site: Site,
        t: Words,
        by caller: Caller,
        knownMap: String?,
        side: Bool = false
    ) async throws -> Rendered {
        let since = LocalTime(site.now).startOfDay
        let (board, alerts, isFlood) = try await site.database.read { tx in
            (
                try Board.snapshot(since: since, by: caller, in: tx),
                side ? try BroadcastList.strip(by: caller, in: tx) : [],
                side ? try Flood.state(in: tx).isOn : false
            )
        }
        let delta = BoardDelta(site: site, t: t, board: board)
        var events = try delta.events(for: changed)
        if delta.mapKey != knownMap { events.append(("map", try json(["html": delta.map.string]))) }
        if side { events.append(("alerts", try json(["html": BoardSide(site: site, t: t, alerts: alerts, isFlood: isFlood).html.string]))) }
        return Rendered(events: events, mapKey: delta.mapKey, cursor: board.cursor)
    }

    func events(for changed: Set<Ref<Incident>>) throws -> [(name: String, json: String)] {
        let cards = Dictionary((board.toVerify + board.active).map { ($0.id, $0) }) { first, _ in first }
        var events: [(name: String, json: String)] = []
        for id in changed.sorted(by: { $0.text < $1.text }) {
            guard let card = cards[id], let column = BoardColumn(card) else {
                events.append(("remove", try Self.json(["id": id.text])))
                continue
            }
            let rendered = BoardCard(site: site, t: t, card: card, cursor: board.cursor)
            let message = Message(
                id: id.text,
                column: column.rawValue,
                order: rendered.order,
                html: rendered.html.string,
                version: board.cursor
            )
            events.append(("incident", try Self.json(message)))
        }
        events.append(("counts", try Self.json(BoardCounts(board).numbers)))
        return events
    }

    /// The inside of `#map`.
    var map: HTML { BoardMap(site: site, cards: board.toVerify + board.active, opened: nil).html(t) }

    /// The same for two boards whose maps look alike.
    var mapKey: String {
        (board.toVerify + board.active).map { "\($0.zone ?? "")\($0.truth.rawValue)\($0.isOver)\($0.state.rawValue)" }
            .sorted().joined(separator: " ")
    }

    private struct Message: Encodable {
        let id: String
        let column: String
        let order: Int64
        let html: String
        let version: Int64
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }
}

/// The numbers in the header and above the lists, by the name of their `data-count`.
struct BoardCounts {
    let numbers: [String: Int]

    init(_ board: Board) {
        let columns = (board.toVerify + board.active).compactMap(BoardColumn.init)
        func count(_ column: BoardColumn) -> Int { columns.reduce(0) { $0 + ($1 == column ? 1 : 0) } }
        numbers = [
            "confirmed": board.active.reduce(0) { $0 + ($1.truth == .confirmed && !$1.isOver ? 1 : 0) },
            "checking": board.toVerify.count,
            "verify": count(.verify),
            "active": count(.active),
            "closed": count(.closed),
            "false_today": (board.answered[.notEnforcement] ?? 0) + (board.answered[.unfounded] ?? 0),
        ]
    }

    func html(_ name: String) -> HTML { "<b data-count=\"\(name)\">\(numbers[name] ?? 0)</b>" }
    func plain(_ name: String) -> HTML { "<span data-count=\"\(name)\">\(numbers[name] ?? 0)</span>" }
}

/// The map beside the lists; the open incident is marked.
struct BoardMap {
    let site: Site
    let cards: [Board.Card]
    let opened: Ref<Incident>?

    func html(_ t: Words) -> HTML {
        let marks = cards.compactMap { card -> CellMap.Mark? in
            guard let zone = card.zone else { return nil }
            let mark = BoardMark(card, t)
            return CellMap.Mark(
                place: zone,
                tone: card.id == opened ? "here" : mark.tone,
                icon: mark.icon,
                label: card.id == opened ? t("board.open_here|The one that is open") : mark.words
            )
        }
        return "<h2>\(t("board.about_where|About where"))</h2>\(CellMap(site: site, marks: marks).html(t))"
    }
}
