// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// Deletes what is no longer needed, from the first day: reports and what the events say of them, then what else is
/// sealed, then the incidents. What stays is a count.
package enum Retention {
    private struct Expired: Readable {
        let id: Ref<Report>
        let zone: String
        let receivedAt: Instant
        let isExercise: Bool
        let what: String

        init(row: Row) throws {
            id = try row["id"]
            zone = try row["zone"]
            receivedAt = try row["received_at"]
            isExercise = try row["exercise"]
            what = try row["what"]
        }

        /// The class it was kept by.
        var keeping: Keeping {
            switch what {
            case "confirmed": ResponseMigrations.confirmed
            case "unknown", "unable": ResponseMigrations.unverified
            default: ResponseMigrations.unfounded
            }
        }
    }

    /// A count that stayed behind.
    package struct Count: Readable, Hashable {
        /// `2026-11-22`, in the city's own time.
        package let day: String
        /// The id of a place; empty when nobody knew where.
        package let zone: String
        /// `reports.unfounded`, by what was found; `reports.spam`; `alerts`, those that went out.
        package let what: String
        package let count: Int

        package init(row: Row) throws {
            day = try row["day"]
            zone = try row["zone"]
            what = try row["what"]
            count = try row["count"]
        }
    }

    package static func counts(in tx: Transaction) throws -> [Count] {
        try tx.all(Count.self, "SELECT * FROM daily_counts ORDER BY day, zone, what")
    }

    /// Run every few minutes. Deletes up to `limit` reports whose time is up, with their photos, and counts them; then
    /// settles the rest. Answers how many reports: as many as `limit` means that there may be more.
    @discardableResult
    package static func purge(timings: Timings, limit: Int = 500, in tx: Transaction) throws -> Int {
        let count = try purgeReports(timings, limit: limit, in: tx)
        try settle(timings, in: tx)
        return count
    }

    private static func purgeReports(_ timings: Timings, limit: Int, in tx: Transaction) throws -> Int {
        let expired = try tx.all(Expired.self, expiredReports(timings, limit, now: tx.now))
        guard !expired.isEmpty else { return 0 }
        // First, so that the newest event is never one that goes.
        try tx.record(Event("reports.purged", subject: "retention", data: ["count": "\(expired.count)"]))
        for keeping in [ResponseMigrations.unfounded, ResponseMigrations.unverified, ResponseMigrations.confirmed] {
            try keeping.leaveReceipt(expired.count { $0.keeping.id == keeping.id }, in: tx)
        }
        try delete(expired, in: tx)
        return expired.count
    }

    /// The reporter wants it gone: the report, what they added to it, files and thread, at once; the count stays.
    /// Nothing while a legal hold stands on it: then `Refusal.held`. Answers what is gone.
    static func erase(_ code: ReporterCode, in tx: Transaction) throws -> [Ref<Report>] {
        guard let report = try Report.find(code, in: tx) else { throw Refusal.notFound }
        let asked = try tx.all(
            Expired.self,
            "\(columns) FROM reports r WHERE r.id = \(report.id) OR r.adds_to = \(report.id)"
        )
        for one in asked { try LegalHold.requireNone(on: one.id, in: tx) }
        try tx.attest(Event("reports.erased", subject: "retention", data: ["count": "\(asked.count)"]))
        try delete(asked, in: tx)
        return asked.map(\.id)
    }

    private static func delete(_ expired: [Expired], in tx: Transaction) throws {
        let ids = expired.map(\.id)
        let homes = try tx.list(
            Ref<Incident>.self,
            "SELECT DISTINCT incident FROM incident_reports WHERE report IN \(list: ids)"
        )
        try EventTraces.forget(ids, from: homes, in: tx)
        try removeFiles(of: ids.map(\.text), "report", in: tx)
        try ShredDue.add(of: "SELECT substr(sealed, 1, 10) FROM reports WHERE id IN \(list: ids)", in: tx)
        try Mailbox.forget(ids, in: tx)
        try tx.run("DELETE FROM incident_reports WHERE report IN \(list: ids)")
        try tx.run("DELETE FROM reports WHERE id IN \(list: ids)")
        for report in expired where !report.isExercise {
            try tx.run(
                """
                INSERT INTO daily_counts (day, zone, what, count)
                VALUES (\(LocalTime(report.receivedAt).isoDay), \(report.zone), \("reports.\(report.what)"), 1)
                ON CONFLICT (day, zone, what) DO UPDATE SET count = daily_counts.count + 1
                """
            )
        }
    }

    /// What belongs to reports or observations that go, with the keys of the files.
    static func removeFiles(of owners: [String], _ kind: String, in tx: Transaction) throws {
        let files: SQL = "FROM files WHERE owner_kind = \(kind) AND owner IN \(list: owners)"
        try ShredDue.add(of: "SELECT substr(sealed, 1, 10) \(files)", in: tx)
        try Audit.forget(tx.list(String.self, "SELECT id \(files)"), in: tx)
        try tx.run("DELETE \(files)")
    }

    /// Of a report `r`: what an `Expired` is read from.
    private static let columns: SQL = """
        SELECT r.id, coalesce(r.zone, '') AS zone, r.received_at, r.exercise,
            CASE WHEN r.state = 'spam' THEN 'spam' ELSE coalesce((
                SELECT min(i.truth) FROM incidents i JOIN incident_reports l ON l.incident = i.id
                WHERE l.report = r.id), 'unknown') END AS what
        """

    /// A report stays while one incident that it belongs to gives it a reason to.
    private static func expiredReports(_ timings: Timings, _ limit: Int, now: Instant) -> SQL {
        let unfounded = now - timings.keepUnfounded
        let unverified = now - timings.keepUnverified
        let confirmed = now - timings.keepConfirmed
        return """
            \(columns) FROM reports r
            WHERE r.received_at < \(max(unfounded, unverified)) AND (
                (r.state = 'spam' AND r.received_at < \(unfounded))
                OR (r.received_at < \(unverified)
                    AND NOT EXISTS (SELECT 1 FROM incident_reports l WHERE l.report = r.id))
                OR (EXISTS (SELECT 1 FROM incident_reports l WHERE l.report = r.id) AND NOT EXISTS (
                    SELECT 1 FROM incident_reports l JOIN incidents i ON i.id = l.incident WHERE l.report = r.id AND (
                        (i.truth IN ('unfounded', 'not_enforcement')
                            AND (i.answered_at >= \(unfounded) OR r.received_at >= \(unfounded)))
                        OR (i.truth IN ('unknown', 'unable') AND r.received_at >= \(unverified))
                        OR (i.truth = 'confirmed' AND r.received_at >= \(confirmed))
                    )))
            )
                AND NOT EXISTS (SELECT 1 FROM incident_reports l WHERE l.report = r.id
                    AND l.incident IN (\(LegalHold.held)))
            ORDER BY r.received_at LIMIT \(limit)
            """
    }
}
