// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import People
import Response

/// What changed on the board, as the events that `board.js` knows. Pure: what the board in memory says and references in,
/// names and JSON out, the same for everybody who reads one language.
struct BoardDelta {
    let site: Site
    let t: Words
    let changed: Set<Ref<Incident>>
    /// References of those that were not there before.
    let opened: Set<String>
    /// Read after the change.
    let read: Read

    /// What was read once for all who listen.
    struct Read: Sendable {
        let board: LiveBoard.Delta
        /// What is told outside; nil when nothing of that changed.
        let side: BoardSide.Read?
    }

    /// What the stream sends. `marks` is what its map shows, to be compared with at the next change.
    struct Rendered: Sendable {
        let events: [(name: String, json: String)]
        let marks: Set<Board.Mark>
    }

    /// Reads what became of `changed`, as `caller` may see it. `side`: what is told outside changed too.
    static func read(_ changed: Set<Ref<Incident>>, side: Bool, site: Site, by caller: Caller) async throws -> Read {
        let since = LocalTime(site.now).startOfDay
        return try await site.database.read { tx in
            Read(
                board: try LiveBoard.delta(of: changed, since: since, by: caller, in: tx),
                side: side ? try BoardSide.Read(by: caller, in: tx) : nil
            )
        }
    }

    /// `known`: what the map that was sent last shows; it is sent only when that changed.
    func rendered(known: Set<Board.Mark>?) throws -> Rendered {
        var events = try incidents
        if read.board.marks != known { events.append(("map", try Self.json(["html": map.string]))) }
        if let side = read.side {
            let html = BoardSide(site: site, t: t, read: side).html
            events.append(("alerts", try Self.json(["html": html.string])))
        }
        return Rendered(events: events, marks: read.board.marks)
    }

    private var incidents: [(name: String, json: String)] {
        get throws {
            let cards = Dictionary(read.board.cards.map { ($0.id, $0) }) { first, _ in first }
            var events: [(name: String, json: String)] = []
            for id in changed.sorted(by: { $0.text < $1.text }) {
                guard let card = cards[id], let column = card.column else {
                    events.append(("remove", try Self.json(Gone(id: id.text, version: read.board.cursor))))
                    continue
                }
                let rendered = BoardCard(site: site, t: t, card: card, cursor: read.board.cursor)
                let message = Message(
                    id: id.text,
                    column: column.rawValue,
                    order: card.order,
                    html: rendered.html.string,
                    version: read.board.cursor,
                    opened: opened.contains(id.text)
                )
                events.append(("incident", try Self.json(message)))
            }
            events.append(("counts", try Self.json(BoardCounts(site.figures(read.board.counts)).numbers)))
            return events
        }
    }

    /// The inside of `#map`.
    private var map: HTML { BoardMap(site: site, marks: read.board.marks, opened: nil).html(t) }

    private struct Gone: Encodable {
        let id: String
        let version: Int64
    }

    private struct Message: Encodable {
        let id: String
        let column: String
        let order: Int64
        let html: String
        let version: Int64
        let opened: Bool
    }

    static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }
}

extension Site {
    /// What a cast plays is the only thing that a demonstration has to show.
    func figures(_ counts: Board.Counts) -> Board.Counts { drills.hasCast ? counts.played : counts }
}

/// The numbers in the header and above the lists, by the name of their `data-count`.
struct BoardCounts {
    let numbers: [String: Int]

    init(_ counts: Board.Counts) {
        numbers = [
            "confirmed": counts.confirmed,
            "checking": counts.waiting,
            "verify": counts.columns[.verify] ?? 0,
            "unverified": counts.unverified,
            "active": counts.columns[.active] ?? 0,
            "closed": counts.columns[.closed] ?? 0,
            "exercises": counts.exercises,
            "confirmed_today": counts.answered[.confirmed] ?? 0,
            "unable_today": counts.answered[.unable] ?? 0,
            "false_today": (counts.answered[.notEnforcement] ?? 0) + (counts.answered[.unfounded] ?? 0),
        ]
    }

    func html(_ name: String) -> HTML { "<b data-count=\"\(name)\">\(numbers[name] ?? 0)</b>" }
    func plain(_ name: String) -> HTML { "<span data-count=\"\(name)\">\(numbers[name] ?? 0)</span>" }
}

/// The map beside the lists; the open incident is marked.
struct BoardMap {
    let site: Site
    let marks: Set<Board.Mark>
    /// The place of the incident that is open.
    let opened: String?

    func html(_ t: Words) -> HTML {
        let here = opened.map {
            CellMap.Mark(place: $0, tone: "here", icon: "dot", label: t("board.open_here|The one that is open"))
        }
        // In an order of their own, so that the same board has the same map.
        let others = marks.map { mark in
            if mark.isExercise, !site.drills.hasCast {
                return CellMap.Mark(place: mark.zone, tone: "plum", icon: "flag", label: t("board.exercise|Exercise"))
            }
            let words = BoardMark(mark.truth, mark.state, isOver: mark.isOver, t)
            return CellMap.Mark(place: mark.zone, tone: words.tone, icon: words.icon, label: words.words)
        }.sorted { ($0.place, $0.tone, $0.icon) < ($1.place, $1.tone, $1.icon) }
        let all = (here.map { [$0] } ?? []) + others
        return "<h2>\(t("board.about_where|About where"))</h2>\(CellMap(site: site, marks: all, isBoard: true).html(t))"
    }
}
