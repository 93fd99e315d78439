// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Messaging
import People
import Response
import Vault

/// `/broadcasts`: what goes to many people. One writes, a second approves, anybody of them stops it; then updates,
/// corrections and the all-clear.
struct BroadcastPages {
    static let path = "/broadcasts"
    let site: Site

    func list(_ request: Request, _ context: MemberContext) async throws -> Response { try await list(context) }

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        let every = request.uri.queryParameters["every"].flatMap { Int($0) }
        var response = try await page(context)
        // Only for who asked for it, without script: a page that reloads by itself takes the place where one reads.
        if let every, (2...60).contains(every) { response.headers[.refresh] = "\(every)" }
        return response
    }

    /// From a confirmed incident.
    func draft(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        let caller = context.caller
        do {
            guard let incident = Ref<Incident>(form["incident"]) else { throw Refusal.notFound }
            let id = try await site.database.write { tx in try Broadcast.draft(from: incident, by: caller, in: tx) }
            return .see("\(Self.path)/\(id)")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await list(context, form: form, refusal: refusal)
        }
    }

    func notice(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        let caller = context.caller
        do {
            let receipt = try site.once(form, "broadcast.notice", context)
            let topic = Topics(names: [form["topic"]])
            let id = try await site.database.write { tx -> Ref<Broadcast>? in
                guard try FormReceipt.take(receipt, in: tx) else { return nil }
                return try Broadcast.notice(topic, in: form["zone"], by: caller, in: tx)
            }
            return .see(id.map { "\(Self.path)/\($0)" } ?? Self.path)
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await list(context, form: form, refusal: refusal)
        }
    }

    func limit(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await site.change(request, context, then: Self.path) { form, caller, tx in
            try AreaLimit.set(Int(form["per_hour"]) ?? 0, by: caller, in: tx)
        } orElse: { form, refusal in
            try await list(context, form: form, refusal: refusal)
        }
    }

    /// One of our own telephones is told first, or no more.
    func canary(_ request: Request, _ context: MemberContext) async throws -> Response {
        let keys = site.keys
        return try await site.change(request, context, then: Self.path) { form, caller, tx in
            guard let channel = ChannelKind(rawValue: form["channel"]) else { throw Refusal.notFound }
            let isOwn = form["is"] != "no"
            try Subscriber.setCanary(channel, form["address"], isOwn, by: caller, keys: keys, in: tx)
        } orElse: { form, refusal in
            try await list(context, form: form, refusal: refusal)
        }
    }

    func write(_ request: Request, _ context: MemberContext) async throws -> Response {
        let languages = Site.alertLanguages
        return try await step(request, context, then: "#preview") { id, form, caller, tx in
            try Broadcast.write(
                id,
                BroadcastForm.words(form, languages),
                hours: Int(form["hours"]),
                expecting: Int(form["version"]),
                by: caller,
                in: tx
            )
        }
    }

    /// Saves what was typed, and asks for the second person in the same transaction.
    func ask(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (id, caller): (Ref<Broadcast>, Caller) = (try context.ref("id"), context.caller)
        let form = try await site.memberForm(request, context)
        do {
            let confirmed = try await site.confirm(form, context)
            let languages = Site.alertLanguages
            try await site.database.write { tx in
                try Broadcast.write(
                    id,
                    BroadcastForm.words(form, languages),
                    hours: Int(form["hours"]),
                    expecting: Int(form["version"]),
                    by: caller,
                    in: tx
                )
                try Broadcast.ask(id, confirmed: confirmed, by: caller, in: tx)
            }
            return .see("\(Self.path)/\(id)")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await page(context, form: form, refusal: refusal)
        }
    }

    /// The second key.
    func approve(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (id, caller): (Ref<Broadcast>, Caller) = (try context.ref("id"), context.caller)
        let form = try await site.memberForm(request, context)
        do {
            let confirmed = try await site.confirm(form, context)
            let proposal = try await proposal(form)
            try await site.database.write { tx in
                _ = try Broadcast.find(id, by: caller, in: tx)
                try Proposal.approve(proposal, confirmed: confirmed, by: caller, in: tx)
            }
            return .see("\(Self.path)/\(id)")
        } catch let refusal as Refusal where refusal.isForTheForm || refusal.kind == .forbidden {
            return try await page(context, form: form, refusal: refusal)
        }
    }

    /// The second person says no, or whoever asked takes it back: then it is a draft again.
    func decline(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (id, caller): (Ref<Broadcast>, Caller) = (try context.ref("id"), context.caller)
        let form = try await site.memberForm(request, context)
        do {
            let proposal = try await proposal(form)
            try await site.database.write { tx in
                _ = try Broadcast.find(id, by: caller, in: tx)
                if form["mine"].isEmpty {
                    try Proposal.decline(proposal, by: caller, in: tx)
                } else {
                    try Proposal.withdraw(proposal, by: caller, in: tx)
                }
            }
            return .see("\(Self.path)/\(id)")
        } catch let refusal as Refusal where refusal.isForTheForm || refusal.kind == .forbidden {
            return try await page(context, form: form, refusal: refusal)
        }
    }

    func discard(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, _, caller, tx in try Broadcast.discard(id, by: caller, in: tx) }
    }

    func stop(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, _, caller, tx in try Broadcast.stop(id, by: caller, in: tx) }
    }

    func tryAgain(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, _, caller, tx in try Broadcast.tryAgain(id, by: caller, in: tx) }
    }

    func review(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, _, caller, tx in try Broadcast.review(id, by: caller, in: tx) }
    }

    func follow(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context, then: "#write") { id, form, caller, tx in
            guard let act = Telling.Act(rawValue: form["act"]) else { throw Refusal.notFound }
            try Broadcast.follow(id, with: act, by: caller, in: tx)
        }
    }

    /// All clear before its time, or taken back; each needs a tick, since nothing follows it.
    func end(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, form, caller, tx in
            guard form["sure"] == "yes" else {
                throw Refusal.invalid(["sure": "broadcast.sure|Tick the box first. This can’t be undone."])
            }
            if form["how"] == "withdrawn" {
                try Broadcast.withdraw(id, by: caller, in: tx)
            } else {
                try Broadcast.over(id, by: caller, in: tx)
            }
        }
    }

    func allowMore(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, _, caller, tx in try Broadcast.allowMore(id, by: caller, in: tx) }
    }

    private func proposal(_ form: Form) async throws -> Ref<Proposal> {
        guard let id = Ref<Proposal>(form["proposal"]) else { throw Refusal.notFound }
        return id
    }

    private func step(
        _ request: Request,
        _ context: MemberContext,
        then anchor: String = "",
        _ verb: @escaping @Sendable (Ref<Broadcast>, Form, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let id: Ref<Broadcast> = try context.ref("id")
        return try await site.change(request, context, then: "\(Self.path)/\(id)\(anchor)") { form, caller, tx in
            try verb(id, form, caller, tx)
        } orElse: { form, refusal in
            try await page(context, form: form, refusal: refusal)
        }
    }

    private func page(_ context: MemberContext, form: Form = Form(), refusal: Refusal? = nil) async throws -> Response {
        let (id, caller, t): (Ref<Broadcast>, Caller, Words) = (try context.ref("id"), context.caller, context.t)
        let detail = try await site.database.read { tx in try BroadcastDetail.load(id, by: caller, t, in: tx) }
        let body = BroadcastPage(
            site: site,
            t: t,
            caller: caller,
            token: context.token.csrf,
            detail: detail,
            form: form,
            refusal: refusal
        ).body
        return site.memberPage(
            context,
            place: Self.path,
            title: t("broadcast.title|Alerts"),
            scripts: ["broadcast.js"],
            status: refusal?.status ?? .ok,
            body: body
        )
    }

    private func list(_ context: MemberContext, form: Form = Form(), refusal: Refusal? = nil) async throws -> Response {
        let (caller, t, exercises) = (context.caller, context.t, site.config.isDemonstration)
        let list = try await site.database.read { tx in
            try BroadcastList.load(exercises: exercises, by: caller, in: tx)
        }
        let body = BroadcastsPage(
            site: site,
            t: t,
            caller: caller,
            token: context.token.csrf,
            submission: site.onceToken("broadcast.notice", context),
            list: list,
            form: form,
            refusal: refusal
        ).body
        return site.memberPage(
            context,
            place: Self.path,
            title: t("broadcast.title|Alerts"),
            status: refusal?.status ?? .ok,
            body: body
        )
    }
}
