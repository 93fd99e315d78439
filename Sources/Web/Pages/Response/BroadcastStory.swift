// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Response

/// What was told, the newest first: how far it got, what became of our own, and the way to stop it.
struct BroadcastStory {
    let page: BroadcastPage

    private var t: Words { page.t }
    private var detail: BroadcastDetail { page.detail }
    private var one: Broadcast { detail.broadcast }
    private var path: String { "\(BroadcastPages.path)/\(one.id)" }

    var html: HTML {
        guard !detail.told.isEmpty else { return .empty }
        let isSending = detail.told.contains { $0.bulletin.map(isRunning) ?? false }
        return """
            <section class="stack close"><h2>\(t("broadcast.told_heading|What was told"))</h2>\
            <div class="stack close" data-live="story"\(isSending ? " data-sending" as HTML : .empty)>\(isSending ? running : .empty)\(detail.isLastWordStopped ? halfTold : .empty)\
            \(detail.told.reversed().map(telling))</div></section>
            """
    }

    private func isRunning(_ number: Int64) -> Bool {
        switch detail.states[number] {
        case .gathering?, .sending?: true
        case .stopped?, .sent?, nil: false
        }
    }

    private var running: HTML {
        let stop: HTML =
            page.caller.can(.draftAlert)
            ? Parts.button(
                "\(path)/stop",
                "\(Parts.icon("stop"))\(t("broadcast.stop|Stop it"))",
                token: page.token,
                class: "urgent"
            ) : .empty
        return """
            <div class="happening"><div><h3>\(t("broadcast.going_out|It is going out now"))</h3>\
            <p>\(t("broadcast.stop_words|One person is enough to stop it. Who got it already can then be told what is so."))</p>\
            <p class="reload"><a href="\(path)">\(t("broadcast.reload|Look again"))</a> · \
            <a href="\(path)?every=5">\(t("broadcast.reload_itself|look again every 5 seconds by itself"))</a></p></div>\(stop)</div>
            """
    }

    /// What took it back was stopped on its way.
    private var halfTold: HTML {
        let again: HTML =
            page.caller.can(.draftAlert)
            ? Parts.button(
                "\(path)/ending",
                "\(Parts.icon("undo"))\(t("broadcast.take_back_all|Take it back from everybody"))",
                token: page.token,
                class: "urgent",
                fields: [("how", "withdrawn"), ("sure", "yes")]
            ) : .empty
        return """
            <div class="happening"><div><h3>\(t("broadcast.half_told|Some still believe what they got first"))</h3>\
            <p>\(t("broadcast.half_told_words|The last message was stopped on its way. Tell everybody who got any of it that we take it back."))</p></div>\(again)</div>
            """
    }

    private func telling(_ telling: Telling) -> HTML {
        let names = [
            telling.writtenBy.flatMap { detail.handles[$0] }.map { t("broadcast.by|Written by {name}", ["name": $0]) },
            telling.approvedBy.flatMap { detail.handles[$0] }.map {
                t("broadcast.approved_by|approved by {name}", ["name": $0])
            },
        ].compactMap(\.self)
        let by = names.isEmpty ? t("broadcast.by_itself|By itself, in prepared words") : names.joined(separator: ", ")
        let words: [HTML] = (detail.words[telling.id] ?? [:]).sorted { $0.key < $1.key }.map { code, said in
            "<div lang=\"\(code)\"><strong>\(said.subject)</strong><p>\(said.known)</p><p>\(said.todo)</p></div>"
        }
        return """
            <article class="item sheet \(telling.act == .alert ? "urgent" : telling.act == .allClear ? "good" : "checking") stack tight">\
            <header><h3>\(t(telling.act.label))</h3>\(telling.toldAt.map { Parts.time($0, now: page.site.now, t) })</header>\
            <p class="meta">\(by)</p>\(figures(telling))<details class="fold"><summary>\(t("broadcast.its_words|Its words"))</summary>\
            <div class="stack close">\(words)</div></details></article>
            """
    }

    private func figures(_ telling: Telling) -> HTML {
        guard let number = telling.bulletin else {
            return
                "<p>\(one.isExercise ? t("broadcast.drill_told|A drill: nobody outside was told.") : t("broadcast.nobody_to_tell|Nobody had to be told."))</p>"
        }
        let progress = detail.progress[number] ?? []
        if detail.states[number] == .gathering {
            return "<p role=\"status\">\(t("broadcast.gathering|Looking for whom to tell …"))</p>"
        }
        guard !progress.isEmpty else { return "<p>\(t("broadcast.nobody_to_tell|Nobody had to be told."))</p>" }
        let rows: [HTML] = progress.map { run in
            let done = run.sent + run.failed + run.stopped
            let name = t(run.channel.label)
            let label = t("broadcast.of|{done} of {total}", ["done": "\(done)", "total": "\(run.total)"])
            return """
                <tr><th scope="row">\(name)</th><td data-label="\(t("broadcast.progress|Progress"))">\
                <progress max="\(max(1, run.total))" value="\(done)" aria-label="\(name): \(label)"></progress></td>\
                <td class="number" data-label="\(t("channels.sent|Sent"))">\(run.sent)</td>\
                <td class="number" data-label="\(t("channels.waiting|Waiting"))">\(run.waiting)</td>\
                <td class="number" data-label="\(t("broadcast.said_stop|Said stop"))">\(run.stopped)</td>\
                <td class="number" data-label="\(t("channels.dead|Given up"))">\(run.failed)</td></tr>
                """
        }
        let sent = progress.reduce(0) { $0 + $1.sent }
        let total = progress.reduce(0) { $0 + $1.total }
        let state: HTML =
            detail.states[number] == .stopped
            ? Parts.state(
                "urgent",
                "stop",
                t(
                    "broadcast.stopped_at|Stopped: {sent} of {total} handed over",
                    ["sent": "\(sent)", "total": "\(total)"]
                )
            )
            : Parts.state(
                "",
                "send",
                t("broadcast.handed_over|{sent} of {total} handed over", ["sent": "\(sent)", "total": "\(total)"])
            )
        return """
            <p role="status">\(state)</p>\(canaries(number))<div class="tables"><table><caption class="visually-hidden">\(t("broadcast.progress|Progress"))</caption>\
            <thead><tr><th scope="col">\(t("contact.channel|How"))</th><th scope="col">\(t("broadcast.progress|Progress"))</th>\
            <th scope="col" class="number">\(t("channels.sent|Sent"))</th><th scope="col" class="number">\(t("channels.waiting|Waiting"))</th>\
            <th scope="col" class="number">\(t("broadcast.said_stop|Said stop"))</th><th scope="col" class="number">\(t("channels.dead|Given up"))</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div>\(troubles(number, progress))\(twice(progress))\
            \(again(telling, failed: progress.reduce(0) { $0 + $1.failed }))
            """
    }

    /// Somebody has to mend it before anybody is told on that channel.
    private func troubles(_ number: Int64, _ progress: [Bulletin.Progress]) -> HTML {
        let held = isRunning(number) ? progress.filter { $0.trouble != nil && $0.waiting > 0 } : []
        let lines: [HTML] = held.map { run in
            "<p><strong>\(t(run.channel.label))</strong> \(t("broadcast.trouble|Nothing is taken there right now. It is tried again, and nobody is lost. Why:")) <code>\(run.trouble ?? "")</code></p>"
        }
        return HTML.joined(lines)
    }

    /// Some may have got it twice: the list says which.
    private func twice(_ progress: [Bulletin.Progress]) -> HTML {
        let count = progress.reduce(0) { $0 + $1.twice }
        guard count > 0 else { return .empty }
        let words = t("twice.some|{n} may have gone out twice|{n} may have gone out twice", n: count)
        return "<p><a href=\"\(path)/twice\">\(words)</a></p>"
    }

    /// Whom no provider took of what was told last, while its time lasts.
    private func again(_ telling: Telling, failed: Int) -> HTML {
        guard failed > 0, telling.id == detail.told.last?.id, page.caller.can(.draftAlert),
            let number = telling.bulletin, detail.states[number] == .sent, detail.hasTime
        else { return .empty }
        return Parts.button(
            "\(path)/again",
            "\(t("broadcast.again|Try again the one that was given up|Try again the {n} that were given up", n: failed))",
            token: page.token
        )
    }

    /// Our own, who are told first.
    private func canaries(_ number: Int64) -> HTML {
        let own = detail.canaries[number] ?? []
        guard !own.isEmpty else { return .empty }
        let (total, sent, failed) = own.reduce((0, 0, 0)) { ($0.0 + $1.total, $0.1 + $1.sent, $0.2 + $1.failed) }
        let words = t(
            "broadcast.own_phones|Our own phones: {sent} of {total} handed over",
            ["sent": "\(sent)", "total": "\(total)"]
        )
        return
            "<p>\(failed > 0 ? Parts.state("urgent", "alert", words) : sent == total ? Parts.state("good", "check", words) : Parts.state("", "clock", words))</p>"
    }
}
