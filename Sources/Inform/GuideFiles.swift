// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

/// The guides and phrases of the content pack, checked: every name they use exists.
package struct GuideFiles: Sendable {
    package let guides: [Guide]
    package let sayings: [Saying]

    private struct Sayings: Decodable { let phrases: [Saying] }

    package static func load(folder: String, facts: FactFiles) throws -> GuideFiles {
        let phrases = "\(folder)/guides/phrases.yaml"
        var sayings = try Content.yaml(Sayings.self, phrases).phrases
        for index in sayings.indices {
            for (code, tongue) in facts.tongues {
                if let words = tongue.phrases?[sayings[index].id] { sayings[index].words[code] = words }
            }
        }
        var guides: [Guide] = []
        for file in try Content.files(in: "\(folder)/guides") where file != "phrases.yaml" {
            let path = "\(folder)/guides/\(file)"
            var guide = try Content.yaml(Guide.self, path)
            guard FactChecks.isName(guide.id), file == "\(guide.id).yaml" else {
                throw Content.Problem(path: path, reason: "id: must be the name of the file")
            }
            for language in Language.known {
                let path = "\(folder)/languages/\(language.code)/guides/\(file)"
                guard FileManager.default.fileExists(atPath: path) else { continue }
                do {
                    try guide.add(try Content.yaml(GuideWords.self, path), language.code)
                } catch let misfit as GuideMisfit {
                    throw Content.Problem(path: path, reason: "\(misfit.name): does not fit guides/\(file)")
                }
            }
            guides.append(guide)
        }
        let files = GuideFiles(guides: guides.sorted { ($0.order, $0.id) < ($1.order, $1.id) }, sayings: sayings)
        try files.check(folder, Set(facts.facts.map(\.fact.id)))
        return files
    }

    private func check(_ folder: String, _ facts: Set<String>) throws {
        let names = Set(guides.map(\.id))
        let phrases = Set(sayings.map(\.id))
        for saying in sayings {
            for fact in saying.rests ?? [] where !facts.contains(fact) {
                let path = "\(folder)/guides/phrases.yaml"
                throw Content.Problem(path: path, reason: "\(saying.id): rests: there is no fact \(fact)")
            }
        }
        for guide in guides {
            let path = "\(folder)/guides/\(guide.id).yaml"
            func refuse(_ card: String, _ reason: String) throws {
                let line = Content.line(of: "id: \(card)", in: try Content.text(path))
                let at = line.map { "line \($0), " } ?? ""
                throw Content.Problem(path: path, reason: "\(at)\(card): \(reason)")
            }
            var seen: Set<String> = []
            for card in guide.cards {
                if !FactChecks.isName(card.id) || !seen.insert(card.id).inserted {
                    try refuse(card.id, "id: is not a name, or is there twice")
                }
                for fact in card.facts + (card.rests ?? []) where !facts.contains(fact) {
                    try refuse(card.id, "facts: there is no fact \(fact)")
                }
                for phrase in card.say ?? [] where !phrases.contains(phrase) {
                    try refuse(card.id, "say: there is no phrase \(phrase)")
                }
                if let go = card.go, !names.contains(go) { try refuse(card.id, "go: there is no guide \(go)") }
            }
            guard let checker = guide.checker else { continue }
            let places = Set(checker.steps.map(\.id) + checker.outcomes.map(\.id))
            for step in checker.steps {
                for answer in step.answers where !places.contains(answer.to) {
                    try refuse(step.id, "answers: there is no step or outcome \(answer.to)")
                }
            }
            for outcome in checker.outcomes {
                for fact in outcome.facts where !facts.contains(fact) {
                    try refuse(outcome.id, "facts: there is no fact \(fact)")
                }
                for phrase in outcome.say ?? [] where !phrases.contains(phrase) {
                    try refuse(outcome.id, "say: there is no phrase \(phrase)")
                }
            }
        }
    }
}
