// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// One account by one person, as the database keeps it: the words are sealed to the response team.
package struct Report: Readable {
    package let id: Ref<Report>
    package let kind: ReportKind
    package let channel: Channel
    package let lane: Lane
    package let language: String
    /// The id of a place, never finer than a neighborhood; nil when nobody said where.
    package let zone: String?
    package let state: ReportState
    /// What we asked, when the state is `.needsMore`.
    package let question: ReportQuestion?
    package let photos: Int
    package let isExercise: Bool
    package let receivedAt: Instant
    package let sealed: Sealed<ReportWords>

    /// The purpose of the team that reports are sealed to.
    package static let team = "response"

    package init(row: Row) throws {
        id = try row["id"]
        kind = try row["kind"]
        channel = try row["channel"]
        lane = try row["lane"]
        language = try row["language"]
        zone = try row["zone"]
        state = try row["state"]
        question = try row["question"]
        photos = try row["photos"]
        isExercise = try row["exercise"]
        receivedAt = try row["received_at"]
        sealed = try row["sealed"]
    }

    /// Not a report: advertising, abuse. Its incident loses it, and is closed when nothing is left.
    package static func markSpam(_ id: Ref<Report>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.triage)
        _ = try find(id, by: caller, in: tx)
        let changed = try tx.run(
            "UPDATE reports SET state = 'spam', question = NULL WHERE id = \(id) AND state <> 'spam'"
        )
        guard changed == 1 else { throw Incident.conflict("report.spam") }
        let incidents = try incidents(of: id, in: tx)
        try record("spam", id, by: caller, in: tx)
        for incident in incidents { try Incident.lose(id, from: incident, by: caller, in: tx) }
    }

    /// It was one after all; it counts again where it was.
    package static func unmarkSpam(_ id: Ref<Report>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.triage)
        _ = try find(id, by: caller, in: tx)
        let changed = try tx.run(
            "UPDATE reports SET state = \(ReportState.triaged) WHERE id = \(id) AND state = \(ReportState.spam)"
        )
        guard changed == 1 else { throw Incident.conflict("report.triaged") }
        try record("triaged", id, by: caller, in: tx)
        for incident in try incidents(of: id, in: tx) { try Incident.regain(id, to: incident, by: caller, in: tx) }
    }

    /// Asks the reporter, who sees it when they come back with their code.
    package static func needsMore(
        _ id: Ref<Report>,
        asking question: ReportQuestion,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.triage)
        _ = try find(id, by: caller, in: tx)
        let changed = try tx.run(
            """
            UPDATE reports SET state = \(ReportState.needsMore), question = \(question)
            WHERE id = \(id) AND state <> \(ReportState.spam)
            """
        )
        guard changed == 1 else { throw Incident.conflict("report.spam") }
        try record("needs_more", id, by: caller, ["question": question.rawValue], in: tx)
    }

    /// Whatever of an incident nobody had looked at is looked at now.
    static func triageAll(of incident: Ref<Incident>, in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE reports SET state = 'triaged' WHERE state = 'received'
                AND id IN (SELECT report FROM incident_reports WHERE incident = \(incident))
            """
        )
    }

    /// The reporter said more: what we asked is asked no longer.
    static func answered(_ id: Ref<Report>, in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE reports SET state = \(ReportState.triaged), question = NULL
            WHERE id = \(id) AND state = \(ReportState.needsMore)
            """
        )
    }

    /// What was asked is not needed any more, or was asked of the wrong report.
    package static func withdrawQuestion(_ id: Ref<Report>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.triage)
        guard try find(id, by: caller, in: tx).state == .needsMore else { throw Incident.conflict("report.triaged") }
        try answered(id, in: tx)
        try record("question_withdrawn", id, by: caller, in: tx)
    }

    /// Whether anybody ever sent one in earnest, so that the database is no demonstration's to fill or to clear away.
    package static func isAnyReal(in tx: Transaction) throws -> Bool {
        try tx.one(Int.self, "SELECT 1 FROM reports WHERE exercise = 0 LIMIT 1") != nil
    }

    /// By the reporter's code; nil when we don't know it or no longer keep it.
    package static func find(_ code: ReporterCode, in tx: Transaction) throws -> Report? {
        try tx.first(Report.self, "SELECT * FROM reports WHERE code_lookup = \(code.lookup)")
    }

    /// Those of an incident, oldest first, spam among them.
    package static func all(of incident: Ref<Incident>, in tx: Transaction) throws -> [Report] {
        try tx.all(
            Report.self,
            """
            SELECT r.* FROM reports r JOIN incident_reports l ON l.report = r.id
            WHERE l.incident = \(incident) ORDER BY r.received_at, r.id
            """
        )
    }

    static func newest(of incident: Ref<Incident>, limit: Int, in tx: Transaction) throws -> [Report] {
        try tx.all(
            Report.self,
            """
            SELECT r.* FROM reports r JOIN incident_reports l ON l.report = r.id
            WHERE l.incident = \(incident) ORDER BY r.received_at DESC, r.id DESC LIMIT \(limit)
            """
        ).reversed()
    }

    static func find(_ id: Ref<Report>, by caller: Caller, in tx: Transaction) throws -> Report {
        guard caller.can(.seeBoard), let found = try tx.first(Report.self, "SELECT * FROM reports WHERE id = \(id)")
        else { throw Refusal.notFound }
        return found
    }

    static func incidents(of id: Ref<Report>, in tx: Transaction) throws -> [Ref<Incident>] {
        try tx.list(Ref<Incident>.self, "SELECT incident FROM incident_reports WHERE report = \(id) ORDER BY linked_at")
    }

    /// The timeline of an incident speaks of its reports: the event's subject is the incident.
    private static func record(
        _ what: String,
        _ id: Ref<Report>,
        by caller: Caller,
        _ data: [String: String] = [:],
        in tx: Transaction
    ) throws {
        var data = data
        data["report"] = id.text
        for incident in try incidents(of: id, in: tx) {
            try tx.record(Event("report.\(what)", subject: incident.text, actor: caller.person.text, data: data))
        }
    }
}
