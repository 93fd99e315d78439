// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Inform
import Kit
import NIOCore

/// The facts and guides for programs, with how each stands, its sources and how far its words were checked. Asked again
/// each time (`no-cache`), so that a recall is seen at once; unchanged answers have no body.
struct FactAPI {
    let site: Site

    func facts(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        return try answer(FactsJSON(rights, context.t.language), request, context)
    }

    func guides(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        return try answer(GuidesJSON(rights, context.t.language), request, context)
    }

    private func answer(_ value: some Encodable, _ request: Request, _ context: SiteContext) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let headers: HTTPFields = [
            .contentType: "application/json", .cacheControl: "no-cache", .contentLanguage: context.t.language.code,
            .vary: "Accept-Language, Cookie",
        ]
        return .tagged(ByteBuffer(bytes: try encoder.encode(value)), headers: headers, for: request)
    }
}

private struct FactsJSON: Encodable {
    struct Source: Encodable {
        let name: String
        let url: String?
        let date: String
        let readAgain: Bool
    }

    struct Elsewhere: Encodable {
        let jurisdiction: String
        let standing: String
        let statement: String
    }

    struct Item: Encodable {
        let id: String
        let standing: String
        let jurisdiction: String
        let jurisdictionName: String
        let asOf: String
        let reviewBy: String
        let revision: Int
        /// Nil for what was taken back.
        let language: String?
        let state: String?
        let statement: String?
        let means: String?
        let dispute: String?
        let sources: [Source]
        let elsewhere: [Elsewhere]
    }

    let day: String
    let circuit: String
    let notice: String
    let facts: [Item]

    init(_ rights: Rights, _ language: Language) {
        day = rights.day
        circuit = rights.place.circuit
        notice = rights.notice(language)
        facts = rights.facts.map { entry in
            let (text, spoken) = entry.words(language)
            let isGone = entry.standing == .recalled
            return Item(
                id: entry.id,
                standing: entry.standing.rawValue,
                jurisdiction: entry.fact.jurisdiction,
                jurisdictionName: rights.jurisdiction(entry.fact.jurisdiction, language),
                asOf: entry.fact.asOf,
                reviewBy: entry.fact.reviewBy,
                revision: entry.revision,
                language: isGone ? nil : spoken.code,
                state: isGone ? nil : text.state.rawValue,
                statement: isGone ? nil : text.statement,
                means: isGone ? nil : text.means,
                dispute: isGone ? nil : text.dispute,
                sources: entry.fact.sources.map {
                    Source(name: $0.name, url: $0.url, date: $0.date, readAgain: $0.seen)
                },
                elsewhere: isGone
                    ? []
                    : entry.elsewhere.map { variant in
                        Elsewhere(
                            jurisdiction: variant.circuit,
                            standing: FactBlock.standing(of: variant, after: entry, on: rights.day).rawValue,
                            statement: (variant.text[spoken.code] ?? variant.text["en"])?.statement ?? ""
                        )
                    }
            )
        }
    }
}

private struct GuidesJSON: Encodable {
    struct Say: Encodable {
        let id: String
        let english: String
        let means: String?
        let sounds: String?
    }

    struct Card: Encodable {
        let id: String
        let kind: String
        let standing: String
        let language: String
        /// Nil where something the card rests on was taken back.
        let title: String?
        let words: String?
        let facts: [String]
        let rests: [String]
        let say: [Say]
    }

    struct Item: Encodable {
        let id: String
        let name: String
        let lead: String
        let state: String
        let path: String
        let edition: String
        let cards: [Card]
    }

    let day: String
    let guides: [Item]

    init(_ rights: Rights, _ language: Language) {
        day = rights.day
        guides = rights.guides.map { guide in
            Item(
                id: guide.id,
                name: guide.name(language),
                lead: guide.lead(language),
                state: (guide.states[language.code] ?? .draft).rawValue,
                path: "/rights/\(guide.id)",
                edition: rights.edition(of: guide.facts),
                cards: guide.cards.map { card in Self.card(card, rights, language) }
            )
        }
    }

    private static func card(_ card: Guide.Card, _ rights: Rights, _ language: Language) -> Card {
        let standing = rights.standing(of: card.facts + (card.rests ?? []))
        let isGone = standing == .recalled
        return Card(
            id: card.id,
            kind: card.kind.rawValue,
            standing: standing.rawValue,
            language: card.title.isIn(language) ? language.code : "en",
            title: isGone ? nil : card.title(language),
            words: isGone ? nil : card.words?(language),
            facts: card.facts,
            rests: card.rests ?? [],
            say: isGone
                ? []
                : (card.say ?? []).compactMap(rights.saying).map { saying in
                    let words = saying.words[language.code]
                    return Say(id: saying.id, english: saying.english, means: words?.means, sounds: words?.sounds)
                }
        )
    }
}
