// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// A report sealed and ready to be stored and placed.
final class Filed: Sendable {
    let id: Ref<Report>
    let identity: Submission.Identity
    /// The code to answer with: that of the first report when this one adds to it.
    let reply: ReporterCode
    let checked: ReportFiling.Checked
    let team: TeamKey
    let sealed: Sealed<ReportWords>
    let files: [EvidenceFile.Prepared]
    let traits: ReportTraits
    let account: Account
    let index: RecentIncidents
    let accounts: AccountMemory
    /// Where the team can write to the reporter; nil where nobody gets a code of their own.
    let mailbox: Mailbox.Made?
    /// The report that this one adds to.
    let joining: Ref<Report>?
    /// What its event says.
    let content: Event.Content

    init(
        id: Ref<Report>,
        identity: Submission.Identity,
        reply: ReporterCode,
        checked: ReportFiling.Checked,
        team: TeamKey,
        sealed: Sealed<ReportWords>,
        files: [EvidenceFile.Prepared],
        traits: ReportTraits,
        account: Account,
        index: RecentIncidents,
        accounts: AccountMemory,
        mailbox: Mailbox.Made?,
        joining: Ref<Report>?
    ) {
        (self.id, self.identity, self.reply, self.checked) = (id, identity, reply, checked)
        (self.team, self.sealed, self.files, self.mailbox) = (team, sealed, files, mailbox)
        (self.traits, self.account, self.index, self.accounts, self.joining) = (
            traits, account, index, accounts, joining
        )
        var data = ["report": id.text, "kind": checked.kind.rawValue, "channel": checked.filing.channel.rawValue]
        if let zone = checked.located.zone { data["zone"] = zone }
        if !files.isEmpty { data["photos"] = "\(files.count)" }
        if joining != nil { data["added"] = "1" }
        content = Event.Content(data)
    }

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

    /// Nothing in memory knows of it: what was not stored is no witness of anything.
    func forget() {
        index.remove(id.text)
        accounts.remove(id.text)
    }

    func store(in tx: Transaction) throws -> Intake.Receipt {
        // The body may run again after a conflict between nodes.
        forget()
        let held = try joining.flatMap { try IncidentTally.holding($0, in: tx) }
        let existing = held.flatMap { goesOn(with: $0) ? $0 : nil }
        let placement = existing == nil ? place(at: tx.now) : .alone
        let target = try existing ?? attachable(placement, in: tx)
        guard try insertReport(isLinked: target != nil, in: tx) else { return try known(in: tx) }
        try mailbox?.insert(for: id, in: tx)
        for file in files { try file.insert(for: id.text, .report, in: tx) }
        let why = target == nil ? Why.json(.first) : existing != nil ? Why.json(.reporter) : why(placement)
        let home = try target.map { try join($0, by: placement, in: tx) } ?? open(in: tx)
        try tx.run(Self.link(home.incident.value, id.value, tx.now.value, why.value))
        if home.isNew { try Incident.suggest(placement, for: home.incident, in: tx) }
        if let joining {
            try Report.answered(joining, in: tx)
            if held != nil, existing == nil { try bring(joining, to: home.incident, in: tx) }
        }
        let (kind, foundBy) = home.isNew ? ("incident.opened", nil) : ("incident.grew", id.text)
        try tx.record(kind, subject: home.incident.text, foundBy: foundBy, content)
        return Intake.Receipt(
            code: reply,
            report: id,
            zone: checked.located.zone,
            alreadyKnown: false,
            isChanged: false
        )
    }

    /// Nothing was inserted: this sending was stored already, and gets the receipt of the first time.
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
    private func attachable(_ placement: Placement, in tx: Transaction) throws -> IncidentTally? {
        guard case .attach(let text, let score) = placement, let ref = Ref<Incident>(text),
            let incident = try IncidentTally.present(ref, in: tx)
        else { return nil }
        guard incident.takes(seenAt: checked.content.seenAt) else { return nil }
        // What is at a place when the answer was "nothing", or "something else", may be the real thing: only what says the
        // same gets that answer.
        return incident.truth.isDispelled && !score.saysTheSame ? nil : incident
    }

    /// Whether what somebody adds to their report belongs to the incident that has it. Where the answer was that nothing is
    /// there, or that it is over, whoever writes again may see the real thing: it is placed like any report, and somebody
    /// looks. Thanks, and "nothing here any more", are no news.
    private func goesOn(with incident: IncidentTally) -> Bool {
        if account.denies || checked.content.words.map(AccountReading.isThanks) ?? false { return true }
        return !incident.truth.isDispelled && incident.takes(seenAt: checked.content.seenAt)
    }

    /// The report that this one adds to is about this incident too: its code answers for both, and it is kept as long as one
    /// of them gives a reason.
    private func bring(_ first: Ref<Report>, to incident: Ref<Incident>, in tx: Transaction) throws {
        let linked = try tx.run(
            """
            INSERT INTO incident_reports (incident, report, linked_at, linked_by, why)
            VALUES (\(incident), \(first), \(tx.now), NULL, \(Why.json(.reporter))) ON CONFLICT (incident, report) DO NOTHING
            """
        )
        guard linked == 1 else { return }
        try tx.run("UPDATE incidents SET reports = reports + 1 WHERE id = \(incident)")
        try tx.record(Event("incident.linked", subject: incident.text, data: ["report": first.text]))
    }

    private func why(_ placement: Placement) -> String {
        guard case .attach(_, let score) = placement else { return Why.json(.first) }
        return Why.json(score)
    }

    /// False when there is one of this sending. Throws `StaleKey` when the team has another epoch than this was sealed for.
    private func insertReport(isLinked: Bool, in tx: Transaction) throws -> Bool {
        let filing = checked.filing
        let lane: Lane = isLinked ? .linked : filing.isOverflow ? .overflow : .normal
        let state: ReportState = isLinked ? .linked : .received
        let insertion = Self.insertion(
            id.value,
            identity.lookup.value,
            identity.body.value,
            team.team.value,
            team.epoch.value,
            sealed.value,
            checked.kind.value,
            filing.channel.value,
            lane.value,
            filing.language.value,
            checked.located.zone.value,
            state.value,
            files.count.value,
            filing.isExercise.value,
            tx.now.value,
            joining.value
        )
        do { return try tx.run(insertion) == 1 } catch DatabaseFailure.null { throw StaleKey() }
    }

    private func open(in tx: Transaction) throws -> Home {
        let incident = Ref<Incident>.new(at: tx.now)
        let seen = Incident.coarse(checked.content.seenAt)
        // Who adds to a report without a word of where is where they were.
        let zone =
            try checked.located.zone
            ?? joining.flatMap { first in
                try tx.rows("SELECT zone FROM reports WHERE id = \(first)").first?["zone"]
            }
        let opening = Self.opening(
            incident.value,
            team.team.value,
            checked.kind.value,
            zone.value,
            IncidentState.unverified.value,
            Truth.unknown.value,
            checked.level.value,
            seen.value,
            tx.now.value,
            checked.filing.isExercise.value,
            accounts.add(account, to: incident.text).accord.value
        )
        try tx.run(opening)
        index.add(traits, to: incident.text)
        return Home(incident: incident, isNew: true)
    }

    private func join(_ incident: IncidentTally, by placement: Placement, in tx: Transaction) throws -> Home {
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
        let (known, reports) = accounts.add(account, to: incident.id.text)
        // Who is not known here was counted before a restart, or on another node.
        let accord = reports > incident.reports ? known : known.union(incident.accord)
        let supported: EvidenceLevel = independent >= 2 && accord.isSupport ? .supported : .single
        // What people found stands: the ladder climbs by itself only until somebody answered.
        let level = incident.truth == .unknown ? max(incident.level, checked.level, supported) : incident.level
        // What everybody was told stays as it is: a further report doesn't show.
        let isPublic = incident.truth != .unknown
        let zone = isPublic ? nil : checked.located.zone
        let growth = Self.growth(
            independent.value,
            level.value,
            tx.now.value,
            zone.value,
            accord.value,
            incident.id.value
        )
        try tx.run(growth)
        let seen = Incident.coarse(checked.content.seenAt)
        // Said only where it is so: what names it is written anew in the index that is ordered by it.
        if !isPublic, seen < incident.firstSeenAt { try tx.run(Self.earlier(seen.value, incident.id.value)) }
        return Home(incident: incident.id, isNew: false)
    }

    // MARK: What every report runs

    /// The key's epoch is looked at in the same step: no team, no report. One row of values, since SQLite keeps a copy of every
    /// page that `INSERT … SELECT` changes, in case it has to take back a part of the statement.
    private static let insertion = SQL.Fixed(
        """
        INSERT INTO reports (id, code_lookup, submission_body, team, sealed, kind, channel, lane, language, zone, state,
            photos, exercise, received_at, adds_to)
        VALUES (?, ?, ?, (SELECT id FROM teams WHERE id = ? AND epoch = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (code_lookup) DO NOTHING
        """
    )
    private static let opening = SQL.Fixed(
        """
        INSERT INTO incidents (id, team, kind, zone, state, truth, level, reports, independent, first_seen_at,
            last_report_at, exercise, accord)
        VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, ?, ?, ?, ?)
        """
    )
    private static let growth = SQL.Fixed(
        """
        UPDATE incidents SET reports = reports + 1, independent = ?, level = ?, last_report_at = ?,
            zone = coalesce(zone, ?), accord = ?, version = version + 1
        WHERE id = ?
        """
    )
    private static let earlier = SQL.Fixed("UPDATE incidents SET first_seen_at = ? WHERE id = ?")
    private static let link = SQL.Fixed(
        "INSERT INTO incident_reports (incident, report, linked_at, linked_by, why) VALUES (?, ?, ?, NULL, ?)"
    )
}

/// What of an incident decides whether a report joins it, and what the report then changes.
struct IncidentTally: Readable {
    let id: Ref<Incident>
    let state: IncidentState
    let truth: Truth
    let isOver: Bool
    let level: EvidenceLevel
    let reports: Int
    let independent: Int
    let accord: Accord
    let firstSeenAt: Instant
    let answeredAt: Instant?
    private let mergedInto: Ref<Incident>?

    init(row: Row) throws {
        id = try row["id"]
        state = try row["state"]
        truth = try row["truth"]
        isOver = try row["is_over"]
        level = try row["level"]
        reports = try row["reports"]
        independent = try row["independent"]
        accord = try row["accord"]
        firstSeenAt = try row["first_seen_at"]
        answeredAt = try row["answered_at"]
        mergedInto = try row["merged_into"]
    }

    /// As `Incident.present`.
    static func present(_ id: Ref<Incident>, in tx: Transaction) throws -> IncidentTally? {
        try Incident.following(id) {
            try tx.first(IncidentTally.self, one($0.value))
        } next: {
            $0.mergedInto
        }
    }

    /// As `Incident.holding`.
    static func holding(_ report: Ref<Report>, in tx: Transaction) throws -> IncidentTally? {
        try Incident.holding(report, in: tx).flatMap { try tx.first(IncidentTally.self, one($0.id.value)) }
    }

    private static let one = SQL.Fixed(
        """
        SELECT id, state, truth, is_over, level, reports, independent, accord, first_seen_at, answered_at, merged_into
        FROM incidents WHERE id = ?
        """
    )

    /// Whether a report of what was seen at `moment` belongs here by itself. An answer holds for what was seen before it,
    /// and a few minutes on while people still look at the same thing; what is seen later may be new, and must be
    /// looked at: it opens an incident of its own with this one suggested beside it.
    func takes(seenAt moment: Instant) -> Bool {
        guard takesReports else { return false }
        guard let answeredAt, truth != .confirmed else { return true }
        return moment <= (state == .closed ? answeredAt : answeredAt + .minutes(10))
    }

    /// Whether a report that fits belongs here by itself. A false alarm that goes on being told is answered at once;
    /// something confirmed that is over may be happening again.
    private var takesReports: Bool {
        switch (state, truth) {
        case (.unverified, _), (.verifying, _): true
        case (.answered, .confirmed): !isOver
        case (.answered, _): true
        case (.closed, .notEnforcement), (.closed, .unfounded): true
        case (.closed, _): false
        }
    }
}
