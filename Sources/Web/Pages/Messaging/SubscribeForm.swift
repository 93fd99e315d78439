// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging

/// The one form for signing up and for changing it.
struct SubscribeForm {
    private static let placeFields = 3
    let site: Site
    let t: Words
    var form = Form()
    var refusal: Refusal?
    var token = ""
    var channels: Set<ChannelKind> = []
    /// What a browser needs to ask for notices: the public half of our key. Nil where they can't be had.
    var pushKey: String?
    /// Of somebody who has signed up: by which way they are told.
    var channel: ChannelKind?
    /// Of somebody who has signed up: where they change it.
    var link: String?
    var isWelcome = false
    var isSaved = false

    var title: String {
        link == nil ? t("subscribe.title|Get alerts near you") : t("subscribe.manage_title|What you get from us")
    }

    static func wish(_ form: Form, _ site: Site, channel fixed: ChannelKind? = nil) throws -> Subscriber.Wish {
        var fields: [String: Phrase] = [:]
        let channel = fixed ?? ChannelKind(rawValue: form["channel"])
        if channel == nil { fields["channel"] = "subscribe.channel_missing|Choose how we reach you." }
        let places = form.all("place").filter { !$0.isEmpty }
        if places.isEmpty || !places.allSatisfy({ $0 == Subscriber.Wish.everywhere || site.places.place($0) != nil }) {
            fields["place"] = "subscribe.place_missing|Choose a neighborhood from the list."
        }
        let topics = Topics(names: form.all("topic"))
        if topics.isEmpty { fields["topic"] = "subscribe.topics|Choose what you want to hear about." }
        var quiet: QuietHours?
        if form.isOn("quiet") {
            guard let from = minutes(form["quiet_from"]), let to = minutes(form["quiet_to"]),
                let hours = QuietHours(from: from, to: to)
            else {
                fields["quiet_from"] = "subscribe.quiet_missing|Choose when quiet time begins and ends."
                throw Refusal.invalid(fields)
            }
            quiet = hours
        }
        guard fields.isEmpty, let channel else { throw Refusal.invalid(fields) }
        let language = site.library.language(form["language"])?.code ?? "en"
        return Subscriber.Wish(
            channel: channel,
            address: form["address"],
            language: language,
            places: places,
            topics: topics,
            quiet: quiet,
            urgentPasses: form.isOn("urgent")
        )
    }

    static func form(of subscriber: Subscriber, _ places: [String]) -> Form {
        var pairs = [("language", subscriber.language)]
        pairs += places.map { ("place", $0) }
        pairs += Topics.all.filter { subscriber.topics.contains($0.topic) }.map { ("topic", $0.name) }
        if let quiet = subscriber.quiet {
            pairs += [("quiet", "on"), ("quiet_from", clock(quiet.from)), ("quiet_to", clock(quiet.to))]
        }
        if subscriber.urgentPasses { pairs.append(("urgent", "on")) }
        let encoded = pairs.map { "\($0.0)=\($0.1 == "*" ? "%2A" : $0.1.replacing(":", with: "%3A"))" }.joined(
            separator: "&"
        )
        return (try? Form(urlEncoded: encoded.utf8)) ?? Form()
    }

    private static func clock(_ minutes: Int) -> String {
        let (hour, minute) = (minutes / 60, minutes % 60)
        return "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
    }

    private static func minutes(_ clock: String) -> Int? {
        let parts = clock.split(separator: ":").prefix(2).map { Int($0) }
        guard parts.count == 2, let hour = parts[0], let minute = parts[1], (0..<24).contains(hour),
            (0..<60).contains(minute)
        else { return nil }
        return hour * 60 + minute
    }

    var body: HTML {
        let labels = [
            (field: "channel", id: "channel"), (field: "address", id: "address"), (field: "place", id: "place-1"),
            (field: "topic", id: "topic-alerts"), (field: "quiet_from", id: "quiet_from"),
        ]
        let open = Subscriber.channels.filter(channels.contains)
        guard link != nil || !open.isEmpty || pushKey != nil else {
            return """
                <div class="stack"><h1>\(title)</h1><p class="lead">\(t("subscribe.none|We can't send messages yet. This works today:"))</p>\
                <ul class="rows plain"><li><div><a class="button" href="/now">\(t("shell.now|What is happening"))</a>\
                <p class="hint">\(t("subscribe.keep_open|Keep this page open. What changes shows up by itself."))</p></div></li>\
                <li><div><a class="button" href="\(site.pack.hotlineAddress)">\(Parts.icon("phone"))\
                \(Parts.call(site.pack.coalition.hotline.number, t))</a>\
                <p class="hint">\(t("subscribe.ask|Ask us what we know."))</p></div></li>\
                <li><div><a class="button" href="/embed#feeds">\(t("embed.feeds|Feeds and alerts"))</a>\
                <p class="hint">\(t("subscribe.feeds|For an app that reads feeds."))</p></div></li></ul></div>
                """
        }
        return """
            <div class="stack">\(Parts.errors(refusal, labels: labels, t))<h1>\(title)</h1>\(done)\(lost)\(scriptNeeded(open))\
            <form class="sheet stack" method="post" action="\(link ?? "/subscribe")"\(push)>\(Parts.hidden([("_token", token)]))\
            <p class="visually-hidden" aria-hidden="true"><label for="website">\(t("subscribe.empty|Leave this empty"))</label>\
            <input id="website" name="website" tabindex="-1" autocomplete="off"></p>\
            \(link == nil ? how(open) : .empty)\(places)\(topics)\(language)\(quiet)\
            <p class="hint">\(t("subscribe.promise|We keep your address encrypted and use it for this only. Answer STOP at any time, in your language."))</p>\
            \(push.isEmpty ? .empty : "<p role=\"status\" data-push-status></p>" as HTML)<div class="turn"><button class="first">\(link == nil ? t("subscribe.send|Sign up") : t("settings.save|Save"))</button></div></form>\
            \(leave)</div>
            """
    }

    private var done: HTML {
        guard isWelcome || isSaved else {
            return link == nil
                ? "<p class=\"lead\">\(t("subscribe.lead|We tell you what is true near you, and what was checked and found false."))</p>"
                : .empty
        }
        let words =
            isWelcome
            ? t("subscribe.welcome|You are signed up. Keep this page: here you can change it.")
            : t("settings.saved|Saved.")
        return
            "<div class=\"note good\" role=\"status\">\(Parts.icon("check-circle"))<p><strong>\(words)</strong></p></div>"
    }

    private var leave: HTML {
        guard let token = link?.split(separator: "/").last else { return .empty }
        return """
            <form method="post" action="/unsubscribe/\(String(token))"\(channel == .push ? " data-push-leave" as HTML : .empty)><button class="quiet">\(t("subscribe.leave_all|Stop all messages and delete my address"))</button></form>
            """
    }

    private func how(_ open: [ChannelKind]) -> HTML {
        let channel = Ask(
            name: "channel",
            label: t("subscribe.how|How should we reach you?"),
            value: form["channel"],
            control: .choice(options: open.map { ($0.rawValue, t($0.label)) }),
            error: refusal?.fields["channel"]
        )
        let address = Ask(
            name: "address",
            label: t("subscribe.address|Your phone number or email"),
            value: form["address"],
            limit: 254,
            control: .line(
                type: "text",
                attributes: " autocomplete=\"off\" autocapitalize=\"none\" spellcheck=\"false\""
            ),
            error: refusal?.fields["address"]
        )
        let words: HTML =
            pushKey == nil
            ? .empty
            : """
            <input type="hidden" name="subscription" value=""><div class="stack close" data-push-more hidden>\
            <p class="hint">\(t("push.explain|This needs no number and no email. Your browser asks you first. The notice only says that there is something new."))</p>\
            <label class="choice slim"><input type="checkbox" name="words" value="on"\(form.isOn("words") ? " checked" as HTML : .empty)> \
            <span>\(t("push.words|Show the words of the message on my locked screen too"))</span></label></div>
            """
        return "\(channel.html(t))<div data-address>\(address.html(t))</div>\(words)"
    }

    /// For the script: with it, the browser itself is one more way.
    private var push: HTML {
        guard link == nil, let pushKey else { return .empty }
        return PushForm(
            t: t,
            key: pushKey,
            action: "/subscribe/browser",
            field: "subscription",
            isChosen: form["channel"] == "push"
        ).attributes
    }

    /// Nothing but notices in a browser is set up, and those need a script.
    private func scriptNeeded(_ open: [ChannelKind]) -> HTML {
        guard link == nil, open.isEmpty else { return .empty }
        return
            "<noscript><p class=\"note\">\(t("push.needs_script|Right now we can only send notices to your browser. Turn on scripts for this page."))</p></noscript>"
    }

    private var lost: HTML {
        guard channel == .push else { return .empty }
        return """
            <p>\(t("push.this_way|These come as notices in your browser."))</p>\
            <div class="note warn" data-push-lost hidden>\(Parts.icon("alert"))<p>\(t("push.lost|This browser does not show our notices now. Allow notices in its settings, then sign up again.")) \
            <a href="/subscribe">\(t("shell.subscribe|Get alerts"))</a></p></div>
            """
    }

    private var places: HTML {
        let chosen = form.all("place").filter { !$0.isEmpty }
        let named = site.places.all.filter { $0.kind != .landmark }
            .map { (value: $0.id, label: $0.name(in: t.language.code)) }
            .sorted { $0.label.lowercased() < $1.label.lowercased() }
        let options =
            [
                (value: "", label: t("subscribe.choose|Choose")),
                (value: "*", label: t("subscribe.everywhere|Everywhere")),
            ]
            + named
        let error = refusal?.fields["place"] ?? refusal?.fields["places"]
        let selects: [HTML] = (0..<max(Self.placeFields, min(chosen.count, 20))).map { index in
            let value = index < chosen.count ? chosen[index] : ""
            let lines: [HTML] = options.map {
                "<option value=\"\($0.value)\"\($0.value == value ? " selected" as HTML : .empty)>\($0.label)</option>"
            }
            let label = t("subscribe.place_number|Neighborhood {number}", ["number": "\(index + 1)"])
            let marks: HTML =
                error != nil && index == 0 ? " aria-invalid=\"true\" aria-describedby=\"place-error\"" : .empty
            return """
                <div class="ask"><label for="place-\(index + 1)">\(label)</label><select id="place-\(index + 1)" name="place"\(marks)>\(lines)</select></div>
                """
        }
        let problem: HTML? = error.map { "<p class=\"error\" id=\"place-error\">\(Parts.icon("alert"))\(t($0))</p>" }
        return
            "<fieldset class=\"stack close\"><legend>\(t("subscribe.where|Where?"))</legend>\(problem)\(selects)</fieldset>"
    }

    private var topics: HTML {
        let chosen = Set(form.texts.isEmpty ? ["alerts"] : form.all("topic"))
        let boxes: [HTML] = Topics.all.map { one in
            """
            <label class="choice slim"><input type="checkbox" id="topic-\(one.name)" name="topic" value="\(one.name)"\
            \(chosen.contains(one.name) ? " checked" as HTML : .empty)> <span>\(t(one.label))</span></label>
            """
        }
        let error: HTML? = (refusal?.fields["topic"] ?? refusal?.fields["topics"]).map {
            "<p class=\"error\">\(Parts.icon("alert"))\(t($0))</p>"
        }
        return
            "<fieldset class=\"stack close\"><legend>\(t("subscribe.what|What about?"))</legend>\(error)\(boxes)</fieldset>"
    }

    private var language: HTML {
        Ask(
            name: "language",
            label: t("subscribe.language|In which language?"),
            value: form.optional("language") ?? t.language.code,
            control: .choice(options: site.library.languages.map { ($0.code, $0.name) })
        ).html(t)
    }

    private var quiet: HTML {
        func time(_ name: String, _ label: String, _ usual: String) -> HTML {
            Ask(
                name: name,
                label: label,
                value: form.optional(name) ?? usual,
                control: .line(type: "time", attributes: " class=\"short\""),
                error: refusal?.fields[name]
            ).html(t)
        }
        return """
            <fieldset class="stack close"><legend>\(t("subscribe.quiet|Quiet time"))</legend>\
            <label class="choice slim"><input type="checkbox" name="quiet" value="on"\(form.isOn("quiet") ? " checked" as HTML : .empty)> \
            <span>\(t("subscribe.quiet_on|Do not wake me in these hours"))</span></label>\
            <div class="form-grid">\(time("quiet_from", t("settings.from|From"), "22:00"))\(time("quiet_to", t("settings.until|Until"), "07:00"))</div>\
            <label class="choice slim"><input type="checkbox" name="urgent" value="on"\(form.isOn("urgent") ? " checked" as HTML : .empty)> \
            <span>\(t("subscribe.urgent|Wake me all the same when it is urgent"))</span></label></fieldset>
            """
    }
}
