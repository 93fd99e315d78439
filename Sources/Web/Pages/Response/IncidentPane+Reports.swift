// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response

extension IncidentPane {
    /// The reports with what can be done about each; their words stand in the timeline too.
    var reports: HTML {
        guard !detail.reports.isEmpty, caller.can(.triage) else { return .empty }
        // The keys are for the newest that may be spam or has to be asked about.
        let keyed = detail.reports.last { $0.report.state != .spam }?.report.id
        let rows: [HTML] = detail.reports.map { entry in
            let report = entry.report
            var reasons = (entry.reasons + [entry.why.threshold].compactMap(\.self)).map(sentence)
            if let mover = entry.linkedBy {
                let name = detail.handles[mover] ?? t("person.former|Former member")
                reasons.append(t("timeline.by|By {name}.", ["name": name]))
            }
            let why = reasons.joined(separator: " ")
            return """
                <li><div class="stack tight"><p class="meta"><strong>\(t(report.channel.label))</strong>\
                \(Parts.time(report.receivedAt, now: site.now, t))<span>\(Language.known.first { $0.code == report.language }?.name ?? report.language)</span>\
                <span>\(t(report.state.label))</span></p>\(ReportWordsView(site: site, t: t, entry: entry, back: path).html)\
                <p class="hint">\(t("incident.why|Why it is here:")) \(why)</p>\(others(entry))\(triage(report, isKeyed: report.id == keyed))\(thread(entry))</div></li>
                """
        }
        let title = t("incident.reports_in|{n} report in this incident|{n} reports in this incident", n: rows.count)
        let isUnread = detail.reports.contains { $0.thread?.hasUnread(from: .reporter) ?? false }
        let isOpen: HTML = isUnread || refusal?.fields["message"] != nil ? " open" : .empty
        return """
            <details class="fold" id="reports-fold"\(isOpen)><summary>\(Parts.icon("gather"))\(title)</summary>\
            <ul class="rows plain">\(rows)</ul></details>
            """
    }

    private func sentence(_ phrase: Phrase) -> String {
        let words = t(phrase)
        return words.hasSuffix(".") || words.hasSuffix("。") ? words : words + "."
    }

    /// What else it speaks of.
    private func others(_ entry: IncidentDetail.ReportEntry) -> HTML {
        let rows: [HTML] = entry.others.map { one in
            let name = "\(t(one.kind.label)), \(site.placeName(one.zone, t))"
            return "<a href=\"/board/incidents/\(one.id)\">\(name)</a> "
        }
        guard !rows.isEmpty else { return .empty }
        let away = Parts.button(
            "\(path)/links/removal",
            "\(Parts.icon("undo"))\(t("incident.unlink|Not about this one"))",
            token: token,
            class: "small quiet",
            fields: [("report", entry.report.id.text)] + sight.fields
        )
        return "<div class=\"row\"><span>\(t("incident.also_in|Also about:")) \(rows)</span>\(away)</div>"
    }

    private func thread(_ entry: IncidentDetail.ReportEntry) -> HTML? {
        entry.thread.map {
            MailboxDesk(
                site: site,
                t: t,
                caller: caller,
                token: token,
                path: path,
                thread: $0,
                form: form,
                refusal: refusal
            )
            .html
        }
    }

    private func triage(_ report: Report, isKeyed: Bool) -> HTML {
        let fields = [("report", report.id.text)]
        if report.state == .spam {
            return Parts.button(
                "\(path)/spam",
                "\(Parts.icon("undo"))\(t("incident.not_spam|It is not spam"))",
                token: token,
                class: "small quiet",
                fields: fields + [("undo", "yes")]
            )
        }
        let asked: HTML =
            report.state == .needsMore
            ? """
            <div class="row"><span>\(report.question.map { t($0.label) } ?? "")</span>\
            \(Parts.button("\(path)/needs-more", "\(Parts.icon("undo"))\(t("incident.withdraw_question|Take the question back"))", token: token, class: "small quiet", fields: fields + [("undo", "yes")]))</div>
            """
            : .empty
        let questions: [HTML] = ReportQuestion.allCases.map {
            "<option value=\"\($0.rawValue)\">\(t($0.label))</option>"
        }
        return """
            \(asked)<div class="row"><form class="row" method="post" action="\(path)/needs-more">\(Parts.hidden([("_token", token)] + fields))\
            <label class="visually-hidden" for="ask-\(report.id)">\(t("incident.ask|Ask the reporter"))</label>\
            <select class="short" id="ask-\(report.id)" name="question"\(isKeyed ? " data-key=\"q\" data-key-leads" : .empty as HTML)>\(questions)</select>\
            <button class="small">\(t("incident.ask|Ask the reporter"))\(isKeyed ? "<kbd>Q</kbd>" : .empty as HTML)</button></form>\
            \(Parts.button("\(path)/spam", "\(Parts.icon("trash"))\(t("incident.spam|Spam"))", token: token, class: "small quiet", key: isKeyed ? "z" : nil, fields: fields))\(also(report))</div>
            """
    }

    private func also(_ report: Report) -> HTML {
        let query = "?act=also&report=\(report.id.text)"
        return """
            <a class="button small quiet" href="\(path)\(query)" data-pane="\(path)/pane\(query)">\
            \(Parts.icon("gather"))\(t("incident.also|Also about…"))</a>
            """
    }
}
