// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
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
        try await page(
            context,
            try context.ref("id"),
            isSent: request.uri.queryParameters["sent"] != nil,
            isFound: request.uri.queryParameters["found"] != nil
        )
    }

    func accept(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, _, caller, tx in try Assignment.accept(id, by: caller, in: tx) }
    }

    func decline(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, _, caller, tx in try Assignment.decline(id, by: caller, in: tx) }
    }

    func onTheWay(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, _, caller, tx in try Assignment.onTheWay(id, by: caller, in: tx) }
    }

    func arrive(_ request: Request, _ context: MemberContext) async throws -> Response {
        let speed = site.config.speed
        return try await step(request, context) { id, said, caller, tx in
            try Assignment.arrive(id, said: said, by: caller, timings: Timings.load(speed: speed, in: tx), in: tx)
        }
    }

    func checkIn(_ request: Request, _ context: MemberContext) async throws -> Response {
        let speed = site.config.speed
        return try await step(request, context) { id, said, caller, tx in
            try CheckIn.checkIn(id, said: said, by: caller, timings: Timings.load(speed: speed, in: tx), in: tx)
        }
    }

    func done(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await step(request, context) { id, said, caller, tx in
            try Assignment.done(id, said: said, by: caller, in: tx)
        }
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
            return try await page(context, id, draft: draft, hadFiles: !files.isEmpty, refusal: refusal)
        }
    }

    /// What a verifier found where they are, signed by themselves: L4.
    func find(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Assignment> = try context.ref("id")
        let (speed, language) = (site.config.speed, context.t.language.code)
        return try await site.change(request, context, then: "/respond/\(id.text)?found=yes") { form, caller, tx in
            guard let truth = Truth(rawValue: form["truth"]) else {
                throw Refusal.invalid(["truth": "incident.truth_missing|Choose what you found."])
            }
            let finding = Verification.Finding(
                truth,
                level: .onScene,
                how: .onScene,
                witness: id,
                explanation: form.optional("explanation").map { Explanation($0, in: language) },
                note: form.optional("note")
            )
            try MyAssignment.verify(
                id,
                finding: finding,
                by: caller,
                timings: Timings.load(speed: speed, in: tx),
                in: tx
            )
        } orElse: { form, refusal in
            try await page(context, id, finding: form, refusal: refusal)
        }
    }

    /// "Ask me anyway": nobody else says it for them.
    func endRest(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await site.change(request, context, then: "/respond") { _, caller, tx in
            try Helper.resume(caller.person, by: caller, in: tx)
        } orElse: { _, refusal in
            try await page(context, nil, refusal: refusal)
        }
    }

    func acknowledge(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Message> = try context.ref("id")
        let form = try await site.memberForm(request, context)
        let caller = context.caller
        let also = form.all("also").compactMap { Ref<Message>($0) }
        try await site.database.write { tx in
            for one in [id] + also { try Message.acknowledge(one, by: caller, in: tx) }
        }
        return back(form)
    }

    /// An attorney's yes or no. Where nobody waits for it any more, the incident says who is on it.
    func answer(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Message> = try context.ref("id")
        let form = try await site.memberForm(request, context)
        let (caller, speed) = (context.caller, site.config.speed)
        guard let answer = AskedBrief.Answer(rawValue: form["answer"]) else {
            throw Refusal.invalid(["answer": "go.unclear|Say yes or no with one of the buttons."])
        }
        do {
            try await site.database.write { tx in
                let asked = try AskedBrief.find(id, in: tx)
                guard asked.message.person == caller.person else { throw Refusal.notFound }
                try asked.take(answer, timings: Timings.load(speed: speed, in: tx), in: tx)
            }
        } catch let refusal as Refusal where refusal.kind == .conflict {}
        return back(form)
    }

    private func back(_ form: Form) -> Response {
        let isBoard = form["back"].hasPrefix("/board")
        let incident = form["back"].split(separator: "/").last.flatMap { Ref<Incident>(String($0)) }
        return .see(isBoard ? incident.map { "/board/incidents/\($0.text)" } ?? "/board" : "/respond")
    }

    private func step(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Ref<Assignment>, Instant?, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let id: Ref<Assignment> = try context.ref("id")
        return try await site.change(request, context, then: "/respond/\(id.text)") { form, caller, tx in
            // A phone that had no signal says how many seconds ago it was; see `Assignment.moment`.
            let ago = Int(form["ago"]).map { Duration.seconds(min(max($0, 0), 43_200)) }
            try verb(id, ago.map { tx.now - $0 }, caller, tx)
        } orElse: { _, refusal in
            try await page(context, id, refusal: refusal)
        }
    }

    private func page(
        _ context: MemberContext,
        _ id: Ref<Assignment>?,
        draft: ObservationDraft? = nil,
        hadFiles: Bool = false,
        finding: Form? = nil,
        isSent: Bool = false,
        isFound: Bool = false,
        refusal: Refusal? = nil
    ) async throws -> Response {
        let caller = context.caller
        let (mine, recent, exercises, messages, care, rest) = try await site.database.read { tx in
            let recent = try MyAssignment.recent(for: caller, in: tx)
            return (
                try id.map { try MyAssignment.find($0, for: caller, in: tx) }
                    ?? MyAssignment.current(for: caller, in: tx),
                recent, try Exercise.among(recent.map(\.incident), in: tx),
                try MessageList.waiting(for: caller, site, in: tx),
                try CareCheck.waiting(for: caller, in: tx),
                try Helper.find(caller.person, in: tx)?.restingUntil
            )
        }
        let page = RespondPage(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            mine: mine,
            recent: recent,
            exercises: exercises,
            restsUntil: rest,
            // The page says it below, where nobody has to answer.
            messages: messages.filter { !($0.path?.hasPrefix(CarePages.path) ?? false) },
            care: care,
            draft: draft ?? ObservationDraft(token: site.onceToken("observation", context)),
            isSent: isSent,
            isFound: isFound,
            finding: finding,
            hadFiles: hadFiles,
            refusal: hadFiles ? refusal?.withFilesGone : refusal
        )
        var response = site.memberPage(
            context,
            place: "/respond",
            title: context.t("place.respond|My assignments"),
            mainClass: "page phone stack",
            scripts: ["respond.js"],
            isDense: false,
            status: refusal?.status ?? .ok,
            body: page.body
        )
        PushForm.allowWorker(&response)
        return response
    }
}

/// What a responder's page needs where there is no signal: the same for everybody, signed in or not.
struct RespondOfflinePages {
    let site: Site

    func worker(_ request: Request, _ context: SiteContext) async throws -> Response {
        try SavePages.worker("respond-worker.js", over: "/respond", request, site)
    }

    func show(_ request: Request, _ context: SiteContext) async throws -> Response {
        let t = context.t
        return site.page(
            Layout(
                site: site,
                t: t,
                path: "/respond/offline",
                title: t("place.respond|My assignments"),
                mainClass: "page phone stack",
                scripts: ["respond.js"],
                body: RespondOffline(t: t).body
            )
        )
    }
}
