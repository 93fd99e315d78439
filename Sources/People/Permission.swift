// SPDX-License-Identifier: AGPL-3.0-or-later

/// One thing that a member may do, and the roles that may. Who can *read* a sealed thing is decided by keys, not
/// by this table: it only says no earlier and more politely.
package enum Permission: String, CaseIterable, Sendable {
    /// The live board and an incident's page.
    case seeBoard
    /// Read the words of a report or an observation.
    case openSealed
    case triage
    /// Tell a reporter what was found.
    case answer
    case merge
    /// Add a signed verification entry.
    case verify
    case dispatch
    case closeIncident
    /// Be asked to go.
    case beDispatched
    /// File an observation.
    case observe
    case takeShift
    case manageShifts
    case draftAlert
    /// The second key; never one's own draft, which the verb sees to.
    case approveAlert
    case seePeople
    case managePeople
    case manageSettings
    case runDrill
    /// After-action records and lists out of the house.
    case export
    case readAudit
    /// A family's case, where the team's key is held too.
    case openCases
    /// Events, letters, campaigns.
    case organise
    /// Ask for, or approve, that something is kept for a court.
    case holdLegally
    /// See who asked for a call after a hard time, and what they wrote.
    case careForResponders
    /// Lock the whole instance at once, for everybody.
    case panic

    /// See, draft and review the facts that guides are built from.
    case writeFacts
    /// Approve a reviewed fact; never one's own draft or review, which the verb sees to.
    case approveFacts
    /// Take a fact back at once.
    case recallFacts

    package var roles: Set<Role> {
        switch self {
        case .seeBoard: [.operator, .dispatcher, .attorney, .caseCoordinator, .communicator, .coordinator]
        case .openSealed: [.operator, .dispatcher, .verifier, .observer, .attorney, .caseCoordinator, .coordinator]
        case .triage, .answer, .merge: [.operator, .dispatcher, .coordinator]
        case .verify, .observe: [.verifier, .observer, .dispatcher]
        case .dispatch, .closeIncident, .manageShifts, .runDrill: [.dispatcher, .coordinator]
        case .beDispatched: [.verifier, .observer, .attorney, .accompanier]
        case .takeShift:
            [.operator, .dispatcher, .verifier, .observer, .attorney, .accompanier, .caseCoordinator, .communicator]
        case .draftAlert: [.dispatcher, .communicator, .coordinator]
        case .approveAlert: [.communicator, .coordinator]
        case .seePeople: [.dispatcher, .coordinator, .auditor, .administrator]
        case .managePeople, .manageSettings: [.coordinator, .administrator]
        case .export, .holdLegally: [.attorney, .coordinator]
        case .readAudit: [.auditor, .coordinator]
        case .openCases: [.attorney, .navigator, .caseCoordinator]
        case .organise: [.organiser, .communicator, .coordinator]
        case .writeFacts: [.attorney, .caseCoordinator, .communicator, .coordinator]
        case .approveFacts: [.attorney]
        case .recallFacts: [.attorney, .communicator, .coordinator]
        case .careForResponders: [.caseCoordinator, .coordinator]
        case .panic: [.dispatcher, .coordinator]
        }
    }
}
