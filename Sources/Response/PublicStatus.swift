// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What everybody may know: what is confirmed, what was checked and found false, and how much is being checked.
/// Never finer than a neighborhood, never a word of a report.
package struct PublicStatus: Sendable, Hashable {
    /// Going on now.
    package let confirmed: [Item]
    /// Checked in the last day, and not what people feared.
    package let falseToday: [Item]
    /// Was true in the last day, and is over.
    package let over: [Item]
    /// Looked into in the last day; nobody could tell.
    package let unable: [Item]
    /// How many incidents are being checked; not which.
    package let checkingCount: Int
    /// When something here last changed; nil when nothing ever happened.
    package let updatedAt: Instant?

    package struct Item: Sendable, Hashable {
        package let id: Ref<Incident>
        package let kind: ReportKind
        /// The id of a place of the pack; nil when nobody knows where.
        package let zone: String?
        package let truth: Truth
        package let isOver: Bool
        package let explanation: Explanation?
        package let level: EvidenceLevel
        /// How it is known.
        package let how: How?
        /// How many reports it has, in steps that say nothing about one person: nil under five.
        package let reports: Int?
        /// To five minutes.
        package let firstSeenAt: Instant
        package let answeredAt: Instant
        package let expiresAt: Instant?
        package let isExercise: Bool

        /// The place on the map: a cell as big as a neighborhood. Nil where the place is too big to be shown as one.
        package func cell(in places: Places) -> Cell? {
            guard let place = zone.flatMap(places.place), place.radius <= 8_000 else { return nil }
            return places.grid.cell(at: place.center, .neighborhood)
        }
    }

    /// `exercises`: a demonstration shows them, marked; a real instance doesn't.
    package static func load(exercises: Bool = false, since: Instant? = nil, in tx: Transaction) throws -> PublicStatus
    {
        let real: SQL = exercises ? "" : "AND i.exercise = 0"
        let items = try tx.all(
            Item.self,
            """
            \(published) AND (i.answered_at >= \(since ?? tx.now - .hours(24))
                    OR (i.truth = 'confirmed' AND i.is_over = 0 AND i.state = 'answered')) \(real)
            ORDER BY i.answered_at DESC, i.id LIMIT 200
            """
        )
        let checking = try tx.count(
            """
            SELECT count(*) FROM incidents i
            WHERE i.state IN ('unverified', 'verifying') AND i.merged_into IS NULL \(real)
            """
        )
        return PublicStatus(
            confirmed: items.filter { $0.truth == .confirmed && !$0.isOver },
            falseToday: items.filter { $0.truth == .notEnforcement || $0.truth == .unfounded },
            over: items.filter { $0.truth == .confirmed && $0.isOver },
            unable: items.filter { $0.truth == .unable },
            checkingCount: checking,
            updatedAt: try updated(in: tx)
        )
    }

    /// What is public about one incident, however old; nil when nothing is.
    static func item(_ id: Ref<Incident>, in tx: Transaction) throws -> Item? {
        try tx.first(Item.self, "\(published) AND i.id = \(id)")
    }

    private static let published: SQL = """
        SELECT i.id, i.kind, i.zone, i.truth, i.is_over, i.explanation, i.level, i.reports, i.first_seen_at,
            i.answered_at, i.expires_at, i.exercise,
            (SELECT v.how FROM verifications v WHERE v.incident = i.id AND v.truth = i.truth
                ORDER BY v.at DESC, v.id DESC LIMIT 1) AS how
        FROM incidents i
        WHERE i.merged_into IS NULL AND i.answered_at IS NOT NULL AND i.truth <> 'unknown'
        """

    /// What is already known about a place: shown before somebody reports there.
    package func near(_ zone: String) -> [Item] { (confirmed + falseToday + over).filter { $0.zone == zone } }

    private static func updated(in tx: Transaction) throws -> Instant? {
        try tx.one(
            Instant.self,
            """
            SELECT at FROM events WHERE id = (SELECT max(id) FROM events
                WHERE kind IN ('incident.answered', 'incident.over', 'incident.allclear', 'incident.reviewed'))
            """
        )
    }
}

extension PublicStatus.Item: Readable {
    package init(row: Row) throws {
        id = try row["id"]
        kind = try row["kind"]
        zone = try row["zone"]
        truth = try row["truth"]
        isOver = try row["is_over"]
        explanation = try (row["explanation"] as String?).map(Explanation.init(json:))
        level = try row["level"]
        how = try row["how"]
        let count: Int = try row["reports"]
        reports = count < 5 ? nil : count / 5 * 5
        firstSeenAt = try row["first_seen_at"]
        answeredAt = try row["answered_at"]
        expiresAt = try row["expires_at"]
        isExercise = try row["exercise"]
    }
}
