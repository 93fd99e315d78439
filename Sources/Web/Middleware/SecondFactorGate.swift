// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People

/// Who signed in and has no second factor yet sets one up before anything else. A demonstration asks for none.
struct SecondFactorGate: RouterMiddleware {
    static let path = "/settings/second-factor"
    let site: Site

    func handle(
        _ request: Request,
        context: SiteContext,
        next: @concurrent (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        guard site.asksCodes, let caller = context.session?.caller, !caller.hasSecondFactor else {
            return try await next(request, context)
        }
        guard !request.isForPrograms else { throw Refusal.secondFactorNeeded }
        return .see(Self.path)
    }
}

extension Refusal {
    static var secondFactorNeeded: Refusal {
        Refusal(.forbidden, "people.second_factor_needed|First set up your codes: open the settings in a browser.")
    }
}
