// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Lets an invitation be used: until a second person agreed, its link opens nothing.
package struct InvitationApproval: TwoPersonAct {
    package static let kind = Proposal.Kind.invitation

    package let invitation: Ref<Invitation>
    package let roles: [Role]
    package let teams: [Ref<Team>]

    package init(_ invitation: Invitation) {
        self.invitation = invitation.id
        roles = Role.allCases.filter(invitation.roles.contains)
        teams = invitation.teams.sorted { $0.text < $1.text }
    }

    package var subject: String { invitation.text }

    /// Whether its link may be used: nobody asked for a second person, or one agreed.
    static func stands(for invitation: Ref<Invitation>, in tx: Transaction) throws -> Bool {
        let state = try tx.one(
            Proposal.State.self,
            """
            SELECT state FROM proposals WHERE kind = \(kind) AND subject = \(invitation) ORDER BY asked_at DESC LIMIT 1
            """
        )
        return state == nil || state == .approved || state == .alone
    }

    package func allow(_ caller: Caller, in tx: Transaction) throws {
        try caller.require(.managePeople)
        try Person.requireMayGive(Set(roles), by: caller)
    }

    package func check(in tx: Transaction) throws {
        let waiting = try tx.count(
            "SELECT count(*) FROM invitations WHERE id = \(invitation) AND expires_at > \(tx.now)"
        )
        guard waiting == 1 else {
            throw Refusal(.conflict, "people.invitation_gone|This invitation is over. Make a new one.")
        }
    }

    package func approvers(in tx: Transaction) throws -> Set<Ref<Person>> {
        try roles.contains(.coordinator) ? Person.having(.coordinator, in: tx) : Person.holding(.managePeople, in: tx)
    }

    package func affected(in tx: Transaction) throws -> Set<Ref<Person>> {
        try teams.reduce(into: try approvers(in: tx)) { all, team in
            all.formUnion(try Team.members(of: team, in: tx))
        }
    }

    package func sentences(_ t: Words, in tx: Transaction) throws -> [String] {
        let handle = try tx.one(String.self, "SELECT handle FROM invitations WHERE id = \(invitation)")
        let roles = roles.map { t($0.name) }.joined(separator: ", ")
        var lines = [
            handle.map { t("proposal.invited|{name} is invited, to be: {roles}.", ["name": $0, "roles": roles]) }
                ?? t("proposal.invited_someone|Somebody is invited, to be: {roles}.", ["roles": roles])
        ]
        for team in try Team.all(in: tx) where teams.contains(team.id) {
            lines.append(t("proposal.invited_team|They are to join the team {team}.", ["team": team.name]))
        }
        lines.append(t("proposal.invited_link|Until someone agrees, the link of the invitation does not work."))
        return lines
    }

    package func perform(_ approval: Proposal.Approval, in tx: Transaction) throws {}
}

/// Gets a team's key back from the escrow and gives it to one member: two administrators together, never one.
package struct KeyRecovery: TwoPersonAct {
    package static let kind = Proposal.Kind.recovery

    package let team: Ref<Team>
    package let member: Ref<Person>

    package init(_ team: Ref<Team>, to member: Ref<Person>) { (self.team, self.member) = (team, member) }

    package var subject: String { team.text }

    package func allow(_ caller: Caller, in tx: Transaction) throws { try caller.require(.managePeople) }

    package func check(in tx: Transaction) throws {
        _ = try Person.present(member, in: tx)
        guard try approvers(in: tx).count >= 2 else {
            throw Refusal(
                .conflict,
                "people.no_escrow|Two administrators with a share are needed to recover a team’s key. There are not enough."
            )
        }
    }

    package func approvers(in tx: Transaction) throws -> Set<Ref<Person>> {
        Set(try Escrow.standing(in: tx).holders).intersection(try Person.holding(.managePeople, in: tx))
    }

    package func affected(in tx: Transaction) throws -> Set<Ref<Person>> {
        Set(try Team.members(of: team, in: tx)).union([member]).union(try Person.holding(.managePeople, in: tx))
    }

    package func sentences(_ t: Words, in tx: Transaction) throws -> [String] {
        let name = try Person.handles(of: [member], in: tx)[member] ?? ""
        let words = try Team.all(in: tx).first { $0.id == team }?.name ?? ""
        return [
            t(
                "proposal.recover_1|The key of the team {team} is put together again from its parts, and given to {name}.",
                ["team": words, "name": name]
            ),
            t("proposal.recover_2|{name} can then open everything this team holds.", ["name": name]),
        ]
    }

    package func prepare(_ proposal: Ref<Proposal>, by caller: Caller, in tx: Transaction) throws {
        try Escrow.contribute(to: proposal.text, by: caller, in: tx)
    }

    package func drop(_ proposal: Ref<Proposal>, in tx: Transaction) throws {
        try Escrow.withdraw(proposal.text, in: tx)
    }

    package func perform(_ approval: Proposal.Approval, in tx: Transaction) throws {
        let act = approval.proposal.text
        try Escrow.recover(team, to: member, act: act, by: approval.caller, in: tx)
    }
}

/// A member takes something out of the house: the approval is a permit, used once within a day by who asked.
package struct BulkExport: TwoPersonAct {
    package enum What: String, Codable, Sendable, CaseIterable {
        /// What happened, where in the city, when, and how it was found out: no sealed word.
        case incidents
        case counts

        package var name: Phrase {
            switch self {
            case .incidents: "export.incidents|All incidents, without words or names"
            case .counts: "export.counts|The daily counts"
            }
        }
    }

    package static let kind = Proposal.Kind.export

    package let what: What

    package init(_ what: What) { self.what = what }

    package var subject: String { what.rawValue }

    /// Throws unless two persons agreed, in the last day, that the caller may take this out; then it is used up.
    package static func spend(_ id: Ref<Proposal>, by caller: Caller, in tx: Transaction) throws -> What {
        let proposal = try Proposal.find(id, by: caller, in: tx)
        guard proposal.kind == kind, proposal.askedBy == caller.person,
            let act = try tx.acts.act(of: proposal) as? BulkExport,
            proposal.stored == .approved || proposal.stored == .alone,
            let agreed = proposal.decidedAt, agreed > tx.now - .days(1)
        else { throw Refusal.notFound }
        let used = try tx.count(
            "SELECT count(*) FROM events WHERE found_by IS NULL AND subject = \(id) AND kind = 'proposal.used'"
        )
        guard used == 0 else {
            throw Refusal(.conflict, "people.export_used|This was taken out already. Ask again for another time.")
        }
        try tx.attest(Event("proposal.used", subject: id.text, actor: caller.person.text, data: ["what": act.subject]))
        return act.what
    }

    package func allow(_ caller: Caller, in tx: Transaction) throws { try caller.require(.export) }
    package func approvers(in tx: Transaction) throws -> Set<Ref<Person>> { try Person.holding(.export, in: tx) }
    package func affected(in tx: Transaction) throws -> Set<Ref<Person>> { try Person.holding(.export, in: tx) }

    package func sentences(_ t: Words, in tx: Transaction) throws -> [String] {
        [
            t("proposal.export_1|One file leaves this server: {what}.", ["what": t(what.name)]),
            t("proposal.export_2|Who asked can download it once, within a day."),
        ]
    }

    package func perform(_ approval: Proposal.Approval, in tx: Transaction) throws {}
}

extension Acts {
    /// Those of this area.
    package static let people: [any TwoPersonAct.Type] = [
        RosterChange.self, InvitationApproval.self, AccessRemoval.self, TeamDeletion.self, KeyRecovery.self,
        BulkExport.self,
    ]
}
