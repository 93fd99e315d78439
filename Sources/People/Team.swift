// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// The people that something can be sealed to. A team is who holds its key: being a member and having been granted
/// the key are the same row.
package struct Team: Sendable {
    package let id: Ref<Team>
    /// Nil: of the whole coalition.
    package let organisation: Ref<Organisation>?
    package let name: String
    /// What it is for: `response`, `legal`, `care`; one team a purpose in each organisation and in the coalition.
    package let purpose: String
    /// The epoch that new things are sealed to.
    package let epoch: Int

    /// Its first member is the caller, unless another is named: an administrator has to, since they hold no keys.
    package static func create(
        name: String,
        purpose: String,
        organisation: Ref<Organisation>? = nil,
        first: Ref<Person>? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws -> Ref<Team> {
        try caller.require(.managePeople)
        let first = first ?? caller.person
        try requireMayHold(first, in: tx)
        return try create(name: name, purpose: purpose, organisation: organisation, first: first, in: tx)
    }

    /// Gives a member every epoch's key that the caller holds, so that they can read what came before them.
    package static func grant(
        _ team: Ref<Team>,
        to person: Ref<Person>,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.managePeople)
        try admit(person, to: team, by: caller, in: tx)
    }

    static func admit(
        _ person: Ref<Person>,
        to team: Ref<Team>,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        let keyring = try caller.unlockedKeyring()
        let current = try find(team, in: tx)
        guard keyring.holds(TeamKey.Slot(team: team.text, epoch: current.epoch)) else {
            throw Refusal(
                .forbidden,
                "people.not_in_team|Only a member of that team can let someone in."
            )
        }
        try requireMayHold(person, in: tx)
        try stopWaiting(for: team, person, in: tx)
        let publicKey = try publicKey(of: person, in: tx)
        for slot in keyring.slots.filter({ $0.team == team.text }).sorted(by: { $0.epoch < $1.epoch }) {
            let seed = try keyring.keys(of: slot).seed
            try insertGrant(of: seed, slot, team, to: person, publicKey, by: caller.person, in: tx)
        }
        try tx.attest(
            Event("team.granted", subject: team.text, actor: caller.person.text, data: ["person": person.text])
        )
    }

    /// Takes a member out and starts a new epoch.
    package static func remove(
        _ person: Ref<Person>,
        from team: Ref<Team>,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.managePeople)
        try remove(person, from: team, actor: caller.person, in: tx)
    }

    /// The key that anyone can seal to now. Throws `Refusal` `.unavailable` where there is no such team yet.
    package static func current(purpose: String, in tx: Transaction) throws -> TeamKey {
        try key("WHERE t.purpose = \(purpose) AND t.organisation IS NULL", in: tx)
    }

    package static func current(_ team: Ref<Team>, in tx: Transaction) throws -> TeamKey {
        try key("WHERE t.id = \(team)", in: tx)
    }

    package static func all(in tx: Transaction) throws -> [Team] {
        try tx.all(Team.self, "SELECT * FROM teams ORDER BY name, id")
    }

    package static func members(of team: Ref<Team>, in tx: Transaction) throws -> [Ref<Person>] {
        try tx.list(
            Ref<Person>.self,
            """
            SELECT g.person FROM team_grants g JOIN teams t ON t.id = g.team AND t.epoch = g.epoch
            WHERE g.team = \(team) ORDER BY g.person
            """
        )
    }

    static func create(
        name: String,
        purpose: String,
        organisation: Ref<Organisation>?,
        first: Ref<Person>,
        in tx: Transaction
    ) throws -> Ref<Team> {
        var fields = Fields()
        let name = fields.text(name, "name", limit: 80, missing: "people.team_name|Write the name of the team.")
        let purpose = fields.text(
            purpose,
            "purpose",
            limit: 40,
            missing: "people.team_purpose|Say what the team is for."
        )
        try fields.check()
        let id = Ref<Team>.new(at: tx.now)
        let made = try tx.run(
            """
            INSERT INTO teams (id, organisation, name, purpose, epoch, created_at)
            VALUES (\(id), \(organisation), \(name), \(purpose), 1, \(tx.now))
            ON CONFLICT DO NOTHING
            """
        )
        guard made == 1 else {
            throw Refusal(.conflict, "people.team_exists|There is a team for that already.")
        }
        try begin(epoch: 1, of: id, for: [first], actor: first, in: tx)
        try tx.attest(Event("team.created", subject: id.text, actor: first.text, data: ["purpose": purpose]))
        return id
    }

    /// A team before there is anybody in it, so that an instance takes reports from its first minute. Whoever holds
    /// `keys` until the coalition is set up can read them: see `InstanceKeys.founding`.
    static func found(name: String, purpose: String, keys: KeyPair, in tx: Transaction) throws {
        let id = Ref<Team>.new(at: tx.now)
        try tx.run(
            """
            INSERT INTO teams (id, organisation, name, purpose, epoch, created_at)
            VALUES (\(id), NULL, \(name), \(purpose), 1, \(tx.now))
            """
        )
        try tx.run(
            """
            INSERT INTO team_keys (team, epoch, public_key, created_at)
            VALUES (\(id), 1, \(keys.publicKey), \(tx.now))
            """
        )
        try tx.attest(Event("team.founded", subject: id.text, data: ["purpose": purpose]))
    }

    /// The first member takes over a founded team: they get its first key, and a new epoch begins that only they hold.
    static func adopt(purpose: String, keys: KeyPair?, first: Ref<Person>, in tx: Transaction) throws -> Ref<Team>? {
        let team = try tx.first(
            Team.self,
            "SELECT * FROM teams WHERE purpose = \(purpose) AND organisation IS NULL"
        )
        guard let team else { return nil }
        if let keys {
            let slot = TeamKey.Slot(team: team.id.text, epoch: team.epoch)
            let publicKey = try publicKey(of: first, in: tx)
            try insertGrant(of: keys.seed, slot, team.id, to: first, publicKey, by: first, in: tx)
        }
        try tx.run("UPDATE teams SET epoch = \(team.epoch + 1) WHERE id = \(team.id)")
        try begin(epoch: team.epoch + 1, of: team.id, for: [first], actor: first, in: tx)
        return team.id
    }

    /// Needs nobody's key: the new epoch's seed is sealed to the public keys of those who stay.
    static func remove(
        _ person: Ref<Person>,
        from team: Ref<Team>,
        actor: Ref<Person>,
        in tx: Transaction
    ) throws {
        let before = try find(team, in: tx)
        let members = try members(of: team, in: tx)
        guard members.contains(person) else { throw Refusal.notFound }
        let staying = members.filter { $0 != person }
        guard !staying.isEmpty else {
            throw Refusal(
                .conflict,
                "people.last_in_team|Nobody else could open what this team holds. Add someone first."
            )
        }
        try tx.run("DELETE FROM team_grants WHERE team = \(team) AND person = \(person)")
        try tx.run("UPDATE teams SET epoch = \(before.epoch + 1) WHERE id = \(team)")
        try begin(epoch: before.epoch + 1, of: team, for: staying, actor: actor, in: tx)
        try tx.attest(Event("team.left", subject: team.text, actor: actor.text, data: ["person": person.text]))
    }

    /// The team that takes reports stays; so does one that anything is still addressed to, which the schema sees to.
    static func requireDeletable(_ team: Ref<Team>, in tx: Transaction) throws {
        let found = try find(team, in: tx)
        guard found.purpose != "response" || found.organisation != nil else {
            throw Refusal(.conflict, "people.team_needed|This team takes the reports. It can’t be deleted.")
        }
    }

    static func delete(_ team: Ref<Team>, by actor: Ref<Person>, in tx: Transaction) throws {
        try requireDeletable(team, in: tx)
        do {
            try tx.run("DELETE FROM team_grants WHERE team = \(team)")
            try Escrow.forget(team, in: tx)
            try tx.run("DELETE FROM team_keys WHERE team = \(team)")
            try tx.run("DELETE FROM teams WHERE id = \(team)")
        } catch DatabaseFailure.foreignKey {
            throw Refusal(
                .conflict,
                "people.team_holds|This team still holds something. It can be deleted when that is gone."
            )
        }
        try tx.attest(Event("team.deleted", subject: team.text, actor: actor.text))
    }

    private static func begin(
        epoch: Int,
        of team: Ref<Team>,
        for members: [Ref<Person>],
        actor: Ref<Person>,
        in tx: Transaction
    ) throws {
        let pair = try KeyPair.generate()
        try tx.run(
            """
            INSERT INTO team_keys (team, epoch, public_key, created_at)
            VALUES (\(team), \(epoch), \(pair.publicKey), \(tx.now))
            """
        )
        let slot = TeamKey.Slot(team: team.text, epoch: epoch)
        try Escrow.keep(pair.seed, of: slot, in: tx)
        for member in members {
            let publicKey = try publicKey(of: member, in: tx)
            try insertGrant(of: pair.seed, slot, team, to: member, publicKey, by: actor, in: tx)
        }
    }

    static func insertGrant(
        of seed: Secret,
        _ slot: TeamKey.Slot,
        _ team: Ref<Team>,
        to person: Ref<Person>,
        _ publicKey: [UInt8],
        by actor: Ref<Person>,
        in tx: Transaction
    ) throws {
        let grant = try TeamGrant.seal(seed, of: slot, to: publicKey, person: person.text)
        try tx.run(
            """
            INSERT INTO team_grants (team, epoch, person, sealed_seed, granted_by, at)
            VALUES (\(team), \(slot.epoch), \(person), \(grant.sealedSeed), \(actor), \(tx.now))
            ON CONFLICT (team, epoch, person) DO NOTHING
            """
        )
    }

    static func publicKey(of person: Ref<Person>, in tx: Transaction) throws -> [UInt8] {
        let key = try tx.one([UInt8].self, "SELECT public_key FROM people WHERE id = \(person) AND removed_at IS NULL")
        guard let key else { throw Refusal.notFound }
        return key
    }

    private static func find(_ team: Ref<Team>, in tx: Transaction) throws -> Team {
        guard let found = try tx.first(Team.self, "SELECT * FROM teams WHERE id = \(team)") else {
            throw Refusal.notFound
        }
        return found
    }

    private static func key(_ condition: SQL, in tx: Transaction) throws -> TeamKey {
        let row = try tx.rows(
            """
            SELECT t.id, t.epoch, k.public_key FROM teams t
            JOIN team_keys k ON k.team = t.id AND k.epoch = t.epoch \(condition)
            """
        ).first
        guard let row else {
            throw Refusal(.unavailable, "people.no_team|This coalition is not set up yet. Please try again later.")
        }
        return TeamKey(team: try row["id"], epoch: try row["epoch"], publicKey: try row["public_key"])
    }
}

extension Team: Readable {
    package init(row: Row) throws {
        id = try row["id"]
        organisation = try row["organisation"]
        name = try row["name"]
        purpose = try row["purpose"]
        epoch = try row["epoch"]
    }
}
