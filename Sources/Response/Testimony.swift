// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// Whether immigration officers are there, as somebody on the scene answered it. Sealed with their observation.
package enum Sighting: String, Sendable, Hashable, Codable, CaseIterable {
    case yes, no, nothing, unsure

    /// What they signed themselves, as an answer.
    init?(_ truth: Truth) {
        switch truth {
        case .unknown: return nil
        case .confirmed: self = .yes
        case .notEnforcement: self = .no
        case .unfounded: self = .nothing
        case .unable: self = .unsure
        }
    }

    /// Whether a finding can rest on it. "No" and "nothing" end the same rumor: a bakery truck is both.
    package func fits(_ truth: Truth) -> Bool {
        switch self {
        case .yes: truth == .confirmed
        case .no, .nothing: truth.isDispelled
        case .unsure: truth == .unable
        }
    }
}

/// What somebody who was sent there said of it in their own name: the newest that answers what is there, else the newest.
package enum Testimony: Sendable {
    case wrote(Observation, Opened<ObservationWords>)
    case signed(Verification)

    /// When it reached us.
    package var at: Instant {
        switch self {
        case .wrote(let observation, _): observation.receivedAt
        case .signed(let finding): finding.at
        }
    }

    /// Nil where they did not say, or the caller may not read it.
    package var sighting: Sighting? {
        switch self {
        case .wrote(_, let words): words.content?.sighting
        case .signed(let finding): Sighting(finding.truth)
        }
    }

    /// `signed` and `observations`: of the incident, in any order.
    static func last(
        of witness: Assignment,
        signed: [Verification],
        observations: [(Observation, Opened<ObservationWords>)]
    ) -> Testimony? {
        let wrote = observations.filter { $0.0.person == witness.person }.map { Testimony.wrote($0.0, $0.1) }
        let own = signed.filter { $0.person == witness.person && $0.witness == witness.id }.map(Testimony.signed)
        let all = wrote + own
        return (all.filter { $0.sighting != nil }.max { $0.at < $1.at }) ?? all.max { $0.at < $1.at }
    }

    /// What they wrote most lately is enough: opening costs half a millisecond each.
    private static let lookedAt = 8

    private static func last(of witness: Assignment, by caller: Caller, in tx: Transaction) throws -> Testimony? {
        let newest = try tx.all(
            Observation.self,
            """
            SELECT * FROM observations WHERE incident = \(witness.incident) AND person = \(witness.person)
            ORDER BY received_at DESC, id DESC LIMIT \(lookedAt)
            """
        )
        let read = newest.map { ($0, $0.look(by: caller)) }
        return try last(of: witness, signed: Verification.all(of: witness.incident, in: tx), observations: read)
    }

    /// A finding that rests on somebody's eyes says what they said last, unless whoever signs spoke with them since and
    /// writes down what they heard. Their own eyes are their own.
    static func require(
        _ finding: Verification.Finding,
        from witness: Assignment,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        guard witness.person != caller.person,
            let sighting = try last(of: witness, by: caller, in: tx)?.sighting, !sighting.fits(finding.truth)
        else { return }
        guard finding.spoke else {
            throw Refusal.invalid([
                "witness":
                    "response.witness_otherwise|They wrote something else. Ask them first, or choose what they say."
            ])
        }
        guard finding.note != nil else {
            throw Refusal.invalid(["note": "response.witness_why|Write what they told you since."])
        }
    }
}

extension IncidentDetail {
    /// What one of those who were sent said last of what is there.
    package func testimony(of witness: Assignment) -> Testimony? {
        Testimony.last(
            of: witness,
            signed: verifications.map(\.verification),
            observations: observations.map { ($0.observation, $0.words) }
        )
    }
}
