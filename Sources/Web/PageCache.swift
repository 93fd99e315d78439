// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import Synchronization

/// Public pages, kept whole by path and language until what they show changes. Readers share one copy.
package final class PageCache: Sendable {
    struct Entry: Sendable {
        let version: Int64
        let plain: ByteBuffer
        let zipped: ByteBuffer?
        let tag: String
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// The kept page, or a fresh one from `make`, kept from now on. There are as many as public paths and languages.
    func entry(_ key: String, version: Int64, make: () -> HTML) -> Entry {
        if let kept = entries.withLock({ $0[key] }), kept.version == version { return kept }
        let bytes = make().bytes
        let fresh = Entry(
            version: version, plain: ByteBuffer(bytes: bytes), zipped: Gzip.compress(bytes).map { ByteBuffer(bytes: $0) },
            tag: StaticFiles.tag(bytes))
        entries.withLock { $0[key] = fresh }
        return fresh
    }
}

extension Site {
    /// A public page that is the same for everyone who reads this language. `version` changes when its content does.
    func publicPage(_ request: Request, _ t: Words, version: Int64, layout: () -> Layout) -> Response {
        let path = request.uri.path
        let entry = pages.entry("\(t.language.code) \(path)", version: version) { layout().html }
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8",
            .contentSecurityPolicy: SecurityHeaders.Policy.publicPage.contentSecurityPolicy,
            .cacheControl: "no-cache",
            .vary: "Accept-Language, Accept-Encoding, Cookie",
            .contentLanguage: t.language.code,
            .eTag: "\"\(entry.tag)\"",
        ]
        if request.headers[.ifNoneMatch] == "\"\(entry.tag)\"" { return Response(status: .notModified, headers: headers) }
        if let zipped = entry.zipped, request.headers[.acceptEncoding]?.contains("gzip") == true {
            headers[.contentEncoding] = "gzip"
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: zipped))
        }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: entry.plain))
    }

    /// Pages made only of the content pack change when the process starts again, and at midnight.
    var packVersion: Int64 { (now.milliseconds / 3_600_000) }
}
