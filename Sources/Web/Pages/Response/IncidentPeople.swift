// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response

/// Who was asked, who goes, who is there, and when the next wave is asked: the side of an open incident.
struct IncidentPeople {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let detail: IncidentDetail

    private var path: String { "/board/incidents/\(detail.card.id.text)" }

    var html: HTML {
        guard !detail.dispatches.isEmpty else {
            return """
                \(attorney)<h2>\(t("people_side.title|People"))</h2><p class="hint">\
                \(t("people_side.none|Nobody was asked yet. Those you send show up here, with what they say."))</p>
                """
        }
        return "\(attorney)\(meeting)\(detail.dispatches.reversed().map(dispatch))"
    }

    /// For a phone, where all of this stands under the record: how many of how many, who is out, and the way here.
    var brief: HTML {
        guard !detail.dispatches.isEmpty else {
            return "\(t("people_side.nobody_yet|Nobody was asked yet."))"
        }
        let needs = detail.dispatches.reversed().map { "\(heading($0)): \(needed($0).words)" }
        let out = detail.assignments.filter { $0.state.isActive && $0.state.saidYes }.sorted {
            Self.rank($0) < Self.rank($1)
        }
        let lines: [HTML] = out.map { "<small>\(name($0)) \(state($0))</small>" }
        return "<a href=\"#people\">\(needs.joined(separator: ", "))</a>\(lines)"
    }

    /// Where they meet, and the way to say it anew.
    private var meeting: HTML {
        guard detail.isAnybodySent, caller.can(.dispatch) else { return .empty }
        let place: HTML =
            switch detail.meetsAt {
            case .open(let meeting): "<p>\(meeting.text)</p>"
            case .locked: "<p>\(Parts.envelope(t("people_side.meeting_sealed|Sealed"), back: path, t))</p>"
            case .notForYou, .damaged:
                "<p class=\"sealed\">\(Parts.icon("envelope"))\(t("people_side.meeting_sealed|Sealed"))</p>"
            case nil:
                Parts.state("warn", "alert", t("people_side.no_meeting|Nobody said it. Those who go don’t know where."))
            }
        return """
            <h2>\(t("incident.meeting|Where they meet"))</h2>\(place)<p><a class="button small quiet" href="\(path)?act=meet" \
            data-pane="\(path)/pane?act=meet">\(t("people_side.meet|Say where"))</a></p>
            """
    }

    /// Who was called when it was confirmed, or by a run card before, and whether they answered.
    private var attorney: HTML {
        guard detail.card.truth == .confirmed || detail.card.truth == .unknown,
            let event = detail.timeline.last(where: { $0.kind.hasPrefix("incident.attorney_") })
        else { return .empty }
        let person = event.data["person"].flatMap(Ref<Person>.init)
        let name = person.map { detail.handles[$0] ?? t("person.former|Former member") }
        let state: HTML =
            switch event.kind {
            case "incident.attorney_acknowledged": Parts.state("good", "check", t("people_side.attorney_on_it|On it"))
            case "incident.attorney_paged": Parts.state("warn", "bell", t("people_side.attorney_paged|Paged"))
            case "incident.attorney_declined": Parts.state("", "cross", t("people_side.attorney_declined|Can’t"))
            default: Parts.state("urgent", "alert", t("people_side.attorney_missing|No attorney answered"))
            }
        return """
            <h2>\(t("people_side.attorney|Attorney on call"))</h2><ul><li class="person">\
            \(name.map { "<strong>\($0)</strong>" as HTML })\(state)\
            <small>\(Parts.time(event.at, now: site.now, t))</small></li></ul>\(answers)
            """
    }

    /// For the attorney who was paged: yes or no, and a second thought.
    private var answers: HTML {
        guard let page = detail.page else { return .empty }
        let all = MessageAnswers(t: t, token: token, back: path)
        return all.attorney(page.id.text, acknowledged: page.acknowledgedAt != nil, declined: page.declinedAt != nil)
    }

    private func dispatch(_ dispatch: Dispatch) -> HTML {
        let people = detail.assignments.filter { $0.dispatch == dispatch.id }
        let needed = needed(dispatch)
        let stop: HTML =
            dispatch.state == .asking && caller.can(.dispatch)
            ? Parts.button(
                "\(path)/dispatch/\(dispatch.id.text)/stop",
                "\(t("people_side.stop|Stop asking"))",
                token: token,
                class: "small quiet"
            )
            : .empty
        let byName: HTML =
            (dispatch.state == .asking || dispatch.state == .exhausted) && caller.can(.dispatch)
            ? """
            <a class="button small quiet" href="\(path)?act=ask" data-pane="\(path)/pane?act=ask">\(t("incident.by_name|Ask by name"))</a>
            """ : .empty
        return """
            <h2>\(heading(dispatch)) <span class="count">\(needed.words)</span></h2>\
            <div class="wave"><progress value="\(needed.yes)" max="\(dispatch.wanted)" aria-label="\(needed.words)"></progress>\
            <span>\(wave(dispatch, asked: people.count))</span>\(shortfall(dispatch))\(stop)\(byName)</div>\
            <ul>\(people.sorted { Self.rank($0) < Self.rank($1) }.map(person))</ul>\(callOffAll(dispatch, people))
            """
    }

    /// What they are asked as, and the language that they must speak: two lines of a card may differ in nothing else.
    private func heading(_ dispatch: Dispatch) -> String {
        let role = t(dispatch.role.label)
        return dispatch.language.map { "\(role) · \(SpokenLanguage.name($0))" } ?? role
    }

    /// How many of those it needs said yes, or are done.
    private func needed(_ dispatch: Dispatch) -> (yes: Int, words: String) {
        let said = detail.assignments.count { $0.dispatch == dispatch.id && $0.state.saidYes }
        let yes = min(said, dispatch.wanted)
        let numbers = ["yes": "\(yes)", "wanted": "\(dispatch.wanted)"]
        return (yes, t("people_side.needed|{yes} of {wanted} needed", numbers))
    }

    /// For twenty people one by one would be twenty times two steps.
    private func callOffAll(_ dispatch: Dispatch, _ people: [Assignment]) -> HTML {
        guard caller.can(.dispatch), people.count(where: \.state.isActive) > 1 else { return .empty }
        let sure = Parts.button(
            "\(path)/dispatch/\(dispatch.id.text)/call-off",
            "\(t("people_side.call_off_all_sure|Yes, tell everybody"))",
            token: token,
            class: "small"
        )
        return """
            <details class="sure" id="call-off-\(dispatch.id)"><summary class="button small quiet">\
            \(t("people_side.call_off_all|Call everybody off"))</summary><div class="stack tight">\
            <p>\(t("people_side.call_off_all_words|Everybody who was asked or goes is told at once: not needed. You can’t take it back."))</p>\
            \(sure)</div></details>
            """
    }

    private func wave(_ dispatch: Dispatch, asked: Int) -> HTML {
        guard dispatch.state == .asking, let next = dispatch.nextWaveAt else { return "\(t(dispatch.state.label))." }
        let words = t(
            "people_side.wave|Wave {wave}: {n} asked.|Wave {wave}: {n} asked.",
            n: asked,
            ["wave": "\(dispatch.wave)"]
        )
        let then =
            dispatch.wave >= Waves.last
            ? t("people_side.page|We call a coordinator in") : t("people_side.next|The next wave is asked in")
        return "\(words) \(then) \(countdown(next))"
    }

    private func countdown(_ end: Instant) -> HTML {
        let seconds = max(0, Int((end - site.now).inMilliseconds / 1_000))
        let words = "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
        return "<time datetime=\"\(end.iso8601)\" data-countdown>\(words)</time>"
    }

    private func shortfall(_ dispatch: Dispatch) -> HTML {
        guard let shortfall = dispatch.shortfall, dispatch.state == .asking || dispatch.state == .exhausted else {
            return .empty
        }
        return "<ul class=\"soft\">\(shortfall.words.map { "<li>\(t($0))</li>" as HTML })</ul>"
    }

    private var firstCallable: Ref<Assignment>? { detail.assignments.first { $0.state.isActive }?.id }

    private func name(_ one: Assignment) -> String { detail.handles[one.person] ?? t("person.former|Former member") }

    private func person(_ one: Assignment) -> HTML {
        let name = name(one)
        let far =
            one.reasons.contains(.sameNeighborhood)
            ? t(Match.Reason.sameNeighborhood.words)
            : one.distance.map { metres in
                metres < 800
                    ? t("people_side.close|very near")
                    : t("people_side.miles|{miles} miles", ["miles": Match.miles(Double(metres))])
            }
        // How far they are is said once.
        let why = one.reasons.filter { !$0.isDistance }.map { t($0.words) }
        let callOff = one.state.isActive && caller.can(.dispatch) ? callOff(one, name) : .empty
        return """
            <li class="person"><strong>\(name)</strong>\(state(one))<small>\
            \(([t(one.role.label), far].compactMap(\.self) + why).joined(separator: " · "))</small>\(one.isSilent ? silence(one, name) : .empty)\(callOff)</li>
            """
    }

    /// Who tries to reach them, so that no two call at the same time, and how it ends.
    private func silence(_ one: Assignment, _ name: String) -> HTML {
        let seeker = one.seeker.map { detail.handles[$0] ?? t("person.former|Former member") }
        let since = one.soughtAt.map { t.clock($0) } ?? ""
        let who = seeker.map { seeker in
            let words = ["seeker": seeker, "time": since]
            let line = t("people_side.sought|{seeker} has been trying to reach them since {time}", words)
            return "<small>\(Parts.state("warn", "phone", line))</small>" as HTML
        }
        guard caller.can(.dispatch) else { return who ?? .empty }
        func button(_ step: String, _ keyed: String, former: String? = nil) -> HTML {
            Parts.button(
                "\(path)/assignments/\(one.id.text)/\(step)",
                "\(t(keyed, ["name": name, "seeker": seeker ?? ""]))",
                token: token,
                class: "small",
                fields: former.map { [("former", $0)] } ?? []
            )
        }
        let reached = button("reached", "people_side.reached|I reached {name}: OK")
        switch one.seeker {
        case nil: return "\(button("seeking", "people_side.seek|I am trying to reach {name}"))\(reached)"
        case caller.person:
            return "\(who)\(reached)\(button("not-reached", "people_side.not_reached|I could not reach {name}"))"
        case let other?:
            let over = "people_side.seek_over|I take over from {seeker}"
            return "\(who)\(reached)\(button("seeking", over, former: other.text))"
        }
    }

    /// Two steps, the second of which says what it does: they are told at once, and it can't be taken back.
    private func callOff(_ one: Assignment, _ name: String) -> HTML {
        let sure = Parts.button(
            "\(path)/assignments/\(one.id.text)/call-off",
            "\(t("people_side.call_off_sure|Yes, tell {name}", ["name": name]))",
            token: token,
            class: "small"
        )
        // Somebody may be on their way: the key leads there, and no further.
        let (key, mark): (HTML, HTML) =
            one.id == firstCallable ? (" data-key=\"h\" data-key-leads", "<kbd>H</kbd>") : (.empty, .empty)
        return """
            <details class="sure" id="call-off-\(one.id)"><summary class="button small quiet"\(key)>\(t("people_side.call_off|Call off"))\
            <span class="visually-hidden"> \(name)</span>\(mark)</summary><div class="stack tight">\
            <p>\(t("people_side.call_off_words|{name} is told at once: not needed. You can’t take it back.", ["name": name]))</p>\(sure)</div></details>
            """
    }

    private func state(_ one: Assignment) -> HTML {
        switch one.state {
        case .offered:
            "<span class=\"state warn\">\(Parts.icon("clock"))\(t(one.state.label)) \(countdown(one.expiresAt))</span>"
        case .accepted: Parts.state("good", "check", t(one.state.label))
        case .onTheWay: Parts.state("good", "walk", t(one.state.label))
        case .onScene where one.isSilent:
            Parts.state("urgent", "alert", t("people_side.missed|Missed a check-in"))
        case .onScene: Parts.state("good", "pin", t(one.state.label))
        case .declined, .expired, .calledOff: Parts.state("", "cross", t(one.state.label))
        case .done: Parts.state("", "home", t(one.state.label))
        }
    }

    /// Those who are out first, then those who may still say yes.
    private static func rank(_ one: Assignment) -> Int {
        switch one.state {
        case .onScene: one.isSilent ? 0 : 1
        case .onTheWay: 2
        case .accepted: 3
        case .offered: 4
        case .done: 5
        case .declined: 6
        case .expired: 7
        case .calledOff: 8
        }
    }
}

/// The side of the board while nothing is open: who serves now.
struct ShiftPeople {
    let t: Words
    let shifts: [Shift]
    let tests: [Ref<Shift>: CommTest.State]
    let resting: [Ref<Shift>: Instant]
    let handles: [Ref<Person>: String]
    let now: Instant

    /// The same for everybody who sees the board.
    struct Read: Sendable {
        let shifts: [Shift]
        let tests: [Ref<Shift>: CommTest.State]
        let resting: [Ref<Shift>: Instant]
        let handles: [Ref<Person>: String]
        let now: Instant

        init(_ site: Site, in tx: Transaction) throws {
            now = tx.now
            shifts = try Role.allCases.flatMap { try Shift.serving($0, in: tx) }
            tests = try CommTest.states(of: shifts, timings: Timings.load(speed: site.config.speed, in: tx), in: tx)
            resting = try Shift.resting(of: shifts, in: tx)
            handles = shifts.isEmpty ? [:] : try Person.handles(of: Array(Set(shifts.map(\.person))), in: tx)
        }

        func html(_ t: Words) -> HTML {
            ShiftPeople(t: t, shifts: shifts, tests: tests, resting: resting, handles: handles, now: now).html
        }
    }

    var html: HTML {
        guard !shifts.isEmpty else {
            return """
                <h2>\(t("people_side.on_shift|On shift"))</h2><p class="hint">\
                \(t("people_side.nobody|Nobody is on shift. People can be asked only while they are."))</p>\
                <p><a href="/shifts">\(t("place.shifts|Shifts"))</a></p>
                """
        }
        let rows: [HTML] = shifts.map { shift in
            """
            <li class="person"><strong>\(handles[shift.person] ?? t("person.former|Former member"))</strong>\
            \(state(shift))\(resting[shift.id].map { ShiftsPage.rests(until: $0, t) })\
            <small>\(t(shift.role.name))\(until(shift))</small></li>
            """
        }
        return
            "<h2>\(t("people_side.on_shift|On shift")) <span class=\"count\">\(shifts.count)</span></h2><ul>\(rows)</ul>"
    }

    /// Until when, where that is still to come.
    private func until(_ shift: Shift) -> HTML {
        shift.endsAt > now ? " · \(t("shifts.to|to {time}", ["time": t.clock(shift.endsAt)]))" : .empty
    }

    private func state(_ shift: Shift) -> HTML {
        if shift.state == .on, shift.endsAt <= now {
            return Parts.state("warn", "clock", ShiftCalendar.pastEnd(shift, now, t))
        }
        if tests[shift.id] == .missed {
            return Parts.state("urgent", "alert", t("shifts.test_missed|Did not answer the test"))
        }
        return shift.state == .on
            ? Parts.state("good", "signal", t(shift.state.label)) : Parts.state("", "clock", t(shift.state.label))
    }
}
