// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What an incident is about, for a page behind a signed link: nothing that is sealed, and no place finer than a
/// neighborhood.
package struct SceneBrief: Sendable {
    package let incident: Ref<Incident>
    package let kind: ReportKind
    /// The id of a neighborhood.
    package let zone: String?
    package let state: IncidentState
    package let truth: Truth
    package let isOver: Bool
    package let reports: Int
    package let independent: Int
    package let isExercise: Bool

    init(_ incident: Incident) {
        self.incident = incident.id
        kind = incident.kind
        zone = incident.zone
        // Who is asked is told that it is looked at.
        state = incident.state == .unverified ? .verifying : incident.state
        truth = incident.truth
        isOver = incident.isOver
        reports = incident.reports
        independent = incident.independent
        isExercise = incident.isExercise
    }
}

/// What somebody is asked to go to, for the page behind a signed link: enough to decide, and nothing that is sealed. Where
/// exactly, and who else goes, is for those who sign in.
package struct OfferBrief: Sendable {
    package let offer: Assignment
    package let scene: SceneBrief
    /// They said no, and can still say yes.
    package let mayReturn: Bool

    package static func find(_ id: Ref<Assignment>, in tx: Transaction) throws -> OfferBrief {
        let offer = try Assignment.find(id, in: tx)
        let found = try tx.first(Incident.self, "SELECT * FROM incidents WHERE id = \(offer.incident)")
        guard let incident = found else { throw Refusal.notFound }
        return OfferBrief(offer: offer, scene: SceneBrief(incident), mayReturn: try offer.mayReturn(in: tx))
    }
}
