// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// Who is asked next: a pure function from a need and the people to an ordered choice, with a reason for each, and
/// for each that could have been and is not.
package enum Match {
    /// Distances in the same band count as equal, so that the same nearest person is not asked every time.
    package static let band = 500.0

    /// Somebody to ask, and why them.
    package struct Choice: Sendable, Hashable {
        package let person: Ref<Person>
        /// Metres from the middle of the helper's neighborhood; nil when nobody knows where the need is.
        package let distance: Double?
        package let reasons: [Reason]

        package init(person: Ref<Person>, distance: Double?, reasons: [Reason]) {
            (self.person, self.distance, self.reasons) = (person, distance, reasons)
        }

        /// As far as anybody is told.
        package var shownDistance: Int? { distance.map(Match.told) }
    }

    package enum Reason: Sendable, Hashable, Codable {
        case near(metres: Double)
        case certified
        case speaks(language: String)
        case neverAsked
        case askedLongestAgo

        package var isDistance: Bool {
            if case .near = self { true } else { false }
        }

        /// How near, as far as anybody is told.
        package init(distance: Double) { self = .near(metres: Double(told(distance))) }

        package var words: Phrase {
            switch self {
            case .near(let metres): Phrase("matching.why_near|About {miles} miles away", ["miles": miles(metres)])
            case .certified: "matching.why_certified|Certificate is current"
            case .speaks(let language):
                Phrase("matching.why_speaks|Speaks the language ({language})", ["language": language])
            case .neverAsked: "matching.why_never_asked|Has not been asked yet"
            case .askedLongestAgo: "matching.why_turn|It is their turn"
            }
        }
    }

    package struct Result: Sendable, Hashable {
        /// The first to ask first.
        package let choices: [Choice]
        /// Nil when as many were found as were needed.
        package let shortfall: Shortfall?
    }

    /// The people to ask, at most `limit` and at most as many as needed: those who can, the nearest band first, in a
    /// band whoever was asked longest ago, then the nearer, then by reference so that the order is always the same.
    package static func nearest(_ need: Need, among candidates: [Candidate], limit: Int) -> Result {
        var able: [(helper: Helper, distance: Double?)] = []
        var missed: [Shortfall.Cause: Int] = [:]
        for candidate in candidates {
            let distance = need.point.map { candidate.helper.point.distance(to: $0) }
            if let cause = obstacle(candidate, need, distance) {
                missed[cause, default: 0] += 1
            } else {
                able.append((candidate.helper, distance))
            }
        }
        able.sort { goesFirst($0, $1) }
        let choices = able.prefix(max(0, min(need.count, limit))).map { helper, distance in
            choice(helper, distance, need, isTheirTurn: able.contains { isAskedLater($0, helper, distance) })
        }
        guard able.count < need.count else { return Result(choices: choices, shortfall: nil) }
        return Result(choices: choices, shortfall: Shortfall(wanted: need.count, found: able.count, missed: missed))
    }

    /// Metres to the next 500 and never fewer: nobody is told more exactly where a helper is.
    private static func told(_ metres: Double) -> Int {
        Int(band) * Int((min(max(metres, 1), 1e8) / band).rounded(.up))
    }

    /// Metres as miles for people: one decimal under ten miles, none above.
    package static func miles(_ metres: Double) -> String {
        let tenths = Int((min(max(metres, 0), 1e7) / 160.934_4).rounded())
        return tenths >= 100 ? "\((tenths + 5) / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    /// The first thing that stands in the way; every person is counted once.
    private static func obstacle(_ candidate: Candidate, _ need: Need, _ distance: Double?) -> Shortfall.Cause? {
        let helper = candidate.helper
        let held = need.skills.compactMap { skill in helper.skills.first { $0.skill == skill } }
        guard held.count == need.skills.count else { return .withoutSkill }
        if !held.allSatisfy({ $0.isValid(at: need.at) }) { return .certificateExpired }
        if need.excluding.contains(helper.person) { return .askedAlready }
        if let language = need.language, !helper.languages.contains(language) { return .otherLanguage }
        if !candidate.isOnShift { return .offShift }
        if let distance, distance > min(need.maximumDistance, helper.radius) { return .tooFar }
        if helper.isResting(at: need.at) { return .resting }
        if candidate.load >= helper.places(for: need) { return .busy }
        return nil
    }

    private static func goesFirst(
        _ left: (helper: Helper, distance: Double?),
        _ right: (helper: Helper, distance: Double?)
    ) -> Bool {
        let (nearBand, farBand) = (bandOf(left.distance), bandOf(right.distance))
        if nearBand != farBand { return nearBand < farBand }
        let (early, late) = (left.helper.lastAskedAt?.milliseconds, right.helper.lastAskedAt?.milliseconds)
        if early != late { return (early ?? .min) < (late ?? .min) }
        let (near, far) = (left.distance ?? 0, right.distance ?? 0)
        if near != far { return near < far }
        return left.helper.person.text < right.helper.person.text
    }

    private static func bandOf(_ distance: Double?) -> Double { ((distance ?? 0) / band).rounded(.down) }

    /// As near, and asked more lately: then being first is a matter of turns.
    private static func isAskedLater(
        _ other: (helper: Helper, distance: Double?),
        _ helper: Helper,
        _ distance: Double?
    ) -> Bool {
        guard let early = helper.lastAskedAt, let late = other.helper.lastAskedAt else { return false }
        return late > early && bandOf(other.distance) == bandOf(distance)
    }

    private static func choice(_ helper: Helper, _ distance: Double?, _ need: Need, isTheirTurn: Bool) -> Choice {
        var reasons: [Reason] = []
        if let distance { reasons.append(Reason(distance: distance)) }
        if need.skills.contains(where: \.needsCertificate) { reasons.append(.certified) }
        if let language = need.language { reasons.append(.speaks(language: language)) }
        if helper.lastAskedAt == nil { reasons.append(.neverAsked) }
        if isTheirTurn { reasons.append(.askedLongestAgo) }
        return Choice(person: helper.person, distance: distance, reasons: reasons)
    }
}
