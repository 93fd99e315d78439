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
        let (offer, _) = try await offer(context)
        let yes = form["answer"] == "yes"
        do {
            try await site.database.write { tx in
                let caller = try Caller.reached(offer.person, in: tx)
                if yes {
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
    private func offer(_ context: SiteContext) async throws -> (offer: Assignment, isExercise: Bool) {
        let token = context.parameters.get("token") ?? ""
        guard let bytes = try SignedLink.payload(.offer, token, keys: site.keys), let id = Ref<Assignment>(bytes: bytes)
        else { throw Refusal.notFound }
        return try await site.database.read { tx in
            let offer = try Assignment.find(id, in: tx)
            return (offer: offer, isExercise: try Exercise.holds(offer.incident, in: tx))
        }
    }

    private func page(
        _ found: (offer: Assignment, isExercise: Bool),
        _ context: SiteContext,
        refusal: Refusal? = nil
    ) -> Response {
        let offer = found.offer
        let t = context.t
        let path = "/go/\(context.parameters.get("token") ?? "")"
        let isOpen = offer.state == .offered && offer.expiresAt > site.now
        let title = t("go.title|Can you go?")
        let exercise: HTML =
            found.isExercise
            ? "<p>\(Parts.state("plum", "flag", t("respond.exercise|Exercise. Nothing is real.")))</p>" : .empty
        let state = offer.state == .offered && !isOpen ? Assignment.State.expired : offer.state
        let buttons: HTML =
            isOpen
            ? """
            <form class="stack" method="post" action="\(path)"><button class="first" name="answer" value="yes">\(t(Assignment.Step.accept.label))</button>\
            <button name="answer" value="no">\(t("go.no|I can't go"))</button></form>
            """ : .empty
        let going: HTML =
            offer.state == .accepted
            ? """
            <p>\(t("go.next|Sign in to see where, who else goes, and how to stay safe."))</p>\
            <p><a class="button first" href="/respond">\(t("go.sign_in|See the details"))</a></p>\
            <form method="post" action="\(path)"><button class="quiet" name="answer" value="no">\(t("go.no_after_all|I can't go after all"))</button></form>
            """ : .empty
        return site.page(
            Layout(
                site: site,
                t: t,
                path: path,
                title: title,
                mainClass: "page narrow stack",
                body: """
                    <div class="stack">\(Parts.errors(refusal, t))\(exercise)<h1>\(title)</h1><dl class="review">\
                    <div><dt>\(t("go.as|As"))</dt><dd>\(t(offer.role.label))</dd></div>\
                    <div><dt>\(t("go.state|Your answer"))</dt><dd>\(t(state.label))</dd></div></dl>\(buttons)\(going)</div>
                    """
            ),
            status: refusal?.status ?? .ok
        )
    }
}
