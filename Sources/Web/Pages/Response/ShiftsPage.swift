// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response

/// Shifts by day; the caller's own first, with what they can do about each.
struct ShiftsPage {
    /// Where a refused form stands, so that only it shows what was typed.
    enum Part { case plan, handOver }

    struct State: Sendable {
        let waiting: [HandOver]
        let mine: [Shift]
        let all: [Shift]
        let handles: [Ref<Person>: String]
        /// Those who may be chosen, where the caller may see them.
        let people: [Person]

        static func load(for caller: Caller, in tx: Transaction) throws -> State {
            let waiting = try HandOver.waiting(for: caller, in: tx)
            let mine = try Shift.upcoming(of: caller.person, in: tx)
            let all = try Shift.upcoming(until: tx.now + .days(8), in: tx)
            let named = Set(
                (all + mine + waiting.map(\.shift)).flatMap { [$0.person, $0.handedTo].compactMap(\.self) }
            )
            return State(
                waiting: waiting,
                mine: mine,
                all: all,
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

    var body: HTML {
        let labels = (refusal?.fields.keys.sorted() ?? []).map { (field: $0, id: $0) }
        return """
            <div class="stack">\(Parts.refusal(refusal, labels: labels, back: "/shifts", t))\
            <div class="row apart"><h1>\(t("place.shifts|Shifts"))</h1>\(mayPlan ? addLink : .empty)</div>\
            \(state.waiting.map(waiting))<div class="columns wide-first"><div class="stack">\(own)\(everybody)</div>\
            <div class="stack">\(handOver)\(plan)</div></div></div>
            """
    }

    private var addLink: HTML { "<a class=\"button first\" href=\"#plan\">\(t("shifts.add|Add a shift"))</a>" }
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
            let buttons: HTML =
                switch shift.state {
                case .planned:
                    """
                    \(Parts.button("\(path)/start", "\(t("shifts.start|Start now"))", token: token, class: "small"))\
                    \(Parts.button("\(path)/cancellation", "\(t("shifts.cancel|Take it off the list"))", token: token, class: "small quiet"))
                    """
                case .on: Parts.button("\(path)/end", "\(t("shifts.end|End my shift"))", token: token, class: "small")
                case .handedOver, .ended: .empty
                }
            let given: HTML? = shift.handedTo.map {
                "<p class=\"hint\">\(t("shifts.asked|{name} was asked to take over.", ["name": handle($0)]))</p>"
            }
            let day: HTML = shift.startsAt > now ? " <span class=\"soft\">\(t.day(shift.startsAt))</span>" : .empty
            return """
                <li>\(hours(shift))<div><strong>\(t(shift.role.name))</strong>\(day) \(mark(shift, now))\(given)\
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

    private var everybody: HTML {
        let now = site.now
        let hasDispatcher = state.all.contains { $0.role == .dispatcher && $0.startsAt <= now && $0.endsAt > now }
        let gap: HTML =
            hasDispatcher
            ? .empty
            : Parts.note(
                "warn",
                "alert",
                t("shifts.no_dispatcher|Nobody leads the board now."),
                "<p>\(t("shifts.no_dispatcher_words|Reports still come in. Ask a dispatcher to start a shift."))</p>"
            )
        var days: [(day: String, shifts: [Shift])] = []
        for shift in state.all {
            let day = t.day(max(shift.startsAt, now))
            if days.last?.day == day { days[days.count - 1].shifts.append(shift) } else { days.append((day, [shift])) }
        }
        let sections: [HTML] = days.map { day, shifts in
            let rows: [HTML] = shifts.map { shift in
                "<li>\(hours(shift))<div><strong>\(handle(shift.person))</strong>, \(t(shift.role.name)) \(mark(shift, now))</div></li>"
            }
            return "<h2>\(day)</h2><ul class=\"rows\">\(rows)</ul>"
        }
        let empty: HTML = """
            <div class="empty">\(Parts.icon("calendar"))<h2>\(t("shifts.none|No shifts this week"))</h2>\
            <p>\(t("shifts.none_words|Add the first one. People can be asked only while they are on shift."))</p></div>
            """
        return "<section class=\"stack close\">\(gap)\(sections.isEmpty ? [empty] : sections)</section>"
    }

    private func hours(_ shift: Shift) -> HTML {
        """
        <time datetime="\(shift.startsAt.iso8601)" title="\(t.moment(shift.startsAt))">\(t.clock(shift.startsAt))\
        <small>\(t("shifts.to|to {time}", ["time": t.clock(shift.endsAt)]))</small></time>
        """
    }

    private func mark(_ shift: Shift, _ now: Instant) -> HTML {
        switch shift.state {
        case .on where shift.endsAt <= now: Parts.state("warn chip", "clock", t("shifts.late|Past its end"))
        case .on: Parts.state("good chip", "signal", t(shift.state.label))
        case .planned where shift.startsAt <= now:
            Parts.state("warn chip", "clock", t("shifts.not_started|Not started yet"))
        case .planned, .handedOver, .ended: Parts.state("chip", "calendar", t(shift.state.label))
        }
    }

    /// Only a dispatcher leaves open incidents behind; others just end.
    private var handOver: HTML {
        guard let shift = state.mine.first(where: { $0.role == .dispatcher && $0.state == .on }) else { return .empty }
        let errors = errors(.handOver)
        let next = state.people.filter { $0.id != caller.person && $0.roles.contains(shift.role) }
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
            <h2>\(t("shifts.hand_over|Hand over"))</h2>\(Parts.hidden([("_token", token)]))\
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
            Ask(
                name: name,
                label: label,
                value: typed(name, LocalTime(usual).field),
                control: .line(type: "datetime-local", attributes: .empty),
                error: errors[name]
            ).html(t)
        }
        return """
            <form class="sheet stack close" id="plan" method="post" action="/shifts">\
            <h2>\(t("shifts.add|Add a shift"))</h2>\(Parts.hidden([("_token", token), ("submission", submission)]))\(who)\
            \(Ask(name: "role", label: t("shifts.role|As"), value: typed("role", ""), control: .choice(options: roles.map { ($0.rawValue, t($0.name)) }), error: errors["role"]).html(t))\
            <div class="form-grid">\(time("starts", t("settings.from|From"), next))\(time("ends", t("settings.until|Until"), next + .hours(6)))</div>\
            <div class="turn"><button class="first">\(t("shifts.add|Add a shift"))</button></div></form>
            """
    }
}
