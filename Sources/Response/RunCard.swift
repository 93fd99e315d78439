// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Matching
import People

/// Who goes when something of one kind is reported: "2 observers, 1 of them speaking Spanish, and 1 attorney on call".
/// A coalition writes its own; what it leaves alone is the usual one.
package struct RunCard: Sendable, Hashable {
    package let kind: ReportKind
    /// In the order they are asked; empty when nobody is sent by the card.
    package let lines: [Line]

    /// So many of a role. An attorney is not sent: the one on call is paged.
    package struct Line: Sendable, Hashable, Codable {
        package let role: Skill
        package let wanted: Int
        /// A language code; nil when any will do.
        package let language: String?

        package init(_ role: Skill, _ wanted: Int, speaking language: String? = nil) {
            (self.role, self.wanted, self.language) = (role, wanted, language)
        }

        var want: Dispatch.Want { Dispatch.Want(role: role, language: language) }
    }

    package static let longest = 6

    package init(_ kind: ReportKind, _ lines: [Line]) { (self.kind, self.lines) = (kind, lines) }

    /// Until a coalition writes its own: two to look, in Spanish and in any language; an attorney where somebody is
    /// being taken or a door is knocked at.
    package static func usual(_ kind: ReportKind) -> RunCard {
        let look = Line(.verifier, 1, speaking: "es")
        return switch kind {
        case .vehicles, .people, .other: RunCard(kind, [look, Line(.verifier, 1)])
        case .checkpoint: RunCard(kind, [look, Line(.observer, 2)])
        case .arrest, .home, .work:
            RunCard(kind, [look, Line(.observer, 1, speaking: "es"), Line(.observer, 1), Line(.attorney, 1)])
        }
    }

    package static func find(_ kind: ReportKind, in tx: Transaction) throws -> RunCard {
        guard let text = try Settings.value(key(kind), in: tx) else { return usual(kind) }
        return read(text, kind)
    }

    package static func all(in tx: Transaction) throws -> [RunCard] {
        let settings = try Settings.all(in: tx)
        return ReportKind.allCases.map { kind in settings[key(kind)].map { read($0, kind) } ?? usual(kind) }
    }

    /// Replaces the card of a kind. Fields: `role-0`, `wanted-0`, `language-0` and so on.
    package static func set(_ card: RunCard, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.manageSettings)
        var fields: [String: Phrase] = [:]
        var wants: Set<Dispatch.Want> = []
        for (index, line) in card.lines.enumerated() {
            if !Skill.dispatchable.contains(line.role) {
                fields["role-\(index)"] = "response.dispatch_role|Choose a role from the list."
            }
            if !(1...20).contains(line.wanted) {
                fields["wanted-\(index)"] = "response.dispatch_wanted|Choose a number from 1 to 20."
            }
            if let language = line.language, !LanguageCode.isRealInSmall(language) {
                fields["language-\(index)"] = "response.dispatch_language|Choose a language from the list."
            }
            if !wants.insert(line.want).inserted {
                fields["role-\(index)"] = "response.card_twice|This line is on the card already. Change its number."
            }
        }
        if card.lines.count > longest { fields["role-0"] = "response.card_long|A card has up to six lines." }
        if !fields.isEmpty { throw Refusal.invalid(fields) }
        let text = String(decoding: try JSONEncoder().encode(card.lines), as: UTF8.self)
        try Settings.set(key(card.kind), to: text, by: caller.person.text, in: tx)
        try tx.record(
            Event(
                "settings.changed",
                subject: key(card.kind),
                actor: caller.person.text,
                data: ["lines": "\(card.lines.count)"]
            )
        )
    }

    /// What came of sending a card.
    package struct Sent: Sendable {
        package let dispatches: [Ref<Dispatch>]
        package let isAttorneyPaged: Bool
    }

    /// Asks for everybody on the card at once, each line in waves of its own with its own shortfall. Lines that are asked for
    /// or filled already are passed over; with none left it is refused. `point` as in `Dispatch.open`.
    @discardableResult
    package static func send(
        to incident: Ref<Incident>,
        meeting: String? = nil,
        near point: Point? = nil,
        by caller: Caller,
        timings: Timings,
        places: Places,
        in tx: Transaction
    ) throws -> Sent {
        try caller.require(.dispatch)
        let scene = try Scene.find(incident, in: tx)
        try Shift.requireToSend(caller, isExercise: scene.isExercise, in: tx)
        guard let kind = ReportKind(rawValue: scene.kind) else { throw Refusal.notFound }
        let card = try find(kind, in: tx)
        let left = try left(of: card, at: incident, in: tx).filter { $0.role != .attorney }
        let opened = try inOrder(left).map { line in
            try Dispatch.open(
                incident,
                role: line.role,
                wanted: line.wanted,
                language: line.language,
                meeting: meeting,
                near: point,
                by: caller,
                timings: timings,
                places: places,
                in: tx
            )
        }
        let hasAttorney = card.lines.contains { $0.role == .attorney }
        let isPaged = try hasAttorney && AttorneyOnCall.call(incident, by: caller, timings: timings, in: tx)
        guard !opened.isEmpty || isPaged else {
            throw Refusal(.conflict, "response.card_done|Everybody on this card was asked already.")
        }
        return Sent(dispatches: opened, isAttorneyPaged: try isPaged && AttorneyOnCall.isPaged(for: incident, in: tx))
    }

    private static func key(_ kind: ReportKind) -> String { "response.run_card.\(kind.rawValue)" }

    /// What can't be read is the usual card: nobody must be left without help by a setting.
    private static func read(_ text: String, _ kind: ReportKind) -> RunCard {
        guard let lines = try? JSONDecoder().decode([Line].self, from: Data(text.utf8)) else { return usual(kind) }
        return RunCard(kind, lines)
    }
}
