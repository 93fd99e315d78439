// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
import Messaging
import People
import Response
import Vault

/// `/board`: the live board, with or without an incident open, and what the team adds to it.
struct BoardPages {
    let site: Site

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        if let id = request.uri.queryParameters["incident"].flatMap({ Ref<Incident>(String($0)) }) {
            return .see("/board/incidents/\(id.text)")
        }
        return try await page(context, open: nil, most: most(request))
    }

    func incident(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await page(
            context,
            open: try context.ref("id"),
            act: act(request),
            most: most(request),
            form: chosen(request)
        )
    }

    /// What `board.js` puts into the middle.
    func pane(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Incident> = try context.ref("id")
        let caller = context.caller
        let (form, site) = (act(request), site)
        let chosen = chosen(request)
        site.intake.warmSoon(by: caller)
        let (detail, cursor, asks, alike, named) = try await site.database.read { tx in
            let detail = try IncidentDetail.load(id, by: caller, in: tx)
            return (
                detail, try Event.newest(in: tx), try RunCardAsks.load(detail, act: form, by: caller, site, in: tx),
                try AlikeIncident.load(id, act: form, by: caller, site, in: tx),
                try NamedAsks.load(detail, act: form, by: caller, site, in: tx)
            )
        }
        try await detail.witness(by: caller, in: site.database)
        let pane = IncidentPane(
            site: site,
            t: context.t,
            caller: caller,
            token: context.token.csrf,
            detail: detail,
            cursor: cursor,
            act: form,
            form: chosen,
            asks: asks,
            alike: alike,
            named: named
        )
        return Response(
            status: .ok,
            headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: .init(bytes: pane.fragment.bytes))
        )
    }

    func record(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await record(try context.ref("id"), context, before: try request.wholeNumber("before"))
    }

    /// `form` and `refusal`: of an evidence bundle that could not be made. `before`: what is older than this event.
    func record(
        _ id: Ref<Incident>,
        _ context: MemberContext,
        before: Int? = nil,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        let caller = context.caller
        let (detail, pace) = try await site.database.read { tx in
            let detail = try IncidentDetail.load(id, lines: IncidentRecord.lines, before: before, by: caller, in: tx)
            return (detail, try Pace.of(id, in: tx))
        }
        try await detail.witness(by: caller, in: site.database)
        var evidence = EvidenceForm(incident: id, t: context.t, token: context.token.csrf)
        (evidence.reason, evidence.refusal) = (form["reason"], refusal)
        evidence.isOffered = caller.can(.export)
        return site.memberPage(
            context,
            place: "/board",
            title: context.t("record.title|Full record"),
            status: refusal?.status ?? .ok,
            body: IncidentRecord(site: site, t: context.t, detail: detail, pace: pace, evidence: evidence.html).body
        )
    }

    func new(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.triage)
        let (caller, site) = (context.caller, site)
        // From the console: with what the call or the text said.
        let inquiry = request.uri.queryParameters["inquiry"].flatMap { Ref<Inquiry>(String($0)) }
        guard let inquiry else { return try await heard(context, Heard(), nil) }
        let draft = try await site.database.read { tx in try Inquiry.draft(inquiry, by: caller, in: tx) }
        return try await heard(context, Heard(draft, of: inquiry, site), nil)
    }

    /// What a caller said becomes a report, is gathered with others like it and gives a code to read to them; what the
    /// team knows itself opens an incident.
    func open(_ request: Request, _ context: MemberContext) async throws -> Response {
        let form = try await site.memberForm(request, context)
        let (heard, caller, places) = (Heard(form), context.caller, site.places)
        do {
            try caller.require(.triage)
            let receipt = try site.once(form, "board.open", context)
            guard let kind = ReportKind(rawValue: heard.kind) else { throw Refusal.invalid(["kind": Heard.noKind]) }
            if let channel = heard.channel {
                let filing = heard.filing(channel)
                try filing.requireNothingNeverKept()
                let (once, intake) = (Submission.form(nonce: receipt), site.intake)
                let taken =
                    heard.isExercise
                    ? try await Exercise.take(filing, submission: once, by: caller, intake: intake)
                    : try await intake.take(filing, submission: once)
                return said(context, taken, wasSent: try await settle(heard, taken, receipt, caller))
            }
            try await site.database.write { tx in
                guard try FormReceipt.take(receipt, in: tx) else { return }
                if heard.isExercise { try Exercise.requireRunning(in: tx) }
                _ = try Incident.open(
                    kind: kind,
                    title: heard.words.isEmpty ? nil : heard.words,
                    whereabouts: heard.whereabouts,
                    isExercise: heard.isExercise,
                    by: caller,
                    places: places,
                    in: tx
                )
            }
            return .see("/board")
        } catch let refusal as Refusal where refusal.isForTheForm {
            return try await self.heard(context, heard, refusal)
        }
    }

    /// Who called or wrote is done with, and gets their code where they want it. The report is stored by now: what goes wrong
    /// here takes nothing back. Answers whether the code is on its way.
    private func settle(_ heard: Heard, _ taken: Intake.Receipt, _ nonce: [UInt8], _ caller: Caller) async throws
        -> Bool
    {
        guard let inquiry = heard.inquiry else { return false }
        let t = site.library.words(heard.language)
        let link = site.post.address.isEmpty ? "" : "\n\(site.post.address)/report/answer"
        let text = t("text.code|Your code: {code}", ["code": taken.code.text]) + link
        let keys = site.keys
        do {
            try await site.database.write { tx in
                try Inquiry.reported(
                    inquiry,
                    sending: heard.sendsCode ? text : nil,
                    as: Fingerprint.hex(nonce),
                    by: caller,
                    keys: keys,
                    in: tx
                )
            }
            return heard.sendsCode
        } catch is Refusal {
            return false
        }
    }

    /// The whole board; with a refusal, the form of `act` keeps what was typed and says what is wrong.
    func page(
        _ context: MemberContext,
        open: Ref<Incident>?,
        act: IncidentAct? = nil,
        most: Int = BoardPage.part,
        form: Form = Form(),
        refusal: Refusal? = nil
    ) async throws -> Response {
        let (t, caller, token) = (context.t, context.caller, context.token.csrf)
        let since = LocalTime(site.now).startOfDay
        let site = site
        // After a restart the index of recent reports is empty until somebody who can open them comes by.
        site.intake.warmSoon(by: caller)
        let state = try await site.database.read { tx in
            try State.load(open, act: act, most: most, since: since, site, for: caller, in: tx)
        }
        try await state.detail?.witness(by: caller, in: site.database)
        let pane = state.detail.map { detail in
            IncidentPane(
                site: site,
                t: t,
                caller: caller,
                token: token,
                detail: detail,
                cursor: state.board.cursor,
                act: act,
                form: form,
                refusal: refusal,
                asks: state.asks,
                alike: state.alike,
                named: state.named
            )
        }
        let back = open.map { "/board/incidents/\($0.text)" } ?? "/board"
        let board = BoardPage(
            site: site,
            t: t,
            board: state.board,
            most: most,
            opened: open,
            zone: state.detail?.card.zone,
            pane: pane?.html,
            people: pane?.people ?? state.serving.html(t),
            messages: MessageList(t: t, now: site.now, token: token, back: back, messages: state.messages).html,
            alerts: BoardSide(site: site, t: t, read: state.side).html,
            drill: DrillStrip(t: t, isOn: state.isDrill, mayStop: caller.can(.runDrill), token: token).html,
            mayAdd: caller.can(.triage),
            steps: state.steps.map { FirstStepsList(t: t, caller: caller, token: token, steps: $0).html }
        )
        return site.memberPage(
            context,
            place: "/board",
            title: t("place.board|Board"),
            scripts: ["board.js"],
            counts: board.header,
            isBoard: true,
            status: refusal?.status ?? .ok,
            body: board.body
        )
    }

    private func most(_ request: Request) -> Int {
        let asked = request.uri.queryParameters["show"].flatMap { Int($0) } ?? BoardPage.part
        return min(max(asked, BoardPage.part), BoardPage.mostCards)
    }

    /// The report whose link it was.
    private func chosen(_ request: Request) -> Form {
        request.uri.queryParameters["report"].map { Form(chosen: "report", String($0)) } ?? Form()
    }

    private func act(_ request: Request) -> IncidentAct? {
        request.uri.queryParameters["act"].flatMap { IncidentAct(rawValue: String($0)) }
    }

    private func heard(_ context: MemberContext, _ heard: Heard, _ refusal: Refusal?) async throws -> Response {
        let isDrill = try await site.database.read { tx in try Exercise.isRunning(in: tx) }
        let page = HeardPage(
            site: site,
            t: context.t,
            token: context.token.csrf,
            submission: site.onceToken("board.open", context),
            heard: heard,
            isDrill: isDrill,
            refusal: refusal
        )
        return site.memberPage(
            context,
            place: "/board",
            title: context.t("board.add|Add what you heard"),
            mainClass: "page narrow stack",
            status: refusal?.status ?? .ok,
            body: page.body
        )
    }

    private func said(_ context: MemberContext, _ receipt: Intake.Receipt, wasSent: Bool) -> Response {
        let page = SaidPage(site: site, t: context.t, receipt: receipt, wasSent: wasSent)
        return site.memberPage(
            context,
            place: "/board",
            title: context.t("board.add|Add what you heard"),
            mainClass: "page narrow stack",
            body: page.body
        )
    }

    private struct State: Sendable {
        let board: LiveBoard.Window
        let detail: IncidentDetail?
        let asks: RunCardAsks?
        let alike: [AlikeIncident]
        let named: NamedAsks?
        let serving: ShiftPeople.Read
        let messages: [MessageList.Told]
        let side: BoardSide.Read
        let isDrill: Bool
        /// Where no card is open.
        let steps: FirstSteps?

        static func load(
            _ open: Ref<Incident>?,
            act: IncidentAct?,
            most: Int,
            since: Instant,
            _ site: Site,
            for caller: Caller,
            in tx: Transaction
        ) throws -> State {
            let board = try LiveBoard.window(most: most, since: since, by: caller, in: tx)
            let detail = try open.map { try IncidentDetail.load($0, by: caller, in: tx) }
            return State(
                board: board,
                detail: detail,
                asks: try detail.flatMap { try RunCardAsks.load($0, act: act, by: caller, site, in: tx) },
                alike: try open.map { try AlikeIncident.load($0, act: act, by: caller, site, in: tx) } ?? [],
                named: try detail.flatMap { try NamedAsks.load($0, act: act, by: caller, site, in: tx) },
                serving: try ShiftPeople.Read(site, in: tx),
                messages: try MessageList.waiting(for: caller, site, in: tx),
                side: try BoardSide.Read(by: caller, in: tx),
                isDrill: try Exercise.isRunning(in: tx),
                steps: try open == nil ? FirstSteps.load(for: caller, in: tx) : nil
            )
        }
    }
}

extension AlikeIncident {
    /// For the forms that choose one of them.
    fileprivate static func load(
        _ id: Ref<Incident>,
        act: IncidentAct?,
        by caller: Caller,
        _ site: Site,
        in tx: Transaction
    ) throws -> [AlikeIncident] {
        guard act == .merge || act == .also else { return [] }
        return try Incident.near(id, places: site.places, by: caller, in: tx)
    }
}

extension MessageList {
    /// What waits for the caller's eyes, and where each leads.
    static func waiting(for caller: Caller, _ site: Site, in tx: Transaction) throws -> [Told] {
        let unread = try Message.unread(for: caller.person, in: tx).filter { $0.kind != .offer }
        let asked = unread.filter(\.kind.isSafety) + unread.filter { !$0.kind.isSafety && !$0.kind.isEnd }
        let ended = unread.filter { $0.kind == .calledOff } + unread.filter { $0.kind.isEnd && $0.kind != .calledOff }
        // What ended keeps nothing that asks for an answer from being seen; and whoever is called off sees that.
        return try (asked.prefix(8) + ended.prefix(max(1, 8 - asked.count))).map { message in
            let path = try message.path(for: caller.roles, in: tx)
            let matter = path == nil ? nil : try message.matter(in: tx)
            return Told(
                id: message.id.text,
                mark: "\(message.id.text)\(message.causes.count > 1 ? "+\(message.causes.count)" : "")",
                words: { t in message.words(t) + (matter.map { Self.words(of: $0, site, t) } ?? "") },
                at: message.createdAt,
                path: path,
                isEnd: message.kind.isEnd,
                isForAttorney: message.kind == .attorneyPaged
            )
        }
    }

    /// Behind the message: ` (João, Boyle Heights)`, and why for each line that fell short.
    private static func words(of matter: Message.Matter, _ site: Site, _ t: Words) -> String {
        let place = matter.zone.map { site.placeName($0, t) }
        let words = [matter.handle, place].compactMap(\.self)
        let lines = matter.missing.map { line in
            let who = [t(line.role.label), line.language.map { SpokenLanguage.name($0) }].compactMap(\.self)
            return " \(who.joined(separator: " · "))\(line.why.map { ": \(t($0))" } ?? ".")"
        }
        return (words.isEmpty ? "" : " (\(words.joined(separator: ", ")))") + lines.joined()
    }
}
