// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension Team {
    /// Somebody who was invited to a team and has not got its key yet: only a person who holds the key can give it.
    package struct Waiting: Readable {
        package let team: Ref<Team>
        package let person: Ref<Person>
        package let since: Instant

        package init(row: Row) throws {
            team = try row["team"]
            person = try row["person"]
            since = try row["since"]
        }
    }

    /// A team with who is in it, for the people page.
    package struct Roster: Sendable {
        package let team: Team
        package let members: [Ref<Person>]
        package let waiting: [Ref<Person>]
        /// Whether the caller can let somebody in.
        package let isCallers: Bool
    }

    /// Every team and who is in it. What a team keeps can be read by its members only.
    package static func rosters(by caller: Caller, in tx: Transaction) throws -> [Roster] {
        try caller.require(.seePeople)
        let waiting = try waiting(in: tx)
        return try all(in: tx).map { team in
            let members = try members(of: team.id, in: tx)
            return Roster(
                team: team,
                members: members,
                waiting: waiting.filter { $0.team == team.id }.map(\.person),
                isCallers: members.contains(caller.person)
            )
        }
    }

    /// Says no to somebody who waits for a key.
    package static func dismiss(
        _ person: Ref<Person>,
        from team: Ref<Team>,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.managePeople)
        guard try stopWaiting(for: team, person, in: tx) else { throw Refusal.notFound }
        try tx.attest(
            Event("team.not_granted", subject: team.text, actor: caller.person.text, data: ["person": person.text])
        )
    }

    static func wait(
        for team: Ref<Team>,
        _ person: Ref<Person>,
        askedBy coordinator: Ref<Person>,
        in tx: Transaction
    ) throws {
        try tx.run(
            """
            INSERT INTO team_waiting (team, person, asked_by, since)
            VALUES (\(team), \(person), \(coordinator), \(tx.now)) ON CONFLICT DO NOTHING
            """
        )
    }

    @discardableResult
    static func stopWaiting(for team: Ref<Team>, _ person: Ref<Person>, in tx: Transaction) throws -> Bool {
        try tx.run("DELETE FROM team_waiting WHERE team = \(team) AND person = \(person)") == 1
    }

    /// Managing people opens nothing: who does only that is in no team, and can't put themselves into one.
    static func requireMayHold(_ person: Ref<Person>, in tx: Transaction) throws {
        let roles = Set(try tx.list(Role.self, "SELECT role FROM person_roles WHERE person = \(person)"))
        guard roles != [.administrator] else {
            throw Refusal(
                .conflict,
                "people.administrator_no_keys|An administrator looks after accounts and holds no keys."
            )
        }
    }

    private static func waiting(in tx: Transaction) throws -> [Waiting] {
        try tx.all(
            Waiting.self,
            """
            SELECT w.team, w.person, w.since FROM team_waiting w JOIN people p ON p.id = w.person
            WHERE p.removed_at IS NULL ORDER BY w.since
            """
        )
    }
}
