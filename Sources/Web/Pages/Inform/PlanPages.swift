// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Inform
import Kit

/// `/plan`: the family plan. It is the same page for everybody: what people write stays on their device, and no form of
/// it goes anywhere. See `docs/family-plan.md`.
struct PlanPages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        let t = context.t
        return site.publicPage(request, t, version: rights.version, policy: SavePages.policy(site)) {
            Layout(
                site: site,
                t: t,
                path: "/plan",
                title: t("plan.title|Family plan"),
                mainClass: "page narrow stack plan",
                scripts: ["plan.js"],
                body: PlanPage(site: site, rights: rights, t: t).body
            )
        }
    }

    /// Keeps the empty page for when there is no signal, once somebody kept a plan. It may look after `/plan` only.
    func worker(_ request: Request, _ context: SiteContext) async throws -> Response {
        try SavePages.worker("plan-worker.js", over: "/plan", request, site)
    }

    func blank(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        let t = context.t
        return site.publicPage(request, t, version: rights.version) {
            Layout(
                site: site,
                t: t,
                path: "/plan/blank",
                title: t("plan.title|Family plan"),
                mainClass: "page narrow stack plan",
                body: PlanBlank(site: site, rights: rights, t: t).body
            )
        }
    }
}

/// The plan to fill in. Its fields have no names and stand in no form, so nothing can send them.
struct PlanPage {
    let site: Site
    let rights: Rights
    let t: Words

    private var plan: Plan { site.pack.plan }

    var body: HTML {
        """
        \(PlanSlots(t: t).html)\(head)<div id="plan" class="stack"\(PlanTools(plan: plan, t: t).words)>\(PlanTools(plan: plan, t: t).bar)\
        \(PlanTools(plan: plan, t: t).door)<div class="stack" data-plan-open>\(contents)\
        \(plan.topics.map { PlanTopic(site: site, rights: rights, topic: $0, t: t).html })\
        \(PlanTools(plan: plan, t: t).messages)</div>\(PlanTools(plan: plan, t: t).keeping)</div>\
        \(help)\(GuideNotice(rights: rights, t: t, state: plan.states[t.language.code] ?? .draft).html)
        """
    }

    private var head: HTML {
        """
        <header class="stack close"><h1>\(t("plan.title|Family plan"))</h1>\
        <p class="lead">\(t("plan.lead|Who helps, who to call, what to do. Fill in what you can. Nothing is required."))</p>\
        <div class="note good no-print">\(Parts.icon("lock"))<p><b>\(t("plan.stays|What you write stays on this device. It is never sent to us."))</b></p>\
        <p>\(t("plan.shared|On a shared or public computer, print the blank plan and fill it in by hand."))</p>\
        <p>\(t("plan.exit|Leave quickly clears the screen. A plan that you kept stays on this device until you erase it."))</p></div>\
        <div class="note warn without-script no-print">\(Parts.icon("info"))<p>\(t("plan.no_script|Your browser runs no scripts. We have no place for your plan on our side, so only a script could keep it on yours. You can print this page and fill it in by hand."))</p></div>\
        <p class="row no-print"><a class="button" href="/plan/blank">\(Parts.icon("paper"))\(t("plan.blank|Blank plan to print"))</a>\
        <a class="button needs-script" href="#keep">\(Parts.icon("lock"))\(t("plan.keeping|Keep, lock, print, erase"))</a></p></header>
        """
    }

    private var contents: HTML {
        let links: [HTML] = plan.topics.map { topic in
            """
            <li><a class="button quiet" href="#\(topic.id)">\(Parts.icon(topic.icon))<span\(topic.name.mark(t))>\
            \(topic.name(t.language))</span></a></li>
            """
        }
        return """
            <nav class="no-print" aria-label="\(t("plan.topics|Topics"))"><ul class="cards">\(links)\
            <li class="needs-script"><a class="button quiet" href="#messages">\(Parts.icon("send"))<span>\
            \(t("plan.messages|Send a message"))</span></a></li></ul></nav>
            """
    }

    private var help: HTML {
        """
        <section class="stack close no-print" aria-labelledby="plan-help"><h2 id="plan-help">\
        \(t("plan.help|Get help with your plan"))</h2>\
        <p>\(t("plan.help_words|This is not legal advice. A lawyer can look at your plan with you."))</p>\
        <p class="row"><a class="button" href="/help#legal">\(Parts.icon("heart"))\(t("rights.help|See who can help"))</a>\
        <a class="button quiet" href="/rights/taken">\(Parts.icon("people"))\(t("plan.taken|Someone was taken"))</a></p></section>
        """
    }
}

/// What the worker puts in where there is no signal: how old the page is, and what stands where something was taken back
/// since. Comments until then.
struct PlanSlots {
    let t: Words

    var html: HTML {
        let age = t(
            "plan.age|No signal. This page is as it was on {day}. What you wrote is here as always.",
            ["day": "{day}"]
        )
        return """
            <!--age <p class="note no-print" role="status" data-age>\(Parts.icon("clock"))<span>\(age)</span></p>-->\
            <!--gone <p data-standing="recalled">\(StandingMark(.recalled, t).html) \
            \(t("rights.recalled_words|We took this back. Don’t count on it. Call us, or ask a lawyer."))</p>-->
            """
    }
}
