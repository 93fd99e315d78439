// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Something on paper: which facts, phrases and guides stand on it, by name. From `content/print.yaml`.
package struct PrintPiece: Decodable, Sendable, Identifiable {
    package enum Kind: String, Decodable, Sendable, CaseIterable {
        /// 85.6 × 54 mm (ISO/IEC 7810 ID-1), ten to a sheet; the second page is the back.
        case card
        /// For the inside of a window: English for who knocks, the reader's language for who opens.
        case door
        case poster
        /// Whole guides in letters of 20 points.
        case large
    }

    package let id: Kind
    package let facts: [String]
    package let say: [String]
    package let guides: [String]?
}

/// A sheet of paper, in millimetres.
package enum Paper: String, Sendable, CaseIterable {
    case letter, a4

    package var size: (width: Double, height: Double) { self == .letter ? (215.9, 279.4) : (210, 297) }
}

/// The pieces of the content pack, checked: every name they use exists.
package struct PrintFiles: Sendable {
    private struct File: Decodable { let pieces: [PrintPiece] }

    package let pieces: [PrintPiece]

    package static func load(folder: String, facts: FactFiles, guides: GuideFiles) throws -> PrintFiles {
        let path = "\(folder)/print.yaml"
        let pieces = try Content.yaml(File.self, path).pieces
        func refuse(_ piece: PrintPiece, _ reason: String) -> Content.Problem {
            Content.Problem(path: path, reason: "\(piece.id.rawValue): \(reason)")
        }
        let names = Set(facts.facts.map(\.fact.id))
        for piece in pieces {
            if let fact = piece.facts.first(where: { !names.contains($0) }) {
                throw refuse(piece, "facts: there is no fact \(fact)")
            }
            if let phrase = piece.say.first(where: { phrase in !guides.sayings.contains { $0.id == phrase } }) {
                throw refuse(piece, "say: there is no phrase \(phrase)")
            }
            if let guide = piece.guides?.first(where: { guide in !guides.guides.contains { $0.id == guide } }) {
                throw refuse(piece, "guides: there is no guide \(guide)")
            }
        }
        guard Set(pieces.map(\.id)) == Set(PrintPiece.Kind.allCases), pieces.count == PrintPiece.Kind.allCases.count
        else {
            throw Content.Problem(path: path, reason: "pieces: card, door, poster and large must each be there once")
        }
        return PrintFiles(pieces: pieces)
    }

    package func piece(_ kind: PrintPiece.Kind) -> PrintPiece? { pieces.first { $0.id == kind } }
}

/// A piece as it is printed today, in one language: what it says, how it stands, and the edition that its code names.
package struct PrintText: Sendable {
    package struct Statement: Sendable {
        package let id: String
        package let standing: Standing
        package let text: FactText
        package let language: Language
    }

    /// A card of a guide, on the large-print pages.
    package struct Leaf: Sendable {
        package let title: LocalizedText
        /// Nil where something it leans on was taken back.
        package let words: LocalizedText?
        /// How what its own words lean on stands.
        package let leans: Standing
        package let facts: [Statement]
        package let say: [Saying]
    }

    package struct Chapter: Sendable {
        package let name: LocalizedText
        package let leaves: [Leaf]
    }

    package let kind: PrintPiece.Kind
    package let language: Language
    /// Eight letters: see `Rights.edition(of:)`.
    package let edition: String
    /// The day it is told on.
    package let day: String
    /// Every fact it shows or leans on.
    package let names: [String]
    package let facts: [Statement]
    package let say: [Saying]
    package let chapters: [Chapter]
    package let notice: LocalizedText
    /// Whether a person has not checked some of its words.
    package let isDraft: Bool
    /// Whether the coalition's attorney approved all of them.
    package let isApproved: Bool

    package init(_ piece: PrintPiece, _ rights: Rights, _ language: Language) {
        func statements(_ names: [String]) -> [Statement] {
            names.compactMap(rights.entry).filter { $0.standing != .recalled }.map { entry in
                let (text, tongue) = entry.words(language)
                return Statement(id: entry.id, standing: entry.standing, text: text, language: tongue)
            }
        }
        kind = piece.id
        self.language = language
        let guides = (piece.guides ?? []).compactMap(rights.guide)
        names = Self.names(piece, rights)
        edition = rights.edition(of: names)
        day = rights.day
        // A card and a door sign have no room for a dispute: they carry what is settled.
        let plain = piece.id == .card || piece.id == .door
        facts = statements(piece.facts).filter { !plain || $0.standing == .settled }
        say = piece.say.compactMap(rights.saying).filter { rights.standing(of: $0.rests ?? []) == .settled }
        chapters = guides.map { guide in
            Chapter(
                name: guide.name,
                leaves: guide.cards.compactMap { card in
                    let standing = rights.standing(of: card.facts + (card.rests ?? []))
                    let shown = statements(card.facts)
                    guard standing != .recalled || !shown.isEmpty else { return nil }
                    let holds = standing != .recalled
                    return Leaf(
                        title: card.title,
                        words: holds ? card.words : nil,
                        leans: holds ? rights.standing(of: card.rests ?? []) : .settled,
                        facts: shown,
                        say: holds ? (card.say ?? []).compactMap(rights.saying) : []
                    )
                }
            )
        }
        notice = rights.notice
        let texts = (facts + chapters.flatMap { $0.leaves.flatMap(\.facts) }).map(\.text)
        isDraft =
            texts.contains { $0.state == .draft }
            || guides.contains { ($0.states[language.code] ?? .draft) == .draft }
        isApproved = !texts.isEmpty && texts.allSatisfy { $0.state == .approved }
    }

    /// Every fact that a piece shows or leans on, also those that were taken back.
    package static func names(_ piece: PrintPiece, _ rights: Rights) -> [String] {
        let guides = (piece.guides ?? []).compactMap(rights.guide)
        let phrases = piece.say + guides.flatMap { $0.cards.flatMap { $0.say ?? [] } }
        let rests = rights.rests(of: phrases)
        return Set(piece.facts + guides.flatMap(\.facts) + rests).sorted()
    }
}
