// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Which incident does a report belong to? A pure function from values to values: near in space, time, words, kind
/// and picture, each part explained, with two thresholds. Above the lower one the incident is suggested to a person;
/// only above the higher one is the report attached by itself.
package enum Grouping {
    /// How alike a report and an incident are, or nil when the incident is not even a candidate: too far, or too
    /// long before or after. Parts that say nothing (no words, no picture) have no weight.
    package static func score(
        _ report: ReportTraits,
        against incident: IncidentTraits,
        _ settings: GroupingSettings = .standard
    ) -> Score? {
        GroupingEvidence(report, incident, settings).map { Score($0, settings) }
    }

    /// Where the report goes among incidents that may be its own. Candidates out of reach are skipped.
    package static func place(
        _ report: ReportTraits,
        among candidates: some Sequence<IncidentTraits>,
        _ settings: GroupingSettings = .standard
    ) -> Placement {
        // Most candidates fall through: numbers first, words about them only for the few that are shown.
        var likely: [Candidate] = []
        for incident in candidates {
            guard let evidence = GroupingEvidence(report, incident, settings), evidence.total >= settings.suggest else {
                continue
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
        // Equal totals: the same answer every time.
        likely.sort {
            $0.evidence.total != $1.evidence.total ? $0.evidence.total > $1.evidence.total : $0.incident < $1.incident
        }
        guard !likely.isEmpty else { return .alone }
        if let own = own(among: likely, settings) {
            return .attach(incident: own.incident, Score(own.evidence, settings))
        }
        return .suggest(
            likely.prefix(settings.mostSuggestions).map {
                Suggestion(incident: $0.incident, reports: $0.reports, score: Score($0.evidence, settings))
            }
        )
    }

    private struct Candidate {
        let incident: String
        let reports: Int
        let center: Point?
        /// Metres.
        let uncertainty: Double
        let evidence: GroupingEvidence

        /// They stand where nobody could tell them apart.
        func mayBePiece(of other: Candidate, _ settings: GroupingSettings) -> Bool {
            guard let center, let theirs = other.center else { return true }
            let tolerance = min(uncertainty + other.uncertainty, settings.mostUncertainty)
            return center.distance(to: theirs) <= tolerance + settings.halfMetres
        }
    }

    private static func own(among likely: [Candidate], _ settings: GroupingSettings) -> Candidate? {
        let attachable = likely.filter { $0.evidence.total >= settings.attach && $0.evidence.mayAttach }
        // What stands at the very place goes before what is only in the neighborhood.
        let exact = attachable.filter { $0.evidence.certainty == .exact }
        guard let first = exact.first ?? attachable.first else { return nil }
        let (these, lead) = exact.isEmpty ? (attachable, settings.clearLead) : (exact, settings.pieceLead)
        let rivals = these.filter { first.evidence.total - $0.evidence.total < lead }
        // Somewhere in the neighborhood, and two incidents in different places there fit about as well: a person decides.
        if exact.isEmpty, rivals.contains(where: { !$0.mayBePiece(of: first, settings) }) { return nil }
        return rivals.max { ($0.reports, $0.evidence.total) < ($1.reports, $1.evidence.total) }
    }

    /// How many of the reports count as separate witnesses: those with the same picture (the same forwarded video)
    /// or the same source count once, and so do chains of such.
    package static func independentCount(
        _ reports: [ReportTraits],
        _ settings: GroupingSettings = .standard
    ) -> Int {
        var leaders = Array(reports.indices)
        func leader(_ index: Int) -> Int {
            var index = index
            while leaders[index] != index {
                leaders[index] = leaders[leaders[index]]
                index = leaders[index]
            }
            return index
        }
        var sources: [String: Int] = [:]
        var pictures: [(picture: UInt64, index: Int)] = []
        var known: [UInt64: Int] = [:]
        for (index, report) in reports.enumerated() {
            if let source = report.source {
                if let other = sources[source] {
                    leaders[leader(index)] = leader(other)
                } else {
                    sources[source] = index
                }
            }
            guard let picture = report.picture else { continue }
            if let other = known[picture] {
                leaders[leader(index)] = leader(other)
                continue
            }
            for other in pictures where bits(picture, other.picture) <= settings.samePictureBits {
                leaders[leader(index)] = leader(other.index)
            }
            known[picture] = index
            pictures.append((picture, index))
        }
        return reports.indices.reduce(0) { $0 + (leaders[$1] == $1 ? 1 : 0) }
    }

    static func bits(_ left: UInt64, _ right: UInt64) -> Int { (left ^ right).nonzeroBitCount }
}
