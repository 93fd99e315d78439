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

extension Contact {
    /// Who of these proved an address to be theirs that this person proved too: one telephone, one mailbox, one browser.
    package static let shared: Acts.Shared = { person, others, tx in
        Set(
            try tx.list(
                Ref<Person>.self,
                """
                SELECT DISTINCT o.person FROM contacts c
                JOIN contacts o ON o.channel = c.channel AND o.address_index = c.address_index
                WHERE c.person = \(person) AND c.confirmed_at IS NOT NULL AND o.confirmed_at IS NOT NULL
                    AND o.person IN \(list: others.sorted { $0.text < $1.text })
                """
            )
        )
    }
}
