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
            likely.append(Candidate(incident: incident.id, reports: incident.reports.count, evidence: evidence))
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
        let evidence: GroupingEvidence
    }

    private static func own(among likely: [Candidate], _ settings: GroupingSettings) -> Candidate? {
        let attachable = likely.filter { $0.evidence.total >= settings.attach && $0.evidence.mayAttach }
        guard let first = attachable.first else { return nil }
        func rivals(within lead: Double) -> [Candidate] {
            attachable.filter { first.evidence.total - $0.evidence.total < lead }
        }
        if first.evidence.certainty == .exact {
            return rivals(within: settings.pieceLead)
                .max { ($0.reports, $0.evidence.total) < ($1.reports, $1.evidence.total) }
        }
        // Somewhere in the neighborhood, and two incidents there fit about as well: a person decides.
        return rivals(within: settings.clearLead).count == 1 ? first : nil
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
