// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Response

/// `/`: one question, four doors, and what is true now.
struct HomePages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let t = context.t
        let status: StatusCache.Kept
        do { status = try await site.status.current() } catch  where Site.isAway(error) {
            // The doors lead to what works without a database.
            return site.awayPage(layout(t, nil))
        }
        return site.publicPage(request, t, version: status.version) { layout(t, status.value) }
    }

    private func layout(_ t: Words, _ status: PublicStatus?) -> Layout {
        Layout(
            site: site,
            t: t,
            path: "/",
            title: "Vecinos",
            mainClass: "page stack loose",
            scripts: ["live.js"],
            body: HomePage(site: site, t: t, status: status).body
        )
    }
}

struct HomePage {
    let site: Site
    let t: Words
    /// Nil while nobody can know.
    let status: PublicStatus?

    var body: HTML {
        let truth = status.map { TruthStrip(site: site, t: t, status: $0).html } ?? TruthAway(t: t).html
        return """
            <div class="stack close"><h1>\(t("home.question|What do you need?"))</h1>\(doors)\
            \(truth)\(Happening(site: site, t: t).html)</div>
            <div class="columns">\(status.map(now) ?? TruthAway.nothing("happening"))\(who)</div>
            """
    }

    private var doors: HTML {
        let doors: [(tone: String, path: String, icon: String, title: String, words: String)] = [
            (
                "know", "/rights", "book", t("home.rights|Know your rights"),
                t("home.rights_words|At home, at work, on the street.")
            ),
            (
                "see", "/report", "eye", t("home.report|Report what you see"),
                t("home.report_words|No name asked. We check it and tell you.")
            ),
            (
                "law", "/help#legal", "scales", t("home.legal|Get legal help"),
                t("home.legal_words|Someone was taken, or a paper came.")
            ),
            (
                "near", "/help#support", "heart", t("home.help|Food, rides, counseling"),
                t("home.help_words|Call us. A trained neighbor answers.")
            ),
        ]
        let links: [HTML] = doors.map { door in
            """
            <a class="door \(door.tone)" href="\(door.path)"><span class="cut">\(Parts.icon(door.icon))</span>\
            <strong>\(door.title)</strong><span>\(door.words)</span></a>
            """
        }
        return "<nav class=\"doors\" aria-label=\"\(t("home.choices|Main choices"))\">\(links)</nav>"
    }

    private func now(_ status: PublicStatus) -> HTML {
        let items = (status.confirmed + status.falseToday + status.over).prefix(4)
        let rows: [HTML] = items.map { item in
            let mark = TruthMark(item.truth, isOver: item.isOver, t)
            return """
                <li>\(Parts.time(item.answeredAt, now: site.now, t, class: ""))<div>\(mark.html)<br><a href="/now">\(item.title(t))</a>\
                <p>\(site.placeName(item.zone, t))</p>\(item.explanation?.html(t).map { "<p>\($0)</p>" as HTML })</div></li>
                """
        }
        let list: HTML =
            rows.isEmpty
            ? "<p>\(t("home.quiet|Nothing is confirmed. When something is checked, you see the answer here, true or false."))</p>"
            : "<ul class=\"rows\">\(rows)</ul>"
        return """
            <section class="stack close" aria-labelledby="now-h" data-live="happening"><h2 id="now-h">\
            \(t("home.now|Checked today"))</h2>\(site.demonstrationNote(t))\(list)<p><a href="/now">\(t("home.whole_list|See the whole list and the map"))</a></p></section>
            """
    }

    private var who: HTML {
        """
        <section class="stack close" aria-labelledby="who-h"><h2 id="who-h">\(t("home.who|Who we are"))</h2>\
        <p>\(t("home.who_words|We are neighbors, lawyers, teachers and faith groups. We check what is true. We send trained people. We stay with families."))</p>\
        <ul class="ticks"><li>\(Parts.icon("check", class: "yes"))<span>\(t("home.lawful|We follow the law. We watch, and write down what we see."))</span></li>\
        <li>\(Parts.icon("check", class: "yes"))<span>\(t("home.free|We are free. We never ask for your papers."))</span></li>\
        <li>\(Parts.icon("check", class: "yes"))<span>\(t("home.no_trace|We keep no address of your phone or computer."))</span></li></ul>\
        <p><a href="/about">\(t("home.more|Read more about us"))</a></p></section>
        """
    }
}

/// The urgent band: what to say and do, and whom to call, in the same place on every page that has it.
struct Happening {
    let site: Site
    let t: Words
    /// Not where the reader is there already.
    var linksRights = true

    var html: HTML {
        let rights: HTML =
            linksRights
            ? "<a class=\"button\" href=\"/rights\">\(t("happening.rights|What to say and do"))</a>" : .empty
        return """
            <section class="happening" aria-labelledby="happening"><div><h2 id="happening">\
            \(t("happening.title|Is it happening to you now?"))</h2>\
            <p>\(t("happening.calm|Stay calm. We are with you, one step at a time."))</p></div>\
            <div class="row">\(rights)<a class="button urgent" href="\(site.pack.hotlineAddress)">\(Parts.icon("phone"))\
            \(Parts.call(site.pack.coalition.hotline.number, t))</a></div></section>
            """
    }
}
