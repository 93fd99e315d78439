// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Vault

/// One step of the report, with what was typed and what needs another look.
struct ReportPage {
    let site: Site
    let t: Words
    let draft: ReportDraft
    let step: ReportStep
    let refusal: Refusal?
    let token: String
    let status: PublicStatus?

    var body: HTML {
        switch step {
        case .what: what
        case .where: place
        case .when: when
        }
    }

    private var what: HTML {
        let choices: [HTML] = ReportKind.allCases.map { kind in
            let checked: HTML = kind == draft.kind ? " checked" : .empty
            return """
                <label class="choice"><input type="radio" name="kind" value="\(kind.rawValue)"\(checked)>\
                \(Parts.icon(kind.icon))<span>\(t(kind.label))</span></label>
                """
        }
        return """
            <form class="report stack" method="post" action="/report" novalidate>\(errors([("kind", "kind")]))\
            \(carried(except: ["kind"]))<input type="hidden" name="step" value="what">\(progress(1))\
            <fieldset class="choices" id="kind" aria-describedby="kind-hint"><legend><h1>\(t("report.what|What do you see?"))</h1></legend>\
            <p class="hint" id="kind-hint">\(t("report.what_hint|Choose one. You do not need to be sure."))</p>\
            <div class="grid">\(choices)</div></fieldset>\
            <div class="turn"><a class="button quiet" href="/">\(t("report.stop|Stop"))</a>\
            <button class="first">\(t("report.next_where|Next: where"))</button></div>\(promise(isOpen: false))</form>\
            \(Happening(site: site, t: t).html)
            """
    }

    private var place: HTML {
        let ask = Ask(
            name: "place",
            label: t("report.place|Two streets that cross, or a place"),
            hint: t("report.place_hint|For example: Pacific and Florence, Huntington Park"),
            value: draft.place,
            control: .line(type: "text", attributes: " autocomplete=\"off\""),
            error: isUnknown ? "report.place_unknown|We don't know that place." : refusal?.fields["place"]
        )
        return """
            <form class="report stack" method="post" action="/report" novalidate>\(onEnter("next"))\
            \(errors([("place", "place"), ("zone", "zone")]))\
            \(carried(except: ["place", "zone", "latitude", "longitude"]))<input type="hidden" name="step" value="where">\(progress(2))\
            <h1>\(t("report.where|Where is it?"))</h1>\(ask.html(t))\(neighborhoods)\
            <div class="stack tight needs-script"><button type="button" class="wide" data-where>\(Parts.icon("pin"))\
            \(t("report.use_position|Use my phone's position"))</button><p class="hint" data-where-status role="status" \
            data-looking="\(t("report.looking|Looking for your position…"))" \
            data-found="\(t("report.found|Position added. You will see the neighborhood before anything is sent."))" \
            data-denied="\(t("report.denied|Your phone did not share a position. You can write the place."))"></p>\
            <input type="hidden" name="latitude"><input type="hidden" name="longitude"></div>\
            <div class="turn"><button class="quiet" name="go" value="back" formnovalidate>\(t("report.back|Back"))</button>\
            <button class="first" name="go" value="next">\(t("report.next_when|Next: when"))</button></div></form>
            """
    }

    /// What was typed is no place that is known: the list is how to go on.
    private var isUnknown: Bool { refusal?.fields["zone"] != nil }

    /// Right below the words that were not understood; else in a fold, for those who would rather choose.
    private var neighborhoods: HTML {
        let known = site.places.all.filter { $0.kind == .neighborhood || $0.kind == .city }
            .map { ($0.id, $0.name(in: t.language.code)) }
            .sorted { $0.1.lowercased() < $1.1.lowercased() }
        let options = [("", t("report.choose|Choose a neighborhood"))] + known
        let choice = Ask(
            name: "zone",
            label: isUnknown
                ? t("report.choose|Choose a neighborhood") : t("report.neighborhood|Or choose the neighborhood"),
            value: "",
            control: .choice(options: options.map { (value: $0.0, label: $0.1) })
        )
        guard !isUnknown else { return choice.html(t) }
        let isOpen: HTML = refusal?.fields["place"] == nil ? .empty : " open"
        return """
            <details class="fold"\(isOpen)><summary>\(t("report.list|Choose from a list"))</summary>\(choice.html(t))</details>
            """
    }

    private var when: HTML {
        let times: [(String, String)] = [
            ("now", t("report.now|Right now")), ("15", t("report.minutes|In the last 15 minutes")),
            ("60", t("report.hour|In the last hour")), ("earlier", t("report.earlier|Earlier today")),
        ]
        let choices: [HTML] = times.map { value, label in
            let checked: HTML = value == draft.when ? " checked" : .empty
            return """
                <label class="choice slim"><input type="radio" name="when" value="\(value)"\(checked)><span>\(label)</span></label>
                """
        }
        let labels = [
            ("words", "words"), ("size", "size"), ("activity", "activity"), ("uniform", "uniform"),
            ("equipment", "equipment"), ("photos", "photo"), ("where", "about-where"), ("seen_at", "when"),
        ]
        return """
            <form class="report stack" method="post" action="/report" enctype="multipart/form-data" novalidate>\(onEnter("send"))\
            \(errors(labels))\(carried(except: ["when", "words", "salute"]))<input type="hidden" name="step" value="when">\
            <input type="hidden" name="_token" value="\(token)">\(progress(3))<h1>\(t("report.when|When, and what else?"))</h1>\
            \(aboutWhere)<fieldset class="choices"><legend>\(t("report.when_seen|When did you see it?"))</legend>\
            <div class="grid">\(choices)</div></fieldset>\(details)\
            <div class="visually-hidden" aria-hidden="true"><label>Website <input name="website" tabindex="-1" autocomplete="off"></label></div>\
            <div class="turn"><button class="quiet" name="go" value="back" formnovalidate>\(t("report.back|Back"))</button>\
            <button class="accent" name="go" value="send">\(Parts.icon("send"))\(t("report.send|Send it"))</button></div>\
            <p class="hint">\(t("report.resend|If sending fails, reload the page. Do not go back."))</p>\
            \(promise(isOpen: true))</form>
            """
    }

    /// The place shown back as a crossing, a neighborhood or both, and what is known there already.
    private var aboutWhere: HTML {
        let zone = draft.zone.isEmpty ? nil : draft.zone
        let crossing = draft.crossing(in: site.places)?.name(in: t.language.code)
        let shown = crossing.map { zone == nil ? $0 : "\($0) · \(site.placeName(zone, t))" } ?? site.placeName(zone, t)
        let known = (zone.flatMap { status?.near($0) } ?? []).prefix(3)
        let lines: [HTML] = known.map { item in
            let mark = TruthMark(item.truth, isOver: item.isOver, t)
            return """
                <li>\(mark.html) \(item.title(t))\(item.explanation?.html(t).map { ". \($0)" as HTML }), \
                \(Parts.time(item.answeredAt, now: site.now, t))</li>
                """
        }
        // Folded: what is asked stays on one screen.
        let already: HTML =
            lines.isEmpty
            ? .empty
            : """
            <details class="promise" id="already"><summary>\(Parts.icon("info"))\(t("report.already|Already checked there:")) \(lines.count)</summary>\
            <ul class="stack tight">\(lines)</ul></details>
            """
        return """
            <section class="slim-sheet sheet" id="about-where"><dl class="review"><div><dt>\(t("report.about_where|About where"))</dt>\
            <dd>\(shown)</dd><button class="plain" name="go" value="back" formnovalidate>\(t("report.change|Change"))\
            <span class="visually-hidden"> \(t("report.change_place|the place"))</span></button></div></dl></section>\(already)
            """
    }

    private var details: HTML {
        let words = Ask(
            name: "words",
            label: t("report.words|What is happening?"),
            hint: t("report.words_hint|Say what you see and hear. Do not write names."),
            value: draft.words,
            limit: 2_000,
            isOptional: true,
            control: .area(rows: 4),
            error: refusal?.fields["words"]
        )
        let typed = draft.salute
        let isTold = [typed.size, typed.activity, typed.uniform, typed.equipment].contains { $0?.isEmpty == false }
        let isWrong = ["size", "activity", "uniform", "equipment"].contains { refusal?.fields[$0] != nil }
        let asks = [
            line("size", t("report.size|How many people?"), draft.salute.size),
            line("activity", t("report.activity|What are they doing?"), draft.salute.activity),
            line("uniform", t("report.uniform|What do they wear?"), draft.salute.uniform),
            line("equipment", t("report.equipment|What do they carry or drive?"), draft.salute.equipment),
        ]
        let photo: HTML = """
            <details class="fold"\(draft.hadFiles || refusal?.fields["photos"] != nil ? " open" : .empty as HTML)><summary><span>\
            \(t("report.files|A photo, a video or a sound")) <span class="optional">\(t("report.if_safe|(if it is safe)"))</span></span></summary>\
            <div class="ask"><label class="visually-hidden" for="photo">\(t("report.files|A photo, a video or a sound"))</label><p class="hint" id="photo-hint">\
            \(t("report.files_hint|Up to 4. We seal each one, and only our team can see it. Photos to 10 MB, videos to 200 MB."))</p>\
            \(filesGone)\(refusal?.fields["photos"].map { "<p class=\"error\" id=\"photo-error\">\(Parts.icon("alert"))\(t($0))</p>" as HTML })\
            <input id="photo" name="photo" type="file" accept="image/*,video/*,audio/*" multiple \
            aria-describedby="photo-hint\(draft.hadFiles ? " photo-gone" : "")\(refusal?.fields["photos"] == nil ? "" : " photo-error")"></div></details>
            """
        return """
            \(words.html(t))<div>\(photo)<details class="more fold"\(isTold || isWrong ? " open" : .empty as HTML)><summary><span>\
            \(t("report.more|More details")) <span class="optional">\(t("form.optional|(if you want)"))</span></span></summary>\
            <div class="form-grid">\(asks.map { $0.html(t) })</div></details></div>
            """
    }

    private var filesGone: HTML {
        guard draft.hadFiles else { return .empty }
        return "<p class=\"error\" id=\"photo-gone\">\(Parts.icon("camera"))\(t(Refusal.filesGone))</p>"
    }

    private func line(_ name: String, _ label: String, _ value: String?) -> Ask {
        Ask(name: name, label: label, value: value ?? "", isOptional: true, error: refusal?.fields[name])
    }

    /// Enter in a field presses the first button of its form: that must not be "back".
    private func onEnter(_ step: String) -> HTML {
        "<button class=\"visually-hidden\" name=\"go\" value=\"\(step)\" tabindex=\"-1\" aria-hidden=\"true\"></button>"
    }

    private func errors(_ labels: [(String, String)]) -> HTML {
        Parts.errors(refusal, labels: labels.map { (field: $0.0, id: $0.1) }, t)
    }

    private func progress(_ current: Int) -> HTML {
        let names = [t("report.step_what|What"), t("report.step_where|Where"), t("report.step_when|When")]
        let steps: [HTML] = names.enumerated().map { index, name in
            let mark: HTML =
                index + 1 == current ? " aria-current=\"step\"" : index + 1 < current ? " data-done" : .empty
            return "<li\(mark)>\(name)</li>"
        }
        return """
            <div class="progress stack tight"><p class="soft">\(t("report.step|Step {n} of 3", ["n": String(current)]))</p>\
            <ol class="steps" aria-hidden="true">\(steps)</ol></div>
            """
    }

    /// The answers of the other steps.
    private func carried(except own: Set<String>) -> HTML {
        var fields: [(String, String)] = [
            ("kind", draft.kind?.rawValue ?? ""), ("place", draft.place), ("zone", draft.zone),
            ("latitude", draft.latitude), ("longitude", draft.longitude), ("when", draft.when), ("words", draft.words),
            ("files_gone", draft.hadFiles ? "yes" : ""),
        ]
        if !own.contains("salute") {
            fields += [
                ("size", draft.salute.size ?? ""), ("activity", draft.salute.activity ?? ""),
                ("uniform", draft.salute.uniform ?? ""), ("equipment", draft.salute.equipment ?? ""),
            ]
        }
        return Parts.hidden(fields.filter { !own.contains($0.0) })
    }

    private func promise(isOpen: Bool) -> HTML {
        """
        <details class="promise"\(isOpen ? " open" : .empty as HTML)><summary>\(Parts.icon("shield"))\(t("report.never|What we never ask"))</summary>\
        <div class="stack tight"><ul class="ticks"><li>\(Parts.icon("cross", class: "no"))<span>\(t("report.never_1|Your name, your papers or where you were born."))</span></li>\
        <li>\(Parts.icon("cross", class: "no"))<span>\(t("report.never_2|The name or home of any officer."))</span></li>\
        <li>\(Parts.icon("check", class: "yes"))<span>\(t("report.sealed|Your words are sealed. Only our trained team can open them."))</span></li>\
        <li>\(Parts.icon("check", class: "yes"))<span>\(t("report.deleted|We delete reports that were not true after {span}.", ["span": t.span(site.timings.keepUnfounded)]))</span></li></ul>\
        <p class="hint">\(t("report.not_promised|One thing we can't promise: if someone takes over this server while it runs, they could read new reports."))</p></div></details>
        """
    }
}

/// The code, what happens next, and what to do if it is happening to you.
struct ReceiptPage {
    let site: Site
    let t: Words
    let code: ReporterCode
    /// The same form was sent before with other words: the first version stands.
    let isChanged: Bool

    var body: HTML {
        """
        <div class="stack"><div class="row no-print"><span class="state good large">\(Parts.icon("check-circle"))\(t("receipt.have|We have it"))</span></div>\
        <h1 class="no-print">\(t("receipt.thanks|Thank you. We will check this."))</h1>\(changed)\
        \(CodeCard(t: t, code: code).html)\
        <section class="stack close no-print"><h2>\(t("receipt.next|What happens next"))</h2><ol class="numbered">\
        <li>\(t("receipt.next_1|A trained person reads it, in about 2 minutes."))</li>\
        <li>\(t("receipt.next_2|We ask people nearby to go and look."))</li>\
        <li>\(t("receipt.next_3|You see the answer with your code. It may be “nothing was there”."))</li></ol></section>\
        <div class="no-print">\(Happening(site: site, t: t).html)</div>\
        <div class="row no-print"><a class="button" href="/now">\(t("happening.now|See what is happening"))</a>\
        <a class="button quiet" href="/report/answer">\(t("receipt.answer|See the answer, or add more"))</a></div></div>
        """
    }

    private var changed: HTML {
        guard isChanged else { return .empty }
        return """
            <div class="note warn">\(Parts.icon("info"))<p>\(t("receipt.changed|You sent this form before. We keep the first version. Add what is new with your code."))</p></div>
            """
    }
}
