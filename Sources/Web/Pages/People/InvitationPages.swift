// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Vault

/// `/invitations/SECRET`: the invited person chooses a sign-in name and a passphrase. The address is the secret: it is
/// never logged, no page links out of here, and browsers send no referrer.
struct InvitationPages {
    static let purpose = "invitation"
    let site: Site

    /// Looking uses nothing up.
    func form(_ request: Request, _ context: SiteContext) async throws -> Response {
        let secret = context.parameters.get("secret") ?? ""
        return try await show(secret, context, login: "", refusal: site.keys.isLocked ? .instanceLocked : nil)
    }

    func accept(_ request: Request, _ context: SiteContext) async throws -> Response {
        let secret = context.parameters.get("secret") ?? ""
        let form = try await Form.read(request, limit: Limits.formBody)
        do {
            try site.throttle.admitSignIn(from: context.peer)
            _ = try FormToken(form["_token"], for: Self.purpose, at: site.now, keys: site.keys)
            let token = try await site.door.accept(
                secret: secret,
                login: form["login"],
                passphrase: form["passphrase"],
                reading: context.t.language.code
            )
            var response = Response.see(site.asksCodes ? SecondFactorGate.path : "/respond")
            response.setCookie(site.cookie(token.cookie))
            return response
        } catch let refusal as Refusal where refusal != .invitationOver {
            return try await show(secret, context, login: form["login"], refusal: refusal)
        } catch is FormToken.Problem {
            return try await show(secret, context, login: form["login"], refusal: .formOld)
        }
    }

    private func show(
        _ secret: String,
        _ context: SiteContext,
        login: String,
        refusal: Refusal?
    ) async throws -> Response {
        let t = context.t
        let found = try await site.database.read { tx in
            try Invitation.find(secret: secret, in: tx).map { invitation in
                (invitation, try Organisation.all(in: tx).first { $0.id == invitation.organisation }?.name ?? "")
            }
        }
        guard let (invitation, organisation) = found else { return over(context) }
        let errors = refusal?.fields ?? [:]
        let token = FormToken.issue(for: Self.purpose, at: site.now, keys: site.keys)
        let labels = ["login", "passphrase"].map { (field: $0, id: $0) }
        let name = SignInFields.name(
            login,
            error: errors["login"],
            hint: t("invitation.login_hint|You make it up. Not your real name or your e-mail."),
            t
        )
        let body: HTML = """
            <div class="stack phone">\(Parts.errors(refusal, labels: labels, t))\
            <h1>\(t("invitation.title|Welcome, {name}", ["name": invitation.handle]))</h1>\
            <p class="lead">\(t("invitation.words|{group} invites you to the network.", ["group": organisation]))</p>\
            <p class="soft">\(t("invitation.until|This invitation works until {time}, and once.", ["time": t.moment(invitation.expiresAt)]))</p>\
            <form class="stack close" method="post" action="/invitations/\(secret)">\(Parts.hidden([("_token", token)]))\
            \(name)\(SignInFields.newPassphrase(errors["passphrase"], name: "passphrase", t))\
            <button class="first wide">\(t("invitation.accept|Go on"))</button></form>\
            <p class="hint">\(t("invitation.next|Next: an app that shows codes, and a recovery code on paper."))</p></div>
            """
        return page(context, body, status: refusal.map(Site.status) ?? .ok)
    }

    private func over(_ context: SiteContext) -> Response {
        let t = context.t
        let body: HTML = """
            <div class="stack phone"><h1>\(t("invitation.over|This invitation does not work"))</h1>\
            <p class="lead">\(t("invitation.over_words|It may be used up, or older than three days. Ask the person who sent it for a new one."))</p>\
            <p>\(t("invitation.over_stolen|Did you not use it yourself? Tell them at once: somebody else may have."))</p></div>
            """
        return page(context, body, status: .notFound)
    }

    private func page(_ context: SiteContext, _ body: HTML, status: HTTPResponse.Status) -> Response {
        let t = context.t
        return site.page(
            Layout(
                site: site,
                t: t,
                // The language links must not carry the secret into a history of their own.
                path: "/sign-in",
                title: t("invitation.page|Invitation"),
                mainClass: "page narrow stack",
                body: body
            ),
            status: status
        )
    }
}
