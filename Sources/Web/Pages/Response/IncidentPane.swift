// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response

/// A form that is open in the pane.
enum IncidentAct: String {
    case confirmed, not, unfounded, unable, send, ask, meet, merge, split, also, title, debrief
}

/// What a member had before their eyes when they took a step: in every form of the page.
struct IncidentSight {
    static let despite = "despite_reports"

    let version: Int
    /// The newest event that the page knows.
    let cursor: Int64
    /// The last step was refused, and the page said that reports came in: the next is taken though more come.
    let isGrowing: Bool

    var fields: [(String, String)] {
        [("version", "\(version)"), ("seen", "\(cursor)")] + (isGrowing ? [(Self.despite, "yes")] : [])
    }
}

/// One open incident: what is known and how, the next step as one button, what may be the same, and the timeline.
struct IncidentPane {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let detail: IncidentDetail
    /// The newest event that the pane knows.
    let cursor: Int64
    var act: IncidentAct?
    /// What was typed into the form that was refused; empty otherwise.
    var form = Form()
    var refusal: Refusal?
    /// Whom the run card would ask; nil while sending it is not near.
    var asks: RunCardAsks?
    /// What the form of this act offers.
    var alike: [AlikeIncident] = []
    var named: NamedAsks?

    private var card: Board.Card { detail.card }
    var path: String { "/board/incidents/\(card.id.text)" }
    private var meeting: String? { detail.suggestedMeeting(in: site.places, t) }
    private var next: IncidentSteps {
        IncidentSteps(
            t: t,
            caller: caller,
            token: token,
            detail: detail,
            sight: sight,
            now: site.now,
            meeting: meeting,
            asksWhere: detail.isOnlyArea(in: site.places)
        )
    }
    var sight: IncidentSight {
        let knew = refusal != nil && form.isOn(IncidentSight.despite)
        // What was only typed wrong still stands on what they saw: what came since was not named to them.
        if refusal != nil, !isOvertaken, let version = Int(form["version"]), let seen = Int64(form["seen"]) {
            return IncidentSight(version: version, cursor: seen, isGrowing: knew)
        }
        let isGrowing = knew || changes.contains { $0.kind == "incident.grew" }
        return IncidentSight(version: card.version, cursor: cursor, isGrowing: isGrowing)
    }
    /// What happened since the page was made on which a refused step was taken, as far as a step may rest on it.
    private var changes: [Event] {
        guard isOvertaken, let seen = Int64(form["seen"]) else { return [] }
        return detail.timeline.filter { event in
            event.id > seen
                && (event.kind == "incident.grew" || Incident.sendings.contains(event.kind)
                    || event.actor != nil && event.kind.hasPrefix("incident."))
        }
    }
    private var isOvertaken: Bool { refusal.map { $0.kind == .conflict && $0.fields.isEmpty } ?? false }

    /// The only child of `#pane`. What is known, what can be done and who goes come before what may be long: on a phone
    /// nobody turns pages to act.
    var html: HTML {
        let timeline = Timeline(
            site: site,
            t: t,
            detail: detail,
            back: path,
            token: caller.can(.merge) ? token : nil,
            sight: sight
        )
        return """
            <div class="contents" data-incident="\(card.id)" data-version="\(cursor)">\
            <header class="pane-head"><h1>\(title)</h1>\(act == nil ? next.primary : .empty)</header>\
            <div class="pane-body stack">\(refused)\(notes)\(known)\(actForm)\(suggestions)</div>\
            \(next.foot)<div class="pane-body stack">\(act == nil ? asks?.html(t, meeting: meeting) : nil)\
            <h2 class="visually-hidden">\(t("record.timeline|Timeline"))</h2>\(reports)\(timeline.html)</div></div>
            """
    }

    /// The pane by itself, with the people who go to `#people` beside it.
    var fragment: HTML { "\(html)<div data-side hidden>\(people)</div>" }

    var people: HTML { side.html }
    private var side: IncidentPeople {
        IncidentPeople(site: site, t: t, caller: caller, token: token, detail: detail)
    }

    private var title: String {
        detail.words?.content?.title ?? "\(t(card.kind.label)), \(site.placeName(card.zone, t))"
    }

    private var refused: HTML {
        guard let refusal else { return .empty }
        guard isOvertaken else {
            return Parts.refusal(refusal, labels: refusal.fields.keys.sorted().map { ($0, $0) }, back: path, t)
        }
        let last = detail.timeline.last { $0.actor != nil }
        let since = Timeline(site: site, t: t, detail: detail, back: path, limit: 8, only: changes)
        let what: HTML =
            !changes.isEmpty
            ? "<p>\(t("incident.since|Since you looked:"))</p>\(since.html)"
            : last.map { event in
                let words = TimelineWords(event, site: site, detail: detail, t)
                let by = event.actor.flatMap(Ref<Person>.init).flatMap { detail.handles[$0] } ?? ""
                let name = by.isEmpty ? "" : t("timeline.by|By {name}.", ["name": by])
                return
                    "<p>\(t("incident.last|Last step:")) \(words.title). \(name) \(Parts.time(event.at, now: site.now, t))</p>"
            } ?? .empty
        return """
            <div class="note warn" role="alert" tabindex="-1" data-refused>\(Parts.icon("alert"))<div><p><strong>\(t(refusal.message))</strong></p>\(what)\
            <p>\(t("incident.not_done|Your step was not done. Nothing was lost. What you see now is fresh."))</p></div></div>
            """
    }

    private var notes: HTML {
        var notes = HTML.empty
        if card.isExercise {
            notes += Parts.note("checking", "flag", t("incident.exercise|This is an exercise. Nothing here is real."))
        }
        if let hold = detail.hold {
            notes += Parts.note(
                "warn",
                "lock",
                t("incident.held|Kept for a court. Nothing of it is deleted."),
                """
                <p><a href="\(path)/hold">\(t("incident.hold_link|See the legal hold"))</a>, \
                \(t("retention.hold_review|We look again on {day}.", ["day": t.date(LocalTime(hold.reviewAt).isoDay)]))</p>
                """
            )
        }
        if let other = card.mergedInto {
            notes += Parts.note(
                "",
                "merge",
                t("incident.merged|This was merged into another incident."),
                "<p><a href=\"/board/incidents/\(other)\">\(t("incident.open_other|Open that one"))</a></p>"
            )
        }
        if card.needsReview(at: site.now) {
            notes += Parts.note("warn", "bell", t("incident.review_due|Time to look again: is it still going on?"))
        }
        if caller.can(.closeIncident), let standing = detail.debrief(at: site.now) { notes += debrief(standing) }
        if card.truth == .unknown, detail.verifications.contains(where: { $0.verification.truth == .confirmed }) {
            notes += Parts.note(
                "warn",
                "people",
                t("incident.second|One person confirmed this."),
                "<p>\(t("incident.second_words|Nobody was there to see it. A second person must confirm it too."))</p>"
            )
        }
        if let last = detail.verifications.last?.verification, card.truth == .confirmed, last.truth != .confirmed {
            notes += Parts.note(
                "warn",
                "people",
                t("incident.otherwise|One person says otherwise."),
                "<p>\(t("incident.otherwise_words|What was confirmed is known better, and stands. A second person must say so too."))</p>"
            )
        }
        return notes
    }

    /// Within a day it is talked over.
    private func debrief(_ standing: Debrief.Standing) -> HTML {
        let (tone, icon, words) =
            switch standing {
            case .planned(let at):
                ("", "calendar", t("debrief.planned|Talked over on {time}", ["time": t.moment(at)]))
            case .due(let at): ("", "clock", t("debrief.due|Talk it over until {time}", ["time": t.moment(at)]))
            case .overdue(let at):
                ("warn", "alert", t("debrief.overdue|Not talked over yet. It was due {time}", ["time": t.moment(at)]))
            }
        let link: HTML = """
            <p><a href="\(path)?act=debrief" data-pane="\(path)/pane?act=debrief">\(t("incident.debrief_short|Debrief"))</a></p>
            """
        return Parts.note(tone, icon, words, link)
    }

    private var known: HTML {
        let mark = TruthMark(card.truth, isOver: card.isOver, state: card.state, t)
        let whereabouts = detail.placeInWords
        let point = (detail.point ?? detail.corner(in: site.places)).map { point in
            let source: PointView.Source = detail.point == nil ? .corner : detail.isPointMiddle ? .phones : .phone
            return "<small>\(PointView(point: point, places: site.places, t: t, source: source).html)</small>" as HTML
        }
        let place = site.placeName(card.zone, t)
        let explanation: HTML? = card.explanation?.html(t).map { "<small>\($0)</small>" }
        let how = detail.verifications.last { $0.verification.truth == card.truth && card.truth != .unknown }
        let witnesses = t("incident.separate|{n} separate witness|{n} separate witnesses", n: card.independent)
        let reports = t("board.reports|{n} report|{n} reports", n: card.reports)
        let known: HTML =
            how.map { entry in
                let name = detail.handles[entry.verification.person] ?? ""
                return """
                    <small>\(t(entry.verification.how.label)). \(t("timeline.by|By {name}.", ["name": name])) \
                    \(wasThere(entry.verification).map { "\($0) " as HTML })\(signed(entry))</small>
                    """
            } ?? "<small>\(reports), \(witnesses)</small>\(why)"
        let ends: HTML? = card.expiresAt.map {
            "<small>\(t("incident.ends|Ends by itself at {time}", ["time": t.clock($0)]))</small>"
        }
        return """
            <dl class="known"><div><dt>\(t("incident.true|Is it true?"))</dt><dd>\(mark.html)\(explanation)\(ends)</dd></div>\
            <div><dt>\(t("incident.about_where|About where"))</dt><dd>\(whereabouts ?? place)\
            \(whereabouts ?? place == place ? .empty : "<small>\(place)</small>")\(point)</dd></div>\
            <div><dt>\(t("incident.first_seen|First seen"))</dt><dd>\(t.clock(card.seenAt))\
            <small>\(Parts.time(card.seenAt, now: site.now, t, class: ""))</small></dd></div>\
            <div><dt>\(t("incident.how_known|How we know"))</dt><dd>\(LevelMark(card.level, t).html)\(known)</dd></div>\
            <div class="going"><dt>\(t("people_side.title|People"))</dt><dd>\(side.brief)</dd></div></dl>
            """
    }

    /// Why it stands where it stands, as long as nobody looked.
    private var why: HTML {
        let words = AccordWords(card.accord, t).text
        guard card.column == .verify, !words.isEmpty else { return .empty }
        return "<small>\(words)</small>"
    }

    /// Whose eyes it was, when the desk signed for them.
    private func wasThere(_ found: Verification) -> String? {
        guard let one = detail.assignments.first(where: { $0.id == found.witness }), one.person != found.person else {
            return nil
        }
        let name = detail.handles[one.person] ?? t("person.former|Former member")
        return t("incident.was_there|{name} was there.", ["name": name])
    }

    private func signed(_ entry: IncidentDetail.VerificationEntry) -> HTML {
        entry.isSigned
            ? "\(t("incident.signed|Signed."))"
            : Parts.state(
                "urgent",
                "alert",
                t("incident.badly_signed|The signature does not fit. Tell your coordinator.")
            )
    }

    private var actForm: HTML {
        guard let act else { return .empty }
        return IncidentForms(
            site: site,
            t: t,
            caller: caller,
            token: token,
            detail: detail,
            act: act,
            sight: sight,
            form: form,
            refusal: refusal,
            asks: asks,
            alike: alike,
            named: named
        ).html
    }

    private var suggestions: HTML {
        guard caller.can(.merge), card.mergedInto == nil, !card.isClosed else { return .empty }
        let sections: [HTML] = detail.suggestions.enumerated().map { index, one in
            let percent = Int((one.score * 100).rounded())
            let name = "\(t(one.card.kind.label)), \(site.placeName(one.card.zone, t))"
            let fields = [("other", one.card.id.text)] + sight.fields
            let merge = Parts.button(
                "\(path)/merge",
                "\(Parts.icon("merge"))\(t("incident.merge|Merge"))",
                token: token,
                class: "small",
                key: index == 0 ? "m" : nil,
                fields: fields
            )
            let keep = Parts.button(
                "\(path)/suggestion/dismiss",
                "\(t("incident.not_same|Not the same"))",
                token: token,
                class: "small quiet",
                key: index == 0 ? "f" : nil,
                fields: fields
            )
            return """
                <section class="score" aria-label="\(t("incident.maybe_same|Maybe the same"))"><div>\
                <strong>\(t("incident.maybe_same|Maybe the same")): <a href="/board/incidents/\(one.card.id)">\(name)</a></strong>\
                <ul>\(one.why.words.map { "<li>\(t($0))</li>" as HTML })</ul>\
                \(one.why.whyNot.map { "<p class=\"hint\">\(t($0))</p>" as HTML })</div><div class="row">\
                <meter min="0" max="1" value="\(percent >= 100 ? "1" : "0.\(percent < 10 ? "0" : "")\(percent)")" \
                aria-label="\(t("incident.match|Match"))">\(percent)%</meter><span class="number">\(percent)%</span>\(merge)\(keep)</div></section>
                """
        }
        return "\(sections)"
    }
}
