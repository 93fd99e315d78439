// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
import People
import Response
import Vault

/// `/settings/run-cards`: who goes when something of a kind is reported, as a coordinator writes it.
struct RunCardPages {
    static let path = "/settings/run-cards"

    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.manageSettings)
        return try await page(context, saved: request.uri.queryParameters["saved"] != nil)
    }

    func set(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.manageSettings)
        return try await site.change(request, context, then: "\(Self.path)?saved=yes") { form, caller, tx in
            guard let kind = ReportKind(rawValue: form["kind"]) else { throw Refusal.notFound }
            try RunCard.set(RunCard(kind, RunCardForm.lines(form)), by: caller, in: tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        saved: Bool = false,
        form: Form? = nil,
        refusal: Refusal? = nil
    ) async throws -> Response {
        let cards = try await site.database.read { tx in try RunCard.all(in: tx) }
        let t = context.t
        let done: HTML =
            saved
            ? "<div class=\"note good\" role=\"status\">\(Parts.icon("check-circle"))<p><strong>\(t("settings.saved|Saved."))</strong></p></div>"
            : .empty
        let forms: [HTML] = cards.map { card in
            let isTyped = form.map { $0["kind"] == card.kind.rawValue } ?? false
            return RunCardForm(
                t: t,
                token: context.token.csrf,
                card: card,
                form: isTyped ? form : nil,
                errors: isTyped ? refusal?.fields ?? [:] : [:]
            ).html
        }
        let kind = form.map { $0["kind"] } ?? ""
        let labels = (refusal?.fields.keys.sorted() ?? []).map { (field: $0, id: "\(kind)-\($0)") }
        return site.memberPage(
            context,
            place: "/settings",
            title: t("cards.title|Run cards"),
            status: refusal?.status ?? .ok,
            body: """
                <div class="stack">\(Parts.refusal(refusal, labels: labels, back: Self.path, t))\
                <p><a href="/settings">\(t("place.settings|Settings"))</a></p><h1>\(t("cards.title|Run cards"))</h1>\(done)\
                <p>\(t("cards.words|Who goes when something of this kind is reported. A dispatcher asks for everybody on the card with one button, and can still ask for more, or for others."))</p>\
                <div class="columns">\(forms)</div></div>
                """
        )
    }
}

/// The lines of one card.
struct RunCardForm {
    let t: Words
    let token: String
    let card: RunCard
    /// What was typed, when it was refused.
    let form: Form?
    let errors: [String: Phrase]

    /// A line without a role is none.
    static func lines(_ form: Form) -> [RunCard.Line] {
        (0..<RunCard.longest).compactMap { index in
            Skill(rawValue: form["role-\(index)"]).map { role in
                RunCard.Line(
                    role,
                    Int(form["wanted-\(index)"]) ?? 0,
                    speaking: form.optional("language-\(index)")
                )
            }
        }
    }

    var html: HTML {
        let count = min(RunCard.longest, card.lines.count + 2)
        let lines: [HTML] = (0..<(form == nil ? count : RunCard.longest)).map(line)
        return """
            <form class="sheet stack close" id="card-\(card.kind.rawValue)" method="post" action="\(RunCardPages.path)">\
            <h2>\(Parts.icon(card.kind.icon)) \(t(card.kind.label))</h2>\
            \(Parts.hidden([("_token", token), ("kind", card.kind.rawValue)]))\(lines)\
            <div class="turn"><button class="first">\(t("settings.save|Save"))</button></div></form>
            """
    }

    private func line(_ index: Int) -> HTML {
        let before = card.lines.indices.contains(index) ? card.lines[index] : nil
        func ask(
            _ name: String,
            _ label: String,
            _ usual: String,
            limit: Int = 200,
            _ control: Ask.Control
        ) -> HTML {
            Ask(
                name: "\(name)-\(index)",
                id: "\(card.kind.rawValue)-\(name)-\(index)",
                label: label,
                value: form.map { $0["\(name)-\(index)"] } ?? usual,
                limit: limit,
                control: control,
                error: errors["\(name)-\(index)"]
            ).html(t)
        }
        let roles =
            [(value: "", label: t("cards.nobody|Nobody"))]
            + Skill.dispatchable.map { (value: $0.rawValue, label: t($0.label)) }
        let languages =
            [(value: "", label: t("incident.any_language|Any language"))]
            + SpokenLanguage.all.map { (value: $0.code, label: $0.name) }
        let number = Ask.Control.line(type: "text", attributes: " inputmode=\"numeric\"")
        return """
            <fieldset class="all card-line"><legend>\(t("cards.line|Line {n}", ["n": "\(index + 1)"]))</legend><div class="form-grid">\
            \(ask("role", t("incident.role|Who"), before?.role.rawValue ?? "", .choice(options: roles)))\
            \(ask("wanted", t("incident.wanted|How many"), "\(before?.wanted ?? 1)", limit: 2, number))\
            \(ask("language", t("incident.language|Language"), before?.language ?? "", .choice(options: languages)))</div></fieldset>
            """
    }
}

/// "2 × Legal observer · Español".
struct RunCardLine {
    let html: HTML

    init(_ line: RunCard.Line, _ t: Words) {
        let language: HTML? = line.language.map { " · \(SpokenLanguage.name($0))" }
        html = "\(line.wanted) × \(t(line.role.label))\(language)"
    }
}

/// Whom the run card of an incident would ask now, line by line: shown before it is sent.
struct RunCardAsks: Sendable {
    let asks: [RunCard.Asked]
    let handles: [Ref<Person>: String]

    /// Nil while sending the card is not the next step and its form isn't open.
    static func load(
        _ detail: IncidentDetail,
        act: IncidentAct?,
        by caller: Caller,
        _ site: Site,
        in tx: Transaction
    ) throws -> RunCardAsks? {
        let card = detail.card
        let isNext =
            (card.state == .unverified || card.state == .verifying) && !detail.isAsking
        guard caller.can(.dispatch), card.mergedInto == nil, act == .send || (act == nil && isNext) else { return nil }
        let asks = try RunCard.asks(
            for: card.id,
            near: detail.point ?? detail.corner(in: site.places),
            by: caller,
            timings: Timings.load(speed: site.config.speed, in: tx),
            places: site.places,
            in: tx
        )
        return RunCardAsks(
            asks: asks,
            handles: try Person.handles(of: Array(Set(asks.flatMap(\.people))), in: tx)
        )
    }

    /// In the pane, above what is known.
    func html(_ t: Words, meeting: String?) -> HTML {
        guard !asks.isEmpty else { return .empty }
        let place =
            meeting.map { t("incident.asks_meet|They meet here: {place}", ["place": $0]) }
            ?? t("incident.asks_no_meeting|Nobody knows yet where they meet. Say so when you know more.")
        return """
            <section class="note" id="asks">\(Parts.icon("people"))<div class="stack tight">\
            <p><strong>\(t("incident.asks|The run card asks now"))</strong></p>\(lines(t))<p>\(place)</p></div></section>
            """
    }

    func lines(_ t: Words) -> HTML {
        guard !asks.isEmpty else {
            return "<p>\(t("incident.asks_nobody|Everybody on this card was asked already."))</p>"
        }
        let lines: [HTML] = asks.map { asked in
            let names: [HTML] = asked.people.compactMap { person in
                handles[person].map { handle in
                    let why = (asked.reasons[person] ?? []).map { t($0.words) }.joined(separator: " · ")
                    return why.isEmpty ? "<br>\(handle)" : "<br>\(handle) <small class=\"soft\">\(why)</small>"
                }
            }
            let who: HTML =
                if !names.isEmpty {
                    "\(names)"
                } else if asked.line.role == .attorney {
                    "<span class=\"soft\">\(t("incident.asks_no_attorney|nobody has this role"))</span>"
                } else {
                    "<span class=\"soft\">\(asked.shortfall?.words.first.map { t($0) } ?? t("incident.asks_none|nobody near"))</span>"
                }
            return "<li><strong>\(RunCardLine(asked.line, t).html)</strong>: \(who)</li>"
        }
        return "<ul>\(lines)</ul>"
    }
}
