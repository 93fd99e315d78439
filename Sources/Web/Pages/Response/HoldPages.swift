// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response
import Vault

/// `/board/incidents/ID/hold`: keeping an incident for a court, past its time; two persons place it, two end it.
struct HoldPages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await page(context)
    }

    func place(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Incident> = try context.ref("id")
        return try await ask(request, context) { form, _ in
            guard let review = LocalTime.parse(field: "\(form["review"])T12:00") else {
                throw Refusal.invalid(["review": "response.hold_day|Choose a day within the next two years."])
            }
            guard !form["reason"].isEmpty else {
                throw Refusal.invalid(["reason": "people.reason_missing|Write why, in a few words."])
            }
            return HoldPlacing(id, reviewAt: review)
        }
    }

    func lift(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Incident> = try context.ref("id")
        return try await ask(request, context) { _, site in
            let hold = try await site.database.read { tx in try LegalHold.standing(on: id, in: tx) }
            guard let hold else { throw Refusal.notFound }
            return HoldLifting(hold)
        }
    }

    private func ask<A: TwoPersonAct>(
        _ request: Request,
        _ context: MemberContext,
        _ act: (Form, Site) async throws -> A
    ) async throws -> Response {
        let form = try await site.memberForm(request, context)
        do {
            let asked = try await site.ask(try await act(form, site), form, context)
            return .see("\(ProposalsPages.path)/\(asked.id)")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await page(context, form: form, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        let (id, caller): (Ref<Incident>, Caller) = (try context.ref("id"), context.caller)
        let (hold, handles) = try await site.database.read { tx in
            _ = try Incident.find(id, by: caller, in: tx)
            let hold = try LegalHold.standing(on: id, in: tx)
            return (hold, try Person.handles(of: hold.map { [$0.askedBy, $0.approvedBy] } ?? [], in: tx))
        }
        let body = HoldPage(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            incident: id,
            hold: hold,
            handles: handles,
            form: form,
            refusal: refusal
        ).body
        return site.memberPage(
            context,
            place: "/board",
            title: context.t("hold.title|Legal hold"),
            status: refusal?.status ?? .ok,
            body: body
        )
    }
}

/// The hold that stands, or the form that asks for one.
struct HoldPage {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let incident: Ref<Incident>
    let hold: LegalHold?
    let handles: [Ref<Person>: String]
    let form: Form
    let refusal: Refusal?

    private var path: String { "/board/incidents/\(incident)/hold" }

    var body: HTML {
        let labels = [("review", "review"), ("reason", "reason"), ("passphrase", "confirm-passphrase")]
        return """
            <div class="stack">\(Parts.refusal(refusal, labels: labels.map { (field: $0.0, id: $0.1) }, back: path, t))\
            <p><a href="/board/incidents/\(incident)">\(t("hold.back|Back to the incident"))</a></p><h1>\(t("hold.title|Legal hold"))</h1>\
            <p class="lead">\(t("hold.lead|Keeps an incident for a court, past its time. Two people place it. Two people end it."))</p>\
            \(hold.map(standing) ?? (caller.can(.holdLegally) ? place : nobody))</div>
            """
    }

    private var nobody: HTML { "<p>\(t("hold.none|There is no legal hold on this incident."))</p>" }

    private func standing(_ hold: LegalHold) -> HTML {
        let reason =
            hold.reason(for: caller).map { "\($0)" as HTML }
            ?? Parts.state("plum", "lock", t("hold.sealed|Sealed. Unlock to read it."))
        let lift: HTML =
            caller.can(.holdLegally)
            ? """
            <form class="sheet stack close" method="post" action="\(path)/lifting"><h2>\(t("hold.lift|Ask to end it"))</h2>\
            \(Parts.hidden([("_token", token)]))<p>\(t("proposal.lift_2|What is past its time is deleted within minutes. This can’t be undone."))</p>\
            \(AskFields(site: site, t: t, caller: caller, reason: form["reason"], errors: refusal?.fields ?? [:]).html)\
            <div class="turn"><button class="urgent">\(t("proposals.ask|Ask for it"))</button></div></form>
            """ : .empty
        return """
            <dl class="review"><div><dt>\(t("hold.since|Since"))</dt><dd>\(t.moment(hold.placedAt))</dd></div>\
            <div><dt>\(t("hold.by|Agreed by"))</dt><dd>\(Set([hold.askedBy, hold.approvedBy]).compactMap { handles[$0] }.sorted().joined(separator: ", "))</dd></div>\
            <div><dt>\(t("hold.review|We look at it again on"))</dt><dd>\(t.date(LocalTime(hold.reviewAt).isoDay))</dd></div>\
            <div><dt>\(t("proposals.why|Why"))</dt><dd>\(reason)</dd></div></dl>\(lift)
            """
    }

    private var place: HTML {
        let errors = refusal?.fields ?? [:]
        let usual = LocalTime(site.now + .days(90)).isoDay
        return """
            <form class="sheet stack close" method="post" action="\(path)"><h2>\(t("hold.place|Ask for a legal hold"))</h2>\
            \(Parts.hidden([("_token", token)]))\
            \(Ask(name: "review", label: t("hold.review|We look at it again on"), hint: t("hold.review_hint|It does not end by itself on that day."), value: form.optional("review") ?? usual, control: .line(type: "date", attributes: " class=\"short\""), error: errors["review"]).html(t))\
            \(AskFields(site: site, t: t, caller: caller, reason: form["reason"], errors: errors, needsReason: true).html)\
            <div class="turn"><button class="first">\(t("proposals.ask|Ask for it"))</button></div></form>
            """
    }
}
