// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import HTTPTypes
import Kit
import NIOCore
import NIOHTTPTypes
import Response
import Synchronization
import Vault

/// Answers the plain, common requests — a public page that is kept, asked for without cookie or condition; a report of
/// the usual shape from a program — from their bytes, before HTTP is decoded and a task is made. Anything unusual goes to
/// the routes, which give the same answer (docs/decisions/0030). A class: what a report's closures hold of it is one
/// reference, and not each of the site's.
package final class FastLane: Sendable {
    private let site: Site
    private let date = DateLine()
    private let asked = AskedLanguages()
    private let createdHead: WireHead
    let malformed: MalformedAnswer

    package init(site: Site) {
        self.site = site
        malformed = MalformedAnswer(site.library)
        var headers: HTTPFields = [.contentType: "application/json"]
        // Where the routes have it too: before what the envelope adds.
        headers[.contentLength] = String(ReportAPI.createdCount)
        Envelope.seal(&headers, site.config)
        createdHead = WireHead(.created, headers)
    }

    var config: Config { site.config }

    /// The best of our languages for who asks.
    private func language(of head: LaneHead) -> Language {
        head.acceptLanguage.map { asked.best($0, site.library) } ?? .english
    }

    /// A kept public page; nil: let the routes answer.
    func page(_ head: LaneHead) -> ByteBuffer? {
        guard head.method == .get, head.bodyCount == 0, let version = version(of: head.path) else { return nil }
        return site.pages.kept(PageCache.Key(head.path, language(of: head)), version: version)?
            .bytes(zipped: head.takesGzip, date)
    }

    /// A report that the lane may take once its body is there.
    func isReport(_ head: LaneHead) -> Bool {
        guard head.method == .post, head.path == "/api/v1/reports", head.isJSON else { return false }
        return (2...Limits.formBody).contains(head.bodyCount ?? 0)
    }

    /// What is to be done with a report that was filed.
    enum Filed: Sendable {
        case answer(ByteBuffer)
        /// The routes get the request from its beginning.
        case route
    }

    /// Files a report as `ReportAPI.create` does. `done` is called on the writer's thread, with what to
    /// do: asked for elsewhere, so that nobody who waits for the disk waits for the making of an answer. False: as `.route`.
    func file(
        _ head: LaneHead,
        _ body: [UInt8],
        from peer: SocketAddress?,
        then done: @escaping @Sendable (@escaping @Sendable () -> Filed) -> Void
    ) -> Bool {
        guard let report = LaneReport(body) else { return false }
        let peer = site.network(forwardedFor: head.forwardedFor, peer)
        var filing = report.filing(language: language(of: head).code)
        filing.source = site.throttle.witness(of: peer)
        let submission: Submission =
            head.idempotencyKey.map { .idempotencyKey($0, bodyHash: Fingerprint.sha256(body)) } ?? .once
        let taken = Taken()
        // The routes would ask the bucket a second time for the same report.
        let goBack: @Sendable () -> Void = { [throttle = site.throttle] in
            if taken.isTaken { throttle.takesBackReport(from: peer) }
        }
        let isFiled = try? site.intake.take(
            filing,
            submission: submission,
            isOverflow: {
                taken.set(self.site.throttle.allowsReport(from: peer))
                return !taken.isTaken
            },
            then: { [self] outcome in done { self.settled(outcome, head, giveBack: goBack) } }
        )
        if isFiled != true { goBack() }
        return isFiled ?? false
    }

    /// `giveBack`: the token of the bucket, which the routes will ask again.
    func settled(_ outcome: Intake.Outcome, _ head: LaneHead, giveBack: () -> Void) -> Filed {
        switch outcome {
        case .stored(let receipt): return .answer(created(receipt))
        // By its key the routes know what is stored already. Without one they would store it twice.
        case .inDoubt where head.idempotencyKey == nil:
            return .answer(inDoubt(language(of: head).code))
        case .notStored, .inDoubt:
            giveBack()
            return .route
        }
    }

    /// 503: the words, and when to try again.
    private func inDoubt(_ language: String) -> ByteBuffer {
        let answer = Problem.bytes(of: Refusal.inDoubt, status: .serviceUnavailable, site.library.words(language))
        var headers = answer.headers
        Envelope.seal(&headers, site.config)
        var bytes = WireHead(.serviceUnavailable, headers, answer.body).bytes(date)
        bytes.writeImmutableBuffer(answer.body)
        return bytes
    }

    /// 201 and the code.
    private func created(_ receipt: Intake.Receipt) -> ByteBuffer {
        let body = ReportAPI.createdBody(receipt)
        var bytes = createdHead.bytes(date)
        bytes.writeImmutableBuffer(body)
        return bytes
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
        headers[.date] = date.text(time(nil))
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
        case "/", "/now": site.status.version(at: site.now)
        case "/help", "/about": site.packVersion
        case "/privacy": site.privacyVersion
        case "/rights": site.guideVersion
        case "/print": site.guideVersion
        case "/plan", "/plan/blank": site.guideVersion
        case "/policies": site.guideVersion
        default:
            path.hasPrefix("/rights/") || path.hasPrefix("/policies/") || path.hasPrefix("/training/")
                ? site.guideVersion : nil
        }
    }
}

/// What browsers ask for, with what they get: there are few such headers, and to weigh one takes as long as the rest of
/// a page.
private final class AskedLanguages: Sendable {
    private static let most = 500
    private let known = Mutex<[String: Language]>([:])

    func best(_ header: String, _ library: Library) -> Language {
        guard header.utf8.count <= 200 else { return library.preferred(header) }
        if let language = known.withLock({ $0[header] }) { return language }
        let language = library.preferred(header)
        known.withLock { known in
            if known.count >= Self.most { known = [:] }
            known[header] = language
        }
        return language
    }
}

/// Whether the bucket gave a token for a report.
private final class Taken: Sendable {
    private let value = Atomic<Bool>(false)
    var isTaken: Bool { value.load(ordering: .relaxed) }
    func set(_ new: Bool) { value.store(new, ordering: .relaxed) }
}

/// An answer as bytes, or its head, all but the date; made whole again once a second, while it is asked for.
final class WireHead: Sendable {
    private let start: [UInt8]
    private let body: ByteBuffer?
    private let kept = Mutex<(second: Int, bytes: ByteBuffer)>((0, ByteBuffer()))

    /// `body` adds its length behind the fields, and stands behind the head.
    init(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: ByteBuffer? = nil) {
        self.body = body
        var headers = headers
        if let body { headers[.contentLength] = String(body.readableBytes) }
        let lines = headers.map { "\($0.name.rawName): \($0.value)\r\n" }.joined()
        start = Array("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n\(lines)Date: ".utf8)
    }

    func bytes(_ date: DateLine) -> ByteBuffer {
        let second = time(nil)
        return kept.withLock { kept in
            if kept.second != second {
                let text = date.text(second)
                var bytes = ByteBuffer(bytes: start + Array("\(text)\r\n\r\n".utf8))
                if let body { bytes.writeImmutableBuffer(body) }
                kept = (second, bytes)
            }
            return kept.bytes
        }
    }
}

/// The `Date` header, made once a second (RFC 9110 5.6.7).
final class DateLine: Sendable {
    private let kept = Mutex<(second: Int, text: String)>((0, ""))

    /// `seconds` since 1970.
    func text(_ seconds: Int) -> String {
        kept.withLock { kept in
            if kept.second != seconds {
                var seconds = seconds
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
