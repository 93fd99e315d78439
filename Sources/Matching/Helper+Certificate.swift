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

    /// Whether any member has or had a certificate for a skill: before, nobody could have shown one.
    package static func wasAnybodyCertified(for skill: Skill, in tx: Transaction) throws -> Bool {
        let first = try tx.one(
            Int.self,
            """
            SELECT 1 FROM helper_skills h JOIN people p ON p.id = h.person
            WHERE h.skill = \(skill) AND h.expires_at IS NOT NULL AND p.removed_at IS NULL LIMIT 1
            """
        )
        return first != nil
    }

    /// Those that members have, and that end from now until then, the first to end first.
    package static func certificates(
        endingWithin span: Duration,
        in tx: Transaction
    ) throws -> [(person: Ref<Person>, held: HeldSkill)] {
        try tx.rows(
            """
            SELECT h.person, h.skill, h.expires_at FROM helper_skills h JOIN people p ON p.id = h.person
            WHERE h.expires_at > \(tx.now) AND h.expires_at <= \(tx.now + span) AND p.removed_at IS NULL
            ORDER BY h.expires_at, h.person, h.skill
            """
        ).map { row in (try row["person"], HeldSkill(try row["skill"], until: try row["expires_at"])) }
            .filter(\.held.skill.needsCertificate)
    }
}
