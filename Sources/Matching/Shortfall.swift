// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Why fewer people were found than were needed, in counts: nobody is named.
package struct Shortfall: Sendable, Hashable, Codable {
    /// What stood in the way of a person, in the order it is looked at; each person counts once.
    package enum Cause: String, Sendable, Hashable, Codable, CaseIterable {
        case withoutSkill, certificateExpired, askedAlready, otherLanguage, offShift, tooFar, resting, busy
    }

    package let wanted: Int
    package let found: Int
    package let counts: [String: Int]

    package init(wanted: Int, found: Int, missed: [Cause: Int]) {
        self.wanted = wanted
        self.found = found
        counts = Dictionary(uniqueKeysWithValues: missed.map { ($0.key.rawValue, $0.value) })
    }

    package func count(_ cause: Cause) -> Int { counts[cause.rawValue] ?? 0 }

    /// What came nearest to a yes: the one thing most worth changing. Nil when nobody has the skill at all.
    package var main: Cause? {
        Cause.allCases.last { $0 != .withoutSkill && count($0) > 0 }
    }

    /// The first sentence says how short it is; the others why, what is nearest to a yes first.
    package var words: [Phrase] {
        let causes = Cause.allCases.reversed().filter { $0 != .withoutSkill && count($0) > 0 }
        return [headline] + causes.map(sentence)
    }

    private var headline: Phrase {
        if found > 0 {
            return Phrase(
                "matching.short_some|Found {found} of the {wanted} people we looked for.",
                ["found": "\(found)", "wanted": "\(wanted)"]
            )
        }
        switch main {
        case nil: return "matching.short_nobody|Nobody has this role yet."
        case .certificateExpired: return "matching.short_uncertified|Nobody has a current certificate for this."
        case .askedAlready: return "matching.short_all_asked|Everybody who could go was asked."
        case .otherLanguage: return "matching.short_language|Nobody available speaks this language."
        case .offShift: return "matching.short_off_shift|Nobody who can do this is on shift."
        case .tooFar: return "matching.short_far|Nobody on shift is near enough."
        // Of many only some are near: said by itself, it would read as if all were.
        case .resting, .busy, .withoutSkill:
            let near = count(.resting) + count(.busy)
            if count(.tooFar) > near {
                return "matching.short_most_far|Most are too far away, and nobody near is free."
            }
            if count(.offShift) > near { return "matching.short_most_off|Most are off shift, and nobody near is free." }
            return "matching.short_busy|Everybody near is busy or resting."
        }
    }

    private func sentence(_ cause: Cause) -> Phrase {
        let keyed =
            switch cause {
            case .withoutSkill: "matching.count_without_skill|{n} has another role|{n} have other roles"
            case .certificateExpired:
                "matching.count_uncertified|{n} needs to renew a certificate|{n} need to renew a certificate"
            case .askedAlready: "matching.count_asked|{n} was already asked|{n} were already asked"
            case .otherLanguage: "matching.count_language|{n} does not speak the language|{n} do not speak the language"
            case .offShift: "matching.count_off_shift|{n} is off shift|{n} are off shift"
            case .tooFar: "matching.count_far|{n} is too far away|{n} are too far away"
            case .resting: "matching.count_resting|{n} is resting|{n} are resting"
            case .busy: "matching.count_out|{n} is asked or out already|{n} are asked or out already"
            }
        return Phrase(keyed, ["n": "\(count(cause))"])
    }
}
