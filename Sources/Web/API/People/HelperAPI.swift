// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
import People

/// Whom to ask first for something, and why.
struct HelperAPI {
    let site: Site

    func find(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.dispatch)
        let found = try await FindQuery(request).found(site, by: context.caller)
        return .json(
            FoundJSON(
                items: found.result.choices.map { FoundJSON.Item($0, found.handles, context.t) },
                shortfall: found.result.shortfall.map { $0.words.map { context.t($0) } }
            )
        )
    }
}

private struct FoundJSON: Encodable {
    struct Item: Encodable {
        let person: String
        let handle: String
        /// Metres from the middle of their neighborhood, to the next 500.
        let distance: Int?
        let reasons: [String]

        init(_ choice: Match.Choice, _ handles: [Ref<Person>: String], _ t: Words) {
            person = choice.person.text
            handle = handles[choice.person] ?? ""
            distance = choice.shownDistance
            reasons = choice.reasons.map { t($0.words) }
        }

        private enum CodingKeys: String, CodingKey {
            case person, handle, reasons
            case distance = "distance_m"
        }
    }

    let items: [Item]
    let shortfall: [String]?
}
