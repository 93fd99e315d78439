// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// A dangerous act that one member asked for and another has to approve; then it is done in the same transaction.
/// Where only one person could approve at all, it is done at once, and everybody concerned is told that it was.
package struct Proposal: Sendable {
    package enum Kind: String, Sendable, CaseIterable, Bindable, Column {
        /// Access is given: roles, a team's key.
        case roster
        /// A place in the network is offered, with roles and teams.
        case invitation
        /// Access is taken away. One is enough: it must not wait.
        case removal
        /// Many things leave the house at once.
        case export
        /// A message to very many people.
        case alert
        /// A team's key from the escrow.
        case recovery
        /// How long something is kept.
        case retention
        /// What is kept for a court, past its time.
        case hold
        case lifting
        case teamDeletion = "team_deletion"

        package var name: Phrase {
            switch self {
            case .roster: "proposal.roster|Give access"
            case .invitation: "proposal.invitation|Invite somebody"
            case .removal: "proposal.removal|Take access away"
            case .export: "proposal.export|Take data out"
            case .alert: "proposal.alert|Alert many people"
            case .recovery: "proposal.recovery|Recover a team’s key"
            case .retention: "proposal.retention|Change how long we keep something"
            case .hold: "proposal.hold|Keep something for a court"
            case .lifting: "proposal.lifting|End a legal hold"
            case .teamDeletion: "proposal.team_deletion|Delete a team"
            }
        }

        /// Whether one person is enough.
        package var takesOne: Bool { self == .removal }
    }

    package enum State: String, Sendable, CaseIterable, Bindable, Column {
        case open, approved, alone, declined, withdrawn, expired

        package var name: Phrase {
            switch self {
            case .open: "proposal.open|Waits for a second person"
            case .approved: "proposal.approved|Done. Two people agreed."
            case .alone: "proposal.alone|Done by one person"
            case .declined: "proposal.declined|Declined. Nothing was changed."
            case .withdrawn: "proposal.withdrawn|Taken back. Nothing was changed."
            case .expired: "proposal.expired|Nobody approved it in time. Nothing was changed."
            }
        }
    }

    /// What an act is done with.
    package struct Approval: Sendable {
        package let proposal: Ref<Proposal>
        package let asker: Ref<Person>
        /// Who approved it; the asker, where one is enough.
        package let caller: Caller
        /// The words of the asker, where the caller's keys open them.
        package let reason: String?
    }

    /// How long a second person has.
    package static let lasts = Duration.hours(48)

    package let id: Ref<Proposal>
    package let kind: Kind
    package let subject: String
    let payload: String
    package let askedBy: Ref<Person>
    package let askedAt: Instant
    package let expiresAt: Instant
    /// As it is stored; see `state(at:)`.
    package let stored: State
    package let decidedBy: Ref<Person>?
    package let decidedAt: Instant?
    let sealedReason: Sealed<String>?

    static let reasonKind = "proposal.reason"

    /// What can't be approved any more is expired, also before the clock has written it down.
    package func state(at now: Instant) -> State { stored == .open && expiresAt <= now ? .expired : stored }

    /// The asker's words, for those they were sealed to; nil without a key, or where none were given.
    package func reason(for caller: Caller) -> String? {
        guard let keyring = caller.keyring else { return nil }
        return try? sealedReason?.open(kind: Self.reasonKind, record: id.text, with: keyring)
    }

    package var hasReason: Bool { sealedReason != nil }
}

extension Proposal: Readable {
    package init(row: Row) throws {
        id = try row["id"]
        kind = try row["kind"]
        subject = try row["subject"]
        payload = try row["payload"]
        askedBy = try row["asked_by"]
        askedAt = try row["asked_at"]
        expiresAt = try row["expires_at"]
        stored = try row["state"]
        decidedBy = try row["decided_by"]
        decidedAt = try row["decided_at"]
        sealedReason = try row["sealed_reason"]
    }
}

/// What stands on a proposal's page.
package struct ProposalDetail: Sendable {
    package let proposal: Proposal
    package let sentences: [String]
    package let handles: [Ref<Person>: String]
    package let mayApprove: Bool
    package let mayWithdraw: Bool
    /// Who else could approve it.
    package let approvers: [String]
    package let reason: String?
}

extension Proposal {
    /// Those that are open and that the caller may see, newest first.
    package static func open(for caller: Caller, in tx: Transaction) throws -> [Proposal] {
        try tx.all(
            Proposal.self,
            "SELECT * FROM proposals WHERE state = 'open' AND expires_at > \(tx.now) ORDER BY asked_at DESC, id DESC"
        ).filter { try $0.isVisible(to: caller, in: tx) }
    }

    /// Those that were decided, newest first.
    package static func decided(for caller: Caller, limit: Int = 50, in tx: Transaction) throws -> [Proposal] {
        try tx.all(
            Proposal.self,
            """
            SELECT * FROM proposals WHERE state <> 'open' OR expires_at <= \(tx.now)
            ORDER BY asked_at DESC, id DESC LIMIT \(limit)
            """
        ).filter { try $0.isVisible(to: caller, in: tx) }
    }

    /// Throws `.notFound` for who has nothing to do with it.
    package static func detail(
        _ id: Ref<Proposal>,
        by caller: Caller,
        _ t: Words,
        in tx: Transaction
    ) throws -> ProposalDetail {
        let proposal = try find(id, by: caller, in: tx)
        let act = try tx.acts.act(of: proposal)
        let isOpen = proposal.state(at: tx.now) == .open
        let others = isOpen ? try independent(act.approvers(in: tx), of: proposal.askedBy, in: tx) : []
        let people = others.union([proposal.askedBy]).union(proposal.decidedBy.map { [$0] } ?? [])
        let handles = try Person.handles(of: people.sorted { $0.text < $1.text }, in: tx)
        return ProposalDetail(
            proposal: proposal,
            sentences: try act.sentences(t, in: tx),
            handles: handles,
            mayApprove: isOpen && others.contains(caller.person),
            mayWithdraw: isOpen && proposal.askedBy == caller.person,
            approvers: others.compactMap { handles[$0] }.sorted(),
            reason: proposal.reason(for: caller)
        )
    }

    static func find(_ id: Ref<Proposal>, by caller: Caller, in tx: Transaction) throws -> Proposal {
        guard let found = try tx.first(Proposal.self, "SELECT * FROM proposals WHERE id = \(id)"),
            try found.isVisible(to: caller, in: tx)
        else { throw Refusal.notFound }
        return found
    }

    /// The asker, whoever could approve it, whom it concerns, and who reads the record.
    private func isVisible(to caller: Caller, in tx: Transaction) throws -> Bool {
        if askedBy == caller.person || decidedBy == caller.person || caller.can(.readAudit) { return true }
        guard let act = try? tx.acts.act(of: self) else { return false }
        return try act.affected(in: tx).contains(caller.person) || act.approvers(in: tx).contains(caller.person)
    }
}

extension Proposal {
    /// How many wait for each member: for the mark beside a page's name.
    package static func waiting(in tx: Transaction) throws -> [Ref<Person>: Int] {
        let open = try tx.all(Proposal.self, "SELECT * FROM proposals WHERE state = 'open' AND expires_at > \(tx.now)")
        return try open.reduce(into: [:]) { counts, proposal in
            guard let act = try? tx.acts.act(of: proposal) else { return }
            for person in try independent(act.approvers(in: tx), of: proposal.askedBy, in: tx) {
                counts[person, default: 0] += 1
            }
        }
    }
}
