// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import Response

/// `/feeds/…`: what is public for feed readers and alerting systems. See `docs/feeds.md`.
struct FeedAPI {
    let site: Site

    /// `status.atom` in the reader's language, `status.en.atom`, `status.es.atom`, and `cap.atom`.
    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let name = try context.parameters.require("name")
        let kept = try await site.feeds.current(site)
        let xml: XML
        let language: Language
        if name == "cap.atom" {
            language = .english
            xml = AlertIndex(kept.notices, by: site.publisher).xml(site.library.words("en"))
        } else {
            guard let words = words(of: name, context) else { throw Refusal.notFound }
            language = words.language
            xml = StatusFeed(kept.status, kept.notices, by: site.publisher, named: Self.name).xml(words)
        }
        var headers: HTTPFields = [
            .contentType: "application/atom+xml; charset=utf-8", .cacheControl: "public, max-age=30",
            .contentLanguage: language.code,
        ]
        if name == "status.atom" { headers[.vary] = "Accept-Language, Cookie" }
        return .tagged(ByteBuffer(bytes: xml.bytes), headers: headers, for: request)
    }

    /// `<id>.xml`, the alert as it was sent, and `<id>.sig`, the note that signs it.
    func alert(_ request: Request, _ context: SiteContext) async throws -> Response {
        let parts = try context.parameters.require("name").split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let id = Ref<PublicNotice>(String(parts[0])), ["xml", "sig"].contains(parts[1]) else {
            throw Refusal.notFound
        }
        _ = try await site.feeds.current(site)
        guard let notice = try await site.feeds.alert(id), let cap = notice.cap else { throw Refusal.notFound }
        // Its bytes never change; a browser may keep them as long as it likes. It goes after a month.
        let kept = "public, max-age=86400, immutable"
        guard parts[1] == "sig" else {
            return .tagged(
                ByteBuffer(bytes: cap),
                headers: [.contentType: "application/cap+xml; charset=utf-8", .cacheControl: kept],
                for: request
            )
        }
        guard let signature = notice.signature else { throw Refusal.notFound }
        return .tagged(
            ByteBuffer(string: signature),
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: kept],
            for: request
        )
    }

    static func name(_ language: Language) -> String { "status.\(language.code).atom" }

    private func words(of name: String, _ context: SiteContext) -> Words? {
        if name == "status.atom" { return context.t }
        return site.library.languages.first { Self.name($0) == name }.map { site.library.words($0.code) }
    }
}
