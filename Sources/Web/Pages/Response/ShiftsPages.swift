// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
import People
import Response
import Vault

/// `/shifts`: who serves when, and handing over so that nothing open is left alone.
struct ShiftsPages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        let day = request.uri.queryParameters["from"].flatMap { LocalTime.parse(field: "\($0)T12:00") }
        return try await page(context, from: day)
    }

    func plan(_ request: Request, _ context: MemberContext) async throws -> Response {
        let site = site
        return try await change(request, context, .plan) { form, caller, tx in
            guard let role = Role(rawValue: form["role"]) else {
                throw Refusal.invalid(["role": "shifts.role_missing|Choose what you do in this shift."])
            }
            let (start, end) = (try form.moment("starts"), try form.moment("ends"))
            guard try FormReceipt.take(site.once(form, "shifts.plan", context), in: tx) else { return }
            try Shift.plan(
                Ref(form["person"]) ?? caller.person,
                as: role,
                from: start,
                to: end,
                overriding: form.optional("override"),
                by: caller,
                in: tx
            )
        }
    }

    func open(_ request: Request, _ context: MemberContext) async throws -> Response {
        let site = site
        return try await change(request, context, .open) { form, caller, tx in
            try caller.require(.manageShifts)
            guard let role = Role(rawValue: form["role"]) else {
                throw Refusal.invalid(["role": "shifts.role_missing|Choose what you do in this shift."])
            }
            let (start, end) = (try form.moment("starts"), try form.moment("ends"))
            guard try FormReceipt.take(site.once(form, "shifts.open", context), in: tx) else { return }
            try OpenShift.open(role, from: start, to: end, places: Int(form["places"]) ?? 0, by: caller, in: tx)
        }
    }

    func take(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try OpenShift.take(id, by: caller, in: tx) }
    }

    func closeOpen(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try OpenShift.close(id, by: caller, in: tx) }
    }

    func answerTest(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await own(request, context) { id, caller, tx in try CommTest.answer(id, by: caller, in: tx) }
    }

    func offer(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await own(request, context) { id, caller, tx in try Shift.offer(id, by: caller, in: tx) }
    }

    func keep(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await own(request, context) { id, caller, tx in try Shift.keep(id, by: caller, in: tx) }
    }

    func takeOver(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try Shift.takeOver(id, by: caller, in: tx) }
    }

    func takeBack(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try Shift.takeBack(id, by: caller, in: tx) }
    }

    func agree(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try Shift.agree(id, by: caller, in: tx) }
    }

    func refuse(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try Shift.refuse(id, by: caller, in: tx) }
    }

    func start(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await own(request, context) { id, caller, tx in try Shift.start(id, by: caller, in: tx) }
    }

    func end(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await own(request, context) { id, caller, tx in try Shift.end(id, by: caller, in: tx) }
    }

    func cancel(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await own(request, context) { id, caller, tx in try Shift.cancel(id, by: caller, in: tx) }
    }

    func handOver(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Shift> = try context.ref("id")
        return try await change(request, context, .handOver) { form, caller, tx in
            guard let next = Ref<Person>(form["next"]) else {
                throw Refusal.invalid(["next": "shifts.next_missing|Choose who takes over."])
            }
            try Shift.requireStill(id, of: Ref(form["person"]) ?? caller.person, in: tx)
            try HandOver.offer(id, to: next, note: form["note"], by: caller, in: tx)
        }
    }

    func acceptHandOver(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try HandOver.accept(id, by: caller, in: tx) }
    }

    func takeBoard(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try HandOver.take(id, by: caller, in: tx) }
    }

    func lead(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context, nil) { _, caller, tx in try HandOver.lead(by: caller, in: tx) }
    }

    func declineHandOver(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try HandOver.decline(id, by: caller, in: tx) }
    }

    /// A verb for a shift that is still of whom the page said it was: on an old page a colleague's is not changed. Who rests
    /// may end that with the press that begins it.
    private func own(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Ref<Shift>, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let id: Ref<Shift> = try context.ref("id")
        return try await change(request, context, nil) { form, caller, tx in
            try Shift.requireStill(id, of: Ref(form["person"]) ?? caller.person, in: tx)
            if form["rest"] == "end" { try Helper.resume(caller.person, by: caller, in: tx) }
            try verb(id, caller, tx)
        }
    }

    /// A verb that needs nothing but which record is meant.
    private func step<Record>(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Ref<Record>, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let id: Ref<Record> = try context.ref("id")
        return try await change(request, context, nil) { _, caller, tx in try verb(id, caller, tx) }
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

    /// `refusal`: why not, of a step here or of signing out.
    func page(
        _ context: MemberContext,
        from day: Instant? = nil,
        part: ShiftsPage.Part? = nil,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        let (caller, speed) = (context.caller, site.config.speed)
        let state = try await site.database.read { tx in
            let timings = try Timings.load(speed: speed, in: tx)
            return try ShiftsPage.State.load(for: caller, from: day, timings: timings, in: tx)
        }
        let shifts = ShiftsPage(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            state: state,
            part: part,
            form: form,
            refusal: refusal,
            submission: site.onceToken("shifts.plan", context),
            openSubmission: site.onceToken("shifts.open", context)
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
