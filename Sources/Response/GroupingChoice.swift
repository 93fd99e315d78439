// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// One report looks at incidents one after the other, and then goes somewhere. Most fall through: numbers first, words
/// about them only for the few that are shown. In any order, the answer is the same.
struct GroupingChoice: Sendable {
    private let settings: GroupingSettings
    private var likely: [Candidate] = []
    /// The totals of the best so far, the best first, as many as are ever suggested.
    private var best: [Double] = []
    /// The best total of those that could take the report, at the very place and elsewhere.
    private(set) var bestExact = 0.0
    private(set) var bestElsewhere = 0.0
    /// And of those elsewhere that call the spot by its name.
    private var bestCalled = 0.0
    /// And of those that it may only follow.
    private var bestFollowed = 0.0

    init(_ settings: GroupingSettings) { self.settings = settings }

    /// Bare numbers: nobody is held, so nothing is counted up and down for it, and nothing of it has to be let go. What a name or
    /// a place decides is asked of `Incidents`, which is seldom.
    private struct Candidate: Sendable {
        let slot: Int
        let reports: Int
        let witnesses: Int
        let evidence: GroupingEvidence
    }

    /// The incident of a slot that was looked at.
    typealias Incidents = (Int) -> IncidentTraits?

    /// For the next report, in the same memory.
    mutating func forget() {
        guard !likely.isEmpty else { return }
        likely.removeAll(keepingCapacity: true)
        best.removeAll(keepingCapacity: true)
        (bestExact, bestElsewhere, bestCalled, bestFollowed) = (0, 0, 0, 0)
    }

    mutating func look(
        _ report: borrowing ReportTraits,
        at incident: borrowing IncidentTraits,
        slot: Int,
        _ settings: borrowing GroupingSettings
    ) {
        guard let evidence = GroupingEvidence(report, incident, settings), evidence.total >= settings.suggest else {
            return
        }
        note(evidence)
        likely.append(
            Candidate(slot: slot, reports: incident.count, witnesses: incident.witnesses, evidence: evidence)
        )
    }

    private mutating func note(_ evidence: GroupingEvidence) {
        if evidence.mayAttach, evidence.total >= settings.attach {
            if evidence.certainty == .exact {
                bestExact = max(bestExact, evidence.total)
            } else {
                bestElsewhere = max(bestElsewhere, evidence.total)
                if evidence.spot == .same { bestCalled = max(bestCalled, evidence.total) }
            }
        }
        if evidence.mayFollow { bestFollowed = max(bestFollowed, evidence.total) }
        let place = best.firstIndex { $0 < evidence.total } ?? best.count
        guard place < settings.mostSuggestions else { return }
        best.insert(evidence.total, at: place)
        if best.count > settings.mostSuggestions { best.removeLast() }
    }

    /// With less than this an incident would not be suggested.
    private var leastSuggested: Double { best.count < settings.mostSuggestions ? settings.suggest : best.last ?? 1 }

    /// With less than this it would be neither suggested nor in the way of what is followed.
    var leastLooked: Double {
        bestFollowed > 0
            ? max(settings.suggest, min(leastSuggested, bestFollowed - settings.followLead)) : leastSuggested
    }

    /// With less than this it never will be: what is followed is suggested too, and only what is that close is in its way.
    var leastKept: Double { max(settings.suggest, leastSuggested - settings.followLead) }

    mutating func placement(_ incidents: Incidents) -> Placement {
        attached(incidents)?.placement ?? followed(incidents)?.placement ?? suggested(incidents)
    }

    /// The incident that takes the report by itself.
    mutating func attached(_ incidents: Incidents) -> (placement: Placement, slot: Int)? {
        guard let own = own(incidents) else { return nil }
        return attach(own, incidents)
    }

    /// The only incident that several people tell of and the report may follow, of those that would be suggested.
    mutating func followed(_ incidents: Incidents) -> (placement: Placement, slot: Int)? {
        guard bestFollowed >= leastSuggested, bestFollowed > 0, bestExact == 0, bestElsewhere == 0 else { return nil }
        let rivals = likely.indices.filter { index in
            likely[index].witnesses >= settings.followedWitnesses
                && likely[index].evidence.total > bestFollowed - settings.followLead
        }
        guard rivals.count == 1, let only = rivals.first, likely[only].evidence.mayFollow else { return nil }
        return attach(only, incidents)
    }

    private mutating func attach(_ index: Int, _ incidents: Incidents) -> (placement: Placement, slot: Int)? {
        let slot = likely[index].slot
        guard let incident = incidents(slot) else { return nil }
        return (.attach(incident: incident.id, Score(likely[index].evidence)), slot)
    }

    mutating func suggested(_ incidents: Incidents) -> Placement {
        // The first few, the likeliest before the others. No closures here: each would copy all of this.
        guard !likely.isEmpty else { return .alone }
        var first: [Int] = []
        first.reserveCapacity(settings.mostSuggestions + 1)
        for index in likely.indices {
            var place = first.count
            while place > 0, goes(index, before: first[place - 1], incidents) { place -= 1 }
            guard place < settings.mostSuggestions else { continue }
            first.insert(index, at: place)
            if first.count > settings.mostSuggestions { first.removeLast() }
        }
        var suggestions: [Suggestion] = []
        suggestions.reserveCapacity(first.count)
        for index in first {
            guard let incident = incidents(likely[index].slot) else { continue }
            suggestions.append(
                Suggestion(incident: incident.id, reports: incident.count, score: Score(likely[index].evidence))
            )
        }
        return .suggest(suggestions)
    }

    /// Which of them takes the report by itself.
    private mutating func own(_ incidents: Incidents) -> Int? {
        // What stands at the very place goes before what is only in the neighborhood.
        let isExact = bestExact > 0
        let best = isExact ? bestExact : bestCalled > 0 ? bestCalled : bestElsewhere
        guard best > 0 else { return nil }
        var (first, biggest): (Int?, Int?)
        for index in likely.indices where isRival(index, best, isExact: isExact) {
            guard let likeliest = first, let most = biggest else {
                (first, biggest) = (index, index)
                continue
            }
            if goes(index, before: likeliest, incidents) { first = index }
            if grows(index, before: most, incidents) { biggest = index }
        }
        // Somewhere in the neighborhood, and two incidents in different places there fit about as well: a person decides.
        if !isExact, bestCalled == 0, let first {
            for index in likely.indices
            where isRival(index, best, isExact: isExact) && !areOnePlace(index, first, incidents) {
                return nil
            }
        }
        return biggest
    }

    private mutating func isRival(_ index: Int, _ best: Double, isExact: Bool) -> Bool {
        isAttachable(index, isExact: isExact)
            && best - likely[index].evidence.total < (isExact ? settings.pieceLead : settings.clearLead)
    }

    private mutating func isAttachable(_ index: Int, isExact: Bool) -> Bool {
        likely[index].evidence.mayAttach && likely[index].evidence.total >= settings.attach
            && (isExact
                ? likely[index].evidence.certainty == .exact
                : bestCalled == 0 || likely[index].evidence.spot == .same)
    }

    /// The likelier; equal totals: the same answer every time.
    private mutating func goes(_ index: Int, before other: Int, _ incidents: Incidents) -> Bool {
        let (mine, theirs) = (likely[index].evidence.total, likely[other].evidence.total)
        if mine != theirs { return mine > theirs }
        guard let mine = incidents(likely[index].slot), let theirs = incidents(likely[other].slot) else { return false }
        return mine.id < theirs.id
    }

    /// Of pieces of one event the biggest grows.
    private mutating func grows(_ index: Int, before other: Int, _ incidents: Incidents) -> Bool {
        let (mine, theirs) = (likely[index].reports, likely[other].reports)
        return mine != theirs ? mine > theirs : goes(index, before: other, incidents)
    }

    /// They stand where nobody could tell them apart.
    private mutating func areOnePlace(_ index: Int, _ other: Int, _ incidents: Incidents) -> Bool {
        guard index != other, let mine = incidents(likely[index].slot), let other = incidents(likely[other].slot),
            let center = mine.center, let theirs = other.center
        else { return true }
        let tolerance = min(mine.uncertainty + other.uncertainty, settings.mostUncertainty)
        return center.distance(to: theirs) <= tolerance + settings.halfMetres
    }
}
