// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Vault

/// `/settings/second-factor`: the app that shows codes, for the first time or on another phone, and the recovery code
/// that comes with it.
struct SecondFactorPages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try page(context, offer: SecondFactor.offer(to: context.caller, keys: site.keys))
    }

    /// The recovery code stands in this answer and nowhere else, so it is a page and not a redirect.
    func setUp(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        let (caller, keys) = (context.caller, site.keys)
        do {
            let offer = try SecondFactor.reopen(form["ticket"], for: caller, keys: keys)
            do {
                let confirmation = caller.hasSecondFactor ? try await site.confirm(form, context) : nil
                let code = try await site.database.write { tx in
                    try SecondFactor.setUp(
                        offer,
                        code: form["new_code"],
                        confirmation: confirmation,
                        by: caller,
                        keys: keys,
                        in: tx
                    )
                }
                return recoveryCode(code, context)
            } catch let refusal as Refusal where refusal.isForTheForm {
                return try page(context, offer: offer, refusal: refusal)
            }
        } catch let refusal as Refusal where refusal.kind == .invalid {
            let fresh = try SecondFactor.offer(to: caller, keys: keys)
            return try page(context, offer: fresh, refusal: refusal)
        }
    }

    func newRecoveryCode(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        let caller = context.caller
        do {
            let confirmation = try await site.confirm(form, context)
            let code = try await site.database.write { tx in
                try Recovery.renew(by: caller, confirmation: confirmation, in: tx)
            }
            return recoveryCode(code, context)
        } catch let refusal as Refusal where refusal.isForTheForm {
            return renewal(context, refusal: refusal)
        }
    }

    func askForRecoveryCode(_ request: Request, _ context: MemberContext) async throws -> Response {
        renewal(context)
    }

    private func page(
        _ context: MemberContext,
        offer: SecondFactor.Offer,
        refusal: Refusal? = nil
    ) throws -> Response {
        let body = try SecondFactorPage(
            site: site,
            t: context.t,
            caller: context.caller,
            token: context.token.csrf,
            offer: offer,
            refusal: refusal
        ).body
        return shown(context, body, status: refusal?.status ?? .ok)
    }

    private func renewal(_ context: MemberContext, refusal: Refusal? = nil) -> Response {
        let t = context.t
        let confirm = ConfirmFields(site: site, t: t, caller: context.caller, errors: refusal?.fields ?? [:])
        let labels = [(field: "passphrase", id: "confirm-passphrase"), (field: "code", id: "confirm-code")]
        let body: HTML = """
            <div class="stack phone">\(Parts.refusal(refusal, labels: labels, back: "/settings/recovery-code", t))\
            <h1>\(t("factor.new_recovery|A new recovery code"))</h1>\
            <p>\(t("factor.new_recovery_words|The old code stops working. You see the new one once."))</p>\
            <form class="sheet stack close" method="post" action="/settings/recovery-code">\
            \(Parts.hidden([("_token", context.token.csrf)]))\(confirm.html)\
            <div class="turn"><button class="first">\(t("factor.new_recovery_button|Show me a new code"))</button></div></form></div>
            """
        return shown(context, body, status: refusal?.status ?? .ok)
    }

    private func recoveryCode(_ code: RecoveryCode, _ context: MemberContext) -> Response {
        shown(context, RecoveryCodePage(t: context.t, code: code, caller: context.caller).body)
    }

    private func shown(_ context: MemberContext, _ body: HTML, status: HTTPResponse.Status = .ok) -> Response {
        site.memberPage(
            context,
            place: "/settings",
            title: context.t("place.settings|Settings"),
            mainClass: "page narrow stack",
            isDense: false,
            status: status,
            body: body
        )
    }
}

/// The picture to scan, the same as letters, and the first code.
struct SecondFactorPage {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let offer: SecondFactor.Offer
    let refusal: Refusal?

    var body: HTML {
        get throws {
            let errors = refusal?.fields ?? [:]
            let labels = [
                (field: "new_code", id: "new_code"), (field: "passphrase", id: "confirm-passphrase"),
                (field: "code", id: "confirm-code"),
            ]
            let isAnother = caller.hasSecondFactor
            let address = offer.secret.address(issuer: "Vecinos", account: "member")
            let picture = try QRCode.svg(address, label: t("factor.picture|The picture to scan with your app"))
            let code = CodeField(
                t: t,
                name: "new_code",
                id: "new_code",
                label: t("factor.first_code|The six digits your app shows now"),
                hint: t("factor.first_code_hint|They change every 30 seconds."),
                error: errors["new_code"]
            )
            let confirm: HTML =
                isAnother
                ? """
                <h2>\(t("factor.still_you|Is it you?"))</h2>\
                \(ConfirmFields(site: site, t: t, caller: caller, errors: errors).html)
                """ : .empty
            return """
                <div class="stack phone">\(Parts.refusal(refusal, labels: labels, back: SecondFactorGate.path, t))\
                <h1>\(isAnother ? t("factor.title_again|Codes from another phone") : t("factor.title|Set up your codes"))</h1>\
                <p class="lead">\(t("factor.why|A stolen passphrase alone opens nothing. You also need a code from your phone."))</p>\
                <form class="stack" method="post" action="\(SecondFactorGate.path)">\
                \(Parts.hidden([("_token", token), ("ticket", offer.ticket)]))\
                <ol class="numbered stack close"><li><span>\(t("factor.step_app|Get an app for codes on your phone. Aegis, FreeOTP and 2FAS are free."))</span></li>\
                <li><span>\(t("factor.step_scan|Scan this picture with the app."))</span></li></ol>\
                <div class="center">\(picture)</div>\
                <details class="fold"><summary>\(t("factor.no_camera|No camera? Type this into the app"))</summary>\
                <p class="code" id="secret">\(offer.secret.groups.map { "<span>\($0)</span> " as HTML })</p>\
                <p><a href="\(address)">\(t("factor.same_phone|On this phone: open the app"))</a></p></details>\
                \(code.html)\(confirm)\
                <button class="first wide">\(t("factor.done|Turn on codes"))</button></form></div>
                """
        }
    }
}

/// Shown once, to be printed or written down.
struct RecoveryCodePage {
    let t: Words
    let code: RecoveryCode
    let caller: Caller

    var body: HTML {
        """
        <div class="stack phone"><h1>\(t("factor.recovery_title|Your recovery code"))</h1>\
        <p class="lead">\(t("factor.recovery_once|You see it only now. Write it on paper, or print this page."))</p>\
        <p class="code" id="recovery">\(code.groups.map { "<span>\($0)</span> " as HTML })</p>\
        <ul class="ticks"><li>\(Parts.icon("check", class: "yes"))<span>\(t("factor.recovery_use|It lets you in when you lose your phone or forget your passphrase."))</span></li>\
        <li>\(Parts.icon("check", class: "yes"))<span>\(t("factor.recovery_home|Keep it at home, apart from your phone."))</span></li>\
        <li>\(Parts.icon("cross", class: "no"))<span>\(t("factor.recovery_nobody|Give it to nobody. Nobody of us will ask for it."))</span></li></ul>\
        <p><a class="button first" href="\(caller.can(.seeBoard) ? "/board" : "/respond")">\(t("factor.recovery_have|I have it. Go on"))</a></p></div>
        """
    }
}
