// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import People
import Vault

/// `/unlock`: opens the whole instance. `/panic`: locks it. (A member opens their own sealed things at
/// `/session/unlock`.)
struct UnlockPages {
    static let purpose = "unlock"
    let site: Site

    func form(_ request: Request, _ context: SiteContext) async throws -> Response { show(context) }

    func unlock(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await Form.read(request, limit: Limits.formBody)
        do {
            try site.throttle.admitUnlock(from: context.peer)
            _ = try FormToken(form["_token"], for: Self.purpose, at: site.now, keys: site.keys)
            try await site.lock.unlock(form["key"])
            return .see("/sign-in")
        } catch let refusal as Refusal {
            return show(context, refusal: refusal)
        } catch is FormToken.Problem {
            let old: Phrase = "session.form_old|This page was open for a long time. Please try again."
            return show(context, refusal: Refusal(.invalid, old))
        }
    }

    /// No passphrase is asked for: it only closes.
    func confirmPanic(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.panic)
        let t = context.t
        let body: HTML = """
            <div class="stack"><h1>\(t("panic.title|Lock everything now?"))</h1>\
            <p class="lead">\(t("panic.lead|Use this when the server or a member's device may be in the wrong hands."))</p>\
            <ul class="ticks"><li>\(Parts.icon("check", class: "yes"))<span>\
            \(t("panic.out|Everybody is signed out at once, you too. All boards close."))</span></li>\
            <li>\(Parts.icon("check", class: "yes"))<span>\
            \(t("panic.reports|Reports still come in. Public pages still work."))</span></li>\
            <li>\(Parts.icon("cross", class: "no"))<span>\
            \(t("panic.back|Nobody can sign in until somebody types the instance's passphrase or recovery key. Restarting does not open it."))</span></li></ul>\
            <div class="row">\(Parts.button("/panic", "\(Parts.icon("lock"))\(t("panic.do|Lock everything now"))", token: context.token.csrf, class: "first urgent"))\
            <a class="button" href="/board">\(t("panic.not|No, go back"))</a></div></div>
            """
        return site.memberPage(
            context,
            place: "",
            title: t("panic.title_short|Lock everything"),
            mainClass: "page narrow stack",
            body: body
        )
    }

    func panic(_ request: Request, _ context: MemberContext) async throws -> Response {
        _ = try await site.memberForm(request, context)
        try await site.lock.panic(by: context.caller)
        var response = Response.see("/unlock")
        response.setCookie(
            Cookie(
                name: site.sessionCookie,
                value: "",
                maxAge: 0,
                path: "/",
                secure: site.config.isSecure,
                httpOnly: true,
                sameSite: .strict
            )
        )
        response.headers[.clearSiteData] = "\"cache\", \"storage\""
        return response
    }

    private func show(_ context: SiteContext, refusal: Refusal? = nil) -> Response {
        let t = context.t
        guard site.keys.isLocked else { return open(context) }
        let key = Ask(
            name: "key",
            label: t("unlock.key|Passphrase or recovery key of this Vecinos"),
            hint: t("unlock.key_hint|Not your own passphrase. Big or small letters do not matter in the recovery key."),
            limit: 256,
            control: .line(
                type: "password",
                attributes: " autocomplete=\"off\" autocapitalize=\"none\" spellcheck=\"false\" required"
            ),
            error: refusal.map { $0.fields["key"] ?? $0.message }
        )
        let token = FormToken.issue(for: Self.purpose, at: site.now, keys: site.keys)
        let body: HTML = """
            <div class="stack phone"><h1>\(t("unlock.title|Vecinos is locked"))</h1>\
            <p class="lead">\(t("unlock.lead|Reports still come in and stay sealed. Public pages work. Members can't sign in."))</p>\
            <form class="envelope stack" method="post" action="/unlock">\(Parts.hidden([("_token", token)]))\
            <div class="stack close">\(key.html(t))<button class="first wide">\(Parts.icon("unlock"))\(t("unlock.do|Unlock Vecinos"))</button></div></form>\
            <p class="hint">\(t("unlock.who|The recovery key was printed when Vecinos was set up. Ask your coordinator, or who keeps the server."))</p></div>
            """
        return site.page(layout(t, t("unlock.title|Vecinos is locked"), body), status: refusal.map(Site.status) ?? .ok)
    }

    private func open(_ context: SiteContext) -> Response {
        let t = context.t
        let body: HTML = """
            <div class="stack phone"><h1>\(t("unlock.open|Vecinos is open"))</h1>\
            <p class="lead">\(t("unlock.open_words|There is nothing to unlock."))</p>\
            <div class="row"><a class="button first" href="/sign-in">\(t("session.sign_in|Sign in"))</a></div></div>
            """
        return site.page(layout(t, t("unlock.open|Vecinos is open"), body))
    }

    private func layout(_ t: Words, _ title: String, _ body: HTML) -> Layout {
        Layout(site: site, t: t, path: "/unlock", title: title, mainClass: "page narrow stack", body: body)
    }
}

extension Site {
    /// What stands in place of every page of members while the instance is locked. Says nothing about who they are.
    func lockedPage(_ context: SiteContext) -> Response {
        let t = context.t
        let body: HTML = """
            <div class="stack phone"><h1>\(t("unlock.title|Vecinos is locked"))</h1>\
            <p class="lead">\(t("locked.lead|Nobody can sign in now. Nothing was lost. Reports still come in and stay sealed."))</p>\
            <p>\(t("locked.who|A coordinator with the passphrase or the recovery key of this Vecinos can unlock it."))</p>\
            <div class="row"><a class="button first" href="/unlock">\(Parts.icon("unlock"))\(t("unlock.do|Unlock Vecinos"))</a>\
            <a class="button" href="\(pack.hotlineAddress)">\(Parts.icon("phone"))\(Parts.telephone(pack.coalition.hotline.number))</a></div></div>
            """
        var response = page(
            Layout(
                site: self,
                t: t,
                path: "/sign-in",
                title: t("unlock.title|Vecinos is locked"),
                mainClass: "page narrow stack",
                body: body
            ),
            status: .serviceUnavailable
        )
        response.headers[.retryAfter] = "60"
        return response
    }
}
