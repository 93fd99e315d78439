// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit

/// What is this paper? One question a page, each answered by a link; the drawing shows where to look.
struct CheckerPage {
    enum Place {
        case step(Guide.Checker.Step, number: Int)
        case outcome(Guide.Checker.Outcome)

        /// Nil id: the first step. Nil: there is no such place.
        init?(_ id: String?, of checker: Guide.Checker) {
            if let index = checker.steps.firstIndex(where: { $0.id == id ?? checker.steps.first?.id }) {
                self = .step(checker.steps[index], number: index + 1)
            } else if let outcome = checker.outcomes.first(where: { $0.id == id }) {
                self = .outcome(outcome)
            } else {
                return nil
            }
        }
    }

    let site: Site
    let rights: Rights
    let guide: Guide
    let checker: Guide.Checker
    let place: Place
    let t: Words

    private var base: String { "/rights/\(guide.id)/check" }

    var path: String {
        switch place {
        case .step(let step, let number): number == 1 ? base : "\(base)/\(step.id)"
        case .outcome(let outcome): "\(base)/\(outcome.id)"
        }
    }

    var body: HTML {
        """
        <p><a class="back" href="/rights/\(guide.id)">\(Parts.icon("back", class: "turns"))\
        <span\(guide.name.mark(t))>\(guide.name(t.language))</span></a></p>\(main)\
        \(Happening(site: site, t: t, linksRights: false).html)\
        \(GuideNotice(rights: rights, t: t, state: guide.states[t.language.code] ?? .draft).html)
        """
    }

    private var main: HTML {
        switch place {
        case .step(let step, _): question(step)
        case .outcome(let outcome): answer(outcome)
        }
    }

    private func question(_ step: Guide.Checker.Step) -> HTML {
        let links: [HTML] = step.answers.map { answer in
            """
            <a class="button huge" href="\(base)/\(answer.to)"><span\(answer.words.mark(t))>\(answer.words(t.language))</span></a>
            """
        }
        return """
            <div class="paper-step"><div class="stack close"><h1\(step.question.mark(t))>\(step.question(t.language))</h1>\
            \(step.hint.map { "<p class=\"lead\"\($0.mark(t))>\($0(t.language))</p>" as HTML })\
            \(step.question.isIn(t.language) ? .empty : NotYet(t).html)</div>\
            \(PaperDrawing(paper: .plain, look: step.look, label: t("rights.paper|A drawing of a paper. The place to look is marked.")).html)\
            <nav class="stack tight" aria-label="\(t("rights.answers|Answers"))">\(links)</nav></div>
            """
    }

    private func answer(_ outcome: Guide.Checker.Outcome) -> HTML {
        let standing = rights.standing(of: outcome.facts)
        let paper: PaperDrawing.Paper = outcome.tone == "judge" ? .court : outcome.tone == "office" ? .office : .plain
        let own: HTML =
            standing == .recalled
            ? .empty
            : """
            <p class="lead"\(outcome.words.mark(t))>\(outcome.words(t.language))</p>\
            \(SayBlock(sayings: (outcome.say ?? []).compactMap(rights.saying), t: t).html)
            """
        let facts = outcome.facts.map { id in
            rights.entry(id).map { FactBlock(rights: rights, entry: $0, t: t).html }
                ?? FactBlock.recalled(id, on: nil, t)
        }
        return """
            <article class="leaf outcome \(outcome.tone)" data-standing="\(standing.rawValue)">\
            \(PaperDrawing(paper: paper, look: "", label: nil).html)\
            <h1\(outcome.title.mark(t))>\(outcome.title(t.language))</h1>\
            \(outcome.title.isIn(t.language) ? .empty : NotYet(t).html)\(own)\(facts)\
            <p class="row"><a class="button" href="\(base)">\(Parts.icon("undo"))\(t("rights.again|Check another paper"))</a>\
            <a class="button" href="/help#legal">\(Parts.icon("heart"))\(t("rights.help|See who can help"))</a></p></article>
            """
    }
}

/// A paper, drawn plainly: lines for text, and one part marked.
struct PaperDrawing {
    enum Paper { case court, office, plain }

    let paper: Paper
    /// `top`, `number`, `name`, `address`, `date`, `signature`, or nothing.
    let look: String
    /// Nil: it only adorns.
    let label: String?

    var html: HTML {
        let role: HTML = label.map { " role=\"img\" aria-label=\"\($0)\"" } ?? " aria-hidden=\"true\""
        return """
            <svg class="paper" viewBox="0 0 120 150"\(role)><path class="page-edge" d="M4 4h90l22 22v120H4z"/>\
            <path class="page-edge" d="M94 4v22h22"/>\(heading)\
            \(part("address", "M16 62h54M16 70h66"))<path d="M16 86h88M16 94h88M16 102h72"/>\
            \(part("number", "M80 40h24"))\(part("signature", "M60 132h44")) \
            <path class="ink" d="\(paper == .office ? "M64 124h20" : "M62 126c6-12 8 6 14-4s6 8 12 0 6 2 10-2")"/></svg>
            """
    }

    private var heading: HTML {
        switch paper {
        case .court:
            "<path class=\"bold\" d=\"M30 18h50M38 27h34\"/><circle class=\"seal\" cx=\"24\" cy=\"126\" r=\"11\"/>"
        case .office:
            "<path class=\"bold\" d=\"M36 18h46\"/><path class=\"shield\" d=\"M14 12h14v10c0 6-7 9-7 9s-7-3-7-9z\"/>"
        case .plain: part("top", "M24 18h60M34 27h40", class: "bold")
        }
    }

    private func part(_ name: String, _ path: String, class extra: String = "") -> HTML {
        let mark: HTML = name == look ? Self.ring(name) : .empty
        return "<path\(extra.isEmpty ? .empty : " class=\"\(extra)\"" as HTML) d=\"\(path)\"/>\(mark)"
    }

    private static func ring(_ name: String) -> HTML {
        switch name {
        case "top": "<rect class=\"look\" x=\"10\" y=\"8\" width=\"80\" height=\"27\" rx=\"8\"/>"
        case "number": "<rect class=\"look\" x=\"72\" y=\"32\" width=\"38\" height=\"16\" rx=\"8\"/>"
        case "address": "<rect class=\"look\" x=\"9\" y=\"53\" width=\"80\" height=\"25\" rx=\"8\"/>"
        case "signature": "<rect class=\"look\" x=\"50\" y=\"112\" width=\"60\" height=\"28\" rx=\"8\"/>"
        default: .empty
        }
    }
}
