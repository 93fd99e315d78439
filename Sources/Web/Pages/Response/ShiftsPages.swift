// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response
import Vault

/// `/shifts`: who serves when, and handing over so that nothing open is left alone.
struct ShiftsPages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await page(context)
    }

    func plan(_ request: Request, _ context: MemberContext) async throws -> Response {
        let site = site
        return try await change(request, context, .plan) { form, caller, tx in
            let missing: Phrase = "settings.time_missing|Choose a day and a time."
            guard let role = Role(rawValue: form["role"]) else {
                throw Refusal.invalid(["role": "shifts.role_missing|Choose what you do in this shift."])
            }
            guard let start = LocalTime.parse(field: form["starts"]) else { throw Refusal.invalid(["starts": missing]) }
            guard let end = LocalTime.parse(field: form["ends"]) else { throw Refusal.invalid(["ends": missing]) }
            guard try FormReceipt.take(site.once(form, "shifts.plan", context), in: tx) else { return }
            try Shift.plan(Ref(form["person"]) ?? caller.person, as: role, from: start, to: end, by: caller, in: tx)
        }
    }

    func start(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Shift> = try context.ref("id")
        return try await change(request, context, nil) { _, caller, tx in try Shift.start(id, by: caller, in: tx) }
    }

    func end(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Shift> = try context.ref("id")
        return try await change(request, context, nil) { _, caller, tx in try Shift.end(id, by: caller, in: tx) }
    }

    func cancel(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Shift> = try context.ref("id")
        return try await change(request, context, nil) { _, caller, tx in try Shift.cancel(id, by: caller, in: tx) }
    }

    func handOver(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Shift> = try context.ref("id")
        return try await change(request, context, .handOver) { form, caller, tx in
            guard let next = Ref<Person>(form["next"]) else {
                throw Refusal.invalid(["next": "shifts.next_missing|Choose who takes over."])
            }
            try HandOver.offer(id, to: next, note: form["note"], by: caller, in: tx)
        }
    }

    func acceptHandOver(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Shift> = try context.ref("id")
        return try await change(request, context, nil) { _, caller, tx in try HandOver.accept(id, by: caller, in: tx) }
    }

    func declineHandOver(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Shift> = try context.ref("id")
        return try await change(request, context, nil) { _, caller, tx in try HandOver.decline(id, by: caller, in: tx) }
    }

    private func change(
        _ request: Request,
        _ context: MemberContext,
        _ part: ShiftsPage.Part?,
        _ verb: @escaping @Sendable (Form, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        try await site.change(request, context, then: "/shifts", verb) { form, refusal in
            try await page(context, part: part, form: form, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        part: ShiftsPage.Part? = nil,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        let caller = context.caller
        let state = try await site.database.read { tx in try ShiftsPage.State.load(for: caller, in: tx) }
        let shifts = ShiftsPage(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            state: state,
            part: part,
            form: form,
            refusal: refusal,
            submission: site.onceToken("shifts.plan", context)
        )
        return site.memberPage(
            context,
            place: "/shifts",
            title: context.t("place.shifts|Shifts"),
            status: refusal?.status ?? .ok,
            body: shifts.body
        )
    }
}
