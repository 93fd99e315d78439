// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response

/// Shifts: the caller's own first, with what they can do about each, and the week of everybody.
struct ShiftsPage {
    /// Where a refused form stands, so that only it shows what was typed.
    enum Part { case plan, handOver, open }

    struct State: Sendable {
        let waiting: [HandOver]
        let mine: [Shift]
        /// The first day of the week that is shown, at midnight.
        let from: Instant
        let all: [Shift]
        let open: [OpenShift]
        let tests: [Ref<Shift>: CommTest.State]
        let uncertified: Set<Ref<Shift>>
        /// Until when whoever has them rests.
        let resting: [Ref<Shift>: Instant]
        /// Until when those that the caller may see hold.
        let certificates: [CertificateEnd]
        /// Those in which whoever holds them serves, since nobody ever had the certificate.
        let beginning: [Role]
        /// Whether the caller may say why a shift must be all the same.
        let mayExplain: Bool
        /// From whom the board can be taken: those who lead it, also where they didn't press start.
        let leading: [Shift]
        /// Whether anybody leads it who is there, as far as anybody knows.
        let isLed: Bool
        let handles: [Ref<Person>: String]
        /// Those who may be chosen, where the caller may see them.
        let people: [Person]

        /// Midnight so many days after the first.
        func day(after days: Int) -> Instant { LocalTime(from + .days(days) + .hours(12)).startOfDay }

        /// `from`: any moment of the first day; today when it is earlier, and at most a year on.
        static func load(
            for caller: Caller,
            from: Instant?,
            timings: Timings,
            in tx: Transaction
        ) throws -> State {
            let waiting = try HandOver.waiting(for: caller, in: tx)
            let mine = try Shift.upcoming(of: caller.person, in: tx)
            let first = LocalTime(min(max(from ?? tx.now, tx.now), tx.now + .days(366))).startOfDay
            let end = LocalTime(first + .days(7) + .hours(12)).startOfDay
            let all = try Shift.between(first, end, in: tx)
            let leading = try Shift.current(.dispatcher, in: tx).filter { !$0.isForgotten(at: tx.now) }
            let certificates = try CertificateEnd.shown(to: caller, in: tx)
            let named = Set(
                certificates.map(\.person)
                    + (all + mine + leading + waiting.map(\.shift)).flatMap {
                        [$0.person, $0.handedTo, $0.taker].compactMap(\.self)
                    }
            )
            return State(
                waiting: waiting,
                mine: mine,
                from: first,
                all: all,
                open: try OpenShift.between(first, end, in: tx),
                tests: try CommTest.states(of: all + mine, timings: timings, in: tx),
                uncertified: try Shift.uncertified(of: all + mine, in: tx),
                resting: try Shift.resting(of: all + mine, in: tx),
                certificates: certificates,
                beginning: caller.can(.manageShifts) ? try Shift.beginning(in: tx) : [],
                mayExplain: try Shift.mayExplain(caller, in: tx),
                leading: leading,
                isLed: try !Shift.serving(.dispatcher, in: tx).isEmpty,
                handles: named.isEmpty ? [:] : try Person.handles(of: Array(named), in: tx),
                people: caller.can(.seePeople) ? try Person.list(by: caller, in: tx) : []
            )
        }
    }

    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let state: State
    let part: Part?
    let form: Form
    let refusal: Refusal?
    let submission: String
    let openSubmission: String

    var body: HTML {
        let labels = (refusal?.fields.keys.sorted() ?? []).map { (field: $0, id: $0) }
        // On a phone the form that a shift is handed over with stands far below.
        let mustHandOver = refusal?.message.keyed.hasPrefix("response.shift_open") == true && !handOver.isEmpty
        return """
            <div class="stack">\(Parts.refusal(refusal, labels: labels, back: "/shifts", t))\(mustHandOver ? toHandOver : .empty)\
            <div class="row apart"><h1>\(t("place.shifts|Shifts"))</h1>\(mayPlan ? addLink : .empty)</div>\
            \(state.waiting.map(waiting))\(gap)\(leading)\(beginning)\(silent)\(resting)\(own)\
            \(ShiftCalendar(site: site, t: t, caller: caller, token: token, state: state).html)\
            \(certificates)<div class="columns">\(handOver)\(plan)\(open)</div></div>
            """
    }

    private var addLink: HTML { "<a class=\"button first\" href=\"#plan\">\(t("shifts.add|Add a shift"))</a>" }
    private var toHandOver: HTML { "<a class=\"button\" href=\"#hand-over\">\(t("shifts.hand_over|Hand over"))</a>" }
    private var mayPlan: Bool { caller.can(.takeShift) || caller.can(.manageShifts) }
    private func handle(_ person: Ref<Person>) -> String { state.handles[person] ?? t("person.former|Former member") }
    private func errors(_ part: Part) -> [String: Phrase] { part == self.part ? refusal?.fields ?? [:] : [:] }

    private func waiting(_ one: HandOver) -> HTML {
        let path = "/shifts/\(one.shift.id.text)/hand-over"
        let note: HTML =
            if one.shift.note == nil {
                .empty
            } else if let keyring = caller.keyring {
                one.note(with: keyring).map { "<blockquote>\($0)</blockquote>" } ?? .empty
            } else {
                "<p>\(Parts.envelope(t("shifts.note_sealed|Their note is sealed"), back: "/shifts", t))</p>"
            }
        let words = t(
            "shifts.waiting|{name} hands over to you. {n} incident is open.|{name} hands over to you. {n} incidents are open.",
            n: one.open,
            ["name": handle(one.shift.person)]
        )
        return """
            <section class="note warn">\(Parts.icon("bell"))<div class="stack close"><p><strong>\(words)</strong></p>\(note)\
            <div class="row">\(Parts.button("\(path)/accept", "\(t("shifts.accept|I take over"))", token: token, class: "first"))\
            \(Parts.button("\(path)/decline", "\(t("shifts.decline|I can’t"))", token: token))</div></div></section>
            """
    }

    private var own: HTML {
        let now = site.now
        let rows: [HTML] = state.mine.map { shift in
            let path = "/shifts/\(shift.id.text)"
            let isNear = shift.startsAt <= now + Shift.earliest
            func button(_ step: String, _ label: String, class extra: String = "small") -> HTML {
                Self.button("\(path)/\(step)", label, of: shift, token: token, class: extra)
            }
            let start = button("start", t("shifts.start|Start now"))
            let begin: HTML =
                isNear && state.resting[shift.id] != nil
                ? endRest(shift, path) : "\(test(shift, path))\(isNear && shift.state == .planned ? start : .empty)"
            let buttons: HTML =
                switch shift.state {
                case .planned:
                    """
                    \(begin)\
                    \(trade(shift, path))\
                    \(button("cancellation", t("shifts.cancel|Take it off the list"), class: "small quiet"))
                    """
                case .on:
                    """
                    \(begin)\
                    \(button("end", t("shifts.end|End my shift")))
                    """
                case .handedOver, .ended: .empty
                }
            let given: HTML? = shift.handedTo.map {
                "<p class=\"hint\">\(t("shifts.asked|{name} was asked to take over.", ["name": handle($0)]))</p>"
            }
            let uncertified: HTML = state.uncertified.contains(shift.id) ? Self.uncertified(t) : .empty
            let day: HTML = shift.startsAt > now ? " <span class=\"soft\">\(t.day(shift.startsAt))</span>" : .empty
            return """
                <li>\(hours(shift))<div><strong>\(t(shift.role.name))</strong>\(day) \(mark(shift, now))\(uncertified)\(given)\
                <div class="row">\(buttons)</div></div></li>
                """
        }
        guard !rows.isEmpty else { return .empty }
        let later = rows.dropFirst(3)
        let fold: HTML =
            later.isEmpty
            ? .empty
            : """
            <details class="fold"><summary>\(t("shifts.later|{n} later shift|{n} later shifts", n: later.count))</summary>\
            <ul class="rows">\(Array(later))</ul></details>
            """
        return """
            <section class="stack close"><h2>\(t("shifts.mine|My shifts"))</h2><ul class="rows">\(Array(rows.prefix(3)))</ul>\
            \(fold)</section>
            """
    }

    /// A step about one's own shift, which says whose it was on this page.
    private static func button(
        _ path: String,
        _ label: String,
        of shift: Shift,
        token: String,
        class extra: String
    ) -> HTML {
        Parts.button(path, "\(label)", token: token, class: extra, fields: [("person", shift.person.text)])
    }

    static func uncertified(_ t: Words) -> HTML {
        let words = t("response.ask_unable|This person does not have a current certificate for this.")
        return "<p class=\"hint\">\(Parts.icon("alert")) \(words)</p>"
    }

    private var gap: HTML {
        guard !state.isLed else { return .empty }
        let lead: HTML =
            caller.can(.dispatch)
            ? Parts.button("/shifts/leading", "\(t("shifts.lead|I lead the board now"))", token: token, class: "first")
            : "<p>\(t("shifts.no_dispatcher_words|Reports still come in. Ask a dispatcher to start a shift."))</p>"
        return Parts.note("warn", "alert", t("shifts.no_dispatcher|Nobody leads the board now."), lead)
    }

    /// Those from whom the caller may take the board; who handed over to them waits above.
    private var leading: HTML {
        let waiting = Set(state.waiting.map(\.shift.id))
        let others = state.leading.filter { $0.person != caller.person && !waiting.contains($0.id) }
        guard caller.can(.dispatch), !others.isEmpty else { return .empty }
        let rows: [HTML] = others.map { shift in
            let name = handle(shift.person)
            let take = t("shifts.take_over|Take over from {name}", ["name": name])
            return """
                <li>\(hours(shift))<div><strong>\(name)</strong> \(mark(shift, site.now))\
                <div class="row">\(Parts.button("/shifts/\(shift.id.text)/taking", "\(take)", token: token, class: "small"))</div>\
                </div></li>
                """
        }
        return """
            <section class="stack close" id="leading"><h2>\(t("shifts.leads|Who leads the board"))</h2>\
            <p class="hint">\(t("shifts.leads_words|Who takes over answers for what is open, until somebody takes it from them."))</p>\
            <ul class="rows">\(rows)</ul></section>
            """
    }

    private var beginning: HTML {
        guard !state.beginning.isEmpty else { return .empty }
        let names = state.beginning.map { t($0.name) }.joined(separator: ", ")
        return Parts.note(
            "",
            "info",
            t("shifts.beginning|Nobody has a certificate yet: {roles}", ["roles": names]),
            "<p>\(t("shifts.beginning_words|Until somebody does, whoever has the role may serve. After that, a new shift begins only with a certificate."))</p>"
        )
    }

    /// Who is on shift and did not answer the test message; they themselves too, since they may be the last to know.
    private var silent: HTML {
        let missed = (state.all + state.mine).filter { state.tests[$0.id] == .missed }
        let mine = missed.contains { $0.person == caller.person }
        let others = Set(missed.map(\.person)).subtracting([caller.person]).map(handle).sorted()
        var html = HTML.empty
        if mine {
            html += Parts.note(
                "warn",
                "bell",
                t("shifts.test_mine|You did not answer the test message."),
                "<p>\(t("shifts.test_mine_words|Press “I got the test message” below. If it never came, look at how we reach you."))</p>"
            )
        }
        if !others.isEmpty, caller.can(.manageShifts) {
            html += Parts.note(
                "urgent",
                "alert",
                t(
                    "shifts.test_silent|No answer to the test message: {names}",
                    ["names": others.joined(separator: ", ")]
                ),
                "<p>\(t("shifts.test_silent_words|Try to reach them, or ask somebody else to serve."))</p>"
            )
        }
        return html
    }

    /// Somebody else may take it, or they keep it after all.
    private func trade(_ shift: Shift, _ path: String) -> HTML {
        let (step, label) =
            shift.trade == nil
            ? ("trade", t("shifts.offer|Offer it to others")) : ("trade/end", t("shifts.keep|I keep it"))
        return Self.button("\(path)/\(step)", label, of: shift, token: token, class: "small quiet")
    }

    /// The test message of a shift that runs, answered here as well as where it came.
    private func test(_ shift: Shift, _ path: String) -> HTML {
        switch state.tests[shift.id] {
        case .waiting, .missed:
            Self.button(
                "\(path)/test",
                t("shifts.test|I got the test message"),
                of: shift,
                token: token,
                class: "small first"
            )
        case .answered, nil: .empty
        }
    }

    private var open: HTML {
        guard caller.can(.manageShifts) else { return .empty }
        return OpenShiftForm(
            t: t,
            token: token,
            submission: openSubmission,
            now: site.now,
            form: form,
            isTyped: part == .open,
            errors: errors(.open)
        ).html
    }

    private func hours(_ shift: Shift) -> HTML {
        """
        <time datetime="\(shift.startsAt.iso8601)" title="\(t.moment(shift.startsAt))">\(t.clock(shift.startsAt))\
        <small>\(t("shifts.to|to {time}", ["time": t.clock(shift.endsAt)]))</small></time>
        """
    }

    private func mark(_ shift: Shift, _ now: Instant) -> HTML {
        switch shift.state {
        case .on where shift.endsAt <= now:
            Parts.state("warn chip", "clock", ShiftCalendar.pastEnd(shift, now, t))
        case .on: Parts.state("good chip", "signal", t(shift.state.label))
        case .planned where shift.startsAt <= now:
            Parts.state("warn chip", "clock", t("shifts.not_started|Not started yet"))
        case .planned, .handedOver, .ended: Parts.state("chip", "calendar", t(shift.state.label))
        }
    }

    /// Only a dispatcher leaves open incidents behind; others just end.
    private var handOver: HTML {
        guard let shift = state.mine.first(where: { $0.role == .dispatcher && $0.runs(at: site.now) }) else {
            return .empty
        }
        let errors = errors(.handOver)
        let next = state.people.filter {
            $0.id != caller.person && !$0.roles.isDisjoint(with: Shift.holders(of: shift.role))
        }
        guard !next.isEmpty else {
            return """
                <section class="sheet stack close" id="hand-over"><h2>\(t("shifts.hand_over|Hand over"))</h2>\
                <p>\(t("shifts.no_next|Nobody else has this role yet. Ask a coordinator to give it to someone."))</p></section>
                """
        }
        let options = next.map { (value: $0.id.text, label: $0.handle) }
        let isTyped = part == .handOver
        return """
            <form class="sheet stack close" id="hand-over" method="post" action="/shifts/\(shift.id)/hand-over">\
            <h2>\(t("shifts.hand_over|Hand over"))</h2>\(Parts.hidden([("_token", token), ("person", shift.person.text)]))\
            <p class="soft">\(t("shifts.hand_over_words|Your shift goes on until they say yes."))</p>\
            \(Ask(name: "next", label: t("shifts.next|Who takes over?"), value: isTyped ? form["next"] : "", control: .choice(options: options), error: errors["next"]).html(t))\
            \(Ask(name: "note", label: t("shifts.note|Note for the next shift"), hint: t("shifts.note_hint|What is open, who is out, what to watch. Only the team can read it."), value: isTyped ? form["note"] : "", limit: 2_000, control: .area(rows: 5), error: errors["note"]).html(t))\
            <div class="turn"><button class="first">\(t("shifts.hand_over_button|Ask them to take over"))</button></div></form>
            """
    }

    private var plan: HTML {
        guard mayPlan else { return .empty }
        let errors = errors(.plan)
        let isTyped = part == .plan
        func typed(_ name: String, _ usual: String) -> String { isTyped ? form[name] : usual }
        let served = Permission.takeShift.roles
        let roles = Role.allCases.filter {
            served.contains($0) && (caller.can(.manageShifts) || caller.roles.contains($0))
        }
        let who: HTML =
            caller.can(.manageShifts) && !state.people.isEmpty
            ? Ask(
                name: "person",
                label: t("shifts.who|Who?"),
                value: typed("person", caller.person.text),
                control: .choice(options: state.people.map { (value: $0.id.text, label: $0.handle) }),
                error: errors["person"]
            ).html(t) : .empty
        let next = Instant(milliseconds: (site.now.milliseconds / 3_600_000 + 1) * 3_600_000)
        func time(_ name: String, _ label: String, _ usual: Instant) -> HTML {
            Ask.moment(
                name,
                label: label,
                value: typed(name, LocalTime(usual).field),
                which: typed("\(name)-which", ""),
                error: errors[name]
            ).html(t)
        }
        return """
            <form class="sheet stack close" id="plan" method="post" action="/shifts">\
            <h2>\(t("shifts.add|Add a shift"))</h2>\(Parts.hidden([("_token", token), ("submission", submission)]))\(who)\
            \(Ask(name: "role", label: t("shifts.role|As"), value: typed("role", ""), control: .choice(options: roles.map { ($0.rawValue, t($0.name)) }), error: errors["role"]).html(t))\
            <div class="form-grid">\(time("starts", t("settings.from|From"), next))\(time("ends", t("settings.until|Until"), next + .hours(6)))</div>\
            \(overriding)<div class="turn"><button class="first">\(t("shifts.add|Add a shift"))</button></div></form>
            """
    }

    /// For whoever may let it be all the same, and says why.
    private var overriding: HTML {
        guard state.mayExplain else { return .empty }
        return Ask(
            name: "override",
            label: t("shifts.explain|Why it must be, if it breaks the limits or a certificate is missing"),
            hint: t("shifts.override_hint|Sealed. It stays on the record with your name."),
            value: part == .plan ? form["override"] : "",
            limit: 500,
            isOptional: true,
            error: errors(.plan)["override"]
        ).html(t)
    }
}
