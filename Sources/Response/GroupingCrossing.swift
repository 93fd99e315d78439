// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Two streets that cross, as far as grouping must know them. Two reports that name the same pair stand at one place, however
/// either wrote it, also where the pack doesn't know where that is.
package struct CrossingMark: Hashable, Sendable {
    /// Of both names, in no order, under a key that lives as long as the process.
    let streets: Int
    /// Where it was said to be: the id of the city, or of the neighborhood that is in none. The next city may have a corner
    /// of the same name. Nil where nobody says.
    let city: String?
    /// The point of who named it is that of the corner: no phone said so.
    let isWhere: Bool

    package init(_ crossing: Crossing, city: String? = nil, isWhere: Bool = false) {
        var hasher = Hasher()
        for name in [crossing.first, crossing.second].sorted() { hasher.combine(name) }
        streets = hasher.finalize()
        self.city = city
        self.isWhere = isWhere
    }

    /// Metres by which two people at one corner may be apart.
    static let tolerance = 200.0
}

/// What the crossings that a report and an incident name say of them.
enum CrossingMeeting {
    /// One of them names none, or both are known better than by name.
    case unsaid
    case same
    /// One name, and one of them says where: who doesn't may mean another corner of that name. For a person.
    case perhaps
    /// Two corners, or one name in two cities.
    case other
}

extension IncidentTraits {
    /// Most reports name no crossing and most incidents have none: nothing is looked at then.
    func meeting(_ report: ReportTraits, _ settings: GroupingSettings) -> CrossingMeeting {
        guard let mark = report.crossing, !crossings.isEmpty else { return .unsaid }
        var (isNear, isPlaced) = (false, false)
        if let point = report.point, let center {
            let (metres, tolerance) = (center.distance(to: point), report.uncertainty + uncertainty)
            let isExact = tolerance <= settings.coarse
            // Where phones were tells more than what a corner is called.
            if isExact, !mark.isWhere { return .unsaid }
            // The same two names at the other end of the county are another corner.
            if metres > tolerance + settings.reach { return .other }
            isNear = isExact && metres <= CrossingMark.tolerance
            isPlaced = true
        }
        // Somewhere, and nowhere.
        let isOneSided = !isPlaced && (report.point != nil || center != nil)
        var (isNamed, isPossible, isElsewhere) = (false, false, false)
        for other in crossings where other.streets == mark.streets {
            // At a border one says this city, one the other, and both stand where the corner is.
            if mark.isWhere, other.isWhere, isPlaced {
                isNamed = true
            } else if let city = mark.city, let theirs = other.city {
                guard city == theirs else {
                    isElsewhere = true
                    continue
                }
                // A city may have several of the name; one that is only named says nothing of which.
                if !isOneSided { return .same }
                isPossible = true
            } else if isPlaced || (mark.city == nil && other.city == nil && !isOneSided) {
                isNamed = true
            } else {
                isPossible = true
            }
        }
        if !isElsewhere {
            if isPossible { return .perhaps }
            if isNamed { return .same }
        }
        // Of two corners so near each other people name either.
        return isNear ? .unsaid : .other
    }
}

/// The incidents of each crossing, by slot: there is no square to find them in.
struct IncidentCrossings: Sendable {
    private var slots: [Int: [Int]] = [:]
    private var streets: [Int: [Int]] = [:]

    var isEmpty: Bool { streets.isEmpty }

    mutating func settle(_ slot: Int, at marks: [CrossingMark]) {
        guard !marks.isEmpty || !isEmpty else { return }
        var named: [Int] = []
        for mark in marks where !named.contains(mark.streets) { named.append(mark.streets) }
        let before = streets[slot] ?? []
        guard named != before else { return }
        for pair in before {
            slots[pair]?.removeAll { $0 == slot }
            if slots[pair]?.isEmpty ?? false { slots[pair] = nil }
        }
        for pair in named { slots[pair, default: []].append(slot) }
        streets[slot] = named.isEmpty ? nil : named
    }

    fileprivate func slots(at mark: CrossingMark) -> [Int] { slots[mark.streets] ?? [] }
}

extension IncidentStore {
    /// Those that may be at the corner which the report names, as many as are looked at for a report without any place.
    func crossed(by report: ReportTraits, _ settings: GroupingSettings) -> [Int] {
        guard let mark = report.crossing else { return [] }
        return crossings.slots(at: mark).suffix(settings.mostPlaceless)
    }
}
