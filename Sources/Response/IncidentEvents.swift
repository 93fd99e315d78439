// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The events whose subject is an incident. That a report joined one is found by the report, since an incident may have
/// thousands: as long as the report is a part of it. Of one that was moved, the event is found by its incident.
package enum IncidentEvents {
    /// `FROM events WHERE …`, of any of them.
    static func of(_ incidents: [String]) -> SQL {
        """
        FROM events WHERE id IN (
            SELECT id FROM events WHERE found_by IS NULL AND subject IN \(list: incidents)
            UNION ALL
            SELECT e.id FROM incident_reports l JOIN events e ON e.found_by = l.report
            WHERE l.incident IN \(list: incidents) AND e.subject IN \(list: incidents)
        )
        """
    }

    /// With those that were merged into it.
    package static func of(_ id: Ref<Incident>, in tx: Transaction) throws -> SQL {
        of(try Incident.withMerged(id, in: tx))
    }

    /// Before reports go to another incident. `some`: which of its links; empty for all.
    static func keep(of id: Ref<Incident>, whereLink some: SQL, in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE events SET found_by = NULL WHERE subject = \(id.text)
                AND found_by IN (SELECT report FROM incident_reports WHERE incident = \(id) \(some))
            """
        )
    }
}
