// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// Everything that the live board shows, without a sealed word: it can be shown while the keys are put away.
package struct Board: Sendable {
    /// Nobody answered, and nobody is going yet: the most urgent first.
    package let toVerify: [Card]
    /// Not closed, and answered or somebody is going or there: what goes on first, then what is checked, then the rest.
    package let active: [Card]
    /// How many incidents were answered since, by what was found.
    package let answered: [Truth: Int]
    /// The newest event that this snapshot knows: the live view goes on from here.
    package let cursor: Int64

    /// One incident on the board.
    package struct Card: Sendable, Hashable {
        package let id: Ref<Incident>
        package let kind: ReportKind
        package let zone: String?
        /// As it is shown: where people are asked, going or there, it is being checked, whoever pressed what.
        package let state: IncidentState
        package let truth: Truth
        package let isOver: Bool
        package let level: EvidenceLevel
        package let explanation: Explanation?
        package let reports: Int
        package let independent: Int
        /// How far the accounts agree.
        package let accord: Accord
        package let firstSeenAt: Instant
        package let lastReportAt: Instant
        package let answeredAt: Instant?
        package let reviewAt: Instant?
        package let expiresAt: Instant?
        /// People asked, who said yes, on the way, and there.
        package let asked: Int
        package let accepted: Int
        package let onTheWay: Int
        package let onScene: Int
        /// On scene, and past a check-in.
        package let overdue: Int
        /// Other incidents that may be the same.
        package let suggestions: Int
        /// A reporter wrote to us, and nobody read it yet.
        package let hasMessage: Bool
        /// Nothing but reports from a source that floods us.
        package let isOverflow: Bool
        package let version: Int
        package let isExercise: Bool
        package let isClosed: Bool
        package let mergedInto: Ref<Incident>?

        /// A review is late.
        package func needsReview(at now: Instant) -> Bool { reviewAt.map { $0 <= now } ?? false }

        /// Minutes by which it stands before an empty report of the same time: what several saw alike, then what one says
        /// exactly; somebody being taken; a flood comes last.
        package var headStart: Int {
            let urgent =
                switch kind {
                case .arrest: 40
                case .home, .work, .checkpoint: 20
                case .vehicles, .people, .other: 0
                }
            return urgent + accord.headStart + (level >= .trusted ? 24 * 60 : 0) - (isOverflow ? 7 * 24 * 60 : 0)
        }
    }

    /// `since`: from when answers are counted; the last 24 hours when not said.
    package static func snapshot(since: Instant? = nil, by caller: Caller, in tx: Transaction) throws -> Board {
        try caller.require(.seeBoard)
        let cards = try cards("i.state <> 'closed' AND i.merged_into IS NULL", in: tx)
        let waiting = cards.filter { $0.column == .verify }
        let active = cards.filter { $0.column != .verify }
        let rows = try tx.rows(
            """
            SELECT truth, count(*) AS n FROM incidents
            WHERE answered_at >= \(since ?? tx.now - .hours(24)) AND merged_into IS NULL AND exercise = 0 GROUP BY truth
            """
        )
        return Board(
            toVerify: waiting.sorted { ($0.order, $0.id.text) < ($1.order, $1.id.text) },
            active: active.sorted { left, right in
                (left.isExercise ? 1 : 0, order(left), right.lastReportAt, left.id.text)
                    < (right.isExercise ? 1 : 0, order(right), left.lastReportAt, right.id.text)
            },
            answered: try rows.reduce(into: [:]) { counts, row in counts[try row["truth"] as Truth] = try row["n"] },
            cursor: try Event.newest(in: tx)
        )
    }

    /// Those that are closed and still kept, the last opened first; merged ones are told by the one they went into.
    /// `since`: with a report since then. `before`: opened before that one.
    package static func closed(
        since: Instant? = nil,
        before: Ref<Incident>? = nil,
        limit: Int,
        by caller: Caller,
        in tx: Transaction
    ) throws -> [Card] {
        try caller.require(.seeBoard)
        let recent: SQL = since.map { "AND last_report_at >= \($0)" } ?? ""
        let older: SQL = before.map { "AND id < \($0)" } ?? ""
        let ids = try tx.list(
            Ref<Incident>.self,
            """
            SELECT id FROM incidents WHERE state = 'closed' AND merged_into IS NULL \(recent) \(older)
            ORDER BY id DESC LIMIT \(limit)
            """
        )
        return try cards(of: Set(ids), in: tx).sorted { $0.id.text > $1.id.text }
    }

    /// One card, as an event about it asks for it anew; closed and merged ones too, so that they can leave the board.
    package static func card(_ id: Ref<Incident>, by caller: Caller, in tx: Transaction) throws -> Card? {
        try caller.require(.seeBoard)
        return try card(id, in: tx)
    }

    static func card(_ id: Ref<Incident>, in tx: Transaction) throws -> Card? {
        try cards("i.id = \(id)", people: "AND incident = \(id)", in: tx).first
    }

    /// Everything that the board holds in memory: what is on it, and what was answered since.
    static func allCards(answeredSince since: Instant, in tx: Transaction) throws -> [Card] {
        try cards("(i.state <> 'closed' AND i.merged_into IS NULL) OR i.answered_at >= \(since)", in: tx)
    }

    /// These, whether they are on the board or not.
    static func cards(of changed: Set<Ref<Incident>>, in tx: Transaction) throws -> [Card] {
        let all = changed.sorted { $0.text < $1.text }
        return try stride(from: 0, to: all.count, by: 250).flatMap { start in
            let ids = Array(all[start..<min(start + 250, all.count)])
            return try cards("i.id IN \(list: ids)", people: "AND incident IN \(list: ids)", in: tx)
        }
    }

    private static func order(_ card: Card) -> Int {
        card.truth == .confirmed && !card.isOver ? 0 : card.state == .answered ? 2 : 1
    }

    /// `people` bounds the assignments that are counted: without it all open ones are read, whichever cards are asked for.
    private static func cards(_ condition: SQL, people: SQL = "", in tx: Transaction) throws -> [Card] {
        try tx.all(
            Card.self,
            """
            SELECT i.id, i.kind, i.zone, i.state, i.truth, i.is_over, i.level, i.explanation, i.reports, i.independent, i.accord,
                i.first_seen_at, i.last_report_at, i.answered_at, i.review_at, i.expires_at, i.version, i.exercise,
                i.merged_into,
                coalesce(p.asked, 0) AS asked, coalesce(p.accepted, 0) AS accepted,
                coalesce(p.on_the_way, 0) AS on_the_way, coalesce(p.on_scene, 0) AS on_scene,
                coalesce(p.overdue, 0) AS overdue,
                CASE WHEN EXISTS (SELECT 1 FROM dispatches d WHERE d.incident = i.id AND d.state = 'asking')
                    THEN 1 ELSE 0 END AS asking,
                (SELECT count(*) FROM suggestions s JOIN incidents o ON o.id = s.other
                    WHERE s.incident = i.id AND s.dismissed_by IS NULL AND o.merged_into IS NULL) AS suggested,
                CASE WHEN EXISTS (
                    SELECT 1 FROM mailbox_messages m JOIN incident_reports l ON l.report = m.report
                    WHERE m.is_unread = 1 AND m.sender = 'reporter' AND l.incident = i.id
                ) THEN 1 ELSE 0 END AS has_message,
                CASE WHEN i.reports > 0 AND NOT EXISTS (
                    SELECT 1 FROM incident_reports l JOIN reports r ON r.id = l.report
                    WHERE l.incident = i.id AND r.lane <> 'overflow'
                ) THEN 1 ELSE 0 END AS overflow
            FROM incidents i LEFT JOIN (
                SELECT incident,
                    count(*) FILTER (WHERE state = 'offered') AS asked,
                    count(*) FILTER (WHERE state = 'accepted') AS accepted,
                    count(*) FILTER (WHERE state = 'on_the_way') AS on_the_way,
                    count(*) FILTER (WHERE state = 'on_scene') AS on_scene,
                    count(*) FILTER (WHERE missed_check_ins > 0) AS overdue
                FROM assignments WHERE state \(Assignment.open) \(people) GROUP BY incident
            ) p ON p.incident = i.id
            WHERE \(condition)
            """
        )
    }
}

extension Board.Card: Readable {
    package init(row: Row) throws {
        id = try row["id"]
        kind = try row["kind"]
        zone = try row["zone"]
        let step: IncidentState = try row["state"]
        truth = try row["truth"]
        isOver = try row["is_over"]
        level = try row["level"]
        explanation = try (row["explanation"] as String?).map(Explanation.init(json:))
        reports = try row["reports"]
        independent = try row["independent"]
        accord = try row["accord"]
        firstSeenAt = try row["first_seen_at"]
        lastReportAt = try row["last_report_at"]
        answeredAt = try row["answered_at"]
        reviewAt = try row["review_at"]
        expiresAt = try row["expires_at"]
        asked = try row["asked"]
        accepted = try row["accepted"]
        onTheWay = try row["on_the_way"]
        onScene = try row["on_scene"]
        overdue = try row["overdue"]
        let isLookedAt = try row["asking"] || asked + accepted + onTheWay + onScene > 0
        state = step == .unverified && isLookedAt ? .verifying : step
        suggestions = try row["suggested"]
        hasMessage = try row["has_message"]
        isOverflow = try row["overflow"]
        version = try row["version"]
        isExercise = try row["exercise"]
        isClosed = state == .closed
        mergedInto = try row["merged_into"]
    }
}
