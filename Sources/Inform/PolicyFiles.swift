// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The policies of the content pack, checked: every name they use exists, and every day is one. A bad file stops the
/// start and is named.
package struct PolicyFiles: Sendable {
    package let policies: [Policy]

    package func policy(_ id: String) -> Policy? { policies.first { $0.id == id } }

    package static func load(folder: String, facts: FactFiles) throws -> PolicyFiles {
        let known = Set(facts.facts.map(\.fact.id))
        let policies = try Content.files(in: "\(folder)/policies").map { file in
            let path = "\(folder)/policies/\(file)"
            let policy = try Content.yaml(Policy.self, path)
            func refuse(_ reason: String) -> Content.Problem { Content.Problem(path: path, reason: reason) }
            guard FactChecks.isName(policy.id), file == "\(policy.id).yaml" else {
                throw refuse("id: must be the name of the file")
            }
            guard facts.jurisdictions.contains(policy.jurisdiction) else {
                throw refuse("jurisdiction: \(policy.jurisdiction) is not in rights/pack.yaml")
            }
            if let problem = policy.problem(known) { throw refuse(problem) }
            return policy
        }
        return PolicyFiles(policies: policies.sorted { ($0.order, $0.id) < ($1.order, $1.id) })
    }
}

extension Policy {
    /// The first thing that is wrong with it; nil when all is well.
    fileprivate func problem(_ known: Set<String>) -> String? {
        guard FactChecks.isDay(asOf), FactChecks.isDay(reviewBy), asOf < reviewBy else {
            return "as_of, review_by: must be days, one after the other"
        }
        for (key, source) in sources.sorted(by: { $0.key < $1.key }) where !FactChecks.isDay(source.date) {
            return "sources › \(key): date: must be a day like 2026-11-22"
        }
        let cited =
            history.map(\.source) + elements.map(\.source) + agencies.compactMap(\.source) + arguments.map(\.source)
            + (hearings ?? []).map(\.source)
        if let missing = cited.first(where: { sources[$0] == nil }) { return "there is no source \(missing)" }
        if let missing = (facts + elements.compactMap(\.fact)).first(where: { !known.contains($0) }) {
            return "there is no fact \(missing)"
        }
        if let agency = agencies.first(where: { $0.state != .unknown && $0.source == nil }) {
            return "agencies › \(agency.id): needs a source, or is unknown"
        }
        if let agency = agencies.first(where: { !FactChecks.isDay($0.on) }) {
            return "agencies › \(agency.id): on: must be a day"
        }
        if let step = history.first(where: { !Self.isTime($0.on) }) {
            return "history › \(step.on): must be a day, month or year"
        }
        for hearing in hearings ?? [] {
            let isLate = hearing.commentBy.map { !FactChecks.isDay($0) } ?? false
            guard FactChecks.isName(hearing.id), LocalTime.parse(field: hearing.at) != nil, !isLate else {
                return "hearings › \(hearing.id): needs a name, at like 2026-12-07T12:00, comment_by like 2026-12-01"
            }
        }
        let names = elements.map(\.id) + agencies.map(\.id) + (hearings ?? []).map(\.id)
        return Set(names).count == names.count ? nil : "an id is there twice"
    }

    private static func isTime(_ text: String) -> Bool {
        FactChecks.isDay(text + String("2000-01-01".dropFirst(text.count)))
    }
}
