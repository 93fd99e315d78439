// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Inform
import Kit
import NIOCore

/// The policies for programs: how each stands, with its sources. Facts are named, and read from `/api/v1/facts`.
struct PolicyAPI {
    let site: Site

    func list(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        let language = context.t.language
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let list = PoliciesJSON(
            day: rights.day,
            policies: site.pack.policies.policies.map { PoliciesJSON.Item($0, rights, language) }
        )
        let headers: HTTPFields = [
            .contentType: "application/json", .cacheControl: "no-cache", .contentLanguage: language.code,
            .vary: "Accept-Language, Cookie",
        ]
        return .tagged(ByteBuffer(bytes: try encoder.encode(list)), headers: headers, for: request)
    }
}

private struct PoliciesJSON: Encodable {
    struct Source: Encodable {
        let name: String
        let url: String?
        let date: String
        let readAgain: Bool
    }

    /// Something said of the policy, with its source.
    struct Line: Encodable {
        let state: String
        let who: String?
        let on: String?
        let words: String
        let source: Source?
    }

    struct Hearing: Encodable {
        let name: String
        /// A moment, RFC 3339.
        let at: String?
        let place: String
        let commentBy: String?
    }

    struct Item: Encodable {
        let id: String
        let path: String
        let name: String
        let kind: String
        let jurisdiction: String
        let official: String
        let stage: String
        let standing: String
        let asOf: String
        let reviewBy: String
        let facts: [String]
        /// Nothing of these where a fact that it rests on was taken back.
        let lead: String?
        let history: [Line]
        let elements: [Line]
        let agencies: [Line]
        let arguments: [Line]
        let hearings: [Hearing]

        init(_ policy: Policy, _ rights: Rights, _ language: Language) {
            let standing = policy.standing(rights)
            let isGone = standing == .recalled
            func source(_ key: String?) -> Source? {
                key.flatMap { policy.sources[$0] }.map {
                    Source(name: $0.name, url: $0.url, date: $0.date, readAgain: $0.seen)
                }
            }
            func shown(_ lines: [Line]) -> [Line] { isGone ? [] : lines }
            (id, path, kind) = (policy.id, "/policies/\(policy.id)", policy.kind.rawValue)
            (name, official, jurisdiction) = (policy.name(language), policy.official, policy.jurisdiction)
            (stage, self.standing) = (policy.stage.rawValue, standing.rawValue)
            (asOf, reviewBy, facts) = (policy.asOf, policy.reviewBy, policy.facts)
            lead = isGone ? nil : policy.lead(language)
            history = shown(
                policy.history.map {
                    Line(
                        state: $0.kind.rawValue,
                        who: nil,
                        on: $0.on,
                        words: $0.words(language),
                        source: source($0.source)
                    )
                }
            )
            elements = shown(
                policy.elements.map {
                    Line(
                        state: $0.state.rawValue,
                        who: nil,
                        on: nil,
                        words: $0.words(language),
                        source: source($0.source)
                    )
                }
            )
            agencies = shown(
                policy.agencies.map {
                    Line(
                        state: $0.state.rawValue,
                        who: $0.name(language),
                        on: $0.on,
                        words: $0.words(language),
                        source: source($0.source)
                    )
                }
            )
            arguments = shown(
                policy.arguments.map {
                    Line(
                        state: $0.side.rawValue,
                        who: $0.who(language),
                        on: nil,
                        words: $0.words(language),
                        source: source($0.source)
                    )
                }
            )
            hearings = policy.hearings(from: rights.day).map {
                Hearing(
                    name: $0.name(language),
                    at: LocalTime.parse(field: $0.at)?.iso8601,
                    place: $0.place,
                    commentBy: $0.commentBy
                )
            }
        }
    }

    let day: String
    let policies: [Item]
}
