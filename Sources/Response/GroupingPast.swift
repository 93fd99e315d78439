// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Incidents that nothing seen now can match, for what was seen then and is told hours later. Apart from the others, so that
/// a report of now never looks at them. Who sent what is forgotten here: words, place and time are enough.
struct PastIncidents: ~Copyable, Sendable {
    var incidents: IncidentStore
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
    mutating func keep(_ all: consuming [IncidentStore.Kept], now: Instant, in names: inout IncidentNames) {
        guard !all.isEmpty else { return }
        defer { names.trim() }
        for index in all.indices {
            all[index].traits.forgetSources()
            reports += all[index].traits.count
            last = max(last, all[index].traits.last.milliseconds)
            let slot = incidents.adopt(all[index])
            names.move(all[index].number, to: .past(slot))
            arrivals.append((slot, now))
            while reports > incidents.settings.mostPast, left < arrivals.count { dropFirst(in: &names) }
        }
    }

    mutating func sweep(_ now: Instant, in names: inout IncidentNames) {
        let past = Int64(incidents.settings.pastMinutes * 60_000)
        let (earliest, isBeforeTime) = now.milliseconds.subtractingReportingOverflow(past)
        while !isBeforeTime, left < arrivals.count, arrivals[left].at.milliseconds < earliest {
            dropFirst(in: &names)
        }
    }

    private mutating func dropFirst(in names: inout IncidentNames) {
        if let first = take(arrivals[left].slot) { names.move(first.number, to: .gone) }
        left += 1
        guard left > 1_024, left > arrivals.count / 2 else { return }
        arrivals.removeFirst(left)
        left = 0
        incidents.trim()
    }

    /// Takes an incident out, if it is here.
    mutating func take(_ slot: Int) -> IncidentStore.Kept? {
        guard let taken = incidents.leave(slot) else { return nil }
        reports -= taken.traits.count
        return taken
    }
}
