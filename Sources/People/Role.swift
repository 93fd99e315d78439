// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What a member is in the network, in the words of its procedure. One member may hold several.
package enum Role: String, CaseIterable, Codable, Sendable, Bindable, Column {
    /// Answers callers.
    case `operator`
    /// Leads the shift.
    case dispatcher
    /// Goes to look.
    case verifier
    /// Watches and writes down, in a team of two or three.
    case observer
    /// On call.
    case attorney
    /// Goes with a family.
    case accompanier
    case caseCoordinator = "case_coordinator"
    /// Writes to the public.
    case communicator
    /// The second key; runs the coalition.
    case coordinator
    /// Reads the record, changes nothing.
    case auditor
    /// Goes through forms, offices and courts with a family.
    case navigator
    /// Plans events, letters and campaigns.
    case organiser
    /// Looks after accounts and settings; opens nothing.
    case administrator

    package var name: Phrase {
        switch self {
        case .operator: "role.operator|Operator"
        case .dispatcher: "role.dispatcher|Dispatcher"
        case .verifier: "role.verifier|Verifier"
        case .observer: "role.observer|Legal observer"
        case .attorney: "role.attorney|Attorney"
        case .accompanier: "role.accompanier|Accompanier"
        case .caseCoordinator: "role.case_coordinator|Case coordinator"
        case .communicator: "role.communicator|Communicator"
        case .coordinator: "role.coordinator|Coordinator"
        case .auditor: "role.auditor|Auditor"
        case .navigator: "role.navigator|Navigator"
        case .organiser: "role.organiser|Organizer"
        case .administrator: "role.administrator|Administrator"
        }
    }
}
