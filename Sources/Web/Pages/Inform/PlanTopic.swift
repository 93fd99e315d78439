// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit

/// One topic of the plan with its questions, a page of its own on paper.
struct PlanTopic {
    let site: Site
    let rights: Rights
    let topic: Plan.Topic
    let t: Words

    /// The affidavit and its words go when what they rest on was taken back.
    private var isGone: Bool {
        topic.form != nil && rights.standing(of: site.pack.plan.form.rests) == .recalled
    }

    var html: HTML {
        let form: HTML = topic.form == nil || isGone ? .empty : Self.card(site.pack.plan.form.rests, affidavit)
        return """
            <section class="sheet stack close plan-topic" id="\(topic.id)" aria-labelledby="\(topic.id)-h">\(heading)\(form)\
            \((topic.groups ?? []).map(group))<p class="no-print"><a href="#main">\(t("plan.top|Back to the top"))</a></p></section>
            """
    }

    private var affidavit: HTML { PlanAffidavit(form: site.pack.plan.form, t: t).html }

    /// Marked for the worker, which takes it out where one of its facts was taken back since the page was kept.
    static func card(_ names: [String], _ html: HTML) -> HTML {
        "<!--card \(names.joined(separator: " "))-->\(html)<!--/card-->"
    }

    /// Name, words, steps and facts: the same on the screen and on the blank paper.
    var heading: HTML {
        let words: HTML =
            isGone
            ? .empty
            : topic.words.map {
                Self.card(topic.form == nil ? [] : site.pack.plan.form.rests, "<p\($0.mark(t))>\($0(t.language))</p>")
            }
                ?? .empty
        let steps: HTML =
            topic.steps.map { steps in
                let lines: [HTML] = steps.map { "<li><span\($0.mark(t))>\($0(t.language))</span></li>" }
                return "<ol class=\"numbered\">\(lines)</ol>"
            } ?? .empty
        let facts: [HTML] = (topic.facts ?? []).map { id in
            Self.card(
                [id],
                rights.entry(id).map { FactBlock(rights: rights, entry: $0, t: t).html }
                    ?? FactBlock.recalled(id, on: nil, t)
            )
        }
        let law: HTML =
            facts.isEmpty
            ? .empty
            : "<div class=\"plan-facts stack close\" data-edition=\"\(rights.edition(of: topic.facts ?? []))\">\(facts)</div>"
        return """
            <h2 id="\(topic.id)-h">\(Parts.icon(topic.icon))<span\(topic.name.mark(t))>\(topic.name(t.language))</span></h2>\
            \(words)\(steps)\(law)
            """
    }

    private func group(_ group: Plan.Group) -> HTML {
        let warn: HTML =
            group.warn.map {
                "<div class=\"note warn\">\(Parts.icon("alert"))<p\($0.mark(t))>\($0(t.language))</p></div>"
            }
            ?? .empty
        let rows: [HTML] = (1...max(1, group.rows)).map { row($0, of: group) }
        let add: HTML =
            group.rows == 1
            ? .empty
            : """
            <p class="no-print needs-script"><button type="button" class="small quiet" data-plan-add="\(topic.id).\(group.id)">\
            \(Parts.icon("plus"))<span>\(t("plan.add|Add another:")) \(spoken(group.name ?? topic.name))</span></button></p>
            """
        return "<div class=\"stack close\">\(warn)\(rows)\(add)</div>"
    }

    private func spoken(_ name: LocalizedText) -> HTML { "<span\(name.mark(t))>\(name(t.language))</span>" }

    private func row(_ row: Int, of group: Plan.Group) -> HTML {
        let name = (group.name ?? topic.name)(t.language)
        let legend: HTML = group.rows == 1 ? "\(name)" : "\(name) \(row)"
        let hidden: HTML = group.name == nil ? " class=\"visually-hidden\"" : .empty
        let fields: [HTML] = group.fields.map { field in
            PlanField(key: "\(topic.id).\(group.id).\(row).\(field.id)", kind: field.kind, t: t)
                .html(
                    label: "<span\(field.name.mark(t))>\(field.name(t.language))</span>",
                    hint: field.hint?(t.language)
                )
        }
        return """
            <fieldset class="plan-row\(group.list == true ? " list" : "")" data-plan-row="\(topic.id).\(group.id).\(row)"\
            \((group.name ?? topic.name).mark(t))><legend\(hidden)>\(legend)</legend>\(fields)</fieldset>
            """
    }
}

/// One question. Its name for the script is `data-plan`: an input without `name`, outside of any form, is never sent.
struct PlanField {
    let key: String
    let kind: Plan.Field.Kind
    let t: Words

    private var id: String { key.replacing(".", with: "-") }

    func html(label: HTML, hint: String? = nil, also: HTML = .empty) -> HTML {
        let hinted: HTML = hint.map { "<p class=\"hint\" id=\"\(id)-hint\">\($0)</p>" as HTML } ?? .empty
        let marks: HTML = """
             id="\(id)" data-plan="\(key)"\(also)\(hint == nil ? .empty : " aria-describedby=\"\(id)-hint\"")
            """
        // What browsers must not do with these words: fill in, check on a server of theirs, correct, translate.
        let private_: HTML = " autocomplete=\"off\" spellcheck=\"false\" autocorrect=\"off\" translate=\"no\""
        switch kind {
        case .check:
            return """
                <label class="check" for="\(id)"><input type="checkbox"\(marks) autocomplete="off"><span>\(label)</span></label>
                """
        case .area:
            return """
                <div class="ask"><label for="\(id)">\(label)</label>\(hinted)<textarea rows="2" maxlength="2000"\(marks)\(private_)>\
                </textarea></div>
                """
        case .line, .short, .phone, .email:
            return """
                <div class="ask"><label for="\(id)">\(label)</label>\(hinted)<input \(type)\(kind == .short ? " class=\"short\"" : "" as HTML) \
                maxlength="200"\(marks)\(private_)></div>
                """
        }
    }

    private var type: HTML {
        switch kind {
        case .phone: "type=\"tel\" dir=\"ltr\""
        case .email: "type=\"email\" dir=\"ltr\" autocapitalize=\"off\""
        case .line, .short, .area, .check: "type=\"text\""
        }
    }
}
