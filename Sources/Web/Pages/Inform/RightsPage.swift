// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Inform
import Kit

/// `/rights`: where are you, and what helps there. Each card carries its status, sources and dates.
struct RightsPages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        page(nil, request, context)
    }

    func situation(_ request: Request, _ context: SiteContext) async throws -> Response {
        let name = context.parameters.get("situation")
        guard let situation = site.pack.rights.situations.first(where: { $0.id == name }) else {
            throw Refusal.notFound
        }
        return page(situation, request, context)
    }

    private func page(_ situation: RightsNow.Situation?, _ request: Request, _ context: SiteContext) -> Response {
        let t = context.t
        return site.publicPage(request, t, version: site.packVersion) {
            let page = RightsPage(
                rights: site.pack.rights,
                situation: situation,
                today: LocalTime(site.now).isoDay,
                happening: Happening(site: site, t: t, linksRights: false),
                t: t
            )
            return Layout(
                site: site,
                t: t,
                path: situation.map { "/rights/\($0.id)" } ?? "/rights",
                title: t("rights.title|Know your rights"),
                body: page.body
            )
        }
    }
}

struct RightsPage {
    let rights: RightsNow
    /// Where the reader is; nil asks.
    let situation: RightsNow.Situation?
    let today: String
    let happening: Happening
    let t: Words

    var body: HTML {
        """
        <div class="stack"><div class="stack tight"><h1>\(situation?.name(t.language) ?? t("rights.title|Know your rights"))</h1>\
        <p class="lead">\(situation == nil ? t("rights.where|Where are you?") : t("rights.lead|Stay calm. One step at a time."))</p></div>\
        \(situation.map(cards) ?? .empty)\(places)\(happening.html)\
        <div class="note checking">\(Parts.icon("info"))<p>\(rights.notice(t.language))</p></div></div>
        """
    }

    private var places: HTML {
        let icons = [
            "home": "home", "street": "street", "car": "car", "work": "work", "taken": "people", "witness": "eye",
        ]
        let links: [HTML] = rights.situations.filter { $0.id != situation?.id }.map { other in
            """
            <a class="button" href="/rights/\(other.id)">\(Parts.icon(icons[other.id] ?? "book"))\(other.name(t.language))</a>
            """
        }
        return """
            <nav class="cards" aria-label="\(situation == nil ? t("rights.places|Places") : t("rights.elsewhere|Somewhere else"))">\(links)</nav>
            """
    }

    private func cards(_ situation: RightsNow.Situation) -> HTML {
        "<div class=\"cards\">\(rights.facts(for: situation).map(card))</div>"
    }

    private func card(_ fact: Fact) -> HTML {
        let (tone, icon, words) = mark(fact)
        let sources = fact.sources.map { source in
            source.domain.map { $0 == source.name ? $0 : "\(source.name) (\($0))" } ?? source.name
        }.joined(separator: "; ")
        let unchecked: HTML =
            fact.statement.isIn(t.language)
            ? .empty : "<p class=\"hint\">\(t("rights.only_english|Only in English so far."))</p>"
        return """
            <article class="fact sheet"><span class="state \(tone) chip">\(Parts.icon(icon))\(words)</span>\
            <h2>\(fact.statement(t.language))</h2><p>\(fact.means(t.language))</p>\
            \(fact.contested.map { "<p class=\"contested\"><b>\(t("rights.who_says|Not settled:"))</b> \($0(t.language))</p>" as HTML })\
            \(unchecked)<footer>\(fact.jurisdiction) · \(t("rights.as_of|As of")) <time datetime="\(fact.asOf)">\(fact.asOf)</time> · \
            \(t("rights.next|Next check")) <time datetime="\(fact.reviewBy)">\(fact.reviewBy)</time> · \(sources)</footer></article>
            """
    }

    private func mark(_ fact: Fact) -> (String, String, String) {
        if fact.isStale(on: today) { return ("warn", "clock", t("rights.stale|Not checked lately")) }
        return switch fact.status {
        case .settled: ("good", "check-circle", t("rights.settled|Settled law"))
        case .contested: ("warn", "question", t("rights.contested|Courts do not agree yet"))
        case .blocked: ("plum", "pause", t("rights.blocked|Stopped by a court for now"))
        case .pending: ("plum", "clock", t("rights.pending|Not final yet"))
        }
    }
}
