// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response

/// A responder's phone: one card, who else goes, how to stay safe, and the one button that is next.
struct RespondPage {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let mine: MyAssignment?
    let recent: [Assignment]
    /// Of their incidents, those of a drill.
    let exercises: Set<Ref<Incident>>
    /// Until when others are asked; nil for now.
    let restsUntil: Instant?
    let messages: [MessageList.Told]
    /// What they were asked about themselves, and did not answer.
    let care: [CareCheck]
    let draft: ObservationDraft
    /// Comes from an observation that was just taken.
    let isSent: Bool
    /// Comes from a finding that was just signed.
    let isFound: Bool
    /// What was typed into a finding that was refused.
    let finding: Form?
    /// Files came with an observation that was refused.
    let hadFiles: Bool
    let refusal: Refusal?

    var body: HTML {
        """
        <div class="stack" data-respond data-now="\(now)"\(known)>\(Parts.refusal(refusal, labels: ObservationForm.labels + FindingForm.labels, back: path, t))\
        <p class="note" data-respond-note hidden><a href="/respond">\(t("respond.news|Something changed. Open it."))</a></p>\
        <p class="note warn" role="status" data-respond-deaf hidden>\(Parts.icon("alert"))\
        \(t("respond.no_calls|No connection. A call for help can’t reach this page now. It tries again by itself."))</p>\
        \(isAsked ? .empty : told)\(isSent ? sent : .empty)\(isFound ? signed : .empty)\(also)\(mine.map(card) ?? nothing)\
        \(isAsked ? foldedTold : ended)\(kept)\(rest)\(howAreYou)\(history)</div>
        """
    }

    /// Asked, or out: what they were told before then waits below, since the seconds to answer run.
    private var isAsked: Bool { mine.map { isRunning($0.assignment) } ?? false }

    /// What they were told. What ended waits below their assignments, so that nothing stands before what is asked.
    private var told: HTML { list(messages.filter { !$0.isEnd }).html }
    private var ended: HTML { list(messages.filter(\.isEnd)).joined }

    private func list(_ messages: [MessageList.Told]) -> MessageList {
        MessageList(t: t, now: site.now, token: token, back: "/respond", messages: messages)
    }

    private var foldedTold: HTML {
        guard !messages.isEmpty else { return .empty }
        return """
            <details class="fold" data-told><summary>\(t("mailbox.title|Messages")) <span class="soft number">\(messages.count)</span></summary>\
            <div class="stack tight">\(told)\(ended)</div></details>
            """
    }

    /// What the page for no signal may know: which assignment, and how far.
    private var known: HTML {
        guard let one = mine?.assignment, one.state.isActive, one.state != .offered else { return .empty }
        return " data-assignment=\"\(one.id)\" data-state=\"\(one.state.rawValue)\""
    }

    /// What stands here, for `calls.js`, which asks whether it still does.
    private var now: String {
        let running = [mine?.assignment].compactMap(\.self) + recent.filter(isRunning)
        let steps = running.map { "\($0.id):\($0.state.rawValue):\($0.missedCheckIns)" }
        return (steps + messages.map(\.id) + care.map(\.id.text)).joined(separator: " ")
    }

    private var path: String { mine.map { "/respond/\($0.assignment.id.text)" } ?? "/respond" }

    private var sent: HTML {
        """
        <div class="note good" role="status">\(Parts.icon("check-circle"))<p><strong>\(t("respond.sent|We have it. Thank you."))</strong> \
        \(t("respond.sent_more|Write another when you see something new."))</p></div>
        """
    }

    private var signed: HTML {
        Parts.note("good", "check-circle", t("respond.found|Signed. Whoever asks sees it now. Thank you."))
    }

    private var nothing: HTML {
        """
        <h1>\(t("place.respond|My assignments"))</h1><div class="empty">\(Parts.icon("bell"))\
        <h2>\(t("respond.nothing|Nobody needs you right now"))</h2>\
        <p>\(t("respond.nothing_words|When somebody near you needs help, it shows up here. You can always say no."))</p>\
        <p class="row"><a class="button" href="/shifts">\(t("respond.shift|See my shifts"))</a> \
        <a class="button quiet" href="/settings#rest">\(t("respond.rest|I need a rest"))</a> \
        <a class="button quiet" href="/drills">\(t("respond.drills|Take part in drills"))</a></p></div>
        """
    }

    private func card(_ mine: MyAssignment) -> HTML {
        let kind = ReportKind(rawValue: mine.kind).map { t($0.label) } ?? t("respond.help|Help is needed")
        return """
            <article class="offer"><header><p class="meta">\(state(mine))</p><h1>\(kind)</h1></header>\
            <div class="body stack close">\(mine.isExercise ? Parts.state("plum", "flag", t("respond.exercise|Exercise. Nothing is real.")) : .empty)\
            \(details(mine))\(checkIn(mine))</div></article>\(safety(mine))\(found(mine))\(observation(mine))\(thumb(mine))
            """
    }

    private func state(_ mine: MyAssignment) -> HTML {
        let assignment = mine.assignment
        let now = site.now
        switch assignment.state {
        case .offered where assignment.expiresAt > now:
            return """
                <span class="state">\(Parts.icon("bell"))\(t("respond.ask|Can you go?"))</span>\
                <span class="push">\(assignment.answerIn(now, t))</span>
                """
        case .offered: return Parts.state("", "clock", t("respond.too_late|The time to answer is over"))
        case .accepted: return Parts.state("", "check", t("respond.accepted|You said yes. Thank you."))
        case .onTheWay: return Parts.state("", "walk", t("respond.on_the_way|You are on the way"))
        case .onScene:
            let due: HTML? = assignment.checkInDueAt.map {
                "<span class=\"push\">\(t("respond.check_in_by|Check in by {time}", ["time": t.clock($0)]))</span>"
            }
            return "\(Parts.state("", "pin", t("respond.here|You are there")))\(due)"
        case .declined: return Parts.state("", "cross", t("respond.declined|You said no. That is fine."))
        case .expired: return Parts.state("", "clock", t("respond.too_late|The time to answer is over"))
        case .done: return Parts.state("", "home", t("respond.done|You are done. Thank you."))
        case .calledOff: return Parts.state("", "undo", t("respond.called_off|You are not needed anymore. Thank you."))
        }
    }

    private func details(_ mine: MyAssignment) -> HTML {
        let assignment = mine.assignment
        func row(_ icon: String, _ term: String, _ words: String) -> (String, String, HTML) { (icon, term, "\(words)") }
        // Who is asked, and who went, is told what everybody is told: nobody finds out last.
        let known = TruthMark(mine.truth, isOver: mine.isOver, state: .verifying, t).html
        var rows = [
            row("pin", t("respond.where|About where"), site.placeName(mine.zone, t)),
            ("lens", t("go.known|What we know"), known),
        ]
        if let meeting = mine.meeting {
            rows.append(row("flag", t("respond.meeting|Where you meet"), meeting))
        } else if mine.isGoing, !mine.isMeetingSealed {
            let unknown = t("respond.no_meeting|Nobody said it yet. You get a message when they do.")
            rows.append(row("flag", t("respond.meeting|Where you meet"), unknown))
        }
        if let far = assignment.far(t) { rows.append(row("walk", t("respond.far|How far"), far)) }
        let others = mine.others.map { "\($0.handle) (\(t($0.state.label)))" }.joined(separator: ", ")
        let first = others.isEmpty ? t("respond.nobody_else|Nobody else so far.") : others
        let more = t("respond.more|{n} more person is asked for.|{n} more people are asked for.", n: mine.more)
        let company = [first] + (mine.more > 0 ? [more] : [])
        rows.append(row("people", t("respond.others|Who else goes"), company.joined(separator: " ")))
        rows.append(row("eye", t("respond.part|Your part"), part(assignment.role)))
        let list: [HTML] = rows.map { icon, term, words in
            "<div>\(Parts.icon(icon))<dt>\(term)</dt><dd>\(words)</dd></div>"
        }
        let sealed: HTML =
            mine.isMeetingSealed
            ? "<p>\(Parts.envelope(t("respond.meeting_sealed|Where you meet is sealed"), back: path, t))</p>" : .empty
        return "<dl>\(list)</dl>\(sealed)"
    }

    private func part(_ role: Skill) -> String {
        switch role {
        case .verifier: t("respond.verifier|Verifier: look, then tell us")
        case .observer: t("respond.observer|Observer: watch and write down")
        case .interpreter: t("respond.interpreter|Interpreter: help people understand each other")
        case .comforter: t("respond.comforter|Comforter: stay with the family")
        case .driver: t("respond.driver|Driver: bring people home")
        default: t(role.label)
        }
    }

    private func checkIn(_ mine: MyAssignment) -> HTML {
        guard mine.assignment.state == .onScene else { return .empty }
        let late: HTML =
            mine.assignment.missedCheckIns > 0
            ? "<p>\(Parts.state("urgent", "alert", t("respond.late|We have not heard from you. Are you OK?")))</p>"
            : .empty
        return """
            \(late)\(RespondStep(t: t, kind: .checkIn, path: path, token: token).html)
            """
    }

    private func safety(_ mine: MyAssignment) -> HTML {
        mine.assignment.state.isActive ? SafetyCard.html(t) : .empty
    }

    private func found(_ mine: MyAssignment) -> HTML {
        guard mine.mayVerify || finding != nil else { return .empty }
        return FindingForm(t: t, caller: caller, csrf: token, path: path, form: finding, refusal: refusal).html
    }

    private var writes: Bool {
        switch mine?.assignment.state {
        case .onTheWay, .onScene, .done: caller.can(.observe)
        case .offered, .accepted, .declined, .expired, .calledOff, nil: false
        }
    }

    /// What waits on this phone sends itself from here too: who was called off without a signal has no form any more.
    private var kept: HTML {
        guard !writes, caller.can(.observe) else { return .empty }
        return """
            <input type="hidden" name="_token" value="\(token)" data-fresh>\(ObservationForm.shelf(t))
            """
    }

    /// From the moment they go until a while after: what was seen is often written down on the way home.
    private func observation(_ mine: MyAssignment) -> HTML {
        guard writes else { return .empty }
        return ObservationForm(
            t: t,
            csrf: token,
            assignment: mine.assignment.id,
            draft: draft,
            hadFiles: hadFiles,
            refusal: finding == nil ? refusal : nil
        ).html
    }

    private func thumb(_ mine: MyAssignment) -> HTML {
        guard let next = mine.next, mine.assignment.state != .offered || mine.assignment.expiresAt > site.now else {
            let back: HTML =
                "<p><a class=\"button wide\" href=\"/respond\">\(t("respond.back|Back to my assignments"))</a></p>"
            return mine.mayReturn ? "\(afterAll(mine.assignment))\(back)" : back
        }
        switch next {
        case .accept:
            return """
                <div class="thumb two">\(Parts.button("\(path)/accept", "\(t(next.label))", token: token, class: "accent huge"))\
                \(Parts.button("\(path)/decline", "\(t("respond.cant|I can’t"))", token: token, class: "huge"))</div>
                """
        case .onTheWay, .arrive:
            return """
                <div class="thumb">\(RespondStep(t: t, kind: next == .arrive ? .arrive : .onTheWay, path: path, token: token).html)\
                \(Parts.button("\(path)/decline", "\(t("respond.cant_after_all|I can’t after all"))", token: token, class: "quiet wide"))</div>
                """
        case .done:
            return """
                <div class="thumb">\(RespondStep(t: t, kind: .done, path: path, token: token).html)</div>
                """
        }
    }

    private func afterAll(_ one: Assignment) -> HTML {
        """
        \(Parts.button("\(path)/accept", "\(t("respond.can_after_all|I can after all"))", token: token, class: "wide"))\
        <p class="soft">\(one.answerBy(t))</p>
        """
    }

    /// Not while they are out. Whoever rests may end it: it is theirs.
    private var rest: HTML {
        guard mine?.assignment.state.isActive != true, let until = restsUntil, until > site.now else { return .empty }
        return Parts.note(
            "",
            "pause",
            t("settings.resting|You are resting until {time}.", ["time": t.moment(until)]),
            """
            <p>\(t("care.rest_words|We ask others until then. Shifts you took are still yours."))</p>\
            \(Parts.button("/respond/rest/end", "\(t("respond.ask_anyway|Ask me anyway"))", token: token, class: "small"))
            """
        )
    }

    /// Not while they are out, and never in the way.
    private var howAreYou: HTML {
        guard mine?.assignment.state.isActive != true, let check = care.first else { return .empty }
        return Parts.note(
            "",
            "heart",
            t("care.title|How are you?"),
            """
            <p>\(t(check.cause.label)). \(t("care.invite|Say something, ask for a call, or take a rest. Or don’t."))</p>\
            <p class="row"><a class="button small" href="\(CarePages.path)/\(check.id)">\(t("care.open|Answer, if you like"))</a></p>
            """
        )
    }

    private func isRunning(_ one: Assignment) -> Bool {
        one.state.isActive && (one.state != .offered || one.expiresAt > site.now)
    }

    private func exercise(_ one: Assignment) -> HTML {
        exercises.contains(one.incident) ? Parts.state("plum", "flag", t("board.exercise|Exercise")) : .empty
    }

    /// What else they have at once: only some take more than one.
    private var also: HTML {
        let others = recent.filter { $0.id != mine?.assignment.id && isRunning($0) }
        guard !others.isEmpty else { return .empty }
        let rows: [HTML] = others.map { one in
            """
            <li><a href="/respond/\(one.id)">\(t(one.role.label))</a> <span class="soft">\(t(one.state.label))</span>\(exercise(one))\
            <span class="push">\(Parts.time(one.offeredAt, now: site.now, t))</span></li>
            """
        }
        return """
            <section class="stack tight" id="also"><h2 class="large">\(t("respond.also|You also have"))</h2>\
            <ul class="waiting">\(rows)</ul></section>
            """
    }

    private var history: HTML {
        let past = recent.filter { $0.id != mine?.assignment.id && !isRunning($0) }
        guard !past.isEmpty else { return .empty }
        let rows: [HTML] = past.map { one in
            """
            <li><span><a href="/respond/\(one.id)">\(t(one.role.label))</a> \
            <span class="soft">\(t(one.state.label))</span></span>\(exercise(one))<span class="push">\(Parts.time(one.offeredAt, now: site.now, t))</span></li>
            """
        }
        return """
            <details class="fold"><summary>\(t("respond.earlier|Earlier"))</summary><ul class="waiting">\(rows)</ul></details>
            """
    }
}
