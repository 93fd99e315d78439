// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response
import Vault

/// `/debriefs/ID`: when an incident is talked over, for everybody who had to do with it: they may not see the board.
struct DebriefPages {
    static let path = "/debriefs"

    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response { try await page(context) }

    func answer(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Incident> = try context.ref("id")
        return try await site.change(request, context, then: "\(Self.path)/\(id.text)") { form, caller, tx in
            try DebriefMeeting.answer(id, comes: form["answer"] == "yes", by: caller, in: tx)
        } orElse: { _, refusal in
            try await page(context, refusal: refusal)
        }
    }

    private func page(_ context: MemberContext, refusal: Refusal? = nil) async throws -> Response {
        let (id, caller): (Ref<Incident>, Caller) = (try context.ref("id"), context.caller)
        let (meeting, handles) = try await site.database.read { tx in
            let meeting = try DebriefMeeting.find(id, for: caller, in: tx)
            return (meeting, try Person.handles(of: meeting.guests.keys.map(\.self), in: tx))
        }
        let page = DebriefPage(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            meeting: meeting,
            handles: handles,
            refusal: refusal
        )
        return site.memberPage(
            context,
            place: "/respond",
            title: context.t("debrief.title|Talking it over"),
            mainClass: "page phone stack",
            isDense: false,
            status: refusal?.status ?? .ok,
            body: page.body
        )
    }
}

struct DebriefPage {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let meeting: DebriefMeeting
    let handles: [Ref<Person>: String]
    let refusal: Refusal?

    private var path: String { "\(DebriefPages.path)/\(meeting.incident.text)" }

    var body: HTML {
        let about = "\(t(meeting.kind.label)), \(site.placeName(meeting.zone, t))"
        let back: HTML =
            caller.can(.seeBoard)
            ? "<p><a href=\"/board/incidents/\(meeting.incident)\">\(t("debrief.incident|See the incident"))</a></p>"
            : "<p><a href=\"/respond\">\(t("respond.back|Back to my assignments"))</a></p>"
        return """
            <div class="stack">\(Parts.refusal(refusal, labels: [], back: path, t))\
            <div class="stack tight"><h1>\(t("debrief.title|Talking it over"))</h1><p class="meta"><span>\(about)</span></p>\(exercise)</div>\
            <p>\(t("debrief.lead|What went well, what was hard, what we do better. Nobody is blamed. What we learn is kept without names."))</p>\
            <article class="offer"><div class="body"><dl>\(rows)</dl></div></article>\(answer)\(back)</div>
            """
    }

    private var exercise: HTML {
        meeting.isExercise ? Parts.state("plum", "flag", t("respond.exercise|Exercise. Nothing is real.")) : .empty
    }

    private var rows: HTML {
        let place: HTML =
            meeting.place == nil
            ? "\(t("debrief.place_none|Ask whoever called it"))"
            : meeting.place(for: caller).map { "\($0)" as HTML }
                ?? (caller.keyring == nil
                    ? Parts.envelope(t("debrief.place_sealed|Where is sealed"), back: path, t)
                    : "\(t("sealed.not_for_you|Sealed for the response team"))")
        let names = meeting.guests.filter { $0.value == true }.compactMap { handles[$0.key] }.sorted()
        let coming = names.isEmpty ? t("debrief.nobody_yet|Nobody has said yet") : names.joined(separator: ", ")
        return """
            <div>\(Parts.icon("clock"))<dt>\(t("debrief.when|When"))</dt><dd><time datetime="\(meeting.meetsAt.iso8601)">\(t.moment(meeting.meetsAt))</time></dd></div>\
            <div>\(Parts.icon("pin"))<dt>\(t("debrief.place|Where, or by what link"))</dt><dd>\(place)</dd></div>\
            <div>\(Parts.icon("people"))<dt>\(t("debrief.coming|Who comes"))</dt><dd>\(coming)</dd></div>
            """
    }

    private var answer: HTML {
        guard let mine = meeting.guests[caller.person] else { return .empty }
        if meeting.meetsAt <= site.now {
            return Parts.note("", "clock", t("debrief.over|This was already. What we learned is with the incident."))
        }
        let said: HTML =
            mine.map { comes in
                comes
                    ? Parts.note("good", "check-circle", t("debrief.said_yes|You said you come."))
                    : Parts.note("", "check", t("debrief.said_no|You said you can’t. That is fine."))
            } ?? .empty
        return """
            \(said)<div class="row">\
            \(mine == true ? .empty : Parts.button("\(path)/answer", "\(t("debrief.yes|I come"))", token: token, class: "first", fields: [("answer", "yes")]))\
            \(mine == false ? .empty : Parts.button("\(path)/answer", "\(t("debrief.no|I can’t"))", token: token, fields: [("answer", "no")]))</div>
            """
    }
}

/// In the debrief of an incident: the meeting that is called, or the form that calls it.
struct DebriefMeetingForm {
    let t: Words
    let token: String
    let detail: IncidentDetail
    let caller: Caller
    let now: Instant
    /// Empty unless this form was refused.
    let form: Form
    let errors: [String: Phrase]

    private var path: String { "/board/incidents/\(detail.card.id.text)" }
    private var isTyped: Bool { form.isOn("meets") }

    var html: HTML {
        let usual = LocalTime(detail.meeting?.meetsAt ?? proposal).field
        let place = detail.meeting?.place(for: caller) ?? ""
        return """
            <form class="sheet stack close" method="post" action="\(path)/debrief-meeting" data-act>\
            <h2>\(t("debrief.title|Talking it over"))</h2>\(standing)\
            \(Parts.hidden([("_token", token), ("act", IncidentAct.debrief.rawValue)]))<div class="form-grid">\
            \(Ask.moment("meets", label: t("debrief.when|When"), value: isTyped ? form["meets"] : usual, which: form["meets-which"], error: errors["meets"]).html(t))\
            \(Ask(name: "place", label: t("debrief.place|Where, or by what link"), value: isTyped ? form["place"] : place, isOptional: true, error: errors["place"]).html(t))</div>\
            <div class="turn"><button>\(detail.meeting == nil ? t("debrief.call|Ask everybody who was there") : t("debrief.call_again|Move it, and ask again"))</button></div>\
            <p class="hint">\(t("debrief.hint|Whoever went or worked on it is asked. The place is sealed to the team."))</p></form>
            """
    }

    /// Tomorrow evening; while it is owed by then, as late as that allows: this evening, the next full hour but one, or half
    /// of the time that is left.
    private var proposal: Instant {
        let evening = 18 * 60
        let tomorrow = LocalTime(now + .days(1)).at(minute: evening)
        guard case .due(let end)? = detail.debrief(at: now) else { return tomorrow }
        let hour = Duration.hours(1).inMilliseconds
        let soon = Instant(milliseconds: (now.milliseconds / hour + 2) * hour)
        let fitting = [tomorrow, LocalTime(now).at(minute: evening), soon].first { $0 > now && $0 < end }
        return fitting ?? Instant(milliseconds: (now.milliseconds + end.milliseconds) / 2)
    }

    private var standing: HTML {
        guard let meeting = detail.meeting else { return .empty }
        let lines: [HTML] = meeting.guests.sorted { $0.key.text < $1.key.text }.map { guest, comes in
            let state =
                switch comes {
                case .some(true): Parts.state("good", "check", t("debrief.comes|Comes"))
                case .some(false): Parts.state("", "cross", t("debrief.comes_not|Can’t"))
                case .none: Parts.state("", "clock", t("debrief.asked|Asked"))
                }
            let name = detail.handles[guest] ?? t("person.former|Former member")
            return "<li><span>\(name)</span><span class=\"push\">\(state)</span></li>"
        }
        return """
            <p><strong>\(t.moment(meeting.meetsAt))</strong> <span class="soft">\
            \(t("debrief.count|{n} person comes|{n} people come", n: meeting.coming))</span></p><ul class="waiting">\(lines)</ul>
            """
    }
}
