// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
import People
import Response

/// `/people/find`: whom to ask first for something, and why; for interpreters, drivers, mentors, rides and counselors alike.
struct FindPages {
    static let path = "/people/find"

    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        let caller = context.caller
        try caller.require(.dispatch)
        let query = FindQuery(request)
        do {
            let found = query.isAsked ? try await query.found(site, by: caller) : nil
            return page(context, query, found)
        } catch let refusal as Refusal where refusal.isForTheForm {
            return page(context, query, nil, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        _ query: FindQuery,
        _ found: FindQuery.Found?,
        refusal: Refusal? = nil
    ) -> Response {
        site.memberPage(
            context,
            place: "/people",
            title: context.t("find.title|Find somebody"),
            status: refusal?.status ?? .ok,
            body: FindPage(site: site, t: context.t, query: query, found: found, refusal: refusal).body
        )
    }
}

/// What is looked for, as an address gives it, for the page and for programs.
struct FindQuery: Sendable {
    let skill: String
    let also: String
    let language: String
    let place: String
    let at: String
    /// Of two, where clocks go back.
    let which: String

    /// Those found, and what they are called.
    struct Found: Sendable {
        let result: Match.Result
        let handles: [Ref<Person>: String]
    }

    init(_ request: Request) {
        let sent = request.uri.queryParameters
        func one(_ name: String) -> String { sent[Substring(name)].map(String.init) ?? "" }
        (skill, also, language) = (one("skill"), one("also"), one("language"))
        // A browser writes a space as a plus.
        (place, at) = (one("place").replacing("+", with: " "), one("at"))
        which = one("at-which")
    }

    var isAsked: Bool { !skill.isEmpty }

    /// Throws a refusal that names the fields: `skill`, `also`, `language`, `place`, `at`.
    func found(_ site: Site, by caller: Caller) async throws -> Found {
        let wanted = try wanted(site)
        return try await site.database.read { tx in
            let result = try wanted.best(by: caller, in: tx)
            return Found(result: result, handles: try Person.handles(of: result.choices.map(\.person), in: tx))
        }
    }

    private func wanted(_ site: Site) throws -> HelpWanted {
        var problems: [String: Phrase] = [:]
        let known = site.pack.skills
        func read(_ text: String, _ field: String) -> Skill? {
            let skill = Skill(rawValue: text).flatMap { known.contains($0) ? $0 : nil }
            if skill == nil { problems[field] = "find.skill|Choose from the list." }
            return skill
        }
        let main = read(skill, "skill")
        let second = also.isEmpty ? nil : read(also, "also")
        if !language.isEmpty, !SpokenLanguage.all.contains(where: { $0.code == language }) {
            problems["language"] = "find.skill|Choose from the list."
        }
        let point = place.isEmpty ? nil : site.places.search(place).lazy.compactMap(\.place).first?.center
        if !place.isEmpty, point == nil {
            problems["place"] = "people.place_unknown|We do not know that place. Write a neighborhood or a city."
        }
        let typed = TypedTime(at)
        let moment = typed.moment(which) ?? Instant(iso8601: at)
        if !at.isEmpty, moment == nil {
            problems["at"] = typed.problem(missing: "find.when|Choose a time from now on, within a year.")
        }
        guard let main, problems.isEmpty else { throw Refusal.invalid(problems) }
        return HelpWanted(
            main,
            also: second.map { [$0] } ?? [],
            language: language.isEmpty ? nil : language,
            near: point,
            at: moment
        )
    }
}

/// The form, and below it who was found.
struct FindPage {
    let site: Site
    let t: Words
    let query: FindQuery
    let found: FindQuery.Found?
    let refusal: Refusal?

    private static let labels = ["skill", "also", "language", "place", "at"].map { (field: $0, id: $0) }

    var body: HTML {
        """
        <div class="stack">\(Parts.refusal(refusal, labels: Self.labels, back: FindPages.path, t))\
        <p><a href="/people">\(t("people.back|Back to people"))</a></p><h1>\(t("find.title|Find somebody"))</h1>\
        <p>\(t("find.lead|Who can, nearest first, and whose turn it is. Nobody is asked by looking. Call them yourself."))</p>\
        \(form)\(found.map(list))</div>
        """
    }

    private var form: HTML {
        let errors = refusal?.fields ?? [:]
        let skills = site.pack.skills.map { (value: $0.rawValue, label: site.pack.name(of: $0, t)) }
        let languages = SpokenLanguage.all.map { (value: $0.code, label: $0.name) }
        let none = [(value: "", label: t("find.nothing_else|Nothing else"))]
        let any = [(value: "", label: t("incident.any_language|Any language"))]
        return """
            <form class="sheet stack close" method="get" action="\(FindPages.path)"><div class="form-grid">\
            \(Ask(name: "skill", label: t("find.what|What is needed?"), value: query.skill, control: .choice(options: skills), error: errors["skill"]).html(t))\
            \(Ask(name: "also", label: t("find.also|What else must the same person do?"), value: query.also, control: .choice(options: none + skills), error: errors["also"]).html(t))\
            \(Ask(name: "language", label: t("incident.language|Language"), value: query.language, control: .choice(options: any + languages), error: errors["language"]).html(t))\
            \(Ask(name: "place", label: t("people.place|Neighborhood"), hint: t("find.place_hint|Near where? Leave it empty when it doesn’t matter."), value: query.place, limit: 120, isOptional: true, error: errors["place"]).html(t))\
            \(when(errors["at"]))</div>\
            <div class="turn"><button class="first">\(t("people.find_button|Find"))</button></div></form>
            """
    }

    private func when(_ error: Phrase?) -> HTML {
        Ask(
            name: "at",
            label: t("find.at|When?"),
            hint: t("find.at_hint|Empty means now."),
            value: query.at,
            isOptional: true,
            control: .line(type: "datetime-local", attributes: .empty),
            error: error,
            which: query.which
        ).html(t)
    }

    private func list(_ found: FindQuery.Found) -> HTML {
        let lines: [HTML] = found.result.choices.map { choice in
            """
            <li class="sheet stack tight"><h3><a href="/people/\(choice.person)">\(found.handles[choice.person] ?? "")</a></h3>\
            <p class="soft">\(choice.reasons.map { t($0.words) }.joined(separator: ". "))</p></li>
            """
        }
        let shortfall: HTML? = found.result.shortfall.map { short in
            let words: [HTML] = short.words.map { "<li>\(t($0))</li>" }
            return "<section class=\"note\">\(Parts.icon("people"))<ul>\(words)</ul></section>"
        }
        return """
            <section class="stack close" id="found"><h2>\(t("find.first|Whom to ask first"))</h2>\
            \(lines.isEmpty ? .empty : "<ol class=\"stack close\">\(lines)</ol>" as HTML)\(shortfall)</section>
            """
    }
}
