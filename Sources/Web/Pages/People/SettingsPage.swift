// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response

/// One's own settings; for coordinators those of the coalition too.
struct SettingsPage {
    /// Where a refused form stands, so that only it shows what was typed.
    enum Part: String { case passphrase, devices, rest, helper, week, availability, timings, groups, jobs }

    struct State: Sendable {
        let helper: Helper?
        let week: WeeklyHours
        let availability: [Availability]
        let timings: Timings
        let organisations: [Organisation]
        let dead: [JobRow]
        let waiting: Int
        let devices: [Session.Device]
        let recoveryMadeAt: Instant?
    }

    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let state: State
    let saved: Bool
    let part: Part?
    let form: Form
    let refusal: Refusal?
    let availabilityToken: String
    let groupToken: String

    var body: HTML {
        let labels = (refusal?.fields.keys.sorted() ?? []).map { (field: $0, id: $0) }
        let done: HTML =
            saved
            ? "<div class=\"note good\" role=\"status\">\(Parts.icon("check-circle"))<p><strong>\(t("settings.saved|Saved."))</strong></p></div>"
            : .empty
        return """
            <div class="stack">\(Parts.refusal(refusal, labels: labels, back: "/settings", t))\
            <h1>\(t("place.settings|Settings"))</h1>\(done)\(ways)\
            <div class="columns">\(language)\(passphrase)</div>\(SignInSettings(site: site, t: t, caller: caller, token: token, devices: state.devices, recoveryMadeAt: state.recoveryMadeAt, typed: typed(.devices, "device"), errors: errors(.devices)).html)\
            \(helper)\
            \(caller.can(.manageSettings) ? "\(timings)\(groups)\(jobs)" : .empty)</div>
            """
    }

    /// Pages of their own, one tap away.
    private var ways: HTML {
        let channels: HTML =
            caller.can(.manageSettings)
            ? " <a class=\"button\" href=\"/settings/channels\">\(t("channels.title|Channels"))</a> <a class=\"button\" href=\"/settings/hooks\">\(t("hook.title|Web hooks"))</a> <a class=\"button\" href=\"/settings/run-cards\">\(t("cards.title|Run cards"))</a>"
            : .empty
        let care: HTML =
            caller.can(.careForResponders)
            ? " <a class=\"button\" href=\"\(CarePages.listPath)\">\(t("care.list|Care for responders"))</a>" : .empty
        let retention: HTML =
            caller.can(.manageSettings) || caller.can(.holdLegally) || caller.can(.readAudit)
            ? " <a class=\"button\" href=\"\(RetentionPages.path)\">\(t("retention.title|How long we keep things"))</a>"
            : .empty
        return
            "<p class=\"row\"><a class=\"button\" href=\"/settings/contact\">\(t("contact.title|How we reach you"))</a>\(care)\(channels)\(retention) <a class=\"button quiet\" href=\"\(ErasurePages.path)\">\(t("erasure.member|Erase my account"))</a></p>"
    }

    private func errors(_ part: Part) -> [String: Phrase] { part == self.part ? refusal?.fields ?? [:] : [:] }
    private func typed(_ part: Part, _ name: String) -> String { part == self.part ? form[name] : "" }

    private var language: HTML {
        let options = site.library.languages.map { (value: $0.code, label: $0.name) }
        return """
            <form class="sheet stack close" method="post" action="/settings/language"><h2>\(t("settings.language|Language"))</h2>\(Parts.hidden([("_token", token)]))\
            \
            \(Ask(name: "language", label: t("settings.my_language|The language of your pages"), value: t.language.code, control: .choice(options: options)).html(t))\
            <div class="turn"><button class="first">\(t("settings.save|Save"))</button></div></form>
            """
    }

    private var passphrase: HTML {
        let errors = errors(.passphrase)
        func ask(_ name: String, _ label: String, _ complete: String, _ hint: String? = nil) -> HTML {
            Ask(
                name: name,
                label: label,
                hint: hint,
                limit: 300,
                control: .line(type: "password", attributes: " autocomplete=\"\(complete)\""),
                error: errors[name] ?? errors[name == "new" ? "new_passphrase" : "passphrase"]
            ).html(t)
        }
        let login = Ask(
            name: "login",
            label: t("people.login|Sign-in name"),
            value: typed(.passphrase, "login"),
            limit: 64,
            control: .line(
                type: "text",
                attributes: " autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\""
            ),
            error: errors["login"]
        )
        return """
            <form class="sheet stack close" id="passphrase" method="post" action="/settings/passphrase">\
            <h2>\(t("settings.passphrase|Passphrase"))</h2>\(Parts.hidden([("_token", token)]))\(login.html(t))\
            \(ask("old", t("settings.old|The one you have now"), "current-password"))\
            \(ask("new", t("settings.new|The new one"), "new-password", t("settings.new_hint|Five or six words. Longer is better.")))\
            \(site.asksCodes && caller.hasSecondFactor ? CodeField(t: t, error: errors["code"]).html : .empty)\
            <div class="turn"><button class="first">\(t("settings.change|Change it"))</button></div>\
            <p class="hint">\(t("settings.others_out|Your other phones and computers are signed out."))</p></form>
            """
    }

    private var helper: HTML {
        guard let helper = state.helper else {
            // Whoever coordinates has nobody to ask.
            let words: HTML =
                caller.can(.managePeople)
                ? """
                \(t("settings.not_helping|You are not on the list of helpers.")) \
                <a href="/people/\(caller.person.text)">\(t("settings.add_self|Add yourself"))</a>
                """
                : "\(t("settings.no_helper|You are not on the list of helpers. Ask your coordinator to add you."))"
            return """
                <section class="stack close" id="rest"><h2>\(t("settings.helper|As a helper"))</h2><p>\(words)</p></section>
                """
        }
        let now = site.now
        let skills = helper.skills.map { held in
            site.pack.name(of: held.skill, t)
                + (held.isValid(at: now) ? "" : " (\(t("people.certificate_ended|ended")))")
        }
        return """
            <section class="stack close" id="rest"><h2>\(t("settings.helper|As a helper"))</h2><dl class="review">\
            <div><dt>\(t("settings.skills|What you can do"))</dt><dd>\(skills.joined(separator: ", "))</dd></div></dl>\
            <p class="hint">\(t("settings.coordinator_changes|Your coordinator can change these. Tell them what is new."))</p></section>\
            <div class="columns">\(own(helper))\(rest(helper))\(availability)</div>\
            \(WeekForm(t: t, token: token, hours: state.week).html)
            """
    }

    /// Where, how far and in which languages is the helper's own to say.
    private func own(_ helper: Helper) -> HTML {
        let fields = part == .helper ? HelperForm(form) : HelperForm(helper, site: site, t)
        return """
            <form class="sheet stack close" id="helper" method="post" action="/settings/helper">\
            <h2>\(t("settings.own|Where you help"))</h2>\(Parts.hidden([("_token", token)]))\
            \(fields.ownHTML(takesSeveral: helper.skills.contains { $0.skill.takesSeveral }, errors: errors(.helper), t))\
            <div class="turn"><button class="first">\(t("settings.save|Save"))</button></div></form>
            """
    }

    private func rest(_ helper: Helper) -> HTML {
        if let until = helper.restingUntil, until > site.now {
            let words = t("settings.resting|You are resting until {time}.", ["time": t.moment(until)])
            return """
                <section class="sheet stack close"><h2>\(t("settings.rest|Rest"))</h2><p>\(Parts.state("plum", "pause", words))</p>\
                \(Parts.button("/settings/pause/end", "\(t("settings.back|I am back. Ask me again."))", token: token, class: "first"))</section>
                """
        }
        let value = part == .rest ? form["until"] : LocalTime(site.now + .days(2)).field
        let until = Ask.moment(
            "until",
            label: t("settings.until|Until"),
            value: value,
            which: part == .rest ? form["until-which"] : "",
            attributes: " class=\"short\"",
            error: errors(.rest)["until"]
        )
        return """
            <form class="sheet stack close" method="post" action="/settings/pause"><h2>\(t("settings.rest|Rest"))</h2>\(Parts.hidden([("_token", token)]))\
            <p>\(t("settings.rest_words|You help more when you rest. We ask others until you are back."))</p>\
            \(until.html(t))<div class="turn"><button class="first">\(t("settings.rest_button|Do not ask me until then"))</button></div></form>
            """
    }

    private var availability: HTML {
        let errors = errors(.availability)
        let lines: [HTML] = state.availability.map { one in
            """
            <li><span>\(t.moment(one.startsAt)) – \(t.moment(one.endsAt))</span><span class="push">\
            \(Parts.button("/settings/availability/\(one.id.text)/end", "\(t("settings.end|Remove"))<span class=\"visually-hidden\"> \(t.moment(one.startsAt))</span>", token: token, class: "small quiet"))</span></li>
            """
        }
        func time(_ name: String, _ label: String, _ usual: Instant) -> HTML {
            let value = part == .availability ? form[name] : LocalTime(usual).field
            let which = part == .availability ? form["\(name)-which"] : ""
            return Ask.moment(name, label: label, value: value, which: which, error: errors[name]).html(t)
        }
        return """
            <section class="sheet stack close" id="availability"><h2>\(t("settings.available|When we can ask you"))</h2>\
            \(lines.isEmpty ? "<p class=\"hint\">\(t("settings.never|We do not ask you now. Add a time, or take a shift."))</p>" : "<ul class=\"waiting\">\(lines)</ul>" as HTML)\
            <form class="stack close" method="post" action="/settings/availability">\
            \(Parts.hidden([("_token", token), ("submission", availabilityToken)]))<div class="form-grid">\
            \(time("starts", t("settings.from|From"), site.now))\(time("ends", t("settings.until|Until"), site.now + .hours(4)))</div>\
            <div class="turn"><button class="first">\(t("settings.add_time|Add this time"))</button></div></form></section>
            """
    }

    private var timings: HTML {
        let errors = errors(.timings)
        let usual = Timings()
        let rows: [HTML] = Timings.Setting.all.filter { !$0.isRetention }.map { setting in
            let line = TimingLine(setting, state.timings[keyPath: setting.path])
            let value = part == .timings ? form[setting.key] : "\(line.count)"
            let problem: HTML? = errors[setting.key].map {
                "<p class=\"error\" id=\"\(setting.key)-error\">\(Parts.icon("alert"))\(t($0))</p>"
            }
            return """
                <tr><th scope="row"><label for="\(setting.key)">\(t(setting.label))</label></th>\
                <td data-label="\(t("settings.time|Time"))">\(problem)<span class="row"><input id="\(setting.key)" name="\(setting.key)" \
                class="short" inputmode="numeric" maxlength="6" value="\(value)" aria-describedby="\(setting.key)-unit"\
                \(problem == nil ? "" : " aria-invalid=\"true\"" as HTML)> <span id="\(setting.key)-unit" class="soft">\(line.unit.words(t))</span></span>\
                <input type="hidden" name="\(setting.key)-unit" value="\(line.unit.rawValue)"></td>\
                <td data-label="\(t("settings.usual|Usual"))">\(TimingLine(setting, usual[keyPath: setting.path]).words(t))</td></tr>
                """
        }
        return """
            <form class="stack close" id="timings" method="post" action="/settings/timings"><h2>\(t("settings.timings|Timings"))</h2>\(Parts.hidden([("_token", token)]))\
            <div class="tables"><table><caption class="visually-hidden">\
            \(t("settings.timings|Timings"))</caption><thead><tr><th scope="col">\(t("settings.what|What"))</th>\
            <th scope="col">\(t("settings.time|Time"))</th><th scope="col">\(t("settings.usual|Usual"))</th></tr></thead>\
            <tbody>\(rows)</tbody></table></div><div class="turn"><button class="first">\(t("settings.save|Save"))</button></div></form>
            """
    }

    private var groups: HTML {
        let errors = errors(.groups)
        return """
            <section class="stack close" id="groups"><h2>\(t("settings.groups|Groups of the coalition"))</h2>\
            <ul>\(state.organisations.map { "<li>\($0.name) (\($0.shortName))</li>" as HTML })</ul>\
            <form class="sheet stack close" method="post" action="/settings/groups">\
            \(Parts.hidden([("_token", token), ("submission", groupToken)]))<div class="form-grid">\
            \(Ask(name: "name", label: t("settings.group_name|Name of the group"), value: typed(.groups, "name"), limit: 120, error: errors["name"]).html(t))\
            \(Ask(name: "short_name", label: t("settings.group_short|Short name"), value: typed(.groups, "short_name"), limit: 24, error: errors["short_name"]).html(t))\
            </div><div class="turn"><button class="first">\(t("settings.group_add|Add the group"))</button></div></form></section>
            """
    }

    private var jobs: HTML {
        let waiting = t(
            "settings.jobs_waiting|{n} task is waiting its turn.|{n} tasks are waiting their turn.",
            n: state.waiting
        )
        let lines: [HTML] = state.dead.map { job in
            """
            <li><div class="stack tight"><strong>\(job.kind)</strong><span class="soft">\(job.lastError ?? "")</span>\
            <span class="soft">\(t("settings.tries|{n} try|{n} tries", n: job.attempts))\
            \(job.deadAt.map { " · \(Parts.time($0, now: site.now, t))" as HTML })</span></div><span class="push">\
            \(Parts.button("/settings/jobs/\(job.id.text)/retry", "\(Parts.icon("refresh"))\(t("settings.retry|Try again"))", token: token, class: "small"))</span></li>
            """
        }
        return """
            <section class="stack close" id="jobs"><h2>\(t("settings.jobs|Tasks that got stuck"))</h2><p class="hint">\(waiting)</p>\
            \(lines.isEmpty ? "<p>\(t("settings.no_jobs|Nothing is stuck. A task that fails many times shows up here."))</p>" : "<ul class=\"waiting\">\(lines)</ul>" as HTML)</section>
            """
    }
}

/// One timing as a form shows it: a whole number of the biggest unit that fits.
struct TimingLine {
    enum Unit: Int, CaseIterable {
        case seconds = 1, minutes = 60, hours = 3_600, days = 86_400

        func words(_ t: Words) -> String {
            switch self {
            case .seconds: t("settings.seconds|seconds")
            case .minutes: t("settings.minutes|minutes")
            case .hours: t("settings.hours|hours")
            case .days: t("settings.days|days")
            }
        }

        /// What may be chosen, in this unit.
        func range(_ seconds: ClosedRange<Int>) -> Phrase {
            let words = [
                "least": "\((seconds.lowerBound + rawValue - 1) / rawValue)",
                "most": "\(seconds.upperBound / rawValue)",
            ]
            return switch self {
            case .seconds: Phrase("response.timing_range|Choose from {least} to {most} seconds.", words)
            case .minutes: Phrase("response.timing_range_minutes|Choose from {least} to {most} minutes.", words)
            case .hours: Phrase("response.timing_range_hours|Choose from {least} to {most} hours.", words)
            case .days: Phrase("response.timing_range_days|Choose from {least} to {most} days.", words)
            }
        }
    }

    let setting: Timings.Setting
    let count: Int
    let unit: Unit

    var seconds: Duration { .seconds(count * unit.rawValue) }

    func words(_ t: Words) -> String { "\(count) \(unit.words(t))" }

    init(_ setting: Timings.Setting, _ duration: Duration) {
        let seconds = Int(duration.inMilliseconds / 1_000)
        let unit = Unit.allCases.last {
            seconds > 0 && seconds.isMultiple(of: $0.rawValue) && setting.range.upperBound >= 5 * $0.rawValue
        }
        self.init(setting: setting, count: seconds / (unit ?? .seconds).rawValue, unit: unit ?? .seconds)
    }

    private init(setting: Timings.Setting, count: Int, unit: Unit) {
        self.setting = setting
        self.count = count
        self.unit = unit
    }

    /// Those that were sent; throws a refusal that names each which is not a number of its range.
    static func read(_ form: Form) throws -> [TimingLine] {
        var fields: [String: Phrase] = [:]
        let lines = Timings.Setting.all.compactMap { setting -> TimingLine? in
            guard let text = form.optional(setting.key) else { return nil }
            guard let count = Int(text), let unit = Int(form["\(setting.key)-unit"]).flatMap(Unit.init(rawValue:))
            else {
                fields[setting.key] = "settings.number|Write a whole number."
                return nil
            }
            guard (1...1_000_000).contains(count), setting.range.contains(count * unit.rawValue) else {
                fields[setting.key] = unit.range(setting.range)
                return nil
            }
            return TimingLine(setting: setting, count: count, unit: unit)
        }
        if !fields.isEmpty { throw Refusal.invalid(fields) }
        return lines
    }
}
