// SPDX-License-Identifier: AGPL-3.0-or-later

/// A named place of the pack: a circle (center and radius in metres) with a name in each language and the other
/// names people use for it.
package struct Place: Hashable, Sendable, Identifiable {
    package enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
        case landmark, neighborhood, city, district, county
    }

    package let id: String
    package let kind: Kind
    package let center: Point
    /// Metres.
    package let radius: Double
    /// The id of the place around it.
    package let parent: String?
    package let aliases: [String]
    let names: [String: String]

    init(
        id: String,
        kind: Kind,
        center: Point,
        radius: Double,
        parent: String?,
        aliases: [String],
        names: [String: String]
    ) {
        self.id = id
        self.kind = kind
        self.center = center
        self.radius = radius
        self.parent = parent
        self.aliases = aliases
        self.names = names
    }

    /// The name in a language ("es"), or in English where the pack has none.
    package func name(in languageCode: String) -> String { names[languageCode] ?? names["en"] ?? id }
}

/// Where two streets meet, as people say it. `place` is set where the gazetteer has the corner as a landmark; where it is
/// otherwise is for `Places.corner` to say.
package struct Crossing: Hashable, Sendable {
    package let first: String
    package let second: String
    package let place: Place?

    package func name(in languageCode: String) -> String {
        languageCode == "es" ? "\(first) y \(second)" : "\(first) & \(second)"
    }
}

/// One thing that a text speaks of, and why we think so.
package struct PlaceMatch: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case place(Place)
        case crossing(Crossing)
    }

    package enum Reason: Hashable, Sendable {
        /// The place's name in this language stands in the text.
        case name(language: String)
        /// Another name people use for it.
        case alias
        /// The text is the beginning of its name.
        case beginning
        /// Two streets with a word or sign between them that joins, or side by side where they are known to cross.
        case crossing
    }

    package let subject: Subject
    package let reason: Reason
    /// The folded words of the text that matched.
    package let words: [String]
    /// Whether those are all the words there are.
    package let isWhole: Bool
    /// Ids of other places that the same words name: ask which one is meant.
    package let rivals: [String]
    /// The words before it say that somebody goes there or comes from there.
    package let isOnTheWay: Bool

    package var place: Place? {
        switch subject {
        case .place(let place): place
        case .crossing(let crossing): crossing.place
        }
    }

    package var crossing: Crossing? {
        switch subject {
        case .place: nil
        case .crossing(let crossing): crossing
        }
    }

    package func name(in languageCode: String) -> String {
        switch subject {
        case .place(let place): place.name(in: languageCode)
        case .crossing(let crossing): crossing.name(in: languageCode)
        }
    }
}
