// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People

extension CareCheck {
    /// Whom those who care ask first, for each who waits for a call: counselors in their language and near them, then
    /// comforters, who know how it is, then counselors in any language. Three at most; nobody is told.
    package static func listeners(
        for checks: [CareCheck],
        by caller: Caller,
        in tx: Transaction
    ) throws -> [Ref<CareCheck>: [Match.Choice]] {
        try caller.require(.careForResponders)
        return try checks.filter(\.waitsForCall).prefix(50).reduce(into: [:]) { found, check in
            found[check.id] = try listeners(for: check.person, in: tx)
        }
    }

    private static func listeners(for person: Ref<Person>, in tx: Transaction) throws -> [Match.Choice] {
        let language = try Person.find(person, in: tx)?.language.lowercased()
        let point = try Helper.find(person, in: tx)?.point
        var found: [Match.Choice] = []
        for (skill, language) in [(Skill.counselor, language), (.comforter, language), (.counselor, nil)] {
            let wanted = HelpWanted(skill, language: language, near: point)
            let others = Set(found.map(\.person) + [person])
            if found.count < 3 { found += try wanted.best(3 - found.count, but: others, in: tx).choices }
        }
        return found
    }
}
