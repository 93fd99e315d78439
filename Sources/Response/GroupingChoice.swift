// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// One report looks at incidents one after the other, and then goes somewhere. Most fall through: numbers first, words
/// about them only for the few that are shown.
struct GroupingChoice {
    private let report: ReportTraits
    private let settings: GroupingSettings
    private var likely: [Candidate] = []

    init(_ report: ReportTraits, _ settings: GroupingSettings) { (self.report, self.settings) = (report, settings) }

    private struct Candidate {
        let incident: String
        let reports: Int
        let center: Point?
        /// Metres.
        let uncertainty: Double
        let evidence: GroupingEvidence

        /// The likelier; equal totals: the same answer every time.
        func goesBefore(_ other: Candidate) -> Bool {
            evidence.total != other.evidence.total
                ? evidence.total > other.evidence.total : incident < other.incident
        }

        /// They stand where nobody could tell them apart.
        func mayBePiece(of other: Candidate, _ settings: GroupingSettings) -> Bool {
            guard let center, let theirs = other.center else { return true }
            let tolerance = min(uncertainty + other.uncertainty, settings.mostUncertainty)
            return center.distance(to: theirs) <= tolerance + settings.halfMetres
        }
    }

    mutating func look(at incident: IncidentTraits) {
        guard let evidence = GroupingEvidence(report, incident, settings), evidence.total >= settings.suggest else {
            return
        }
        likely.append(
            Candidate(
                incident: incident.id,
                reports: incident.reports.count,
                center: incident.center,
                uncertainty: incident.uncertainty,
                evidence: evidence
            )
        )
    }

    var placement: Placement {
        guard !likely.isEmpty else { return .alone }
        if let own { return .attach(incident: likely[own].incident, Score(likely[own].evidence, settings)) }
        // Their places are sorted, not they themselves: each is three hundred bytes.
        let first = likely.indices.sorted { likely[$0].goesBefore(likely[$1]) }.prefix(settings.mostSuggestions)
        return .suggest(
            first.map { index in
                let one = likely[index]
                return Suggestion(incident: one.incident, reports: one.reports, score: Score(one.evidence, settings))
            }
        )
    }

    /// Which of them takes the report by itself.
    private var own: Int? {
        let attachable = likely.indices.filter {
            likely[$0].evidence.total >= settings.attach && likely[$0].evidence.mayAttach
        }
        // What stands at the very place goes before what is only in the neighborhood.
        let exact = attachable.filter { likely[$0].evidence.certainty == .exact }
        let (these, lead) = exact.isEmpty ? (attachable, settings.clearLead) : (exact, settings.pieceLead)
        guard let first = these.min(by: { likely[$0].goesBefore(likely[$1]) }) else { return nil }
        let total = likely[first].evidence.total
        let rivals = these.filter { total - likely[$0].evidence.total < lead }
        // Somewhere in the neighborhood, and two incidents in different places there fit about as well: a person decides.
        if exact.isEmpty, rivals.contains(where: { !likely[$0].mayBePiece(of: likely[first], settings) }) { return nil }
        return rivals.max { left, right in
            let (left, right) = (likely[left], likely[right])
            return left.reports != right.reports ? left.reports < right.reports : right.goesBefore(left)
        }
    }
}
