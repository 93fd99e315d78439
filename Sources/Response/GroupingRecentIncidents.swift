// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import Synchronization

/// The incidents that a new report may belong to, in memory: in squares of space, so that a look-up touches a few dozen
/// outlines however many incidents are open. Rebuilt from the change feed after a start
/// (without words, which are nowhere kept) and kept up by every verb that changes what belongs together. An incident
/// leaves by itself when nothing could match it any more. Safe from any thread.
package final class RecentIncidents: Sendable {
    package let grid: Grid
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var incidents: IncidentStore
        var past: PastIncidents
        var names = IncidentNames()
        var search: GroupingSearch

        mutating func place(_ report: ReportTraits, now: Instant) -> (placement: Placement, slot: Int?) {
            past.keep(incidents.sweep(now), now: now, in: &names)
            past.sweep(now, in: &names)
            let isLate = past.couldMatch(report)
            let found = search.place(report, among: &incidents, mayFollow: !isLate)
            guard isLate else { return found }
            let late = search.place(report, among: &past.incidents, mayFollow: false).placement
            let placement = found.placement.or(late, most: incidents.settings.mostSuggestions)
            guard case .attach(let incident, _) = placement, placement == late else { return (placement, found.slot) }
            return (placement, slot(of: incident))
        }

        /// Among those of now from here on, if it is there at all: for a minute, when it is of hours ago.
        mutating func slot(of incident: String) -> Int? {
            slot(at: place(of: incident))
        }

        func place(of incident: String) -> IncidentNames.Place {
            names.place(of: NameMark.of(incident)) { traits(at: $0)?.id == incident }
        }

        /// Likewise of each incident that the report is a part of.
        mutating func slots(of report: String) -> [Int] {
            let places = names.homes(of: NameMark.of(report))
            for place in places {
                if case .past = place { _ = slot(at: place) }
            }
            return names.homes(of: NameMark.of(report)).compactMap { slot(at: $0) }
        }

        private mutating func slot(at place: IncidentNames.Place) -> Int? {
            switch place {
            case .gone: return nil
            case .now(let slot): return slot
            case .past(let slot):
                guard let taken = past.take(slot) else { return nil }
                let slot = incidents.adopt(taken)
                names.move(taken.number, to: .now(slot))
                return slot
            }
        }

        func traits(at place: IncidentNames.Place) -> IncidentTraits? {
            switch place {
            case .gone: nil
            case .now(let slot): incidents[slot]
            case .past(let slot): past.incidents[slot]
            }
        }

        /// Into the incident of this name, which is begun if it isn't there.
        mutating func add(_ report: ReportTraits, to incident: String, isBystander: Bool) {
            if let known = slot(of: incident) {
                incidents.add(report, to: known, isBystander: isBystander, in: &names)
            } else {
                incidents.begin(incident, with: report, isBystander: isBystander, in: &names)
            }
        }

        mutating func add(_ report: ReportTraits, to incident: String) {
            add(report, to: incident, isBystander: report.isBystander)
        }

        mutating func traits(of incident: String) -> IncidentTraits? {
            slot(of: incident).flatMap { incidents[$0] }
        }
    }

    package init(grid: Grid, settings: GroupingSettings = .standard) {
        self.grid = grid
        state = Mutex(
            State(
                incidents: IncidentStore(grid, settings),
                past: PastIncidents(grid, settings),
                search: GroupingSearch(settings)
            )
        )
    }

    package var settings: GroupingSettings { state.withLock { $0.incidents.settings } }

    /// How far apart in time two reports of one event may be, from now on. What is there is put under its new slices.
    package func setWindow(minutes: Double) {
        state.withLock { state in
            guard minutes != state.incidents.settings.window else { return }
            state.incidents.setWindow(minutes)
            state.past.setWindow(minutes)
            state.search = GroupingSearch(state.incidents.settings)
        }
    }

    /// Of now; those of hours ago don't count.
    package var count: Int { state.withLock { $0.incidents.count } }

    package func incident(_ id: String) -> IncidentTraits? { state.withLock { $0.traits(of: id) } }

    /// How many separate witnesses the incident has with this report, which is not there yet, when it had `independent`
    /// among `reports`. As quick for the ten-thousandth report as for the second. What is not in memory, and who was
    /// forgotten in a restart, may be the same: then no more are counted than those who are known to be different.
    package func witnesses(with report: ReportTraits, of incident: String, reports: Int, independent: Int) -> Int {
        state.withLock { state in
            let traits = state.traits(of: incident)
            let more = traits?.isNewWitness(report) ?? true ? 1 : 0
            if traits?.certain ?? 0 >= reports { return independent + more }
            return max(independent, (traits?.witnesses ?? 0) + more)
        }
    }

    /// Of those that are here, each once.
    func traits(of reports: Set<String>) -> [ReportTraits] {
        state.withLock { state in
            var slots: Set<Int> = []
            for report in reports { slots.formUnion(state.slots(of: report)) }
            var found: [String: ReportTraits] = [:]
            for slot in slots {
                for report in state.incidents[slot]?.reports ?? [] where reports.contains(report.id) {
                    found[report.id] = report
                }
            }
            return Array(found.values)
        }
    }

    /// The incidents that the report is a part of.
    package func homes(of report: String) -> [String] {
        state.withLock { state in
            state.names.homes(of: NameMark.of(report)).compactMap { state.traits(at: $0)?.id }.sorted()
        }
    }

    /// Where the report would go, without putting it there.
    package func place(_ report: ReportTraits, now: Instant) -> Placement {
        let report = report.located(in: grid)
        return state.withLock { $0.place(report, now: now).placement }
    }

    /// Where the report goes, and puts it there in the same breath, so that two reports of one event at the same
    /// moment can't both start an incident: into the incident it is attached to, else into a new one called `fresh`.
    package func settle(_ report: ReportTraits, fresh: String, now: Instant) -> Placement {
        if report.isToBeLocated { return settle(report.located(in: grid), fresh: fresh, now: now) }
        return state.withLock { state in
            let (placement, slot) = state.place(report, now: now)
            var isBystander = report.isBystander
            if case .attach(_, let score) = placement { isBystander = !score.agrees }
            if let slot {
                state.incidents.add(report, to: slot, isBystander: isBystander, in: &state.names)
            } else {
                state.add(report, to: fresh, isBystander: isBystander)
            }
            return placement
        }
    }

    /// Where a report would go if it were not a part of this incident.
    func place(_ report: ReportTraits, besides incident: String) -> Placement {
        let report = report.located(in: grid)
        return state.withLock { state in
            var slot: Int?
            if case .now(let own) = state.place(of: incident) { slot = own }
            return state.search.place(report, among: &state.incidents, besides: slot).placement
        }
    }

    /// The newest incidents that took a report since this process began, each with the newest of those.
    func pieces(most: Int) -> [(incident: String, report: ReportTraits)] {
        state.withLock { state in
            let all = state.incidents.all.compactMap { traits in
                traits.reports.last { !$0.isRemembered }.map { (traits.id, $0) }
            }
            return Array(all.sorted { $0.1.at > $1.1.at }.prefix(most))
        }
    }

    /// Makes the report a part of the incident, which is begun if it isn't there. Twice is once.
    package func add(_ report: ReportTraits, to incident: String) {
        let report = report.located(in: grid)
        state.withLock { state in
            state.add(report, to: incident)
        }
    }

    /// What a report says has changed: everywhere it is a part.
    package func update(_ report: ReportTraits) {
        let report = report.located(in: grid)
        state.withLock { state in
            for slot in state.slots(of: report.id) {
                guard let incident = state.incidents[slot]?.id else { continue }
                _ = state.incidents.take(from: slot, in: &state.names) { $0.id == report.id }
                state.add(report, to: incident)
            }
        }
    }

    /// Takes the report out of one incident, or of all. An incident without reports is gone.
    package func remove(_ report: String, from incident: String? = nil) {
        state.withLock { state in
            for slot in state.slots(of: report)
            where incident == nil || state.incidents[slot]?.id == incident {
                _ = state.incidents.take(from: slot, in: &state.names) { $0.id == report }
            }
        }
    }

    /// All reports of the first incident become parts of the second; the first is gone.
    package func merge(_ incident: String, into other: String) {
        guard incident != other else { return }
        state.withLock { state in
            guard let slot = state.slot(of: incident) else { return }
            _ = state.slot(of: other)
            for report in state.incidents.take(from: slot, in: &state.names, where: { _ in true }) {
                state.add(report, to: other)
            }
        }
    }

    /// The named reports leave an incident for another, which is begun if it isn't there.
    package func split(_ reports: Set<String>, from incident: String, into other: String) {
        guard incident != other else { return }
        state.withLock { state in
            guard let slot = state.slot(of: incident) else { return }
            _ = state.slot(of: other)
            for report in state.incidents.take(from: slot, in: &state.names, where: { reports.contains($0.id) }) {
                state.add(report, to: other)
            }
        }
    }

    /// The incident takes no more reports.
    package func close(_ incident: String) {
        state.withLock { state in
            guard let slot = state.slot(of: incident) else { return }
            state.incidents.drop(slot, in: &state.names)
        }
    }
}
