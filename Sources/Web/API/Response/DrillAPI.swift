// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response

/// Drills of our own people for programs: begin one, end it, and read how it went.
struct DrillAPI {
    let site: Site

    func list(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.runDrill)
        let (now, past) = try await site.database.read { tx in
            (try Exercise.current(in: tx), try Exercise.past(in: tx))
        }
        return .json(["drills": ((now.map { [$0] } ?? []) + past).map { DrillJSON($0) }])
    }

    func show(_ request: Request, _ context: MemberContext) async throws -> Response {
        try context.caller.require(.runDrill)
        let id = try context.ref("id", of: Exercise.self)
        return .json(
            try await site.database.read { tx in
                let drill = try Exercise.find(id, in: tx)
                return DrillJSON(drill, drill.state == .running ? try drill.scored(in: tx) : nil)
            }
        )
    }

    func create(_ request: Request, _ context: MemberContext) async throws -> Response {
        let body = try await JSONBody.read(NewDrill.self, from: request, context)
        let caller = context.caller
        guard site.pack.coalition.drills.offered.contains(body.file) else {
            throw Refusal.invalid(["file": "drills.missing|Choose a day to play."])
        }
        let plan = try Exercise.Plan(file: body.file, speed: body.speed ?? 1, size: body.size?.value ?? 1)
        let drill = try await site.database.write { tx in
            try Exercise.find(try Exercise.start(plan, by: caller, in: tx), in: tx)
        }
        return .json(DrillJSON(drill), status: .created)
    }

    /// Ends whichever runs; again, nothing more happens.
    func stop(_ request: Request, _ context: MemberContext) async throws -> Response {
        try JSONBody.requireToken(request, context)
        let caller = context.caller
        let id = try context.ref("id", of: Exercise.self)
        let drill = try await site.database.write { tx in
            let drill = try Exercise.find(id, in: tx)
            if try Exercise.current(in: tx)?.id == drill.id { try Exercise.stop(by: caller, in: tx) }
            return try Exercise.find(id, in: tx)
        }
        return .json(DrillJSON(drill))
    }
}

private struct NewDrill: Decodable {
    let file: String
    let speed: Double?
    let size: WholeNumber?
}

private struct DrillJSON: Encodable {
    let id: String
    let file: String
    let people: String
    let state: String
    let speed: Double
    let size: Int
    let exercise = true
    let startedAt: String?
    let endedAt: String?
    let score: DrillScore?

    init(_ drill: Exercise, _ score: DrillScore? = nil) {
        (id, file, people, state) = (drill.id.text, drill.file, drill.people.rawValue, drill.state.rawValue)
        (speed, size) = (drill.speed, drill.size)
        (startedAt, endedAt) = (drill.startedAt?.iso8601, drill.endedAt?.iso8601)
        self.score = score ?? drill.score
    }

    private enum CodingKeys: String, CodingKey {
        case id, file, people, state, speed, size, exercise, score
        case startedAt = "started_at"
        case endedAt = "ended_at"
    }
}
