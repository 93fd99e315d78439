// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response

/// The forms that open in the pane: what is true, who is sent, what is split off, the name, the debrief.
struct IncidentForms {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let detail: IncidentDetail
    let act: IncidentAct
    let sight: IncidentSight
    /// What was typed into a form that was refused; empty when it is new.
    let form: Form
    let refusal: Refusal?
    /// Whom the run card would ask now.
    var asks: RunCardAsks?
    /// Other incidents to choose from.
    var alike: [AlikeIncident] = []
    /// Whom to ask by name.
    var named: NamedAsks?

    private var card: Board.Card { detail.card }
    private var path: String { "/board/incidents/\(card.id.text)" }
    var errors: [String: Phrase] { refusal?.fields ?? [:] }
    private var isTyped: Bool { refusal != nil }
    func typed(_ name: String, _ usual: String) -> String { isTyped ? form[name] : usual }

    var html: HTML {
        switch act {
        case .confirmed, .not, .unfounded, .unable: caller.can(.verify) ? verification : .empty
        case .send: caller.can(.dispatch) ? dispatch : .empty
        case .ask: caller.can(.dispatch) ? askByName : .empty
        case .merge: caller.can(.merge) ? merge : .empty
        case .meet: caller.can(.dispatch) ? meet : .empty
        case .split: caller.can(.merge) ? split : .empty
        case .also: caller.can(.triage) ? also : .empty
        case .title: caller.can(.triage) ? title : .empty
        case .debrief: caller.can(.closeIncident) ? debrief : .empty
        }
    }

    func sheet(_ resource: String, _ heading: String, _ fields: HTML, button: String, hint: String? = nil)
        -> HTML
    {
        """
        <form class="sheet stack close" method="post" action="\(path)/\(resource)" data-act>\
        <h2>\(heading)</h2>\(Parts.hidden([("_token", token), ("act", act.rawValue)] + sight.fields))\(fields)\
        <div class="turn"><a class="button quiet" href="\(path)" data-pane="\(path)/pane" data-key="Escape">\
        \(t("incident.cancel|Cancel"))</a><button class="first">\(button)</button></div>\
        \(hint.map { "<p class=\"hint\">\($0)</p>" as HTML })</form>
        """
    }

    private var verification: HTML {
        let usual =
            switch act {
            case .not: Truth.notEnforcement.rawValue
            case .unfounded: Truth.unfounded.rawValue
            case .unable: Truth.unable.rawValue
            case .confirmed, .send, .ask, .meet, .merge, .split, .also, .title, .debrief: Truth.confirmed.rawValue
            }
        var truths: [(value: String, icon: String, label: String)] = [
            (Truth.confirmed.rawValue, "alert", t("truth.confirmed|Confirmed, happening now")),
            (Truth.notEnforcement.rawValue, "check-circle", t("incident.not_enforcement|Not immigration officers")),
            (Truth.unfounded.rawValue, "cross-circle", t("incident.unfounded|Nothing there")),
            (Truth.unable.rawValue, "question", t("incident.could_not|Could not check")),
        ]
        if caller.can(.answer) {
            truths.insert((IncidentPages.confirmedOver, "check", t("truth.over|Confirmed, over")), at: 1)
        }
        // On the scene only with somebody there, and by itself only where they say so: what a desk can't know is no default.
        let there = ranked(detail.assignments.filter { $0.arrivedAt != nil })
        let answer =
            typed("truth", usual) == IncidentPages.confirmedOver ? .confirmed : Truth(rawValue: typed("truth", usual))
        let eyes = there.first { one in answer.map { says(one, $0) } ?? false }
        let choose = [(value: "", label: t("incident.choose|Choose"))]
        let hows =
            (eyes == nil ? choose : [])
            + How.allCases.filter { $0 != .onScene || !there.isEmpty }.map { (value: $0.rawValue, label: t($0.label)) }
        let levels =
            (eyes?.role == .verifier ? [] : choose)
            + EvidenceLevel.allCases.reversed().filter { $0 != .onScene || !there.isEmpty }.map {
                (value: "\($0.rawValue)", label: "\($0.name) · \(t($0.label))")
            }
        let hint = t("respond.found_hint|Short. For example: “A film crew shoots a scene.” No names.")
        func words(_ language: Language) -> Ask {
            let (name, isOwn) = ("explanation-\(language.code)", language == t.language)
            return Ask(
                name: name,
                label: t("incident.public_words|Words neighbors will read ({language})", ["language": language.name]),
                hint: isOwn ? hint : nil,
                value: typed(name, card.explanation?.words[language.code] ?? ""),
                limit: Explanation.limit,
                isOptional: !isOwn,
                error: isOwn ? errors["explanation"] : nil
            )
        }
        func isFolded(_ language: Language) -> Bool { site.library.isDraft(language) && language != t.language }
        let languages = site.library.languages
        let others = languages.filter(isFolded).map(words)
        // Their own first: it is the one that must be written.
        let shown = ([t.language] + languages.filter { !isFolded($0) && $0 != t.language }).map(words)
        let isOpen = others.contains { !$0.value.isEmpty }
        let inOthers: HTML =
            others.isEmpty
            ? .empty
            : """
            <details class="fold"\(isOpen ? " open" : .empty as HTML)><summary>\(t("incident.other_languages|In other languages"))</summary>\
            <div class="form-grid">\(others.map { $0.html(t) })</div></details>
            """
        let unlock: HTML =
            caller.isUnlocked
            ? .empty
            : "<p>\(Parts.envelope(t("incident.sign_needs|Unlock first: you sign this with your key"), back: path, t))</p>"
        let fields: HTML = """
            \(unlock)\(beforeThem)\(testimonies(there))\(Parts.choices("<span class=\"visually-hidden\">\(t("incident.what_true|What is true?"))</span>", name: "truth", options: truths, chosen: typed("truth", usual), error: errors["truth"], t))\
            <div class="form-grid">\
            \(Ask(name: "how", label: t("incident.how|How you know"), value: typed("how", eyes == nil ? "" : How.onScene.rawValue), control: .choice(options: hows), error: errors["how"]).html(t))\
            \(Ask(name: "level", label: t("incident.level|How sure"), value: typed("level", eyes?.role == .verifier ? "4" : ""), control: .choice(options: levels), error: errors["level"]).html(t))\
            \(witness(there, eyes))\(shown.map { $0.html(t) })</div>\(inOthers)\(spoke(there, answer))\
            \(Ask(name: "note", label: t("incident.note|Note for the team"), hint: t("incident.note_hint|Sealed. Neighbors never see it."), value: typed("note", ""), limit: Verification.longestNote, isOptional: true, control: .area(rows: 2), error: errors["note"]).html(t))
            """
        return sheet(
            "verification",
            t("incident.what_true|What is true?"),
            fields,
            button: t("incident.sign|Sign and save"),
            hint: t("incident.signed_hint|Saved with your name and the time. You can correct it later.")
        )
    }

    /// Everybody that the run card of this kind names, in one step, and below it one role at a time.
    private var dispatch: HTML { detail.runCard.lines.isEmpty ? oneRole : "\(card(detail.runCard))\(oneRole)" }

    private func card(_ card: RunCard) -> HTML {
        sheet(
            "run-card",
            t("incident.card_title|Run card"),
            "\(asks?.lines(t) ?? .empty)\(meeting(id: "card-meeting", isOptional: true))",
            button: t("incident.card_button|Ask everybody on the card"),
            hint: t("incident.card_hint|Who is asked already is passed over. An attorney is called, not sent.")
        )
    }

    private var oneRole: HTML {
        let roles = Skill.dispatchable.map { (value: $0.rawValue, label: t($0.label)) }
        let languages =
            [(value: "", label: t("incident.any_language|Any language"))]
            + SpokenLanguage.all.map { (value: $0.code, label: $0.name) }
        let fields: HTML = """
            <div class="form-grid">\
            \(Ask(name: "role", label: t("incident.role|Who"), value: typed("role", Skill.observer.rawValue), control: .choice(options: roles), error: errors["role"]).html(t))\
            \(Ask(name: "wanted", label: t("incident.wanted|How many"), value: typed("wanted", "2"), limit: 2, control: .line(type: "text", attributes: " inputmode=\"numeric\""), error: errors["wanted"]).html(t))\
            \(Ask(name: "language", label: t("incident.language|Language"), value: typed("language", ""), control: .choice(options: languages), error: errors["language"]).html(t))\
            \(meeting(isOptional: true))</div>
            """
        return sheet(
            "dispatch",
            t("incident.send_title|Send people"),
            fields,
            button: t("incident.send_button|Ask the nearest"),
            hint: t("incident.send_hint|We ask about three for each one you need, and stop when enough say yes.")
        )
    }

    /// Begins with what is known, so that nobody is sent without a place.
    private func meeting(id: String? = nil, isOptional: Bool) -> HTML {
        Ask(
            name: "meeting",
            id: id,
            label: t("incident.meeting|Where they meet"),
            hint: t("incident.meeting_hint|Sealed. Only those who say yes see it."),
            value: typed("meeting", detail.suggestedMeeting(in: site.places, t) ?? ""),
            isOptional: isOptional,
            error: errors["meeting"]
        ).html(t)
    }

    private var meet: HTML {
        sheet(
            "meeting",
            t("incident.meeting|Where they meet"),
            meeting(isOptional: false),
            button: t("incident.save|Save"),
            hint: t("incident.meet_hint|Who said yes already is told that it is new.")
        )
    }

    private var split: HTML {
        let chosen = Set(form.all("reports"))
        let rows: [HTML] = detail.reports.filter { $0.report.state != .spam }.map { entry in
            let report = entry.report
            return """
                <label class="check"><input type="checkbox" name="reports" value="\(report.id)"\(chosen.contains(report.id.text) ? " checked" : "")>\
                <span>\(said(entry))</span></label>
                """
        }
        let fields: HTML = """
            <fieldset id="reports"><legend>\(t("incident.split_which|Which reports are about something else?"))</legend>\(rows)</fieldset>
            """
        return sheet(
            "split",
            t("incident.split_title|Split reports off"),
            fields,
            button: t("incident.split_button|Make them a new incident"),
            hint: t("incident.split_hint|You can merge them again.")
        )
    }

    private var title: HTML {
        let now = detail.words?.content?.title ?? ""
        let ask = Ask(
            name: "title",
            label: t("incident.title|Name for the team"),
            hint: t("incident.title_hint|Sealed. Short, such as “Car wash on Slauson”."),
            value: typed("title", now),
            limit: IncidentWords.longestTitle,
            error: errors["title"]
        )
        return sheet("title", t("incident.rename|Rename"), ask.html(t), button: t("incident.save|Save"))
    }

    private var debrief: HTML {
        let before = detail.afterAction?.words.content
        func ask(_ name: String, _ label: String, _ value: String?) -> HTML {
            Ask(
                name: name,
                label: label,
                value: typed(name, value ?? ""),
                limit: AfterAction.Words.limit,
                isOptional: true,
                control: .area(rows: 3),
                error: errors[name]
            ).html(t)
        }
        let meeting = DebriefMeetingForm(
            t: t,
            token: token,
            detail: detail,
            caller: caller,
            now: site.now,
            form: form,
            errors: errors
        )
        let fields: HTML = """
            \(ask("went_well", t("incident.went_well|What went well?"), before?.wentWell))\
            \(ask("change", t("incident.change|What should change?"), before?.change))\
            \(ask("how_we_are", t("incident.how_we_are|How are the responders?"), before?.howWeAre))\
            \(ask("learned", t("incident.learned|What did we learn? Without names"), before?.learned))
            """
        let written = sheet(
            "after-action",
            t("incident.debrief_short|Debrief"),
            fields,
            button: t("incident.save|Save"),
            hint: t("incident.debrief_hint|Sealed. The times are in the full record already.")
        )
        return "\(written)\(meeting.html)"
    }
}
