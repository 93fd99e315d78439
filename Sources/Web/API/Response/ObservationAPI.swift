// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import People
import Response
import Vault

/// What an observer wrote down. Phones send it when they have signal again, so the key that makes twice sent once
/// stored is required. With files it is `multipart/form-data`: see `jsonUpload`.
struct ObservationAPI {
    let site: Site

    func create(_ request: Request, _ context: MemberContext) async throws -> Response {
        try JSONBody.requireToken(request, context)
        let id = try context.ref("id", of: Incident.self)
        let (bytes, files) = try await site.jsonUpload(request, from: nil)
        var filing = try JSONBody.decode(ObservationJSON.self, bytes).filing()
        filing.files = files
        let all = bytes + files.all.flatMap(\.sha256)
        let submission = try Submission(observation: request, all, by: context.caller.person)
        let observation = try await Refusal.inBody {
            try await site.intake.observe(filing, of: id, submission: submission, by: context.caller)
        }
        return .json(MadeJSON(id: observation.text), status: .created)
    }
}

private struct ObservationJSON: Decodable {
    let words: String?
    let salute: SaluteJSON?
    let seenAt: String?
    let officers: String?

    func filing() throws -> Observation.Filing {
        var problems: [String: Phrase] = [:]
        let seenAt = Instant.read(seenAt, "seen_at", &problems)
        var choice = JSONChoice()
        let sighting = officers.flatMap { choice.one(of: Sighting.self, $0, "officers") }
        try choice.settle()
        if !problems.isEmpty { throw Refusal.invalid(problems) }
        return Observation.Filing(sighting: sighting, salute: salute?.salute ?? Salute(), words: words, seenAt: seenAt)
    }

    private enum CodingKeys: String, CodingKey {
        case words, salute, officers
        case seenAt = "seen_at"
    }
}

private struct MadeJSON: Encodable {
    let id: String
}

extension Submission {
    /// Two members who choose the same key don't meet.
    fileprivate init(observation request: Request, _ bytes: [UInt8], by person: Ref<Person>) throws {
        guard let key = request.headers[.idempotencyKey] else {
            throw Refusal.invalid(["Idempotency-Key": "problem.missing|This is missing."])
        }
        guard (1...Self.longestKey).contains(key.utf8.count) else {
            self = .idempotencyKey(key, bodyHash: [])
            return
        }
        let own = Fingerprint.hex(Fingerprint.sha256(Array("\(person.text)|\(key)".utf8)))
        self = .idempotencyKey(own, bodyHash: Fingerprint.sha256(bytes))
    }
}
