// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// Who is asked next: a pure function from a need and the people to an ordered choice, with a reason for each, and
/// for each that could have been and is not.
package enum Match {
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
        /// Both are known by the middle of one neighborhood: how far they are apart in it, nobody knows.
        case sameNeighborhood
        case certified
        case speaks(language: String)
        case neverAsked
        /// Somebody as near was asked more lately.
        case askedLongestAgo
        /// Somebody nearer was asked so lately that they come after.
        case nearerAskedLately
        /// A dispatcher asked for them by name.
        case chosen

        package var isDistance: Bool {
            switch self {
            case .near, .sameNeighborhood: true
            case .certified, .speaks, .neverAsked, .askedLongestAgo, .nearerAskedLately, .chosen: false
            }
        }

        /// How near, as far as anybody is told.
        package init(distance: Double) {
            self = distance < 1 ? .sameNeighborhood : .near(metres: Double(told(distance)))
        }

        package var words: Phrase {
            switch self {
            case .near(let metres): Phrase("matching.why_near|About {miles} miles away", ["miles": miles(metres)])
            case .sameNeighborhood: "matching.why_same|In the same neighborhood"
            case .certified: "matching.why_certified|Certificate is current"
            case .speaks(let language):
                Phrase(
                    "matching.why_speaks|Speaks the language ({language})",
                    ["language": SpokenLanguage.name(language)]
                )
            case .neverAsked: "matching.why_never_asked|Was never asked before"
            case .askedLongestAgo: "matching.why_turn|It is their turn"
            case .nearerAskedLately: "matching.why_nearer|Somebody nearer was asked in the last days"
            case .chosen: "matching.why_chosen|Asked by name"
            }
        }
    }

    package struct Result: Sendable, Hashable {
        /// The first to ask first.
        package let choices: [Choice]
        /// Nil when as many were found as were needed.
        package let shortfall: Shortfall?
    }

    /// The people to ask, at most `limit` and at most as many as needed: those who can, by how near they are and whose turn it
    /// is (`Fairness.rank`), of equals whoever was asked longest ago, then the nearer, then by reference so that the order is
    /// always the same.
    package static func nearest(_ need: Need, among candidates: [Candidate], limit: Int) -> Result {
        var able: [Able] = []
        var others = Fairness.Others()
        var missed: [Shortfall.Cause: Int] = [:]
        for candidate in candidates {
            let distance = need.point.map { candidate.helper.point.distance(to: $0) }
            if let cause = obstacle(candidate, need, distance) {
                missed[cause, default: 0] += 1
            } else {
                let one = Able(candidate.helper, distance, need)
                others.note(ring: one.ring, rank: one.rank, lastAsked: one.lastAsked)
                able.append(one)
            }
        }
        able.sort { $0.goesBefore($1) }
        let choices = able.prefix(max(0, min(need.count, limit))).map { one in
            Choice(
                person: one.helper.person,
                distance: one.distance,
                reasons: reasons(one.distance, need)
                    + others.reasons(ring: one.ring, rank: one.rank, lastAsked: one.lastAsked)
            )
        }
        guard able.count < need.count else { return Result(choices: choices, shortfall: nil) }
        return Result(choices: choices, shortfall: Shortfall(wanted: need.count, found: able.count, missed: missed))
    }

    /// Somebody who can.
    private struct Able {
        let helper: Helper
        let distance: Double?
        let ring: Int
        let rank: Int
        let lastAsked: UInt32

        init(_ helper: Helper, _ distance: Double?, _ need: Need) {
            (self.helper, self.distance) = (helper, distance)
            lastAsked = helper.lastAskedAt.map(HelperRows.seconds) ?? 0
            ring = Fairness.ring(distance)
            rank = Fairness.rank(distance, lastAsked: lastAsked, at: need.at.milliseconds)
        }

        func goesBefore(_ other: Able) -> Bool {
            if rank != other.rank { return rank < other.rank }
            if lastAsked != other.lastAsked { return lastAsked < other.lastAsked }
            let (near, far) = (distance ?? 0, other.distance ?? 0)
            return near != far ? near < far : helper.person.text < other.helper.person.text
        }
    }

    /// What does not hang on the others.
    static func reasons(_ distance: Double?, _ need: Need) -> [Reason] {
        var reasons: [Reason] = []
        reasons.reserveCapacity(6)
        if let distance { reasons.append(Reason(distance: distance)) }
        if need.skills.contains(where: \.needsCertificate) { reasons.append(.certified) }
        if let language = need.language { reasons.append(.speaks(language: language)) }
        return reasons
    }

    /// Metres to the next 500 and never fewer: nobody is told more exactly where a helper is.
    private static func told(_ metres: Double) -> Int { 500 * Int((min(max(metres, 1), 1e8) / 500).rounded(.up)) }

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
}
