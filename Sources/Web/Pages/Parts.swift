// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// The small pieces that pages are put together from. Class names are those of `Static/app.css`.
enum Parts {
    static func icon(_ name: String, class extra: String = "") -> HTML {
        """
        <svg class="icon\(extra.isEmpty ? "" : " \(extra)")" aria-hidden="true"><use href="/static/sprite.svg#\(name)"/></svg>
        """
    }

    /// A telephone number in one piece: not broken at its hyphens, and from left to right on every page.
    static func telephone(_ number: String) -> HTML { "<bdi class=\"nowrap\" dir=\"ltr\">\(number)</bdi>" }

    /// "Call 213-555-0100".
    static func call(_ number: String, _ t: Words) -> HTML { called(number, t("happening.call|Call {number}")) }

    /// Words with a telephone number in the place of `{number}`.
    static func called(_ number: String, _ words: String) -> HTML {
        guard let place = words.firstRange(of: "{number}") else { return "\(words) \(telephone(number))" }
        let (before, after) = (String(words[..<place.lowerBound]), String(words[place.upperBound...]))
        return "<span>\(before)\(telephone(number))\(after)</span>"
    }

    /// A word and a picture for a state; never color alone.
    static func state(_ tone: String, _ icon: String, _ words: String) -> HTML {
        "<span class=\"state \(tone)\">\(Parts.icon(icon))\(words)</span>"
    }

    /// Relative under an hour, else the time of day; the exact moment is one tap away.
    static func time(_ instant: Instant, now: Instant, _ t: Words, class extra: String = "soft") -> HTML {
        """
        <time class="\(extra)" datetime="\(instant.iso8601)" title="\(t.moment(instant))" data-relative>\
        \(t.ago(instant, now: now))</time>
        """
    }

    /// Names the fields that need another look; stands first in `<main>`.
    static func errors(_ refusal: Refusal?, labels: [(field: String, id: String)] = [], _ t: Words) -> HTML {
        guard let refusal else { return .empty }
        let known = labels.filter { refusal.fields[$0.field] != nil }
        let named = Set(known.map(\.field))
        let rest = refusal.fields.filter { !named.contains($0.key) }.sorted { $0.key < $1.key }
        let lines: [HTML] =
            known.compactMap { label in
                refusal.fields[label.field].map { "<li><a href=\"#\(label.id)\">\(t($0))</a></li>" }
            } + rest.map { "<li>\(t($0.value))</li>" }
        return """
            <div class="errors" role="alert" tabindex="-1" aria-labelledby="errors-h"><h2 id="errors-h">\(t(refusal.message))</h2>\
            \(lines.isEmpty ? .empty : "<ul>\(lines)</ul>")</div>
            """
    }

    /// Hidden fields. Where there is a `_token`, the form also gets a name of its own: see `Once`.
    static func hidden(_ fields: [(String, String)]) -> HTML {
        let once = fields.contains { $0.0 == "_token" } ? [(Once.field, Base64URL.text(RandomBytes.take(9)))] : []
        return HTML(
            bytes: (fields + once).filter { !$0.1.isEmpty }.flatMap { name, value in
                ("<input type=\"hidden\" name=\"\(name)\" value=\"\(value)\">" as HTML).bytes
            }
        )
    }

    /// A whole small form that is only a button.
    static func button(
        _ action: String,
        _ label: HTML,
        token: String,
        class extra: String = "",
        key: String? = nil,
        fields: [(String, String)] = []
    ) -> HTML {
        let keyed: HTML = key.map { " data-key=\"\($0)\"" } ?? ""
        return """
            <form method="post" action="\(action)">\(hidden([("_token", token)] + fields))\
            <button class="\(extra)"\(keyed)>\(label)\(key.map { "<kbd>\($0.uppercased())</kbd>" })</button></form>
            """
    }
}

/// One question: label, hint, its error and the control, joined for screen readers.
struct Ask {
    enum Control {
        case line(type: String, attributes: HTML)
        case area(rows: Int)
        case choice(options: [(value: String, label: String)])
    }

    let name: String
    /// As `name`, unless two forms on a page ask for the same thing.
    var id: String?
    let label: String
    var hint: String?
    var value = ""
    var limit = 200
    var isOptional = false
    var control = Control.line(type: "text", attributes: .empty)
    var error: Phrase?
    /// For a day and a time: which of two was chosen, where the clock shows it twice; nil for every other field.
    var which: String?

    /// A day and a time of day; `value` as `LocalTime.field` writes it.
    static func moment(
        _ name: String,
        id: String? = nil,
        label: String,
        value: String,
        which: String = "",
        attributes: HTML = .empty,
        error: Phrase?
    ) -> Ask {
        Ask(
            name: name,
            id: id,
            label: label,
            value: value,
            control: .line(type: "datetime-local", attributes: attributes),
            error: error,
            which: which
        )
    }

    func html(_ t: Words) -> HTML {
        let optional: HTML =
            isOptional ? " <span class=\"optional\">\(t("form.optional|(if you want)"))</span>" : .empty
        let key = id ?? name
        let described = [hint.map { _ in "\(key)-hint" }, error.map { _ in "\(key)-error" }].compactMap { $0 }
        var marks: HTML = described.isEmpty ? .empty : " aria-describedby=\"\(described.joined(separator: " "))\""
        if error != nil { marks += " aria-invalid=\"true\"" }
        return """
            <div class="ask"><label for="\(key)">\(label)\(optional)</label>\
            \(hint.map { "<p class=\"hint\" id=\"\(key)-hint\">\($0)</p>" as HTML })\
            \(error.map { "<p class=\"error\" id=\"\(key)-error\">\(Parts.icon("alert"))\(t($0))</p>" as HTML })\
            \(error == nil ? .empty : NeverKeptMarks(text: value, t: t).html)\(field(marks))\(twice(t))</div>
            """
    }

    /// Which of two, where clocks go back.
    private func twice(_ t: Words) -> HTML {
        guard let which, case .twice = TypedTime(value) else { return .empty }
        let options = [
            (value: TypedTime.first, label: t("form.time_first|The first, before clocks go back")),
            (value: TypedTime.second, label: t("form.time_second|The second, after clocks go back")),
        ]
        return Ask(
            name: "\(name)-which",
            id: "\(id ?? name)-which",
            label: t("form.time_which|Which one?"),
            value: which,
            control: .choice(options: options)
        ).html(t)
    }

    private func field(_ marks: HTML) -> HTML {
        switch control {
        case .line(let type, let attributes):
            return """
                <input id="\(id ?? name)" name="\(name)" type="\(type)" maxlength="\(limit)" value="\(value)"\(attributes)\(marks)>
                """
        case .area(let rows):
            return """
                <textarea id="\(id ?? name)" name="\(name)" rows="\(rows)" maxlength="\(limit)"\(marks)>
                \(value)</textarea>
                """
        case .choice(let options):
            let lines: [HTML] = options.map { option in
                "<option value=\"\(option.value)\"\(option.value == value ? " selected" : "")>\(option.label)</option>"
            }
            return "<select id=\"\(id ?? name)\" name=\"\(name)\"\(marks)>\(lines)</select>"
        }
    }
}
