// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Inform
import Kit
import NIOCore

/// `/policies`: the laws, ordinances and agreements that the coalition follows. What they mean for a reader comes from
/// live facts, and changes with them.
struct PolicyPages {
    let site: Site

    func list(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        let t = context.t
        return site.publicPage(request, t, version: rights.version) {
            Layout(
                site: site,
                t: t,
                path: "/policies",
                title: t("policy.title|Laws we follow"),
                body: PolicyIndex(site: site, rights: rights, t: t).body
            )
        }
    }

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        guard let policy = context.parameters.get("policy").flatMap(site.pack.policies.policy) else {
            throw Refusal.notFound
        }
        let t = context.t
        return site.publicPage(request, t, version: rights.version) {
            Layout(
                site: site,
                t: t,
                path: "/policies/\(policy.id)",
                title: t("policy.title|Laws we follow"),
                body: PolicyPage(site: site, rights: rights, policy: policy, t: t).body
            )
        }
    }

    /// Every hearing and last day of comment that is still to come, for a calendar that asks now and then.
    func calendar(_ request: Request, _ context: SiteContext) async throws -> Response {
        let t = context.t
        let day = LocalTime(site.now).isoDay
        let entries = site.pack.policies.policies.flatMap {
            $0.calendar(from: day, t.language, address: site.config.address)
        }
        let name = "\(site.pack.coalition.name(t.language)): \(t("policy.hearings|Hearings and dates"))"
        let feed = CalendarFeed(name: name, language: t.language.code, entries: entries)
        let headers: HTTPFields = [
            .contentType: CalendarFeed.mediaType, .cacheControl: "no-cache", .contentLanguage: t.language.code,
            .vary: "Accept-Language, Cookie",
        ]
        return .tagged(ByteBuffer(bytes: feed.bytes), headers: headers, for: request)
    }
}

/// All policies, each with how it stands, and what is heard next.
struct PolicyIndex {
    let site: Site
    let rights: Rights
    let t: Words

    var body: HTML {
        """
        <header class="stack close"><h1>\(t("policy.title|Laws we follow"))</h1><p class="lead">\
        \(t("policy.lead|What each one does, who keeps to it, what people say for and against it, and what you can do."))</p></header>\
        <nav class="policies" aria-label="\(t("policy.title|Laws we follow"))"><ul>\(site.pack.policies.policies.map(row))</ul></nav>\
        <section class="stack close" aria-labelledby="hearings"><h2 id="hearings">\
        \(t("policy.hearings|Hearings and dates"))</h2>\(hearings)</section>\(GuideNotice(rights: rights, t: t).html)
        """
    }

    private func row(_ policy: Policy) -> HTML {
        """
        <li><a class="policy-row" href="/policies/\(policy.id)"><span class="cut">\(Parts.icon(policy.icon))</span>\
        <strong\(policy.name.mark(t))>\(policy.name(t.language))</strong>\
        <span class="soft">\(policy.kind.words(t)) · \(rights.jurisdiction(policy.jurisdiction, t.language))</span>\
        \(PolicyMark(policy: policy, rights: rights, t: t).html)</a></li>
        """
    }

    private var hearings: HTML {
        let coming = site.pack.policies.policies.flatMap { policy in
            policy.hearings(from: rights.day).map { (policy, $0) }
        }.sorted { ($0.1.at, $0.1.id) < ($1.1.at, $1.1.id) }
        guard !coming.isEmpty else {
            return """
                <p>\(t("policy.no_hearings|We know of no date yet. When we do, it is here and in the calendar."))</p>\(feed)
                """
        }
        let rows: [HTML] = coming.map { policy, hearing in
            HearingRow(policy: policy, hearing: hearing, isNamed: true, t: t).html
        }
        return "<ul class=\"hearings\">\(rows)</ul>\(feed)"
    }

    private var feed: HTML { CalendarLink(t: t).html }
}

/// One policy, whole.
struct PolicyPage {
    let site: Site
    let rights: Rights
    let policy: Policy
    let t: Words

    var body: HTML {
        """
        <header class="guide-head"><p><a class="back" href="/policies">\(Parts.icon("back", class: "turns"))\
        \(t("policy.title|Laws we follow"))</a></p><h1\(policy.name.mark(t))>\(policy.name(t.language))</h1>\
        <p>\(PolicyMark(policy: policy, rights: rights, t: t).html)</p>\(isGone ? gone : lead)\(about)</header>\
        \(facts)\(isGone ? .empty : own)\(deeds)\(hearings)\(GuideNotice(rights: rights, t: t, state: policy.states[t.language.code] ?? .draft).html)
        """
    }

    /// When a fact it rests on was taken back, our own words of it are not shown either.
    private var isGone: Bool { policy.standing(rights) == .recalled }

    private var gone: HTML {
        "<p><b>\(t("policy.gone|Part of this was taken back. We show the rest again when it was checked."))</b></p>"
    }

    private var lead: HTML {
        """
        <p class="lead"\(policy.lead.mark(t))>\(policy.lead(t.language))</p>\
        \(policy.lead.isIn(t.language) ? .empty : NotYet(t).html)
        """
    }

    private var about: HTML {
        """
        <dl class="facts-of"><dt>\(t("policy.kind|What it is"))</dt><dd>\(policy.kind.words(t))</dd>\
        <dt>\(t("policy.where|Where it holds"))</dt><dd>\(rights.jurisdiction(policy.jurisdiction, t.language))</dd>\
        <dt>\(t("policy.official|Its name in law"))</dt><dd lang="en">\(policy.official)</dd>\
        <dt>\(t("rights.as_of|As of"))</dt><dd>\(day(policy.asOf)). \(t("rights.next|Next check")): \(day(policy.reviewBy))</dd></dl>
        """
    }

    private var facts: HTML {
        guard !policy.facts.isEmpty else { return .empty }
        let blocks = policy.facts.map { id in
            rights.entry(id).map { FactBlock(rights: rights, entry: $0, t: t).html }
                ?? FactBlock.recalled(id, on: nil, t)
        }
        return part("means", t("policy.means|What it means for you"), "<div class=\"fact-list\">\(blocks)</div>")
    }

    private var own: HTML {
        part("elements", t("policy.elements|What is in it, and what is not"), elements)
            + part("history", t("policy.history|How it came to be"), history)
            + part("agencies", t("policy.agencies|Who keeps to it"), agencies)
            + part("arguments", t("policy.arguments|What people say"), arguments)
    }

    private var elements: HTML {
        let rows: [HTML] = policy.elements.map { element in
            """
            <li data-element="\(element.state.rawValue)">\(element.state.mark(t))\
            <p\(element.words.mark(t))>\(element.words(t.language))</p>\(source(element.source))</li>
            """
        }
        return "<ul class=\"checklist\">\(rows)</ul>"
    }

    private var history: HTML {
        let rows: [HTML] = policy.history.map { step in
            """
            <li><p><b>\(time(step.on)) · \(step.kind.words(t))</b></p><p\(step.words.mark(t))>\(step.words(t.language))</p>\
            \(source(step.source))</li>
            """
        }
        return "<ol class=\"steps-taken\">\(rows)</ol>"
    }

    private var agencies: HTML {
        guard !policy.agencies.isEmpty else {
            return "<p>\(t("policy.no_agency|We have not looked into this yet."))</p>"
        }
        let rows: [HTML] = policy.agencies.map { agency in
            """
            <li data-agency="\(agency.state.rawValue)"><p><b\(agency.name.mark(t))>\(agency.name(t.language))</b></p>\
            \(agency.state.mark(t))<p\(agency.words.mark(t))>\(agency.words(t.language))</p>\
            \(agency.source.map(source) ?? "<p class=\"cite\">\(day(agency.on))</p>")</li>
            """
        }
        return """
            <p class="soft">\(t("policy.bodies|We write of public bodies, never of one person."))</p><ul class="checklist">\(rows)</ul>\
            \(policy.agencies.contains { $0.state == .unknown } ? FindOut(t: t).html : .empty)
            """
    }

    private var arguments: HTML {
        func side(_ side: Policy.Argument.Side, _ title: String) -> HTML {
            let rows: [HTML] = policy.arguments.filter { $0.side == side }.map { argument in
                """
                <li><p\(argument.words.mark(t))>\(argument.words(t.language))</p><p><b\(argument.who.mark(t))>\
                \(argument.who(t.language))</b></p>\(source(argument.source))</li>
                """
            }
            return "<section><h3>\(title)</h3><ul>\(rows)</ul></section>"
        }
        return """
            <p class="soft">\(t("policy.fair|In our own words, as each side would put it."))</p><div class="two-sides">\
            \(side(.for, t("policy.for|For it")))\(side(.against, t("policy.against|Against it")))</div>
            """
    }

    private var deeds: HTML {
        let rows: [HTML] = policy.actions.map { deed in
            let words: HTML = "<span\(deed.words.mark(t))>\(deed.words(t.language))</span>"
            guard let link = deed.link else { return "<li>\(words)</li>" }
            let away: HTML = link.hasPrefix("/") ? .empty : " rel=\"noreferrer\""
            return "<li><a href=\"\(link)\"\(away)>\(words)</a></li>"
        }
        return part("do", t("policy.do|What you can do"), "<ul class=\"bullets\">\(rows)</ul>")
    }

    private var hearings: HTML {
        let rows: [HTML] = policy.hearings(from: rights.day).map {
            HearingRow(policy: policy, hearing: $0, isNamed: false, t: t).html
        }
        let list: HTML =
            rows.isEmpty
            ? "<p>\(t("policy.no_hearings|We know of no date yet. When we do, it is here and in the calendar."))</p>"
            : "<ul class=\"hearings\">\(rows)</ul>"
        return part("hearings", t("policy.hearings|Hearings and dates"), list + CalendarLink(t: t).html)
    }

    private func part(_ id: String, _ title: String, _ body: HTML) -> HTML {
        "<section class=\"stack close\" aria-labelledby=\"\(id)\"><h2 id=\"\(id)\">\(title)</h2>\(body)</section>"
    }

    private func source(_ key: String) -> HTML {
        guard let source = policy.sources[key] else { return .empty }
        let name: HTML =
            source.url.map { "<a href=\"\($0)\" rel=\"noreferrer\" lang=\"en\">\(source.name)</a>" }
            ?? "<span lang=\"en\">\(source.name)</span>"
        let unread: HTML = source.seen ? .empty : " (\(t("rights.unread|not read again")))"
        return "<p class=\"cite\">\(name), \(day(source.date))\(unread)</p>"
    }

    private func day(_ day: String) -> HTML { "<time datetime=\"\(day)\">\(t.date(day))</time>" }

    /// A day, a month or a year, as it is known.
    private func time(_ on: String) -> HTML {
        if on.utf8.count == 10 { return day(on) }
        let parts = on.split(separator: "-").map(String.init)
        let months = t("time.months|Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split(separator: " ")
        let month = parts.dropFirst().first.flatMap(Int.init).flatMap {
            months.indices.contains($0 - 1) ? months[$0 - 1] : nil
        }
        return "<time datetime=\"\(on)\">\(month.map { "\($0) " } ?? "")\(parts.first ?? "")</time>"
    }
}

/// A date that is still to come.
struct HearingRow {
    let policy: Policy
    let hearing: Policy.Hearing
    let isNamed: Bool
    let t: Words

    var html: HTML {
        let when = LocalTime.parse(field: hearing.at).map { "\(t.date(hearing.day)), \(t.clock($0))" } ?? hearing.day
        let name: HTML = "<span\(hearing.name.mark(t))>\(hearing.name(t.language))</span>"
        let of: HTML =
            isNamed
            ? """
            <p><a href="/policies/\(policy.id)"\(policy.name.mark(t))>\(policy.name(t.language))</a></p>
            """ : .empty
        let last: HTML =
            hearing.commentBy.map {
                """
                <p class="contested"><b>\(t("policy.comment_by|Last day to send a comment")):</b> <time datetime="\($0)">\(t.date($0))</time></p>
                """
            } ?? .empty
        let place: HTML =
            hearing.link.map { "<a href=\"\($0)\" rel=\"noreferrer\" lang=\"en\">\(hearing.place)</a>" }
            ?? "<span lang=\"en\">\(hearing.place)</span>"
        return """
            <li>\(Parts.icon("calendar"))<div><p><b><time datetime="\(hearing.at)">\(when)</time></b></p><p><b>\(name)</b></p>\(of)\
            <p\(hearing.how.mark(t))>\(hearing.how(t.language))</p><p>\(place)</p>\(last)</div></li>
            """
    }
}

/// The address for a calendar.
struct CalendarLink {
    let t: Words

    var html: HTML {
        """
        <p><a class="button" href="/policies/hearings.ics">\(Parts.icon("calendar"))\
        \(t("policy.calendar|Put these dates in my calendar"))</a></p>
        """
    }
}

/// How a policy stands today, with a picture and words.
struct PolicyMark {
    let policy: Policy
    let rights: Rights
    let t: Words

    var html: HTML {
        let standing = policy.standing(rights)
        let (tone, icon, words): (String, String, String) =
            switch standing {
            case .recalled, .expired: ("warn", "clock", t("rights.stale|Not checked lately"))
            case .settled, .contested, .blocked, .pending: policy.stage.mark(t)
            }
        let stage =
            "<span class=\"state \(tone) chip\" data-stage=\"\(policy.stage.rawValue)\">\(Parts.icon(icon))\(words)</span>"
            as HTML
        // In force or over as a whole, while something it means for a reader is in dispute.
        guard policy.stage == .inForce || policy.stage == .ended, [.contested, .blocked, .pending].contains(standing)
        else { return stage }
        return "\(stage) \(Parts.state("warn", "question", t("policy.partly|Part of it is in dispute")))"
    }
}

extension Policy {
    /// As the weakest of the facts it shows; past its review day not better than expired.
    func standing(_ rights: Rights) -> Standing {
        max(rights.standing(of: facts + elements.compactMap(\.fact)), isStale(on: rights.day) ? .expired : .settled)
    }
}

extension Policy.Stage {
    fileprivate func mark(_ t: Words) -> (String, String, String) {
        switch self {
        case .inForce: ("good", "check-circle", t("policy.in_force|In force"))
        case .disputed: ("warn", "question", t("policy.disputed|In force, and in dispute"))
        case .blocked: ("plum", "pause", t("policy.blocked|Stopped by a court, in whole or part"))
        case .pending: ("plum", "clock", t("policy.pending|Not final yet"))
        case .ended: ("urgent", "stop", t("policy.ended|No longer in force"))
        }
    }
}

extension Policy.Kind {
    func words(_ t: Words) -> String {
        switch self {
        case .law: t("policy.law|Law")
        case .ordinance: t("policy.ordinance|Local law")
        case .agreement: t("policy.agreement|Agreement")
        case .rule: t("policy.rule|Rule of an agency")
        case .bill: t("policy.bill|Proposal")
        }
    }
}

extension Policy.Step.Kind {
    fileprivate func words(_ t: Words) -> String {
        switch self {
        case .proposed: t("policy.proposed|Proposed")
        case .passed: t("policy.passed|Passed")
        case .started: t("policy.started|Took effect")
        case .changed: t("policy.changed|Changed")
        case .challenged: t("policy.challenged|Taken to court")
        case .ruled: t("policy.ruled|Court ruling")
        case .stopped: t("policy.stopped|Stopped by a court")
        case .ended: t("policy.over|Ended")
        }
    }
}

extension Policy.Element.State {
    fileprivate func mark(_ t: Words) -> HTML {
        switch self {
        case .met: Parts.state("good", "check", t("policy.met|In it"))
        case .notMet: Parts.state("warn", "cross", t("policy.not_met|Not in it"))
        case .unknown: Parts.state("plum", "question", t("policy.unknown|Not known"))
        }
    }
}

extension Policy.Agency.State {
    fileprivate func mark(_ t: Words) -> HTML {
        switch self {
        case .follows: Parts.state("good", "check", t("policy.follows|Says it keeps to it"))
        case .partly: Parts.state("warn", "half", t("policy.partly_follows|Only in part"))
        case .breaks: Parts.state("warn", "cross", t("policy.breaks|Found not to keep to it"))
        case .unknown: Parts.state("plum", "question", t("policy.unknown|Not known"))
        }
    }
}
