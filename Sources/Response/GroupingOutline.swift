// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit

/// Of an incident, what tells that a report is out of its reach: a few numbers side by side, looked at a hundred times for
/// each report.
struct IncidentOutline: Sendable {
    private let first: Int64
    private let last: Int64
    private let latitude: Double
    private let longitude: Double
    /// Of the latitude: how short a degree of longitude is there.
    private let cosine: Double
    private let uncertainty: Double
    private let hasPlace: Bool

    init(_ incident: IncidentTraits) {
        (first, last) = (incident.first.milliseconds, incident.last.milliseconds)
        hasPlace = incident.center != nil
        (latitude, longitude) = (incident.center?.latitude ?? 0, incident.center?.longitude ?? 0)
        cosine = cos(latitude * .pi / 180)
        uncertainty = incident.uncertainty
    }

    /// False only where `GroupingEvidence` would be nil.
    func isInReach(of report: ReportTraits, _ settings: GroupingSettings) -> Bool {
        let at = Double(report.at.milliseconds)
        guard max(Double(first) - at, at - Double(last)) <= settings.window * 60_000 else { return false }
        guard hasPlace, let point = report.point else { return true }
        // A hundredth and a metre more than it is: the exact look follows.
        let reach = 1.01 * (settings.reach + min(report.uncertainty + uncertainty, settings.mostUncertainty)) + 1
        let north = (latitude - point.latitude) * Point.metresPerDegree
        guard abs(north) <= reach else { return false }
        let east = Point.wrapped(longitude - point.longitude) * cosine * Point.metresPerDegree
        // Near the poles the middle of both latitudes and this one's differ: there nothing is left out.
        return abs(latitude) > 80 || north * north + east * east <= reach * reach
    }
}

/// Outlines by slot, side by side: slots only grow, and the lowest leave first.
struct IncidentOutlines: Sendable {
    private var base = 0
    private var all: [IncidentOutline?] = []

    subscript(slot: Int) -> IncidentOutline? {
        get { slot >= base && slot - base < all.count ? all[slot - base] : nil }
        set {
            guard slot >= base else { return }
            if slot - base >= all.count {
                guard newValue != nil else { return }
                all += repeatElement(nil, count: slot - base - all.count + 1)
            }
            all[slot - base] = newValue
        }
    }

    /// The newest slots whose outlines pass, the newest first.
    func newest(_ most: Int, where passes: (IncidentOutline) -> Bool) -> [Int] {
        var found: [Int] = []
        for index in all.indices.reversed() where found.count < most {
            if let outline = all[index], passes(outline) { found.append(base + index) }
        }
        return found
    }

    /// The lowest slot that is taken.
    mutating func oldest() -> Int? {
        guard let first = all.firstIndex(where: { $0 != nil }) else { return nil }
        // Moved up now and then, not for each one that leaves.
        guard first > 1_024, first > all.count / 2 else { return base + first }
        all.removeFirst(first)
        base += first
        return base
    }
}
