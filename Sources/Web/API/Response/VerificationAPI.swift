// SPDX-License-Identifier: AGPL-3.0-or-later
import Hummingbird
import Kit
import Response

/// What a trained person found, signed in their name.
struct VerificationAPI {
    let site: Site

    func create(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id = try context.ref("id", of: Incident.self)
        let sent = try await JSONBody.read(FindingJSON.self, from: request, context)
        let finding = try sent.finding()
        let (caller, timings) = (context.caller, site.timings)
        let (outcome, incident) = try await site.database.write { tx in
            let outcome = try Incident.verify(
                id,
                finding: finding,
                expecting: sent.version?.value,
                despiteReports: sent.despiteReports ?? false,
                by: caller,
                timings: timings,
                in: tx
            )
            return (outcome, try Incident.find(id, by: caller, in: tx))
        }
        return .json(VerifiedJSON(outcome, incident), status: .created)
    }
}

private struct FindingJSON: Decodable {
    let truth: String
    let level: String
    let how: String
    /// The assignment of whoever was there; without one, the member who signs.
    let witness: String?
    /// For neighbors, by language.
    let explanation: [String: String]?
    /// For the team; sealed.
    let note: String?
    let spokeWithWitness: Bool?
    let version: WholeNumber?
    let despiteReports: Bool?

    private enum CodingKeys: String, CodingKey {
        case truth, level, how, witness, explanation, note, version
        case despiteReports = "despite_reports"
        case spokeWithWitness = "spoke_with_witness"
    }

    func finding() throws -> Verification.Finding {
        var choice = JSONChoice()
        let truth = choice.one(of: Truth.answers.map { ($0.rawValue, $0) }, truth, "truth")
        let level = choice.one(of: EvidenceLevel.allCases.map { ($0.name, $0) }, level, "level")
        let how = choice.one(of: How.self, how, "how")
        try choice.settle()
        guard let truth, let level, let how else { throw Refusal.invalid([:]) }
        return Verification.Finding(
            truth,
            level: level,
            how: how,
            witness: witness.map { Ref<Assignment>($0) ?? .new() },
            explanation: explanation.map { Explanation($0) },
            note: note,
            spoke: spokeWithWitness ?? false
        )
    }
}

/// What came of it: answered, or kept until a second person confirms.
private struct VerifiedJSON: Encodable {
    let outcome: String
    let incident: IncidentStateJSON

    init(_ outcome: Incident.Outcome, _ incident: Incident) {
        switch outcome {
        case .answered: self.outcome = "answered"
        case .needsSecondPerson: self.outcome = "needs_second_person"
        }
        self.incident = IncidentStateJSON(incident)
    }
}

/// Where an incident stands after a step, and the version for the next one.
struct IncidentStateJSON: Encodable {
    let id: String
    let state: String
    let truth: String
    let over: Bool
    let version: Int

    init(_ incident: Incident) {
        id = incident.id.text
        state = incident.state.rawValue
        truth = incident.truth.rawValue
        over = incident.isOver
        version = incident.version
    }
}
