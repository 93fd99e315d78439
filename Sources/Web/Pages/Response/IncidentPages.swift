// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import Matching
import People
import Response

/// The steps of an incident, each a form of its page. A step that was overtaken changes nothing, and the page says
/// what happened meanwhile.
struct IncidentPages {
    /// What the form sends for "confirmed, and over already".
    static let confirmedOver = "confirmed_over"
    static let noOther: Phrase = "incident.other_missing|Choose an incident from the list, or paste its address."
    static let noReport: Phrase = "incident.report_missing|Choose a report."

    let site: Site

    func startVerifying(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            try Incident.startVerifying(id, expecting: form.version, by: caller, in: tx)
        }
    }

    func stopVerifying(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            try Incident.stopVerifying(id, expecting: form.version, by: caller, in: tx)
        }
    }

    func verify(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (speed, languages) = (site.config.speed, site.library.languages)
        return try await change(request, context) { id, form, caller, tx in
            let outcome = try Incident.verify(
                id,
                finding: form.finding(languages),
                expecting: form.version,
                despiteReports: form.despiteReports,
                by: caller,
                timings: Timings.load(speed: speed, in: tx),
                in: tx
            )
            guard form["truth"] == Self.confirmedOver, outcome == .answered else { return }
            try Incident.over(id, by: caller, in: tx)
        }
    }

    func dispatch(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Incident> = try context.ref("id")
        let (caller, speed, places) = (context.caller, site.config.speed, site.places)
        let point = try await site.database.read { tx in
            try IncidentDetail.point(of: id, by: caller, places: places, in: tx)
        }
        return try await change(request, context) { id, form, caller, tx in
            guard let role = Skill(rawValue: form["role"]) else {
                throw Refusal.invalid(["role": "incident.role_missing|Choose whom to send."])
            }
            guard let wanted = Int(form["wanted"]) else {
                throw Refusal.invalid(["wanted": "incident.wanted_missing|Write a number from 1 to 20."])
            }
            try Dispatch.open(
                id,
                role: role,
                wanted: wanted,
                language: form.optional("language"),
                meeting: form.optional("meeting"),
                near: point,
                by: caller,
                timings: Timings.load(speed: speed, in: tx),
                places: places,
                in: tx
            )
        }
    }

    /// Everybody on the run card of this kind, in one step.
    func sendCard(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<Incident> = try context.ref("id")
        let (caller, speed, places) = (context.caller, site.config.speed, site.places)
        let point = try await site.database.read { tx in
            try IncidentDetail.point(of: id, by: caller, places: places, in: tx)
        }
        return try await change(request, context) { id, form, caller, tx in
            try RunCard.send(
                to: id,
                meeting: form.optional("meeting"),
                near: point,
                by: caller,
                timings: Timings.load(speed: speed, in: tx),
                places: places,
                in: tx
            )
        }
    }

    func meet(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            try Dispatch.meet(id, at: form["meeting"], by: caller, in: tx)
        }
    }

    /// One person more, by name, beside the waves.
    func ask(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (speed, places) = (site.config.speed, site.places)
        return try await change(request, context) { id, form, caller, tx in
            let (dispatch, person) = try NamedAsks.read(form["choice"])
            guard try Dispatch.find(dispatch, in: tx).incident == id else { throw Refusal.notFound }
            let timings = try Timings.load(speed: speed, in: tx)
            try Dispatch.ask(person, for: dispatch, by: caller, timings: timings, places: places, in: tx)
        }
    }

    func stopDispatch(_ request: Request, _ context: MemberContext) async throws -> Response {
        let dispatch: Ref<Dispatch> = try context.ref("dispatch")
        return try await change(request, context) { _, _, caller, tx in
            try Dispatch.stop(dispatch, by: caller, in: tx)
        }
    }

    /// Everybody of one dispatch at once, asked or going.
    func callOffAll(_ request: Request, _ context: MemberContext) async throws -> Response {
        let dispatch: Ref<Dispatch> = try context.ref("dispatch")
        return try await change(request, context) { _, _, caller, tx in
            try Dispatch.callOff(dispatch, by: caller, in: tx)
        }
    }

    func callOff(_ request: Request, _ context: MemberContext) async throws -> Response {
        let assignment: Ref<Assignment> = try context.ref("assignment")
        return try await change(request, context) { _, _, caller, tx in
            try Assignment.callOff(assignment, by: caller, in: tx)
        }
    }

    /// The form says who tried when the member looked, and from whom they take over.
    func seek(_ request: Request, _ context: MemberContext) async throws -> Response {
        let assignment: Ref<Assignment> = try context.ref("assignment")
        return try await change(request, context) { _, form, caller, tx in
            try CheckIn.seek(assignment, after: form.optional("former").flatMap(Ref<Person>.init), by: caller, in: tx)
        }
    }

    func notReached(_ request: Request, _ context: MemberContext) async throws -> Response {
        let assignment: Ref<Assignment> = try context.ref("assignment")
        let speed = site.config.speed
        return try await change(request, context) { _, _, caller, tx in
            try CheckIn.notReached(assignment, by: caller, timings: Timings.load(speed: speed, in: tx), in: tx)
        }
    }

    func reached(_ request: Request, _ context: MemberContext) async throws -> Response {
        let assignment: Ref<Assignment> = try context.ref("assignment")
        let speed = site.config.speed
        return try await change(request, context) { _, _, caller, tx in
            try CheckIn.reached(assignment, by: caller, timings: Timings.load(speed: speed, in: tx), in: tx)
        }
    }

    func over(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            try Incident.over(id, expecting: form.version, by: caller, in: tx)
        }
    }

    func resume(_ request: Request, _ context: MemberContext) async throws -> Response {
        let speed = site.config.speed
        return try await change(request, context) { id, form, caller, tx in
            let timings = try Timings.load(speed: speed, in: tx)
            try Incident.resume(id, expecting: form.version, by: caller, timings: timings, in: tx)
        }
    }

    func review(_ request: Request, _ context: MemberContext) async throws -> Response {
        let speed = site.config.speed
        return try await change(request, context) { id, form, caller, tx in
            let timings = try Timings.load(speed: speed, in: tx)
            try Incident.review(id, expecting: form.version, by: caller, timings: timings, in: tx)
        }
    }

    func close(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            try Incident.close(
                id,
                expecting: form.version,
                despiteReports: form.despiteReports,
                by: caller,
                in: tx
            )
        }
    }

    func reopen(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            try Incident.reopen(id, expecting: form.version, by: caller, in: tx)
        }
    }

    func merge(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            try Incident.unite(
                id,
                with: form.other(),
                expecting: form.version,
                despiteReports: form.despiteReports,
                by: caller,
                in: tx
            )
        }
    }

    func split(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            let reports = form.all("reports").compactMap { Ref<Report>($0) }
            guard !reports.isEmpty else {
                throw Refusal.invalid(["reports": "incident.split_missing|Choose at least one report."])
            }
            _ = try Incident.split(reports, from: id, expecting: form.version, by: caller, in: tx)
        }
    }

    func retitle(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            try Incident.retitle(id, to: form["title"], expecting: form.version, by: caller, in: tx)
        }
    }

    func spam(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { _, form, caller, tx in
            guard let report = Ref<Report>(form["report"]) else { throw Refusal.notFound }
            if form.isOn("undo") { return try Report.unmarkSpam(report, by: caller, in: tx) }
            try Report.markSpam(report, by: caller, in: tx)
        }
    }

    func needsMore(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { _, form, caller, tx in
            if form.isOn("undo") {
                guard let report = Ref<Report>(form["report"]) else { throw Refusal.notFound }
                return try Report.withdrawQuestion(report, by: caller, in: tx)
            }
            guard let report = Ref<Report>(form["report"]), let question = ReportQuestion(rawValue: form["question"])
            else {
                throw Refusal.notFound
            }
            try Report.needsMore(report, asking: question, by: caller, in: tx)
        }
    }

    func dismissSuggestion(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            guard let other = Ref<Incident>(form["other"]) else { throw Refusal.notFound }
            try Incident.dismissSuggestion(of: other, for: id, by: caller, in: tx)
        }
    }

    func restoreSuggestion(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            try Incident.restoreSuggestion(of: form.other(), for: id, by: caller, in: tx)
        }
    }

    /// The form stands at the incident that the report is a part of already; `other` is what it speaks of too.
    func link(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            guard let report = Ref<Report>(form["report"]) else {
                throw Refusal.invalid(["report": Self.noReport])
            }
            let other = try form.other()
            guard try Report.isPart(report, of: id, by: caller, in: tx) else { throw Refusal.notFound }
            try Incident.link(report, to: other, by: caller, in: tx)
        }
    }

    func unlink(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            guard let report = Ref<Report>(form["report"]) else { throw Refusal.notFound }
            try Incident.unlink(report, from: id, expecting: form.version, by: caller, in: tx)
        }
    }

    func afterAction(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            let words = AfterAction.Words(
                wentWell: form.optional("went_well"),
                change: form.optional("change"),
                howWeAre: form.optional("how_we_are"),
                learned: form.optional("learned")
            )
            try AfterAction.write(words, of: id, by: caller, in: tx)
        }
    }

    func callDebrief(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, form, caller, tx in
            try DebriefMeeting.call(id, at: form.moment("meets"), place: form.optional("place"), by: caller, in: tx)
        }
    }

    /// It was hard: everybody who had to do with it is asked how they are.
    func askHowTheyAre(_ request: Request, _ context: MemberContext) async throws -> Response {
        try await change(request, context) { id, _, caller, tx in
            try CareCheck.askEverybody(of: id, by: caller, in: tx)
        }
    }

    private func change(
        _ request: Request,
        _ context: MemberContext,
        _ verb: @escaping @Sendable (Ref<Incident>, Form, Caller, Transaction) throws -> Void
    ) async throws -> Response {
        let id: Ref<Incident> = try context.ref("id")
        return try await site.change(request, context, then: "/board/incidents/\(id.text)") { form, caller, tx in
            try verb(id, form, caller, tx)
        } orElse: { form, refusal in
            try await BoardPages(site: site).page(
                context,
                open: id,
                act: IncidentAct(rawValue: form["act"]),
                form: form,
                refusal: refusal
            )
        }
    }
}

extension Form {
    /// The state that the member saw when they took the step.
    fileprivate var version: Int? { Int(self["version"]) }

    /// They were shown that reports come in.
    fileprivate var despiteReports: Bool { isOn(IncidentSight.despite) }

    /// The one that was chosen from the list, else that of the address or number that was pasted.
    fileprivate func other() throws -> Ref<Incident> {
        if let chosen = Ref<Incident>(self["other"]), self["address"].isEmpty { return chosen }
        let parts = self["address"].split { "/?#".contains($0) }
        guard let pasted = parts.lazy.compactMap({ Ref<Incident>(String($0)) }).last else {
            let field = self["address"].isEmpty ? "other" : "address"
            throw Refusal.invalid([field: IncidentPages.noOther])
        }
        return pasted
    }

    fileprivate func finding(_ languages: [Language]) throws -> Verification.Finding {
        let isOver = self["truth"] == IncidentPages.confirmedOver
        guard let truth = isOver ? .confirmed : Truth(rawValue: self["truth"]) else {
            throw Refusal.invalid(["truth": "incident.truth_missing|Choose what you found."])
        }
        guard let level = Int(self["level"]).flatMap(EvidenceLevel.init(rawValue:)) else {
            throw Refusal.invalid(["level": "incident.level_missing|Choose how sure you are."])
        }
        guard let how = How(rawValue: self["how"]) else {
            throw Refusal.invalid(["how": "incident.how_missing|Choose how you know."])
        }
        let words = Dictionary(languages.map { ($0.code, self["explanation-\($0.code)"]) }) { first, _ in first }
        return Verification.Finding(
            truth,
            level: level,
            how: how,
            witness: how == .onScene ? optional("witness").flatMap(Ref<Assignment>.init) : nil,
            explanation: Explanation(words),
            note: optional("note"),
            spoke: isOn("spoke")
        )
    }
}
