// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What must be so in every fact, wherever it was written. A sentence for each field that isn't.
package struct FactChecks {
    package static let statementLimit = 300
    package static let meansLimit = 500
    package static let reasonLimit = 500

    private let jurisdictions: Set<String>
    private(set) var found: [String: Phrase] = [:]

    /// `jurisdictions`: those that the pack names.
    package static func problems(of fact: Fact, jurisdictions: Set<String>) -> [String: Phrase] {
        var checks = FactChecks(jurisdictions: jurisdictions)
        checks.check(fact)
        return checks.found
    }

    private init(jurisdictions: Set<String>) { self.jurisdictions = jurisdictions }

    private mutating func check(_ fact: Fact) {
        if !Self.isName(fact.id) { found["id"] = "facts.bad_id|Use small letters, numbers and dashes." }
        if !jurisdictions.contains(fact.jurisdiction) {
            found["jurisdiction"] = "facts.bad_jurisdiction|Choose a place from the list."
        }
        dates(fact.asOf, fact.reviewBy, at: "")
        sources(fact.sources, at: "")
        texts(fact.text, fact.status, at: "")
        for variant in fact.variants ?? [] {
            let at = "variants.\(variant.circuit)."
            if !jurisdictions.contains(variant.circuit) {
                found["\(at)circuit"] = "facts.bad_jurisdiction|Choose a place from the list."
            }
            dates(variant.asOf ?? fact.asOf, variant.reviewBy ?? fact.reviewBy, at: at)
            if let own = variant.sources { sources(own, at: at) }
            texts(variant.text, variant.status, at: at)
        }
    }

    private mutating func dates(_ asOf: String, _ reviewBy: String, at: String) {
        let wanted: Phrase = "facts.bad_date|Write a day like 2026-11-22."
        if !Self.isDay(asOf) { found["\(at)as_of"] = wanted }
        if !Self.isDay(reviewBy) {
            found["\(at)review_by"] = wanted
        } else if reviewBy <= asOf {
            found["\(at)review_by"] = "facts.review_first|The next check must come after the day it was true."
        }
    }

    private mutating func sources(_ sources: [Fact.Source], at: String) {
        if sources.isEmpty { found["\(at)sources"] = "facts.no_source|Name at least one source." }
        for source in sources {
            let isLink = source.url.map { $0.hasPrefix("https://") && !$0.utf8.contains(UInt8(ascii: " ")) } ?? true
            if source.name.isEmpty || source.name.count > 200 || !isLink || !Self.isDay(source.date) {
                found["\(at)sources"] = "facts.bad_source|Each source needs a name and a day; a link begins with https."
            }
        }
    }

    private mutating func texts(_ texts: [String: FactText], _ status: Fact.Status, at: String) {
        if texts["en"] == nil { found["\(at)text.en"] = "facts.no_english|Write it in English first." }
        let known = Set(Language.known.map(\.code))
        for (code, text) in texts.sorted(by: { $0.key < $1.key }) {
            let at = "\(at)text.\(code)"
            if !known.contains(code) { found[at] = "facts.bad_language|We don't know this language." }
            words(text.statement, Self.statementLimit, "\(at).statement")
            words(text.means, Self.meansLimit, "\(at).means")
            if let on = text.on, !Self.isDay(on) { found["\(at).on"] = "facts.bad_date|Write a day like 2026-11-22." }
            switch (status, text.dispute) {
            case (.settled, .some):
                found["\(at).dispute"] = "facts.settled_dispute|It is settled: nobody disputes it. Leave this empty."
            case (.settled, nil): break
            case (_, nil): found["\(at).dispute"] = "facts.no_dispute|It isn't settled: say who says what."
            case (_, .some(let dispute)): words(dispute, Self.meansLimit, "\(at).dispute")
            }
        }
    }

    private mutating func words(_ words: String, _ limit: Int, _ field: String) {
        if words.utf8.allSatisfy({ $0 == 32 || $0 == 10 || $0 == 13 || $0 == 9 }) {
            found[field] = "facts.empty|Write something here."
        } else if words.unicodeScalars.count > limit {
            found[field] = Phrase("facts.too_long|Keep it under {limit} letters.", ["limit": String(limit)])
        }
    }

    /// `judge-warrant`: at most 60 small letters, digits and dashes.
    package static func isName(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return (2...60).contains(bytes.count) && bytes.first != 45 && bytes.last != 45
            && bytes.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 }
    }

    static func isDay(_ text: String) -> Bool {
        text.utf8.count == 10 && LocalTime.parse(field: "\(text)T00:00") != nil
    }
}
