// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Messaging
import People
import Vault

/// `/settings/hooks`: programs of others that are told what we tell the public; each signed with a secret of its own.
struct HookPages {
    static let path = "/settings/hooks"
    let site: Site

    func list(_ request: Request, _ context: MemberContext) async throws -> Response { try await list(context) }

    /// The secret stands in this answer and nowhere else.
    func add(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.manageSettings)
        let form = try await site.memberForm(request, context)
        let (caller, keys) = (context.caller, site.keys)
        do {
            let made = try await site.database.write { tx in
                try WebHook.add(form["name"], at: form["address"], by: caller, keys: keys, in: tx)
            }
            return secret(made.secret, of: made.id, context)
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await list(context, form: form, refusal: refusal)
        }
    }

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await page(context, isTested: request.uri.queryParameters["tested"] != nil)
    }

    func test(_ request: Request, _ context: MemberContext) async throws -> Response {
        let keys = site.keys
        return try await step(request, context, then: "?tested=yes") { id, _, caller, tx in
            try WebHook.test(id, by: caller, keys: keys, in: tx)
        }
    }

    func rotate(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<WebHook> = try context.ref("id")
        try context.caller.require(.manageSettings)
        _ = try await site.memberForm(request, context)
        let (caller, keys) = (context.caller, site.keys)
        let made = try await site.database.write { tx in
            try WebHook.rotate(id, by: caller, keys: keys, in: tx)
        }
        return secret(made, of: id, isNew: false, context)
    }

    func pause(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, form, caller, tx in
            try WebHook.pause(id, form["is"] != "no", by: caller, in: tx)
        }
    }

    func remove(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<WebHook> = try context.ref("id")
        return try await site.change(request, context, then: Self.path) { form, caller, tx in
            try caller.require(.manageSettings)
            guard form["sure"] == "yes" else {
                throw Refusal.invalid(["sure": "hook.sure|Tick the box first."])
            }
            try WebHook.remove(id, by: caller, in: tx)
        } orElse: { _, refusal in
            try await page(context, refusal: refusal)
        }
    }

    func retry(_ request: Request, _ context: MemberContext) async throws -> Response {
        let delivery: Ref<Outbox> = try context.ref("delivery")
        return try await step(request, context) { id, _, caller, tx in
            _ = try WebHook.find(id, by: caller, in: tx)
            try Outbox.retry(delivery, by: caller, in: tx)
        }
    }

    private func step(
        _ request: Request,
        _ context: MemberContext,
        then query: String = "",
        _ verb: @escaping @Sendable (Ref<WebHook>, Form, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let id: Ref<WebHook> = try context.ref("id")
        return try await site.change(request, context, then: "\(Self.path)/\(id)\(query)") { form, caller, tx in
            try verb(id, form, caller, tx)
        } orElse: { _, refusal in
            try await page(context, refusal: refusal)
        }
    }

    private func page(_ context: MemberContext, isTested: Bool = false, refusal: Refusal? = nil) async throws
        -> Response
    {
        let (id, caller, keys, site): (Ref<WebHook>, Caller, InstanceKeys, Site) = (
            try context.ref("id"), context.caller, site.keys, site
        )
        let body = try await site.database.read { tx in
            let hook = try WebHook.find(id, by: caller, in: tx)
            return HookPage(
                site: site,
                t: context.t,
                token: context.token.csrf,
                hook: hook,
                address: try hook.address(keys),
                deliveries: try hook.deliveries(in: tx),
                isOpen: try Provider.open(in: tx).contains(.webhook),
                isTested: isTested,
                refusal: refusal
            ).body
        }
        return shown(context, body, refusal)
    }

    private func list(_ context: MemberContext, form: Form = Form(), refusal: Refusal? = nil) async throws -> Response {
        let (caller, keys, site) = (context.caller, site.keys, site)
        let body = try await site.database.read { tx in
            HooksPage(
                site: site,
                t: context.t,
                token: context.token.csrf,
                hooks: try WebHook.all(by: caller, in: tx).map { ($0, try $0.address(keys)) },
                outcomes: try WebHook.outcomes(in: tx),
                isOpen: try Provider.find(.webhook, keys: keys, in: tx)?.isOn ?? true,
                form: form,
                refusal: refusal
            ).body
        }
        return shown(context, body, refusal)
    }

    private func secret(_ secret: String, of id: Ref<WebHook>, isNew: Bool = true, _ context: MemberContext) -> Response
    {
        shown(context, HookSecretPage(t: context.t, id: id, secret: secret, isNew: isNew).body, nil)
    }

    private func shown(_ context: MemberContext, _ body: HTML, _ refusal: Refusal?) -> Response {
        site.memberPage(
            context,
            place: "/settings",
            title: context.t("hook.title|Web hooks"),
            status: refusal?.status ?? .ok,
            body: body
        )
    }
}
