// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Matching
import Messaging
import People
import Response
import Vault

/// `/go/…`: a responder's offer, by the link in their text message. No sign-in, and so nothing sealed: what, about where,
/// yes or no, and after a yes each step that is next, until they are done. Telephones open links by themselves to show a
/// picture of them, so only the buttons answer.
struct GoPages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let offer = try await offer(context)
        return page(offer, context)
    }

    func answer(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await Form.read(request, limit: Limits.formBody)
        let offer = try await offer(context).offer
        // Anything else is no answer: what opens a link by itself may post to it too.
        guard let answer = GoAnswer(rawValue: form["answer"]) else {
            let refusal = Refusal.invalid(["answer": "go.unclear|Say yes or no with one of the buttons."])
            return page(try await self.offer(context), context, refusal: refusal)
        }
        let speed = site.config.speed
        do {
            try await site.database.write { tx in
                let caller = try Caller.reached(offer.person, in: tx)
                try answer.take(offer.id, by: caller, timings: Timings.load(speed: speed, in: tx), in: tx)
            }
        } catch let refusal as Refusal where refusal.kind == .conflict {
            return page(try await self.offer(context), context, refusal: refusal)
        }
        return page(try await self.offer(context), context)
    }

    /// The offer that the link is about, as it is now.
    private func offer(_ context: SiteContext) async throws -> OfferBrief {
        let token = context.parameters.get("token") ?? ""
        guard let bytes = try SignedLink.payload(.offer, token, keys: site.keys), let id = Ref<Assignment>(bytes: bytes)
        else { throw Refusal.notFound }
        return try await site.database.read { tx in try OfferBrief.find(id, in: tx) }
    }

    private func page(_ brief: OfferBrief, _ context: SiteContext, refusal: Refusal? = nil) -> Response {
        let path = "/go/\(context.parameters.get("token") ?? "")"
        let page = GoPage(site: site, t: context.t, path: path, brief: brief, refusal: refusal)
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

/// What the buttons behind the link say.
private enum GoAnswer: String {
    case yes, no
    case onTheWay = "on_the_way"
    case arrive
    case well
    case done

    func take(_ id: Ref<Assignment>, by caller: Caller, timings: Timings, in tx: Transaction) throws {
        switch self {
        case .yes: try Assignment.accept(id, by: caller, in: tx)
        case .no: try Assignment.decline(id, by: caller, in: tx)
        case .onTheWay: try Assignment.onTheWay(id, by: caller, in: tx)
        case .arrive: try Assignment.arrive(id, by: caller, timings: timings, in: tx)
        case .well: try CheckIn.checkIn(id, by: caller, timings: timings, in: tx)
        case .done: try Assignment.done(id, by: caller, in: tx)
        }
    }
}

/// What, about where, how it is known, how to stay safe; and the buttons that are next.
private struct GoPage {
    let site: Site
    let t: Words
    let path: String
    let brief: OfferBrief
    let refusal: Refusal?

    private var offer: Assignment { brief.offer }
    private var isOpen: Bool { offer.state == .offered && offer.expiresAt > site.now }

    private var isGoing: Bool {
        switch offer.state {
        case .accepted, .onTheWay, .onScene: true
        case .offered, .declined, .expired, .done, .calledOff: false
        }
    }

    /// Whoever finds the link afterwards learns nothing of where, what or how it went.
    var title: String {
        switch offer.state {
        case .offered where isOpen: t("go.title|Can you go?")
        case .accepted: t("respond.accepted|You said yes. Thank you.")
        case .onTheWay: t("respond.on_the_way|You are on the way")
        case .onScene: t("respond.here|You are there")
        case .declined: t("respond.declined|You said no. That is fine.")
        case .done: t("respond.done|You are done. Thank you.")
        case .calledOff: t("respond.called_off|You are not needed anymore. Thank you.")
        case .offered, .expired: t("respond.too_late|The time to answer is over")
        }
    }

    var body: HTML {
        guard isOpen || isGoing else {
            return "<div class=\"stack\">\(Parts.errors(refusal, t))<h1>\(title)</h1>\(afterAll)</div>"
        }
        let exercise = SceneFacts.exercise(brief.scene.isExercise, t)
        return """
            <div class="stack">\(Parts.errors(refusal, t))\(exercise)<h1>\(title)</h1>\(until)\(checkIn)\(isGoing ? buttons : .empty)\
            \(facts)\(isOpen ? buttons : .empty)\(details)\(SafetyCard.html(t))</div>
            """
    }

    private var until: HTML { isOpen ? "<p>\(offer.answerIn(site.now, t))</p>" : .empty }

    /// Says nothing of where or what: whoever finds the link learns no more than before.
    private var afterAll: HTML {
        guard brief.mayReturn else { return .empty }
        return """
            <form method="post" action="\(path)"><button name="answer" value="\(GoAnswer.yes.rawValue)">\
            \(t("respond.can_after_all|I can after all"))</button></form><p class="soft">\(offer.answerBy(t))</p>
            """
    }

    private var facts: HTML {
        let scene = SceneFacts(site: site, t: t, scene: brief.scene)
        var rows = [scene.what, scene.place]
        if let far = offer.far(t) { rows.append((t("respond.far|How far"), "\(far)")) }
        rows += [scene.known, (t("go.as|As"), "\(t(offer.role.label))")]
        return SceneFacts.list(rows)
    }

    /// On the scene: until when to say that they are well, or that it is late already.
    private var checkIn: HTML {
        guard offer.state == .onScene, let due = offer.checkInDueAt else { return .empty }
        if offer.missedCheckIns > 0 {
            return "<p>\(Parts.state("urgent", "alert", t("respond.late|We have not heard from you. Are you OK?")))</p>"
        }
        return "<p>\(t("respond.check_in_by|Check in by {time}", ["time": t.clock(due)]))</p>"
    }

    private var buttons: HTML {
        let noAfterAll = (GoAnswer.no, t("go.no_after_all|I can't go after all"))
        let next: [(GoAnswer, String)] =
            switch offer.state {
            case .offered: [(.yes, t(Assignment.Step.accept.label)), (.no, t("go.no|I can't go"))]
            case .accepted: [(.onTheWay, t(Assignment.Step.onTheWay.label)), noAfterAll]
            case .onTheWay: [(.arrive, t(Assignment.Step.arrive.label)), noAfterAll]
            case .onScene: [(.well, t("respond.ok|I am OK")), (.done, t("respond.leaving|Done, I am leaving"))]
            case .declined, .expired, .done, .calledOff: []
            }
        let buttons: [HTML] = next.enumerated().map { index, one in
            let look: HTML = index == 0 ? " class=\"first\"" : .empty
            return "<button\(look) name=\"answer\" value=\"\(one.0.rawValue)\">\(one.1)</button>"
        }
        return "<form class=\"row\" method=\"post\" action=\"\(path)\">\(buttons)</form>"
    }

    private var details: HTML {
        guard isGoing else { return .empty }
        return """
            <p>\(t("go.next|Sign in to see where, who else goes, and how to stay safe."))</p>\
            <p><a class="button" href="/respond">\(t("go.sign_in|See the details"))</a></p>
            """
    }
}
