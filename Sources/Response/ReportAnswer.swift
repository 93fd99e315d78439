// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// What a reporter sees who comes back with their code: what we found, and never their own words. Whoever finds the
/// code on a table learns nothing that the street doesn't know.
package struct ReportAnswer: Sendable, Hashable {
    package enum Answer: Sendable, Hashable {
        case checking
        case confirmed(isOver: Bool)
        case notEnforcement
        case unfounded
        case unable
        case needsMore(ReportQuestion)
        /// We don't follow it any further.
        case closed

        /// The same in the API.
        package var name: String {
            switch self {
            case .checking: "checking"
            case .confirmed(isOver: false): "confirmed"
            case .confirmed(isOver: true): "confirmed_over"
            case .notEnforcement: "not_enforcement"
            case .unfounded: "unfounded"
            case .unable: "unable"
            case .needsMore: "needs_more"
            case .closed: "closed"
            }
        }

        package var label: Phrase {
            switch self {
            case .checking: "response.answer_checking|We are checking. Come back in a few minutes."
            case .confirmed(isOver: false): "response.answer_confirmed|It is true. We checked it."
            case .confirmed(isOver: true): "response.answer_over|It was true. It is over now."
            case .notEnforcement: "response.answer_not_enforcement|It is not immigration enforcement."
            case .unfounded: "response.answer_unfounded|We checked. We found nothing there."
            case .unable: "response.answer_unable|We could not check it. We don't know if it is true."
            case .needsMore: "response.answer_needs_more|We need to know more. Please add it below."
            case .closed: "response.answer_closed|We closed this report."
            }
        }
    }

    package let state: ReportState
    package let kind: ReportKind
    package let zone: String?
    package let receivedAt: Instant
    package let answer: Answer
    /// What it was, when somebody wrote it down.
    package let explanation: Explanation?
    package let level: EvidenceLevel?
    /// How we know; nil as long as nobody answered.
    package let how: How?
    /// When the answer last changed.
    package let updatedAt: Instant
    package let isExercise: Bool
    /// What else the report speaks of, each with an answer of its own.
    package let also: [Also]

    package struct Also: Sendable, Hashable {
        package let kind: ReportKind
        /// Nil as long as nobody answered: where something is checked is not for everybody.
        package let zone: String?
        package let answer: Answer
        package let explanation: Explanation?
        package let updatedAt: Instant
    }
}

extension Report {
    /// Nil for a code that we don't know, or whose report is deleted by now.
    package static func lookup(_ code: ReporterCode, in tx: Transaction) throws -> ReportAnswer? {
        guard let report = try find(code, in: tx) else { return nil }
        // What was confirmed speaks before what is still open, and that before a false alarm: nobody is told that nothing
        // is there while one place is not checked. The newest before the older.
        let incidents = try tx.all(
            Incident.self,
            """
            SELECT i.* FROM incidents i JOIN incident_reports l ON l.incident = i.id
            WHERE l.report = \(report.id)
            ORDER BY CASE WHEN i.truth = 'confirmed' THEN 0 WHEN i.truth <> 'unknown' THEN 2 WHEN i.state = 'closed' THEN 3
                ELSE 1 END, i.first_seen_at DESC, i.id
            LIMIT 8
            """
        )
        let how = try incidents.first.flatMap { try $0.how(in: tx) }
        return ReportAnswer(report, incidents, how: how, turned: try ReportAnswer.turned(incidents, in: tx))
    }
}

extension ReportAnswer {
    /// `turned`: when each last was over, or went on after all.
    init(_ report: Report, _ incidents: [Incident], how: How?, turned: [String: Instant]) {
        let incident = incidents.first
        state = report.state
        // With several, each answer says of what and where it is.
        let own = incidents.count > 1 ? incident.flatMap { $0.truth == .unknown ? nil : $0 } : nil
        kind = own?.kind ?? report.kind
        zone = own.map(\.zone) ?? report.zone
        receivedAt = report.receivedAt
        isExercise = report.isExercise
        answer = Self.answer(report, incident)
        explanation = incident?.explanation
        level = incident.flatMap { $0.truth == .unknown ? nil : $0.level }
        self.how = report.state == .spam ? nil : how
        updatedAt = Self.updated(report, incident, turned)
        also =
            report.state == .spam
            ? []
            : incidents.dropFirst().map { other in
                let isKnown = other.truth != .unknown
                return Also(
                    kind: isKnown ? other.kind : report.kind,
                    zone: isKnown ? other.zone : nil,
                    answer: Self.answer(report, other),
                    explanation: other.explanation,
                    updatedAt: Self.updated(report, other, turned)
                )
            }
    }

    private static func updated(_ report: Report, _ incident: Incident?, _ turned: [String: Instant]) -> Instant {
        let times = [incident?.answeredAt, incident.flatMap { turned[$0.id.text] }, incident?.closedAt]
        return times.compactMap(\.self).reduce(report.receivedAt, max)
    }

    fileprivate static func turned(_ incidents: [Incident], in tx: Transaction) throws -> [String: Instant] {
        try tx.rows(
            """
            SELECT subject, max(at) AS at FROM events WHERE found_by IS NULL AND subject IN \(list: incidents.map(\.id))
                AND (kind IN ('incident.over', 'incident.allclear')
                    OR (kind = 'incident.reviewed' AND data LIKE '%"resumed"%'))
            GROUP BY subject
            """
        ).reduce(into: [:]) { turned, row in turned[try row["subject"]] = try row["at"] }
    }

    private static func answer(_ report: Report, _ incident: Incident?) -> Answer {
        if report.state == .spam { return .closed }
        if let question = report.question, report.state == .needsMore, incident?.truth ?? .unknown == .unknown {
            return .needsMore(question)
        }
        guard let incident else { return .checking }
        return switch incident.truth {
        case .unknown: incident.state == .closed ? .closed : .checking
        case .confirmed: .confirmed(isOver: incident.isOver)
        case .notEnforcement: .notEnforcement
        case .unfounded: .unfounded
        case .unable: .unable
        }
    }
}

extension Incident {
    /// How its answer is known: as whoever said so last.
    fileprivate func how(in tx: Transaction) throws -> How? {
        try tx.one(
            How.self,
            """
            SELECT how FROM verifications WHERE incident = \(id) AND truth = \(truth) ORDER BY at DESC, id DESC LIMIT 1
            """
        )
    }
}
