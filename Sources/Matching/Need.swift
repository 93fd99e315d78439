// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// Somebody needs something: at a place, in a language, with a skill, at a time.
package struct Need: Sendable {
    package var skill: Skill
    /// What the same person must hold beside it: a driver who is an interpreter.
    package var also: Set<Skill>
    /// A language code; nil when any will do.
    package var language: String?
    /// Nil when nobody knows where: then nearness counts for nothing.
    package var point: Point?
    package var at: Instant
    /// How many people to find.
    package var count: Int
    /// Already asked, or not to be asked.
    package var excluding: Set<Ref<Person>>
    /// Metres.
    package var maximumDistance: Double
    /// Members with one of these roles; nil for anybody.
    package var roles: Set<Role>?
    /// Nobody but these; nil for anybody. For drills: each search looks at all of them.
    package var among: Set<Ref<Person>>?

    package init(
        _ skill: Skill,
        also: Set<Skill> = [],
        language: String? = nil,
        near point: Point? = nil,
        at: Instant,
        count: Int,
        excluding: Set<Ref<Person>> = [],
        within maximumDistance: Double,
        roles: Set<Role>? = nil,
        among: Set<Ref<Person>>? = nil
    ) {
        self.skill = skill
        self.also = also
        self.language = language
        self.point = point
        self.at = at
        self.count = count
        self.excluding = excluding
        self.maximumDistance = maximumDistance
        self.roles = roles
        self.among = among
    }

    /// All that one person must hold.
    package var skills: [Skill] { also.isEmpty ? [skill] : [skill] + also.subtracting([skill]) }
}

/// A helper as matching sees them at one moment.
package struct Candidate: Sendable {
    package let helper: Helper
    /// Said they are available now, by a shift or of their own accord.
    package let isOnShift: Bool
    /// For how many needs they are asked or out right now.
    package let load: Int

    package init(_ helper: Helper, isOnShift: Bool, load: Int) {
        self.helper = helper
        self.isOnShift = isOnShift
        self.load = load
    }
}
