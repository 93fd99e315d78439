// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Vault

extension Retention {
    /// Closes what nobody looked at in time, takes sealed words out of what is done, and deletes incidents: those that
    /// were not confirmed when their reports are gone, the others when their time is over.
    static func settle(_ timings: Timings, in tx: Transaction) throws {
        // Where those who went met is nobody's business once they are home.
        try erase(
            "sealed_meeting",
            of: "dispatches",
            where: """
                state <> 'asking' AND incident NOT IN (\(LegalHold.held)) AND NOT EXISTS (SELECT 1 FROM assignments a WHERE a.dispatch = dispatches.id
                    AND a.state \(Assignment.open))
                """,
            in: tx
        )
        let done: SQL = """
            SELECT id FROM incidents WHERE closed_at < \(tx.now - timings.keepUnfounded) AND truth <> 'confirmed'
                AND id NOT IN (\(LegalHold.held))
            """
        try erase("sealed_note", of: "verifications", where: "incident IN (\(done))", in: tx)
        try erase("sealed", of: "incidents", where: "id IN (\(done))", in: tx)
        try removeObservations(of: timings, in: tx)
        try remove(spent(timings, now: tx.now), in: tx)
        try remove("i.closed_at < \(tx.now - timings.keepConfirmed)", in: tx)
        // What is closed here is deleted the next time: until then, whoever has it in front of them is told.
        let unverified = tx.now - timings.keepUnverified
        try close("state IN ('unverified', 'verifying') AND last_report_at < \(unverified)", because: "time", in: tx)
        let spent: SQL = "SELECT i.id FROM incidents i WHERE \(spent(timings, now: tx.now))"
        try close("state = 'answered' AND id IN (\(spent))", because: "age", in: tx)
        try PublicNotice.purge(in: tx)
        try Broadcast.purge(in: tx)
    }

    /// Takes a sealed column out of rows, and its shred keys with it.
    private static func erase(
        _ column: StaticString,
        of table: StaticString,
        where condition: SQL,
        in tx: Transaction
    ) throws {
        let rows: SQL = "\(raw: column) IS NOT NULL AND \(condition)"
        try ShredDue.add(of: "SELECT substr(\(raw: column), 1, 10) FROM \(raw: table) WHERE \(rows)", in: tx)
        try tx.run("UPDATE \(raw: table) SET \(raw: column) = NULL WHERE \(rows)")
    }

    private static func close(_ condition: SQL, because cause: String, in tx: Transaction) throws {
        let closed = try tx.list(
            Ref<Incident>.self,
            """
            UPDATE incidents SET state = 'closed', closed_at = \(tx.now), version = version + 1,
                stepped = version + 1
            WHERE \(condition) AND NOT EXISTS (SELECT 1 FROM assignments a WHERE a.incident = incidents.id
                AND a.state \(Assignment.open))
            RETURNING id
            """
        )
        for id in closed { try Incident.record("closed", id, by: nil, ["because": cause], in: tx) }
    }

    /// Not confirmed, and the time of its reports is over. What it was stays public for a day at least.
    private static func spent(_ timings: Timings, now: Instant) -> SQL {
        let recent = now - max(timings.keepUnfounded, .hours(24))
        return """
            i.truth <> 'confirmed' AND i.last_report_at < \(recent)
                AND (i.answered_at IS NULL OR i.answered_at < \(recent))
                AND (i.truth IN ('unfounded', 'not_enforcement') OR (i.truth = 'unknown' AND i.reports = 0)
                    OR i.last_report_at < \(now - timings.keepUnverified))
                AND NOT EXISTS (SELECT 1 FROM incidents m WHERE m.merged_into = i.id AND m.truth = 'confirmed')
                AND NOT EXISTS (SELECT 1 FROM incident_reports l JOIN incidents m ON m.id = l.incident
                    WHERE m.id = i.id OR m.merged_into = i.id)
            """
    }

    /// Deletes closed incidents with what was merged into them, and every trace of them but the daily counts.
    /// An incident with observations stays as long as they do.
    private static func remove(_ condition: SQL, in tx: Transaction) throws {
        let roots = try tx.list(
            Ref<Incident>.self,
            """
            SELECT i.id FROM incidents i WHERE i.merged_into IS NULL AND i.state = 'closed' AND \(condition)
                AND i.id NOT IN (\(LegalHold.held))
                AND NOT EXISTS (SELECT 1 FROM observations o JOIN incidents m ON m.id = o.incident
                    WHERE m.id = i.id OR m.merged_into = i.id)
                AND NOT EXISTS (SELECT 1 FROM incident_reports l JOIN incidents m ON m.id = l.incident
                    WHERE m.id = i.id OR m.merged_into = i.id)
                AND NOT EXISTS (SELECT 1 FROM assignments a WHERE a.incident = i.id
                    AND a.state \(Assignment.open))
            ORDER BY i.id LIMIT 500
            """
        )
        guard !roots.isEmpty else { return }
        let merged = try tx.list(Ref<Incident>.self, "SELECT id FROM incidents WHERE merged_into IN \(list: roots)")
        let all = roots + merged
        // First, so that the newest event is never one that goes.
        try tx.record(Event("incidents.purged", subject: "retention", data: ["count": "\(roots.count)"]))
        try ResponseMigrations.confirmed.leaveReceipt(roots.count, in: tx)
        let assignments = try tx.list(String.self, "SELECT id FROM assignments WHERE incident IN \(list: all)")
        try removeMessages(about: all.map(\.text) + assignments, in: tx)
        try EventTraces.forget(all, in: tx)
        try tx.run("DELETE FROM suggestions WHERE incident IN \(list: all) OR other IN \(list: all)")
        try erase("sealed_note", of: "verifications", where: "incident IN \(list: all)", in: tx)
        try erase("sealed_meeting", of: "dispatches", where: "incident IN \(list: all)", in: tx)
        try erase("sealed", of: "incidents", where: "id IN \(list: all)", in: tx)
        try ShredDue.add(of: "SELECT substr(sealed, 1, 10) FROM after_actions WHERE incident IN \(list: all)", in: tx)
        try tx.run("DELETE FROM verifications WHERE incident IN \(list: all)")
        try tx.run("DELETE FROM assignments WHERE incident IN \(list: all)")
        try tx.run("DELETE FROM dispatches WHERE incident IN \(list: all)")
        try tx.run("DELETE FROM after_actions WHERE incident IN \(list: all)")
        try DebriefMeeting.forget(all, in: tx)
        try CareCheck.loosen(from: all, in: tx)
        try LegalHold.forget(all, in: tx)
        try PublicNotice.forget(all, in: tx)
        try Broadcast.forget(all, in: tx)
        try tx.run("DELETE FROM incidents WHERE merged_into IN \(list: roots)")
        try tx.run("DELETE FROM incidents WHERE id IN \(list: roots)")
    }

    /// Observations have a time of their own, which attorneys see to.
    private static func removeObservations(of timings: Timings, in tx: Transaction) throws {
        let old = try tx.list(
            Ref<Observation>.self,
            """
            SELECT o.id FROM observations o JOIN incidents i ON i.id = o.incident
            LEFT JOIN incidents r ON r.id = i.merged_into
            WHERE coalesce(r.state, i.state) = 'closed'
                AND coalesce(r.closed_at, i.closed_at) < \(tx.now - timings.keepObservations)
                AND o.incident NOT IN (\(LegalHold.held))
            ORDER BY o.received_at LIMIT 500
            """
        )
        guard !old.isEmpty else { return }
        // First, so that the newest event is never one that goes.
        try tx.record(Event("observations.purged", subject: "retention", data: ["count": "\(old.count)"]))
        try ResponseMigrations.observations.leaveReceipt(old.count, in: tx)
        try removeFiles(of: old.map(\.text), "observation", in: tx)
        try ShredDue.add(of: "SELECT substr(sealed, 1, 10) FROM observations WHERE id IN \(list: old)", in: tx)
        try tx.run("DELETE FROM observations WHERE id IN \(list: old)")
    }

    private static func removeMessages(about subjects: [String], in tx: Transaction) throws {
        let people = try tx.list(String.self, "SELECT DISTINCT person FROM messages WHERE subject IN \(list: subjects)")
        guard !people.isEmpty else { return }
        let gone = Set(subjects)
        let events = try tx.all(
            Event.self,
            """
            SELECT * FROM events WHERE found_by IS NULL AND subject IN \(list: people)
                AND kind IN ('message.sent', 'message.acknowledged')
            """
        )
        try EventTraces.delete(events.filter { gone.contains($0.data["about"] ?? "") }.map(\.id), in: tx)
        try tx.run("DELETE FROM messages WHERE subject IN \(list: subjects)")
    }
}
