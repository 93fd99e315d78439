// SPDX-License-Identifier: AGPL-3.0-or-later
import Care
import Inform
import Kit
import Matching

/// What the content pack says about this coalition: names, hotline, time zone, and the pages built from its files.
package struct Pack: Sendable {
    package struct Coalition: Decodable, Sendable {
        package struct Hotline: Decodable, Sendable {
            package let number: String
            /// The pack's own number reaches nobody; pages say so until the coalition sets one.
            package let demonstration: Bool?
            package let note: LocalizedText?
        }

        package struct Drills: Decodable, Sendable {
            package let demonstration: String
            package let offered: [String]
        }

        /// A member organization that prints under its own name, with its own number.
        package struct Organization: Decodable, Sendable, Identifiable {
            /// In an address: small letters, digits, dashes.
            package let id: String
            package let name: LocalizedText
            package let hotline: Hotline
        }

        /// Something that helpers can do beside what the program knows: a mentor, a ride.
        package struct OwnSkill: Decodable, Sendable {
            package let id: Skill
            package let name: LocalizedText
        }

        package let name: LocalizedText
        package let motto: LocalizedText
        package let hotline: Hotline
        package let timeZone: String
        package let quickExit: String
        package let drills: Drills
        package let organizations: [Organization]?
        package let skills: [OwnSkill]?

        private enum CodingKeys: String, CodingKey {
            case name, motto, hotline, drills, organizations, skills
            case timeZone = "time_zone"
            case quickExit = "quick_exit"
        }
    }

    package let coalition: Coalition
    package let facts: FactFiles
    package let guides: GuideFiles
    package let policies: PolicyFiles
    package let courses: CourseFiles
    package let plan: Plan
    package let help: HelpLines
    package let prints: PrintFiles
    /// What helpers can do: what the program knows, then what this pack brings.
    package let skills: [Skill]
    private let skillNames: [Skill: LocalizedText]

    /// Reads its files beside each other: a start has two cores.
    package init(folder: String) async throws {
        coalition = try Content.yaml(Coalition.self, "\(folder)/coalition.yaml")
        let own = coalition.skills ?? []
        skills = Skill.all + own.map(\.id)
        guard Set(skills).count == skills.count else {
            throw Content.Problem(path: "\(folder)/coalition.yaml", reason: "skills: one is there twice")
        }
        skillNames = Dictionary(uniqueKeysWithValues: own.map { ($0.id, $0.name) })
        async let help = HelpLines.load(folder: folder)
        let facts = try FactFiles.load(folder: folder)
        async let policies = PolicyFiles.load(folder: folder, facts: facts)
        async let courses = CourseFiles.load(folder: folder, facts: facts)
        async let plan = Plan.load(folder: folder, facts: facts)
        let guides = try GuideFiles.load(folder: folder, facts: facts)
        prints = try PrintFiles.load(folder: folder, facts: facts, guides: guides)
        (self.facts, self.guides) = (facts, guides)
        (self.policies, self.courses, self.plan, self.help) = try await (policies, courses, plan, help)
    }

    /// What a skill is called, in the pack's words where it is the pack's.
    package func name(of skill: Skill, _ t: Words) -> String {
        skillNames[skill]?(t.language) ?? t(skill.label)
    }

    /// The hotline as a `tel:` address: digits and the plus only.
    package var hotlineAddress: String {
        let digits = coalition.hotline.number.utf8.filter { $0 >= 48 && $0 <= 57 }
        return "tel:" + (digits.count == 10 ? "+1" : "+") + String(decoding: digits, as: UTF8.self)
    }

    /// Scheme and host of the quick exit.
    package var exitOrigin: String {
        coalition.quickExit.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3)
            .joined(separator: "/")
    }
}
