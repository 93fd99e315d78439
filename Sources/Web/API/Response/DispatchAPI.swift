// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
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

    /// Where those who are asked or going meet; whoever said yes is told that it changed.
    func meet(_ request: Request, _ context: MemberContext) async throws -> Response {
        let (id, caller) = (try context.ref("id", of: Incident.self), context.caller)
        let place = try await JSONBody.read(MeetingJSON.self, from: request, context).meeting
        try await site.database.write { tx in try Dispatch.meet(id, at: place, by: caller, in: tx) }
        return .json(MeetingJSON(meeting: place))
    }
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
