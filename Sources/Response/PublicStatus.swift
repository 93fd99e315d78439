// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

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
    /// How many there are of each: of what ended, the lists hold the newest two hundred.
    package let counts: Counts
    /// How many incidents are being checked, as `Blur` lets it be known: not which, and nil under five.
    package let checkingCount: Int?
    /// When something here last changed; nil when nothing ever happened.
    package let updatedAt: Instant?

    package struct Counts: Sendable, Hashable {
        package fileprivate(set) var confirmed = 0
        package fileprivate(set) var falseToday = 0
        package fileprivate(set) var over = 0
        package fileprivate(set) var unable = 0
    }

    package struct Item: Sendable, Hashable {
        package let id: Ref<Incident>
        /// What it is called outside. Always the same, and unlike the id it doesn't tell when the first report came.
        package let name: String
        package let kind: ReportKind
        /// The id of a place of the pack; nil when nobody knows where.
        package let zone: String?
        package let truth: Truth
        package let isOver: Bool
        package let explanation: Explanation?
        package let level: EvidenceLevel
        /// How it is known.
        package let how: How?
        /// How many reports it had when it was answered, as `Blur` lets it be known: nil under five.
        package fileprivate(set) var reports: Int?
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
        let began = Blur.start(of: tx.now)
        let active: SQL = "i.truth = 'confirmed' AND i.is_over = 0 AND i.state = 'answered'"
        let ended: SQL = "i.answered_at >= \(since ?? tx.now - .hours(24)) AND NOT (\(active))"
        // What goes on is never cut off by what was answered after it, however much that is.
        var items = try tx.all(Item.self, "\(published) AND \(active) \(real) ORDER BY i.answered_at DESC, i.id")
        items += try tx.all(
            Item.self,
            "\(published) AND \(ended) \(real) ORDER BY i.answered_at DESC, i.id LIMIT 200"
        )
        let checking = try tx.count(
            """
            SELECT count(*) FROM incidents i
            WHERE i.state IN ('unverified', 'verifying') AND i.merged_into IS NULL AND i.id < \(Ref<Incident>.new(at: began))
                \(real)
            """
        )
        // As many as there were when it was answered: what comes later moves nothing before somebody answers again.
        let reports = try tx.rows(
            """
            SELECT l.incident, count(*) AS reports FROM incident_reports l JOIN incidents i ON i.id = l.incident
            WHERE l.incident IN \(list: items.map(\.id)) AND l.linked_at <= i.answered_at GROUP BY l.incident
            """
        ).reduce(into: [Ref<Incident>: Int]()) { all, row in all[try row["incident"]] = try row["reports"] }
        for (index, item) in items.enumerated() {
            items[index].reports = tx.blur?.shown(reports[item.id] ?? 0, of: item.name, at: item.answeredAt)
        }
        return PublicStatus(
            confirmed: items.filter { $0.truth == .confirmed && !$0.isOver },
            falseToday: items.filter(\.truth.isDispelled),
            over: items.filter { $0.truth == .confirmed && $0.isOver },
            unable: items.filter { $0.truth == .unable },
            counts: try counts("((\(active)) OR (\(ended))) \(real)", in: tx),
            checkingCount: tx.blur?.shown(checking, of: "checking", at: tx.now),
            updatedAt: try updated(in: tx)
        )
    }

    /// Whether something here may be different after this. A report by itself changes nothing: nobody can be seen coming.
    package static func changes(with event: Event) -> Bool {
        event.kind.hasPrefix("incident.") && event.kind != "incident.opened" && event.kind != "incident.grew"
    }

    /// What is public about one incident, however old; nil when nothing is.
    static func item(_ id: Ref<Incident>, in tx: Transaction) throws -> Item? {
        try tx.first(Item.self, "\(published) AND i.id = \(id)")
    }

    private static let published: SQL = """
        SELECT i.id, i.kind, i.zone, i.truth, i.is_over, i.explanation, i.level, i.first_seen_at,
            i.answered_at, i.expires_at, i.exercise,
            (SELECT v.how FROM verifications v WHERE v.incident = i.id AND v.truth = i.truth
                ORDER BY v.at DESC, v.id DESC LIMIT 1) AS how
        FROM incidents i
        WHERE \(known)
        """

    private static let known: SQL = "i.merged_into IS NULL AND i.answered_at IS NOT NULL AND i.truth <> 'unknown'"

    private static func counts(_ which: SQL, in tx: Transaction) throws -> Counts {
        let rows = try tx.rows(
            """
            SELECT i.truth, i.is_over, count(*) AS n FROM incidents i WHERE \(known) AND \(which)
            GROUP BY i.truth, i.is_over
            """
        )
        return try rows.reduce(into: Counts()) { counts, row in
            let (isOver, n): (Bool, Int) = (try row["is_over"], try row["n"])
            switch try row["truth"] as Truth {
            case .confirmed where isOver: counts.over += n
            case .confirmed: counts.confirmed += n
            case .notEnforcement, .unfounded: counts.falseToday += n
            case .unable: counts.unable += n
            case .unknown: break
            }
        }
    }

    /// What is already known about a place: shown before somebody reports there.
    package func near(_ zone: String) -> [Item] { (confirmed + falseToday + over).filter { $0.zone == zone } }

    private static func updated(in tx: Transaction) throws -> Instant? {
        try tx.one(
            Instant.self,
            """
            SELECT at FROM events WHERE id = (SELECT max(id) FROM events
                WHERE found_by IS NULL AND kind IN ('incident.answered', 'incident.over', 'incident.allclear', 'incident.reviewed'))
            """
        )
    }
}

extension PublicStatus.Item: Readable {
    package init(row: Row) throws {
        id = try row["id"]
        name = id.publicName
        kind = try row["kind"]
        zone = try row["zone"]
        truth = try row["truth"]
        isOver = try row["is_over"]
        explanation = try (row["explanation"] as String?).map(Explanation.init(json:))
        level = try row["level"]
        how = try row["how"]
        firstSeenAt = try row["first_seen_at"]
        answeredAt = try row["answered_at"]
        expiresAt = try row["expires_at"]
        isExercise = try row["exercise"]
    }
}

extension Ref<Incident> {
    /// A UUID (version 8) of the id's fingerprint: nobody finds the id by it, whose first half is a time and whose second
    /// has 74 bits of chance.
    var publicName: String {
        var bytes = Array(Fingerprint.sha256(Array("vecinos incident|\(text)".utf8)).prefix(16))
        guard bytes.count == 16 else { return "" }
        bytes[6] = 0x80 | bytes[6] & 0x0F
        bytes[8] = 0x80 | bytes[8] & 0x3F
        let digits = Array("0123456789abcdef".utf8)
        let hex = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(decoding: hex[$0], as: UTF8.self) }
            .joined(separator: "-")
    }
}
