// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Logging
import NIOCore
import Response
import Synchronization

/// Everything public as static files, for when the host is taken down: the pages that need nothing from a server, in each
/// language, with feeds, alerts, map data and assets. Only what anybody can read at our own door: it asks at that door.
package struct Mirror: Sendable {
    package struct File: Sendable {
        /// Below the mirror's folder, such as `en/rights/home.html`.
        package let path: String
        package let bytes: [UInt8]
    }

    let site: Site

    package init(site: Site) { self.site = site }

    /// All files of a mirror, as of now. Throws when a page that must be there can't be made.
    package func files() async throws -> [File] {
        let responder = Routes(site: site).router().buildResponder()
        var files: [File] = []
        var statics: Set<String> = ["sprite.svg", "picado.svg", "cut.svg", "cut-side.svg"]
        for language in site.library.languages {
            let pages = try await pages(in: language, responder)
            let found = Set(pages.keys)
            let rewriting = MirrorRewriting(site: site, language: language, pages: found)
            for (path, bytes) in pages.sorted(by: { $0.key < $1.key }) {
                let (html, used) = rewriting.page(bytes, at: path)
                statics.formUnion(used)
                files.append(File(path: "\(language.code)/\(MirrorRewriting.file(of: path))", bytes: html))
            }
            files.append(File(path: "\(language.code)/by-phone.html", bytes: rewriting.byPhone.bytes))
            let feed = FeedAPI.name(language)
            let atom = try await get("/feeds/\(feed)", language, responder)
            files.append(File(path: "feeds/\(feed)", bytes: rewriting.feed(atom)))
            files.append(
                File(
                    path: "status.\(language.code).geojson",
                    bytes: try await get("/api/v1/status", language, responder)
                )
            )
        }
        files += try await alerts(responder)
        for name in statics.sorted() {
            files.append(File(path: "static/\(name)", bytes: try await get("/static/\(name)", .english, responder)))
        }
        files.append(File(path: "index.html", bytes: index.bytes))
        return files
    }

    /// From home along the links, as far as pages go that are the same for everybody.
    private func pages(in language: Language, _ responder: some HTTPResponder<SiteContext>) async throws
        -> [String: [UInt8]]
    {
        var pages: [String: [UInt8]] = [:]
        var waiting = ["/", "/now", "/rights", "/help", "/about", "/privacy", "/embed"]
        var seen = Set(waiting)
        while let path = waiting.popLast(), pages.count < Self.most {
            let bytes = try await get(path, language, responder)
            pages[path] = bytes
            for link in MirrorRewriting.links(in: bytes) {
                let target = MirrorRewriting.path(of: link)
                if Self.isMirrored(target), seen.insert(target).inserted { waiting.append(target) }
            }
        }
        return pages
    }

    private static let most = 2_000

    /// Forms, accounts and whatever answers one person stay with the server.
    private static func isMirrored(_ path: String) -> Bool {
        ["/", "/now", "/rights", "/help", "/about", "/privacy", "/embed"].contains(path)
            || (path.hasPrefix("/rights/") && !path.hasPrefix("/rights/save"))
    }

    private func alerts(_ responder: some HTTPResponder<SiteContext>) async throws -> [File] {
        let rewriting = MirrorRewriting(site: site, language: .english, pages: [])
        let index = try await get("/feeds/cap.atom", .english, responder)
        var files = [File(path: "feeds/cap.atom", bytes: rewriting.feed(index))]
        for notice in try await site.feeds.current(site).notices {
            if let cap = notice.cap { files.append(File(path: "feeds/cap/\(notice.id).xml", bytes: cap)) }
            if let signature = notice.signature {
                files.append(File(path: "feeds/cap/\(notice.id).sig", bytes: Array(signature.utf8)))
            }
        }
        return files
    }

    /// The choice of a language: there is no server that could know it.
    private var index: HTML {
        let links: [HTML] = site.library.languages.map { language in
            """
            <li><a class="button" href="\(language.code)/index.html" lang="\(language.code)" hreflang="\(language.code)">\
            \(language.name)</a></li>
            """
        }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">\
            <title>Vecinos</title><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">\
            <link rel="stylesheet" href="static/app.css"></head><body class="public"><main class="page narrow stack">\
            <h1>Vecinos</h1><ul class="stack close">\(links)</ul></main></body></html>

            """
    }

    private func get(_ path: String, _ language: Language, _ responder: some HTTPResponder<SiteContext>) async throws
        -> [UInt8]
    {
        let head = HTTPRequest(
            method: .get,
            scheme: nil,
            authority: "localhost",
            path: path,
            headerFields: [.acceptLanguage: language.code]
        )
        let request = Request(head: head, body: .init(buffer: ByteBuffer()))
        let response = try await responder.respond(to: request, context: SiteContext(mirror: site.logger))
        guard response.status == .ok else { throw Problem(path: path, status: response.status.code) }
        return try await response.body.collected()
    }

    /// A page that could not be made.
    package struct Problem: Error, CustomStringConvertible {
        let path: String
        let status: Int

        package var description: String { "\(path) answered \(status); the old mirror stays" }
    }
}

extension ResponseBody {
    /// All of it, for who is no connection.
    fileprivate func collected() async throws -> [UInt8] {
        let gatherer = Gatherer()
        let kept = gatherer.kept
        try await write(gatherer)
        return kept.bytes.withLock { $0 }
    }
}

private struct Gatherer: ResponseBodyWriter {
    final class Kept: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    let kept = Kept()

    mutating func write(_ buffer: ByteBuffer) async throws { kept.bytes.withLock { $0 += buffer.readableBytesView } }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// Where a mirror's requests come from: no connection at all.
private struct MirrorSource: RequestContextSource {
    let logger: Logger
}

extension SiteContext {
    fileprivate init(mirror logger: Logger) { self.init(source: MirrorSource(logger: logger)) }
}
