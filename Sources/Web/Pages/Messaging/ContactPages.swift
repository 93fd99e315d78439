// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Messaging
import People
import Vault

/// `/settings/contact`: how a member wants to be reached when these pages are closed. Their own choice, and only theirs.
struct ContactPages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await page(context, saved: request.uri.queryParameters["saved"] != nil)
    }

    func choose(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (t, keys) = (context.t, site.keys)
        return try await site.change(request, context, then: "/settings/contact") { form, caller, tx in
            guard let channel = ChannelKind(rawValue: form["channel"]) else { throw Refusal.channelClosed }
            try Contact.choose(channel, form["address"], by: caller, words: t, keys: keys, in: tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    func confirm(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        guard let channel = ChannelKind(rawValue: form["channel"]) else { throw Refusal.notFound }
        let (caller, keys, code) = (context.caller, site.keys, form["code"])
        let isRight = try await site.database.write { tx in
            try Contact.confirm(channel, code: code, by: caller, keys: keys, in: tx)
        }
        guard isRight else {
            let wrong: Phrase =
                "contact.code_wrong|This code is not right, or it is too old. Check it, or ask for a new one."
            return try await page(context, form: form, refusal: .invalid(["code-\(channel.rawValue)": wrong]))
        }
        return .see("/settings/contact?saved=yes")
    }

    func remove(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await site.change(request, context, then: "/settings/contact?saved=yes") { form, caller, tx in
            guard let channel = ChannelKind(rawValue: form["channel"]) else { throw Refusal.notFound }
            try Contact.remove(channel, by: caller, in: tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    /// Whether the hotline may ring the caller's telephone.
    func letRing(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await site.change(request, context, then: "/settings/contact?saved=yes") { form, caller, tx in
            try Contact.letRing(form.isOn("rings"), by: caller, in: tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        saved: Bool = false,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        let (t, caller, keys) = (context.t, context.caller, site.keys)
        let (contacts, open, pushKey) = try await site.database.read { tx in
            (
                try Contact.of(caller.person, in: tx).map { ($0, try $0.opened(keys)) },
                try Provider.open(in: tx),
                try Provider.pushKey(keys: keys, in: tx)
            )
        }
        let token = context.token.csrf
        let lines: [HTML] = contacts.map { contact, address in
            line(contact, address, token: token, error: refusal?.fields["code-\(contact.channel.rawValue)"], t)
        }
        let choices = Contact.channels.filter { open.contains($0) && $0 != .push }
        let done: HTML =
            saved
            ? "<div class=\"note good\" role=\"status\">\(Parts.icon("check-circle"))<p><strong>\(t("settings.saved|Saved."))</strong></p></div>"
            : .empty
        let add: HTML =
            choices.isEmpty
            ? "<p>\(t("contact.none_open|No channel is set up yet. Ask your coordinator."))</p>"
            : """
            <form class="sheet stack close" method="post" action="/settings/contact"><h2>\(t("contact.add|Add a way to reach you"))</h2>\
            \(Parts.hidden([("_token", token)]))\
            \(Ask(name: "channel", label: t("contact.channel|How"), value: form["channel"], control: .choice(options: choices.map { ($0.rawValue, t($0.label)) }), error: refusal?.fields["channel"]).html(t))\
            \(Ask(name: "address", label: t("contact.address|Phone number or email"), value: form["address"], limit: 254, error: refusal?.fields["address"]).html(t))\
            <p class="hint">\(t("contact.promise|It is encrypted. Nobody in the team sees it. Messages never say what a case is about."))</p>\
            <div class="turn"><button class="first">\(t("contact.send_code|Send me a code"))</button></div></form>
            """
        let browser: HTML =
            pushKey.map { key in
                """
                <form class="sheet stack close" method="post" action="/settings/contact" hidden\(PushForm(t: t, key: key, action: "/settings/contact", field: "address").attributes)>\
                <h2>\(t("contact.browser|Notices in this browser"))</h2>\(Parts.hidden([("_token", token), ("channel", "push")]))<input type="hidden" name="address" value="">\
                <p>\(t("contact.browser_words|They come when these pages are closed too. The notice only says that there is something new."))</p>\
                <label class="choice slim"><input type="checkbox" name="words" value="on"> <span>\(t("push.words|Show the words of the message on my locked screen too"))</span></label>\
                <p role="status" data-push-status></p>\
                <div class="turn"><button class="first">\(t("contact.browser_on|Turn on notices here"))</button></div></form>
                """
            } ?? .empty
        let phone = contacts.first { $0.0.channel == .sms && $0.0.confirmedAt != nil }?.0
        let calls: HTML =
            phone.map { phone in
                """
                <form class="sheet stack close" method="post" action="/settings/contact/calls" id="calls">\(Parts.hidden([("_token", token)]))\
                <h2>\(t("contact.calls|Calls of the hotline"))</h2>\
                <p>\(t("contact.calls_words|When you are on shift, the hotline may ring your phone. It may also ring operators, attorneys and coordinators when nobody else can take a call. You see our number, and the caller never sees yours."))</p>\
                <label class="choice slim"><input type="checkbox" name="rings" value="on"\(phone.rings ? " checked" as HTML : .empty)> <span>\(t("contact.calls_on|The hotline may ring my phone"))</span></label>\
                <div class="turn"><button>\(t("settings.save|Save"))</button></div></form>
                """
            } ?? .empty
        let labels = [(field: "channel", id: "channel"), (field: "address", id: "address")]
        var response = site.memberPage(
            context,
            place: "/settings",
            title: t("contact.title|How we reach you"),
            scripts: pushKey == nil ? [] : ["push.js"],
            status: refusal?.status ?? .ok,
            body: """
                <div class="stack">\(Parts.refusal(refusal, labels: labels, back: "/settings/contact", t))\
                <h1>\(t("contact.title|How we reach you"))</h1>\(done)\
                \(lines.isEmpty ? "<p>\(t("contact.none|We reach you only while this page is open. Add a phone number or an email."))</p>" : "<ul class=\"waiting\">\(lines)</ul>" as HTML)\
                \(browser)\(add)\(calls)</div>
                """
        )
        if pushKey != nil { PushForm.allowWorker(&response) }
        return response
    }

    private func line(_ contact: Contact, _ address: String, token: String, error: Phrase?, _ t: Words) -> HTML {
        let kind = contact.channel.rawValue
        let shown = contact.channel == .push ? t("contact.this_browser|A browser of yours") : address
        let confirm: HTML =
            contact.confirmedAt == nil
            ? """
            <form class="stack close" method="post" action="/settings/contact/confirm">\(Parts.hidden([("_token", token), ("channel", kind)]))\
            <div class="ask"><label for="code-\(kind)">\(t("subscribe.code|The code we sent you"))</label>\
            \(error.map { "<p class=\"error\">\(Parts.icon("alert"))\(t($0))</p>" as HTML })\
            <input id="code-\(kind)" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="12" class="number short"></div>\
            <div class="turn"><button class="first">\(t("subscribe.confirm_code|Confirm"))</button></div></form>
            """ : Parts.state("good", "check-circle", t("contact.confirmed|Confirmed"))
        return """
            <li><span><strong>\(t(contact.channel.label))</strong> \(shown)</span>\(confirm)<span class="push">\
            \(Parts.button("/settings/contact/removal", "\(t("settings.end|Remove"))<span class=\"visually-hidden\"> \(t(contact.channel.label))</span>", token: token, class: "small quiet", fields: [("channel", kind)]))</span></li>
            """
    }
}
