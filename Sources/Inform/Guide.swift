// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What to do and say in one situation, one idea a card. From `content/guides/<id>.yaml`; its legal statements are
/// references to facts.
package struct Guide: Decodable, Sendable, Identifiable {
    package struct Card: Decodable, Sendable, Identifiable {
        package enum Kind: String, Decodable, Sendable {
            /// A fact to know.
            case know
            /// Something to do.
            case `do`
            /// Words to say.
            case say
            /// Something not to do.
            case dont
            /// Where help is.
            case help
        }

        package let id: String
        package let kind: Kind
        package var title: LocalizedText
        /// Our own words, without any statement of law.
        package var words: LocalizedText?
        /// What it rests on, and shows: facts by name.
        package let facts: [String]
        /// What it rests on without showing it.
        package let rests: [String]?
        /// Phrases by name.
        package let say: [String]?
        /// Another guide that goes on from here.
        package let go: String?
        /// Two papers or two people, side by side.
        package var compare: Comparison?
    }

    /// Two things told apart, row by row.
    package struct Comparison: Decodable, Sendable {
        package struct Row: Decodable, Sendable {
            package var question: LocalizedText
            package var left: LocalizedText
            package var right: LocalizedText
        }

        package var left: LocalizedText
        package var right: LocalizedText
        package var rows: [Row]
    }

    /// Questions one after another, each answered by a link: what a paper is, without a script.
    package struct Checker: Decodable, Sendable {
        package struct Answer: Decodable, Sendable {
            package var words: LocalizedText
            /// A step or an outcome.
            package let to: String
        }

        package struct Step: Decodable, Sendable, Identifiable {
            package let id: String
            package var question: LocalizedText
            package var hint: LocalizedText?
            /// The part of the drawn paper to look at: `top`, `name`, `address`, `date`, `signature`.
            package let look: String
            package let answers: [Answer]
        }

        package struct Outcome: Decodable, Sendable, Identifiable {
            package let id: String
            /// `judge`, `office` or `unsure`.
            package let tone: String
            package var title: LocalizedText
            package var words: LocalizedText
            package let facts: [String]
            package let say: [String]?
        }

        package var title: LocalizedText
        package let steps: [Step]
        package let outcomes: [Outcome]
    }

    package let id: String
    package let order: Int
    package let icon: String
    package var name: LocalizedText
    package var lead: LocalizedText
    package var cards: [Card]
    package var checker: Checker?
    /// How far the words of each language were checked.
    package var states: [String: FactText.State]

    /// Every fact that stands on its pages.
    package var facts: [String] {
        cards.flatMap { $0.facts + ($0.rests ?? []) } + (checker?.outcomes.flatMap(\.facts) ?? [])
    }
}

extension LocalizedText {
    fileprivate func with(_ text: String?, in code: String) -> LocalizedText {
        guard let text, !text.isEmpty else { return self }
        return LocalizedText(texts.merging([code: text]) { _, new in new })
    }
}

/// A guide's words in one more language: `content/languages/<code>/guides/<id>.yaml`. What it leaves out is shown in
/// English with a mark.
struct GuideWords: Decodable {
    struct Card: Decodable {
        let title: String
        let words: String?
        let compare: Comparison?
    }

    struct Comparison: Decodable {
        struct Row: Decodable {
            let question: String
            let left: String
            let right: String
        }

        let left: String
        let right: String
        let rows: [Row]
    }

    struct Checker: Decodable {
        struct Step: Decodable {
            let question: String
            let hint: String?
            let answers: [String]
        }

        struct Outcome: Decodable {
            let title: String
            let words: String
        }

        let title: String
        let steps: [String: Step]
        let outcomes: [String: Outcome]
    }

    let state: FactText.State
    let name: String
    let lead: String
    let cards: [String: Card]
    let checker: Checker?
}

extension Guide {
    /// With the words of one more language. Throws the name of what it doesn't have.
    mutating func add(_ words: GuideWords, _ code: String) throws(GuideMisfit) {
        name = name.with(words.name, in: code)
        lead = lead.with(words.lead, in: code)
        for (id, said) in words.cards.sorted(by: { $0.key < $1.key }) {
            guard let index = cards.firstIndex(where: { $0.id == id }) else { throw GuideMisfit(name: "cards › \(id)") }
            cards[index].title = cards[index].title.with(said.title, in: code)
            cards[index].words = cards[index].words?.with(said.words, in: code)
            if let compared = said.compare { try compare(&cards[index], compared, code) }
        }
        if let said = words.checker { try check(said, code) }
        states[code] = words.state
    }

    private func compare(_ card: inout Card, _ said: GuideWords.Comparison, _ code: String) throws(GuideMisfit) {
        guard var comparison = card.compare, comparison.rows.count == said.rows.count else {
            throw GuideMisfit(name: "cards › \(card.id) › compare › rows")
        }
        comparison.left = comparison.left.with(said.left, in: code)
        comparison.right = comparison.right.with(said.right, in: code)
        comparison.rows = zip(comparison.rows, said.rows).map { row, said in
            Comparison.Row(
                question: row.question.with(said.question, in: code),
                left: row.left.with(said.left, in: code),
                right: row.right.with(said.right, in: code)
            )
        }
        card.compare = comparison
    }

    private mutating func check(_ said: GuideWords.Checker, _ code: String) throws(GuideMisfit) {
        guard let old = checker else { throw GuideMisfit(name: "checker") }
        let steps = try old.steps.map { step throws(GuideMisfit) in
            guard let words = said.steps[step.id], words.answers.count == step.answers.count else {
                throw GuideMisfit(name: "checker › steps › \(step.id)")
            }
            return Checker.Step(
                id: step.id,
                question: step.question.with(words.question, in: code),
                hint: step.hint?.with(words.hint, in: code),
                look: step.look,
                answers: zip(step.answers, words.answers).map { answer, text in
                    Checker.Answer(words: answer.words.with(text, in: code), to: answer.to)
                }
            )
        }
        let outcomes = try old.outcomes.map { outcome throws(GuideMisfit) in
            guard let words = said.outcomes[outcome.id] else {
                throw GuideMisfit(name: "checker › outcomes › \(outcome.id)")
            }
            var outcome = outcome
            outcome.title = outcome.title.with(words.title, in: code)
            outcome.words = outcome.words.with(words.words, in: code)
            return outcome
        }
        checker = Checker(title: old.title.with(said.title, in: code), steps: steps, outcomes: outcomes)
    }
}

/// Words for something that the guide doesn't have.
struct GuideMisfit: Error { let name: String }
