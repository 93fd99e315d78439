// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// "Is it happening to you?": the situations and the facts that help in each, from `content/rights/now.yaml`.
package struct RightsNow: Decodable, Sendable {
    package struct Situation: Decodable, Sendable, Identifiable {
        package let id: String
        package let name: LocalizedText
        /// References to facts, the most needed first.
        package let first: [String]
    }

    package let notice: LocalizedText
    package let situations: [Situation]
    package let facts: [Fact]

    package static func load(folder: String) throws -> RightsNow {
        let path = "\(folder)/rights/now.yaml"
        let rights = try Content.yaml(RightsNow.self, path)
        let known = Set(rights.facts.map(\.id))
        for situation in rights.situations {
            for fact in situation.first where !known.contains(fact) {
                throw Content.Problem(path: path, reason: "\(situation.id) names an unknown fact, \(fact)")
            }
        }
        return rights
    }

    package func facts(for situation: Situation) -> [Fact] {
        situation.first.compactMap { id in facts.first { $0.id == id } }
    }
}
