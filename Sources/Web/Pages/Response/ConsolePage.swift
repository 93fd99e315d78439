// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Response

/// Who waits, who is answered by itself, and the settings of both.
struct ConsolePage {
    struct State: Sendable {
        let inquiries: [Inquiry]
        let texts: [Ref<Inquiry>: [InquiryText]]
        let board: Board
        let flood: Flood
        let partners: [PartnerLine]
        let handles: [Ref<Person>: String]
        let open: Set<ChannelKind>

        static func load(by caller: Caller, in tx: Transaction) throws -> State {
            let inquiries = try Inquiry.open(by: caller, in: tx)
            let flood = try Flood.state(in: tx)
            let people = Set(inquiries.compactMap(\.answeredBy)).union(flood.by.map { [$0] } ?? [])
            return State(
                inquiries: inquiries,
                texts: try InquiryText.all(of: inquiries.map(\.id), in: tx),
                board: try Board.snapshot(by: caller, in: tx),
                flood: flood,
                partners: try PartnerLine.all(in: tx),
                handles: try Person.handles(of: people.sorted { $0.text < $1.text }, in: tx),
                open: try Provider.open(in: tx)
            )
        }
    }

    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let state: State
    let answers: TextAnswers
    let form: Form
    let refusal: Refusal?
    /// What was refused is about this one.
    let refused: Ref<Inquiry>?

    private var path: String { ConsolePages.path }

    var body: HTML {
        let labels = [
            ("threshold", "threshold"), ("name", "name"), ("number", "number"),
            ("words", refused.map { "words-\($0)" } ?? "words"),
        ]
        return """
            <div class="stack">\(Parts.refusal(refusal, labels: labels.map { (field: $0.0, id: $0.1) }, back: path, t))\
            <div class="row apart"><h1>\(t("console.title|Console"))</h1><p class="link" role="status" id="link" data-state="wait" \
            data-live="\(t("board.live|Live"))" data-offline="\(t("board.offline|Offline. Trying again."))" \
            data-stale="\(t("board.not_since|Not up to date since {time}"))" data-wait="\(t("board.wait|Connecting"))"></p></div>\
            <div id="flood">\(flood)</div>\(keys)\
            <section class="stack close" aria-labelledby="waiting-h"><h2 id="waiting-h">\(t("console.waiting|Waiting for you"))</h2>\
            <div class="stack close" id="inquiries" data-console="/console/stream" data-new="\(t("console.say_new|Somebody new is waiting"))">\(waiting)</div></section>\
            \(others)<p class="visually-hidden" aria-live="polite" id="announce"></p>\(settings)</div>
            """
    }

    private func isWaiting(_ one: Inquiry) -> Bool { one.state == .waiting && one.lane.isForAPerson }

    private var waiting: HTML {
        let items: [HTML] = state.inquiries.filter(isWaiting).map { card($0).html }
        guard items.isEmpty else { return "\(items)" }
        return """
            <div class="empty" id="nobody">\(Parts.icon("phone"))<strong>\(t("console.nobody|Nobody is waiting"))</strong>\
            <p>\(t("console.nobody_words|Calls and texts come in here by themselves. You never see the number."))</p></div>
            """
    }

    private var others: HTML {
        let rest = state.inquiries.filter { !isWaiting($0) }
        let groups: [(String, [Inquiry], String)] = [
            (
                "answered", rest.filter { $0.state == .answered && $0.lane != .spam && $0.lane != .known },
                t("console.answered|Answered today")
            ),
            (
                "reporting", rest.filter { $0.state == .waiting && $0.lane == .reporting },
                t("console.reporting|Reporting by text now")
            ),
            ("known", rest.filter { $0.lane == .known }, t("console.known|Answered by itself, in the flood")),
            ("spam", rest.filter { $0.lane == .spam }, t("inquiry.lane_spam|Spam")),
        ]
        return .joined(
            groups.map { name, items, title in
                """
                <details class="fold" id="group-\(name)"><summary>\(title) <span class="soft">\(items.count)</span></summary>\
                <div class="stack close">\(items.isEmpty ? "<p class=\"hint\">\(t("broadcast.none_open|Nothing now."))</p>" : "\(items.map { card($0).html })" as HTML)</div></details>
                """
            }
        )
    }

    private func card(_ one: Inquiry) -> InquiryCard {
        InquiryCard(page: self, one: one, isRefused: one.id == refused)
    }

    private var flood: HTML {
        let flood = state.flood
        let count = t(
            "flood.intake|{n} in the last 15 minutes. The flood begins at {threshold}.",
            ["n": "\(flood.intake)", "threshold": "\(flood.threshold)"]
        )
        let by = flood.by.flatMap { state.handles[$0] }
        let since: HTML = flood.since.map { Parts.time($0, now: site.now, t) } ?? .empty
        let buttons: HTML =
            caller.can(.dispatch)
            ? """
            <div class="row">\(flood.isOn ? button("off", t("flood.turn_off|Turn it off")) : button("on", t("flood.turn_on|Turn it on")))\
            \(flood.mode == .automatic ? .empty : button("automatic", t("flood.automatic|Let it go by itself")))</div>
            """ : .empty
        guard flood.isOn else {
            let mode = flood.mode == .off ? t("flood.off_by_hand|Flood mode is kept off.") : t("flood.off|No flood.")
            return """
                <div class="row apart sheet slim-sheet"><p>\(Parts.state("good", "wave", mode)) <span class="soft">\(count)</span></p>\(buttons)</div>
                """
        }
        let who = by.map { t("flood.by|{name} turned it on", ["name": $0]) } ?? t("flood.by_itself|It began by itself")
        return Parts.note(
            "warn",
            "wave",
            t("flood.on|Flood mode is on"),
            """
            <p>\(t("flood.words|Whoever asks about what is known gets the verified status first. New places, new facts and partners reach you."))</p>\
            <p class="soft">\(who) \(since) · \(count)</p>\(buttons)
            """
        )
    }

    private func button(_ mode: String, _ label: String) -> HTML {
        Parts.button("\(path)/flood", "\(label)", token: token, class: "small", fields: [("mode", mode)])
    }

    private var keys: HTML {
        """
        <p class="hint wide-hint needs-script"><kbd>J</kbd> <kbd>K</kbd> \(t("console.key_move|next, previous")) · <kbd>A</kbd> \(t("console.key_status|send what is known")) · \
        <kbd>W</kbd> \(t("console.key_write|write")) · <kbd>C</kbd> \(t("console.key_call|call back")) · <kbd>D</kbd> \(t("console.key_done|done")) · \
        <kbd>X</kbd> \(t("inquiry.lane_spam|Spam"))</p>
        """
    }

    private var settings: HTML {
        guard caller.can(.manageSettings) else { return .empty }
        let errors = refusal?.fields ?? [:]
        let partners: [HTML] = state.partners.map { partner in
            """
            <li><strong>\(partner.name)</strong><span class="push">\(Parts.button("\(path)/partners/\(partner.id)/removal", "\(t("console.partner_remove|Take away"))<span class=\"visually-hidden\"> \(partner.name)</span>", token: token, class: "small"))</span></li>
            """
        }
        let isOpen = ["threshold", "name", "number"].contains { errors[$0] != nil }
        return """
            <details class="fold" id="settings"\(isOpen ? " open" as HTML : .empty)><summary>\(Parts.icon("gear"))\(t("console.settings|Partners and flood"))</summary><div class="columns">\
            <form class="sheet stack close" method="post" action="\(path)/partners"><h3>\(t("console.partner|A line for a trusted partner"))</h3>\
            \(Parts.hidden([("_token", token)]))<p>\(t("console.partner_words|Calls and texts from this number come first, in a flood too. We keep no number, only what finds it again."))</p>\
            \(Ask(name: "name", label: t("console.partner_name|Partner"), value: form["name"], limit: 80, error: errors["name"]).html(t))\
            \(Ask(name: "number", label: t("console.partner_number|Their number"), value: "", limit: 40, control: .line(type: "tel", attributes: " autocomplete=\"off\""), error: errors["number"]).html(t))\
            <div class="turn"><button>\(t("settings.save|Save"))</button></div></form>\
            <div class="stack close">\(partners.isEmpty ? "<p class=\"hint\">\(t("console.no_partners|No partner has a line yet."))</p>" : "<ul class=\"waiting\">\(partners)</ul>" as HTML)\
            <form class="sheet stack close" method="post" action="\(path)/threshold">\(Parts.hidden([("_token", token)]))\
            \(Ask(name: "threshold", label: t("flood.threshold|Flood begins at so many in 15 minutes"), hint: t("flood.threshold_hint|Reports, texts and calls together. It ends under half of that."), value: form.optional("threshold") ?? "\(state.flood.threshold)", limit: 4, control: .line(type: "text", attributes: " class=\"short\" inputmode=\"numeric\""), error: errors["threshold"]).html(t))\
            <div class="turn"><button>\(t("settings.save|Save"))</button></div></form></div></div></details>
            """
    }
}

/// One number's line: what was said, what is known near it, and what can be done with one key.
struct InquiryCard {
    let page: ConsolePage
    let one: Inquiry
    var isRefused = false

    private var t: Words { page.t }
    private var path: String { "\(ConsolePages.path)/\(one.id)" }
    private var place: Place? { one.zone.flatMap(page.site.places.place) }

    var html: HTML {
        """
        <article class="item sheet inquiry \(tone) stack tight" id="inquiry-\(one.id)" tabindex="-1" data-turn="\(one.count)" aria-labelledby="who-\(one.id)">\
        <header><h3 id="who-\(one.id)">\(Parts.icon(one.channel == .voice ? "phone" : "chat")) \(title)</h3><span class="meta">\(mark)\
        <span>\(page.site.library.language(one.language)?.name ?? one.language)</span>\
        \(one.count > 1 ? "<span>\(t("console.times|{n} time today|{n} times today", n: one.count))</span>" : .empty as HTML)\
        \(Parts.time(one.lastAt, now: page.site.now, t))</span></header>\
        <div class="columns wide-first"><div class="stack close">\(said)\(acts)</div>\(nearby)</div></article>
        """
    }

    private var tone: String {
        switch one.lane {
        case .partner, .first: "urgent"
        case .new: "checking"
        case .reporting, .known: "good"
        case .spam: ""
        }
    }

    private var title: String {
        if let partner = one.partner { return partner }
        let place = one.zone.map { page.site.placeName($0, t) }
        return place ?? (one.channel == .voice ? t("console.a_call|A call") : t("console.a_text|A text, no place yet"))
    }

    private var mark: HTML {
        let (tone, icon) =
            switch one.lane {
            case .partner: ("plum", "shield")
            case .first: ("urgent", "alert")
            case .new: ("checking", "clock")
            case .reporting: ("good", "list")
            case .known: ("good", "check")
            case .spam: ("", "trash")
            }
        if one.state == .answered, one.lane != .spam {
            let name = one.answeredBy.flatMap { page.state.handles[$0] }
            return Parts.state(
                "good",
                "check",
                name.map { t("console.answered_by|Answered by {name}", ["name": $0]) } ?? t(Inquiry.Lane.known.label)
            )
        }
        return Parts.state(tone, icon, t(one.lane.label))
    }

    private var said: HTML {
        let texts = page.state.texts[one.id] ?? []
        guard !texts.isEmpty else {
            return "<p class=\"soft\">\(t("console.called|Called the hotline. Nothing was written."))</p>"
        }
        if texts.contains(where: { if case .locked = $0.words(by: page.caller) { true } else { false } }) {
            return Parts.envelope(t("console.sealed|What they wrote is sealed"), back: ConsolePages.path, t)
        }
        let lines: [HTML] = texts.suffix(6).map { text in
            let words: HTML =
                switch text.words(by: page.caller) {
                case .open(let words): "<p class=\"words\" dir=\"auto\">\(words)</p>"
                case .locked, .notForYou:
                    "<p>\(Parts.state("plum", "lock", t("console.not_yours|Not for your team")))</p>"
                case .damaged: "<p>\(Parts.state("urgent", "alert", t("console.damaged|Can’t be read")))</p>"
                }
            return
                "<li\(text.isOurs ? " class=\"mine\"" as HTML : .empty)>\(words)\(Parts.time(text.at, now: page.site.now, t))</li>"
        }
        return "<ul class=\"thread\">\(lines)</ul>"
    }

    /// The verified status near them, in their language, ready to go.
    private var prepared: String {
        let words = page.site.library.words(one.language)
        let near = place.map { " \($0.name(in: "en"))" } ?? ""
        guard let keyword = TextKeyword("NOW\(near)") else { return "" }
        return page.answers.answer(keyword, words)
    }

    private var acts: HTML {
        let turn = [("turn", "\(one.count)")]
        let channel = one.channel == .voice ? ChannelKind.sms : one.channel
        let canWrite = page.state.open.contains(channel)
        let text = prepared
        let label = "words-\(one.id)"
        let typed = isRefused ? page.form["words"] : ""
        let error = isRefused ? page.refusal?.fields["words"] : nil
        let problem: HTML = error.map { "<p class=\"error\">\(Parts.icon("alert"))\(t($0))</p>" } ?? .empty
        let write: HTML =
            canWrite
            ? """
            <form method="post" action="\(path)/answer">\(Parts.hidden([("_token", page.token), ("words", text)] + turn))\
            <p class="bubble" lang="\(one.language)">\(text)</p><button class="first" data-act="a">\(Parts.icon("send"))\(t("console.send_status|Send what is known")) <kbd>A</kbd></button></form>\
            <details class="fold"\(isRefused && error != nil ? " open" as HTML : .empty)><summary data-act="w">\(Parts.icon("edit"))\(t("console.write|Write in your own words")) <kbd>W</kbd></summary>\
            <form class="stack tight" method="post" action="\(path)/answer">\(Parts.hidden([("_token", page.token)] + turn))\
            <label for="\(label)">\(t("console.your_words|Your words"))</label>\(problem)<textarea id="\(label)" name="words" rows="3" maxlength="\(Inquiry.longestAnswer)">
            \(typed)</textarea><div class="turn"><button>\(Parts.icon("send"))\(t("console.send|Send"))</button></div></form></details>
            """
            : Parts.note(
                "",
                "info",
                t(
                    "console.no_channel|Nobody carries this channel now. Call back, or enter it under Settings, Channels."
                )
            )
        let call: HTML =
            page.state.open.contains(.voice) && one.channel != .signal
            ? Parts.button(
                "\(path)/call",
                "\(Parts.icon("phone"))\(t("console.call|Call back")) <kbd>C</kbd>",
                token: page.token,
                class: "call-back"
            )
            : .empty
        let spam: HTML =
            one.lane == .spam
            ? Parts.button(
                "\(path)/spam",
                "\(Parts.icon("undo"))\(t("console.not_spam|Not spam"))",
                token: page.token,
                class: "quiet",
                fields: [("is", "no")]
            )
            : Parts.button(
                "\(path)/spam",
                "\(Parts.icon("trash"))\(t("console.spam|Spam")) <kbd>X</kbd>",
                token: page.token,
                class: "quiet spam"
            )
        let done = Parts.button(
            "\(path)/closing",
            "\(Parts.icon("check"))\(t("console.done|Done")) <kbd>D</kbd>",
            token: page.token,
            class: "done"
        )
        return """
            \(write)<div class="row">\(call)\(done)<a class="button quiet" href="/board/incidents/new?inquiry=\(one.id)">\(Parts.icon("plus"))\(t("console.report|Make it a report"))</a>\
            \(page.caller.can(.triage) ? spam : .empty)</div>
            """
    }

    /// What the board and the public know within five kilometres.
    private var nearby: HTML {
        guard let place else {
            return
                "<aside><h4>\(t("console.nearby|Known near there"))</h4><p class=\"hint\">\(t("console.no_place|They named no place that we know."))</p></aside>"
        }
        let cards = (page.state.board.toVerify + page.state.board.active).filter { card in
            guard let other = card.zone.flatMap(page.site.places.place) else { return false }
            return other.center.distance(to: place.center) <= max(5_000, place.radius)
        }
        let lines: [HTML] = cards.prefix(5).map { card in
            """
            <li class="person"><a href="/board/incidents/\(card.id)">\(page.site.placeName(card.zone, t)): \(t(card.kind.label))</a>\
            \(BoardMark(card, t).html)</li>
            """
        }
        let list: HTML =
            lines.isEmpty
            ? "<p class=\"hint\">\(t("console.nothing_near|Nothing is open there. If it is new, make it a report."))</p>"
            : "<ul class=\"near\">\(lines)</ul>"
        return "<aside><h4>\(t("console.nearby|Known near there"))</h4>\(list)</aside>"
    }
}
