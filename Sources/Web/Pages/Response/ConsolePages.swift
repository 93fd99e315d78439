// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Inform
import Kit
import Messaging
import People
import Response
import Vault

/// `/console`: who called or wrote, what is known near them, and an answer with one key. No page shows a number.
struct ConsolePages {
    static let path = "/console"
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response { try await page(context) }

    func answer(_ request: Request, _ context: MemberContext) async throws -> Response {
        let keys = site.keys
        return try await step(request, context) { id, form, caller, tx in
            try Inquiry.answer(id, form["words"], turn: Int(form["turn"]) ?? 0, by: caller, keys: keys, in: tx)
        }
    }

    func callBack(_ request: Request, _ context: MemberContext) async throws -> Response {
        let keys = site.keys
        return try await step(request, context) { id, _, caller, tx in
            try Inquiry.callBack(id, by: caller, keys: keys, in: tx)
        }
    }

    func spam(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, form, caller, tx in
            try Inquiry.mark(id, spam: form["is"] != "no", by: caller, in: tx)
        }
    }

    func close(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, _, caller, tx in try Inquiry.close(id, by: caller, in: tx) }
    }

    func flood(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await site.change(request, context, then: Self.path) { form, caller, tx in
            guard let mode = Flood.Mode(rawValue: form["mode"]) else { throw Refusal.notFound }
            try Flood.set(mode, by: caller, in: tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    func threshold(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await site.change(request, context, then: "\(Self.path)#settings") { form, caller, tx in
            try Flood.setThreshold(Int(form["threshold"]) ?? 0, by: caller, in: tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    func addPartner(_ request: Request, _ context: MemberContext) async throws -> Response {
        let keys = site.keys
        return try await site.change(request, context, then: "\(Self.path)#settings") { form, caller, tx in
            try PartnerLine.add(form["name"], form["number"], by: caller, keys: keys, in: tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    func removePartner(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<PartnerLine> = try context.ref("id")
        return try await site.change(request, context, then: "\(Self.path)#settings") { _, caller, tx in
            try PartnerLine.remove(id, by: caller, in: tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    private func step(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Ref<Inquiry>, Form, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let id: Ref<Inquiry> = try context.ref("id")
        return try await site.change(request, context, then: Self.path) { form, caller, tx in
            try verb(id, form, caller, tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal, refused: id)
        }
    }

    private func page(
        _ context: MemberContext,
        form: Form = Form(),
        refusal: Refusal? = nil,
        refused: Ref<Inquiry>? = nil
    ) async throws -> Response {
        let (caller, t) = (context.caller, context.t)
        let state = try await site.database.read { tx in try ConsolePage.State.load(by: caller, in: tx) }
        let answers = TextAnswers(
            site: site,
            status: try await site.status.current().value,
            rights: try await site.rights.current(),
            channel: .sms
        )
        let body = ConsolePage(
            site: site,
            t: t,
            caller: caller,
            token: context.token.csrf,
            state: state,
            answers: answers,
            form: form,
            refusal: refusal,
            refused: refused
        ).body
        return site.memberPage(
            context,
            place: Self.path,
            title: t("console.title|Console"),
            scripts: ["console.js"],
            status: refusal?.status ?? .ok,
            body: body
        )
    }
}
