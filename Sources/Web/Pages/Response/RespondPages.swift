// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Messaging
import People
import Response
import Vault

/// `/respond`: what a responder is asked or doing now, one card and one big button that changes.
struct RespondPages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await page(context, nil)
    }

    func assignment(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await page(context, try context.ref("id"), isSent: request.uri.queryParameters["sent"] != nil)
    }

    func accept(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try Assignment.accept(id, by: caller, in: tx) }
    }

    func decline(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try Assignment.decline(id, by: caller, in: tx) }
    }

    func onTheWay(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try Assignment.onTheWay(id, by: caller, in: tx) }
    }

    func arrive(_ request: Request, _ context: MemberContext) async throws -> Response {
        let speed = site.config.speed
        return try await step(request, context) { id, caller, tx in
            try Assignment.arrive(id, by: caller, timings: Timings.load(speed: speed, in: tx), in: tx)
        }
    }

    func checkIn(_ request: Request, _ context: MemberContext) async throws -> Response {
        let speed = site.config.speed
        return try await step(request, context) { id, caller, tx in
            try CheckIn.checkIn(id, by: caller, timings: Timings.load(speed: speed, in: tx), in: tx)
        }
    }

    func done(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, caller, tx in try Assignment.done(id, by: caller, in: tx) }
    }

    /// Sent from the page at once, or by itself when the phone has a signal again: its token makes it count once.
    func observe(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Assignment> = try context.ref("id")
        let (form, files) = try await site.memberUpload(request, context, field: "photos")
        let draft = ObservationDraft(form)
        let caller = context.caller
        do {
            let mine = try await site.database.read { tx in try MyAssignment.find(id, for: caller, in: tx) }
            try await site.intake.observe(
                draft.filing(files, context.t),
                of: mine.assignment.incident,
                submission: draft.submission(of: caller.person),
                by: caller
            )
            return .see("/respond/\(id.text)?sent=yes")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await page(context, id, draft: draft, refusal: refusal)
        }
    }

    func acknowledge(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Message> = try context.ref("id")
        let form = try await site.memberForm(request, context)
        let caller = context.caller
        try await site.database.write { tx in try Message.acknowledge(id, by: caller, in: tx) }
        let isBoard = form["back"].hasPrefix("/board")
        let incident = form["back"].split(separator: "/").last.flatMap { Ref<Incident>(String($0)) }
        return .see(isBoard ? incident.map { "/board/incidents/\($0.text)" } ?? "/board" : "/respond")
    }

    private func step(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Ref<Assignment>, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let id: Ref<Assignment> = try context.ref("id")
        return try await site.change(request, context, then: "/respond/\(id.text)") { _, caller, tx in
            try verb(id, caller, tx)
        } orElse: { _, refusal in
            try await page(context, id, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        _ id: Ref<Assignment>?,
        draft: ObservationDraft? = nil,
        isSent: Bool = false,
        refusal: Refusal? = nil
    ) async throws -> Response {
        let caller = context.caller
        let (mine, recent, messages, care) = try await site.database.read { tx in
            (
                try id.map { try MyAssignment.find($0, for: caller, in: tx) }
                    ?? MyAssignment.current(for: caller, in: tx),
                try MyAssignment.recent(for: caller, in: tx), try MessageList.waiting(for: caller, in: tx),
                try CareCheck.waiting(for: caller, in: tx)
            )
        }
        let page = RespondPage(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            mine: mine,
            recent: recent,
            // The page says it below, where nobody has to answer.
            messages: messages.filter { !($0.path?.hasPrefix(CarePages.path) ?? false) },
            care: care,
            draft: draft ?? ObservationDraft(token: site.onceToken("observation", context)),
            isSent: isSent,
            refusal: refusal
        )
        return site.memberPage(
            context,
            place: "/respond",
            title: context.t("place.respond|My assignments"),
            mainClass: "page phone stack",
            scripts: ["respond.js"],
            isDense: false,
            status: refusal?.status ?? .ok,
            body: page.body
        )
    }
}
