// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Gives a member access: roles they will have, and teams whose key they get. Whoever approves must hold those keys.
package struct RosterChange: TwoPersonAct {
    package static let kind = Proposal.Kind.roster

    package let person: Ref<Person>
    /// All that they will have.
    package let roles: [Role]
    /// Those they join.
    package let teams: [Ref<Team>]

    package init(_ person: Ref<Person>, roles: Set<Role>, joining teams: [Ref<Team>] = []) {
        self.person = person
        self.roles = Role.allCases.filter(roles.contains)
        self.teams = teams.sorted { $0.text < $1.text }
    }

    package var subject: String { person.text }

    package func allow(_ caller: Caller, in tx: Transaction) throws {
        try caller.require(.managePeople)
        try Person.requireMayGive(try added(in: tx), by: caller)
    }

    package func check(in tx: Transaction) throws {
        _ = try Person.present(person, in: tx)
        guard !roles.isEmpty else {
            throw Refusal.invalid(["roles": "people.roles_missing|Choose at least one role."])
        }
    }

    /// Coordinators who hold the keys of the teams to join; where none of them does, the members of those teams. Never
    /// the member it is about, unless they are the only one there is.
    package func approvers(in tx: Transaction) throws -> Set<Ref<Person>> {
        let makesCoordinator = try added(in: tx).contains(.coordinator)
        let managers =
            try makesCoordinator ? Person.having(.coordinator, in: tx) : Person.holding(.managePeople, in: tx)
        var able = managers
        if !teams.isEmpty {
            var holders: Set<Ref<Person>>?
            for team in teams {
                let members = Set(try Team.members(of: team, in: tx))
                holders = holders?.intersection(members) ?? members
            }
            able = managers.intersection(holders ?? [])
            if able.isEmpty, !makesCoordinator { able = holders ?? [] }
        }
        return able.count > 1 ? able.subtracting([person]) : able
    }

    package func affected(in tx: Transaction) throws -> Set<Ref<Person>> {
        try teams.reduce(into: [person]) { all, team in all.formUnion(try Team.members(of: team, in: tx)) }
    }

    package func sentences(_ t: Words, in tx: Transaction) throws -> [String] {
        let name = try Person.handles(of: [person], in: tx)[person] ?? ""
        let before = try Person.find(person, in: tx)
        let roles = roles.map { t($0.name) }.joined(separator: ", ")
        var lines = [t("proposal.will_be|{name} will be: {roles}.", ["name": name, "roles": roles])]
        if let before, !before.roles.isEmpty {
            let now = Role.allCases.filter(before.roles.contains).map { t($0.name) }.joined(separator: ", ")
            lines.append(t("proposal.is_now|Now {name} is: {roles}.", ["name": name, "roles": now]))
        }
        for team in try Team.all(in: tx) where teams.contains(team.id) {
            lines.append(
                t(
                    "proposal.will_read|{name} will be able to open everything the team {team} holds, old and new.",
                    ["name": name, "team": team.name]
                )
            )
        }
        return lines
    }

    package func perform(_ approval: Proposal.Approval, in tx: Transaction) throws {
        if try Person.present(person, in: tx).roles != Set(roles) {
            try Person.changeRoles(person, to: Set(roles), actor: approval.caller.person, in: tx)
        }
        for team in teams { try Team.admit(person, to: team, by: approval.caller, in: tx) }
    }

    private func added(in tx: Transaction) throws -> Set<Role> {
        Set(roles).subtracting(try Person.find(person, in: tx)?.roles ?? [])
    }
}

/// Takes access away from a member, at once and by one person: some roles, a team's key, or everything.
package struct AccessRemoval: TwoPersonAct {
    package enum Loss: Codable, Sendable, Hashable {
        case everything
        /// Those that stay.
        case roles(staying: [Role])
        case team(Ref<Team>)
    }

    package static let kind = Proposal.Kind.removal

    package let person: Ref<Person>
    package let loss: Loss
    /// Those who shared a team with them, for the telling: afterwards nobody could say.
    private let colleagues: [Ref<Person>]

    package init(_ loss: Loss, from person: Ref<Person>, in tx: Transaction) throws {
        (self.person, self.loss) = (person, loss)
        let teams: Set<Ref<Team>> =
            switch loss {
            case .everything: try Person.find(person, in: tx)?.teams ?? []
            case .roles: []
            case .team(let team): [team]
            }
        let members = try teams.reduce(into: Set<Ref<Person>>()) { all, team in
            all.formUnion(try Team.members(of: team, in: tx))
        }
        colleagues = members.subtracting([person]).sorted { $0.text < $1.text }
    }

    package var subject: String { person.text }

    package func allow(_ caller: Caller, in tx: Transaction) throws { try caller.require(.managePeople) }

    package func approvers(in tx: Transaction) throws -> Set<Ref<Person>> { try Person.holding(.managePeople, in: tx) }

    package func affected(in tx: Transaction) throws -> Set<Ref<Person>> {
        let managers = try Person.holding(.managePeople, in: tx)
        let still = try Person.find(person, in: tx)?.removedAt == nil ? [person] : []
        return managers.union(colleagues).union(still)
    }

    package func sentences(_ t: Words, in tx: Transaction) throws -> [String] {
        let name = try Person.handles(of: [person], in: tx)[person] ?? ""
        switch loss {
        case .everything:
            return [t("proposal.removed|{name} is signed out everywhere and has no access any more.", ["name": name])]
        case .roles(let staying):
            let roles = staying.map { t($0.name) }.joined(separator: ", ")
            return [
                staying.isEmpty
                    ? t("proposal.no_roles|{name} has no role any more.", ["name": name])
                    : t("proposal.fewer_roles|{name} is only this now: {roles}.", ["name": name, "roles": roles])
            ]
        case .team(let team):
            let words = try Team.all(in: tx).first { $0.id == team }?.name ?? ""
            return [
                t(
                    "proposal.left_team|{name} left the team {team} and can open nothing that it gets from now on.",
                    ["name": name, "team": words]
                )
            ]
        }
    }

    package func perform(_ approval: Proposal.Approval, in tx: Transaction) throws {
        switch loss {
        case .everything: try Person.remove(person, by: approval.caller, in: tx)
        case .roles(let staying):
            try Person.changeRoles(person, to: Set(staying), actor: approval.caller.person, in: tx)
        case .team(let team): try Team.remove(person, from: team, by: approval.caller, in: tx)
        }
    }
}

/// Deletes a team that holds nothing any more: its keys are gone for good.
package struct TeamDeletion: TwoPersonAct {
    package static let kind = Proposal.Kind.teamDeletion

    package let team: Ref<Team>
    /// For the page, afterwards: what it was for, never a personal word.
    private let purpose: String
    private let members: [Ref<Person>]

    package init(_ team: Ref<Team>, in tx: Transaction) throws {
        self.team = team
        guard let found = try Team.all(in: tx).first(where: { $0.id == team }) else { throw Refusal.notFound }
        purpose = found.purpose
        members = try Team.members(of: team, in: tx)
    }

    package var subject: String { team.text }

    package func allow(_ caller: Caller, in tx: Transaction) throws { try caller.require(.managePeople) }

    package func check(in tx: Transaction) throws { try Team.requireDeletable(team, in: tx) }

    package func approvers(in tx: Transaction) throws -> Set<Ref<Person>> { try Person.holding(.managePeople, in: tx) }

    package func affected(in tx: Transaction) throws -> Set<Ref<Person>> { Set(members) }

    package func sentences(_ t: Words, in tx: Transaction) throws -> [String] {
        let name = try Team.all(in: tx).first { $0.id == team }?.name ?? purpose
        return [
            t("proposal.team_goes|The team {team} is deleted, with its keys.", ["team": name]),
            t("proposal.team_members|It has {n} member now.|It has {n} members now.", n: members.count),
            t("proposal.cannot_undo|This can’t be undone."),
        ]
    }

    package func perform(_ approval: Proposal.Approval, in tx: Transaction) throws {
        try Team.delete(team, by: approval.caller.person, in: tx)
    }
}
