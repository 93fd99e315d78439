// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// A report sealed and ready to be stored and placed.
struct Filed: Sendable {
    let id: Ref<Report>
    let identity: Submission.Identity
    /// The code to answer with: that of the first report when this one adds to it.
    let reply: ReporterCode
    let checked: ReportFiling.Checked
    let team: TeamKey
    let sealed: Sealed<ReportWords>
    let files: [EvidenceFile.Prepared]
    let traits: ReportTraits
    let index: RecentIncidents
    /// Where the team can write to the reporter; nil where nobody gets a code of their own.
    let mailbox: Mailbox.Made?
    /// The report that this one adds to.
    let joining: Ref<Report>?

    /// Where a report ended up.
    private struct Home {
        let incident: Ref<Incident>
        let isNew: Bool
    }

    /// Who it waits with for the disk: nil for everybody else than a flood, which has a room of its own to wait in.
    /// A drill waits behind whoever is real.
    var lane: WriteLane? { checked.filing.isOverflow || checked.filing.isExercise ? .flood : nil }

    /// The team has a new epoch since this was sealed.
    struct StaleKey: Error {}

    func store(in tx: Transaction) throws -> Intake.Receipt {
        guard try tx.one(Int.self, "SELECT epoch FROM teams WHERE id = \(team.team)") == team.epoch else {
            throw StaleKey()
        }
        // The body may run again after a conflict between nodes.
        index.remove(id.text)
        let existing = try joining.flatMap { try Incident.holding($0, in: tx) }
        let placement = existing == nil ? place(at: tx.now) : .alone
        let target = try existing ?? attachable(placement, in: tx)
        guard try insertReport(isLinked: target != nil, in: tx) else { return try known(in: tx) }
        try mailbox?.insert(for: id, in: tx)
        for file in files { try file.insert(for: id.text, .report, in: tx) }
        let why = target == nil ? Why.json(.first) : joining != nil ? Why.json(.reporter) : why(placement)
        let home = try target.map { try join($0, by: placement, in: tx) } ?? open(in: tx)
        try tx.run(
            """
            INSERT INTO incident_reports (incident, report, linked_at, linked_by, why)
            VALUES (\(home.incident), \(id), \(tx.now), NULL, \(why))
            """
        )
        if home.isNew { try Incident.suggest(placement, for: home.incident, in: tx) }
        if let joining { try Report.answered(joining, in: tx) }
        try record(home, in: tx)
        return Intake.Receipt(
            code: reply,
            report: id,
            zone: checked.located.zone,
            alreadyKnown: false,
            isChanged: false
        )
    }

    /// The receipt of the first time: this sending was stored already.
    private func known(in tx: Transaction) throws -> Intake.Receipt {
        let row = try tx.rows(
            "SELECT id, zone, channel, submission_body FROM reports WHERE code_lookup = \(identity.lookup)"
        ).first
        guard let row else { throw DatabaseFailure.unique("reports.code_lookup") }
        let isSame = try (row["submission_body"] as [UInt8]) == identity.body
        if !isSame, try (row["channel"] as Channel) == .api { throw Submission.reused }
        return Intake.Receipt(
            code: reply,
            report: try row["id"],
            zone: try row["zone"],
            alreadyKnown: true,
            isChanged: !isSame
        )
    }

    private func place(at now: Instant) -> Placement { index.place(traits, now: now) }

    /// The incident that the report is attached to by itself. What is closed, over, or gone takes no more.
    private func attachable(_ placement: Placement, in tx: Transaction) throws -> Incident? {
        guard case .attach(let text, let score) = placement, let ref = Ref<Incident>(text),
            let incident = try Incident.present(ref, in: tx)
        else { return nil }
        guard incident.takes(seenAt: checked.content.seenAt) else { return nil }
        // What is at a place when the answer was "nothing", or "something else", may be the real thing: only what says the
        // same gets that answer.
        let isDispelled = incident.truth == .unfounded || incident.truth == .notEnforcement
        return isDispelled && !score.saysTheSame ? nil : incident
    }

    private func why(_ placement: Placement) -> String {
        guard case .attach(_, let score) = placement else { return Why.json(.first) }
        return Why.json(score)
    }

    /// False when there is one of this sending.
    private func insertReport(isLinked: Bool, in tx: Transaction) throws -> Bool {
        let filing = checked.filing
        let lane: Lane = isLinked ? .linked : filing.isOverflow ? .overflow : .normal
        let state: ReportState = isLinked ? .linked : .received
        return try tx.run(
            """
            INSERT INTO reports (id, code_lookup, submission_body, team, sealed, kind, channel, lane, language, zone,
                state, photos, exercise, received_at, adds_to)
            VALUES (\(id), \(identity.lookup), \(identity.body), \(team.team), \(sealed), \(checked.kind),
                \(filing.channel), \(lane), \(filing.language), \(checked.located.zone), \(state), \(files.count),
                \(filing.isExercise), \(tx.now), \(joining))
            ON CONFLICT (code_lookup) DO NOTHING
            """
        ) == 1
    }

    private func open(in tx: Transaction) throws -> Home {
        let incident = Ref<Incident>.new(at: tx.now)
        let seen = Incident.coarse(checked.content.seenAt)
        try tx.run(
            """
            INSERT INTO incidents (id, team, kind, zone, state, truth, level, reports, independent, first_seen_at,
                last_report_at, exercise)
            VALUES (\(incident), \(team.team), \(checked.kind), \(checked.located.zone), \(IncidentState.unverified),
                \(Truth.unknown), \(checked.level), 1, 1, \(seen), \(tx.now), \(checked.filing.isExercise))
            """
        )
        index.add(traits, to: incident.text)
        return Home(incident: incident, isNew: true)
    }

    private func join(_ incident: Incident, by placement: Placement, in tx: Transaction) throws -> Home {
        var traits = traits
        if case .attach(_, let score) = placement { traits.isBystander = traits.isBystander || !score.agrees }
        // Whoever adds with their code is no second witness.
        let independent =
            joining != nil
            ? max(incident.independent, 1)
            : index.witnesses(
                with: traits,
                of: incident.id.text,
                reports: incident.reports,
                independent: incident.independent
            )
        index.add(traits, to: incident.id.text)
        let supported: EvidenceLevel = independent >= 2 ? .supported : .single
        // What people found stands: the ladder climbs by itself only until somebody answered.
        let level = incident.truth == .unknown ? max(incident.level, checked.level, supported) : incident.level
        // What everybody was told stays as it is: a further report doesn't show.
        let isPublic = incident.truth != .unknown
        let seen = isPublic ? incident.firstSeenAt : min(incident.firstSeenAt, Incident.coarse(checked.content.seenAt))
        let zone = isPublic ? nil : checked.located.zone
        try tx.run(
            """
            UPDATE incidents SET reports = reports + 1, independent = \(independent), level = \(level),
                last_report_at = \(tx.now), first_seen_at = \(seen), zone = coalesce(zone, \(zone)), version = version + 1
            WHERE id = \(incident.id)
            """
        )
        return Home(incident: incident.id, isNew: false)
    }

    private func record(_ home: Home, in tx: Transaction) throws {
        var data = ["report": id.text, "kind": checked.kind.rawValue, "channel": checked.filing.channel.rawValue]
        if let zone = checked.located.zone { data["zone"] = zone }
        if !files.isEmpty { data["photos"] = "\(files.count)" }
        if joining != nil { data["added"] = "1" }
        try tx.record(Event(home.isNew ? "incident.opened" : "incident.grew", subject: home.incident.text, data: data))
    }
}
