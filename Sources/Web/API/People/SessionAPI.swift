// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Vault

/// Who the cookie says is asking, and the value that every change must carry as `X-CSRF-Token`.
struct SessionAPI {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        .json(SessionJSON(context))
    }
}

private struct SessionJSON: Encodable {
    let id: String
    let handle: String
    let roles: [String]
    let language: String
    let csrf: String
    /// Whether sealed things can be opened now.
    let unlocked: Bool

    init(_ context: MemberContext) {
        let caller = context.caller
        id = caller.person.text
        handle = caller.handle
        roles = caller.roles.map(\.rawValue).sorted()
        language = caller.language
        csrf = context.token.csrf
        unlocked = caller.isUnlocked
    }
}
