// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Response

/// The words of each language, how long it holds, and at the end the passphrase that asks for the second person. Saving
/// and asking are two buttons of one form: nothing that was typed is lost on the way.
struct BroadcastForm {
    let page: BroadcastPage
    let telling: Telling

    private var t: Words { page.t }
    private var one: Broadcast { page.detail.broadcast }
    private var path: String { "\(BroadcastPages.path)/\(one.id)" }
    private var errors: [String: Phrase] { page.refusal?.fields ?? [:] }
    /// What was typed stays where it was refused.
    private var isTyped: Bool { page.form.optional("hours") != nil }

    static func words(_ form: Form, _ languages: [String]) -> [String: TellingWords] {
        languages.reduce(into: [:]) { all, language in
            all[language] = TellingWords(
                subject: form["subject-\(language)"],
                known: form["known-\(language)"],
                todo: form["todo-\(language)"]
            )
        }
    }

    var html: HTML {
        let languages: [HTML] = Site.alertLanguages.map(language)
        let name = t(telling.act.label)
        return """
            <form class="stack close" method="post" action="\(path)/words">\
            \(Parts.hidden([("_token", page.token), ("version", "\(one.version)")]))\
            <div class="columns">\(languages)</div>\(hours)\
            <div class="turn"><button formnovalidate>\(Parts.icon("eye"))\(t("broadcast.save|Save and see how it arrives"))</button></div>\
            \(BroadcastPreviewPart(page: page, telling: telling).html)\
            <section class="sheet stack close" aria-labelledby="ask-h"><h3 id="ask-h">\(t("broadcast.ask|Ask a second person to send it"))</h3>\
            <p>\(t("broadcast.ask_words|Nobody can approve their own words. Communicators and coordinators are told now."))</p>\
            \(ConfirmFields(site: page.site, t: t, caller: page.caller, errors: errors).html)\
            <div class="turn"><button class="first" formaction="\(path)/request">\(Parts.icon("people"))\
            \(t("broadcast.ask_button|Ask for the second key"))<span class="visually-hidden">: \(name)</span></button></div></section></form>\
            \(Parts.button("\(path)/discarding", "\(Parts.icon("trash"))\(t("broadcast.discard|Throw it away"))", token: page.token, class: "quiet"))
            """
    }

    private func language(_ code: String) -> HTML {
        let kept = page.detail.words[telling.id]?[code]
        func value(_ field: String, _ stored: String?) -> String {
            isTyped ? page.form["\(field)-\(code)"] : stored ?? ""
        }
        let name = page.site.library.language(code)?.name ?? code
        let lang: HTML = " lang=\"\(code)\""
        let subject = Ask(
            name: "subject-\(code)",
            label: t("broadcast.subject|Title"),
            value: value("subject", kept?.subject),
            limit: TellingWords.longestSubject,
            control: .line(type: "text", attributes: lang),
            error: errors["subject-\(code)"]
        )
        let known = Ask(
            name: "known-\(code)",
            label: t("broadcast.known|What is known"),
            value: value("known", kept?.known),
            limit: TellingWords.longestKnown,
            control: .area(rows: 4),
            error: errors["known-\(code)"]
        )
        let todo = Ask(
            name: "todo-\(code)",
            label: t("broadcast.todo|What to do"),
            value: value("todo", kept?.todo),
            limit: TellingWords.longestTodo,
            control: .area(rows: 3),
            error: errors["todo-\(code)"]
        )
        return """
            <fieldset class="sheet stack tight"><legend class="large" lang="\(code)">\(name)</legend>\
            \(subject.html(t))\(known.html(t))\(todo.html(t))</fieldset>
            """
    }

    private var hours: HTML {
        guard telling.act == .alert else {
            return Parts.hidden([("hours", "\(Int(one.lasts.inSeconds) / 3_600)")])
        }
        let range = one.isAlert ? Array(Broadcast.alertHours) : [2, 4, 8, 12, 24]
        let chosen = page.form.optional("hours") ?? "\(Int(one.lasts.inSeconds) / 3_600)"
        let options = range.map { (value: "\($0)", label: t("broadcast.for_hours|{n} hour|{n} hours", n: $0)) }
        let hint =
            one.isAlert
            ? t("broadcast.hours_hint|Then the all-clear goes out by itself. Somebody looks again every 30 minutes.")
            : t("broadcast.hours_hint_notice|Who was not reached by then is not told. Quiet hours are kept.")
        return Ask(
            name: "hours",
            label: t("broadcast.hours_label|It holds for"),
            hint: hint,
            value: chosen,
            control: .choice(options: options),
            error: errors["hours"]
        ).html(t)
    }
}

/// How it will arrive, at whom, at what cost and how fast.
struct BroadcastPreviewPart {
    let page: BroadcastPage
    let telling: Telling

    private var t: Words { page.t }
    private var detail: BroadcastDetail { page.detail }

    var html: HTML {
        """
        <section class="stack close" id="preview" aria-labelledby="preview-h"><h3 id="preview-h">\(t("broadcast.preview|How it arrives"))</h3>\
        <div class="columns">\(Site.alertLanguages.map(bubble))</div>\(table)</section>
        """
    }

    /// The text message itself, with its parts counted as the network does.
    private func bubble(_ code: String) -> HTML {
        let name = page.site.library.language(code)?.name ?? code
        guard let text = detail.texts[code] else {
            return """
                <div class="bubble-side"><h4 lang="\(code)">\(name)</h4>\
                <p class="hint">\(t("broadcast.no_words|Nothing is written in this language. Its readers get English."))</p></div>
                """
        }
        let parts = Segments(text.short)
        let small: HTML =
            parts.alphabet == .ucs2
            ? Parts.state(
                "warn",
                "alert",
                t(
                    "broadcast.small_alphabet|Letters that make it dear: {letters}",
                    ["letters": parts.outside.prefix(8).map(String.init).joined(separator: " ")]
                )
            ) : .empty
        return """
            <div class="bubble-side"><h4 lang="\(code)">\(name)</h4><p class="hint">\(t("broadcast.mail_title|Title in mails:")) <span lang="\(code)">\(text.subject)</span></p>\
            <p class="bubble" lang="\(code)">\(text.short)</p>\
            <p class="meta"><span>\(t("broadcast.parts|{n} part as a text message|{n} parts as a text message", n: parts.count))</span>\
            <span>\(t("broadcast.letters|{n} letter|{n} letters", n: parts.units))</span>\(small)</p></div>
            """
    }

    private var table: HTML {
        guard let preview = detail.preview else { return .empty }
        guard !preview.lines.isEmpty else {
            return Parts.note(
                "",
                "info",
                t("broadcast.nobody|Nobody subscribed around here. It still stands on the public page.")
            )
        }
        let rows: [HTML] = preview.lines.map(row)
        let total = preview.count
        return """
            <p>\(Parts.icon("map", class: "inline")) \(reach)</p><div class="tables"><table><caption>\(t("broadcast.who|Who gets it"))</caption><thead><tr><th scope="col">\(t("contact.channel|How"))</th>\
            <th scope="col" class="number">\(t("channels.count|People"))</th><th scope="col">\(t("settings.language|Language"))</th>\
            <th scope="col" class="number">\(t("broadcast.cost|Cost"))</th><th scope="col" class="number">\(t("broadcast.takes|Takes"))</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div>\
            <p><strong>\(t("broadcast.total|{n} person in all|{n} people in all", n: total))</strong> · \
            \(t("broadcast.total_cost|about {cost}, done in {time}", ["cost": Self.money(preview.cost), "time": t.span(preview.takes)]))</p>
            """
    }

    /// The places whose neighbors get it, the nearest first.
    private var reach: String {
        let one = detail.broadcast
        guard telling.act == .alert else {
            return t("broadcast.reach_readers|Goes to everybody who got the first message.")
        }
        guard let place = page.site.places.place(one.zone) else {
            return t("broadcast.reach_all|Goes to everybody who wants to hear about this.")
        }
        let near = Bulletin.audience(around: place, in: page.site.places)
            .filter { $0.value < 1_000 && page.site.places.place($0.key)?.kind != .landmark }
            .sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        let names = near.prefix(8).map { page.site.placeName($0.key, t) }
        let more = near.count - names.count
        let rest = more > 0 ? " " + t("broadcast.reach_more|and {n} more place.|and {n} more places.", n: more) : ""
        return t("broadcast.reach|Reaches {places}", ["places": names.joined(separator: ", ")]) + rest
    }

    private func row(_ line: BroadcastPreview.Line) -> HTML {
        let languages = line.languages.map { reader in
            let name = page.site.library.language(reader.language)?.name ?? reader.language
            let parts = line.channel == .sms ? " × \(reader.parts)" : ""
            let english = reader.getsEnglish ? " (\(t("broadcast.in_english|in English")))" : ""
            return "\(name): \(Self.few(reader.count))\(parts)\(english)"
        }
        let (cost, takes): (HTML, HTML) =
            line.isClosed
            ? (Parts.state("warn", "alert", t("broadcast.closed|nobody carries this")), "–")
            : ("\(Self.money(line.cost))", "\(t.span(line.takes))")
        return """
            <tr><th scope="row">\(t(line.channel.label))</th><td class="number" data-label="\(t("channels.count|People"))">\(Self.few(line.count))</td>\
            <td data-label="\(t("settings.language|Language"))">\(languages.joined(separator: ", "))</td>\
            <td class="number" data-label="\(t("broadcast.cost|Cost"))">\(cost)</td><td class="number" data-label="\(t("broadcast.takes|Takes"))">\(takes)</td></tr>
            """
    }

    /// A small number next to a language and a place can be a person.
    static func few(_ count: Int) -> String { count < 5 ? "< 5" : "\(count)" }

    /// Millionths of a dollar, to the cent and never less than what it may cost.
    static func money(_ millionths: Int) -> String {
        let cents = millionths / 10_000 + (millionths % 10_000 > 0 ? 1 : 0)
        return "$\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }
}
