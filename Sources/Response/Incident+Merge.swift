// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Incident {
    /// Two incidents are one: everything of `other` moves into `id`. What people signed stays where they signed it and
    /// is shown with both. Undone by a split of the same reports (`Incident+Undo.swift`): the event names them, how it
    /// was, and what came with it.
    package static func merge(
        _ other: Ref<Incident>,
        into id: Ref<Incident>,
        expecting version: Int? = nil,
        goneAt goneVersion: Int? = nil,
        despiteReports: Bool = false,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.merge)
        let incident = try find(id, by: caller, in: tx)
        let gone = try find(other, by: caller, in: tx)
        try checkMerge(of: gone, into: incident)
        let reports = try tx.list(
            String.self,
            "SELECT report FROM incident_reports WHERE incident = \(other) ORDER BY linked_at, report"
        )
        // Reports that come to an answer are answered; else nothing is lost by a merge, however many come in.
        let isAnswered = incident.state == .answered
        try step(
            gone,
            expecting: goneVersion,
            on: isAnswered && !despiteReports ? .everything : .people,
            "state = 'closed', merged_into = \(id), closed_at = \(tx.now), reports = 0, independent = 0",
            "state <> 'closed' AND merged_into IS NULL",
            in: tx
        )
        try step(
            incident,
            expecting: version,
            on: .people,
            """
            first_seen_at = \(min(incident.firstSeenAt, gone.firstSeenAt)),
                last_report_at = \(max(incident.lastReportAt, gone.lastReportAt)),
                zone = coalesce(zone, \(gone.zone))
            """,
            "state <> 'closed' AND merged_into IS NULL",
            in: tx
        )
        try moveReports(from: other, to: id, .merge, by: caller, in: tx)
        let seen = try tx.list(
            String.self,
            "UPDATE observations SET incident = \(id) WHERE incident = \(other) RETURNING id"
        )
        let isSettled = isAnswered && (incident.truth != .confirmed || incident.isOver)
        let sent = try Dispatch.moveAll(from: other, to: id, isSettled: isSettled, actor: caller.person, in: tx)
        let going = try Assignment.going(to: id, in: tx).filter { sent.dispatches.contains($0.dispatch) }
        try tx.run("DELETE FROM suggestions WHERE incident = \(other) OR other = \(other)")
        // What was merged into the one that is gone follows it, so that its signed entries stay in sight.
        try tx.run("UPDATE incidents SET merged_into = \(id) WHERE merged_into = \(other)")
        // The same film in both is one witness still.
        let least = max(incident.independent, gone.independent)
        let known = gone.truth == .unknown ? max(incident.level, gone.level) : incident.level
        try recount(id, least: least, known: min(known, .structured), by: caller, in: tx)
        // What came with a merge is answered too: nobody goes on to what is known to be nothing, or to be over.
        if isAnswered { try Report.triageAll(of: id, in: tx) }
        if isSettled {
            try sendHome(from: id, because: .merged, by: caller, in: tx)
            if incident.truth != .confirmed { try AttorneyOnCall.release(id, in: tx) }
        } else {
            try Assignment.tellChanged(going, by: caller, in: tx)
        }
        let was = Merge(gone, into: incident, reports: reports, sent: sent, seen: seen)
        try record("merged", id, by: caller, was.data, in: tx)
    }

    /// Some reports are about something else: a new incident with them, or, where they are just those that a merge
    /// brought, the one that they came from. At least one stays.
    package static func split(
        _ reports: [Ref<Report>],
        from id: Ref<Incident>,
        expecting version: Int? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<Incident> {
        try caller.require(.merge)
        let incident = try find(id, by: caller, in: tx)
        try LegalHold.requireNone(on: id, in: tx)
        let all = try Report.all(of: id, in: tx)
        let moving = all.filter { reports.contains($0.id) && $0.state != .spam }
        guard let first = moving.first, moving.count == Set(reports).count else { throw Refusal.notFound }
        let staying = all.filter { $0.state != .spam }.count - moving.count
        guard staying > 0 else {
            throw Refusal(.conflict, "response.split_all|At least one report must stay. Choose fewer.")
        }
        try step(incident, expecting: version, "reports = \(staying)", "merged_into IS NULL", in: tx)
        let names = moving.map(\.id.text).joined(separator: ",")
        if let merge = try Merge.find(of: moving.map(\.id), into: id, in: tx) {
            try takeApart(merge, incident, staying: staying, by: caller, in: tx)
            try record("split", id, by: caller, ["into": merge.gone.text, "reports": names], in: tx)
            try record("reopened", merge.gone, by: caller, ["from": id.text], in: tx)
            return merge.gone
        }
        let new = Ref<Incident>.new(at: tx.now)
        let seen = coarse(moving.map(\.receivedAt).min() ?? tx.now)
        try tx.run(
            """
            INSERT INTO incidents (id, team, kind, zone, state, truth, level, reports, independent, first_seen_at,
                last_report_at, exercise)
            VALUES (\(new), \(incident.team), \(first.kind), \(moving.compactMap(\.zone).first),
                \(IncidentState.unverified), \(Truth.unknown), \(EvidenceLevel.single), 0, 0, \(seen), \(moving.map(\.receivedAt).max() ?? tx.now), \(incident.isExercise))
            """
        )
        try moveReports(from: id, to: new, .split(moving.map(\.id)), by: caller, in: tx)
        // Each report that leaves takes one witness with it at most.
        try recount(id, least: incident.independent - moving.count, by: caller, in: tx)
        try recount(new, least: incident.independent - staying, by: caller, in: tx)
        try record("split", id, by: caller, ["into": new.text, "reports": names], in: tx)
        try record("opened", new, by: caller, ["from": id.text, "kind": first.kind.rawValue], in: tx)
        return new
    }

    /// A report that was taken for spam leaves the counts. An incident of nothing but spam is closed, and who was on the
    /// way is told; while somebody is on scene it stays open, and they are watched until they leave.
    static func lose(_ report: Ref<Report>, from id: Ref<Incident>, by caller: Caller, in tx: Transaction) throws {
        let left = try counted(id, by: caller, in: tx) { $0 - 1 }
        guard left.reports == 0, left.state == .unverified || left.state == .verifying else { return }
        try sendHome(from: id, by: caller, in: tx)
        guard try Assignment.going(to: id, in: tx).isEmpty else { return }
        let closed = try tx.run(
            """
            UPDATE incidents SET state = 'closed', closed_at = \(tx.now)
            WHERE id = \(id) AND state IN ('unverified', 'verifying')
            """
        )
        if closed == 1 { try record("closed", id, by: caller, ["because": "spam"], in: tx) }
    }

    static func regain(_ report: Ref<Report>, to id: Ref<Incident>, by caller: Caller, in tx: Transaction) throws {
        try counted(id, by: caller, in: tx) { $0 }
        let opened = try tx.run(
            """
            UPDATE incidents SET state = 'unverified', closed_at = NULL
            WHERE id = \(id) AND state = 'closed' AND truth = 'unknown' AND merged_into IS NULL
            """
        )
        if opened == 1 { try record("reopened", id, by: caller, in: tx) }
    }

    /// The same report more or less: counted anew, as one more step. `least`: of what was counted before.
    @discardableResult
    private static func counted(
        _ id: Ref<Incident>,
        by caller: Caller,
        in tx: Transaction,
        least: (Int) -> Int
    ) throws -> Incident {
        try tx.run("UPDATE incidents SET version = version + 1, stepped = version + 1 WHERE id = \(id)")
        let before = try find(id, by: caller, in: tx)
        try recount(id, least: least(before.independent), by: caller, in: tx)
        return try find(id, by: caller, in: tx)
    }

    private static func checkMerge(of gone: Incident, into incident: Incident) throws {
        guard gone.id != incident.id else {
            throw Refusal(.conflict, "response.merge_self|Choose another incident to merge.")
        }
        guard gone.isExercise == incident.isExercise else {
            throw Refusal(.conflict, "response.merge_exercise|An exercise can't be merged with something real.")
        }
        guard gone.state != .answered || incident.state == .answered else {
            throw Refusal(
                .conflict,
                "response.merge_answered|That one is answered already. Open it, and merge this one into it."
            )
        }
        let isSame = gone.truth == incident.truth && (gone.isOver || !incident.isOver)
        guard gone.state != .answered || isSame else {
            throw Refusal(.conflict, "response.merge_differ|These two have different answers. Correct one first.")
        }
        guard gone.mergedInto == nil, incident.mergedInto == nil else { throw conflict("incident.merged") }
        guard gone.state != .closed, incident.state != .closed else { throw conflict("incident.closed") }
    }

    /// How reports come into an incident, and so what is said of why they are there.
    enum Moving {
        /// Those they came with fit as before; beside it stands who moved them.
        case merge
        /// As before the merge.
        case back([Ref<Report>])
        /// Somebody chose them.
        case split([Ref<Report>])
    }

    static func moveReports(
        from old: Ref<Incident>,
        to new: Ref<Incident>,
        _ moving: Moving,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        let (some, by, why): (SQL, SQL, SQL)
        switch moving {
        case .merge: (some, by, why) = ("", "coalesce(linked_by, \(caller.person))", "why")
        case .back(let reports):
            (some, why) = ("AND report IN \(list: reports)", "why")
            by = "CASE WHEN why LIKE '%\"by\":\"person\"%' THEN linked_by END"
        case .split(let reports):
            (some, by, why) = ("AND report IN \(list: reports)", "\(caller.person)", "\(Why.json(.person))")
        }
        try IncidentEvents.keep(of: old, whereLink: some, in: tx)
        try tx.run(
            """
            INSERT INTO incident_reports (incident, report, linked_at, linked_by, why)
            SELECT \(new), report, linked_at, \(by), \(why)
            FROM incident_reports WHERE incident = \(old) \(some)
            ON CONFLICT (incident, report) DO NOTHING
            """
        )
        try tx.run("DELETE FROM incident_reports WHERE incident = \(old) \(some)")
    }
}
