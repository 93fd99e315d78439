// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Vault

/// Everything about one incident that the caller may see, its sealed parts opened where their keys allow.
package struct IncidentDetail: Sendable {
    package let card: Board.Card
    package let words: Opened<IncidentWords>?
    /// The newest hundred, oldest first.
    package let reports: [ReportEntry]
    /// How many older ones are not shown.
    package let olderReports: Int
    package let suggestions: [SuggestionEntry]
    package let verifications: [VerificationEntry]
    package let dispatches: [Dispatch]
    /// Where those who are asked or going now meet; nil when nobody said so.
    package let meetsAt: Opened<Dispatch.Meeting>?
    /// Who goes when something of its kind is reported.
    package let runCard: RunCard
    package let assignments: [Assignment]
    package let observations: [ObservationEntry]
    package let afterAction: AfterAction?
    /// When it is talked over.
    package let meeting: DebriefMeeting?
    /// Kept for a court, past its time.
    package let hold: LegalHold?
    /// The newest five hundred, or as many as were asked for, oldest first.
    package let timeline: [Event]
    /// How many older ones are not among them.
    package let olderLines: Int
    /// The caller is an attorney who was paged, and it stands: what they answered, if they did.
    package let page: Message?
    /// For every person who appears above.
    package let handles: [Ref<Person>: String]
    /// The best known place, from the parts that could be opened: for choosing who is near, and for the team's eyes.
    package let point: Point?

    /// Somebody is still asked, going or there.
    package var isAnybodySent: Bool {
        dispatches.contains { $0.state == .asking } || assignments.contains { $0.state.isActive }
    }

    /// People are asked for, or enough said yes, and still go or went.
    package var isAsking: Bool {
        dispatches.contains { dispatch in
            let yes = assignments.count { $0.dispatch == dispatch.id && $0.state.saidYes }
            return dispatch.state == .asking || dispatch.state == .filled && yes >= dispatch.wanted
        }
    }

    /// Whether the point is between several.
    package var isPointMiddle: Bool {
        words?.content?.whereabouts.point == nil
            && Set(reports.compactMap { $0.words.content?.whereabouts.point?.shown }).count > 1
    }

    /// Where the corner is that was named, if nobody's phone said where and everybody who names a corner names this one.
    package func corner(in places: Places) -> Point? {
        point == nil ? Self.corner(words?.content, reports, in: places) : nil
    }

    package struct ReportEntry: Sendable {
        package let report: Report
        package let words: Opened<ReportWords>
        package let files: [EvidenceFile]
        /// Nil when nobody can be written to, or the caller may not.
        package let thread: MailboxThread?
        package let why: Why
        package let linkedBy: Ref<Person>?
        /// The other incidents that it speaks of.
        package let others: [Other]

        /// What is said of why it is here. What a merge brought says how it fits those it came with, and that somebody
        /// moved it; that it came first holds no more.
        package var reasons: [Phrase] {
            guard linkedBy != nil, why.by != .person else { return why.words }
            return (why.by == .first ? [] : why.words) + Why(.person).words
        }
    }

    /// Another incident of the same report.
    package struct Other: Sendable {
        package let id: Ref<Incident>
        package let kind: ReportKind
        package let zone: String?
    }

    /// Another incident that may be the same.
    package struct SuggestionEntry: Sendable {
        package let card: Board.Card
        package let score: Double
        package let why: Why
    }

    package struct VerificationEntry: Sendable {
        package let verification: Verification
        package let note: Opened<String>?
        /// Whether the signature fits the person's key.
        package let isSigned: Bool
    }

    package struct ObservationEntry: Sendable {
        package let observation: Observation
        package let words: Opened<ObservationWords>
        package let files: [EvidenceFile]
    }

    /// Throws `.notFound` for who may not see it. Opening costs about half a millisecond for each report, outside the
    /// writer's way. `lines`: of the timeline; `before`: only what is older than this event.
    package static func load(
        _ id: Ref<Incident>,
        lines: Int = 500,
        before: Int? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws -> IncidentDetail {
        let incident = try Incident.find(id, by: caller, in: tx)
        guard let card = try Board.card(id, in: tx) else { throw Refusal.notFound }
        let reports = try reports(of: id, by: caller, in: tx)
        let observations = try observations(of: id, by: caller, in: tx)
        let verifications = try verifications(of: id, by: caller, in: tx)
        let assignments = try Assignment.all(of: id, in: tx)
        let timeline = try timeline(of: id, lines: lines, before: before, in: tx)
        let older =
            try timeline.count < lines
            ? nil
            : timeline.first.map { first in
                try tx.count("SELECT count(*) \(IncidentEvents.of(id, in: tx)) AND id < \(first.id)")
            }
        let words = incident.sealed.map { Opening.look($0, kind: IncidentWords.kind, record: id.text, by: caller) }
        let meeting = try DebriefMeeting.find(id, in: tx)
        let named = timeline.flatMap {
            [$0.actor, $0.data["person"], $0.data["former"]].compactMap { $0.flatMap(Ref<Person>.init) }
        }
        let people = Set(named)
            .union(assignments.map(\.person)).union(assignments.compactMap(\.seeker))
            .union(verifications.map(\.verification.person))
            .union(observations.map(\.observation.person)).union(reports.compactMap(\.linkedBy))
            .union(meeting?.guests.keys.map(\.self) ?? [])
        return IncidentDetail(
            card: card,
            words: words,
            reports: reports,
            olderReports: max(0, card.reports - reports.count),
            suggestions: try suggestions(for: id, in: tx),
            verifications: verifications,
            dispatches: try Dispatch.all(of: id, in: tx),
            meetsAt: try Dispatch.meeting(of: id, by: caller, in: tx),
            runCard: try RunCard.find(card.kind, in: tx),
            assignments: assignments,
            observations: observations,
            afterAction: try AfterAction.find(id, by: caller, in: tx),
            meeting: meeting,
            hold: try LegalHold.standing(on: id, in: tx),
            timeline: timeline,
            olderLines: older ?? 0,
            page: try AttorneyOnCall.page(of: id, for: caller, in: tx),
            handles: try Person.handles(of: people.sorted { $0.text < $1.text }, in: tx),
            point: words?.content?.whereabouts.point ?? middle(reports)
        )
    }

    /// Of the incident and of those that were merged into it, oldest first: the newest, or those before an event.
    package static func timeline(
        of id: Ref<Incident>,
        lines: Int = 500,
        before: Int? = nil,
        in tx: Transaction
    ) throws -> [Event] {
        let older: SQL = before.map { "AND id < \($0)" } ?? ""
        return try tx.all(
            Event.self,
            "SELECT * \(IncidentEvents.of(id, in: tx)) \(older) ORDER BY id DESC LIMIT \(lines)"
        ).reversed()
    }

    /// What is in a form when somebody dispatches: the exact place, if they can open it, or the corner that was named.
    package static func point(
        of id: Ref<Incident>,
        by caller: Caller,
        places: Places,
        in tx: Transaction
    ) throws -> Point? {
        let incident = try Incident.find(id, by: caller, in: tx)
        let words = incident.sealed.map { Opening.look($0, kind: IncidentWords.kind, record: id.text, by: caller) }
        let reports = try reports(of: id, by: caller, in: tx)
        return words?.content?.whereabouts.point ?? middle(reports)
            ?? corner(words?.content, reports, in: places)
    }

    private static func reports(of id: Ref<Incident>, by caller: Caller, in tx: Transaction) throws -> [ReportEntry] {
        let reports = try Report.newest(of: id, limit: 100, in: tx)
        let files = try EvidenceFile.of(reports.filter { $0.photos > 0 }.map(\.id.text), in: tx)
        let links = try tx.rows(
            """
            SELECT report, why, linked_by FROM incident_reports
            WHERE incident = \(id) AND report IN \(list: reports.map(\.id))
            """
        )
        let others = try tx.rows(
            """
            SELECT l.report, i.id, i.kind, i.zone FROM incident_reports l JOIN incidents i ON i.id = l.incident
            WHERE l.incident <> \(id) AND l.report IN \(list: reports.map(\.id)) ORDER BY l.linked_at, i.id
            """
        )
        let also = try others.reduce(into: [Ref<Report>: [Other]]()) { all, row in
            all[try row["report"], default: []].append(
                Other(id: try row["id"], kind: try row["kind"], zone: try row["zone"])
            )
        }
        let threads = try Mailbox.threads(of: reports.map(\.id), by: caller, in: tx)
        let link = try links.reduce(into: [:]) { all, row in all[try row["report"] as Ref<Report>] = row }
        return try reports.map { report in
            ReportEntry(
                report: report,
                words: Opening.look(report.sealed, kind: ReportWords.kind, record: report.id.text, by: caller),
                files: files[report.id.text] ?? [],
                thread: threads[report.id],
                why: try link[report.id].map { try Why(json: $0["why"]) } ?? Why(.person),
                linkedBy: try link[report.id].flatMap { try $0["linked_by"] },
                others: also[report.id] ?? []
            )
        }
    }

    private static func suggestions(for id: Ref<Incident>, in tx: Transaction) throws -> [SuggestionEntry] {
        let rows = try tx.rows(
            """
            SELECT CASE WHEN s.incident = \(id) THEN s.other ELSE s.incident END AS other, s.score, s.why
            FROM suggestions s WHERE (s.incident = \(id) OR s.other = \(id)) AND s.dismissed_by IS NULL
            ORDER BY s.score DESC, s.incident, s.other LIMIT 10
            """
        )
        return try rows.compactMap { row in
            guard let card = try Board.card(try row["other"], in: tx), card.mergedInto == nil else { return nil }
            return SuggestionEntry(card: card, score: try row["score"], why: try Why(json: row["why"]))
        }
    }

    private static func verifications(
        of id: Ref<Incident>,
        by caller: Caller,
        in tx: Transaction
    ) throws -> [VerificationEntry] {
        try Verification.all(of: id, in: tx).map { entry in
            let key = try Person.find(entry.person, in: tx)?.signingKey
            return VerificationEntry(
                verification: entry,
                note: entry.note(by: caller),
                isSigned: key.map(entry.isSigned(by:)) ?? false
            )
        }
    }

    private static func observations(
        of id: Ref<Incident>,
        by caller: Caller,
        in tx: Transaction
    ) throws -> [ObservationEntry] {
        let observations = try Observation.all(of: id, in: tx)
        let files = try EvidenceFile.of(observations.filter { $0.photos > 0 }.map(\.id.text), in: tx)
        return observations.map { observation in
            ObservationEntry(
                observation: observation,
                words: observation.look(by: caller),
                files: files[observation.id.text] ?? []
            )
        }
    }

    /// The middle of the exact places that were reported.
    private static func middle(_ reports: [ReportEntry]) -> Point? {
        let points = reports.compactMap { $0.words.content?.whereabouts.point }
        guard !points.isEmpty else { return nil }
        let count = Double(points.count)
        return Point(
            latitude: points.reduce(0) { $0 + $1.latitude } / count,
            longitude: points.reduce(0) { $0 + $1.longitude } / count
        )
    }

    private static func corner(_ words: IncidentWords?, _ reports: [ReportEntry], in places: Places) -> Point? {
        let named = words?.whereabouts.located(in: places, orIn: words?.title)
        let told = reports.prefix(lookedAtForCorner).compactMap { $0.words.content }
            .map { $0.whereabouts.located(in: places, orIn: $0.words) }
        let corners = ([named].compactMap(\.self) + told).filter { $0.crossing?.isWhere ?? false }.compactMap(\.point)
        guard let first = corners.first, corners.allSatisfy({ first.distance(to: $0) <= CrossingMark.tolerance }) else {
            return nil
        }
        return first
    }

    /// The newest: a page of an incident with a hundred reports looks for places in no more texts than these, a tenth of a
    /// millisecond each.
    private static let lookedAtForCorner = 10
}
