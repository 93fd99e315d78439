// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import Synchronization
import Vault

/// The same form, sent again within a minute (a double click, a retry, refresh, back), is done once and answered with
/// the same receipt. Every form of ours carries a name of its own in `_once`, so two forms that look alike are two.
///
/// This is the first wall, in memory: what must hold beyond a minute, a restart or a second node is held by
/// `FormReceipt` and by the rules of each verb.
struct Once: RouterMiddleware {
    static let field = "_once"
    let receipts: Receipts

    func handle(
        _ request: Request,
        context: SiteContext,
        next: @concurrent (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .post,
            request.headers[.contentType]?.hasPrefix("application/x-www-form-urlencoded") == true
        else { return try await next(request, context) }
        let bytes = try await request.bytes(limit: Limits.formBody)
        var request = request
        request.body = RequestBody(buffer: ByteBuffer(bytes: bytes))
        guard let form = try? Form(urlEncoded: bytes), form.optional(Self.field) != nil else {
            return try await next(request, context)
        }
        let name = receipts.name(Array(request.uri.path.utf8) + [0] + Array(cookies(request).utf8) + [0] + bytes)
        while true {
            switch receipts.begin(name, at: context.now) {
            case .ours:
                do {
                    let response = try await next(request, context)
                    receipts.end(name, with: response, at: context.now)
                    return response
                } catch {
                    receipts.end(name, with: nil, at: context.now)
                    throw error
                }
            case .done(let headers):
                return Response(status: .seeOther, headers: headers)
            case .underWay:
                try await Task.sleep(for: .milliseconds(25))
            }
        }
    }

    private func cookies(_ request: Request) -> String { request.headers[.cookie] ?? "" }
}

extension SiteContext {
    /// A clock for what lives in memory only.
    fileprivate var now: ContinuousClock.Instant { .now }
}

/// What forms were answered with, for a minute and in memory. Names are HMACs under a key of this process, so what was
/// typed is not held here.
package final class Receipts: Sendable {
    enum Turn {
        case ours
        case done(HTTPFields)
        case underWay
    }

    private enum Entry {
        case running(since: ContinuousClock.Instant)
        case done(HTTPFields, until: ContinuousClock.Instant)
    }

    private static let kept = Duration.seconds(60)
    /// A receipt that holds a session's cookie: long enough for a double click, and then out of memory.
    private static let keptWithCookie = Duration.seconds(5)
    /// Longer than any verb takes: then its task is gone, and the next one may try.
    private static let longest = Duration.seconds(60)
    private static let most = 20_000

    private let key = Secret.random()
    private let entries = Mutex<[[UInt8]: Entry]>([:])

    package init() {}

    func name(_ bytes: [UInt8]) -> [UInt8] { key.authenticate(bytes) }

    func begin(_ name: [UInt8], at now: ContinuousClock.Instant) -> Turn {
        entries.withLock { entries in
            switch entries[name] {
            case .done(let headers, let until) where now < until: return .done(headers)
            case .running(let since) where now - since < Self.longest: return .underWay
            case .done, .running, nil: break
            }
            if entries.count >= Self.most {
                entries = entries.filter { _, entry in
                    switch entry {
                    case .done(_, let until): now < until
                    case .running(let since): now - since < Self.longest
                    }
                }
            }
            entries[name] = .running(since: now)
            return .ours
        }
    }

    /// Only a redirect is a receipt: a form that came back with a reason may be sent again as it is.
    func end(_ name: [UInt8], with response: Response?, at now: ContinuousClock.Instant) {
        guard let response, response.status == .seeOther else { return entries.withLock { $0[name] = nil } }
        let kept = response.headers[.setCookie] == nil ? Self.kept : Self.keptWithCookie
        entries.withLock { $0[name] = .done(response.headers, until: now + kept) }
        Task { [weak self] in
            try? await Task.sleep(for: kept)
            self?.entries.withLock { $0[name] = nil }
        }
    }
}
