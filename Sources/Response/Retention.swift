// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Deletes what is no longer needed, from the first day: reports first, then what else is sealed, then the incidents.
/// What stays is a count.
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
    }

    /// A count that stayed behind.
    package struct Count: Readable, Hashable {
        /// `2026-11-22`, in UTC.
        package let day: String
        /// The id of a place; empty when nobody knew where.
        package let zone: String
        /// `reports.unfounded`, by what was found; `reports.spam`.
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
        let ids = expired.map(\.id)
        try tx.run("DELETE FROM files WHERE owner_kind = 'report' AND owner IN \(list: ids.map(\.text))")
        try tx.run("DELETE FROM incident_reports WHERE report IN \(list: ids)")
        try tx.run("DELETE FROM reports WHERE id IN \(list: ids)")
        for report in expired where !report.isExercise {
            try tx.run(
                """
                INSERT INTO daily_counts (day, zone, what, count)
                VALUES (\(day(report.receivedAt)), \(report.zone), \("reports.\(report.what)"), 1)
                ON CONFLICT (day, zone, what) DO UPDATE SET count = daily_counts.count + 1
                """
            )
        }
        try tx.record(Event("reports.purged", subject: "retention", data: ["count": "\(expired.count)"]))
        return expired.count
    }

    /// Closes what nobody looked at in time, takes sealed words out of what is done, and deletes old incidents that
    /// nobody keeps as evidence.
    private static func settle(_ timings: Timings, in tx: Transaction) throws {
        let stale = try tx.list(
            Ref<Incident>.self,
            """
            UPDATE incidents SET state = 'closed', closed_at = \(tx.now), version = version + 1
            WHERE state IN ('unverified', 'verifying') AND last_report_at < \(tx.now - timings.keepUnverified)
            RETURNING id
            """
        )
        for id in stale { try Incident.record("closed", id, by: nil, ["because": "time"], in: tx) }
        // Where those who went met is nobody's business once they are home.
        try tx.run(
            """
            UPDATE dispatches SET sealed_meeting = NULL WHERE sealed_meeting IS NOT NULL AND state <> 'asking'
                AND NOT EXISTS (SELECT 1 FROM assignments a WHERE a.dispatch = dispatches.id
                    AND a.state IN ('offered', 'accepted', 'on_the_way', 'on_scene'))
            """
        )
        let done: SQL = """
            SELECT id FROM incidents WHERE closed_at < \(tx.now - timings.keepUnfounded) AND truth <> 'confirmed'
            """
        try tx.run(
            "UPDATE verifications SET sealed_note = NULL WHERE sealed_note IS NOT NULL AND incident IN (\(done))"
        )
        try tx.run("UPDATE incidents SET sealed = NULL WHERE sealed IS NOT NULL AND id IN (\(done))")
        try forget(before: tx.now - timings.keepConfirmed, in: tx)
    }

    /// Observations are kept by an attorney's rule, and with them their incident.
    private static func forget(before: Instant, in tx: Transaction) throws {
        let old = try tx.list(
            Ref<Incident>.self,
            """
            SELECT id FROM incidents i WHERE i.closed_at < \(before)
                AND NOT EXISTS (SELECT 1 FROM observations o WHERE o.incident = i.id)
                AND NOT EXISTS (SELECT 1 FROM incident_reports l WHERE l.incident = i.id)
                AND NOT EXISTS (SELECT 1 FROM incidents m WHERE m.merged_into = i.id)
            LIMIT 500
            """
        )
        guard !old.isEmpty else { return }
        try tx.run("DELETE FROM suggestions WHERE incident IN \(list: old) OR other IN \(list: old)")
        try tx.run("DELETE FROM verifications WHERE incident IN \(list: old)")
        try tx.run("DELETE FROM assignments WHERE incident IN \(list: old)")
        try tx.run("DELETE FROM dispatches WHERE incident IN \(list: old)")
        try tx.run("DELETE FROM after_actions WHERE incident IN \(list: old)")
        try tx.run("DELETE FROM incidents WHERE id IN \(list: old)")
    }

    /// A report stays while one incident that it belongs to gives it a reason to.
    private static func expiredReports(_ timings: Timings, _ limit: Int, now: Instant) -> SQL {
        let unfounded = now - timings.keepUnfounded
        let unverified = now - timings.keepUnverified
        let confirmed = now - timings.keepConfirmed
        return """
            SELECT r.id, coalesce(r.zone, '') AS zone, r.received_at, r.exercise,
                CASE WHEN r.state = 'spam' THEN 'spam' ELSE coalesce((
                    SELECT min(i.truth) FROM incidents i JOIN incident_reports l ON l.incident = i.id
                    WHERE l.report = r.id), 'unknown') END AS what
            FROM reports r
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
            ORDER BY r.received_at LIMIT \(limit)
            """
    }

    /// The calendar day in UTC (Howard Hinnant's `civil_from_days`).
    static func day(_ instant: Instant) -> String {
        let days = Int(instant.milliseconds / 86_400_000) + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))"
    }
}
