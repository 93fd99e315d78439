// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Vault

/// Everything that can be told about rights at one moment: the live facts as they hold here and stand today, and the
/// guides built from them. A value; `RightsShelf` has the newest.
package struct Rights: Sendable {
    /// A fact with all that must be shown with it.
    package struct Entry: Sendable, Identifiable {
        /// As it holds in our circuit.
        package let fact: Fact
        /// As it holds elsewhere, by circuit; empty where it is the same everywhere.
        package let elsewhere: [Fact.Variant]
        package let standing: Standing
        package let revision: Int

        package var id: String { fact.id }

        /// The words for a reader of `language`, and the language they are in. English where there are none yet, or
        /// where they no longer follow the English.
        package func words(_ language: Language) -> (text: FactText, language: Language) {
            if let text = fact.text[language.code], text.state != .outdated { return (text, language) }
            let english = fact.text["en"] ?? FactText(statement: "", means: "")
            return (english, .english)
        }
    }

    /// Changes whenever something here does, and with the day.
    package let version: Int64
    /// `2026-11-22`: the day it is told on.
    package let day: String
    package let place: FactFiles.Place
    package let notice: LocalizedText
    package let guides: [Guide]
    private let entries: [String: Entry]
    /// The public recordings, newest first.
    private let recordings: [Recording]
    /// The names of the sounds that a machine made of what is told today.
    var sounds: Set<String> = []
    private let sayings: [String: Saying]

    package init(
        live: [(fact: Fact, revision: Int)],
        files: FactFiles,
        guides: GuideFiles,
        recordings: [Recording] = [],
        day: String,
        version: Int64
    ) {
        let place = files.place
        entries = Dictionary(
            live.map { fact, revision in
                let held = fact.held(in: place.circuit)
                let elsewhere = (fact.variants ?? []).filter { $0.circuit != place.circuit }
                return (
                    fact.id,
                    Entry(fact: held, elsewhere: elsewhere, standing: held.standing(on: day), revision: revision)
                )
            }
        ) { first, _ in first }
        sayings = Dictionary(guides.sayings.map { ($0.id, $0) }) { first, _ in first }
        self.guides = guides.guides
        self.recordings = recordings
        self.place = place
        self.day = day
        self.version = version
        let more = files.tongues.compactMapValues(\.notice)
        notice = LocalizedText(place.notice.texts.merging(more) { own, _ in own })
    }

    package func entry(_ id: String) -> Entry? { entries[id] }
    /// Nil where something it leans on was taken back.
    package func saying(_ id: String) -> Saying? {
        sayings[id].flatMap { standing(of: $0.rests ?? []) == .recalled ? nil : $0 }
    }

    /// The facts that phrases lean on, also of one that is not shown today.
    package func rests(of phrases: [String]) -> [String] { phrases.flatMap { sayings[$0]?.rests ?? [] } }

    package func guide(_ id: String) -> Guide? { guides.first { $0.id == id } }

    /// Every fact, by name.
    package var facts: [Entry] { entries.values.sorted { $0.id < $1.id } }

    /// How a card stands: as the weakest of what it rests on. A fact that is gone counts as taken back.
    package func standing(of names: [String]) -> Standing {
        names.map { entries[$0]?.standing ?? .recalled }.max() ?? .settled
    }

    /// What a jurisdiction is called.
    package func jurisdiction(_ key: String, _ language: Language) -> String {
        place.jurisdictions[key]?(language) ?? key
    }

    /// The name of the sound that reads this card as it stands now; nil where there is none.
    package func sound(of card: Guide.Card, _ t: Words) -> String? {
        guard !sounds.isEmpty, let name = ReadAloud(card, self, t)?.name, sounds.contains(name) else { return nil }
        return name
    }

    package func has(sound name: String) -> Bool { sounds.contains(name) }

    /// A guide as people read it, newest first. None while something in the guide is taken back: a recording can't leave a
    /// sentence out.
    package func recordings(of guide: Guide) -> [Recording] {
        guard standing(of: guide.facts) != .recalled else { return [] }
        return recordings.filter { $0.guide == guide.id }
    }

    /// Eight letters that change whenever any of these facts does, or stands otherwise: what a printed card or a saved
    /// page carries, so that an old one can be told.
    package func edition(of names: some Sequence<String>) -> String {
        let lines = Set(names).sorted().map { name in
            "\(name) \(entries[name]?.revision ?? 0) \((entries[name]?.standing ?? .recalled).rawValue)"
        }
        return String(Fingerprint.hex(Fingerprint.sha256(Array(lines.joined(separator: "\n").utf8))).prefix(8))
    }
}
