// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response
import Vault

/// Seven days of shifts, beside each other where there is room and below each other on a phone: who serves, what can
/// be taken, and what is being traded. A night stands under the day it begins on; the next one says until when.
struct ShiftCalendar {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let state: ShiftsPage.State

    private var now: Instant { site.now }
    private func handle(_ person: Ref<Person>) -> String { state.handles[person] ?? t("person.former|Former member") }

    var html: HTML {
        let days = (0..<7).map { state.day(after: $0) }
        let sections: [HTML] = days.enumerated().map { index, start in
            let end = state.day(after: index + 1)
            let day = start..<end
            let taken = state.all.filter { shift in
                // One that is on past its end is on until now.
                let until = shift.state == .on ? max(shift.endsAt, now + .milliseconds(1)) : shift.endsAt
                return shift.startsAt < end && until > start
            }
            let open = state.open.filter { $0.startsAt < end && $0.endsAt > start }
            let nothing: HTML =
                taken.isEmpty && open.isEmpty ? "<p class=\"hint\">\(t("shifts.nobody|Nobody"))</p>" : .empty
            // What began before the week stands under its first day, whole.
            let begun = index == 0 ? Instant(milliseconds: .min) : start
            let fresh = (open: open.filter { $0.startsAt >= begun }, taken: taken.filter { $0.startsAt >= begun })
            let nights: [HTML] =
                open.filter { $0.startsAt < begun }.map {
                    goesOn(t("shifts.left|{n} place open|{n} places open", n: $0.left), $0.role, $0.endsAt, day)
                }
                + taken.filter { $0.startsAt < begun }.map { goesOn(handle($0.person), $0.role, $0.endsAt, day) }
            return """
                <section class="stack tight\(taken.isEmpty && open.isEmpty ? " vacant" : "")"><h3>\(t.day(start))</h3>\(nothing)\
                <ul class="stack tight">\(nights)\(fresh.open.map { place($0, day) })\(fresh.taken.map { entry($0, day) })</ul></section>
                """
        }
        return """
            <section class="stack close" id="week"><div class="row apart"><h2>\(t("shifts.week|The week"))</h2>\(ways)</div>\
            <div class="week">\(sections)</div></section>
            """
    }

    /// A week back, never before today, and a week on.
    private var ways: HTML {
        let today = LocalTime(now).startOfDay
        let before = max(LocalTime(state.from - .days(7) + .hours(12)).startOfDay, today)
        let back: HTML =
            state.from > today
            ? "<a class=\"button small\" href=\"/shifts?from=\(LocalTime(before).isoDay)#week\">\(t("shifts.before|Week before"))</a>"
            : .empty
        return """
            <div class="row">\(back)<a class="button small" href="/shifts?from=\(LocalTime(state.day(after: 7)).isoDay)#week">\
            \(t("shifts.after|Next week"))</a></div>
            """
    }

    /// From when to when; with the day where that is another than the one it stands under.
    private func hours(_ from: Instant, _ to: Instant, _ day: Range<Instant>) -> HTML {
        func time(_ moment: Instant, isToday: Bool) -> HTML {
            "<time datetime=\"\(moment.iso8601)\">\(isToday ? t.clock(moment) : t.moment(moment))</time>"
        }
        let begin = time(from, isToday: day.contains(from))
        let end = time(to, isToday: to > day.lowerBound && to <= day.upperBound)
        return "\(begin) – \(end)"
    }

    /// One line of what began on the day before: that somebody is on in the first hours, or that nobody is yet.
    private func goesOn(_ who: String, _ role: Role, _ end: Instant, _ day: Range<Instant>) -> HTML {
        let until = end <= day.upperBound ? t.clock(end) : t.moment(end)
        return """
            <li class="goes-on"><strong>\(who)</strong>, \(t(role.name)), \(t("shifts.to|to {time}", ["time": until]))</li>
            """
    }

    private func place(_ open: OpenShift, _ day: Range<Instant>) -> HTML {
        let path = "/openings/\(open.id.text)"
        let hidden: HTML = "<span class=\"visually-hidden\"> \(t(open.role.name)), \(t.moment(open.startsAt))</span>"
        let take: HTML =
            caller.can(.takeShift) && caller.roles.contains(open.role)
            ? Parts.button(
                "\(path)/place",
                "\(t("shifts.take|I take it"))\(hidden)",
                token: token,
                class: "small first"
            ) : .empty
        let close: HTML =
            caller.can(.manageShifts)
            ? Parts.button(
                "\(path)/closing",
                "\(t("shifts.close|Close"))\(hidden)",
                token: token,
                class: "small quiet"
            ) : .empty
        return """
            <li class="slot open"><p>\(hours(open.startsAt, open.endsAt, day))</p><p><strong>\(t(open.role.name))</strong></p>\
            <p>\(Parts.state("warn", "people", t("shifts.left|{n} place open|{n} places open", n: open.left)))</p>\
            <div class="row">\(take)\(close)</div></li>
            """
    }

    private func entry(_ shift: Shift, _ day: Range<Instant>) -> HTML {
        """
        <li class="slot"><p>\(hours(shift.startsAt, shift.endsAt, day))</p>\
        <p><strong>\(handle(shift.person))</strong>, \(t(shift.role.name))</p>\(mark(shift))\(test(shift))\(rest(shift))\(certificate(shift))\(why(shift))\
        \(trade(shift))</li>
        """
    }

    private func mark(_ shift: Shift) -> HTML {
        switch shift.state {
        case .on where shift.endsAt <= now:
            "<p>\(Parts.state("warn", "clock", Self.pastEnd(shift, now, t)))</p>"
        case .on: "<p>\(Parts.state("good", "signal", t(shift.state.label)))</p>"
        case .planned where shift.startsAt <= now:
            "<p>\(Parts.state("warn", "clock", t("shifts.not_started|Not started yet")))</p>"
        case .planned, .handedOver, .ended: .empty
        }
    }

    /// Of a shift that nobody ended; with the day where that was another.
    static func pastEnd(_ shift: Shift, _ now: Instant, _ t: Words) -> String {
        let isToday = LocalTime(shift.endsAt).startOfDay == LocalTime(now).startOfDay
        let time = isToday ? t.clock(shift.endsAt) : t.moment(shift.endsAt)
        return t("shifts.should_have_ended|Should have ended: {time}", ["time": time])
    }

    private func test(_ shift: Shift) -> HTML {
        switch state.tests[shift.id] {
        case .missed: "<p>\(Parts.state("urgent", "alert", t("shifts.test_missed|Did not answer the test")))</p>"
        case .waiting: "<p>\(Parts.state("", "clock", t("shifts.test_waiting|Test message sent")))</p>"
        case .answered, nil: .empty
        }
    }

    /// For themselves, and for whoever plans.
    private func rest(_ shift: Shift) -> HTML {
        guard let end = state.resting[shift.id], shift.person == caller.person || caller.can(.manageShifts) else {
            return .empty
        }
        return "<p>\(ShiftsPage.rests(until: end, t))</p>"
    }

    private func certificate(_ shift: Shift) -> HTML {
        caller.can(.manageShifts) && state.uncertified.contains(shift.id) ? ShiftsPage.uncertified(t) : .empty
    }

    /// Why it is more than the limits, or without a certificate, for whoever plans.
    private func why(_ shift: Shift) -> HTML {
        guard let sealed = shift.override, caller.can(.manageShifts) else { return .empty }
        let words = caller.keyring.flatMap {
            try? sealed.open(kind: "shift.override", record: shift.id.text, with: $0).text
        }
        let what =
            shift.isUncertified
            ? t("shifts.without|Without a certificate") : t("shifts.over_limit|More than the limits")
        return """
            <p>\(Parts.state("plum", "alert", what))\
            \(words.map { "<br><q>\($0)</q>" as HTML })</p>
            """
    }

    private func trade(_ shift: Shift) -> HTML {
        let path = "/shifts/\(shift.id.text)/trade"
        let hidden: HTML =
            "<span class=\"visually-hidden\"> \(handle(shift.person)), \(t.moment(shift.startsAt))</span>"
        switch shift.trade {
        case nil: return .empty
        case .offered:
            let mayTake =
                shift.person != caller.person && caller.can(.takeShift) && caller.roles.contains(shift.role)
                && shift.endsAt > now
            let take: HTML =
                mayTake
                ? Parts.button(
                    "\(path)/taking",
                    "\(t("shifts.take|I take it"))\(hidden)",
                    token: token,
                    class: "small first"
                ) : .empty
            return "<p>\(Parts.state("warn", "refresh", t("shifts.offered|Looks for somebody else")))</p>\(take)"
        case .taken(let taker):
            let words = t("shifts.trade_waits|{name} takes it, when somebody agrees", ["name": handle(taker)])
            let mayAgree = caller.can(.manageShifts) && caller.person != taker && caller.person != shift.person
            let buttons: HTML =
                mayAgree
                ? """
                <div class="row">\(Parts.button("\(path)/approval", "\(t("shifts.agree|Agree"))\(hidden)", token: token, class: "small first"))\
                \(Parts.button("\(path)/refusal", "\(t("shifts.disagree|Not this one"))\(hidden)", token: token, class: "small quiet"))</div>
                """ : .empty
            let back: HTML =
                caller.person == taker
                ? Parts.button(
                    "\(path)/return",
                    "\(t("shifts.take_back|I can’t after all"))\(hidden)",
                    token: token,
                    class: "small quiet"
                ) : .empty
            return "<p>\(Parts.state("plum", "refresh", words))</p>\(buttons)\(back)"
        }
    }
}

/// Places that anybody able may take, as whoever plans shifts opens them.
struct OpenShiftForm {
    let t: Words
    let token: String
    let submission: String
    let now: Instant
    /// Empty unless this form was refused.
    let form: Form
    let isTyped: Bool
    let errors: [String: Phrase]

    var html: HTML {
        func typed(_ name: String, _ usual: String) -> String { isTyped ? form[name] : usual }
        let roles = Role.allCases.filter { Permission.takeShift.roles.contains($0) }
        let next = Instant(milliseconds: (now.milliseconds / 3_600_000 + 1) * 3_600_000) + .days(1)
        func time(_ name: String, _ label: String, _ usual: Instant) -> HTML {
            Ask.moment(
                name,
                id: "open-\(name)",
                label: label,
                value: typed(name, LocalTime(usual).field),
                which: typed("\(name)-which", ""),
                error: errors[name]
            ).html(t)
        }
        return """
            <form class="sheet stack close" id="open" method="post" action="/openings">\
            <h2>\(t("shifts.open|Open places"))</h2><p class="soft">\(t("shifts.open_words|Whoever has the role can take one."))</p>\
            \(Parts.hidden([("_token", token), ("submission", submission)]))\
            \(Ask(name: "role", id: "open-role", label: t("shifts.role|As"), value: typed("role", Role.verifier.rawValue), control: .choice(options: roles.map { ($0.rawValue, t($0.name)) }), error: errors["role"]).html(t))\
            <div class="form-grid">\(time("starts", t("settings.from|From"), next))\(time("ends", t("settings.until|Until"), next + .hours(4)))\
            \(Ask(name: "places", id: "open-places", label: t("shifts.places|How many people"), value: typed("places", "2"), limit: 2, control: .line(type: "text", attributes: " inputmode=\"numeric\""), error: errors["places"]).html(t))</div>\
            <div class="turn"><button class="first">\(t("shifts.open|Open places"))</button></div></form>
            """
    }
}
