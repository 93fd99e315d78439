// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Incidents that nothing seen now can match, for what was seen then and is told hours later. Apart from the others, so that
/// a report of now never looks at them. Who sent what is forgotten here: words, place and time are enough.
struct PastIncidents: ~Copyable, Sendable {
    private(set) var incidents: IncidentStore
    /// In the order in which they came here, by slot: no slot is ever another's.
    private var arrivals: [(slot: Int, at: Instant)] = []
    private var left = 0
    private var reports = 0
    /// No sighting here is later.
    private var last = Int64.min

    init(_ grid: Grid, _ settings: GroupingSettings) { incidents = IncidentStore(grid, settings) }

    mutating func setWindow(_ minutes: Double) { incidents.setWindow(minutes) }

    /// Whether the report was seen so long ago that something here could be its own.
    func couldMatch(_ report: ReportTraits) -> Bool {
        incidents.count > 0
            && Double(report.at.milliseconds) - Double(last) <= incidents.settings.window * 60_000
    }

    /// Nobody else holds them any more: nothing of them is copied.
    mutating func keep(_ all: consuming [IncidentTraits], now: Instant) {
        for index in all.indices {
            all[index].forgetSources()
            reports += all[index].count
            last = max(last, all[index].last.milliseconds)
            arrivals.append((incidents.adopt(all[index]), now))
            while reports > incidents.settings.mostPast, left < arrivals.count { dropFirst() }
        }
    }

    mutating func sweep(_ now: Instant) {
        let past = Int64(incidents.settings.pastMinutes * 60_000)
        let (earliest, isBeforeTime) = now.milliseconds.subtractingReportingOverflow(past)
        while !isBeforeTime, left < arrivals.count, arrivals[left].at.milliseconds < earliest { dropFirst() }
    }

    private mutating func dropFirst() {
        _ = take(arrivals[left].slot)
        left += 1
        guard left > 1_024, left > arrivals.count / 2 else { return }
        arrivals.removeFirst(left)
        left = 0
        incidents.trim()
    }

    /// Takes an incident out, if it is here.
    mutating func take(_ incident: String) -> IncidentTraits? { incidents.slot(of: incident).flatMap { take($0) } }

    private mutating func take(_ slot: Int) -> IncidentTraits? {
        guard let taken = incidents[slot] else { return nil }
        incidents.drop(slot)
        reports -= taken.count
        return taken
    }

    /// The incidents here that the report is a part of.
    func homes(of report: String) -> [String] {
        guard incidents.count > 0 else { return [] }
        return incidents.slots(of: report).compactMap { incidents[$0]?.id }
    }
}
