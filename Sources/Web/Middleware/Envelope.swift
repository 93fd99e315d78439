// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit

/// The outermost layer: every answer leaves with the security headers, and every error as a page or a problem+json
/// in the reader's language. Refuses what no honest client sends.
struct Envelope: RouterMiddleware {
    let site: Site
    let methods: Methods

    func handle(
        _ request: Request,
        context: SiteContext,
        next: @concurrent (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.t = language(of: request)
        context.peer = site.network(of: request, context.peer)
        var response: Response
        do {
            try refuseOddities(request)
            response = try await next(request, context)
        } catch is SignInNeeded where !request.isForPrograms {
            response = signIn(request)
        } catch {
            let allowed = otherMethods(error, request)
            response = site.response(to: allowed == nil ? error : HTTPError(.methodNotAllowed), for: request, context)
            if let allowed { response.headers[.allow] = allowed }
        }
        // The router sees to it only where a route answers. A body would be read as the next answer on the same connection.
        if request.method == .head { response = response.createHeadResponse() }
        Self.seal(&response.headers, site.config, path: request.isForPrograms ? nil : request.uri.path)
        if !request.isForPrograms, let chosen = request.uri.queryParameters["lang"],
            site.library.language(String(chosen)) != nil
        {
            response.setCookie(
                Cookie(
                    name: "language",
                    value: String(chosen),
                    maxAge: 31_536_000,
                    path: "/",
                    secure: site.config.isSecure && !isOnion(request),
                    httpOnly: true,
                    sameSite: .lax
                )
            )
        }
        return response
    }

    /// Asked by our name as an onion service: safe as it is, but plain http to a browser, which may then keep no cookie that
    /// is only for https.
    private func isOnion(_ request: Request) -> Bool {
        site.config.onion.map { $0 == "http://\(request.head.authority ?? "")" } ?? false
    }

    /// After a form the way back is the page above it: at its own address nobody can look at anything.
    private func signIn(_ request: Request) -> Response {
        guard request.method != .get, request.method != .head else {
            return .see("/sign-in?back=\(request.uri.path)")
        }
        return .see("/sign-in?back=\(methods.page(above: request.uri.path) ?? "")&unsaved=yes")
    }

    /// Nobody answers at this path, but to other methods: which ones.
    private func otherMethods(_ error: any Error, _ request: Request) -> String? {
        guard let error = error as? HTTPError, error.status == .notFound,
            let allowed = methods.allowed(at: request.uri.path),
            !allowed.split(separator: ", ").contains(where: { $0 == request.method.rawValue })
        else { return nil }
        return allowed
    }

    /// The headers that every answer carries, and what holds where the answer said nothing of its own. `path` is a
    /// page's, for the way to it as an onion service.
    static func seal(_ headers: inout HTTPFields, _ config: Config, path: String? = nil) {
        if let onion = config.onion, let path, headers[.contentType]?.hasPrefix("text/html") == true {
            headers[.onionLocation] = "\(onion)\(path)"
        }
        // The strip that others frame says for itself who may load it.
        for header in always where headers[header.field] == nil { headers[header.field] = header.value }
        if headers[.contentSecurityPolicy] == nil {
            headers[.contentSecurityPolicy] = SecurityHeaders.Policy.nothing.contentSecurityPolicy
        }
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        if config.isSecure { headers[.strictTransportSecurity] = "max-age=31536000; includeSubDomains" }
    }

    private func language(of request: Request) -> Words {
        if let code = request.uri.queryParameters["lang"].map(String.init), site.library.language(code) != nil {
            return site.library.words(code)
        }
        if let code = request.cookies["language"]?.value, site.library.language(code) != nil {
            return site.library.words(code)
        }
        return site.library.words(site.library.preferred(request.headers[.acceptLanguage] ?? "").code)
    }

    /// A NUL or a traversal in the path is never an honest mistake (the framework's own file handler would cut at it).
    private func refuseOddities(_ request: Request) throws {
        // One host, and which (RFC 9112 3.2): a proxy before us must not have read another one. The decoder takes the first
        // for the authority and leaves a second among the fields.
        guard request.head.authority != nil, request.headers[.host] == nil else { throw HTTPError(.badRequest) }
        let path = request.uri.path
        guard path.utf8.count <= 512, !path.utf8.contains(0), !path.contains("%00") else {
            throw HTTPError(.badRequest)
        }
    }
}

extension HTTPField.Name {
    static let host = HTTPField.Name("Host") ?? .origin
    /// Tor Browser offers the onion service when a page has this (community.torproject.org, "Onion-Location").
    static let onionLocation = HTTPField.Name("Onion-Location") ?? .location
}

private let always: [(field: HTTPField.Name, value: String)] = SecurityHeaders.always.compactMap { header in
    HTTPField.Name(header.name).map { ($0, header.value) }
}
