// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response

/// What can be done next with an incident: one button that is the next step, and the others at the foot.
struct IncidentSteps {
    let t: Words
    let caller: Caller
    let token: String
    let detail: IncidentDetail
    let sight: IncidentSight
    let now: Instant
    /// Where those who are sent by one key meet, as far as it is known.
    let meeting: String?
    /// Only a neighborhood or a city is known: one key sends nobody.
    let asksWhere: Bool

    private var card: Board.Card { detail.card }
    private var path: String { "/board/incidents/\(card.id.text)" }
    private var lock: [(String, String)] { sight.fields }
    private var isGoingOn: Bool { card.state == .answered && card.truth == .confirmed && !card.isOver }

    var primary: HTML {
        guard card.mergedInto == nil else { return .empty }
        switch card.state {
        case .unverified, .verifying:
            if !detail.isAsking, caller.can(.dispatch) {
                guard !detail.runCard.lines.isEmpty else {
                    return link("send", "s", t("incident.send_title|Send people"), class: "button first")
                }
                if asksWhere {
                    return link("send", "s", t("incident.send_card|Send the run card"), class: "button first")
                }
                return Parts.button(
                    "\(path)/run-card",
                    "\(t("incident.send_card|Send the run card"))",
                    token: token,
                    class: "first",
                    key: "s",
                    fields: lock + (meeting.map { [("meeting", $0)] } ?? [])
                )
            }
            if caller.can(.verify) {
                return link("confirmed", "c", t("incident.answer|Say what is true"), class: "button first")
            }
            guard card.state == .unverified, caller.can(.triage) else { return .empty }
            return Parts.button(
                "\(path)/verifying",
                "\(t("incident.start|I am checking this"))",
                token: token,
                class: "first",
                key: "w",
                fields: lock
            )
        case .answered:
            if isGoingOn, caller.can(.answer) {
                return card.needsReview(at: now)
                    ? Parts.button(
                        "\(path)/review",
                        "\(t("incident.review|Still going on"))",
                        token: token,
                        class: "first",
                        key: "r",
                        fields: lock
                    )
                    : Parts.button(
                        "\(path)/over",
                        "\(t("incident.over|It is over"))",
                        token: token,
                        class: "first",
                        key: "o",
                        fields: lock
                    )
            }
            guard caller.can(.closeIncident) else { return .empty }
            return Parts.button(
                "\(path)/closure",
                "\(t("incident.close|Close it"))",
                token: token,
                class: "first",
                key: "x",
                fields: lock
            )
        case .closed:
            guard caller.can(.closeIncident), detail.afterAction == nil else { return .empty }
            return link("debrief", "b", t("incident.debrief|Write the debrief"), class: "button first")
        }
    }

    var foot: HTML {
        let record: HTML =
            "<a class=\"button quiet push\" href=\"\(path)/record\">\(t("incident.record|Full record"))</a>\(hold)"
        guard card.mergedInto == nil else { return "<div class=\"acts\">\(record)</div>" }
        let found = group(t("incident.group_found|What you found"), answers)
        let itself = t("incident.group_itself|The incident")
        // As long as nobody knows, looking stands before saying what was found.
        let groups =
            isBeingChecked
            ? group(t("incident.group_check|Check it"), checking) + found + group(itself, others)
            : found + group(itself, checking + others)
        return """
            <div class="acts" role="group" aria-label="\(t("incident.actions|Actions"))">\(groups)\(record)</div>
            """
    }

    private var isBeingChecked: Bool { card.state == .unverified || card.state == .verifying }

    private func group(_ name: String, _ steps: HTML) -> HTML {
        guard !steps.isEmpty else { return .empty }
        return """
            <div class="group" role="group" aria-label="\(name)"><p aria-hidden="true">\(name)</p>\(steps)</div>
            """
    }

    private var hold: HTML {
        guard caller.can(.holdLegally) else { return .empty }
        return "<a class=\"button quiet\" href=\"\(path)/hold\">\(t("hold.title|Legal hold"))</a>"
    }

    private var answers: HTML {
        guard caller.can(.verify), card.state != .closed else { return .empty }
        return """
            \(link("confirmed", "c", t("incident.confirmed|Confirmed")))\(link("not", "n", t("incident.not|Not officers")))\
            \(link("unfounded", "u", t("incident.unfounded|Nothing there")))\(link("unable", "i", t("incident.unable|Could not check")))
            """
    }

    /// Who goes, and who looks.
    private var checking: HTML {
        var html = HTML.empty
        if caller.can(.dispatch), card.state != .closed {
            let others = detail.isAnybodySent ? t("incident.send|Send others") : t("incident.send_first|Send people")
            html += link("send", "e", others)
            if detail.isAnybodySent { html += link("meet", "l", t("incident.meeting|Where they meet")) }
        }
        if caller.can(.triage) {
            if card.state == .unverified, detail.isAsking || caller.can(.dispatch) || caller.can(.verify) {
                html += step("verifying", "w", t("incident.start|I am checking this"))
            }
            if card.state == .verifying, !detail.isAnybodySent {
                html += step("waiting", "w", t("incident.stop_checking|Put it back"))
            }
        }
        return html
    }

    private var others: HTML {
        var html = HTML.empty
        let isClosed = card.state == .closed
        if caller.can(.triage) { html += link("title", "t", t("incident.rename|Rename")) }
        if caller.can(.answer), card.state == .answered, card.truth == .confirmed {
            if card.isOver { html += step("resumption", "r", t("incident.resume|It is still going on")) }
            if isGoingOn {
                html +=
                    card.needsReview(at: now)
                    ? step("over", "o", t("incident.over|It is over"))
                    : step("review", "r", t("incident.review|Still going on"))
            }
        }
        if isGoingOn, caller.can(.draftAlert) {
            html += Parts.button(
                BroadcastPages.path,
                "\(t("broadcast.write|Write an alert"))",
                token: token,
                key: "a",
                fields: [("incident", card.id.text)]
            )
        }
        // While the machine suggests one, its key merges that.
        if caller.can(.merge), !isClosed {
            let key = detail.suggestions.isEmpty ? "m" : nil
            html += link("merge", key, t("incident.merge_other|Merge with another"))
        }
        if caller.can(.merge), detail.reports.count > 1 { html += link("split", "p", t("incident.split|Split")) }
        if caller.can(.closeIncident) {
            if isGoingOn { html += step("closure", "x", t("incident.close|Close it")) }
            if isClosed { html += step("reopening", "v", t("incident.reopen|Open it again")) }
            if card.state == .answered || isClosed { html += link("debrief", "b", t("incident.debrief_short|Debrief")) }
            let isBehindUs = card.state == .answered || isClosed
            if !card.isExercise, isBehindUs || detail.assignments.contains(where: { $0.arrivedAt != nil }),
                !detail.timeline.contains(where: { $0.kind == "incident.hard" })
            {
                html += step("care", nil, t("incident.hard|This was hard: ask how people are"))
            }
        }
        return html
    }

    private func link(_ act: String, _ key: String?, _ label: String, class style: String = "button") -> HTML {
        let keyed: HTML = key.map { " data-key=\"\($0)\"" } ?? .empty
        let mark: HTML = key.map { " <kbd>\($0.uppercased())</kbd>" } ?? .empty
        return """
            <a class="\(style)"\(keyed) href="\(path)?act=\(act)" data-pane="\(path)/pane?act=\(act)">\(label)\(mark)</a>
            """
    }

    private func step(_ resource: String, _ key: String?, _ label: String) -> HTML {
        Parts.button("\(path)/\(resource)", "\(label)", token: token, key: key, fields: lock)
    }
}
