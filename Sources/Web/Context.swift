// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import People
import Vault

/// What is known of every request: its language, and who is asking once a session was found.
package struct SiteContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Only for the token buckets in memory; never stored or logged.
    var peer: SocketAddress?
    var t = Words(language: .english)
    var session: SignedIn?
    private let began = ContinuousClock.now

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress
    }

    /// For who asks without a connection: `Mirror`.
    init(source: some RequestContextSource) { coreContext = .init(source: source) }
}

extension SiteContext {
    /// How long this request has taken, in a bucket: an exact time would tell requests apart.
    var took: String {
        let spent = ContinuousClock.now - began
        let buckets: [(name: String, end: Duration)] = [
            ("<10ms", .milliseconds(10)), ("<100ms", .milliseconds(100)), ("<1s", .seconds(1)), ("<10s", .seconds(10)),
        ]
        return buckets.first { spent < $0.end }?.name ?? ">=10s"
    }
}

/// A found session: the caller it gives, and the cookie it came with.
struct SignedIn: Sendable {
    let caller: Caller
    let token: SessionToken
}

/// Below `members`, a handler has a caller or never runs.
package struct MemberContext: ChildRequestContext {
    package var coreContext: CoreRequestContextStorage
    let t: Words
    let caller: Caller
    let token: SessionToken

    package init(context: SiteContext) throws {
        guard let session = context.session else { throw SignInNeeded() }
        coreContext = context.coreContext
        t = context.t
        caller = session.caller
        token = session.token
    }
}

/// The person must sign in first; becomes a redirect for pages and a 401 for programs.
struct SignInNeeded: Error {}

extension RequestContext {
    /// A typed reference from the path; a malformed one is as unknown as a missing one.
    func ref<Entity>(_ name: String, of type: Entity.Type = Entity.self) throws -> Ref<Entity> {
        guard let text = parameters.get(name), let ref = Ref<Entity>(text) else { throw Refusal.notFound }
        return ref
    }
}
