// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// Another open incident, for a person who knows what the machine does not: that both are the same, or that one report
/// speaks of both.
package struct AlikeIncident: Sendable {
    package let card: Board.Card
    /// Between the middles of both neighborhoods; nil where one of them is not known.
    package let metres: Double?
}

extension Incident {
    /// The open ones nearest in place and time, the nearest first: of the newest two thousand.
    package static func near(
        _ id: Ref<Incident>,
        most: Int = 12,
        places: Places,
        by caller: Caller,
        in tx: Transaction
    ) throws -> [AlikeIncident] {
        try caller.require(.seeBoard)
        let incident = try find(id, by: caller, in: tx)
        let rows = try tx.rows(
            """
            SELECT id, zone, first_seen_at, last_report_at FROM incidents
            WHERE state <> 'closed' AND merged_into IS NULL AND id <> \(id) AND exercise = \(incident.isExercise)
            ORDER BY last_report_at DESC, id LIMIT 2000
            """
        )
        let here = incident.zone.flatMap(places.place)?.center
        let found = try rows.map { row in
            let (first, last): (Instant, Instant) = (try row["first_seen_at"], try row["last_report_at"])
            let there = try (row["zone"] as String?).flatMap(places.place)?.center
            let metres = here.flatMap { here in there.map { here.distance(to: $0) } }
            let gap = max(
                first.milliseconds - incident.lastReportAt.milliseconds,
                incident.firstSeenAt.milliseconds - last.milliseconds,
                0
            )
            // Half an hour apart is as far as a kilometre; who doesn't say where may be anywhere.
            let far = (metres ?? 3_000) / 1_000 + Double(gap) / 1_800_000
            return (id: try row["id"] as Ref<Incident>, metres: metres, far: far)
        }
        let nearest = found.sorted { ($0.far, $0.id.text) < ($1.far, $1.id.text) }.prefix(most)
        let cards = try Board.cards(of: Set(nearest.map(\.id)), in: tx)
        return nearest.compactMap { one in
            cards.first { $0.id == one.id }.map { AlikeIncident(card: $0, metres: one.metres) }
        }
    }

    /// Somebody says that both are one. What was answered stays, else the one they looked at. Answers which it is now.
    @discardableResult
    package static func unite(
        _ id: Ref<Incident>,
        with other: Ref<Incident>,
        expecting version: Int? = nil,
        despiteReports: Bool = false,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<Incident> {
        try caller.require(.merge)
        let (here, there) = (try find(id, by: caller, in: tx), try find(other, by: caller, in: tx))
        guard there.state == .answered, here.state != .answered else {
            try merge(other, into: id, expecting: version, by: caller, in: tx)
            return id
        }
        try merge(id, into: other, goneAt: version, despiteReports: despiteReports, by: caller, in: tx)
        return other
    }

    /// They only look alike: not shown again.
    package static func dismissSuggestion(
        of other: Ref<Incident>,
        for id: Ref<Incident>,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try setSuggestion(of: other, for: id, isDismissed: true, by: caller, in: tx)
    }

    /// They may be the same after all: shown again.
    package static func restoreSuggestion(
        of other: Ref<Incident>,
        for id: Ref<Incident>,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try setSuggestion(of: other, for: id, isDismissed: false, by: caller, in: tx)
    }

    /// Whichever of the two it was suggested for.
    private static func setSuggestion(
        of other: Ref<Incident>,
        for id: Ref<Incident>,
        isDismissed: Bool,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.merge)
        _ = try find(id, by: caller, in: tx)
        let changed = try tx.run(
            """
            UPDATE suggestions SET dismissed_by = \(isDismissed ? caller.person : nil)
            WHERE \(isDismissed ? "dismissed_by IS NULL" as SQL : "dismissed_by IS NOT NULL")
                AND (incident = \(id) AND other = \(other) OR incident = \(other) AND other = \(id))
            """
        )
        guard changed > 0 else { throw conflict("") }
        try record(
            isDismissed ? "suggestion_dismissed" : "suggestion_restored",
            id,
            by: caller,
            ["other": other.text],
            in: tx
        )
    }

    /// What nearly fits is shown to a person beside the incident, once. Answers which were not shown before.
    @discardableResult
    static func suggest(_ placement: Placement, for id: Ref<Incident>, in tx: Transaction) throws -> [Ref<Incident>] {
        let others: [(incident: String, score: Score)] =
            switch placement {
            case .attach(let other, let score): [(other, score)]
            case .suggest(let suggestions): suggestions.map { ($0.incident, $0.score) }
            case .alone: []
            }
        return try others.compactMap { text, score in
            guard let ref = Ref<Incident>(text), let other = try present(ref, in: tx), other.id != id else {
                return nil
            }
            guard try tx.count("SELECT count(*) FROM suggestions WHERE incident = \(other.id) AND other = \(id)") == 0
            else { return nil }
            let isNew = try tx.run(
                """
                INSERT INTO suggestions (incident, other, score, why, at)
                VALUES (\(id), \(other.id), \(score.total), \(Why.json(score)), \(tx.now))
                ON CONFLICT (incident, other) DO NOTHING
                """
            )
            return isNew == 1 ? other.id : nil
        }
    }
}
