// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Matching
import Response

/// A responder's phone, for programs: what I am asked, and each step that I take.
struct AssignmentAPI {
    let site: Site

    func list(_ request: Request, _ context: MemberContext) async throws -> Response {
        let caller = context.caller
        let (current, recent, scenes) = try await site.database.read { tx in
            let recent = try MyAssignment.recent(for: caller, in: tx)
            return (
                try MyAssignment.current(for: caller, in: tx), recent,
                try Incident.known(of: recent.map(\.incident), in: tx)
            )
        }
        return .json(
            MineJSON(
                current: current.map { CurrentJSON($0, site, context.t) },
                recent: recent.compactMap { mine in scenes[mine.incident].map { AssignmentJSON(mine, $0) } }
            )
        )
    }

    func move(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try context.ref("id", of: Assignment.self)
        let step = try await JSONBody.read(StepJSON.self, from: request, context).step()
        let (caller, timings) = (context.caller, site.timings)
        let mine = try await site.database.write { tx in
            try step.take(id, by: caller, timings, in: tx)
            return try MyAssignment.find(id, for: caller, in: tx)
        }
        return .json(CurrentJSON(mine, site, context.t))
    }
}

/// An assignment of the caller's: which step they took last, and which comes next.
struct AssignmentJSON: Encodable {
    let id: String
    let incident: String
    let role: String
    let state: String
    let next: String?
    let distance: Int?
    let offeredAt: String
    let expiresAt: String
    let checkInDueAt: String?
    let endedAt: String?
    let exercise: Bool
    /// What is known of the incident by now, as everybody who asks is told.
    let truth: String
    let isOver: Bool

    init(_ assignment: Assignment, _ known: Incident.Known) {
        id = assignment.id.text
        incident = assignment.incident.text
        role = assignment.role.rawValue
        state = assignment.state.rawValue
        next = assignment.next.map(Step.init)?.rawValue
        distance = assignment.distance
        offeredAt = assignment.offeredAt.iso8601
        expiresAt = assignment.expiresAt.iso8601
        checkInDueAt = assignment.checkInDueAt?.iso8601
        endedAt = assignment.endedAt?.iso8601
        exercise = known.isExercise
        truth = known.truth.rawValue
        isOver = known.isOver
    }

    private enum CodingKeys: String, CodingKey {
        case id, incident, role, state, next, exercise, truth
        case isOver = "over"
        case distance = "distance_m"
        case offeredAt = "offered_at"
        case expiresAt = "expires_at"
        case checkInDueAt = "check_in_due_at"
        case endedAt = "ended_at"
    }
}

private struct MineJSON: Encodable {
    let current: CurrentJSON?
    let recent: [AssignmentJSON]

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(current, forKey: .current)
        try container.encode(recent, forKey: .recent)
    }

    private enum CodingKeys: String, CodingKey { case current, recent }
}

/// The card of a responder's phone: what, about where, who else goes.
private struct CurrentJSON: Encodable {
    struct Companion: Encodable {
        let handle: String
        let role: String
        let state: String
    }

    let assignment: AssignmentJSON
    let kind: String
    let zone: String?
    let place: String
    let exercise: Bool
    let wanted: Int
    /// Once they said yes, and while their keys are open.
    let meeting: String?
    let meetingSealed: Bool
    let others: [Companion]
    /// What every responder reads before they go.
    let safety: [String]

    init(_ mine: MyAssignment, _ site: Site, _ t: Words) {
        assignment = AssignmentJSON(
            mine.assignment,
            Incident.Known(truth: mine.truth, isOver: mine.isOver, isExercise: mine.isExercise)
        )
        kind = mine.kind
        zone = mine.zone
        place = site.placeName(mine.zone, t)
        exercise = mine.isExercise
        wanted = mine.wanted
        meeting = mine.meeting
        meetingSealed = mine.isMeetingSealed
        others = mine.others.map { Companion(handle: $0.handle, role: $0.role.rawValue, state: $0.state.rawValue) }
        safety = SafetyCard.lines.map { t($0) }
    }

    private enum CodingKeys: String, CodingKey {
        case assignment, kind, zone, place, exercise, wanted, meeting, others, safety
        case meetingSealed = "meeting_sealed"
    }
}
