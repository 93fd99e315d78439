// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Messaging
import People
import Vault

/// `/sign-in/recovery`: the way back in with the printed code.
struct RecoveryPages {
    static let purpose = "recovery"
    let site: Site

    func form(_ request: Request, _ context: SiteContext) async throws -> Response {
        show(context, login: "", refusal: site.keys.isLocked ? .instanceLocked : nil)
    }

    func recover(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await Form.read(request, limit: Limits.formBody)
        do {
            try site.throttle.admitSignIn(from: context.peer)
            _ = try FormToken(form["_token"], for: Self.purpose, at: site.now, keys: site.keys)
            let token = try await site.door.recover(
                login: form["login"],
                code: form["recovery"],
                to: form["new_passphrase"],
                network: site.throttle.source(of: context.peer)
            ) { person, coordinators, tx in
                for coordinator in coordinators {
                    try Message.tell(
                        coordinator,
                        .accountRecovered,
                        about: person.text,
                        key: "\(person.text):\(tx.now.milliseconds)",
                        expires: .days(7),
                        in: tx
                    )
                }
            }
            var response = Response.see(site.asksCodes ? SecondFactorGate.path : "/settings")
            response.setCookie(site.cookie(token.cookie))
            return response
        } catch let refusal as Refusal {
            // Before the code was tried it comes back: whoever is to look at each letter again must see them.
            let typed = refusal.fields.isEmpty ? "" : form["recovery"]
            return show(context, login: form["login"], typed: typed, refusal: refusal)
        } catch is FormToken.Problem {
            return show(context, login: form["login"], refusal: .formOld)
        }
    }

    private func show(_ context: SiteContext, login: String, typed: String = "", refusal: Refusal?) -> Response {
        let t = context.t
        let errors = refusal?.fields ?? [:]
        let token = FormToken.issue(for: Self.purpose, at: site.now, keys: site.keys)
        let code = Ask(
            name: "recovery",
            label: t("recovery.code|Recovery code"),
            hint: t("recovery.code_hint|25 letters and digits, from your paper."),
            value: typed,
            limit: 60,
            control: .line(
                type: "text",
                attributes: " autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" required"
            ),
            error: errors["recovery"]
        )
        let labels = ["recovery", "new_passphrase"].map { (field: $0, id: $0) }
        let body: HTML = """
            <div class="stack phone">\(Parts.errors(refusal, labels: labels, t))\
            <h1>\(t("recovery.title|Sign in with your recovery code"))</h1>\
            <p class="soft">\(t("recovery.words|All your phones and computers are signed out. Your coordinator hears of it."))</p>\
            <form class="stack close" method="post" action="/sign-in/recovery">\(Parts.hidden([("_token", token)]))\
            \(SignInFields.name(login, t))\(code.html(t))\(SignInFields.newPassphrase(errors["new_passphrase"], t))\
            <button class="first wide">\(t("recovery.button|Change it and sign in"))</button></form>\
            <p class="hint">\(t("recovery.no_code|No code? Ask a coordinator of your group to invite you again."))</p></div>
            """
        return site.page(
            Layout(
                site: site,
                t: t,
                path: "/sign-in/recovery",
                title: t("session.sign_in|Sign in"),
                mainClass: "page narrow stack",
                body: body
            ),
            status: refusal.map(Site.status) ?? .ok
        )
    }
}

/// Inputs that several ways in share.
enum SignInFields {
    static func name(_ value: String, error: Phrase? = nil, hint: String? = nil, _ t: Words) -> HTML {
        Ask(
            name: "login",
            label: t("session.login|Sign-in name"),
            hint: hint,
            value: value,
            limit: 64,
            control: .line(
                type: "text",
                attributes: " autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" required"
            ),
            error: error
        ).html(t)
    }

    static func newPassphrase(_ error: Phrase?, name: String = "new_passphrase", _ t: Words) -> HTML {
        Ask(
            name: name,
            label: t("session.new_passphrase|A new passphrase"),
            hint: t("session.new_passphrase_hint|15 letters or more. Five or six words are good."),
            limit: 256,
            control: .line(type: "password", attributes: " autocomplete=\"new-password\" required"),
            error: error
        ).html(t)
    }
}

extension Site {
    /// The session's cookie; `__Host-` over TLS.
    func cookie(_ value: String, maxAge: Int? = nil) -> Cookie {
        Cookie(
            name: sessionCookie,
            value: value,
            maxAge: maxAge,
            path: "/",
            secure: config.isSecure,
            httpOnly: true,
            sameSite: .strict
        )
    }
}

extension Refusal {
    static var formOld: Refusal {
        Refusal(.invalid, "session.form_old|This page was open for a long time. Please try again.")
    }
}
