// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People

/// Somebody is wanted for what is no dispatch: an interpreter for a hearing, a driver who speaks Khmer, a mentor, a ride, a
/// counselor. Who looks is told whom to ask first, and why; nobody is asked by looking.
package struct HelpWanted: Sendable {
    package let skill: Skill
    /// What the same person must hold beside it.
    package let also: Set<Skill>
    /// A language code, as helpers keep it; nil when any will do.
    package let language: String?
    /// Nil where it doesn't matter.
    package let point: Point?
    /// Nil for now.
    package let at: Instant?

    package init(
        _ skill: Skill,
        also: Set<Skill> = [],
        language: String? = nil,
        near point: Point? = nil,
        at: Instant? = nil
    ) {
        (self.skill, self.also, self.language, self.point, self.at) = (skill, also, language, point, at)
    }

    /// The ten to ask first, and why they are fewer. Field: `at`.
    package func best(by caller: Caller, in tx: Transaction) throws -> Match.Result {
        try caller.require(.dispatch)
        if let at, at < tx.now - .hours(1) || at > tx.now + .days(366) {
            throw Refusal.invalid(["at": "find.when|Choose a time from now on, within a year."])
        }
        return try best(10, but: [], in: tx)
    }

    func best(_ count: Int, but others: Set<Ref<Person>>, in tx: Transaction) throws -> Match.Result {
        let moment = max(at ?? tx.now, tx.now)
        // Who is out now is home by then.
        let load = moment > tx.now + .hours(1) ? [:] : try Assignment.load(withDrills: false, in: tx)
        let need = Need(
            skill,
            also: also,
            language: language,
            near: point,
            at: moment,
            count: count,
            excluding: others,
            within: 100_000,
            roles: Role(rawValue: skill.rawValue).map { [$0] }
        )
        return try HelperIndex.nearest(need, load: load, in: tx)
    }
}
