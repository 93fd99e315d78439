// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit

/// A fact as a form, and a form as a fact. Field names are the paths that `FactChecks` names.
struct FactForm {
    /// Nil for a new fact.
    let id: String?
    let fact: Fact?
    let basedOn: Int
    let note: String
    let place: FactFiles.Place
    let languages: [Language]
    let token: String
    let submission: String
    let refusal: Refusal?
    let t: Words

    /// What was typed; what the form doesn't hold stays as it is in `live`.
    static func fact(_ form: Form, id: String, after live: Fact?) -> Fact {
        var fact = Fact(
            id: id,
            jurisdiction: form["jurisdiction"],
            status: Fact.Status(rawValue: form["status"]) ?? .contested,
            asOf: form["as_of"],
            reviewBy: form["review_by"],
            recheck: form["recheck"] == "yes",
            research: live?.research ?? [],
            sources: sources(form["sources"]),
            text: texts(form, "", live?.text ?? [:]),
            see: live?.see,
            lines: live?.lines
        )
        fact.variants = live?.variants?.map { variant in
            var variant = variant
            let at = "variants.\(variant.circuit)."
            variant.status = Fact.Status(rawValue: form["\(at)status"]) ?? variant.status
            variant.text = texts(form, at, variant.text)
            return variant
        }
        return fact
    }

    private static func texts(_ form: Form, _ at: String, _ live: [String: FactText]) -> [String: FactText] {
        var texts: [String: FactText] = [:]
        for language in Language.known {
            let field = "\(at)text.\(language.code)"
            // A language that the form didn't ask for keeps its words.
            guard !form.all("\(field).statement").isEmpty else {
                texts[language.code] = live[language.code]
                continue
            }
            let (statement, means) = (form["\(field).statement"], form["\(field).means"])
            let dispute = form["\(field).dispute"]
            guard language == .english || !statement.isEmpty || !means.isEmpty else { continue }
            let was = live[language.code]
            texts[language.code] = FactText(
                state: was?.state ?? .draft,
                on: was?.on,
                statement: statement,
                means: means,
                dispute: dispute.isEmpty ? nil : dispute
            )
        }
        return texts
    }

    /// One source a line: name | day | link; a star before the name: not read again.
    private static func sources(_ text: String) -> [Fact.Source] {
        text.split(whereSeparator: \.isNewline).map { line in
            let parts = line.split(separator: "|", omittingEmptySubsequences: false).map { part in
                String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            let name = parts.first ?? ""
            let isUnread = name.hasPrefix("*")
            return Fact.Source(
                name: isUnread ? String(name.dropFirst().drop { $0 == " " }) : name,
                url: parts.count > 2 && !parts[2].isEmpty ? parts[2] : nil,
                date: parts.count > 1 ? parts[1] : "",
                seen: !isUnread
            )
        }
    }

    private var lines: String {
        (fact?.sources ?? []).map { source in
            "\(source.seen ? "" : "* ")\(source.name) | \(source.date)\(source.url.map { " | \($0)" } ?? "")"
        }.joined(separator: "\n")
    }

    var body: HTML {
        let action = id.map { "/facts/\($0)/revisions" } ?? "/facts"
        let fields = refusal?.fields.keys.sorted() ?? []
        return """
            <p><a class="back" href="\(id.map { "/facts/\($0)" } ?? "/facts")">\(Parts.icon("back", class: "turns"))\
            \(id ?? t("place.facts|Facts"))</a></p>\(Parts.errors(refusal, labels: fields.map { ($0, $0) }, t))\
            <h1>\(id == nil ? t("facts.new|A new fact") : t("facts.edit|Change a fact"))</h1>\
            <p class="lead">\(t("facts.flow|You write. Another member reviews. An attorney approves. Until then nothing changes for neighbors."))</p>\
            <form class="stack" method="post" action="\(action)">\
            \(Parts.hidden([("_token", token), ("submission", submission), ("based_on", String(basedOn))]))\
            \(id == nil ? ask("id", t("facts.id|Short name"), fact?.id ?? "", hint: t("facts.id_hint|Like school-areas. It can’t change later.")) : .empty)\
            <div class="form-grid">\(choice("jurisdiction", t("facts.where|Where it holds"), fact?.jurisdiction ?? "ca", jurisdictions))\
            \(choice("status", t("facts.status|How it stands"), fact?.status.rawValue ?? "contested", statuses))\
            \(ask("as_of", t("facts.as_of|True on"), fact?.asOf ?? "", type: "date"))\
            \(ask("review_by", t("facts.review_by|Read it again by"), fact?.reviewBy ?? "", type: "date"))\
            \(choice("recheck", t("facts.recheck|Read it again before printing"), fact?.recheck == true ? "yes" : "no", [("no", t("facts.no|No")), ("yes", t("facts.yes|Yes"))]))</div>\
            \(area("sources", t("facts.sources|Sources, one a line"), lines, hint: t("facts.sources_hint|Name, day and https link, with bars between. A star before the name: not read again."), rows: 4, limit: 4_000))\
            \(languages.map { words($0, "", fact?.text[$0.code]) })\(variants)\
            \(area("note", t("facts.note|What did you change, and why?"), note, rows: 2, limit: 500))\
            <button class="accent">\(Parts.icon("send"))\(t("facts.send|Send for review"))</button></form>
            """
    }

    private var variants: HTML {
        let parts: [HTML] = (fact?.variants ?? []).map { variant in
            let at = "variants.\(variant.circuit)."
            return """
                <section class="sheet stack close"><h2>\(place.jurisdictions[variant.circuit]?(t.language) ?? variant.circuit)</h2>\
                \(choice("\(at)status", t("facts.status|How it stands"), variant.status.rawValue, statuses))\
                \(languages.map { words($0, at, variant.text[$0.code]) })</section>
                """
        }
        return HTML.joined(parts)
    }

    private func words(_ language: Language, _ at: String, _ text: FactText?) -> HTML {
        let field = "\(at)text.\(language.code)"
        return """
            <fieldset class="sheet stack close"><legend><b lang="\(language.code)">\(language.name)</b></legend>\
            \(area("\(field).statement", t("facts.statement|What is so"), text?.statement ?? "", rows: 2, limit: FactChecks.statementLimit))\
            \(area("\(field).means", t("facts.means|What it means for a person"), text?.means ?? "", rows: 3, limit: FactChecks.meansLimit))\
            \(area("\(field).dispute", t("facts.dispute|Who says what, if it isn’t settled"), text?.dispute ?? "", rows: 2, limit: FactChecks.meansLimit))</fieldset>
            """
    }

    private var jurisdictions: [(value: String, label: String)] {
        place.jurisdictions.sorted { $0.key < $1.key }.map { ($0.key, $0.value(t.language)) }
    }

    private var statuses: [(value: String, label: String)] {
        [
            ("settled", t("rights.settled|Settled law")), ("contested", t("rights.contested|Courts do not agree yet")),
            ("blocked", t("rights.blocked|Stopped by a court for now")), ("pending", t("rights.pending|Not final yet")),
        ]
    }

    private func ask(_ name: String, _ label: String, _ value: String, hint: String? = nil, type: String = "text")
        -> HTML
    {
        Ask(
            name: name,
            label: label,
            hint: hint,
            value: value,
            limit: 60,
            control: .line(type: type, attributes: .empty),
            error: refusal?.fields[name]
        ).html(t)
    }

    private func area(
        _ name: String,
        _ label: String,
        _ value: String,
        hint: String? = nil,
        rows: Int,
        limit: Int
    ) -> HTML {
        Ask(
            name: name,
            label: label,
            hint: hint,
            value: value,
            limit: limit,
            control: .area(rows: rows),
            error: refusal?.fields[name]
        ).html(t)
    }

    private func choice(_ name: String, _ label: String, _ value: String, _ options: [(value: String, label: String)])
        -> HTML
    {
        Ask(name: name, label: label, value: value, control: .choice(options: options), error: refusal?.fields[name])
            .html(t)
    }
}
