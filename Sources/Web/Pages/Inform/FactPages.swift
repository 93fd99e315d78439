// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Inform
import Kit
import People
import Vault

/// `/facts`: what the guides are built from. Members draft and review, an attorney approves, and a fact that turns out
/// wrong is taken back at once.
struct FactPages {
    let site: Site

    func list(_ request: Request, _ context: MemberContext) async throws -> Response {
        let caller = context.caller
        let rights = try await site.rights.current()
        let waiting = try await site.database.read { tx in try FactRevision.waiting(by: caller, in: tx) }
        let page = FactListPage(rights: rights, waiting: waiting, now: site.now, t: context.t)
        return shown(context, page.body)
    }

    func new(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.writeFacts)
        return try await form(nil, context)
    }

    func add(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (site, places) = (site, site.pack.facts.jurisdictions)
        return try await site.change(request, context, then: "/facts") { form, caller, tx in
            guard try FormReceipt.take(site.once(form, "facts.add", context), in: tx) else { return }
            let fact = FactForm.fact(form, id: form["id"], after: nil)
            try FactRevision.draft(fact, basedOn: 0, note: form["note"], jurisdictions: places, by: caller, in: tx)
        } orElse: { form, refusal in
            try await self.form(nil, context, form: form, refusal: refusal)
        }
    }

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await fact(try name(context), context)
    }

    func edit(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await form(try name(context), context)
    }

    func draft(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try name(context)
        let (site, places) = (site, site.pack.facts.jurisdictions)
        return try await site.change(request, context, then: "/facts/\(id)") { form, caller, tx in
            guard try FormReceipt.take(site.once(form, "facts.add", context), in: tx) else { return }
            try FactRevision.draft(
                FactForm.fact(form, id: id, after: try FactBook.live(id, in: tx)?.fact),
                basedOn: Int(form["based_on"]) ?? -1,
                note: form["note"],
                jurisdictions: places,
                by: caller,
                in: tx
            )
        } orElse: { form, refusal in
            try await self.form(id, context, form: form, refusal: refusal)
        }
    }

    func review(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { form, revision, caller, tx in
            try FactRevision.review(revision, languages: Set(form.all("languages")), by: caller, in: tx)
        }
    }

    func approve(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { form, revision, caller, tx in
            try FactRevision.approve(revision, languages: Set(form.all("languages")), by: caller, in: tx)
        }
    }

    func decline(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { _, revision, caller, tx in
            try FactRevision.decline(revision, by: caller, in: tx)
        }
    }

    func recall(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try name(context)
        return try await site.change(request, context, then: "/facts/\(id)") { form, caller, tx in
            try FactBook.recall(id, reason: form["reason"], by: caller, in: tx)
        } orElse: { form, refusal in
            try await fact(id, context, form: form, refusal: refusal)
        }
    }

    func restore(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try name(context)
        return try await site.change(request, context, then: "/facts/\(id)") { _, caller, tx in
            try FactBook.restore(id, by: caller, in: tx)
        } orElse: { form, refusal in
            try await fact(id, context, form: form, refusal: refusal)
        }
    }

    private func change(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Form, Ref<FactRevision>, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let id = try name(context)
        let revision: Ref<FactRevision> = try context.ref("revision")
        return try await site.change(request, context, then: "/facts/\(id)") { form, caller, tx in
            try verb(form, revision, caller, tx)
        } orElse: { form, refusal in
            try await fact(id, context, form: form, refusal: refusal)
        }
    }

    private func name(_ context: MemberContext) throws -> String {
        guard let name = context.parameters.get("fact"), FactChecks.isName(name) else { throw Refusal.notFound }
        return name
    }

    private func fact(
        _ id: String,
        _ context: MemberContext,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        let caller = context.caller
        let (history, live, recall) = try await site.database.read { tx in
            (
                try FactRevision.history(of: id, by: caller, in: tx), try FactBook.live(id, in: tx),
                try FactBook.recall(of: id, by: caller, in: tx)
            )
        }
        guard !history.isEmpty else { throw Refusal.notFound }
        let page = FactPage(
            id: id,
            rights: try await site.rights.current(),
            live: live,
            history: history,
            recall: recall,
            caller: caller,
            token: context.token.csrf,
            now: site.now,
            reason: form["reason"],
            refusal: refusal,
            t: context.t
        )
        return shown(context, page.body, status: refusal)
    }

    private func form(
        _ id: String?,
        _ context: MemberContext,
        form: Form? = nil,
        refusal: Refusal? = nil
    ) async throws -> Response {
        try context.caller.require(.writeFacts)
        let live = try await site.database.read { tx in try id.flatMap { try FactBook.live($0, in: tx) } }
        if id != nil, live == nil { throw Refusal.notFound }
        let fact = form.map { FactForm.fact($0, id: id ?? $0["id"], after: live?.fact) } ?? live?.fact
        let page = FactForm(
            id: id,
            fact: fact,
            basedOn: live?.revision ?? 0,
            note: form?["note"] ?? "",
            place: site.pack.facts.place,
            languages: site.library.languages,
            token: context.token.csrf,
            submission: site.onceToken("facts.add", context),
            refusal: refusal,
            t: context.t
        )
        return shown(context, page.body, status: refusal)
    }

    private func shown(_ context: MemberContext, _ body: HTML, status refusal: Refusal? = nil) -> Response {
        site.memberPage(
            context,
            place: "/facts",
            title: context.t("place.facts|Facts"),
            mainClass: "page stack",
            status: refusal?.status ?? .ok,
            body: body
        )
    }
}
