// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response

/// On a board where no card is open: what a coalition that begins does next, each with where to do it.
struct FirstStepsList {
    static let path = "/board/steps"

    let t: Words
    let caller: Caller
    let token: String
    let steps: FirstSteps

    var html: HTML {
        let rows: [HTML] = FirstSteps.Step.allCases.map { step in
            let (words, path) = place(step)
            return steps.done.contains(step)
                ? """
                <li data-step="\(step.rawValue)">\(Parts.icon("check", class: "yes"))<span class="soft">\(words) \
                <span class="visually-hidden">(\(t("steps.done|done")))</span></span></li>
                """
                : """
                <li data-step="\(step.rawValue)">\(Parts.icon("arrow"))<a href="\(path)">\(words)</a></li>
                """
        }
        let fold =
            steps.isFolded ? t("steps.keep|Keep this list open") : t("steps.fold|Fold this list away")
        return """
            <details class="fold" id="first-steps"\(steps.isFolded ? .empty : " open" as HTML)><summary>\(t("steps.title|First steps")) \
            <span class="soft">\(t("steps.left|{n} step left|{n} steps left", n: steps.left))</span></summary>\
            <div class="stack close"><p class="hint">\(t("steps.words|A step is ticked off once it is done, whoever did it."))</p>\
            <ol class="ticks">\(rows)</ol>\
            \(Parts.button(Self.path, "\(fold)", token: token, class: "small quiet", fields: [("folded", steps.isFolded ? "no" : "yes")]))\
            </div></details>
            """
    }

    private func place(_ step: FirstSteps.Step) -> (String, String) {
        switch step {
        case .recovery: (t("steps.recovery|Make your recovery code, and keep it on paper"), "/settings/recovery-code")
        case .invite: (t("steps.invite|Invite the first people"), "/people#add")
        case .second: (t("steps.second|Make somebody else a coordinator too"), "/people")
        case .dispatcher: (t("steps.dispatcher|Say who is a dispatcher"), "/people")
        case .helpers:
            (t("steps.helpers|Say who can go, yourself too if you go"), "/people/\(caller.person.text)")
        case .shifts: (t("steps.shifts|Plan the first shifts"), "/shifts#plan")
        case .facts: (t("steps.facts|Have an attorney approve what we say about rights"), "/facts")
        }
    }
}

/// Puts the list away, or back.
struct FirstStepsPages {
    let site: Site

    func fold(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        try await site.database.write { [caller = context.caller] tx in
            try FirstSteps.fold(form["folded"] == "yes", by: caller, in: tx)
        }
        return .see("/board")
    }
}
