// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
import People
import Response

/// Asks the nearest able neighbors to go, in waves.
struct DispatchAPI {
    let site: Site

    func create(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try context.ref("id", of: Incident.self)
        let asked = try await JSONBody.read(AskedJSON.self, from: request, context)
        guard let role = Skill(rawValue: asked.role) else {
            throw Refusal.invalid(["role": "response.dispatch_role|Choose a role from the list."])
        }
        let (caller, site) = (context.caller, site)
        let point = try await site.database.read { tx in
            try IncidentDetail.point(of: id, by: caller, places: site.places, in: tx)
        }
        let dispatch = try await site.database.write { tx in
            let opened = try Dispatch.open(
                id,
                role: role,
                wanted: asked.wanted.value,
                language: asked.language,
                meeting: asked.meeting,
                near: point,
                by: caller,
                timings: site.timings,
                places: site.places,
                in: tx
            )
            return try Dispatch.find(opened, in: tx)
        }
        return .json(DispatchJSON(dispatch, context.t), status: .created)
    }

    /// One person by name, beside the waves.
    func ask(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try context.ref("id", of: Dispatch.self)
        let named = try await JSONBody.read(NamedJSON.self, from: request, context).person
        guard let person = Ref<Person>(named) else {
            throw Refusal.invalid(["person": "incident.ask_missing|Choose whom to ask."])
        }
        let (caller, site) = (context.caller, site)
        let asked = try await site.database.write { tx in
            let timings = site.timings
            let offer = try Dispatch.ask(person, for: id, by: caller, timings: timings, places: site.places, in: tx)
            return try Assignment.find(offer, in: tx)
        }
        return .json(AskedOneJSON(asked, context.t), status: .created)
    }

    /// No more questions, and everybody who was asked or goes is told at once. Nobody twice: a second call changes nothing.
    func callOff(_ request: Request, _ context: MemberContext) async throws -> Response {
        try JSONBody.requireToken(request, context)
        let (id, caller) = (try context.ref("id", of: Dispatch.self), context.caller)
        let (dispatch, told) = try await site.database.write { tx in
            let told = try Dispatch.callOff(id, by: caller, in: tx)
            return (try Dispatch.find(id, in: tx), told)
        }
        return .json(CalledOffJSON(dispatch: DispatchJSON(dispatch, context.t), told: told))
    }

    /// Where those who are asked or going meet; whoever said yes is told that it changed.
    func meet(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (id, caller) = (try context.ref("id", of: Incident.self), context.caller)
        let place = try await JSONBody.read(MeetingJSON.self, from: request, context).meeting
        try await site.database.write { tx in try Dispatch.meet(id, at: place, by: caller, in: tx) }
        return .json(MeetingJSON(meeting: place))
    }
}

private struct NamedJSON: Decodable {
    let person: String
}

private struct AskedOneJSON: Encodable {
    let id: String
    let dispatch: String
    let incident: String
    let state: String
    let expiresAt: String
    let why: [String]

    init(_ assignment: Assignment, _ t: Words) {
        id = assignment.id.text
        dispatch = assignment.dispatch.text
        incident = assignment.incident.text
        state = assignment.state.rawValue
        expiresAt = assignment.expiresAt.iso8601
        why = assignment.reasons.map { t($0.words) }
    }

    private enum CodingKeys: String, CodingKey {
        case id, dispatch, incident, state, why
        case expiresAt = "expires_at"
    }
}

private struct CalledOffJSON: Encodable {
    let dispatch: DispatchJSON
    /// How many were told.
    let told: Int
}

private struct MeetingJSON: Codable {
    let meeting: String
}

private struct AskedJSON: Decodable {
    let role: String
    let wanted: WholeNumber
    let language: String?
    /// Where to meet; sealed.
    let meeting: String?
}

/// Whom we ask, how far the question has gone, and why nobody was found where nobody was.
struct DispatchJSON: Encodable {
    let id: String
    let role: String
    let wanted: Int
    let language: String?
    let wave: Int
    let state: String
    let shortfall: [String]?
    let openedAt: String
    let nextWaveAt: String?

    init(_ dispatch: Dispatch, _ t: Words) {
        id = dispatch.id.text
        role = dispatch.role.rawValue
        wanted = dispatch.wanted
        language = dispatch.language
        wave = dispatch.wave
        state = dispatch.state.rawValue
        shortfall = dispatch.shortfall.map { $0.words.map { t($0) } }
        openedAt = dispatch.openedAt.iso8601
        nextWaveAt = dispatch.nextWaveAt?.iso8601
    }

    private enum CodingKeys: String, CodingKey {
        case id, role, wanted, language, wave, state, shortfall
        case openedAt = "opened_at"
        case nextWaveAt = "next_wave_at"
    }
}
