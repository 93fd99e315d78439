// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
import People
import Response

/// Who goes for each kind of report: the cards, whom one would ask now, and sending it.
struct RunCardAPI {
    let site: Site

    func list(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.seeBoard)
        let cards = try await site.database.read { tx in try RunCard.all(in: tx) }
        return .json(RunCardsJSON(items: cards.map(RunCardJSON.init)))
    }

    /// Puts the card of a kind, all its lines at once.
    func write(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.manageSettings)
        guard let kind = context.parameters.get("kind").flatMap(ReportKind.init(rawValue:)) else {
            throw Refusal.notFound
        }
        let sent = try await JSONBody.read(PutCardJSON.self, from: request, context)
        let card = RunCard(kind, try sent.read())
        let caller = context.caller
        do {
            try await site.database.write { tx in try RunCard.set(card, by: caller, in: tx) }
        } catch let refusal as Refusal where !refusal.fields.isEmpty {
            throw Refusal.invalid(
                Dictionary(uniqueKeysWithValues: refusal.fields.map { (PutCardJSON.path($0.key), $0.value) })
            )
        }
        return .json(RunCardJSON(card))
    }

    /// Whom the card of an incident would ask if it were sent now.
    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (id, caller, site) = (try context.ref("id", of: Incident.self), context.caller, site)
        try caller.require(.dispatch)
        let point = try await site.database.read { tx in
            try IncidentDetail.point(of: id, by: caller, places: site.places, in: tx)
        }
        let (asks, handles) = try await site.database.read { tx in
            let asks = try RunCard.asks(
                for: id,
                near: point,
                by: caller,
                timings: site.timings,
                places: site.places,
                in: tx
            )
            return (asks, try Person.handles(of: Array(Set(asks.flatMap(\.people))), in: tx))
        }
        return .json(RunAsksJSON(lines: asks.map { RunAskJSON($0, handles, context.t) }))
    }

    func send(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (id, caller, site) = (try context.ref("id", of: Incident.self), context.caller, site)
        try caller.require(.dispatch)
        let meeting = try await JSONBody.read(RunMeetingJSON.self, from: request, context).meeting
        let point = try await site.database.read { tx in
            try IncidentDetail.point(of: id, by: caller, places: site.places, in: tx)
        }
        let (sent, dispatches) = try await site.database.write { tx in
            let sent = try RunCard.send(
                to: id,
                meeting: meeting,
                near: point,
                by: caller,
                timings: site.timings,
                places: site.places,
                in: tx
            )
            return (sent, try sent.dispatches.map { try Dispatch.find($0, in: tx) })
        }
        return .json(
            RunSentJSON(
                dispatches: dispatches.map { DispatchJSON($0, context.t) },
                attorneyPaged: sent.isAttorneyPaged
            ),
            status: .created
        )
    }
}

private struct RunCardsJSON: Encodable {
    let items: [RunCardJSON]
}

private struct RunCardJSON: Encodable {
    let kind: String
    let lines: [RunLineJSON]

    init(_ card: RunCard) {
        kind = card.kind.rawValue
        lines = card.lines.map(RunLineJSON.init)
    }
}

private struct RunLineJSON: Encodable {
    let role: String
    let wanted: Int
    let language: String?

    init(_ line: RunCard.Line) { (role, wanted, language) = (line.role.rawValue, line.wanted, line.language) }
}

private struct RunAsksJSON: Encodable {
    let lines: [RunAskJSON]
}

private struct RunAskJSON: Encodable {
    struct Named: Encodable {
        let who: String
        /// Why they, in sentences.
        let why: [String]
    }

    let line: RunLineJSON
    let asks: [String]
    /// The same, each with the reasons; empty for an attorney.
    let people: [Named]
    let shortfall: [String]?

    init(_ asked: RunCard.Asked, _ handles: [Ref<Person>: String], _ t: Words) {
        line = RunLineJSON(asked.line)
        asks = asked.people.compactMap { handles[$0] }
        people = asked.people.compactMap { person in
            guard let handle = handles[person], let reasons = asked.reasons[person] else { return nil }
            return Named(who: handle, why: reasons.map { t($0.words) })
        }
        shortfall = asked.shortfall.map { $0.words.map { t($0) } }
    }
}

private struct RunSentJSON: Encodable {
    let dispatches: [DispatchJSON]
    let attorneyPaged: Bool

    private enum CodingKeys: String, CodingKey {
        case dispatches
        case attorneyPaged = "attorney_paged"
    }
}

private struct RunMeetingJSON: Decodable {
    /// Where to meet; sealed.
    let meeting: String?
}

private struct PutCardJSON: Decodable {
    struct SentLine: Decodable {
        let role: String
        let wanted: WholeNumber
        let language: String?
    }

    let lines: [SentLine]

    /// Throws a refusal that names every role which is none.
    func read() throws -> [RunCard.Line] {
        var problems: [String: Phrase] = [:]
        let read = lines.enumerated().compactMap { index, line -> RunCard.Line? in
            guard let role = Skill(rawValue: line.role) else {
                problems["lines.\(index).role"] = "response.dispatch_role|Choose a role from the list."
                return nil
            }
            return RunCard.Line(role, line.wanted.value, speaking: line.language)
        }
        if !problems.isEmpty { throw Refusal.invalid(problems) }
        return read
    }

    /// `role-2` of the form is `lines.2.role` here.
    static func path(_ field: String) -> String {
        let parts = field.split(separator: "-")
        guard parts.count == 2 else { return field }
        return "lines.\(parts[1]).\(parts[0])"
    }
}
