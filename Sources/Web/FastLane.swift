// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import HTTPTypes
import Kit
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Answers the plain, common question — a public page that is kept, asked for without cookie or condition — on the
/// event loop, before a task is made for it. Anything unusual goes to the routes, which give the same bytes.
package struct FastLane: Sendable {
    private let site: Site
    private let date = DateLine()

    package init(site: Site) { self.site = site }

    var config: Config { site.config }

    /// Nil: let the routes answer.
    func answer(_ head: HTTPRequest) -> (head: HTTPResponse, body: ByteBuffer)? {
        guard head.method == .get, let path = head.path, let version = version(of: path) else { return nil }
        let fields = head.headerFields
        guard fields[.cookie] == nil, fields[.ifNoneMatch] == nil, fields[.range] == nil, fields[.expect] == nil,
            fields[.contentLength] == nil, fields[.transferEncoding] == nil, fields[.connection] == nil
        else { return nil }
        let language = fields[.acceptLanguage].map(site.library.preferred) ?? .english
        guard let page = site.pages.kept(PageCache.key(path, language), version: version) else { return nil }
        var (headers, body) = page.answer(zipped: fields[.acceptEncoding]?.contains("gzip") == true)
        headers[.contentLength] = String(body.readableBytes)
        headers[.date] = date.now()
        return (HTTPResponse(status: .ok, headerFields: headers), body)
    }

    /// A stream of `/now`; nil: let the routes answer. Says its language itself, so that no cookie matters.
    func stream(_ head: HTTPRequest) -> NowStream? {
        guard head.method == .get, let path = head.path, path.hasPrefix("/now/stream?") else { return nil }
        let fields = head.headerFields
        guard fields[.expect] == nil, fields[.contentLength] == nil, fields[.transferEncoding] == nil else {
            return nil
        }
        var asked: [Substring: String] = [:]
        for pair in path.dropFirst(12).split(separator: "&").prefix(4) {
            let sides = pair.split(separator: "=", maxSplits: 1)
            if sides.count == 2 { asked[sides[0]] = String(sides[1]) }
        }
        guard let language = asked["lang"].flatMap(site.library.language) else { return nil }
        var headers = NowHub.headers
        headers[.contentLanguage] = language.code
        headers[.date] = date.now()
        Envelope.seal(&headers, config)
        return NowStream(
            hub: site.liveNow,
            language: language.code,
            cursor: fields[.lastEventID] ?? asked["from"],
            head: HTTPResponse(status: .ok, headerFields: headers)
        )
    }

    /// The version that a kept page must have to be current; nil for what is not a public page, or not known without
    /// asking the database.
    private func version(of path: String) -> Int64? {
        switch path {
        case "/", "/now": site.status.kept?.version
        case "/help", "/about", "/privacy": site.packVersion
        case "/rights": site.rightsVersion
        case "/print": site.guideVersion
        case "/plan", "/plan/blank": site.guideVersion
        case "/policies": site.guideVersion
        default:
            path.hasPrefix("/rights/") || path.hasPrefix("/policies/") || path.hasPrefix("/training/")
                ? site.guideVersion : nil
        }
    }
}

/// The `Date` header, made once a second (RFC 9110 5.6.7).
private final class DateLine: Sendable {
    private let kept = Mutex<(second: Int, text: String)>((0, ""))

    func now() -> String {
        var seconds = time(nil)
        return kept.withLock { kept in
            if kept.second != seconds {
                var parts = tm()
                gmtime_r(&seconds, &parts)
                let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
                let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
                func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
                let day = "\(days[Int(parts.tm_wday) % 7]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon) % 12])"
                let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
                kept = (seconds, "\(day) \(Int(parts.tm_year) + 1_900) \(clock) GMT")
            }
            return kept.text
        }
    }
}
