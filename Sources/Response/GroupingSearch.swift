// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Finds for a report what `Grouping.place` finds among all incidents, without comparing it with most of them: each gets
/// a bound from place, time and a few bits, the most promising is compared in full, and what can't reach it any more
/// never is.
struct GroupingSearch: Sendable {
    private var choice: GroupingChoice
    private var prospects: Prospects
    /// Looked at already: they may be at the crossing that the report names.
    private var crossed: [Int] = []
    /// Not looked at.
    private var besides: Int?

    init(_ settings: GroupingSettings) {
        (choice, prospects) = (GroupingChoice(settings), Prospects(settings))
    }

    /// Where the report goes, and the slot of the incident that takes it; `besides` is none of them. Where not all is
    /// that could be in the way, a report may follow nothing. Nothing of the store is changed: it is handed on where it lies, and
    /// what is borrowed would be copied.
    mutating func place(
        _ report: ReportTraits,
        among incidents: inout IncidentStore,
        besides: Int? = nil,
        mayFollow: Bool = true
    ) -> (placement: Placement, slot: Int?) {
        self.besides = besides
        // Handed on from here: three hundred bytes, copied once for each report.
        let settings = incidents.settings
        let outline = ReportOutline(report, settings)
        defer { choice.forget() }
        prospects.forget()
        crossed = incidents.crossed(by: report, settings)
        for slot in crossed where slot != besides {
            incidents.look(at: slot) { choice.look(report, at: $0, slot: slot, settings) }
        }
        if let point = report.point {
            let offset = incidents.grid.offset(of: point)
            incidents.lookNear(outline, from: offset, at: .exact, into: &prospects)
            incidents.lookNear(outline, from: offset, at: .rough, into: &prospects)
            look(report, outline, &incidents, settings, for: .exact)
            // At the very place: nothing else counts.
            if choice.bestExact > 0, let found = choice.attached({ incidents[$0] }) { return found }
            incidents.lookNear(outline, from: offset, at: .vague, into: &prospects)
            incidents.lookBeside(report, outline, into: &prospects)
        } else {
            if choice.bestExact > 0, let found = choice.attached({ incidents[$0] }) { return found }
            incidents.lookRecent(outline, into: &prospects)
        }
        look(report, outline, &incidents, settings, for: .elsewhere)
        if choice.bestElsewhere > 0, let found = choice.attached({ incidents[$0] }) { return found }
        look(report, outline, &incidents, settings, for: .suggested)
        if mayFollow, let found = choice.followed({ incidents[$0] }) { return found }
        return (choice.suggested { incidents[$0] }, nil)
    }

    /// Compares with the most promising as long as one could change the answer.
    private mutating func look(
        _ report: ReportTraits,
        _ outline: borrowing ReportOutline,
        _ incidents: inout IncidentStore,
        _ settings: GroupingSettings,
        for aim: Prospects.Aim
    ) {
        while let slot = prospects.next(aim, from: least(aim, report.hasSpot, settings), outline) {
            guard slot != besides, crossed.isEmpty || !crossed.contains(slot) else { continue }
            incidents.look(at: slot) { choice.look(report, at: $0, slot: slot, settings) }
        }
    }

    /// With a total below this an incident can't change the answer any more.
    private mutating func least(_ aim: Prospects.Aim, _ hasSpot: Bool, _ settings: GroupingSettings) -> Double {
        switch aim {
        case .exact: return max(settings.attach, choice.bestExact - settings.pieceLead)
        // What the spot is called goes before the total.
        case .elsewhere where hasSpot: return settings.attach
        case .elsewhere: return max(settings.attach, choice.bestElsewhere - settings.clearLead)
        case .suggested:
            prospects.drop(below: choice.leastKept)
            return choice.leastLooked
        }
    }
}
