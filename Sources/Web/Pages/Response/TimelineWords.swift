// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response

/// One event in words: a picture, a title, and a note where there is more to say.
struct TimelineWords {
    let icon: String
    let title: String
    var note: String?

    init(_ event: Event, site: Site, detail: IncidentDetail, _ t: Words) {
        let data = event.data
        let person =
            data["person"].flatMap(Ref<Person>.init).flatMap { detail.handles[$0] } ?? t("timeline.somebody|Somebody")
        let role = data["role"].flatMap(Skill.init(rawValue:)).map { t($0.label) } ?? ""
        func count(_ name: String) -> Int { data[name].flatMap(Int.init) ?? 0 }
        /// How many reports a merge or a split moved; those deleted since are only counted.
        var moved: Int { data["count"].flatMap(Int.init) ?? data["reports"]?.split(separator: ",").count ?? 0 }
        func named(_ keyed: String) -> String { t(keyed, ["name": person, "role": role]) }

        switch event.kind {
        case "incident.opened", "incident.grew":
            (icon, title, note) = Self.report(event, site, t)
        case "incident.verifying":
            (icon, title) = ("lens", t("timeline.verifying|Somebody is checking this"))
        case "incident.waiting":
            (icon, title) = ("dot", t("timeline.waiting|Put back in the list"))
        case "incident.verified":
            (icon, title, note) = Self.finding(event, t)
        case "incident.answered":
            (icon, title) = ("send", t("timeline.answered|Everybody who asks sees the answer now"))
        case "incident.over":
            (icon, title) = ("check", t("timeline.over|It is over"))
        case "incident.noted":
            // A line of the file that a drill plays.
            (icon, title) =
                switch data["what"] {
                case "detained": ("alert", t("timeline.noted_detained|Somebody was detained"))
                case "alert": ("send", t("timeline.alert_told|Sent to subscribers"))
                default: ("info", t("timeline.noted|A note"))
                }
        case "incident.reviewed":
            (icon, title) = ("refresh", t("timeline.reviewed|Looked at again: still going on"))
        case "incident.review_due":
            (icon, title) = ("bell", t("timeline.review_due|Time to look again"))
        case "incident.allclear":
            (icon, title) = ("check", t("timeline.all_clear|All clear"))
            note = t("timeline.all_clear_words|Nobody saw it again in time, so it ended by itself.")
        case "incident.closed":
            (icon, title) = ("lock", t("timeline.closed|Closed"))
            if data["because"] == "spam" { note = t("timeline.closed_spam|All its reports were spam.") }
            if data["because"] == "age" { note = t("timeline.closed_age|Answered days ago, and nobody closed it.") }
            if data["because"] == "time" { note = t("timeline.closed_time|Nobody could check it in time.") }
        case "incident.reopened":
            (icon, title) = ("undo", t("timeline.reopened|Opened again"))
        case "incident.retitled":
            (icon, title) = ("edit", t("timeline.retitled|Got a new name"))
        case "incident.merged":
            (icon, title) = ("merge", t("timeline.merged|Another incident was merged into this one"))
            note = t("timeline.moved|{n} report came with it.|{n} reports came with it.", n: moved)
        case "incident.split":
            (icon, title) = ("split", t("timeline.split|{n} report was split off|{n} reports were split off", n: moved))
        case "incident.suggestion_dismissed":
            (icon, title) = ("minus", t("timeline.dismissed|Only looked alike"))
        case "incident.suggestion_restored":
            (icon, title) = ("merge", t("timeline.restored|May be the same after all"))
        case "incident.suggested":
            (icon, title) = ("merge", t("timeline.suggested|Looks like another incident"))
        case "incident.linked":
            (icon, title) = ("gather", t("timeline.linked|A report of another incident is about this too"))
        case "incident.unlinked":
            (icon, title) = ("minus", t("timeline.unlinked|A report is not about this after all"))
        case "incident.debriefed":
            (icon, title) = ("book", t("timeline.debriefed|Debrief written"))
        case "incident.hard":
            (icon, title) = ("heart", t("timeline.hard|It was hard. Everybody was asked how they are"))
        case "incident.debrief_called":
            (icon, title) = ("people", t("timeline.debrief_called|A debrief was called"))
        case "incident.held":
            (icon, title) = ("lock", t("timeline.held|Kept for a court"))
        case "incident.released":
            (icon, title) = ("unlock", t("timeline.released|The legal hold ended"))
        case "incident.attorney_paged":
            (icon, title) = ("bell", named("timeline.attorney_paged|Paged {name}, attorney on call"))
        case "incident.attorney_acknowledged":
            (icon, title) = ("check", named("timeline.attorney_acknowledged|{name}, attorney, is on it"))
        case "incident.attorney_declined":
            (icon, title) = ("cross", named("timeline.attorney_declined|{name}, attorney, can’t"))
        case "incident.attorney_missing":
            (icon, title) = ("alert", t("timeline.attorney_missing|No attorney answered"))
            note = t("timeline.paged|{n} coordinator was called.|{n} coordinators were called.", n: count("paged"))
        case "incident.alert_told":
            (icon, title) = ("send", t("timeline.alert_told|Sent to subscribers"))
            note = data["act"].flatMap(Telling.Act.init(rawValue:)).map { t($0.label) }
        case "incident.alert_stopped":
            (icon, title) = ("stop", t("timeline.alert_stopped|The alert was stopped while it went out"))
        case "incident.alert_ended":
            (icon, title) = ("check", t("timeline.alert_ended|The alert ended, and its readers were told"))
        case "report.spam":
            (icon, title) = ("trash", t("timeline.spam|A report was marked as spam"))
        case "report.triaged":
            (icon, title) = ("undo", t("timeline.not_spam|A report is not spam after all"))
        case "report.needs_more":
            (icon, title) = ("question", t("timeline.needs_more|We asked the reporter for more"))
            note = data["question"].flatMap(ReportQuestion.init(rawValue:)).map { t($0.label) }
        case "report.question_withdrawn":
            (icon, title) = ("undo", t("timeline.question_withdrawn|The question was taken back"))
        case "mailbox.written":
            (icon, title) = ("chat", t("timeline.mailbox_written|The reporter wrote to us"))
        case "mailbox.sent":
            (icon, title) = ("send", t("timeline.mailbox_sent|We wrote to the reporter"))
        case "mailbox.read":
            (icon, title) = ("eye", t("timeline.mailbox_read|Somebody read what the reporter wrote"))
        case "dispatch.opened":
            (icon, title) = (
                "send",
                t(
                    "timeline.dispatch|Asking for people: {role}, {wanted}",
                    [
                        "role": ([role] + [data["language"].map(SpokenLanguage.name)].compactMap(\.self))
                            .joined(separator: " · "), "wanted": data["wanted"] ?? "",
                    ]
                )
            )
        case "dispatch.wave":
            let wave = ["wave": data["wave"] ?? ""]
            (icon, title) = (
                "wave",
                t("timeline.wave|Wave {wave}: asked {n} person|Wave {wave}: asked {n} people", n: count("asked"), wave)
            )
            note = role
        case "dispatch.filled":
            (icon, title, note) = ("check-circle", t("timeline.filled|Enough said yes"), role)
        case "dispatch.exhausted":
            (icon, title) = ("alert", t("timeline.exhausted|Not enough people could go"))
            note = "\(role) · \(Self.paged(count("paged"), isKnown: data["known"] != nil, t))"
        case "dispatch.meeting":
            (icon, title) = ("flag", t("timeline.meeting|Where they meet was said"))
            note = t("timeline.meeting_told|{n} person was told.|{n} people were told.", n: count("told"))
        case "dispatch.called_off":
            (icon, title) = ("cross", t("timeline.all_called_off|Everybody was called off"))
            note = t("timeline.meeting_told|{n} person was told.|{n} people were told.", n: count("told"))
        case "dispatch.stopped":
            (icon, title, note) = ("stop", t("timeline.stopped|Stopped asking"), role)
        case "assignment.offered":
            (icon, title) = ("bell", named("timeline.offered|Asked {name}"))
            let why = data["assignment"].flatMap { id in detail.assignments.first { $0.id.text == id } }?.reasons ?? []
            note = ([role] + why.map { t($0.words) }).joined(separator: " · ")
        case "assignment.accepted":
            (icon, title) = ("check", named("timeline.accepted|{name} said yes"))
        case "assignment.declined":
            (icon, title) = ("cross", named("timeline.declined|{name} can’t go"))
        case "assignment.expired":
            (icon, title) = ("clock", named("timeline.expired|{name} did not answer in time"))
        case "assignment.on_the_way":
            (icon, title) = ("walk", named("timeline.on_the_way|{name} is on the way"))
        case "assignment.on_scene":
            (icon, title) = ("pin", named("timeline.on_scene|{name} is there"))
        case "assignment.checked_in":
            (icon, title) = ("check", named("timeline.checked_in|{name} is OK"))
        case "assignment.missed":
            (icon, title) = ("alert", named("timeline.missed|{name} missed a check-in"))
            note = Self.missed(step: count("step"), t)
        case "assignment.rung":
            (icon, title) = ("phone", named("timeline.rung|{name}’s telephone was called"))
        case "assignment.sought":
            (icon, title) = ("phone", named("timeline.sought|Trying to reach {name}"))
            let former = data["former"].flatMap(Ref<Person>.init).flatMap { detail.handles[$0] }
            note = former.map { t("timeline.sought_over|Taken over from {name}.", ["name": $0]) }
        case "assignment.not_reached":
            (icon, title) = ("alert", named("timeline.not_reached|{name} could not be reached"))
        case "assignment.done":
            (icon, title) = ("home", named("timeline.done|{name} is done and left"))
        case "assignment.called_off":
            (icon, title) = ("undo", named("timeline.called_off|{name} is not needed anymore"))
        case "observation.made":
            (icon, title) = ("eye", t("timeline.observation|Observation"))
            if count("photos") > 0 { note = t("timeline.photos|{n} photo|{n} photos", n: count("photos")) }
        case "file.opened":
            (icon, title) = ("camera", t("timeline.file|A photo was opened"))
        case "evidence.exported":
            (icon, title) = ("key", t("timeline.evidence|Evidence was taken out for counsel"))
        default:
            (icon, title) = ("info", event.kind)
        }
        if let said = data["said"].flatMap(Int64.init).map(Instant.init(milliseconds:)) {
            note = t("timeline.said|That was at {time}. There was no signal.", ["time": t.clock(said)])
        }
    }

    private static func report(_ event: Event, _ site: Site, _ t: Words) -> (String, String, String?) {
        guard let channel = event.data["channel"].flatMap(Channel.init(rawValue:)) else {
            let isSplit = event.data["from"] != nil
            return isSplit
                ? ("split", t("timeline.from_split|Split off from another incident"), nil)
                : ("plus", t("timeline.opened_by_team|Opened by the team"), nil)
        }
        let icon =
            switch channel {
            case .web: "globe"
            case .sms: "chat"
            case .phone: "phone"
            case .api: "signal"
            case .staff: "person"
            }
        let zone = event.data["zone"].map { site.placeName($0, t) }
        let isFirst = event.kind == "incident.opened"
        let names = ["channel": t(channel.label)]
        let title =
            if event.data["added"] != nil {
                t("timeline.added|The same person added more. {channel}", names)
            } else if isFirst {
                t("timeline.first|First report. {channel}", names)
            } else {
                t("timeline.another|Another report. {channel}", names)
            }
        return (icon, title, zone)
    }

    private static func paged(_ count: Int, isKnown: Bool, _ t: Words) -> String {
        if isKnown { return t("timeline.paged_before|Coordinators were called before.") }
        if count == 0 { return t("timeline.paged_nobody|No coordinator is on shift.") }
        return t("timeline.paged|{n} coordinator was called.|{n} coordinators were called.", n: count)
    }

    /// What was done about it: each step of the chain is an event of its own.
    private static func missed(step: Int, _ t: Words) -> String {
        switch step {
        case 1: t("timeline.missed_asked|They were asked again.")
        case 2: t("timeline.missed_dispatch|Dispatch was told.")
        case 3: t("timeline.missed_coordinators|Coordinators were told.")
        case 7: t("timeline.missed_everybody|Dispatch and all coordinators were told.")
        default: t("timeline.missed_again|Dispatch and coordinators were told once more.")
        }
    }

    private static func finding(_ event: Event, _ t: Words) -> (String, String, String?) {
        let truth = event.data["truth"].flatMap(Truth.init(rawValue:))
        let how = event.data["how"].flatMap(How.init(rawValue:))
        let note = [event.data["level"], how.map { t($0.label) }].compactMap(\.self).joined(separator: " · ")
        return (truth?.icon ?? "lens", truth.map { t($0.label) } ?? t("timeline.checked|Checked"), note)
    }
}
