// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging

/// Who carries our messages, what is stuck, what may have gone twice, and who subscribed.
struct ChannelPage: Sendable {
    let site: Site
    let t: Words
    let token: String
    let providers: [Provider]
    let counts: [ChannelKind: [Outbox.State: Int]]
    let arrivals: [ChannelKind: [Outbox.Arrival: Int]]
    let dead: [Outbox]
    let troubles: [(channel: ChannelKind, why: String, count: Int)]
    let twice: [Outbox]
    let twiceRuns: [TwiceRun]
    let subscribers: [(channel: ChannelKind, language: String, count: Int)]
    var testToken = ""
    var isSaved = false
    var isTested = false
    var imported: Subscriber.Imported?
    var form = Form()
    var refusal: Refusal?

    static func provider(_ form: Form) throws -> Provider {
        guard let make = Provider.Make(rawValue: form["make"]) else { throw Refusal.notFound }
        var account = Provider.Account()
        (account.url, account.account, account.secret) = (form["url"], form["account"], form["secret"])
        (account.from, account.inboundSecret) = (form["from"], form["inbound"])
        account.template = form["template"].isEmpty ? nil : form["template"]
        var fields: [String: Phrase] = [:]
        let rate = form["rate"].isEmpty ? nil : Double(form["rate"])
        if !form["rate"].isEmpty, rate.map({ $0 > 0 && $0 <= 100_000 }) != true {
            fields["rate"] = "channels.rate_wrong|Write a number above 0."
        }
        let price = form["price"].isEmpty ? 0 : Double(form["price"]) ?? -1
        if !(0...100).contains(price) { fields["price"] = "channels.price_wrong|Write dollars for one, such as 0.008." }
        if !fields.isEmpty { throw Refusal.invalid(fields) }
        return Provider(
            make: make,
            account: account,
            isOn: form.isOn("on"),
            rate: rate,
            price: Int((price * 1_000_000).rounded()),
            allowsPrivateNetworks: form.isOn("private")
        )
    }

    var body: HTML {
        """
        <div class="stack">\(Parts.refusal(refusal, labels: [], back: "/settings/channels", t))\
        <h1>\(t("channels.title|Channels"))</h1>\(note)\
        <p>\(t("channels.lead|Here you enter who carries our messages. Accounts are encrypted. Secrets are never shown again."))</p>\
        \(Provider.Make.allCases.map(account))\(stuck)\(again)\(people)</div>
        """
    }

    private var note: HTML {
        let words =
            isTested
            ? t("channels.tested|The test is on its way. If it fails, you will see it below in a minute.")
            : isSaved ? t("settings.saved|Saved.") : nil
        guard let words else { return .empty }
        return
            "<div class=\"note good\" role=\"status\">\(Parts.icon("check-circle"))<p><strong>\(words)</strong></p></div>"
    }

    private func account(_ make: Provider.Make) -> HTML {
        let known = providers.first { $0.make == make }
        let isTyped = refusal != nil && form["make"] == make.rawValue
        let id = make.rawValue
        func ask(_ name: String, _ label: String, _ value: String, _ hint: String? = nil, type: String = "text") -> HTML
        {
            let error = isTyped ? refusal?.fields[name] : nil
            let shown = type == "password" ? "" : isTyped ? form[name] : value
            return """
                <div class="ask"><label for="\(name)-\(id)">\(label)</label>\(hint.map { "<p class=\"hint\">\($0)</p>" as HTML })\
                \(error.map { "<p class=\"error\" id=\"\(name)-\(id)-error\">\(Parts.icon("alert"))\(t($0))</p>" as HTML })\
                <input id="\(name)-\(id)" name="\(name)" type="\(type)" maxlength="500" autocomplete="off" spellcheck="false" \
                value="\(shown)"\(error == nil ? .empty : " aria-invalid=\"true\" aria-describedby=\"\(name)-\(id)-error\"" as HTML)></div>
                """
        }
        let keep = known == nil ? nil : t("channels.keep|Leave it empty to keep the one that is there.")
        var fields: [HTML] = []
        if make != .vapid, make != .standardWebhooks {
            fields.append(ask("url", t("channels.url|Address of the service"), known?.account.url ?? usual(make)))
        }
        if [.twilio, .twilioVoice, .smtp, .whatsAppCloud].contains(make) {
            fields.append(ask("account", t("channels.account|Account or user name"), known?.account.account ?? ""))
        }
        if ![.vapid, .standardWebhooks].contains(make) {
            fields.append(ask("secret", t("channels.secret|Token or password"), "", keep, type: "password"))
        }
        if make == .whatsAppCloud {
            fields.append(
                ask("inbound", t("channels.app_secret|App secret, for what comes in"), "", keep, type: "password")
            )
            fields.append(
                ask(
                    "template",
                    t("channels.template|Name of a template that Meta approved"),
                    known?.account.template ?? "",
                    t(
                        "channels.template_hint|Its text holds {value} once: our words stand there. Without a template, WhatsApp only carries answers to people who wrote to us within a day.",
                        ["value": "{{1}}"]
                    )
                )
            )
        }
        if ![.gateway, .whatsAppCloud, .standardWebhooks].contains(make) {
            let label =
                make == .smtp || make == .vapid
                ? t("channels.from_mail|Our email address") : t("channels.from_number|Our number")
            fields.append(ask("from", label, known?.account.from ?? ""))
        }
        // Calls come in: nothing is sent by them.
        if make != .twilioVoice {
            let rate = known?.rate ?? Provider(make: make, account: .init()).rate
            fields.append(ask("rate", t("channels.rate|Messages a second"), number(rate)))
            fields.append(
                ask(
                    "price",
                    t("channels.price|Dollars for one, or for one part of a text"),
                    known.map { number(Double($0.price) / 1_000_000) } ?? "0"
                )
            )
        }
        let isOn = known?.isOn ?? true
        let state: HTML =
            known.map {
                $0.isOn
                    ? Parts.state("good", "check-circle", t("channels.on|In use"))
                    : Parts.state("plain", "pause", t("channels.off|Switched off"))
            } ?? .empty
        return """
            <details class="sheet" id="\(id)"\(isTyped ? " open" as HTML : .empty)><summary><strong>\(t(make.label))</strong> \(state)</summary>\
            <form class="stack close" method="post" action="/settings/channels">\(Parts.hidden([("_token", token), ("make", id)]))\
            <div class="form-grid">\(fields)</div>\
            <label class="choice slim"><input type="checkbox" name="on" value="on"\(isOn ? " checked" as HTML : .empty)> <span>\(t("channels.use|Use it"))</span></label>\
            <label class="choice slim"><input type="checkbox" name="private" value="on"\(known?.allowsPrivateNetworks == true ? " checked" as HTML : .empty)> \
            <span>\(t("channels.private|It stands on this machine or in our own network"))</span></label>\
            \(callback(make, known))<div class="turn"><button class="first">\(t("settings.save|Save"))</button></div></form>\(known == nil ? .empty : test(make.kind))</details>
            """
    }

    /// Where the provider calls us.
    private func callback(_ make: Provider.Make, _ known: Provider?) -> HTML {
        let ours = site.config.address
        let path: String? =
            switch make {
            case .twilio: "/hooks/sms/twilio"
            case .gateway: "/hooks/sms/gateway"
            case .whatsAppCloud: "/hooks/whatsapp"
            case .signalREST: known.map { "/hooks/signal/\($0.account.inboundSecret)" }
            case .twilioVoice: "/hooks/voice"
            case .smtp, .vapid, .standardWebhooks: nil
            }
        guard let path else { return .empty }
        let challenge: HTML? = known.flatMap {
            make == .whatsAppCloud ? HubSignature.challengeToken(of: $0.account.inboundSecret) : nil
        }.map { " \(t("channels.challenge|When it asks for a verify token, give it:")) <code>\($0)</code>" }
        return
            "<p class=\"hint\">\(t("channels.callback|What comes in, it sends to:")) <code>\(ours)\(path)</code>\(challenge)</p>"
    }

    private func test(_ kind: ChannelKind) -> HTML {
        guard [.sms, .email, .signal, .whatsapp].contains(kind) else { return .empty }
        let name = "to-\(kind.rawValue)"
        let error = refusal?.fields[name]
        return """
            <form class="stack close" method="post" action="/settings/channels/test">\
            \(Parts.hidden([("_token", token), ("channel", kind.rawValue), ("submission", testToken)]))\
            <div class="ask"><label for="\(name)">\(t("channels.test_to|Send a test to"))</label>\
            \(error.map { "<p class=\"error\">\(Parts.icon("alert"))\(t($0))</p>" as HTML })\
            <input id="\(name)" name="to" maxlength="254" autocomplete="off"></div>\
            <div class="turn"><button>\(t("channels.test|Send a test"))</button></div></form>
            """
    }

    private var stuck: HTML {
        let rows: [HTML] = ChannelKind.allCases.compactMap { kind in
            counts[kind].map { by in
                """
                <tr><th scope="row">\(t(kind.label))</th><td>\(by[.waiting, default: 0] + by[.leased, default: 0])</td>\
                <td>\(by[.sent, default: 0])</td><td>\(arrivals[kind]?[.there] ?? 0)</td><td>\(arrivals[kind]?[.never] ?? 0)</td><td>\(by[.ended, default: 0])</td><td>\(by[.dead, default: 0])</td></tr>
                """
            }
        }
        let lines: [HTML] = dead.map { row in
            """
            <li><span><strong>\(t(row.channel.label))</strong> \(Parts.time(row.createdAt, now: site.now, t)) <code>\(row.lastError ?? "")</code></span>\
            <span class="push">\(Parts.button("/settings/channels/outbox/\(row.id.text)/retry", "\(t("channels.retry|Try again"))", token: token, class: "small"))</span></li>
            """
        }
        let held: [HTML] = troubles.map { one in
            """
            <li><span><strong>\(t(one.channel.label))</strong> \(t("channels.held|{n} is tried again:|{n} are tried again:", n: one.count)) \
            <code>\(one.why)</code></span></li>
            """
        }
        return """
            <section class="stack close" id="stuck"><h2>\(t("channels.outbox|Messages of the last two days"))</h2>\
            <div class="tables"><table><thead><tr><th scope="col">\(t("contact.channel|How"))</th><th scope="col">\(t("channels.waiting|Waiting"))</th>\
            <th scope="col">\(t("channels.sent|Sent"))</th><th scope="col">\(t("channels.arrived|Arrived, the provider says"))</th>\
            <th scope="col">\(t("channels.never|Did not arrive"))</th><th scope="col">\(t("channels.ended|Not needed"))</th>\
            <th scope="col">\(t("channels.dead|Given up"))</th></tr></thead><tbody>\(rows)</tbody></table></div>\
            \(held.isEmpty && lines.isEmpty ? .empty : "<ul class=\"waiting\">\(held)\(lines)</ul>" as HTML)</section>
            """
    }

    private var again: HTML {
        let single: [HTML] = twice.map { row in
            "<li><strong>\(t(row.channel.label))</strong> \(row.twiceAt.map { Parts.time($0, now: site.now, t) }) <code>\(row.id.text)</code></li>"
        }
        let many: [HTML] = twiceRuns.map { one in
            "<li><strong>\(t(one.channel.label))</strong> \(t("channels.twice_many|{n} message of one broadcast|{n} messages of one broadcast", n: one.count)) \(Parts.time(one.noticedAt, now: site.now, t))</li>"
        }
        return """
            <section class="stack close" id="twice"><h2>\(t("channels.twice|May have gone out twice"))</h2>\
            <p class="hint">\(t("channels.twice_words|The server stopped while it was sending these. Each copy carries the same mark."))</p>\
            \(single.isEmpty && many.isEmpty ? "<p>\(t("channels.twice_none|None."))</p>" : "<ul>\(many)\(single)</ul><p><a href=\"\(TwicePage.path)\">\(t("twice.list|The whole list, with what each was"))</a></p>" as HTML)</section>
            """
    }

    private var people: HTML {
        let rows: [HTML] = subscribers.map { one in
            let language = site.library.language(one.language)?.name ?? one.language
            // Fewer than five are not counted: a small number next to a language can be a person.
            let count = one.count < 5 ? "< 5" : "\(one.count)"
            return "<tr><th scope=\"row\">\(t(one.channel.label))</th><td>\(language)</td><td>\(count)</td></tr>"
        }
        let refused: [HTML] = (imported?.refused ?? []).prefix(100).map { one in
            "<li>\(t("import.line|Line {number}:", ["number": "\(one.line)"])) \(t(one.why))</li>"
        }
        let result: HTML =
            imported.map { imported in
                """
                <div class="note good" role="status"><div><p><strong>\(t("import.taken|{n} person was added.|{n} people were added.", n: imported.taken))</strong></p>\
                <p>\(t("import.known|{n} was there already.|{n} were there already.", n: imported.known))</p>\
                \(refused.isEmpty ? .empty : "<ul>\(refused)</ul>" as HTML)</div></div>
                """
            } ?? .empty
        return """
            <section class="stack close" id="subscribers"><h2>\(t("channels.subscribers|Subscribers"))</h2>\(result)\
            <div class="tables"><table><thead><tr><th scope="col">\(t("contact.channel|How"))</th><th scope="col">\(t("settings.language|Language"))</th>\
            <th scope="col">\(t("channels.count|People"))</th></tr></thead><tbody>\(rows)</tbody></table></div>\
            <form class="sheet stack close" method="post" action="/settings/channels/subscribers" enctype="multipart/form-data">\
            <h3>\(t("import.title|Bring a list"))</h3>\(Parts.hidden([("_token", token)]))\
            <p>\(t("import.words|Each line must say when and how this person agreed to get messages from us. Lines without that are left out."))</p>\
            <p class="hint"><code>\(Subscriber.importColumns)</code></p>\
            <div class="ask"><label for="file">\(t("import.choose|CSV file"))</label>\
            \(refusal?.fields["file"].map { "<p class=\"error\">\(Parts.icon("alert"))\(t($0))</p>" as HTML })\
            <input id="file" name="file" type="file" accept=".csv,text/csv"></div>\
            <div class="turn"><button>\(t("import.bring|Bring this list"))</button></div></form></section>
            """
    }

    private func usual(_ make: Provider.Make) -> String {
        switch make {
        case .twilio, .twilioVoice: "https://api.twilio.com"
        case .whatsAppCloud: "https://graph.facebook.com/v21.0"
        case .signalREST: "http://localhost:8080"
        case .smtp: "smtp://localhost:25"
        case .gateway, .vapid, .standardWebhooks: ""
        }
    }

    private func number(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }
}
