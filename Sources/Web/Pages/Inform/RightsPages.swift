// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Inform
import Kit

/// `/rights`: where are you, and what helps there. Everything on it comes from live facts, and changes with them.
struct RightsPages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        let t = context.t
        return site.publicPage(request, t, version: rights.version) {
            Layout(
                site: site,
                t: t,
                path: "/rights",
                title: t("rights.title|Know your rights"),
                body: RightsIndex(site: site, rights: rights, t: t).body
            )
        }
    }

    func guide(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        guard let guide = context.parameters.get("guide").flatMap(rights.guide) else { throw Refusal.notFound }
        let t = context.t
        return site.publicPage(request, t, version: rights.version) {
            Layout(
                site: site,
                t: t,
                path: "/rights/\(guide.id)",
                title: t("rights.title|Know your rights"),
                carriesStyle: true,
                body: GuidePage(site: site, rights: rights, guide: guide, t: t).body
            )
        }
    }

    func check(_ request: Request, _ context: SiteContext) async throws -> Response {
        let rights = try await site.rights.current()
        guard let guide = context.parameters.get("guide").flatMap(rights.guide), let checker = guide.checker,
            let place = CheckerPage.Place(context.parameters.get("step"), of: checker)
        else { throw Refusal.notFound }
        let t = context.t
        let page = CheckerPage(site: site, rights: rights, guide: guide, checker: checker, place: place, t: t)
        return site.publicPage(request, t, version: rights.version) {
            Layout(
                site: site,
                t: t,
                path: page.path,
                title: t("rights.title|Know your rights"),
                mainClass: "page narrow stack",
                carriesStyle: true,
                body: page.body
            )
        }
    }
}

extension Site {
    /// The version of the guides; nil when the database must be asked.
    var guideVersion: Int64? { rights.version(at: now) }
}

/// The guides by situation.
struct RightsIndex {
    let site: Site
    let rights: Rights
    let t: Words

    var body: HTML {
        """
        <div class="stack close"><h1>\(t("rights.title|Know your rights"))</h1><p class="lead">\(t("rights.where|Where are you?"))</p>\
        <nav class="situations" aria-label="\(t("rights.places|Places"))">\(rights.guides.map(tile))</nav>\
        <p class="row no-print"><a class="button" href="/rights/save">\(Parts.icon("download"))\(t("offline.title|Save on this phone"))</a>\
        <a class="button" href="/print">\(Parts.icon("paper"))\(t("print.title|Print"))</a>\
        <a class="button" href="/plan">\(Parts.icon("people"))\(t("plan.title|Family plan"))</a></p>\
        \(Happening(site: site, t: t, linksRights: false).html)</div>\(unsettled)\(GuideNotice(rights: rights, t: t).html)
        """
    }

    private func tile(_ guide: Guide) -> HTML {
        """
        <a class="situation" href="/rights/\(guide.id)"><span class="cut">\(Parts.icon(guide.icon))</span>\
        <strong\(guide.name.mark(t))>\(guide.name(t.language))</strong><span class="soft"\(guide.lead.mark(t))>\
        \(guide.lead(t.language))</span></a>
        """
    }

    /// What nobody should count on: all in one place.
    private var unsettled: HTML {
        let entries = rights.facts.filter { $0.standing != .settled }
        guard !entries.isEmpty else { return .empty }
        let rows: [HTML] = entries.map { "<li>\(FactBlock(rights: rights, entry: $0, t: t, size: .line).html)</li>" }
        return """
            <details class="fold"><summary>\(Parts.icon("question"))\
            \(t("rights.unsettled|{n} point is not settled today|{n} points are not settled today", n: entries.count))</summary>\
            <ul class="open-points">\(rows)</ul></details>
            """
    }
}

/// What every page with facts says of them all.
struct GuideNotice {
    let rights: Rights
    let t: Words
    /// How far the guide's own words were checked; nil where there are none.
    var state: FactText.State?

    var html: HTML {
        let isDraft = state == .draft || site(is: .draft)
        let isApproved = rights.facts.allSatisfy { $0.words(t.language).text.state == .approved }
        let draft: HTML =
            isDraft
            ? "<p data-draft>\(t("rights.draft|These words are a draft. A person has not checked all of them yet."))</p>"
            : .empty
        let notice =
            isApproved
            ? t("rights.information|This is information, not legal advice.") : rights.notice(t.language)
        return """
            <div class="note checking" data-notice>\(Parts.icon("info"))<p\(isApproved ? .empty : rights.notice.mark(t))>\(notice)</p>\
            \(draft)<p>\(circuit)</p></div>
            """
    }

    private func site(is state: FactText.State) -> Bool {
        rights.facts.contains { $0.words(t.language).text.state == state }
    }

    private var circuit: String {
        t(
            "rights.circuit|Some rules depend on the region. These pages are for the {circuit}.",
            ["circuit": rights.jurisdiction(rights.place.circuit, t.language)]
        )
    }
}

extension LocalizedText {
    /// ` lang="…"` where the words are not in the language of the page.
    func mark(_ t: Words) -> HTML { isIn(t.language) ? .empty : Language.english.mark(t) }
}

extension Language {
    /// ` lang="…" dir="…"` where it is not the language of the page.
    func mark(_ t: Words) -> HTML { self == t.language ? .empty : " lang=\"\(code)\" dir=\"\(direction)\"" }
}
