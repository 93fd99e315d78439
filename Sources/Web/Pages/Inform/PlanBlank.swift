// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit

/// `/plan/blank`: the whole plan with lines to write on, for printers and for browsers without scripts.
struct PlanBlank {
    let site: Site
    let rights: Rights
    let t: Words

    /// On paper one starts another sheet rather than having eight empty places.
    private static let mostRows = 4

    var body: HTML {
        let plan = site.pack.plan
        let topics: [HTML] = plan.topics.map { topic in
            let isGone = rights.standing(of: plan.form.rests) == .recalled
            let form: HTML =
                topic.form == nil || isGone
                ? .empty : PlanTopic.card(plan.form.rests, PlanAffidavit(form: plan.form, t: t).blank)
            return """
                <section class="sheet stack close plan-topic" aria-labelledby="\(topic.id)-h">\
                \(PlanTopic(site: site, rights: rights, topic: topic, t: t).heading)\(form)\((topic.groups ?? []).map { group($0, topic) })</section>
                """
        }
        return """
            \(PlanSlots(t: t).html)<header class="stack close"><p class="no-print"><a class="back" href="/plan">\(Parts.icon("back", class: "turns"))\
            \(t("plan.title|Family plan"))</a></p><h1>\(t("plan.title|Family plan"))</h1>\
            <p class="lead">\(t("plan.blank_lead|Print it and fill it in by hand. One page for each topic."))</p>\
            <p>\(t("plan.blank_care|Keep it where your family finds it and strangers do not."))</p>\
            <p class="no-print needs-script"><button type="button" class="accent" data-print>\(Parts.icon("print"))\
            \(t("plan.print|Print"))</button></p></header>\(topics)\
            \(GuideNotice(rights: rights, t: t, state: plan.states[t.language.code] ?? .draft).html)
            """
    }

    private func group(_ group: Plan.Group, _ topic: Plan.Topic) -> HTML {
        let warn: HTML = group.warn.map { "<p\($0.mark(t))><b>\($0(t.language))</b></p>" } ?? .empty
        let rows: [HTML] = (1...max(1, min(group.rows, Self.mostRows))).map { number in
            let name: HTML =
                group.name.map { name in
                    """
                    <p\(name.mark(t))><b>\(name(t.language))\(group.rows == 1 ? "" : " \(number)")</b></p>
                    """
                } ?? .empty
            return "<div class=\"plan-row\(group.list == true ? " list" : "")\">\(name)\(group.fields.map(line))</div>"
        }
        return "<div class=\"stack close\">\(warn)\(rows)</div>"
    }

    private func line(_ field: Plan.Field) -> HTML {
        let name: HTML = "<span\(field.name.mark(t))>\(field.name(t.language))</span>"
        return switch field.kind {
        case .check: "<p class=\"by-hand\"><span class=\"box\"></span> \(name)</p>"
        case .area:
            "<p class=\"by-hand\">\(name) <span class=\"rule\"></span></p><p class=\"by-hand\"><span class=\"rule\"></span></p>"
        case .line, .short, .phone, .email: "<p class=\"by-hand\">\(name) <span class=\"rule\"></span></p>"
        }
    }
}

extension PlanAffidavit {
    /// What each item means in the reader's language, and one empty sheet in English.
    var blank: HTML {
        let means: [HTML] = form.items.map { item in
            "<li>\(item.number). <span\(item.means.mark(t))>\(item.means(t.language))</span></li>"
        }
        return """
            <p>\(t("plan.compare|Compare our copy with the state’s own text before anybody signs it:")) \
            <a href="\(form.source.url)" rel="noreferrer" lang="en">\(form.source.name)</a></p>\
            <p><b>\(t("plan.items_school|Items 1 to 4: school, and health care for school"))</b>. \
            <b>\(t("plan.items_health|Items 5 to 8: only for a relative, for other health care too"))</b>.</p>\
            <ul>\(means)</ul>\(paper(1))
            """
    }
}
