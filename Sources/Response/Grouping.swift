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
        GroupingEvidence(report, incident, settings).map { Score($0) }
    }

    /// Where the report goes among incidents that may be its own. Candidates out of reach are skipped. This looks at all of
    /// them; `RecentIncidents` gives the same answer and looks at few.
    package static func place(
        _ report: ReportTraits,
        among candidates: some Sequence<IncidentTraits>,
        _ settings: GroupingSettings = .standard
    ) -> Placement {
        var choice = GroupingChoice(settings)
        let candidates = Array(candidates)
        for (place, incident) in candidates.enumerated() { choice.look(report, at: incident, slot: place, settings) }
        return choice.placement { candidates[$0] }
    }

    /// How many of the reports count as separate witnesses: those with the same picture (the same forwarded video), the
    /// same source or one text that was passed on without a place count once, and so do chains of such. Whoever adds to a
    /// report has it for a source. What was attached by place and time alone counts for nobody.
    package static func independentCount(
        _ reports: [ReportTraits],
        _ settings: GroupingSettings = .standard
    ) -> Int {
        guard !reports.isEmpty else { return 0 }
        let reports = reports.filter { !$0.isBystander }
        var leaders = Array(reports.indices)
        func leader(_ index: Int) -> Int {
            var index = index
            while leaders[index] != index {
                leaders[index] = leaders[leaders[index]]
                index = leaders[index]
            }
            return index
        }
        var sources: [UInt64: Int] = [:]
        var pictures: [(picture: UInt64, index: Int)] = []
        var known: [UInt64: Int] = [:]
        var passedOn: [(words: WordSketch, index: Int)] = []
        for (index, report) in reports.enumerated() {
            for source in [report.name, report.sourceMark] where source != 0 {
                if let other = sources[source] {
                    leaders[leader(index)] = leader(other)
                } else {
                    sources[source] = index
                }
            }
            if report.isPlaceless, report.words.isComparable {
                if let other = passedOn.last(where: { $0.words.isNearly(report.words) }) {
                    leaders[leader(index)] = leader(other.index)
                } else if passedOn.count < mostPassedOn {
                    passedOn.append((report.words, index))
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
        return max(1, reports.indices.reduce(0) { $0 + (leaders[$1] == $1 ? 1 : 0) })
    }

    /// Texts without a place that are compared with the next: there are few of them in one incident.
    private static let mostPassedOn = 64

    static func bits(_ left: UInt64, _ right: UInt64) -> Int { (left ^ right).nonzeroBitCount }
}
