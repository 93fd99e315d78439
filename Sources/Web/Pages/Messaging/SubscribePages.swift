// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Messaging
import Vault

/// `/subscribe`: ask, confirm from the address itself, change it or end it by one's own link. Needs no script.
struct SubscribePages {
    static let purpose = "subscribe"
    let site: Site

    func form(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await show(context, SubscribeForm(site: site, t: context.t))
    }

    func ask(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let form = try await Form.read(request, limit: Limits.formBody)
        var page = SubscribeForm(site: site, t: context.t, form: form)
        do {
            _ = try FormToken(form["_token"], for: Self.purpose, at: site.now, keys: site.keys)
            // A field that people don't see: a program gets the same page, and nothing is sent.
            if form["website"].isEmpty {
                let wish = try SubscribeForm.wish(form, site)
                let (t, keys, address) = (context.t, site.keys, ours(request))
                _ = try await site.database.write { tx in
                    try Subscriber.ask(wish, words: t, address: address, keys: keys, in: tx)
                }
            }
            return codePage(context, channel: form["channel"], address: form["address"], refusal: nil)
        } catch let refusal as Refusal where refusal.isForTheForm {
            page.refusal = refusal
        } catch is FormToken.Problem {
            page.refusal = Self.tooOld
        }
        return try await show(context, page)
    }

    private static let tooOld = Refusal(
        .invalid,
        "form.too_old|This page was open for a long time. Nothing was lost. Please send it again."
    )

    func confirmCode(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let form = try await Form.read(request, limit: Limits.formBody)
        let (channel, address, code, keys) = (form["channel"], form["address"], form["code"], site.keys)
        let made = try await site.database.write { tx in
            try ChannelKind(rawValue: channel).flatMap {
                try Subscriber.confirm($0, address, code: code, keys: keys, in: tx)
            }
        }
        guard let made else {
            let wrong: Phrase =
                "subscribe.code_wrong|This code is not right, or it is too old. Check it, or ask for a new one."
            return codePage(context, channel: channel, address: address, refusal: .invalid(["code": wrong]))
        }
        return .see(try made.link(keys) + "?welcome=yes")
    }

    /// A mail service opens links by itself: the link shows a button, and only the button confirms.
    func confirmLink(_ request: Request, _ context: SiteContext) async throws -> Response {
        let t = context.t
        let token = context.parameters.get("token") ?? ""
        return small(
            context,
            t("subscribe.confirm_title|Please confirm"),
            """
            <p>\(t("subscribe.confirm_words|Tap the button, and we will send you what you chose."))</p>\
            <form method="post" action="/subscribe/confirm/\(token)"><button class="first">\(t("subscribe.confirm|Yes, sign me up"))</button></form>
            """
        )
    }

    func confirmByLink(_ request: Request, _ context: SiteContext) async throws -> Response {
        let (token, keys) = (context.parameters.get("token") ?? "", site.keys)
        let made = try await site.database.write { tx in try Subscriber.confirm(link: token, keys: keys, in: tx) }
        guard let made else { throw Refusal.notFound }
        return .see(try made.link(keys) + "?welcome=yes")
    }

    func manage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let (found, places) = try await subscriber(context)
        var page = SubscribeForm(site: site, t: context.t, form: SubscribeForm.form(of: found, places))
        page.link = "/subscribe/manage/\(context.parameters.get("token") ?? "")"
        page.channel = found.channel
        page.isWelcome = request.uri.queryParameters["welcome"] != nil
        page.isSaved = request.uri.queryParameters["saved"] != nil
        return try await show(context, page)
    }

    func change(_ request: Request, _ context: SiteContext) async throws -> Response {
        let (found, _) = try await subscriber(context)
        let form = try await Form.read(request, limit: Limits.formBody)
        let link = "/subscribe/manage/\(context.parameters.get("token") ?? "")"
        do {
            let wish = try SubscribeForm.wish(form, site, channel: found.channel)
            try await site.database.write { tx in try Subscriber.change(found, to: wish, in: tx) }
            return .see("\(link)?saved=yes")
        } catch let refusal as Refusal where refusal.isForTheForm {
            var page = SubscribeForm(site: site, t: context.t, form: form)
            (page.link, page.channel, page.refusal) = (link, found.channel, refusal)
            return try await show(context, page)
        }
    }

    /// The page behind a mail's "unsubscribe": one button.
    func leaveForm(_ request: Request, _ context: SiteContext) async throws -> Response {
        let t = context.t
        let token = context.parameters.get("token") ?? ""
        return small(
            context,
            t("subscribe.leave_title|Stop these messages"),
            """
            <p>\(t("subscribe.leave_words|We will delete your address. You will get nothing more from us."))</p>\
            <form method="post" action="/unsubscribe/\(token)"><button class="first">\(t("subscribe.leave|Stop now"))</button></form>
            """
        )
    }

    /// RFC 8058: a mail service posts here by itself when its reader taps "unsubscribe"; the link's signature is enough.
    func leave(_ request: Request, _ context: SiteContext) async throws -> Response {
        let (token, keys) = (context.parameters.get("token") ?? "", site.keys)
        try await site.database.write { tx in
            // Again after it worked: nobody is left to find, and it is as good as done.
            if let found = try Subscriber.find(link: token, keys: keys, in: tx) { try Subscriber.leave(found, in: tx) }
        }
        let t = context.t
        return small(
            context,
            t("subscribe.left_title|It is done"),
            "<p>\(t("subscribe.left|You will get nothing more from us. Your address is deleted."))</p>"
        )
    }

    /// A browser that shows notices asked its person, and then its push service: the form's words, and `subscription`, what
    /// `PushSubscription.toJSON()` gives.
    func browser(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let form = try await Form.read(request, limit: Limits.formBody)
        var page = SubscribeForm(site: site, t: context.t, form: form)
        do {
            _ = try FormToken(form["_token"], for: Self.purpose, at: site.now, keys: site.keys)
            var wish = try SubscribeForm.wish(form, site, channel: .push)
            wish.address = form["subscription"]
            let (settled, keys) = (wish, site.keys)
            let made = try await site.database.write { tx in try Subscriber.joinByBrowser(settled, keys: keys, in: tx) }
            return .see(try made.link(keys) + "?welcome=yes")
        } catch let refusal as Refusal where refusal.isForTheForm {
            page.refusal = refusal
        } catch is FormToken.Problem {
            page.refusal = Self.tooOld
        }
        return try await show(context, page)
    }

    /// The worker of a browser whose push service gave it another address: `old` and `subscription` whole. The answer tells
    /// whether somebody is known by the old one to nobody but who knows it.
    func renewBrowser(_ request: Request, _ context: SiteContext) async throws -> Response {
        try site.throttle.admitLookup(from: context.peer)
        let form = try await Form.read(request, limit: Limits.formBody)
        let (old, new, keys) = (form["old"], form["subscription"], site.keys)
        let isKnown = try await site.database.write { tx in
            try Subscriber.renewBrowser(old, by: new, keys: keys, in: tx)
        }
        guard isKnown else { throw Refusal.notFound }
        return Response(status: .noContent)
    }

    private func subscriber(_ context: SiteContext) async throws -> (Subscriber, [String]) {
        let (token, keys) = (context.parameters.get("token") ?? "", site.keys)
        return try await site.database.read { tx in
            guard let found = try Subscriber.find(link: token, keys: keys, in: tx), found.isActive else {
                throw Refusal.notFound
            }
            return (found, try found.places(in: tx))
        }
    }

    private func ours(_ request: Request) -> String {
        site.config.address.isEmpty ? "http://\(request.head.authority ?? "localhost")" : site.config.address
    }

    private func codePage(_ context: SiteContext, channel: String, address: String, refusal: Refusal?) -> Response {
        let t = context.t
        let isMail = channel == ChannelKind.email.rawValue
        let code = Ask(
            name: "code",
            label: t("subscribe.code|The code we sent you"),
            hint: t("subscribe.code_hint|Six numbers. It can take a minute."),
            limit: 12,
            control: .line(
                type: "text",
                attributes: " inputmode=\"numeric\" autocomplete=\"one-time-code\" class=\"number\""
            ),
            error: refusal?.fields["code"]
        )
        let body: HTML =
            isMail
            ? "<p class=\"lead\">\(t("subscribe.look_mail|Open your mail, and tap the link in it. If it is not there, look under spam."))</p>"
            : """
            <form class="sheet stack close" method="post" action="/subscribe/confirm">\
            \(Parts.hidden([("channel", channel), ("address", address)]))\(code.html(t))\
            <div class="turn"><button class="first">\(t("subscribe.confirm_code|Confirm"))</button></div></form>
            """
        return small(
            context,
            t("subscribe.almost|Almost done"),
            "\(Parts.errors(refusal, labels: [("code", "code")], t))\(body)",
            status: refusal?.status ?? .ok
        )
    }

    private func small(_ context: SiteContext, _ title: String, _ body: HTML, status: HTTPResponse.Status = .ok)
        -> Response
    {
        site.page(
            Layout(
                site: site,
                t: context.t,
                path: "/subscribe",
                title: title,
                mainClass: "page narrow stack",
                body: "<div class=\"stack\"><h1>\(title)</h1>\(body)</div>"
            ),
            status: status
        )
    }

    private func show(_ context: SiteContext, _ page: SubscribeForm) async throws -> Response {
        var page = page
        let keys = site.keys
        (page.channels, page.pushKey) = try await site.database.read { tx in
            (try Provider.open(in: tx), try Provider.pushKey(keys: keys, in: tx))
        }
        page.token = FormToken.issue(for: Self.purpose, at: site.now, keys: site.keys)
        let usesPush = page.link == nil ? page.pushKey != nil : page.channel == .push
        var response = site.page(
            Layout(
                site: site,
                t: context.t,
                path: page.link ?? "/subscribe",
                title: page.title,
                mainClass: "page narrow stack",
                scripts: usesPush ? ["push.js"] : [],
                body: page.body
            ),
            status: page.refusal?.status ?? .ok
        )
        if usesPush { PushForm.allowWorker(&response) }
        return response
    }
}
