// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response
import Vault

/// `/settings/retention`: how long each class is kept, what was erased, and whether the clock is believed. Changing a
/// period takes two people.
struct RetentionPages {
    static let path = "/settings/retention"
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await page(context)
    }

    func ask(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        do {
            guard let keeping = Holdings.keepings.first(where: { $0.id == form["class"] }) else {
                throw Refusal.notFound
            }
            guard let hours = Int(form["hours"]), (1...1_000_000).contains(hours) else {
                throw Refusal.invalid([keeping.id: "settings.number|Write a whole number."])
            }
            let asked = try await site.ask(RetentionChange(keeping, to: .hours(hours)), form, context)
            return .see("\(ProposalsPages.path)/\(asked.id)")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await page(context, form: form, refusal: refusal)
        }
    }

    func confirmClock(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await site.change(request, context, then: Self.path) { _, caller, tx in
            try RetentionClock.confirm(by: caller, in: tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        let caller = context.caller
        let mayAsk = caller.can(.manageSettings) || caller.can(.holdLegally)
        guard mayAsk || caller.can(.readAudit) else { throw Refusal.forbidden }
        let state = try await site.database.read { tx in
            RetentionPage.State(
                periods: try Holdings.keepings.map { ($0, try $0.period(in: tx)) },
                receipts: try tx.all(
                    Event.self,
                    "SELECT * FROM events WHERE found_by IS NULL AND kind = 'retention.erased' ORDER BY id DESC LIMIT 30"
                ),
                distrusted: try RetentionClock.distrusted(in: tx),
                holds: try LegalHold.standing(in: tx)
            )
        }
        let body = RetentionPage(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            state: state,
            mayAsk: mayAsk,
            form: form,
            refusal: refusal
        ).body
        return site.memberPage(
            context,
            place: "/settings",
            title: context.t("retention.title|How long we keep things"),
            status: refusal?.status ?? .ok,
            body: body
        )
    }
}

/// The table of classes, the receipts, and the form to ask for another time.
struct RetentionPage {
    struct State: Sendable {
        let periods: [(keeping: Keeping, period: Duration)]
        let receipts: [Event]
        /// Since when nothing is deleted, because the clock jumped.
        let distrusted: Instant?
        let holds: [LegalHold]
    }

    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let state: State
    let mayAsk: Bool
    let form: Form
    let refusal: Refusal?

    var body: HTML {
        let labels = ["hours", "reason"].map { (field: $0, id: $0) }
        return """
            <div class="stack">\(Parts.refusal(refusal, labels: labels, back: RetentionPages.path, t))\
            <p><a href="/settings">\(t("retention.back|Back to settings"))</a></p><h1>\(t("retention.title|How long we keep things"))</h1>\
            <p class="lead">\(t("retention.lead|What is past its time is deleted by itself, and can’t be opened in old backups either."))</p>\
            \(clock)\(table)\(mayAsk ? change : .empty)\(holds)\(receipts)</div>
            """
    }

    private var clock: HTML {
        guard let since = state.distrusted else { return .empty }
        let button: HTML =
            caller.can(.manageSettings)
            ? Parts.button(
                "\(RetentionPages.path)/clock",
                "\(t("retention.clock_right|The clock is right"))",
                token: token
            ) : .empty
        return Parts.note(
            "warn",
            "clock",
            t("retention.clock|The server’s clock jumped ahead. Nothing is deleted until somebody looks at it."),
            """
            <p>\(t("retention.clock_now|The server thinks it is {time}. Is that right?", ["time": t.moment(site.now)])) \
            \(Parts.time(since, now: site.now, t))</p>\(button)
            """
        )
    }

    private var table: HTML {
        let rows: [HTML] = state.periods.map { keeping, period in
            let range: HTML =
                keeping.key == nil
                ? "\(t("retention.fixed|the same for everybody"))"
                : "\(RetentionChange.words(.seconds(keeping.range.lowerBound), t)) – \(RetentionChange.words(.seconds(keeping.range.upperBound), t))"
            return """
                <tr><th scope="row">\(t(keeping.name))</th><td data-label="\(t("retention.now|Now"))">\(RetentionChange.words(period, t))</td>\
                <td data-label="\(t("settings.usual|Usual"))">\(RetentionChange.words(keeping.usual, t))</td>\
                <td data-label="\(t("retention.range|From and to"))">\(range)</td></tr>
                """
        }
        return """
            <div class="tables"><table><caption class="visually-hidden">\(t("retention.title|How long we keep things"))</caption><thead><tr>\
            <th scope="col">\(t("settings.what|What"))</th><th scope="col">\(t("retention.now|Now"))</th>\
            <th scope="col">\(t("settings.usual|Usual"))</th><th scope="col">\(t("retention.range|From and to"))</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div>
            """
    }

    private var change: HTML {
        let errors = refusal?.fields ?? [:]
        let options = state.periods.filter { $0.keeping.key != nil }.map {
            (value: $0.keeping.id, label: t($0.keeping.name))
        }
        let problem = errors[form["class"]]
        return """
            <form class="sheet stack close" method="post" action="\(RetentionPages.path)"><h2>\(t("retention.change|Ask for another time"))</h2>\
            \(Parts.hidden([("_token", token)]))<p>\(t("retention.two|Another person must agree. The whole team is told."))</p>\
            \(Ask(name: "class", label: t("settings.what|What"), value: form["class"], control: .choice(options: options)).html(t))\
            \(Ask(name: "hours", label: t("retention.hours|How many hours"), hint: t("retention.hours_hint|One week is 168 hours, one year is 8760."), value: form["hours"], limit: 6, control: .line(type: "text", attributes: " class=\"short\" inputmode=\"numeric\""), error: problem).html(t))\
            \(AskFields(site: site, t: t, caller: caller, reason: form["reason"], errors: errors).html)\
            <div class="turn"><button class="first">\(t("proposals.ask|Ask for it"))</button></div></form>
            """
    }

    private var holds: HTML {
        let lines: [HTML] = state.holds.map { hold in
            """
            <li><a href="/board/incidents/\(hold.incident)/hold">\(t("retention.hold|An incident, since {day}", ["day": t.date(LocalTime(hold.placedAt).isoDay)]))</a> \
            \(t("retention.hold_review|We look again on {day}.", ["day": t.date(LocalTime(hold.reviewAt).isoDay)]))</li>
            """
        }
        return """
            <section class="stack close"><h2>\(t("retention.holds|Kept for a court"))</h2>\
            \(lines.isEmpty ? "<p class=\"hint\">\(t("retention.no_holds|Nothing now."))</p>" : "<ul>\(lines)</ul>" as HTML)</section>
            """
    }

    private var receipts: HTML {
        let names = Dictionary(Holdings.keepings.map { ($0.id, t($0.name)) }) { first, _ in first }
        let lines: [HTML] = state.receipts.map { event in
            let count = event.data["count"].flatMap(Int.init) ?? 0
            return """
                <li>\(names[event.subject] ?? event.subject): \(t("retention.gone|{n} erased|{n} erased", n: count)) \
                \(Parts.time(event.at, now: site.now, t))</li>
                """
        }
        return """
            <section class="stack close"><h2>\(t("retention.receipts|What was erased"))</h2>\
            \(lines.isEmpty ? "<p class=\"hint\">\(t("retention.no_receipts|Nothing yet. Each time something is erased, a line stands here: how many, and nothing else."))</p>" : "<ul>\(lines)</ul>" as HTML)</section>
            """
    }
}
