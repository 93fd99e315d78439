// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Response

/// A word and a picture for where a broadcast stands.
struct BroadcastMark {
    let html: HTML

    init(_ phase: Broadcast.Phase, _ t: Words) {
        let (tone, icon) =
            switch phase {
            case .draft: ("plum", "edit")
            case .waiting: ("warn", "people")
            case .sending: ("checking", "send")
            case .stopped: ("urgent", "stop")
            case .sent, .updated: ("good", "check")
            case .corrected: ("warn", "undo")
            case .withdrawn: ("plum", "undo")
            case .ended: ("", "check-circle")
            case .discarded: ("plum", "cross")
            }
        html = Parts.state(tone, icon, t(phase.label))
    }
}

/// What could become an alert, what is in the making or out there, what is over; and a notice to a neighborhood.
struct BroadcastsPage {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let submission: String
    let list: BroadcastList
    let form: Form
    let refusal: Refusal?

    private var path: String { BroadcastPages.path }

    var body: HTML {
        """
        <div class="stack">\(Parts.refusal(refusal, labels: [("topic", "topic"), ("zone", "zone"), ("per_hour", "per_hour"), ("address", "address")], back: path, t))\
        <h1>\(t("broadcast.title|Alerts"))</h1>\
        <p class="lead">\(t("broadcast.lead|One writes, a second person approves, one is enough to stop it."))</p>\
        \(confirmed)<section class="stack close"><h2>\(t("broadcast.open|Being written, or out there"))</h2>\(open)</section>\
        \(caller.can(.draftAlert) ? notice : .empty)<section class="stack close"><h2>\(t("broadcast.over|Over"))</h2>\(ended)</section>\(limit)</div>
        """
    }

    private var confirmed: HTML {
        let lines: [HTML] = list.confirmed.map { item in
            let write: HTML =
                caller.can(.draftAlert)
                ? Parts.button(
                    path,
                    "\(t("broadcast.write|Write an alert"))<span class=\"visually-hidden\"> \(site.placeName(item.zone, t))</span>",
                    token: token,
                    class: "small first",
                    fields: [("incident", item.id.text)]
                ) : .empty
            return """
                <li><div class="stack tight"><strong>\(site.placeName(item.zone, t)): \(t(item.kind.label))</strong>\
                <span class="meta">\(Parts.state("urgent", "alert", t(item.truth.label)))\(LevelMark(item.level, t).html)\
                \(Parts.time(item.firstSeenAt, now: site.now, t))\(exercise(item.isExercise))</span></div><span class="push">\(write)</span></li>
                """
        }
        let words: HTML =
            lines.isEmpty
            ? """
            <div class="empty">\(Parts.icon("check-circle"))<strong>\(t("broadcast.nothing_confirmed|Nothing confirmed waits for an alert"))</strong>\
            <p>\(t("broadcast.nothing_confirmed_words|When an incident is confirmed, it stands here. What is not confirmed is answered one to one."))</p></div>
            """ : "<ul class=\"waiting\">\(lines)</ul>"
        return
            "<section class=\"stack close\"><h2>\(t("broadcast.could|Confirmed, and nobody was told yet"))</h2>\(words)</section>"
    }

    private var open: HTML {
        list.open.isEmpty
            ? "<p class=\"hint\">\(t("broadcast.none_open|Nothing now."))</p>"
            : "<ul class=\"waiting\">\(list.open.map(line))</ul>"
    }

    private var ended: HTML {
        list.ended.isEmpty
            ? "<p class=\"hint\">\(t("broadcast.none_ended|Nothing in the last 30 days."))</p>"
            : "<ul class=\"waiting\">\(list.ended.map(line))</ul>"
    }

    private func line(_ line: BroadcastList.Line) -> HTML {
        let one = line.broadcast
        let subject = line.subject[t.language.code] ?? line.subject["en"] ?? ""
        let title = subject.isEmpty ? "\(t(one.topicLabel)), \(site.zoneName(one.zone, t))" : subject
        return """
            <li><div class="stack tight"><strong>\(title)</strong><span class="meta">\(BroadcastMark(line.phase, t).html)\
            <span>\(site.zoneName(one.zone, t))</span>\(line.sent > 0 ? "<span>\(t("broadcast.told|{n} person told|{n} people told", n: line.sent))</span>" : .empty as HTML)\
            \(Parts.time(one.begunAt ?? one.madeAt, now: site.now, t))\(exercise(one.isExercise))</span></div>\
            <span class="push"><a class="button small" href="\(path)/\(one.id)">\(t("proposals.look|Look"))\
            <span class="visually-hidden"> \(title)</span></a></span></li>
            """
    }

    private func exercise(_ isExercise: Bool) -> HTML {
        isExercise ? Parts.state("plum", "flag", t("board.exercise|Exercise")) : .empty
    }

    private var notice: HTML {
        let errors = refusal?.fields ?? [:]
        let topics = Topics.all.filter { $0.topic != .alerts }.map { (value: $0.name, label: t($0.label)) }
        let code = t.language.code
        let places = site.places.all.filter { $0.kind != .landmark }
            .map { (value: $0.id, label: $0.name(in: code)) }.sorted { $0.label < $1.label }
        let zones =
            [(value: Subscriber.Wish.everywhere, label: t("broadcast.everywhere_all|Everybody, everywhere"))] + places
        let isOpen = errors["topic"] != nil || errors["zone"] != nil
        return """
            <details class="fold"\(isOpen ? " open" as HTML : .empty)><summary>\(Parts.icon("edit"))\(t("broadcast.notice|Write a notice to a neighborhood"))</summary>\
            <form class="sheet stack close" method="post" action="\(path)/notices">\(Parts.hidden([("_token", token), ("submission", submission)]))\
            <p>\(t("broadcast.notice_words|For events, rights and help. Not for what officers do: that must be confirmed first."))</p><div class="form-grid">\
            \(Ask(name: "topic", label: t("broadcast.topic_label|What about"), value: form["topic"], control: .choice(options: topics), error: errors["topic"]).html(t))\
            \(Ask(name: "zone", label: t("broadcast.zone_label|Where"), value: form["zone"], control: .choice(options: zones), error: errors["zone"]).html(t))\
            </div><div class="turn"><button class="first">\(t("broadcast.begin|Write it"))</button></div></form></details>
            """
    }

    private var limit: HTML {
        let words = t(
            "broadcast.per_hour|{n} alert an hour in one area, at most|{n} alerts an hour in one area, at most",
            n: list.perHour
        )
        guard caller.can(.manageSettings) else { return "<p class=\"hint\">\(words)</p>" }
        let error = refusal?.fields["per_hour"]
        return """
            <details class="fold"\(error == nil ? .empty : " open" as HTML)><summary>\(Parts.icon("gear"))\(words)</summary>\
            <form class="sheet stack close" method="post" action="\(path)/limit">\(Parts.hidden([("_token", token)]))\
            \(Ask(name: "per_hour", label: t("broadcast.per_hour_label|Alerts an hour in one area"), hint: t("broadcast.per_hour_hint|Who is called too often stops listening. A coordinator can allow one more."), value: "\(list.perHour)", limit: 2, control: .line(type: "text", attributes: " class=\"short\" inputmode=\"numeric\""), error: error).html(t))\
            <div class="turn"><button>\(t("settings.save|Save"))</button></div></form></details>\(own)
            """
    }

    /// Our own telephones, told first.
    private var own: HTML {
        let error = refusal?.fields["address"]
        let channels = Subscriber.channels.map { (value: $0.rawValue, label: t($0.label)) }
        let choices = [
            (value: "yes", label: t("canary.yes|Tell it first")), (value: "no", label: t("canary.no|No more")),
        ]
        let words = t(
            "canary.count|{n} phone of our own is told first|{n} phones of our own are told first",
            n: list.canaries
        )
        return """
            <details class="fold"\(error == nil ? .empty : " open" as HTML)><summary>\(Parts.icon("mobile"))\(words)</summary>\
            <form class="sheet stack close" method="post" action="\(path)/canaries">\(Parts.hidden([("_token", token)]))\
            <p>\(t("canary.words|So that somebody sees what goes out before everybody has it. It must be subscribed."))</p><div class="form-grid">\
            \(Ask(name: "channel", label: t("contact.channel|How"), value: form["channel"], control: .choice(options: channels)).html(t))\
            \(Ask(name: "address", label: t("canary.address|Its number or address"), value: form["address"], limit: 254, control: .line(type: "text", attributes: " autocomplete=\"off\""), error: error).html(t))\
            \(Ask(name: "is", label: t("canary.what|What"), value: form["is"], control: .choice(options: choices)).html(t))\
            </div><div class="turn"><button>\(t("settings.save|Save"))</button></div></form></details>
            """
    }
}

/// What stands beside the board that is no incident: what is out there or waits, as a few lines.
struct BoardSide {
    let site: Site
    let t: Words
    let read: Read

    struct Read: Sendable {
        let alerts: [BroadcastList.Line]
        /// Whether more comes in than the shift can take.
        let isFlood: Bool
        /// Calls and texts that no person took up yet.
        let waiting: Int

        init(by caller: Caller, in tx: Transaction) throws {
            alerts = try BroadcastList.strip(by: caller, in: tx)
            isFlood = try Flood.isOn(in: tx)
            waiting = try Inquiry.waiting(in: tx)
        }
    }

    var html: HTML { flood + callers + out }

    private var callers: HTML {
        guard read.waiting > 0, !read.isFlood else { return .empty }
        return Parts.note(
            "",
            "phone",
            t("console.waiting_board|{n} call or text waits|{n} calls and texts wait", n: read.waiting),
            "<p><a href=\"\(ConsolePages.path)\">\(t("flood.see|See who waits"))</a></p>"
        )
    }

    private var flood: HTML {
        guard read.isFlood else { return .empty }
        return Parts.note(
            "warn",
            "wave",
            t("flood.on|Flood mode is on"),
            "<p><a href=\"\(ConsolePages.path)\">\(t("flood.see|See who waits"))</a></p>"
        )
    }

    private var out: HTML {
        guard !read.alerts.isEmpty else { return .empty }
        let items: [HTML] = read.alerts.map { line in
            let one = line.broadcast
            let isDue = one.reviewAt.map { $0 <= site.now } ?? false
            let due: HTML = isDue ? Parts.state("warn", "bell", t("broadcast.review_due|Look again")) : .empty
            return """
                <li class="person"><a href="\(BroadcastPages.path)/\(one.id)">\(site.zoneName(one.zone, t))</a>\
                \(isDue ? due : BroadcastMark(line.phase, t).html)</li>
                """
        }
        return "<h2>\(t("broadcast.title|Alerts"))</h2><ul>\(items)</ul>"
    }
}

extension Broadcast {
    var topicLabel: Phrase { Topics.all.first { $0.topic == topic }?.label ?? "broadcast.title|Alerts" }
}

extension Site {
    /// The place of a broadcast; `*` is everywhere.
    func zoneName(_ zone: String, _ t: Words) -> String {
        zone == Subscriber.Wish.everywhere ? t("broadcast.everywhere_all|Everybody, everywhere") : placeName(zone, t)
    }
}
