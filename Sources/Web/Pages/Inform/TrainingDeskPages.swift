// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Inform
import Kit
import People
import Vault

/// `/training/desk`: a member shows a certificate, a coordinator says yes to the work it is for, organisers plan dates.
struct TrainingDeskPages {
    static let path = "/training/desk"
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await page(context)
    }

    func present(_ request: Request, _ context: MemberContext) async throws -> Response {
        guard let keys = site.keys.unlocked else { throw VaultError.locked }
        let key = try keys.signingKey
        return try await change(request, context) { form, caller, tx in
            guard let certificate = Certificate(TrainingPages.trimmed(form["certificate"]), by: key) else {
                throw Refusal.invalid([
                    "certificate": "training.not_ours|This is not a certificate of ours, or it was changed."
                ])
            }
            try CertificateBook.present(certificate, by: caller, in: tx)
        }
    }

    func approve(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (serial, courses) = (try serial(context), site.pack.courses)
        return try await change(request, context) { _, caller, tx in
            try CertificateBook.approve(serial, courses, by: caller, in: tx)
        }
    }

    func decline(_ request: Request, _ context: MemberContext) async throws -> Response {
        let serial = try serial(context)
        return try await change(request, context) { _, caller, tx in
            try CertificateBook.decline(serial, by: caller, in: tx)
        }
    }

    func recall(_ request: Request, _ context: MemberContext) async throws -> Response {
        let courses = site.pack.courses
        return try await change(request, context) { form, caller, tx in
            let serial = TrainingPages.trimmed(form["serial"])
            guard Certificate.isSerial(serial) else {
                throw Refusal.invalid(["serial": "training.no_serial|We gave out no certificate with this number."])
            }
            try CertificateBook.recall(serial, reason: form["reason"], courses, by: caller, in: tx)
        }
    }

    func plan(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (site, courses) = (site, site.pack.courses)
        return try await change(request, context) { form, caller, tx in
            guard try FormReceipt.take(site.once(form, "training.plan", context), in: tx) else { return }
            let plan = TrainingSession.Plan(
                course: form["course"],
                language: form["language"],
                at: form["at"],
                which: form["at-which"],
                minutes: Int(form["minutes"]) ?? 0,
                place: TrainingPages.trimmed(form["place"]),
                link: TrainingPages.trimmed(form["link"]),
                seats: Int(form["seats"]) ?? 0
            )
            try TrainingSession.plan(plan, courses: courses, by: caller, in: tx)
        }
    }

    func callOff(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<TrainingSession> = try context.ref("id")
        return try await change(request, context) { _, caller, tx in
            try TrainingSession.callOff(id, by: caller, in: tx)
        }
    }

    func count(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<TrainingSession> = try context.ref("id")
        return try await change(request, context) { form, caller, tx in
            try TrainingSession.count(id, Int(form["attended"]) ?? -1, by: caller, in: tx)
        }
    }

    private func serial(_ context: MemberContext) throws -> String {
        guard let serial = context.parameters.get("serial"), Certificate.isSerial(serial) else {
            throw Refusal.notFound
        }
        return serial
    }

    private func change(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Form, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        try await site.change(request, context, then: Self.path, verb) { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    private func page(_ context: MemberContext, form: Form = Form(), refusal: Refusal? = nil) async throws -> Response {
        let caller = context.caller
        let (own, shown, sessions) = try await site.database.read { tx in
            (
                try CertificateBook.own(caller, in: tx),
                caller.can(.managePeople) ? try CertificateBook.shown(by: caller, in: tx) : [],
                caller.can(.organise) ? try TrainingSession.all(by: caller, in: tx) : []
            )
        }
        let body = TrainingDesk(
            site: site,
            caller: caller,
            token: context.token.csrf,
            submission: site.onceToken("training.plan", context),
            own: own,
            shown: shown,
            sessions: sessions,
            form: form,
            refusal: refusal,
            t: context.t
        ).body
        return site.memberPage(
            context,
            place: Self.path,
            title: context.t("training.title|Training"),
            isDense: false,
            status: refusal?.status ?? .ok,
            body: body
        )
    }
}

/// What a member sees of it, by what they may do.
struct TrainingDesk {
    let site: Site
    let caller: Caller
    let token: String
    let submission: String
    let own: [CertificateBook.Entry]
    let shown: [CertificateBook.Entry]
    let sessions: [TrainingSession]
    let form: Form
    let refusal: Refusal?
    let t: Words

    var body: HTML {
        """
        \(Parts.errors(refusal, labels: Self.fields.map { ($0, $0) }, t))<header class="stack close"><h1>\(t("training.title|Training"))</h1>\
        <p><a href="/training">\(t("training.courses|Courses and quizzes"))</a></p></header>\(mine)\
        \(caller.can(.managePeople) ? waiting + recall : .empty)\(caller.can(.organise) ? dates + plan : .empty)
        """
    }

    private static let fields = [
        "certificate", "serial", "reason", "course", "language", "at", "minutes", "place", "link", "seats",
    ]

    private var mine: HTML {
        let rows: [HTML] = own.map { "<li>\(line($0))</li>" }
        let list: HTML = rows.isEmpty ? .empty : "<ul class=\"checklist\">\(rows)</ul>"
        return """
            <section class="stack close" aria-labelledby="mine"><h2 id="mine">\(t("training.mine|Your certificates"))</h2>\(list)\
            <form method="post" action="/training/desk/certificates" class="stack">\(Parts.hidden([("_token", token)]))\
            \(ask("certificate", t("training.show|Show a certificate"), hint: t("training.show_hint|Paste its text. It begins with VEC1. Your coordinator then decides."), limit: 500, .area(rows: 3)))\
            <button>\(t("training.present|Show it"))</button></form></section>
            """
    }

    private var waiting: HTML {
        let rows: [HTML] = shown.map { entry in
            let acts: HTML =
                entry.decision == nil && !entry.isRecalled
                ? """
                <p class="row">\(Parts.button("/training/desk/certificates/\(entry.serial)/approval", HTML.text(t("training.approve|Say yes")), token: token, class: "first small"))\
                \(Parts.button("/training/desk/certificates/\(entry.serial)/decline", HTML.text(t("training.decline|Say no")), token: token, class: "small quiet"))</p>
                """ : .empty
            let holder: HTML = entry.holder.map { "<p><a href=\"/people/\($0.person)\">\($0.handle)</a></p>" } ?? .empty
            return "<li>\(holder)\(line(entry))\(acts)</li>"
        }
        let list: HTML =
            rows.isEmpty
            ? "<p>\(t("training.none_shown|Nobody has shown a certificate yet."))</p>"
            : "<ul class=\"checklist\">\(rows)</ul>"
        return """
            <section class="stack close" aria-labelledby="shown"><h2 id="shown">\(t("training.shown|Certificates of members"))</h2>\
            <p class="soft">\(t("training.shown_words|When you say yes, the member can be asked for this work until the certificate ends."))</p>\(list)</section>
            """
    }

    private var recall: HTML {
        """
        <section class="stack close" aria-labelledby="recall"><h2 id="recall">\(t("training.recall|Take a certificate back"))</h2>\
        <form method="post" action="/training/desk/recall" class="stack">\(Parts.hidden([("_token", token)]))\
        \(ask("serial", t("training.serial|Its number"), limit: 12, .line(type: "text", attributes: " autocomplete=\"off\"")))\
        \(ask("reason", t("training.reason|Why"), limit: CertificateBook.reasonLimit, .line(type: "text", attributes: .empty)))\
        <button class="urgent">\(t("training.take_back|Take it back"))</button></form></section>
        """
    }

    private var dates: HTML {
        let rows: [HTML] = sessions.map { session in
            let name = site.pack.courses.course(session.course)?.name(t.language) ?? session.course
            let came = session.attended.map { t("training.came|{n} person came|{n} people came", n: $0) }
            let count: HTML = """
                <form method="post" action="/training/desk/sessions/\(session.id)/attendance" class="row">\(Parts.hidden([("_token", token)]))\
                <label for="n-\(session.id)">\(t("training.how_many|How many came"))</label>\
                <input id="n-\(session.id)" name="attended" type="number" min="0" max="5000" value="\(session.attended.map(String.init) ?? "")" required>\
                <button class="small">\(t("training.save|Save"))</button></form>
                """
            let acts: HTML =
                session.isCalledOff
                ? Parts.state("warn", "stop", t("training.called_off|This date was called off."))
                : session.startsAt <= site.now
                    ? count
                    : Parts.button(
                        "/training/desk/sessions/\(session.id)/call-off",
                        HTML.text(t("training.call_off|Call it off")),
                        token: token,
                        class: "small quiet"
                    )
            return """
                <li><p><b>\(t.moment(session.startsAt))</b></p><p><a href="/training/sessions/\(session.id)">\(name)</a></p>\
                <p class="soft">\(SessionPage.language(session)) · \(t("training.seats_taken|{taken} of {n} seat|{taken} of {n} seats", n: session.seats, ["taken": String(session.taken)]))\(came.map { " · \($0)" } ?? "")</p>\(acts)</li>
                """
        }
        let list: HTML =
            rows.isEmpty
            ? "<p>\(t("training.no_sessions|No dates yet. Plan the first one below."))</p>"
            : "<ul class=\"checklist\">\(rows)</ul>"
        return
            "<section class=\"stack close\" aria-labelledby=\"dates\"><h2 id=\"dates\">\(t("training.dates|With others"))</h2>\(list)</section>"
    }

    private var plan: HTML {
        let courses = site.pack.courses.courses.map { (value: $0.id, label: $0.name(t.language)) }
        let languages = Language.known.map { (value: $0.code, label: $0.name) }
        return """
            <section class="stack close" aria-labelledby="plan"><h2 id="plan">\(t("training.plan|Plan a date"))</h2>\
            <form method="post" action="/training/desk/sessions" class="stack">\(Parts.hidden([("_token", token), ("submission", submission)]))\
            \(ask("course", t("training.course|Course"), .choice(options: courses)))\
            \(ask("language", t("training.language|Language"), .choice(options: languages)))\
            \(ask("at", t("training.when|When"), .line(type: "datetime-local", attributes: " required")))\
            \(ask("minutes", t("training.minutes|How many minutes"), usual: "90", .line(type: "number", attributes: " min=\"15\" max=\"600\"")))\
            \(ask("place", t("training.place|Where"), hint: t("training.place_hint|Everyone can read this. Give a link instead if it should not be public."), .line(type: "text", attributes: .empty)))\
            \(ask("link", t("training.link|Link"), limit: 300, .line(type: "url", attributes: .empty)))\
            \(ask("seats", t("training.seats|How many seats"), usual: "30", .line(type: "number", attributes: " min=\"1\" max=\"2000\"")))\
            <button class="first">\(t("training.plan_it|Plan it"))</button></form></section>
            """
    }

    private func line(_ entry: CertificateBook.Entry) -> HTML {
        let name = site.pack.courses.course(entry.course)?.name(t.language) ?? entry.course
        let mark: HTML =
            if entry.isRecalled { Parts.state("urgent", "alert", t("training.recalled|Taken back")) } else {
                switch entry.decision {
                case nil: Parts.state("warn", "clock", t("training.waiting|Waits for a coordinator"))
                case .approved: Parts.state("good", "check-circle", t("training.approved|Approved"))
                case .declined: Parts.state("plum", "cross", t("training.declined|Not approved"))
                }
            }
        return """
            <p><b>\(name)</b></p>\(mark)<p class="soft">\(t("training.good_until|Good until")) \(t.date(entry.expires)) · \
            \(t("training.number|Number")) <code>\(entry.serial)</code></p>
            """
    }

    private func ask(
        _ name: String,
        _ label: String,
        hint: String? = nil,
        limit: Int = 200,
        usual: String = "",
        _ control: Ask.Control
    ) -> HTML {
        Ask(
            name: name,
            label: label,
            hint: hint,
            value: form.optional(name) ?? usual,
            limit: limit,
            control: control,
            error: refusal?.fields[name],
            which: name == "at" ? form["at-which"] : nil
        ).html(t)
    }
}
