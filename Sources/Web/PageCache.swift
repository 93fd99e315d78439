// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import Synchronization

/// A public page, whole: its bytes, plain and gzipped, and every header but the date. A class: who answers with it counts
/// one reference up and down, which all event loops share, and not one for each of its parts.
final class PublicPage: Sendable {
    let version: Int64
    let tag: String
    private let plain: ByteBuffer
    private let zipped: ByteBuffer?
    private let headers: HTTPFields
    private let wire: (plain: WireHead, zipped: WireHead)

    init(_ html: HTML, language: Language, version: Int64, policy: String, config: Config, path: String) {
        self.version = version
        plain = ByteBuffer(bytes: html.bytes)
        zipped = Gzip.compress(html.bytes).map { ByteBuffer(bytes: $0) }
        tag = StaticFiles.tag(html.bytes)
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8",
            .contentSecurityPolicy: policy,
            .cacheControl: "no-cache",
            .vary: "Accept-Language, Accept-Encoding, Cookie",
            .contentLanguage: language.code,
            .eTag: "\"\(tag)\"",
        ]
        Envelope.seal(&headers, config, path: path)
        self.headers = headers
        var zippedHeaders = headers
        zippedHeaders[.contentEncoding] = "gzip"
        wire = (WireHead(.ok, headers, plain), WireHead(.ok, zippedHeaders, zipped ?? plain))
    }

    /// What to answer to a client that takes gzip, or not.
    func answer(zipped wantsZipped: Bool) -> (headers: HTTPFields, body: ByteBuffer) {
        guard wantsZipped, let zipped else { return (headers, plain) }
        var headers = headers
        headers[.contentEncoding] = "gzip"
        return (headers, zipped)
    }

    var unchanged: HTTPFields { headers }

    /// The same answer as bytes for the fast lane.
    func bytes(zipped wantsZipped: Bool, _ date: DateLine) -> ByteBuffer {
        (wantsZipped && zipped != nil ? wire.zipped : wire.plain).bytes(date)
    }
}

/// Public pages, kept by path and language until what they show changes. Readers share one copy.
package final class PageCache: Sendable {
    struct Key: Hashable {
        private let path: String
        private let language: String

        init(_ path: String, _ language: Language) { (self.path, self.language) = (path, language.code) }
    }

    private let pages = Mutex<[Key: PublicPage]>([:])

    func kept(_ key: Key, version: Int64) -> PublicPage? {
        pages.withLock { $0[key] }.flatMap { $0.version == version ? $0 : nil }
    }

    /// Public paths times languages are some hundreds. The router takes a path with more slashes for the same page, and a
    /// stranger can write endlessly many of those: past this number it begins anew.
    private static let most = 2_000

    func keep(_ page: PublicPage, as key: Key) {
        pages.withLock { pages in
            if pages.count >= Self.most, pages[key] == nil { pages = [:] }
            pages[key] = page
        }
    }

    /// What every page shows has changed.
    func forget() { pages.withLock { $0 = [:] } }

    var count: Int { pages.withLock(\.count) }
}

extension Site {
    /// A public page that is the same for everyone who reads this language. `version` changes when its content does.
    func publicPage(
        _ request: Request,
        _ t: Words,
        version: Int64,
        policy: String? = nil,
        layout: () -> Layout
    ) -> Response {
        let key = PageCache.Key(request.uri.path, t.language)
        let page =
            pages.kept(key, version: version)
            ?? {
                let (html, inline) = layout().whole()
                let policy = policy ?? publicPolicy
                let fresh = PublicPage(
                    html,
                    language: t.language,
                    version: version,
                    policy: inline?.policy(policy) ?? policy,
                    config: config,
                    path: request.uri.path
                )
                pages.keep(fresh, as: key)
                return fresh
            }()
        return answer(page, to: request)
    }

    /// A page as it is kept, or nothing where the browser has it.
    func answer(_ page: PublicPage, to request: Request) -> Response {
        if request.has("\"\(page.tag)\"") {
            return Response(status: .notModified, headers: page.unchanged)
        }
        let (headers, body) = page.answer(zipped: Gzip.isTaken(request.headers[.acceptEncoding]))
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: body))
    }

    /// Pages made only of the content pack change when the process starts again, and as facts grow old.
    var packVersion: Int64 { now.milliseconds / 3_600_000 }
}
