// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Response

/// Who we are, what we keep, and the door out.
struct AboutPages {
    let site: Site

    func about(_ request: Request, _ context: SiteContext) async throws -> Response {
        let t = context.t
        let body: HTML = """
            <div class="stack"><h1>\(t("about.title|Who we are"))</h1><p class="lead"\(site.pack.coalition.motto.mark(t))>\(site.pack.coalition.motto(t.language))</p>\
            <p>\(t("about.words|We are a group of community organizations. When a neighbor calls, we find out what is true. We send trained people. We keep a record that a lawyer can use. We stay with the family."))</p>\
            <h2>\(t("about.lawful|We follow the law"))</h2><ul class="ticks">\
            \(tick(true, t("about.do_1|We give information and refer people to lawyers.")))\
            \(tick(true, t("about.do_2|Our observers watch and write down what they see.")))\
            \(tick(false, t("about.dont_1|We never block officers, and we never hide a person.")))\
            \(tick(false, t("about.dont_2|We never name or follow an officer.")))\
            \(tick(false, t("about.dont_3|Only lawyers give legal advice.")))</ul></div>
            """
        return site.publicPage(request, t, version: site.packVersion) {
            Layout(
                site: site,
                t: t,
                path: "/about",
                title: t("about.title|Who we are"),
                mainClass: "page narrow stack",
                body: body
            )
        }
    }

    func privacy(_ request: Request, _ context: SiteContext) async throws -> Response {
        let t = context.t
        let timings = site.timings
        let kept: [(String, String)] = [
            (t("privacy.false|Reports that were not true"), t.span(timings.keepUnfounded)),
            (t("privacy.unverified|Reports we could not check"), t.span(timings.keepUnverified)),
            (
                t("privacy.confirmed|What was confirmed, without names"),
                timings.keepConfirmed == .days(730) ? t("privacy.two_years|2 years") : t.span(timings.keepConfirmed)
            ),
            (t("privacy.signs|Marks that stop a form being sent twice"), t("privacy.day|1 day")),
        ]
        let rows: [HTML] = kept.map { "<tr><th scope=\"row\">\($0.0)</th><td class=\"nowrap\">\($0.1)</td></tr>" }
        let body: HTML = """
            <div class="stack"><h1>\(t("privacy.title|What we keep, and for how long"))</h1>\
            <p class="lead">\(t("privacy.lead|We ask for little. We seal what you tell us. We delete it on time."))</p>\
            <table><caption class="visually-hidden">\(t("privacy.table|How long we keep things"))</caption><tbody>\(rows)</tbody></table>\
            <h2>\(t("privacy.never|What we never keep"))</h2><ul class="ticks">\
            \(tick(false, t("privacy.never_1|The address of your phone or computer.")))\
            \(tick(false, t("privacy.never_2|Your name, your status, where you were born.")))\
            \(tick(false, t("privacy.never_3|The name or home of an officer.")))</ul>\
            <h2>\(t("privacy.cannot|What we can't promise"))</h2>\
            <p>\(t("privacy.cannot_words|Your words are sealed before they are saved. Only our team can open them. But someone who takes over this server while it runs could read new reports as they arrive. You can also call us."))</p>\
            <p><a href="/privacy/inventory">\(t("inventory.title|What this server can hold"))</a></p></div>
            """
        return site.publicPage(request, t, version: site.privacyVersion) {
            Layout(
                site: site,
                t: t,
                path: "/privacy",
                title: t("privacy.title|What we keep, and for how long"),
                mainClass: "page narrow stack",
                body: body
            )
        }
    }

    /// Quick exit: forget what the browser kept of us, then go somewhere plain.
    func leave(_ request: Request, _ context: SiteContext) async throws -> Response {
        Response(
            status: .seeOther,
            headers: [
                .location: site.pack.coalition.quickExit,
                .clearSiteData: "\"cache\", \"storage\"",
                .cacheControl: "no-store",
            ]
        )
    }

    private func tick(_ yes: Bool, _ words: String) -> HTML {
        "<li>\(Parts.icon(yes ? "check" : "cross", class: yes ? "yes" : "no"))<span>\(words)</span></li>"
    }
}

extension HTTPField.Name {
    static let clearSiteData = HTTPField.Name("Clear-Site-Data") ?? .cacheControl
}
