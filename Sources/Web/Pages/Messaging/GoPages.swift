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
/// yes or no. Telephones open links by themselves to show a picture of them, so only the buttons answer.
struct GoPages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let offer = try await offer(context)
        return page(offer, context)
    }

    func answer(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await Form.read(request, limit: Limits.formBody)
        let offer = try await offer(context).offer
        let answer = form["answer"]
        // Anything else is no answer: what opens a link by itself may post to it too.
        guard answer == "yes" || answer == "no" else {
            let refusal = Refusal.invalid(["answer": "go.unclear|Say yes or no with one of the buttons."])
            return page(try await self.offer(context), context, refusal: refusal)
        }
        do {
            try await site.database.write { tx in
                let caller = try Caller.reached(offer.person, in: tx)
                if answer == "yes" {
                    try Assignment.accept(offer.id, by: caller, in: tx)
                } else {
                    try Assignment.decline(offer.id, by: caller, in: tx)
                }
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

/// What, about where, how it is known, how to stay safe; and yes or no.
private struct GoPage {
    let site: Site
    let t: Words
    let path: String
    let brief: OfferBrief
    let refusal: Refusal?

    private var offer: Assignment { brief.offer }
    private var isOpen: Bool { offer.state == .offered && offer.expiresAt > site.now }
    var title: String { isOpen || isGoing ? t("go.title|Can you go?") : over }

    private var isGoing: Bool {
        switch offer.state {
        case .accepted, .onTheWay, .onScene: true
        case .offered, .declined, .expired, .done, .calledOff: false
        }
    }

    /// Whoever finds the link afterwards learns nothing of where, what or how it went.
    private var over: String {
        switch offer.state {
        case .declined: t("respond.declined|You said no. That is fine.")
        case .done: t("respond.done|You are done. Thank you.")
        case .calledOff: t("respond.called_off|You are not needed anymore. Thank you.")
        case .offered, .expired, .accepted, .onTheWay, .onScene: t("respond.too_late|The time to answer is over")
        }
    }

    var body: HTML {
        guard isOpen || isGoing else {
            return "<div class=\"stack\">\(Parts.errors(refusal, t))<h1>\(title)</h1></div>"
        }
        let exercise: HTML =
            brief.isExercise
            ? "<p>\(Parts.state("plum", "flag", t("respond.exercise|Exercise. Nothing is real.")))</p>" : .empty
        return """
            <div class="stack">\(Parts.errors(refusal, t))\(exercise)<h1>\(title)</h1>\(facts)\(buttons)\(going)\(safety)</div>
            """
    }

    private var facts: HTML {
        var rows: [(String, HTML)] = [
            (t("go.what|What"), "\(t(brief.kind.label))"),
            (t("respond.where|About where"), "\(site.placeName(brief.zone, t))"),
        ]
        if let far = offer.far(t) { rows.append((t("respond.far|How far"), "\(far)")) }
        rows += [
            (t("go.known|What we know"), known), (t("go.as|As"), "\(t(offer.role.label))"),
            (t("go.state|Your answer"), "\(t(offer.state.label))"),
        ]
        let list: [HTML] = rows.map { term, words in "<div><dt>\(term)</dt><dd>\(words)</dd></div>" }
        return "<dl class=\"review\">\(list)</dl>"
    }

    private var known: HTML {
        let mark = TruthMark(brief.truth, isOver: brief.isOver, state: brief.state, t).html
        let reports = t("board.reports|{n} report|{n} reports", n: brief.reports)
        let witnesses = t("incident.separate|{n} separate witness|{n} separate witnesses", n: brief.independent)
        let told: HTML = brief.reports > 0 ? "<small>\(reports), \(witnesses)</small>" : .empty
        return "\(mark) \(told)"
    }

    private var buttons: HTML {
        guard isOpen else { return .empty }
        return """
            <form class="stack" method="post" action="\(path)"><button class="first" name="answer" value="yes">\(t(Assignment.Step.accept.label))</button>\
            <button name="answer" value="no">\(t("go.no|I can't go"))</button></form>
            """
    }

    private var going: HTML {
        guard offer.state == .accepted else { return .empty }
        return """
            <p>\(t("go.next|Sign in to see where, who else goes, and how to stay safe."))</p>\
            <p><a class="button first" href="/respond">\(t("go.sign_in|See the details"))</a></p>\
            <form method="post" action="\(path)"><button class="quiet" name="answer" value="no">\(t("go.no_after_all|I can't go after all"))</button></form>
            """
    }

    private var safety: HTML {
        isOpen || offer.state == .accepted ? SafetyCard.html(t) : .empty
    }
}
