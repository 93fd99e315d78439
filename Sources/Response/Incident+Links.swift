// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Report {
    package static func isPart(
        _ id: Ref<Report>,
        of incident: Ref<Incident>,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Bool {
        _ = try Incident.find(incident, by: caller, in: tx)
        return try incidents(of: id, in: tx).contains(incident)
    }
}

extension Incident {
    /// The report speaks of this incident too: it counts in both, and its reporter sees both answers.
    package static func link(
        _ report: Ref<Report>,
        to id: Ref<Incident>,
        expecting version: Int? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.triage)
        let incident = try find(id, by: caller, in: tx)
        let found = try Report.find(report, by: caller, in: tx)
        guard found.state != .spam else { throw conflict("report.spam") }
        guard found.isExercise == incident.isExercise else {
            throw Refusal(.conflict, "response.merge_exercise|An exercise can't be merged with something real.")
        }
        guard incident.mergedInto == nil else { throw conflict("incident.merged") }
        guard incident.state != .closed else { throw conflict("incident.closed") }
        let isAnswered = incident.state == .answered
        try step(
            incident,
            expecting: version,
            "last_report_at = \(max(incident.lastReportAt, found.receivedAt))",
            "state <> 'closed' AND merged_into IS NULL",
            in: tx
        )
        let linked = try tx.run(
            """
            INSERT INTO incident_reports (incident, report, linked_at, linked_by, why)
            VALUES (\(id), \(report), \(tx.now), \(caller.person), \(Why.json(.person)))
            ON CONFLICT (incident, report) DO NOTHING
            """
        )
        guard linked == 1 else {
            throw Refusal(.conflict, "response.linked_already|This report is part of that incident already.")
        }
        try tx.run(
            """
            UPDATE reports SET state = \(isAnswered ? ReportState.triaged : .linked)
            WHERE id = \(report) AND state = 'received'
            """
        )
        let known = incident.level == .structured ? EvidenceLevel.structured : .single
        try recount(id, least: incident.independent, known: known, by: caller, in: tx)
        try record("linked", id, by: caller, ["report": report.text], in: tx)
    }

    /// It does not speak of this one after all. A report is always about something: where it is nowhere else, it is split
    /// off instead, and an incident keeps its last report.
    package static func unlink(
        _ report: Ref<Report>,
        from id: Ref<Incident>,
        expecting version: Int? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.triage)
        let incident = try find(id, by: caller, in: tx)
        try LegalHold.requireNone(on: id, in: tx)
        _ = try Report.find(report, by: caller, in: tx)
        let homes = try Report.incidents(of: report, in: tx)
        guard homes.contains(id) else { throw Refusal.notFound }
        guard homes.count > 1 else {
            throw Refusal(.conflict, "response.unlink_only|This report is nowhere else. Split it off instead.")
        }
        let others = try tx.count(
            "SELECT count(*) FROM incident_reports WHERE incident = \(id) AND report <> \(report)"
        )
        guard others > 0 else {
            throw Refusal(.conflict, "response.unlink_last|This incident has no other report. Merge it instead.")
        }
        try step(incident, expecting: version, "reports = reports", "merged_into IS NULL", in: tx)
        try IncidentEvents.keep(of: id, whereLink: "AND report = \(report)", in: tx)
        try tx.run("DELETE FROM incident_reports WHERE incident = \(id) AND report = \(report)")
        try recount(id, least: incident.independent - 1, by: caller, in: tx)
        try record("unlinked", id, by: caller, ["report": report.text], in: tx)
    }
}
