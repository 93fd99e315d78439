// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Helper {
    /// A certificate was taken back: from this moment they are not asked for that skill, unless a later certificate
    /// carries it beyond `end`.
    package static func decertify(
        _ person: Ref<Person>,
        _ skill: Skill,
        endingBy end: Instant,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.managePeople)
        let changed = try tx.run(
            """
            UPDATE helper_skills SET expires_at = \(tx.now)
            WHERE person = \(person) AND skill = \(skill) AND expires_at > \(tx.now) AND expires_at <= \(end)
            """
        )
        guard changed == 1 else { return }
        try tx.record(
            Event("helper.certified", subject: person.text, actor: caller.person.text, data: ["skill": skill.rawValue])
        )
    }
}
