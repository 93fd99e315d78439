// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Makes a page of ours one that stands by itself in a folder: relative links, a note that says what it is, moments
/// instead of ages, and the telephone where our own page would have a form.
struct MirrorRewriting {
    let site: Site
    let language: Language
    /// The paths that the mirror has in this language.
    let pages: Set<String>

    private var t: Words { site.library.words(language.code) }

    /// `/rights/home` → `rights/home.html`.
    static func file(of path: String) -> String {
        let name = path.drop { $0 == "/" }
        return name.isEmpty ? "index.html" : "\(name).html"
    }

    /// Without what stands behind `?` and `#`.
    static func path(of link: String) -> String { String(link.prefix { $0 != "?" && $0 != "#" }) }

    /// Links of a page to pages of this server.
    static func links(in html: [UInt8]) -> [String] {
        var found: [String] = []
        _ = replacing([" href=\""], in: html) { link in
            if link.hasPrefix("/"), !link.hasPrefix("//") { found.append(link) }
            return link
        }
        return found
    }

    /// The page for the mirror, and the static files that it uses.
    func page(_ html: [UInt8], at path: String) -> (html: [UInt8], statics: Set<String>) {
        let up = String(repeating: "../", count: path.utf8.count { $0 == UInt8(ascii: "/") } - 1)
        var statics: Set<String> = []
        var bytes = Self.replacing([" href=\"", " src=\"", " action=\""], in: html) { link in
            let (target, file) = target(of: link, up)
            if let file { statics.insert(file) }
            return target
        }
        // The style that a guide carries.
        bytes = ByteSearch.swapped("url(\"/static/", "url(\"../\(up)static/", in: bytes)
        bytes = Self.settled(bytes)
        // Nothing answers a form here: leaving is a plain way to another site.
        bytes = ByteSearch.swapped("<form method=\"post\"", "<form method=\"get\"", in: bytes)
        bytes = Self.replacing([" data-stream=\""], in: bytes) { _ in "" }
        bytes = ByteSearch.swapped("</title>", "</title><meta name=\"referrer\" content=\"no-referrer\">", in: bytes)
        let main = Array(" id=\"main\" tabindex=\"-1\">".utf8)
        if let place = ByteSearch.find(main, in: bytes, from: 0) {
            bytes.insert(contentsOf: note(up).bytes, at: place + main.count)
        }
        return (bytes, statics)
    }

    /// A feed, whose links lead to the mirror.
    func feed(_ xml: [UInt8]) -> [UInt8] {
        Self.replacing([" href=\""], in: xml) { link in
            let path = link.hasPrefix(site.config.address) ? String(link.dropFirst(site.config.address.count)) : link
            if path.hasPrefix("/feeds/") { return String(path.dropFirst(7)) }
            return path == "/now" ? "../\(language.code)/now.html" : link
        }
    }

    /// What to do without a server: call.
    var byPhone: HTML {
        """
        <!doctype html>
        <html lang="\(language.code)" dir="\(language.direction)"><head><meta charset="utf-8">\
        <meta name="viewport" content="width=device-width, initial-scale=1"><title>\(t("mirror.phone|Call us"))</title>\
        <meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">\
        <link rel="stylesheet" href="../static/app.css"></head><body class="public">\
        <main class="page narrow stack" id="main" tabindex="-1"><h1>\(t("mirror.phone|Call us"))</h1>\
        <p class="lead">\(t("mirror.phone_words|This copy can’t take reports or forms. Call us to report, to ask or to get help."))</p>\
        <p><a class="button call" href="\(site.pack.hotlineAddress)">\(Parts.telephone(site.pack.coalition.hotline.number))</a></p>\
        <p><a href="now.html">\(t("shell.now|What is happening"))</a> · <a href="rights.html">\(t("shell.rights|Your rights"))</a></p>\
        </main></body></html>

        """
    }

    private func note(_ up: String) -> HTML {
        """

        <div class="note" data-mirror>\(Self.icon("alert", up))<p><strong>\
        \(t("mirror.note|This is a copy from {time}. It may be old.", ["time": t.moment(site.now)]))</strong> \
        \(t("mirror.report|It can’t take reports. To report, call:")) \
        <a href="\(site.pack.hotlineAddress)">\(Parts.telephone(site.pack.coalition.hotline.number))</a></p></div>
        """
    }

    private static func icon(_ name: String, _ up: String) -> HTML {
        "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"../\(up)static/sprite.svg#\(name)\"/></svg>"
    }

    /// Where a link leads in the mirror, and the static file that it names.
    private func target(of link: String, _ up: String) -> (String, file: String?) {
        guard link.hasPrefix("/"), !link.hasPrefix("//") else { return (link, nil) }
        let path = Self.path(of: link)
        let fragment = link.firstIndex(of: "#").map { String(link[$0...]) } ?? ""
        if path.hasPrefix("/static/") {
            let name = String(path.dropFirst(8))
            return ("../\(up)static/\(name)\(fragment)", name)
        }
        if path.hasPrefix("/feeds/") { return ("../\(up)\(path.dropFirst())", nil) }
        if path == "/api/v1/status" { return ("../\(up)status.\(language.code).geojson", nil) }
        if path == "/leave" { return (site.pack.coalition.quickExit, nil) }
        guard pages.contains(path) else { return ("\(up)by-phone.html", nil) }
        let other = link.split(separator: "?").dropFirst().first.flatMap { query in
            query.hasPrefix("lang=") ? site.library.language(String(query.dropFirst(5).prefix { $0 != "#" })) : nil
        }
        let file = Self.file(of: path)
        guard let other, other != language else { return ("\(up)\(file)\(fragment)", nil) }
        return ("../\(up)\(other.code)/\(file)\(fragment)", nil)
    }

    /// Ages stand still in a file, and would lie: the moment itself takes their place.
    private static func settled(_ html: [UInt8]) -> [UInt8] {
        let title = Array(" title=\"".utf8)
        let mark = Array("\" data-relative".utf8)
        let end = Array("</time>".utf8)
        var result: [UInt8] = []
        var from = 0
        while let time = ByteSearch.find(Array("<time ".utf8), in: html, from: from) {
            guard let close = ByteSearch.find(end, in: html, from: time),
                let words = ByteSearch.find(title, in: html, from: time),
                let stop = ByteSearch.find(mark, in: html, from: words),
                let open = html[stop...].firstIndex(of: UInt8(ascii: ">")),
                open < close
            else {
                result += html[from..<(time + 6)]
                from = time + 6
                continue
            }
            result += html[from...stop]
            result += Array(">".utf8) + html[(words + title.count)..<stop]
            from = close
        }
        return result + html[from...]
    }

    /// Changes what stands in quotes behind each of the attributes. Text never holds a bare quote, so what looks like an
    /// attribute is one.
    private static func replacing(
        _ attributes: [String],
        in html: [UInt8],
        _ change: (String) -> String
    ) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(html.count + 1_024)
        let names = attributes.map { Array($0.utf8) }
        var index = 0
        while index < html.count {
            guard let space = ByteSearch.find([UInt8(ascii: " ")], in: html, from: index) else { break }
            result += html[index..<space]
            index = space
            guard
                let name = names.first(where: { html[index...].starts(with: $0) }),
                let end = html[(index + name.count)...].firstIndex(of: UInt8(ascii: "\""))
            else {
                result.append(html[index])
                index += 1
                continue
            }
            result += name + Array(change(String(decoding: html[(index + name.count)..<end], as: UTF8.self)).utf8)
            index = end
        }
        return result + html[min(index, html.count)...]
    }
}
