// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People

extension Retention {
    /// Closes what nobody looked at in time, takes sealed words out of what is done, and deletes incidents: those that
    /// were not confirmed when their reports are gone, the others when their time is over.
    static func settle(_ timings: Timings, in tx: Transaction) throws {
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
        try remove(spent(timings, now: tx.now), in: tx)
        try remove("i.closed_at < \(tx.now - timings.keepConfirmed)", in: tx)
        // What is closed here is deleted the next time: until then, whoever has it in front of them is told.
        let unverified = tx.now - timings.keepUnverified
        try close("state IN ('unverified', 'verifying') AND last_report_at < \(unverified)", because: "time", in: tx)
        let spent: SQL = "SELECT i.id FROM incidents i WHERE \(spent(timings, now: tx.now))"
        try close("state = 'answered' AND id IN (\(spent))", because: "age", in: tx)
    }

    private static func close(_ condition: SQL, because cause: String, in tx: Transaction) throws {
        let closed = try tx.list(
            Ref<Incident>.self,
            """
            UPDATE incidents SET state = 'closed', closed_at = \(tx.now), version = version + 1
            WHERE \(condition) AND NOT EXISTS (SELECT 1 FROM assignments a WHERE a.incident = incidents.id
                AND a.state IN ('offered', 'accepted', 'on_the_way', 'on_scene'))
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
    /// Observations are kept by an attorney's rule, and with them their incident.
    private static func remove(_ condition: SQL, in tx: Transaction) throws {
        let roots = try tx.list(
            Ref<Incident>.self,
            """
            SELECT i.id FROM incidents i WHERE i.merged_into IS NULL AND i.state = 'closed' AND \(condition)
                AND NOT EXISTS (SELECT 1 FROM observations o JOIN incidents m ON m.id = o.incident
                    WHERE m.id = i.id OR m.merged_into = i.id)
                AND NOT EXISTS (SELECT 1 FROM incident_reports l JOIN incidents m ON m.id = l.incident
                    WHERE m.id = i.id OR m.merged_into = i.id)
                AND NOT EXISTS (SELECT 1 FROM assignments a WHERE a.incident = i.id
                    AND a.state IN ('offered', 'accepted', 'on_the_way', 'on_scene'))
            ORDER BY i.id LIMIT 500
            """
        )
        guard !roots.isEmpty else { return }
        let merged = try tx.list(Ref<Incident>.self, "SELECT id FROM incidents WHERE merged_into IN \(list: roots)")
        let all = roots + merged
        // First, so that the newest event is never one that goes.
        try tx.record(Event("incidents.purged", subject: "retention", data: ["count": "\(roots.count)"]))
        let assignments = try tx.list(String.self, "SELECT id FROM assignments WHERE incident IN \(list: all)")
        try removeMessages(about: all.map(\.text) + assignments, in: tx)
        try EventTraces.forget(all, in: tx)
        try tx.run("DELETE FROM suggestions WHERE incident IN \(list: all) OR other IN \(list: all)")
        try tx.run("DELETE FROM verifications WHERE incident IN \(list: all)")
        try tx.run("DELETE FROM assignments WHERE incident IN \(list: all)")
        try tx.run("DELETE FROM dispatches WHERE incident IN \(list: all)")
        try tx.run("DELETE FROM after_actions WHERE incident IN \(list: all)")
        try tx.run("DELETE FROM incidents WHERE merged_into IN \(list: roots)")
        try tx.run("DELETE FROM incidents WHERE id IN \(list: roots)")
    }

    private static func removeMessages(about subjects: [String], in tx: Transaction) throws {
        let people = try tx.list(String.self, "SELECT DISTINCT person FROM messages WHERE subject IN \(list: subjects)")
        guard !people.isEmpty else { return }
        let gone = Set(subjects)
        let events = try tx.all(
            Event.self,
            """
            SELECT * FROM events WHERE subject IN \(list: people)
                AND kind IN ('message.sent', 'message.acknowledged')
            """
        )
        try EventTraces.delete(events.filter { gone.contains($0.data["about"] ?? "") }.map(\.id), in: tx)
        try tx.run("DELETE FROM messages WHERE subject IN \(list: subjects)")
    }
}
