// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response

/// What a person knows and the machine does not: that two incidents are one, or that one report speaks of both.
extension IncidentForms {
    var merge: HTML {
        sheet(
            "merge",
            t("incident.merge_title|Merge with another incident"),
            others(t("incident.merge_which|Which one is the same?")),
            button: t("incident.merge|Merge"),
            hint: t("incident.merge_hint|You can take it apart again. What was answered already stays the answer.")
        )
    }

    /// "Also about": which report, and which incident.
    var also: HTML {
        let rows: [HTML] = detail.reports.filter { $0.report.state != .spam }.map { entry in
            row("report", entry.report.id.text, isChosen: form["report"] == entry.report.id.text, said(entry))
        }
        let fields: HTML = """
            <fieldset id="report"><legend>\(t("incident.also_report|Which report?"))</legend>\(rows)</fieldset>\
            \(others(t("incident.also_which|What else is it about?")))
            """
        return sheet(
            "links",
            t("incident.also_title|A report about something else too"),
            fields,
            button: t("incident.also_button|It is about both"),
            hint: t("incident.also_hint|It stays here, and counts there too. Its reporter sees both answers.")
        )
    }

    /// The channel, the time, the place and the first words of a report.
    func said(_ entry: IncidentDetail.ReportEntry) -> HTML {
        let report = entry.report
        let words = entry.words.content?.words.map { text in
            String(String.UnicodeScalarView(text.unicodeScalars.prefix(140)))
        }
        return """
            \(t(report.channel.label)), \(t.clock(report.receivedAt)), \(site.placeName(report.zone, t))\
            \(words.map { "<br><q lang=\"\(report.language)\">\($0)</q>" as HTML })
            """
    }

    private func others(_ legend: String) -> HTML {
        let rows: [HTML] = alike.map { one in
            let card = one.card
            let name = "\(t(card.kind.label)), \(site.placeName(card.zone, t))"
            let seen = t("incident.alike_seen|seen at {time}", ["time": t.clock(card.firstSeenAt)])
            let reports = t("board.reports|{n} report|{n} reports", n: card.reports)
            return row(
                "other",
                card.id.text,
                isChosen: form["other"] == card.id.text,
                """
                <strong>\(name)</strong> \(TruthMark(card.truth, isOver: card.isOver, state: card.state, t).html)\
                <br><span class="soft">\(seen), \(reports)\(far(one))</span>
                """
            )
        }
        let none = t("incident.alike_none|No other open incident is near in place or time.")
        let nothing: HTML = rows.isEmpty ? "<p>\(none)</p>" : .empty
        let address = Ask(
            name: "address",
            label: t("incident.alike_address|Or paste the address or the number of another incident"),
            value: form["address"],
            limit: 300,
            isOptional: true,
            error: errors["address"]
        )
        return """
            <fieldset id="other"><legend>\(legend)</legend>\(nothing)\(rows)</fieldset>\(address.html(t))\
            <p class="hint">\(t("incident.number|The number of this incident: {id}", ["id": detail.card.id.text]))</p>
            """
    }

    private func far(_ one: AlikeIncident) -> HTML {
        guard let metres = one.metres, metres.isFinite, metres >= 500 else { return .empty }
        return ", \(t("people_side.miles|{miles} miles", ["miles": Match.miles(metres)]))"
    }

    func row(_ name: String, _ value: String, isChosen: Bool, _ label: HTML) -> HTML {
        """
        <label class="check"><input type="radio" name="\(name)" value="\(value)"\(isChosen ? " checked" : "")>\
        <span>\(label)</span></label>
        """
    }
}
