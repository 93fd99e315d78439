// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Message {
    /// How the people concerned hear of what takes two: a message in the app, in the transaction of the cause. Who could
    /// approve is no longer asked once it is decided.
    package static let ofProposals: Acts.Tell = { person, notice, proposal, isExercise, tx in
        let kind: Kind =
            switch notice {
            case .asked: .proposalAsked
            case .proposed: .proposalMade
            case .done: .proposalDone
            case .doneAlone: .proposalAlone
            case .dropped: .proposalDropped
            }
        switch notice {
        case .asked, .proposed: break
        case .done, .doneAlone, .dropped: try withdraw(.proposalAsked, about: proposal.text, in: tx)
        }
        let lasts: Duration = notice == .asked ? Proposal.lasts : .days(30)
        try tell(
            person,
            kind,
            about: proposal.text,
            key: proposal.text,
            expires: lasts,
            isExercise: isExercise,
            in: tx
        )
    }
}
