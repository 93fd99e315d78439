// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit

/// A change must come from our own pages: Sec-Fetch-Site where the browser sends it, else Origin. Browsers that
/// send neither are held by the token in every form, and by the cookie being SameSite=Strict.
struct SameOrigin: RouterMiddleware {
    func handle(
        _ request: Request,
        context: SiteContext,
        next: @concurrent (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        guard request.method != .get, request.method != .head else { return try await next(request, context) }
        if let site = request.headers[.secFetchSite] {
            guard site == "same-origin" || site == "none" else { throw Refusal.forbidden }
        } else if let origin = request.headers[.origin], origin != "null" {
            // "null" says nothing: our own forms send it, since our pages tell browsers to keep quiet about where they are
            // (Fetch, 3.2: no-referrer), and over plain http, as onion services are, there is no Sec-Fetch-Site.
            let host = origin.split(separator: "/", maxSplits: 2).last.map(String.init)
            guard host == request.head.authority else { throw Refusal.forbidden }
        }
        return try await next(request, context)
    }
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .origin
}
