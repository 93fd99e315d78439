// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import People
import Response
import Vault

/// Signing in and out, and opening sealed things again. Every refusal looks the same and takes the same time.
struct SessionPages {
    static let purpose = "sign-in"
    let site: Site

    func form(_ request: Request, _ context: SiteContext) async throws -> Response {
        show(
            context,
            back: Self.local(request.uri.queryParameters["back"].map(String.init)),
            isUnsaved: request.uri.queryParameters["unsaved"] != nil,
            refusal: site.keys.isLocked ? .instanceLocked : nil
        )
    }

    func begin(_ request: Request, _ context: SiteContext) async throws -> Response {
        let form = try await Form.read(request, limit: Limits.formBody)
        let back = Self.local(form["back"])
        func again(_ refusal: Refusal) -> Response {
            show(context, login: form["login"], back: back, isUnsaved: !form["unsaved"].isEmpty, refusal: refusal)
        }
        do {
            try site.throttle.admitSignIn(from: context.peer)
            _ = try FormToken(form["_token"], for: Self.purpose, at: site.now, keys: site.keys)
            let token = try await site.door.attempt(
                login: form["login"],
                passphrase: form["passphrase"],
                code: form["code"],
                network: site.throttle.source(of: context.peer)
            )
            let caller = try await Session.enter(token, database: site.database)
            var response = Response.see(back ?? (caller?.can(.seeBoard) == true ? "/board" : "/respond"))
            response.setCookie(site.cookie(token.cookie))
            return response
        } catch let refusal as Refusal {
            return again(refusal)
        } catch is FormToken.Problem {
            return again(.formOld)
        }
    }

    func end(_ request: Request, _ context: MemberContext) async throws -> Response {
        _ = try await site.memberForm(request, context)
        let obstacle = try await site.database.write { [caller = context.caller] tx -> Refusal? in
            // Nobody leaves with open incidents that the next shift has not taken.
            let obstacle = try Shift.obstacleToLeaving(caller, in: tx)
            if obstacle == nil { try Session.signOut(by: caller, in: tx) }
            return obstacle
        }
        if let obstacle { return try await ShiftsPages(site: site).page(context, refusal: obstacle) }
        var response = Response.see("/sign-in")
        response.setCookie(site.cookie("", maxAge: 0))
        response.headers[.clearSiteData] = "\"cache\", \"storage\""
        return response
    }

    func lock(_ request: Request, _ context: MemberContext) async throws -> Response {
        _ = try await site.memberForm(request, context)
        try await site.database.write { [caller = context.caller] tx in try Session.relock(by: caller, in: tx) }
        return .see("/session/unlock")
    }

    func unlockForm(_ request: Request, _ context: MemberContext) async throws -> Response {
        unlockPage(context, back: Self.local(request.uri.queryParameters["back"].map(String.init)))
    }

    func unlock(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        let back = Self.local(form["back"])
        do {
            try await site.door.unlock(context.token, by: context.caller, passphrase: form["passphrase"])
            return .see(back ?? (context.caller.can(.seeBoard) ? "/board" : "/respond"))
        } catch let refusal as Refusal {
            return unlockPage(context, back: back, refusal: refusal)
        }
    }

    private func show(
        _ context: SiteContext,
        login: String = "",
        back: String?,
        isUnsaved: Bool,
        refusal: Refusal? = nil
    ) -> Response {
        let t = context.t
        let token = FormToken.issue(for: Self.purpose, at: site.now, keys: site.keys)
        let passphrase = Ask(
            name: "passphrase",
            label: t("session.passphrase|Passphrase"),
            limit: 256,
            control: .line(type: "password", attributes: " autocomplete=\"current-password\" required")
        )
        let code: HTML =
            site.asksCodes
            ? CodeField(t: t, hint: t("session.code_hint|Six digits. Leave it empty the first time.")).html
            : Parts.note("", "check-circle", t("session.demonstration|A demonstration: it asks for no code."))
        let unsaved =
            isUnsaved
            ? Parts.note(
                "warn",
                "alert",
                t(
                    "session.unsaved|What you had written was not saved yet. After you sign in, go back in your browser: it may still be there."
                )
            ) : .empty
        let kept = [("_token", token), ("back", back ?? "")] + (isUnsaved ? [("unsaved", "yes")] : [])
        let body: HTML = """
            <div class="stack phone">\(Parts.errors(refusal, t))<h1>\(t("session.sign_in|Sign in"))</h1>\(unsaved)\
            <p class="soft">\(t("session.members|For trained members. Neighbors do not need an account."))</p>\
            <form class="stack close" method="post" action="/sign-in">\(Parts.hidden(kept))\
            \(SignInFields.name(login, t))\(passphrase.html(t))\(code)<button class="first wide">\(t("session.sign_in|Sign in"))</button></form>\
            <p><a href="/sign-in/recovery">\(t("session.recovery|Lost your phone or your passphrase? Use your recovery code"))</a></p></div>
            """
        return site.page(
            Layout(
                site: site,
                t: t,
                path: "/sign-in",
                title: t("session.sign_in|Sign in"),
                mainClass: "page narrow stack",
                body: body
            ),
            status: refusal.map(Site.status) ?? .ok
        )
    }

    private func unlockPage(_ context: MemberContext, back: String?, refusal: Refusal? = nil) -> Response {
        let t = context.t
        let passphrase = Ask(
            name: "passphrase",
            label: t("session.passphrase|Passphrase"),
            limit: 256,
            control: .line(type: "password", attributes: " autocomplete=\"current-password\" required autofocus"),
            error: refusal.map { $0.fields["passphrase"] ?? $0.message }
        )
        let body: HTML = """
            <form class="envelope stack" method="post" action="/session/unlock">\
            \(Parts.hidden([("_token", context.token.csrf), ("back", back ?? "")]))<div class="stack close">\
            <h1>\(t("session.locked|Sealed"))</h1><p class="soft">\
            \(t("session.locked_words|{name}, type your passphrase to open sealed parts. They close by themselves after 15 minutes.", ["name": context.caller.handle]))</p>\
            \(passphrase.html(t))<button class="first wide">\(Parts.icon("unlock"))\(t("session.unlock|Unlock"))</button></div></form>
            """
        return site.memberPage(
            context,
            place: "",
            title: t("session.locked|Sealed"),
            mainClass: "page narrow stack",
            status: refusal.map(Site.status) ?? .ok,
            body: body
        )
    }

    /// Only a path of our own; never `//elsewhere`.
    private static func local(_ path: String?) -> String? {
        guard let path, path.utf8.first == UInt8(ascii: "/"), path.utf8.dropFirst().first != UInt8(ascii: "/"),
            path.utf8.count <= 300, path.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "\\") })
        else { return nil }
        return path
    }
}
