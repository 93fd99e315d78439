// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
import People
import Response
import Vault

/// `/how-are-you/ID`: what somebody was asked about themselves. `/people/care`: who asked for a call.
struct CarePages {
    static let path = "/how-are-you"
    static let listPath = "/people/care"

    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response { try await page(context) }

    func answer(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<CareCheck> = try context.ref("id")
        return try await site.change(request, context, then: "\(Self.path)/\(id.text)") { form, caller, tx in
            try CareCheck.answer(
                id,
                words: form.optional("words"),
                wantsCall: form.isOn("call"),
                rest: CareCheck.Rest(rawValue: form["rest"]),
                by: caller,
                in: tx
            )
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    func decline(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<CareCheck> = try context.ref("id")
        return try await site.change(request, context, then: "\(Self.path)/\(id.text)") { _, caller, tx in
            try CareCheck.decline(id, by: caller, in: tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    func list(_ request: Request, _ context: MemberContext) async throws -> Response { try await list(context) }

    func noteCalled(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<CareCheck> = try context.ref("id")
        return try await site.change(request, context, then: Self.listPath) { _, caller, tx in
            try CareCheck.noteCalled(id, by: caller, in: tx)
        } orElse: { _, refusal in
            try await list(context, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        form: Form? = nil,
        refusal: Refusal? = nil
    ) async throws -> Response {
        let (id, caller): (Ref<CareCheck>, Caller) = (try context.ref("id"), context.caller)
        let (check, readers, helper) = try await site.database.read { tx in
            let carers = try Person.holding(.careForResponders, in: tx).subtracting([caller.person])
            return (
                try CareCheck.own(id, by: caller, in: tx),
                try Person.handles(of: Array(carers), in: tx).values.sorted(),
                try Helper.find(caller.person, in: tx)
            )
        }
        let page = CarePage(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            check: check,
            readers: readers,
            helper: helper,
            form: form,
            refusal: refusal
        )
        return site.memberPage(
            context,
            place: "/respond",
            title: context.t("care.title|How are you?"),
            mainClass: "page phone stack",
            isDense: false,
            status: refusal?.status ?? .ok,
            body: page.body
        )
    }

    private func list(_ context: MemberContext, refusal: Refusal? = nil) async throws -> Response {
        let caller = context.caller
        let (checks, listeners, handles) = try await site.database.read { tx in
            let checks = try CareCheck.answered(by: caller, in: tx)
            let listeners = try CareCheck.listeners(for: checks, by: caller, in: tx)
            let people = Set(checks.map(\.person) + listeners.values.joined().map(\.person))
            return (checks, listeners, try Person.handles(of: Array(people), in: tx))
        }
        let opened = checks.filter { $0.words(for: caller)?.content != nil }.map(\.id.text)
        let unrecorded = try await site.database.read { tx in try Audit.unrecorded(opened, by: caller, in: tx) }
        if !unrecorded.isEmpty {
            try await site.database.write { tx in try Audit.opened(unrecorded, as: "care.opened", by: caller, in: tx) }
        }
        let page = CareList(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            checks: checks,
            listeners: listeners,
            handles: handles,
            refusal: refusal
        )
        return site.memberPage(
            context,
            place: "/people",
            title: context.t("care.list|Care for responders"),
            mainClass: "page narrow stack",
            status: refusal?.status ?? .ok,
            body: page.body
        )
    }
}

/// What one is asked about oneself: words, a call, a rest, or nothing.
struct CarePage {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let check: CareCheck
    /// Who reads it, beside nobody.
    let readers: [String]
    let helper: Helper?
    /// What was typed, when it was refused.
    let form: Form?
    let refusal: Refusal?

    private var path: String { "\(CarePages.path)/\(check.id.text)" }

    var body: HTML {
        """
        <div class="stack">\(Parts.refusal(refusal, labels: [("words", "words")], back: path, t))\
        <div class="stack tight"><h1>\(t("care.title|How are you?"))</h1>\
        <p class="meta"><span>\(t(check.cause.label))</span>\(Parts.time(check.askedAt, now: site.now, t))</p></div>\
        \(state)\(check.state == .asked || form != nil ? "\(lead)\(questions)\(nothing)" : more)\
        <p><a href="/respond">\(t("respond.back|Back to my assignments"))</a></p></div>
        """
    }

    private var lead: HTML {
        let who =
            readers.isEmpty
            ? t("care.readers_none|Sealed. It is shown to nobody now.")
            : t(
                "care.readers|Sealed. It is shown to {names} and nobody else.",
                ["names": readers.joined(separator: ", ")]
            )
        return """
            <p>\(t("care.lead|This is about you. Answer what you like, or nothing. It is never scored or counted."))</p>\
            <p class="hint">\(who)</p>
            """
    }

    private var state: HTML {
        var notes = HTML.empty
        switch check.state {
        case .asked: break
        case .declined:
            notes += Parts.note("", "check", t("care.declined|That is fine. Nobody was told."))
        case .answered where check.waitsForCall:
            notes += Parts.note("good", "phone", t("care.call_soon|Thank you. A colleague will call you."))
        case .answered where check.calledAt != nil:
            notes += Parts.note("good", "check-circle", t("care.called|You were called. You can ask again."))
        case .answered:
            notes += Parts.note("good", "check-circle", t("care.thanks|Thank you for telling us."))
        }
        if let until = helper?.restingUntil, until > site.now {
            let words = t("settings.resting|You are resting until {time}.", ["time": t.moment(until)])
            notes += Parts.note(
                "",
                "pause",
                words,
                """
                <p>\(t("care.rest_words|We ask others until then. Shifts you took are still yours."))</p>\
                <p class="row"><a class="button small" href="/shifts">\(t("respond.shift|See my shifts"))</a></p>
                """
            )
        }
        return notes
    }

    private var questions: HTML {
        let written: String? = if case .open(let words) = check.words(for: caller) { words.text } else { nil }
        let text = form.map { $0["words"] } ?? written ?? ""
        let isCalled = form.map { $0.isOn("call") } ?? check.waitsForCall
        let rests =
            [(value: "", icon: "", label: t("care.rest_none|No rest now"))]
            + CareCheck.Rest.allCases.map { (value: $0.rawValue, icon: "", label: t($0.label)) }
        let rest: HTML =
            helper == nil
            ? .empty
            : Parts.choices(
                "\(t("care.rest|Do you want a rest?"))",
                name: "rest",
                options: rests,
                chosen: form.map { $0["rest"] } ?? "",
                t
            )
        return """
            <form class="sheet stack close" id="answer" method="post" action="\(path)">\(Parts.hidden([("_token", token)]))\
            \(Ask(name: "words", label: t("care.words|What do you want us to know?"), value: text, limit: CareCheck.Words.limit, isOptional: true, control: .area(rows: 5), error: refusal?.fields["words"]).html(t))\
            <div class="stack tight"><label class="check"><input type="checkbox" name="call" value="yes"\(isCalled ? " checked" : "")> \
            <strong>\(t("care.call|Please call me"))</strong></label>\
            <p class="hint">\(t("care.call_hint|Write above when it suits you, and how to reach you."))</p></div>\(rest)\
            <div class="turn"><button class="first">\(t("care.send|Send"))</button></div></form>
            """
    }

    private var nothing: HTML {
        check.state == .declined
            ? .empty
            : Parts.button(
                "\(path)/nothing",
                "\(t("care.decline|I would rather not say"))",
                token: token,
                class: "quiet wide"
            )
    }

    /// Answered already: another word is one tap away.
    private var more: HTML {
        """
        <details class="fold" id="more"><summary>\(t("care.more|Say more, or change it"))</summary>\
        <div class="stack">\(lead)\(questions)\(nothing)</div></details>
        """
    }
}

/// For those who care: who waits for a call, and who wrote.
struct CareList {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let checks: [CareCheck]
    /// Whom to ask first to call them.
    let listeners: [Ref<CareCheck>: [Match.Choice]]
    let handles: [Ref<Person>: String]
    let refusal: Refusal?

    var body: HTML {
        let waiting = checks.filter(\.waitsForCall)
        let others = checks.filter { !$0.waitsForCall }
        let calls: HTML =
            waiting.isEmpty
            ? """
            <div class="empty">\(Parts.icon("heart"))<h2>\(t("care.nobody_waits|Nobody waits for a call"))</h2>\
            <p>\(t("care.nobody_waits_words|After a mission each responder is asked how they are. Who wants a call shows up here."))</p></div>
            """
            : "<section class=\"stack close\"><h2>\(t("care.waiting|Wants a call"))</h2><ul class=\"stack close\">\(waiting.map(line))</ul></section>"
        let rest: HTML =
            others.isEmpty
            ? .empty
            : "<section class=\"stack close\"><h2>\(t("care.wrote|Called already, or only wrote"))</h2><ul class=\"stack close\">\(others.map(line))</ul></section>"
        return """
            <div class="stack">\(Parts.refusal(refusal, labels: [], back: CarePages.listPath, t))\
            <h1>\(t("care.list|Care for responders"))</h1>\
            <p>\(t("care.list_words|Only you who care for responders see this. Who said nothing is not here. It all goes after 30 days."))</p>\
            \(calls)\(rest)</div>
            """
    }

    private func line(_ check: CareCheck) -> HTML {
        let name = handles[check.person] ?? t("person.former|Former member")
        let words: HTML =
            switch check.words(for: caller) {
            case .open(let words): "<blockquote>\(words.text)</blockquote>"
            case .locked:
                "<p>\(Parts.envelope(t("care.sealed|What they wrote is sealed"), back: CarePages.listPath, t))</p>"
            case .notForYou, .damaged:
                "<p>\(Parts.icon("envelope")) \(t("care.not_for_you|What they wrote is sealed for the care team"))</p>"
            case nil: .empty
            }
        let state: HTML =
            check.waitsForCall
            ? Parts.button(
                "\(CarePages.listPath)/\(check.id.text)/call",
                "\(Parts.icon("check"))\(t("care.spoke|We spoke"))<span class=\"visually-hidden\">: \(name)</span>",
                token: token,
                class: "small first"
            )
            : check.calledAt.map {
                "<p class=\"meta\">\(Parts.state("good", "check", t("care.done|Called")))\(Parts.time($0, now: site.now, t))</p>"
                    as HTML
            } ?? .empty
        return """
            <li class="sheet stack tight"><div class="row apart"><h3>\(name)</h3>\
            <p class="meta"><span>\(t(check.cause.label))</span>\(Parts.time(check.answeredAt ?? check.askedAt, now: site.now, t))</p></div>\
            \(words)\(first(check))\(state)</li>
            """
    }

    private func first(_ check: CareCheck) -> HTML {
        guard check.waitsForCall, let choices = listeners[check.id], !choices.isEmpty else { return .empty }
        let lines: [HTML] = choices.map { choice in
            let why = choice.reasons.map { t($0.words) }.joined(separator: ". ")
            return "<li><strong>\(handles[choice.person] ?? "")</strong> <span class=\"soft\">\(why)</span></li>"
        }
        return """
            <div class="stack tight"><p>\(t("care.ask_first|Who could call them. Ask the first one first:"))</p><ol>\(lines)</ol></div>
            """
    }
}
