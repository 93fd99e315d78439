// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Incidents that nothing seen now can match, for what was seen then and is told hours later. Apart from the others, so that
/// a report of now never looks at them. Who sent what is forgotten here: words, place and time are enough.
struct PastIncidents: Sendable {
    private(set) var incidents: IncidentStore
    /// In the order in which they came here; one that left and came back stands twice.
    private var arrivals: [(incident: String, at: Instant)] = []
    private var arrived: [String: Instant] = [:]
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

    mutating func keep(_ incident: IncidentTraits, now: Instant) {
        var incident = incident
        incident.forgetSources()
        incidents.adopt(incident)
        reports += incident.count
        last = max(last, incident.last.milliseconds)
        arrivals.append((incident.id, now))
        arrived[incident.id] = now
        while reports > incidents.settings.mostPast, left < arrivals.count { dropFirst() }
    }

    mutating func sweep(_ now: Instant) {
        let earliest = now - .seconds(incidents.settings.pastMinutes * 60)
        while left < arrivals.count, arrivals[left].at < earliest { dropFirst() }
    }

    private mutating func dropFirst() {
        let first = arrivals[left]
        left += 1
        if arrived[first.incident] == first.at { _ = take(first.incident) }
        guard left > 1_024, left > arrivals.count / 2 else { return }
        arrivals.removeFirst(left)
        left = 0
    }

    /// Takes an incident out, if it is here.
    mutating func take(_ incident: String) -> IncidentTraits? {
        guard arrived.removeValue(forKey: incident) != nil, let slot = incidents.slot(of: incident) else { return nil }
        let taken = incidents[slot]
        incidents.drop(slot)
        reports -= taken?.count ?? 0
        return taken
    }

    /// The incidents here that the report is a part of.
    func homes(of report: String) -> [String] {
        guard incidents.count > 0 else { return [] }
        return incidents.slots(of: report).compactMap { incidents[$0]?.id }
    }
}
