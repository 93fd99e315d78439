// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// Something that happens somewhere, as told by one or many reports. What is being done about it (`state`) and what
/// is so (`truth`) are two things.
package struct Incident: Readable {
    package let id: Ref<Incident>
    /// The team it belongs to, whose key opens it.
    package let team: Ref<Team>
    package let kind: ReportKind
    /// The id of a place, never finer than a neighborhood.
    package let zone: String?
    package let state: IncidentState
    package let truth: Truth
    /// It was confirmed, and is over.
    package let isOver: Bool
    package let level: EvidenceLevel
    /// What it was, for neighbors to read.
    package let explanation: Explanation?
    /// How many reports it has, and how many of them are separate witnesses.
    package let reports: Int
    package let independent: Int
    /// To five minutes: the exact time is sealed with the report.
    package let firstSeenAt: Instant
    package let lastReportAt: Instant
    package let answeredAt: Instant?
    package let reviewAt: Instant?
    package let expiresAt: Instant?
    package let closedAt: Instant?
    package let mergedInto: Ref<Incident>?
    package let isExercise: Bool
    /// Grows with every step that a person takes, with every report that joins, and with what those who are sent do: what
    /// `expecting` is compared with, as far as a step rests on it (`Footing`).
    package let version: Int
    /// The team's own words for it, and the exact place when staff opened it.
    package let sealed: Sealed<IncidentWords>?

    package init(row: Row) throws {
        id = try row["id"]
        team = try row["team"]
        kind = try row["kind"]
        zone = try row["zone"]
        state = try row["state"]
        truth = try row["truth"]
        isOver = try row["is_over"]
        level = try row["level"]
        explanation = try (row["explanation"] as String?).map(Explanation.init(json:))
        reports = try row["reports"]
        independent = try row["independent"]
        firstSeenAt = try row["first_seen_at"]
        lastReportAt = try row["last_report_at"]
        answeredAt = try row["answered_at"]
        reviewAt = try row["review_at"]
        expiresAt = try row["expires_at"]
        closedAt = try row["closed_at"]
        mergedInto = try row["merged_into"]
        isExercise = try row["exercise"]
        version = try row["version"]
        sealed = try row["sealed"]
    }

    /// A staff member saw or heard of something that nobody reported.
    package static func open(
        kind: ReportKind,
        title: String?,
        whereabouts: Whereabouts,
        isExercise: Bool = false,
        by caller: Caller,
        places: Places,
        in tx: Transaction
    ) throws -> Ref<Incident> {
        try caller.require(.triage)
        let words = try IncidentWords.checked(title: title, whereabouts, in: places)
        let zone = whereabouts.located(in: places, orIn: title).zone
        let team = try Team.current(purpose: Report.team, in: tx)
        let id = Ref<Incident>.new(at: tx.now)
        let sealed = try Sealed.seal(
            words,
            kind: IncidentWords.kind,
            record: id.text,
            to: [team],
            shred: tx.shredKey()
        )
        try tx.run(
            """
            INSERT INTO incidents (id, team, kind, zone, state, truth, first_seen_at, last_report_at, exercise, sealed)
            VALUES (\(id), \(team.team), \(kind), \(zone), \(IncidentState.unverified), \(Truth.unknown),
                \(coarse(tx.now)), \(tx.now), \(isExercise), \(sealed))
            """
        )
        try record("opened", id, by: caller, ["kind": kind.rawValue, "zone": zone ?? ""], in: tx)
        return id
    }

    /// Gives it a name that colleagues understand at once; sealed, since it may say where.
    package static func retitle(
        _ id: Ref<Incident>,
        to title: String,
        expecting version: Int? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.triage)
        let incident = try find(id, by: caller, in: tx)
        var check = FieldCheck()
        let title = check.text(title, "title", limit: IncidentWords.longestTitle)
        if let title { ReportFiling.flagNeverKept(title, "title", &check) }
        try check.settle()
        let before = try incident.sealed.map { sealed in
            try Opening.open { keyring in
                try sealed.open(kind: IncidentWords.kind, record: id.text, with: keyring)
            } by: {
                try caller.unlockedKeyring()
            }
        }
        let words = IncidentWords(title: title, whereabouts: before?.whereabouts ?? Whereabouts())
        let team = try Team.current(incident.team, in: tx)
        let sealed = try Sealed.seal(
            words,
            kind: IncidentWords.kind,
            record: id.text,
            to: [team],
            shred: tx.shredKey()
        )
        try ShredDue.add([incident.sealed?.slot], in: tx)
        try step(incident, expecting: version, "sealed = \(sealed)", "merged_into IS NULL", in: tx)
        try record("retitled", id, by: caller, in: tx)
    }

    /// Somebody takes it in hand.
    package static func startVerifying(
        _ id: Ref<Incident>,
        expecting version: Int? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.triage)
        let incident = try find(id, by: caller, in: tx)
        try step(incident, expecting: version, "state = 'verifying'", "state = 'unverified'", in: tx)
        try Report.triageAll(of: id, in: tx)
        try record("verifying", id, by: caller, in: tx)
    }

    /// Back to the list: nobody has it in hand after all.
    package static func stopVerifying(
        _ id: Ref<Incident>,
        expecting version: Int? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.triage)
        let incident = try find(id, by: caller, in: tx)
        try step(incident, expecting: version, "state = 'unverified'", "state = 'verifying'", in: tx)
        try record("waiting", id, by: caller, in: tx)
    }
}

/// What of an incident is sealed: the team's own words for it.
package struct IncidentWords: Sendable, Hashable, Codable {
    package let title: String?
    package let whereabouts: Whereabouts

    static let kind = "incident"
    package static let longestTitle = 120

    static func checked(title: String?, _ whereabouts: Whereabouts, in places: Places) throws -> IncidentWords {
        var check = FieldCheck()
        let title = check.text(title, "title", limit: longestTitle)
        let text = check.text(whereabouts.text, "where", limit: Whereabouts.limit)
        if let title { ReportFiling.flagNeverKept(title, "title", &check) }
        if let text { ReportFiling.flagNeverKept(text, "where", &check) }
        let place = whereabouts.place.flatMap(places.place)?.id
        if title == nil, text == nil, place == nil, whereabouts.point == nil {
            check.flag("where", "response.no_place|Say where. A crossing or a neighborhood is enough.")
        }
        try check.settle()
        return IncidentWords(
            title: title,
            whereabouts: Whereabouts(text: text, place: place, point: whereabouts.point)
        )
    }
}
