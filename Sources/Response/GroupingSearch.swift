// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Finds for a report what `Grouping.place` finds among all incidents, without comparing it with most of them: each gets
/// a bound from place, time and a few bits, the most promising is compared in full, and what can't reach it any more
/// never is.
struct GroupingSearch: Sendable {
    private var choice: GroupingChoice
    private var prospects: [Prospect] = []
    /// Looked at already: they may be at the crossing that the report names.
    private var crossed: [Int] = []
    /// Not looked at.
    private var besides: Int?

    init(_ settings: GroupingSettings) { choice = GroupingChoice(settings) }

    private enum Aim {
        /// What stands at the very place and could take the report.
        case exact
        /// What else could take it.
        case elsewhere
        /// What a person should see.
        case suggested
    }

    /// Where the report goes, and the slot of the incident that takes it; `besides` is none of them. Where not all is
    /// that could be in the way, a report may follow nothing.
    mutating func place(
        _ report: ReportTraits,
        among incidents: IncidentStore,
        besides: Int? = nil,
        mayFollow: Bool = true
    ) -> (placement: Placement, slot: Int?) {
        self.besides = besides
        // Handed on from here: three hundred bytes, copied once for each report.
        let settings = incidents.settings
        let outline = ReportOutline(report, settings)
        defer { choice.forget() }
        prospects.removeAll(keepingCapacity: true)
        crossed = incidents.crossed(by: report, settings)
        for slot in crossed where slot != besides {
            if let incident = incidents[slot] { choice.look(report, at: incident, slot: slot, settings) }
        }
        if let point = report.point {
            let offset = incidents.grid.offset(of: point)
            incidents.lookNear(outline, from: offset, at: .exact, into: &prospects)
            incidents.lookNear(outline, from: offset, at: .rough, into: &prospects)
            look(report, outline, incidents, settings, for: .exact)
            // At the very place: nothing else counts.
            if choice.bestExact > 0, let found = choice.attached { return found }
            incidents.lookNear(outline, from: offset, at: .vague, into: &prospects)
            incidents.lookBeside(report, outline, into: &prospects)
        } else {
            if choice.bestExact > 0, let found = choice.attached { return found }
            incidents.lookRecent(outline, into: &prospects)
        }
        look(report, outline, incidents, settings, for: .elsewhere)
        if choice.bestElsewhere > 0, let found = choice.attached { return found }
        look(report, outline, incidents, settings, for: .suggested)
        if mayFollow, let found = choice.followed { return found }
        return (choice.suggested, nil)
    }

    /// Compares with the most promising as long as one could change the answer.
    private mutating func look(
        _ report: ReportTraits,
        _ outline: borrowing ReportOutline,
        _ incidents: IncidentStore,
        _ settings: GroupingSettings,
        for aim: Aim
    ) {
        while let (index, next) = mostPromising(aim, settings) {
            let slot = prospects[index].slot
            if !prospects[index].isRefined {
                prospects[index].refine(outline)
                // It may not be the most promising any more.
                guard prospects[index].upper >= next else { continue }
            }
            prospects.swapAt(index, prospects.count - 1)
            prospects.removeLast()
            if slot != besides, !crossed.contains(slot), let incident = incidents[slot] {
                choice.look(report, at: incident, slot: slot, settings)
            }
        }
    }

    /// Where it stands among the prospects, and what comes next after it.
    private mutating func mostPromising(_ aim: Aim, _ settings: GroupingSettings) -> (index: Int, next: Double)? {
        let least =
            switch aim {
            case .exact: max(settings.attach, choice.bestExact - settings.pieceLead)
            case .elsewhere: max(settings.attach, choice.bestElsewhere - settings.clearLead)
            case .suggested: choice.leastLooked
            }
        if aim == .suggested { drop(below: choice.leastKept) }
        // Over bare memory: there are hundreds where a place is known only as a neighborhood.
        return prospects.withUnsafeBufferPointer { prospects in
            var (found, best, next) = (-1, least, least)
            for index in prospects.indices where prospects[index].upper >= next {
                switch aim {
                case .exact: guard prospects[index].certainty == .exact else { continue }
                case .elsewhere:
                    guard prospects[index].certainty != .exact, prospects[index].mayAttach else { continue }
                case .suggested: break
                }
                let upper = prospects[index].upper
                if upper >= best {
                    (found, next, best) = (index, found < 0 ? least : best, upper)
                } else {
                    next = upper
                }
            }
            return found < 0 ? nil : (found, next)
        }
    }

    /// The least total that can count only grows: what can't reach it is not looked at again.
    private mutating func drop(below least: Double) {
        var index = 0
        while index < prospects.count {
            if prospects[index].upper >= least {
                index += 1
            } else {
                prospects.swapAt(index, prospects.count - 1)
                prospects.removeLast()
            }
        }
    }
}
