// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Vault

/// Before everything of members: while the instance is locked there is nobody signed in and nothing to see. What was
/// under way when it was locked is not shown either.
struct OnlyUnlocked: RouterMiddleware {
    let site: Site

    func handle(
        _ request: Request,
        context: SiteContext,
        next: @concurrent (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        guard !site.keys.isLocked else { return try refuse(request, context) }
        do {
            let response = try await next(request, context)
            // A panic's own answer is on its way out of a locked instance.
            if site.keys.isLocked, !response.isAfterPanic { return try refuse(request, context) }
            return response
        } catch  where site.keys.isLocked {
            return try refuse(request, context)
        }
    }

    private func refuse(_ request: Request, _ context: SiteContext) throws -> Response {
        if request.isForPrograms { throw Refusal.instanceLocked }
        return site.lockedPage(context)
    }
}

extension Response {
    /// Only the panic itself sends people to `/unlock`.
    fileprivate var isAfterPanic: Bool { status == .seeOther && headers[.location] == "/unlock" }
}
