// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Inform
import Kit

/// `/rights`: where are you, and what helps there. Each card carries its status, sources and dates.
struct RightsPages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let t = context.t
        return site.publicPage(request, t, version: site.packVersion) {
            let page = RightsPage(
                rights: site.pack.rights, today: LocalTime(site.now).isoDay, happening: Happening(site: site, t: t), t: t)
            return Layout(
                site: site, t: t, path: "/rights", title: t("rights.title|Know your rights"), body: page.body)
        }
    }
}

struct RightsPage {
    let rights: RightsNow
    let today: String
    let happening: Happening
    let t: Words

    var body: HTML {
        let icons = ["home": "home", "street": "street", "car": "car", "work": "work", "taken": "people", "witness": "eye"]
        let links: [HTML] = rights.situations.map { situation in
            """
            <a class="button" href="#\(situation.id)">\(Parts.icon(icons[situation.id] ?? "book"))\(situation.name(t.language))</a>
            """
        }
        return """
            <div class="stack"><div class="stack tight"><h1>\(t("rights.title|Know your rights"))</h1>\
            <p class="lead">\(t("rights.where|Where are you?"))</p></div>\
            <nav class="cards" aria-label="\(t("rights.places|Places"))">\(links)</nav>\
            <div class="note checking">\(Parts.icon("info"))<p>\(rights.notice(t.language))</p></div>\
            \(happening.html)\(rights.situations.map(section))</div>
            """
    }

    private func section(_ situation: RightsNow.Situation) -> HTML {
        """
        <section class="stack close" id="\(situation.id)"><h2>\(situation.name(t.language))</h2><div class="cards">\
        \(rights.facts(for: situation).map(card))</div></section>
        """
    }

    private func card(_ fact: Fact) -> HTML {
        let (tone, icon, words) = mark(fact)
        let sources = fact.sources.map { source in
            source.domain.map { "\(source.name) (\($0))" } ?? source.name
        }.joined(separator: "; ")
        let unchecked: HTML =
            fact.statement.isIn(t.language)
            ? .empty : "<p class=\"hint\">\(t("rights.only_english|Only in English so far."))</p>"
        return """
            <article class="fact sheet"><span class="state \(tone) chip">\(Parts.icon(icon))\(words)</span>\
            <h3>\(fact.statement(t.language))</h3><p>\(fact.means(t.language))</p>\
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
