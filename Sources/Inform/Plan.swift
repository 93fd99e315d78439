// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The family plan as the content pack asks for it: topics with questions, the caregiver's affidavit, and messages to
/// people's own contacts. Questions only: what people write never comes here, it stays on their device.
package struct Plan: Decodable, Sendable {
    /// One page of the plan.
    package struct Topic: Decodable, Sendable, Identifiable {
        package let id: String
        package let icon: String
        package let name: LocalizedText
        package let words: LocalizedText?
        /// What to do, in this order.
        package let steps: [LocalizedText]?
        /// Facts that are shown with it.
        package let facts: [String]?
        package let groups: [Group]?
        /// `caregiver`: the affidavit stands here.
        package let form: String?
    }

    /// Questions that belong together, asked once for each of `rows` people or things.
    package struct Group: Decodable, Sendable, Identifiable {
        package let id: String
        /// Nil where the topic's name is enough.
        package let name: LocalizedText?
        package let rows: Int
        /// What must be known before it is filled in.
        package let warn: LocalizedText?
        /// Boxes to check only, set close.
        package let list: Bool?
        package let fields: [Field]
    }

    package struct Field: Decodable, Sendable, Identifiable {
        /// How it is asked: one line, a short line, several lines, a telephone, a mail address, a box to check.
        package enum Kind: String, Decodable, Sendable { case line, short, area, phone, email, check }

        package let id: String
        package let kind: Kind
        package let name: LocalizedText
        package let hint: LocalizedText?
    }

    /// A message to somebody's own contacts, composed on the device. `{children}` and `{lawyer}` are filled from the plan,
    /// or by the words given here.
    package struct Message: Decodable, Sendable, Identifiable {
        package let id: String
        package let name: LocalizedText
        package let text: LocalizedText
        package let children: LocalizedText?
        package let lawyer: LocalizedText?
    }

    /// The affidavit: what is printed is English, since offices read it; `means` stands beside it on the screen.
    package struct Form: Decodable, Sendable {
        package struct Item: Decodable, Sendable, Identifiable {
            package let id: String
            package let number: Int
            package let kind: Field.Kind
            /// Topic, group and field that the answer may be copied from.
            package let from: String?
            package let english: String
            package let means: LocalizedText
        }

        package struct Source: Decodable, Sendable {
            package let name: String
            package let url: String
        }

        /// When one of these was taken back, the form is not shown.
        package let rests: [String]
        /// Whether its wording must be compared with the state's own before it is signed.
        package let recheck: Bool
        /// How many children one can fill it in for.
        package let rows: Int
        package let source: Source
        package let title: String
        package let head: [String]
        package let items: [Item]
        package let foot: [String]
        package let notices: [String]
    }

    /// How far the words of each language were checked.
    package let states: [String: FactText.State]
    package let topics: [Topic]
    package let messages: [Message]
    package let form: Form

    /// Every fact it shows or leans on.
    package var facts: [String] { topics.flatMap { $0.facts ?? [] } + form.rests }

    /// Reads `plan/plan.yaml`, and refuses one that names a fact that isn't there or an answer twice.
    package static func load(folder: String, facts: FactFiles) throws -> Plan {
        let path = "\(folder)/plan/plan.yaml"
        let plan = try Content.yaml(Plan.self, path)
        let known = Set(facts.facts.map(\.fact.id))
        if let missing = plan.facts.first(where: { !known.contains($0) }) {
            throw Content.Problem(path: path, reason: "there is no fact \(missing)")
        }
        let keys = plan.keys
        guard Set(keys).count == keys.count, plan.names.allSatisfy(FactChecks.isName) else {
            throw Content.Problem(path: path, reason: "an id is there twice, or is not a name")
        }
        let fields = Set(keys)
        for item in plan.form.items {
            if let from = item.from, !fields.contains(from) {
                throw Content.Problem(path: path, reason: "\(item.id): from: there is no answer \(from)")
            }
        }
        let rows = plan.topics.flatMap { ($0.groups ?? []).map(\.rows) } + [plan.form.rows]
        guard rows.allSatisfy({ (1...20).contains($0) }) else {
            throw Content.Problem(path: path, reason: "rows: must be 1 to 20")
        }
        return plan
    }

    /// `children.child.name`: where an answer belongs, without its row.
    private var keys: [String] {
        topics.flatMap { topic in
            (topic.groups ?? []).flatMap { group in group.fields.map { "\(topic.id).\(group.id).\($0.id)" } }
        } + form.items.map { "caregiver.form.\($0.id)" }
    }

    private var names: [String] {
        topics.map(\.id) + topics.flatMap { ($0.groups ?? []).flatMap { [$0.id] + $0.fields.map(\.id) } }
            + form.items.map(\.id) + messages.map(\.id)
    }
}
