// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// All incidents as a table for whoever counts: what, where in the city, when, how true. No sealed word, nobody's name.
package enum IncidentTable {
    /// The first row names the columns. Exercises are left out.
    package static func rows(in tx: Transaction) throws -> [[String]] {
        let incidents = try tx.all(
            Incident.self,
            "SELECT * FROM incidents WHERE exercise = 0 AND merged_into IS NULL ORDER BY first_seen_at, id"
        )
        return [["first_seen_day", "neighborhood", "kind", "state", "truth", "level", "reports"]]
            + incidents.map { one in
                [
                    LocalTime(one.firstSeenAt).isoDay, one.zone ?? "", one.kind.rawValue, one.state.rawValue,
                    one.truth.rawValue, "\(one.level.rawValue)", "\(one.reports)",
                ]
            }
    }
}
