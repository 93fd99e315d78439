// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
import People
import Response
import Vault

/// `/settings`: one's own language, passphrase and rest; for coordinators also the clock, the groups and what got stuck.
struct SettingsPages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await page(context, saved: request.uri.queryParameters["saved"] != nil)
    }

    func changeLanguage(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        let (code, caller) = (form["language"], context.caller)
        guard site.library.language(code) != nil else { throw Refusal.notFound }
        try await site.database.write { tx in try Person.chooseLanguage(code, by: caller, in: tx) }
        var response = Response.see("/settings?saved=yes")
        response.setCookie(
            Cookie(
                name: "language",
                value: code,
                maxAge: 31_536_000,
                path: "/",
                secure: site.config.isSecure,
                httpOnly: true,
                sameSite: .strict
            )
        )
        return response
    }

    func changePassphrase(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        do {
            try await site.door.changePassphrase(
                by: context.caller,
                from: form["old"],
                to: form["new"],
                login: form["login"],
                code: form["code"]
            )
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await page(context, part: .passphrase, form: form, refusal: refusal)
        }
        return .see("/settings?saved=yes")
    }

    func nameDevice(_ request: Request, _ context: MemberContext) async throws -> Response {
        let keys = site.keys
        return try await change(request, context, .devices) { form, caller, tx in
            try Session.name(form["device"], by: caller, keys: keys, in: tx)
        }
    }

    func endSession(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context, .devices) { form, caller, tx in
            try Session.end(form["session"], by: caller, in: tx)
        }
    }

    func endOtherSessions(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context, .devices) { _, caller, tx in try Session.signOutElsewhere(by: caller, in: tx)
        }
    }

    func pause(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context, .rest) { form, caller, tx in
            let until = try form.moment("until", missing: "matching.pause_until|Choose a time in the next 90 days.")
            try Helper.pause(caller.person, until: until, by: caller, in: tx)
        }
    }

    func resume(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context, .rest) { _, caller, tx in
            try Helper.resume(caller.person, by: caller, in: tx)
        }
    }

    func changeHelper(_ request: Request, _ context: MemberContext) async throws -> Response {
        let places = site.places
        return try await change(request, context, .helper) { form, caller, tx in
            let own = try HelperForm(form).own(in: places)
            try Helper.changeOwn(
                place: own.place,
                radius: own.radius,
                languages: own.languages,
                capacity: own.capacity,
                by: caller,
                in: tx
            )
        }
    }

    func changeWeek(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context, .week) { form, caller, tx in
            guard try Helper.find(caller.person, in: tx) != nil else { throw Refusal.notFound }
            try Availability.setWeek(caller.person, WeekForm.read(form), by: caller, in: tx)
        }
    }

    func addAvailability(_ request: Request, _ context: MemberContext) async throws -> Response {
        let site = site
        return try await change(request, context, .availability) { form, caller, tx in
            let (start, end) = (try form.moment("starts"), try form.moment("ends"))
            guard try FormReceipt.take(site.once(form, "settings.availability", context), in: tx) else { return }
            try Availability.add(caller.person, from: start, to: end, by: caller, in: tx)
        }
    }

    func endAvailability(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Availability> = try context.ref("id")
        return try await change(request, context, .availability) { _, caller, tx in
            try Availability.end(id, by: caller, in: tx)
        }
    }

    func changeTimings(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context, .timings) { form, caller, tx in
            try caller.require(.manageSettings)
            let before = try Timings.load(in: tx)
            var changed: [String: Int] = [:]
            for line in try TimingLine.read(form)
            where !line.setting.isRetention && line.seconds != before[keyPath: line.setting.path] {
                changed[line.setting.key] = Int(line.seconds.inMilliseconds / 1_000)
            }
            try Timings.set(changed, by: caller, in: tx)
        }
    }

    func addGroup(_ request: Request, _ context: MemberContext) async throws -> Response {
        let site = site
        return try await change(request, context, .groups) { form, caller, tx in
            guard try FormReceipt.take(site.once(form, "settings.group", context), in: tx) else { return }
            _ = try Organisation.found(name: form["name"], shortName: form["short_name"], by: caller, in: tx)
        }
    }

    func retryJob(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<JobRow> = try context.ref("id")
        return try await change(request, context, .jobs) { _, caller, tx in
            try caller.require(.manageSettings)
            try JobRow.retry(id, in: tx)
        }
    }

    private func change(
        _ request: Request,
        _ context: MemberContext,
        _ part: SettingsPage.Part,
        _ verb: @escaping @Sendable (Form, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let path = "/settings?saved=yes#\(part.rawValue)"
        return try await site.change(request, context, then: path, verb) { form, refusal in
            try await page(context, part: part, form: form, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        saved: Bool = false,
        part: SettingsPage.Part? = nil,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        let caller = context.caller
        let isCoordinator = caller.can(.manageSettings)
        let keys = site.keys
        let state = try await site.database.read { tx in
            SettingsPage.State(
                helper: try Helper.find(caller.person, in: tx),
                week: try Availability.week(of: caller.person, in: tx),
                availability: try Availability.upcoming(of: caller.person, in: tx),
                timings: try Timings.load(in: tx),
                organisations: isCoordinator ? try Organisation.all(in: tx) : [],
                dead: isCoordinator ? try JobRow.dead(limit: 50, in: tx) : [],
                waiting: isCoordinator ? try JobRow.waiting(in: tx) : 0,
                devices: try Session.devices(of: caller, keys: keys, in: tx),
                recoveryMadeAt: try Recovery.madeAt(by: caller, in: tx)
            )
        }
        let settings = SettingsPage(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            state: state,
            saved: saved,
            part: part,
            form: form,
            refusal: refusal,
            availabilityToken: site.onceToken("settings.availability", context),
            groupToken: site.onceToken("settings.group", context)
        )
        return site.memberPage(
            context,
            place: "/settings",
            title: context.t("place.settings|Settings"),
            status: refusal?.status ?? .ok,
            body: settings.body
        )
    }
}
