// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import NIOPosix
import Response

/// `/now`: what is confirmed, what was checked and found false, what is over. A list first, a map second.
struct NowPages {
    let site: Site

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        // Before the status: what changes in between is told twice, and not missed.
        let cursor = site.liveNow.cursor
        let t = context.t
        let status: StatusCache.Kept
        do { status = try await site.status.current() } catch  where Site.isAway(error) { return away(t) }
        var response = site.publicPage(request, t, version: status.version) {
            Layout(
                site: site,
                t: t,
                path: "/now",
                title: t("now.title|What is happening"),
                scripts: ["live.js", "now.js"],
                body: NowPage(site: site, t: t, status: status.value, cursor: cursor).body
            )
        }
        // Only for who asked for it: a page that reloads under a reader's eyes is a bad page.
        if request.uri.queryParameters["every"] != nil { response.headers[.refresh] = "60" }
        return response
    }

    /// The regions of the page without what nobody can know: a page that was open shows them in place of its own.
    private func away(_ t: Words) -> Response {
        let body: HTML = """
            <div class="stack"><h1>\(t("now.title|What is happening"))</h1>\(TruthAway(t: t).html)\
            <section class="stack close" aria-label="\(t("now.list|List"))" data-live="list"><p class="lead">\
            \(t("now.away|We can't show right now what is happening. That does not mean that nothing is. Please try again in a minute, or call us."))\
            </p></section>\(TruthAway.nothing("map"))\(Happening(site: site, t: t).html)\
            <p><a class="button" href="/report">\(t("home.report|Report what you see"))</a></p></div>
            """
        return site.awayPage(
            Layout(
                site: site,
                t: t,
                path: "/now",
                title: t("now.title|What is happening"),
                scripts: ["live.js"],
                body: body
            )
        )
    }

    /// The stream for whom the fast lane doesn't answer: the same bytes.
    func stream(_ request: Request, _ context: SiteContext) async throws -> Response {
        let cursor = request.headers[.lastEventID] ?? request.uri.queryParameters["from"].map(String.init)
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(64))
        let hub = site.liveNow
        let language = context.t.language.code
        let joined = try await loop.submit {
            let listener = NowHub.Listener(language: language) { bytes in
                // Too slow: the browser comes back and reads the page again.
                if case .dropped = continuation.yield(bytes) { continuation.finish() }
            } end: {
                continuation.finish()
            }
            return hub.join(listener, since: cursor, on: loop)
        }.get()
        guard let joined else { throw Refusal.busy }
        continuation.onTermination = { _ in loop.execute { hub.leave(joined.ticket, on: loop) } }
        continuation.yield(joined.first)
        return Response(status: .ok, headers: NowHub.headers, body: ResponseBody(asyncSequence: stream))
    }
}

struct NowPage {
    let site: Site
    let t: Words
    let status: PublicStatus
    /// What a stream has to tell from.
    var cursor = ""

    /// The part of the list that says that nothing is confirmed.
    static let nothing = "nothing"

    var body: HTML {
        """
        <div class="stack"><div class="stack tight"><h1>\(t("now.title|What is happening"))</h1>\
        <p class="soft">\(t("now.rule|We say “confirmed” when a trained person saw it, or two people checked proof.")) \
        </p>\(site.demonstrationNote(t))<p class="row reload"><a href="/now">\(t("now.reload|Reload"))</a> \
        <a href="/now?every=1">\(t("now.reload_often|Reload every minute"))</a></p>\
        <p class="visually-hidden" role="status" aria-live="polite" data-said \
        data-stream="/now/stream?lang=\(t.language.code)&amp;from=\(cursor)"></p></div>\
        \(TruthStrip(site: site, t: t, status: status, isLinked: false).html)\(code)\
        <div class="columns wide-first"><section class="stack close" aria-label="\(t("now.list|List"))" data-live="list">\
        \(parts.map(\.html))</section>\
        <section class="sheet stack close" aria-labelledby="map-h" data-live="map"><h2 id="map-h">\(t("now.about_where|About where"))</h2>\
        <div data-map>\(map)</div></section></div></div>
        """
    }

    /// How many a section shows unfolded.
    private static let unfolded = 10

    private var sections: [(key: String, title: String, items: [PublicStatus.Item])] {
        [
            ("h-false", t("now.false_today|Found false today"), status.falseToday),
            ("h-over", t("now.over|Over"), status.over),
            ("h-unable", t("now.unable|We could not check"), status.unable),
        ].filter { !$0.items.isEmpty }
    }

    /// The list, part by part, each under the name that a stream calls it by. What is older in a section is one part.
    var parts: [(key: String, html: HTML)] {
        let confirmed = status.confirmed.isEmpty ? [(Self.nothing, nothing)] : status.confirmed.map(part)
        let folds = folded
        return confirmed
            + sections.flatMap { section in
                [(section.key, "<h2 data-part=\"\(section.key)\">\(section.title)</h2>" as HTML)]
                    + section.items.prefix(Self.unfolded).map(part)
                    + (folds["more-\(section.key)"].map { [fold("more-\(section.key)", $0)] } ?? [])
            }
    }

    /// What is folded away, by the name of its part.
    var folded: [String: [PublicStatus.Item]] {
        sections.filter { $0.items.count > Self.unfolded }.reduce(into: [:]) { folds, section in
            folds["more-\(section.key)"] = Array(section.items.dropFirst(Self.unfolded))
        }
    }

    private func fold(_ key: String, _ items: [PublicStatus.Item]) -> (key: String, html: HTML) {
        let title = t("now.more|And {n} more|And {n} more", n: items.count)
        return (
            key,
            """
            <details class="fold" data-part="\(key)"><summary>\(title)</summary>\
            <div class="stack close">\(items.map(item))</div></details>
            """
        )
    }

    /// Everything in the list.
    var shown: [PublicStatus.Item] { status.confirmed + status.falseToday + status.over + status.unable }

    private func part(_ item: PublicStatus.Item) -> (key: String, html: HTML) { (item.name, self.item(item)) }

    private var nothing: HTML {
        let checking = status.checkingCount.map {
            t("now.checking|We are checking {n} report.|We are checking {n} things people told us.", n: $0)
        }
        return """
            <div class="note good" data-part="\(Self.nothing)">\(Parts.icon("check-circle"))<p><strong>\(t("now.nothing|Nothing is confirmed right now."))</strong> \
            \(checking ?? "")</p></div>
            """
    }

    private func item(_ item: PublicStatus.Item) -> HTML {
        let mark = TruthMark(item.truth, isOver: item.isOver, t)
        let next: HTML =
            item.isOver || item.truth != .confirmed
            ? .empty
            : item.expiresAt.map {
                "<span>\(t("now.expires|Ends by {time} unless we see it again", ["time": t.clock($0)]))</span>"
            } ?? .empty
        let rights: HTML =
            item.truth == .confirmed && !item.isOver
            ? "<p><a href=\"/rights\">\(t("now.what_to_do|What to say and do"))</a></p>" : .empty
        return """
            <article class="item sheet \(mark.tone)" data-part="\(item.name)"><header>\(mark.html)\(Parts.time(item.answeredAt, now: site.now, t))</header>\
            <h3>\(item.title(t))</h3><p class="meta">\
            <span>\(site.placeName(item.zone, t))</span>\
            <span>\(t("now.seen|Seen")) \(Parts.time(item.firstSeenAt, now: site.now, t, class: ""))</span>\
            \(item.explanation?.html(t).map { "<span>\($0)</span>" as HTML })\
            \(item.how.map { "<span>\(t($0.label))</span>" as HTML })\(next)</p>\(rights)</article>
            """
    }

    var map: HTML { CellMap(site: site, marks: marks).html(t) }

    var marks: [CellMap.Mark] {
        (status.confirmed + status.over + status.falseToday + status.unable).compactMap { item in
            guard let zone = item.zone else { return nil }
            let mark = TruthMark(item.truth, isOver: item.isOver, t)
            return CellMap.Mark(place: zone, tone: mark.tone, icon: mark.icon, label: mark.words)
        }
    }

    private var code: HTML {
        """
        <section class="stack tight" aria-labelledby="code-h"><h2 id="code-h">\(t("now.did_you_report|Did you report something?"))</h2>\
        <p class="row"><a class="button" href="/report/answer">\
        \(t("now.see_answer|See the answer"))</a> <a class="button" href="/report">\(t("now.report|Report what you see"))</a></p></section>
        """
    }
}

/// Three counts: confirmed now, being checked, found false today.
struct TruthStrip {
    let site: Site
    let t: Words
    let status: PublicStatus
    var isLinked = true

    var html: HTML {
        let link: HTML =
            isLinked
            ? "<a href=\"/now\">\(t("truth.see|See what is happening")) \(Parts.icon("arrow", class: "turns"))</a>"
            : .empty
        let updated: HTML =
            status.updatedAt.map {
                "<span>\(t("now.updated|Updated")) \(Parts.time($0, now: site.now, t, class: ""))</span>"
            } ?? .empty
        return """
            <section class="truth" aria-label="\(t("truth.label|What is true now"))" data-live="truth">\
            \(count("urgent", "alert", Self.figure("\(status.counts.confirmed)"), t("truth.confirmed_now|confirmed now|confirmed now", n: status.counts.confirmed)))\
            \(count("checking", "lens", Self.checking(status, t), t("truth.being_checked|being checked")))\
            \(count("false", "check-circle", Self.figure("\(status.counts.falseToday)"), t("truth.found_false|found false today|found false today", n: status.counts.falseToday)))\
            <div class="updated">\(updated)\(link)</div></section>
            """
    }

    /// "5+", or words where it is not to be known.
    static func checking(_ status: PublicStatus, _ t: Words) -> HTML {
        guard let count = status.checkingCount else { return "<b class=\"few\">\(t("truth.fewer|fewer than 5"))</b>" }
        return figure("\(count)+")
    }

    static func figure(_ count: String) -> HTML { "<b dir=\"ltr\">\(count)</b>" }

    private func count(_ tone: String, _ icon: String, _ figure: HTML, _ words: String) -> HTML {
        "<p class=\"\(tone)\">\(figure) <span>\(Parts.icon(icon))\(words)</span></p>"
    }
}

/// In place of the strip while the database is away: what is old must not be read as what is true now.
struct TruthAway {
    let t: Words

    var html: HTML {
        """
        <section class="truth" aria-label="\(t("truth.label|What is true now"))" data-live="truth"><p class="away">\
        \(t("truth.away|What is true now can't be shown at the moment. We are trying again."))</p></section>
        """
    }

    /// A region that an open page has, with nothing in it.
    static func nothing(_ region: String) -> HTML { "<section data-live=\"\(region)\" hidden></section>" }
}
