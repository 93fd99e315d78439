// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import Response

/// `/embed`: how partners show what is true now on their own pages, and `/embed/strip/<language>`, the strip itself.
struct EmbedPages {
    let site: Site

    /// The one page that others may frame: no script, no cookie, no form; links open a page of their own.
    func strip(_ request: Request, _ context: SiteContext) async throws -> Response {
        guard let code = context.parameters.get("language"), let language = site.library.language(code) else {
            throw Refusal.notFound
        }
        let status = try await site.status.current().value
        let html = EmbedStrip(site: site, t: site.library.words(language.code), status: status).html
        return .tagged(
            ByteBuffer(bytes: html.bytes),
            headers: [
                .contentType: "text/html; charset=utf-8",
                .contentSecurityPolicy: Self.policy,
                .cacheControl: "public, max-age=30",
                .contentLanguage: language.code,
                .crossOriginResourcePolicy: "cross-origin",
                // It has no script to follow the news with.
                .refresh: "300",
            ],
            for: request
        )
    }

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let t = context.t
        return site.publicPage(request, t, version: site.packVersion) {
            Layout(
                site: site,
                t: t,
                path: "/embed",
                title: t("embed.title|Show this on your site"),
                mainClass: "page narrow stack",
                body: EmbedPage(site: site, t: t).body
            )
        }
    }

    private static let policy =
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
}

extension HTTPField.Name {
    static let refresh = HTTPField.Name("Refresh") ?? .vary
}

/// A strip of three counts and what is confirmed, about 120 pixels high, for other sites' pages.
struct EmbedStrip {
    let site: Site
    let t: Words
    let status: PublicStatus

    var html: HTML {
        """
        <!doctype html>
        <html lang="\(t.language.code)" dir="\(t.language.direction)"><head><meta charset="utf-8">\
        <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">\
        <meta name="robots" content="noindex"><title>\(t("feed.title|What is true now"))</title>\
        <link rel="stylesheet" href="\(site.statics.path("embed.css"))"></head><body><main>\
        <h1>\(site.pack.coalition.name(t.language))</h1>\(site.demonstrationNote(t))<ul class="counts">\
        \(count("urgent", "alert", TruthStrip.figure("\(status.counts.confirmed)"), t("truth.confirmed_now|confirmed now|confirmed now", n: status.counts.confirmed)))\
        \(count("checking", "lens", TruthStrip.checking(status, t), t("truth.being_checked|being checked")))\
        \(count("false", "check-circle", TruthStrip.figure("\(status.counts.falseToday)"), t("truth.found_false|found false today|found false today", n: status.counts.falseToday)))</ul>\
        \(confirmed)<p class="foot">\(updated) <a href="\(site.config.address)/now" target="_blank" rel="noopener">\
        \(t("truth.see|See what is happening"))</a> <a href="\(site.pack.hotlineAddress)">\
        \(Parts.call(site.pack.coalition.hotline.number, t))</a></p></main></body></html>

        """
    }

    private func count(_ tone: String, _ icon: String, _ figure: HTML, _ words: String) -> HTML {
        "<li class=\"\(tone)\">\(Parts.icon(icon))\(figure) \(words)</li>"
    }

    private var confirmed: HTML {
        guard !status.confirmed.isEmpty else { return .empty }
        let lines: [HTML] = status.confirmed.prefix(3).map { item in
            """
            <li>\(t(item.kind.label)), \(site.placeName(item.zone, t)), \
            <time datetime="\(item.answeredAt.iso8601)">\(t.moment(item.answeredAt))</time></li>
            """
        }
        return "<ul class=\"confirmed\">\(lines)</ul>"
    }

    /// A moment, not "a minute ago": nothing here moves on by itself.
    private var updated: HTML {
        guard let at = status.updatedAt else { return .empty }
        return "\(t("now.updated|Updated")) <time datetime=\"\(at.iso8601)\">\(t.moment(at))</time>"
    }
}

/// For partners: what to copy.
struct EmbedPage {
    let site: Site
    let t: Words

    var body: HTML {
        """
        <div class="stack"><h1>\(t("embed.title|Show this on your site"))</h1>\
        <p class="lead">\(t("embed.lead|Put what is true now on your own page. It updates by itself. It has no script and sets no cookie."))</p>\
        <h2>\(t("embed.strip|A strip with the latest"))</h2><p>\(t("embed.copy|Copy this into your page:"))</p>\
        \(Self.languages.map(snippet))\
        <h2 id="feeds">\(t("embed.feeds|Feeds and alerts"))</h2><ul class="rows plain">\(feeds.map(line))</ul>\
        <p>\(t("embed.verify|Each alert is signed. You can check it:")) <a href="/verify">\(t("verify.title|Check an alert"))</a></p></div>
        """
    }

    private static let languages = Site.alertLanguages

    private func snippet(_ code: String) -> HTML {
        guard let language = site.library.language(code) else { return .empty }
        let words = site.library.words(code)
        let markup = """
            <iframe src="\(address)/embed/strip/\(code)" title="\(words("feed.title|What is true now"))" width="100%" height="180" loading="lazy" referrerpolicy="no-referrer"></iframe>
            """
        return """
            <div class="ask"><label for="strip-\(code)">\(language.name)</label>\
            <textarea id="strip-\(code)" rows="4" readonly spellcheck="false" lang="en" dir="ltr">
            \(markup)</textarea><p><a href="/embed/strip/\(code)" lang="\(code)">\(words("embed.look|See it"))</a></p></div>
            """
    }

    private var feeds: [(path: String, words: String)] {
        [
            ("/feeds/status.en.atom", "Atom, English"), ("/feeds/status.es.atom", "Atom, Español"),
            ("/feeds/cap.atom", t("embed.cap|Alerts for alerting systems (CAP 1.2)")),
            ("/api/v1/status", t("embed.geojson|Map data (GeoJSON)")),
        ]
    }

    private func line(_ feed: (path: String, words: String)) -> HTML {
        "<li><div><a href=\"\(feed.path)\">\(feed.words)</a><br><code>\(address)\(feed.path)</code></div></li>"
    }

    /// What partners must write: the address in full, as the keeper named it.
    private var address: String {
        site.config.address.isEmpty ? "http://\(site.config.host):\(site.config.port)" : site.config.address
    }
}
