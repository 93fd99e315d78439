// SPDX-License-Identifier: AGPL-3.0-or-later
import Inform
import Kit

/// The caregiver's authorization affidavit: asked in the reader's language, printed in English, one sheet a child.
struct PlanAffidavit {
    let form: Plan.Form
    let t: Words

    var html: HTML {
        let check: HTML =
            form.recheck
            ? """
            <p>\(t("plan.compare|Compare our copy with the state’s own text before anybody signs it:")) \
            <a href="\(form.source.url)" rel="noreferrer" lang="en">\(form.source.name)</a></p>
            """ : .empty
        let rows: [HTML] = (1...max(1, form.rows)).map { row in
            row == 1 ? fields(row) + paper(row) : fields(row) + paper(row, isHidden: true)
        }
        return """
            <div class="note warn no-print">\(Parts.icon("info"))\(check)\
            <p>\(t("plan.sign|Print it. The caregiver reads the English, checks it, and signs by hand when the child lives with them."))</p></div>\
            <div class="stack close">\(rows)<p class="row no-print needs-script">\
            <button type="button" class="small quiet" data-plan-add="caregiver.form">\(Parts.icon("plus"))\
            \(t("plan.add_form|Form for another child"))</button>\
            <button type="button" class="small quiet" data-plan-copy>\(Parts.icon("copy"))\
            \(t("plan.copy_names|Fill in from “Your children”"))</button></p>\
            <p class="hint no-print" role="status" data-plan-copied></p></div>
            """
    }

    private func fields(_ row: Int) -> HTML {
        let parts: [(HTML, ClosedRange<Int>)] = [
            ("\(t("plan.items_school|Items 1 to 4: school, and health care for school"))", 1...4),
            ("\(t("plan.items_health|Items 5 to 8: only for a relative, for other health care too"))", 5...8),
        ]
        let blocks: [HTML] = parts.map { title, numbers in
            let asks: [HTML] = form.items.filter { numbers.contains($0.number) }.map { ask($0, row) }
            return "<p><b>\(title)</b></p>\(asks)"
        }
        return """
            <fieldset class="plan-row no-print" data-plan-row="caregiver.form.\(row)"><legend>\
            \(t("plan.form_for|Form for child {n}", ["n": String(row)]))</legend>\(blocks)</fieldset>
            """
    }

    private func ask(_ item: Plan.Form.Item, _ row: Int) -> HTML {
        let english: HTML =
            t.language == .english || item.kind == .check
            ? .empty : "<br><small class=\"soft\" lang=\"en\" dir=\"ltr\">\(item.english)</small>"
        let from: HTML = item.from.map { " data-plan-from=\"\($0)\"" } ?? .empty
        return PlanField(key: "caregiver.form.\(row).\(item.id)", kind: item.kind, t: t).html(
            label: "\(item.number). <span\(item.means.mark(t))>\(item.means(t.language))</span>\(english)",
            also: from
        )
    }

    /// The sheet for the school or the clinic. `data-plan-fill` is where the script puts the answers.
    func paper(_ row: Int, isHidden: Bool = false) -> HTML {
        let items: [HTML] = form.items.map { item in
            let key = "caregiver.form.\(row).\(item.id)"
            return item.kind == .check
                ? """
                <li><span class="n">\(item.number).</span> <span class="box" data-plan-fill="\(key)"></span> <span>\(item.english).</span></li>
                """
                : """
                <li><span class="n">\(item.number).</span> <span>\(item.english):</span> \
                <span class="rule" translate="no" data-plan-fill="\(key)"></span></li>
                """
        }
        let head: [HTML] = form.head.map { "<p>\($0)</p>" }
        let foot: [HTML] = form.foot.map { "<p>\($0)</p>" }
        let notices: [HTML] = form.notices.map { "<li>\($0)</li>" }
        return """
            <article class="affidavit only-print" lang="en" dir="ltr" data-plan-paper="caregiver.form.\(row)"\(isHidden ? " hidden" : "" as HTML)>\
            <p class="title">\(form.title)</p>\(head)<ol>\(items)</ol>\(foot)\
            <p class="signing"><span>Dated: <span class="rule"></span></span> <span>Signed: <span class="rule"></span></span></p>\
            <p>Notices:</p><ol class="notices">\(notices)</ol></article>
            """
    }
}
