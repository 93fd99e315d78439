// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import People
import Vault

/// Finds who is asking, for the routes that want to know.
struct Sessions: RouterMiddleware {
    let site: Site

    func handle(
        _ request: Request,
        context: SiteContext,
        next: @concurrent (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        var lane = WriteLane.neighbors
        if let token = request.cookies[site.sessionCookie].flatMap({ SessionToken(cookie: $0.value) }),
            let caller = try await Session.enter(token, database: site.database)
        {
            context.session = SignedIn(caller: caller, token: token)
            lane = .ours
            if request.cookies["language"] == nil, request.uri.queryParameters["lang"] == nil,
                site.library.language(caller.language) != nil
            {
                context.t = site.library.words(caller.language)
            }
        }
        return try await WriteLane.$current.withValue(lane) { [context] in try await next(request, context) }
    }
}

extension Site {
    /// `__Host-` cookies exist only over TLS; on one's own machine the plain name serves.
    var sessionCookie: String { config.isSecure ? "__Host-session" : "session" }
}
