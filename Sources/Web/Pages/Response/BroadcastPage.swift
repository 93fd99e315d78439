// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Response

/// One broadcast: what is being written beside how it will arrive and at whom; the second key; and what was told.
struct BroadcastPage {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let detail: BroadcastDetail
    let form: Form
    let refusal: Refusal?

    private var one: Broadcast { detail.broadcast }
    private var path: String { "\(BroadcastPages.path)/\(one.id)" }

    var body: HTML {
        let languages = Site.alertLanguages
        let fields = languages.flatMap { ["subject-\($0)", "known-\($0)", "todo-\($0)"] } + ["hours", "sure"]
        let labels =
            fields.map { (field: $0, id: $0) } + [
                (field: "passphrase", id: "confirm-passphrase"), (field: "code", id: "confirm-code"),
            ]
        return """
            <div class="stack">\(Parts.refusal(refusal, labels: labels, back: path, t))\
            <p><a href="\(BroadcastPages.path)">\(t("broadcast.back|All alerts"))</a></p>\
            <header class="stack tight"><h1>\(title)</h1><p class="meta" data-live="phase">\(BroadcastMark(detail.phase, t).html)\(facts)</p></header>\
            \(drill)\(steps)\(due)\(BroadcastStory(page: self).html)\(inHand)\(next)</div>
            """
    }

    private var title: String {
        one.isAlert
            ? t("prepared.subject|Alert: {place}", ["place": site.zoneName(one.zone, t)])
            : "\(t(one.topicLabel)): \(site.zoneName(one.zone, t))"
    }

    private var facts: HTML {
        var html = HTML.empty
        if let item = detail.item {
            html += LevelMark(item.level, t).html
            if let incident = one.incident {
                html += "<a href=\"/board/incidents/\(incident)\">\(t("broadcast.incident|The incident"))</a>"
            }
        }
        if let until = one.expiresAt, one.ending == nil {
            html += "<span>\(t("broadcast.holds_until|Holds until {time}", ["time": t.clock(until)]))</span>"
        }
        if let ending = one.ending { html += Parts.time(ending.at, now: site.now, t) }
        return html
    }

    private var drill: HTML {
        guard one.isExercise else { return .empty }
        return Parts.note(
            "checking",
            "flag",
            t("board.exercise|Exercise"),
            "<p>\(t("broadcast.drill|This is a drill. Every step is real, and nobody outside is told."))</p>"
        )
    }

    private var steps: HTML {
        guard one.begunAt == nil, one.ending == nil else { return .empty }
        let isWaiting = detail.phase == .waiting
        let all: [(String, HTML)] = [
            (t("broadcast.step_1|1. Write"), isWaiting ? " data-done" : " aria-current=\"step\""),
            (t("broadcast.step_2|2. A second person"), isWaiting ? " aria-current=\"step\"" : .empty),
            (t("broadcast.step_3|3. It goes out"), .empty),
        ]
        return "<ol class=\"steps\">\(all.map { "<li\($0.1)>\($0.0)</li>" as HTML })</ol>"
    }

    private var due: HTML {
        guard let review = one.reviewAt, review <= site.now, one.ending == nil else { return .empty }
        return Parts.note(
            "warn",
            "bell",
            t("broadcast.due|Look again: does it still hold?"),
            "<p>\(t("broadcast.due_words|Every 30 minutes somebody has to look. If nobody does, it ends at {time}.", ["time": t.clock(one.expiresAt ?? review)]))</p>"
        )
    }

    private var inHand: HTML {
        guard let telling = detail.inHand, one.ending == nil else { return .empty }
        let name = t(telling.act.label)
        let heading = telling.act == .alert ? t("broadcast.words|What it says") : name
        switch telling.state {
        case .waiting:
            return """
                <section class="stack close" id="write">\(BroadcastPreviewPart(page: self, telling: telling).html)\
                \(decision(telling))</section>
                """
        case .draft where caller.can(.draftAlert):
            return """
                <section class="stack close" id="write"><h2>\(heading)</h2>\(limit)\
                \(BroadcastForm(page: self, telling: telling).html)</section>
                """
        case .draft:
            return
                "<section class=\"stack close\"><h2>\(heading)</h2>\(BroadcastPreviewPart(page: self, telling: telling).html)</section>"
        case .told, .dropped: return .empty
        }
    }

    /// The area had its share of this hour.
    private var limit: HTML {
        guard !one.isExercise, detail.usedThisHour >= detail.perHour else { return .empty }
        let words = t(
            "broadcast.full|{n} alert reached this area in the last hour.|{n} alerts reached this area in the last hour.",
            n: detail.usedThisHour
        )
        if let person = one.allowedBy {
            let name = detail.handles[person] ?? ""
            return Parts.note(
                "",
                "check",
                "\(words) \(t("broadcast.allowed|{name} allowed one more.", ["name": name]))"
            )
        }
        let button: HTML =
            caller.roles.contains(.coordinator)
            ? Parts.button("\(path)/allowance", "\(t("broadcast.allow|Allow one more"))", token: token)
            : "<p>\(t("broadcast.ask_coordinator|A coordinator can allow one more here."))</p>"
        return Parts.note("warn", "alert", words, button)
    }

    private func decision(_ telling: Telling) -> HTML {
        guard let proposal = detail.proposal else { return .empty }
        let author = telling.writtenBy.flatMap { detail.handles[$0] } ?? ""
        let hidden = [("proposal", proposal.proposal.id.text)]
        if proposal.mayApprove {
            return """
                \(limit)<form class="sheet stack close" method="post" action="\(path)/approval"><h2>\(t("broadcast.your_key|Your key"))</h2>\
                \(Parts.hidden([("_token", token)] + hidden))<p>\(t("broadcast.asked_by|{name} wrote this and asks you to send it.", ["name": author]))</p>\
                <p>\(t("broadcast.read_first|Read every word in each language. Not sure? Call {name} first.", ["name": author]))</p>\
                \(ConfirmFields(site: site, t: t, caller: caller, errors: refusal?.fields ?? [:]).html)\
                <div class="turn"><button class="urgent">\(Parts.icon("send"))\(t("broadcast.approve|I agree. Send it now."))</button></div></form>\
                \(Parts.button("\(path)/refusal", "\(t("broadcast.refuse|No, don’t send it"))", token: token, fields: hidden))
                """
        }
        let who = proposal.approvers.joined(separator: ", ")
        let back: HTML =
            proposal.mayWithdraw
            ? Parts.button(
                "\(path)/refusal",
                "\(t("broadcast.take_back|Take it back and change it"))",
                token: token,
                fields: hidden + [("mine", "yes")]
            )
            : .empty
        return Parts.note(
            "warn",
            "people",
            t("broadcast.waits|Waits for a second person: {names}.", ["names": who]),
            "<p>\(t("broadcast.waits_words|They were told. Nothing goes out before one of them agrees."))</p>\(back)"
        )
    }

    /// What can be done with what is out there.
    private var next: HTML {
        guard one.begunAt != nil, one.ending == nil, caller.can(.draftAlert) else { return .empty }
        let isFree = detail.inHand == nil
        let review: HTML =
            one.isAlert
            ? Parts.button(
                "\(path)/review",
                "\(Parts.icon("refresh"))\(t("broadcast.still|It still holds"))",
                token: token,
                class: one.reviewAt.map { $0 <= site.now } ?? false ? "first" : ""
            ) : .empty
        let update: HTML =
            isFree
            ? Parts.button(
                "\(path)/tellings",
                "\(Parts.icon("edit"))\(t("broadcast.update|Write an update"))",
                token: token,
                fields: [("act", "update")]
            )
                + Parts.button(
                    "\(path)/tellings",
                    "\(Parts.icon("undo"))\(t("broadcast.correct|Write a correction"))",
                    token: token,
                    fields: [("act", "correction")]
                )
            : .empty
        return """
            <section class="stack close"><h2>\(t("broadcast.next|What now"))</h2>\
            <p class="hint">\(t("broadcast.next_words|All of this goes to everybody who got the first message. Updates and corrections take a second person."))</p>\
            <div class="row">\(review)\(update)</div>\(ending)</section>
            """
    }

    private var ending: HTML {
        let error = refusal?.fields["sure"]
        let options: [(value: String, icon: String, label: String)] = [
            ("over", "check", t("broadcast.end_over|It is over: send the all-clear")),
            ("withdrawn", "undo", t("broadcast.end_withdrawn|It was a mistake: take it back")),
        ]
        return """
            <details class="fold"\(error == nil ? .empty : " open" as HTML)><summary>\(Parts.icon("stop"))\(t("broadcast.end|End it now"))</summary>\
            <form class="sheet stack close" method="post" action="\(path)/ending">\(Parts.hidden([("_token", token)]))\
            <p>\(t("broadcast.end_words|One person is enough. Prepared words go out at once to everybody who got the first."))</p>\
            \(Parts.choices("\(t("broadcast.end_how|Why"))", name: "how", options: options, chosen: form.optional("how") ?? "over", t))\
            <label class="check" id="sure"><input type="checkbox" name="sure" value="yes"> \(t("broadcast.end_sure|Yes, tell everybody and end it"))</label>\
            <div class="turn"><button class="urgent">\(t("broadcast.end|End it now"))</button></div></form></details>
            """
    }
}
