// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Matching
import Messaging
import People
import Response
import Vault

/// `/answer/…`: what an attorney on call, or whoever begins a shift, is asked, by the link in their text message. No sign-in, and
/// so nothing sealed. As with `/go/…` only the buttons answer.
struct AskedPages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        page(try await asked(context), context)
    }

    func answer(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await Form.read(request, limit: Limits.formBody)
        let asked = try await asked(context)
        guard let answer = AskedBrief.Answer(rawValue: form["answer"]) else {
            let refusal = Refusal.invalid(["answer": "go.unclear|Say yes or no with one of the buttons."])
            return page(asked, context, refusal: refusal)
        }
        let speed = site.config.speed
        do {
            try await site.database.write { tx in
                try asked.take(answer, timings: Timings.load(speed: speed, in: tx), in: tx)
            }
        } catch let refusal as Refusal where refusal.kind == .conflict {
            return page(try await self.asked(context), context, refusal: refusal)
        }
        return page(try await self.asked(context), context)
    }

    /// What the link is about, as it is now.
    private func asked(_ context: SiteContext) async throws -> AskedBrief {
        let token = context.parameters.get("token") ?? ""
        guard let bytes = try SignedLink.payload(.answer, token, keys: site.keys), let id = Ref<Message>(bytes: bytes)
        else { throw Refusal.notFound }
        return try await site.database.read { tx in try AskedBrief.find(id, in: tx) }
    }

    private func page(_ asked: AskedBrief, _ context: SiteContext, refusal: Refusal? = nil) -> Response {
        let path = "/answer/\(context.parameters.get("token") ?? "")"
        let page = AskedPage(site: site, t: context.t, path: path, asked: asked, refusal: refusal)
        return site.page(
            Layout(
                site: site,
                t: context.t,
                path: path,
                title: page.title,
                mainClass: "page narrow stack",
                body: page.body
            ),
            status: refusal?.status ?? .ok
        )
    }
}

/// What is asked, and the buttons; after an answer what comes of it. Whoever finds the link when nothing is asked any more
/// learns nothing of what it was about.
private struct AskedPage {
    let site: Site
    let t: Words
    let path: String
    let asked: AskedBrief
    let refusal: Refusal?

    private enum Standing {
        case open, yes, no, over
    }

    private var standing: Standing {
        let message = asked.message
        let isOver: Bool =
            switch asked.matter {
            case .attorney: false
            case .test(let shift): !(shift.runs(at: site.now) || shift.state == .planned)
            }
        if isOver || message.expiresAt <= site.now { return .over }
        return message.acknowledgedAt != nil ? .yes : message.declinedAt != nil ? .no : .open
    }

    var title: String {
        switch (asked.matter, standing) {
        case (.attorney, .open): t("answer.attorney|Can you be the attorney?")
        case (.attorney, .yes): t("answer.attorney_yes|You are on it. Thank you.")
        case (.attorney, .no): t("respond.declined|You said no. That is fine.")
        case (.attorney, .over): t("answer.attorney_over|Nobody waits for your answer anymore. Thank you.")
        case (.test, .open): t("answer.test|Your shift begins. Did this reach you?")
        case (.test, .yes), (.test, .no): t("answer.test_yes|We know that we reach you. Thank you.")
        case (.test, .over): t("answer.test_over|This shift is over. Thank you.")
        }
    }

    var body: HTML {
        """
        <div class="stack">\(Parts.errors(refusal, t))\(standing == .over ? .empty : exercise)<h1>\(title)</h1>\(matter)</div>
        """
    }

    private var exercise: HTML { SceneFacts.exercise(asked.message.isExercise, t) }

    private var matter: HTML {
        switch (asked.matter, standing) {
        case (_, .over): .empty
        case (.attorney(let scene, let language), .open):
            """
            \(facts(scene, language))\(form([(.yes, t("answer.on_it|I am on it")), (.no, t("answer.cannot|I can’t"))]))\
            <p class="soft">\(t("answer.attorney_words|If you say no, we ask the next attorney at once."))</p>
            """
        case (.attorney(let scene, let language), .yes):
            """
            \(facts(scene, language))<p>\(t("answer.attorney_next|Sign in to see what is known so far, and whom it is about."))</p>\
            <p><a class="button first" href="/board/incidents/\(scene.incident)">\(t("go.sign_in|See the details"))</a></p>\
            \(form([(.no, t("answer.cannot_after_all|I can’t after all"))], isFirst: false))
            """
        case (.attorney, .no):
            """
            <p>\(t("answer.attorney_no|We ask the next attorney."))</p>\
            \(form([(.yes, t("answer.can_after_all|I can after all"))], isFirst: false))
            """
        case (.test(let shift), .open):
            "\(facts(shift))\(form([(.yes, t("answer.reached|Yes, this reached me"))]))"
        case (.test(let shift), _):
            "\(facts(shift))<p><a class=\"button\" href=\"/shifts\">\(t("shifts.mine|My shifts"))</a></p>"
        }
    }

    private func facts(_ scene: SceneBrief, _ language: String?) -> HTML {
        let facts = SceneFacts(site: site, t: t, scene: scene)
        var rows = [facts.what, facts.place, facts.known]
        if let language { rows.append((t("answer.language|Most of them speak"), "\(SpokenLanguage.name(language))")) }
        return SceneFacts.list(rows)
    }

    private func facts(_ shift: Shift) -> HTML {
        SceneFacts.list([
            (t("go.as|As"), "\(t(shift.role.name))"), (t("answer.until|Until"), "\(t.moment(shift.endsAt))"),
        ])
    }

    private func form(_ answers: [(AskedBrief.Answer, String)], isFirst: Bool = true) -> HTML {
        let buttons: [HTML] = answers.enumerated().map { index, one in
            let look: HTML = index == 0 && isFirst ? " class=\"first\"" : .empty
            return "<button\(look) name=\"answer\" value=\"\(one.0.rawValue)\">\(one.1)</button>"
        }
        return "<form class=\"row\" method=\"post\" action=\"\(path)\">\(buttons)</form>"
    }
}
