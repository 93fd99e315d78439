// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What somebody is asked to go to, for the page behind a signed link: enough to decide, and nothing that is sealed. Where
/// exactly, and who else goes, is for those who sign in.
package struct OfferBrief: Sendable {
    package let offer: Assignment
    package let kind: ReportKind
    /// The id of a neighborhood; never finer.
    package let zone: String?
    package let state: IncidentState
    package let truth: Truth
    package let isOver: Bool
    package let level: EvidenceLevel
    package let reports: Int
    package let independent: Int
    package let isExercise: Bool
    /// They said no, and can still say yes.
    package let mayReturn: Bool

    package static func find(_ id: Ref<Assignment>, in tx: Transaction) throws -> OfferBrief {
        let offer = try Assignment.find(id, in: tx)
        let found = try tx.first(Incident.self, "SELECT * FROM incidents WHERE id = \(offer.incident)")
        guard let incident = found else { throw Refusal.notFound }
        return OfferBrief(
            offer: offer,
            kind: incident.kind,
            zone: incident.zone,
            // Who is asked to go and look is told that it is looked at.
            state: incident.state == .unverified ? .verifying : incident.state,
            truth: incident.truth,
            isOver: incident.isOver,
            level: incident.level,
            reports: incident.reports,
            independent: incident.independent,
            isExercise: incident.isExercise,
            mayReturn: try offer.mayReturn(in: tx)
        )
    }
}
