// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging

/// All of them, how they fare, and the form for one more.
struct HooksPage {
    let site: Site
    let t: Words
    let token: String
    let hooks: [(hook: WebHook, address: String)]
    let outcomes: [Ref<WebHook>: (sent: Int, dead: Int)]
    /// Nobody switched the channel off.
    let isOpen: Bool
    let form: Form
    let refusal: Refusal?

    var body: HTML {
        let lines: [HTML] = hooks.map { hook, address in
            let came = outcomes[hook.id] ?? (0, 0)
            let failed: HTML =
                came.dead > 0
                ? Parts.state("urgent", "alert", t("hook.failed|{n} given up|{n} given up", n: came.dead)) : .empty
            return """
                <li><span><a href="\(HookPages.path)/\(hook.id)"><strong>\(hook.name)</strong></a> \(HookMark(hook.state, t).html) \(failed)<br>\
                <code class="soft">\(address)</code></span><span class="push soft">\(t("hook.sent|{n} sent in two days|{n} sent in two days", n: came.sent))</span></li>
                """
        }
        let list: HTML =
            lines.isEmpty
            ? """
            <div class="empty">\(Parts.icon("send"))<strong>\(t("hook.none|No program is told yet"))</strong>\
            <p>\(t("hook.none_words|A school, a union or another network can have its own program told at once. Add its address here."))</p></div>
            """ : "<ul class=\"waiting\">\(lines)</ul>"
        let labels = [(field: "name", id: "name"), (field: "address", id: "address")]
        return """
            <div class="stack">\(Parts.refusal(refusal, labels: labels, back: HookPages.path, t))<h1>\(t("hook.title|Web hooks"))</h1>\
            <p>\(t("hook.lead|Programs of others are told what we tell the public: what was confirmed, found false, changed or taken back, and the alerts that went out. Never a report, never a name."))</p>\
            \(isOpen ? .empty : Parts.note("warn", "pause", t("hook.off|Web hooks are switched off under Channels. Nothing is sent."), .empty))\
            \(list)<form class="sheet stack close" method="post" action="\(HookPages.path)"><h2>\(t("hook.add|Add a program"))</h2>\(Parts.hidden([("_token", token)]))\
            \(Ask(name: "name", label: t("hook.name|Whose program is it?"), value: form["name"], limit: WebHook.longestName, error: refusal?.fields["name"]).html(t))\
            \(Ask(name: "address", label: t("hook.address_label|Its address"), hint: t("hook.address_hint|It begins with https://. An address in a private network is refused."), value: form["address"], limit: 1_000, control: .line(type: "url", attributes: " autocomplete=\"off\" spellcheck=\"false\""), error: refusal?.fields["address"]).html(t))\
            <div class="turn"><button class="first">\(t("hook.add_button|Add it and show its secret"))</button></div></form></div>
            """
    }
}

/// One of them: what it was sent, and what can be done with it.
struct HookPage {
    let site: Site
    let t: Words
    let token: String
    let hook: WebHook
    let address: String
    let deliveries: [Outbox]
    let isOpen: Bool
    var isTested = false
    let refusal: Refusal?

    private var path: String { "\(HookPages.path)/\(hook.id)" }

    var body: HTML {
        """
        <div class="stack">\(Parts.refusal(refusal, labels: [(field: "sure", id: "sure")], back: path, t))\
        <p><a href="\(HookPages.path)">\(t("hook.back|All web hooks"))</a></p><h1>\(hook.name)</h1>\
        <p>\(HookMark(hook.state, t).html) <code>\(address)</code></p>\(notes)\
        <div class="row">\(Parts.button("\(path)/test", "\(Parts.icon("send"))\(t("hook.test|Send a test"))", token: token, class: "first"))\(turn)\
        \(Parts.button("\(path)/secret", "\(Parts.icon("lock"))\(t("hook.rotate|Make a new secret"))", token: token))</div>\
        <p class="hint">\(t("hook.rotate_words|With a new secret, the old one signs too for 24 hours, so that the program can be changed without missing anything."))</p>\
        \(table)\(removal)</div>
        """
    }

    private var notes: HTML {
        let tested: HTML =
            isTested
            ? """
            <div class="note good" role="status">\(Parts.icon("check-circle"))<p><strong>\(t("hook.tested|The test is on its way. Load this page again in a moment: it stands in the list."))</strong></p></div>
            """ : .empty
        let closed: HTML =
            isOpen
            ? .empty
            : Parts.note(
                "warn",
                "pause",
                t("hook.off|Web hooks are switched off under Channels. Nothing is sent."),
                .empty
            )
        let old: HTML =
            hook.oldUntil.flatMap { $0 > site.now ? $0 : nil }.map {
                "<p class=\"hint\">\(t("hook.old_until|Until {time} the old secret signs too.", ["time": t.moment($0)]))</p>"
            } ?? .empty
        return "\(tested)\(closed)\(old)"
    }

    private var turn: HTML {
        switch hook.state {
        case .active:
            Parts.button("\(path)/pause", "\(Parts.icon("pause"))\(t("hook.pause|Pause it"))", token: token)
        case .paused, .gone:
            Parts.button(
                "\(path)/pause",
                "\(Parts.icon("check"))\(t("hook.resume|Use it again"))",
                token: token,
                fields: [("is", "no")]
            )
        }
    }

    private var table: HTML {
        let rows: [HTML] = deliveries.map { one in
            let again: HTML =
                one.state == .dead
                ? Parts.button(
                    "\(path)/deliveries/\(one.id)/retry",
                    "\(t("channels.retry|Try again"))",
                    token: token,
                    class: "small"
                ) : .empty
            return """
                <tr><td>\(Parts.time(one.createdAt, now: site.now, t))</td><td><code>\(one.id.text)</code></td>\
                <td>\(state(one))</td><td>\(t("hook.tried|{n} try|{n} tries", n: one.attempts))</td><td>\(one.lastError.map { "<code>\($0)</code>" as HTML }) \(again)</td></tr>
                """
        }
        guard !rows.isEmpty else {
            return """
                <section class="stack close"><h2>\(t("hook.deliveries|What it was sent in two days"))</h2>\
                <p class="hint">\(t("hook.no_deliveries|Nothing yet. Send a test to see that it works."))</p></section>
                """
        }
        return """
            <section class="stack close"><h2>\(t("hook.deliveries|What it was sent in two days"))</h2><div class="tables"><table><thead><tr>\
            <th scope="col">\(t("hook.when|When"))</th><th scope="col">webhook-id</th><th scope="col">\(t("hook.state|State"))</th>\
            <th scope="col">\(t("hook.tries|Tries"))</th><th scope="col">\(t("hook.answer|What it answered"))</th></tr></thead><tbody>\(rows)</tbody></table></div></section>
            """
    }

    private func state(_ one: Outbox) -> HTML {
        switch one.state {
        case .waiting, .leased: Parts.state("checking", "clock", t("hook.state_waiting|Waiting"))
        case .sent: Parts.state("good", "check", t("hook.state_sent|Sent"))
        case .dead: Parts.state("urgent", "alert", t("hook.state_dead|Given up"))
        case .ended: Parts.state("", "cross", t("hook.state_ended|Not needed"))
        }
    }

    private var removal: HTML {
        let error = refusal?.fields["sure"]
        return """
            <details class="fold"\(error == nil ? .empty : " open" as HTML)><summary>\(t("hook.remove|Take it away"))</summary>\
            <form class="stack close" method="post" action="\(path)/removal">\(Parts.hidden([("_token", token)]))\
            \(error.map { "<p class=\"error\">\(Parts.icon("alert"))\(t($0))</p>" as HTML })\
            <label class="choice slim"><input type="checkbox" id="sure" name="sure" value="yes"> <span>\(t("hook.remove_sure|Its address and secret are deleted. What waits for it is not sent."))</span></label>\
            <div class="turn"><button>\(t("hook.remove|Take it away"))</button></div></form></details>
            """
    }
}

/// The secret, this once.
struct HookSecretPage {
    let t: Words
    let id: Ref<WebHook>
    let secret: String
    let isNew: Bool

    var body: HTML {
        """
        <div class="stack"><h1>\(t("hook.secret_title|The secret of this web hook"))</h1>\
        <p class="lead">\(t("hook.secret_once|You see it only now. Give it to whoever keeps the program, by a safe way."))</p>\
        <p><code id="secret">\(secret)</code></p>\
        <p>\(isNew ? t("hook.secret_use|The program checks with it that a call is really from us, as Standard Webhooks say.") : t("hook.rotate_words|With a new secret, the old one signs too for 24 hours, so that the program can be changed without missing anything."))</p>\
        <p><a class="button first" href="\(HookPages.path)/\(id)">\(t("factor.recovery_have|I have it. Go on"))</a></p></div>
        """
    }
}

struct HookMark {
    let state: WebHook.State
    let t: Words

    init(_ state: WebHook.State, _ t: Words) { (self.state, self.t) = (state, t) }

    var html: HTML {
        switch state {
        case .active: Parts.state("good", "check-circle", t(state.label))
        case .paused: Parts.state("plain", "pause", t(state.label))
        case .gone: Parts.state("urgent", "alert", t(state.label))
        }
    }
}
