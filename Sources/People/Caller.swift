// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// Who is asking, for the length of one request: every verb that is not public takes one.
package struct Caller: Sendable {
    package let person: Ref<Person>
    package let handle: String
    package let organisation: Ref<Organisation>
    package let roles: Set<Role>
    /// The teams they were granted a key of.
    package let teams: Set<Ref<Team>>
    /// The code of the language they chose.
    package let language: String
    /// Whether they have set up an app that shows codes.
    package let hasSecondFactor: Bool
    /// SHA-256 of the session's id; nil for a scripted member of a drill or a demonstration.
    package let session: [UInt8]?
    /// Nil while relocked: they are signed in, and sealed things stay closed.
    package let keyring: Keyring?

    package var isUnlocked: Bool { keyring != nil }

    package func can(_ permission: Permission) -> Bool { !permission.roles.isDisjoint(with: roles) }

    package func require(_ permission: Permission) throws {
        guard can(permission) else { throw Refusal.forbidden }
    }

    /// The keys to open sealed things with; throws `Refusal.locked` while relocked.
    package func unlockedKeyring() throws -> Keyring {
        guard let keyring else { throw Refusal.locked }
        return keyring
    }

    /// Signs in the member's own name, Ed25519; throws `Refusal.locked` while relocked.
    package func sign(_ bytes: [UInt8]) throws -> [UInt8] { try unlockedKeyring().member.sign(bytes) }

    /// A member whose keys the program holds itself, without a session: drills, demonstrations, tests.
    package static func scripted(_ person: Ref<Person>, keys: KeyPair, in tx: Transaction) throws -> Caller {
        let row = try tx.rows(
            """
            SELECT id AS person, handle, organisation, language FROM people
            WHERE id = \(person) AND removed_at IS NULL
            """
        ).first
        guard let row else { throw Refusal.notFound }
        return try Caller(row: row, session: nil, keys: keys, in: tx)
    }

    /// A member known by a link that we signed for them: no session, nothing to open sealed things with.
    package static func reached(_ person: Ref<Person>, in tx: Transaction) throws -> Caller {
        let row = try tx.rows(
            """
            SELECT id AS person, handle, organisation, language FROM people
            WHERE id = \(person) AND removed_at IS NULL
            """
        ).first
        guard let row else { throw Refusal.notFound }
        return try Caller(row: row, session: nil, keys: nil, in: tx)
    }

    /// The same member with nothing to open sealed things with: for what outlives a request.
    package var withoutKeys: Caller { Caller(self) }

    private init(_ other: Caller) {
        person = other.person
        handle = other.handle
        organisation = other.organisation
        roles = other.roles
        teams = other.teams
        language = other.language
        hasSecondFactor = other.hasSecondFactor
        session = other.session
        keyring = nil
    }

    /// `row` has `person`, `handle`, `organisation` and `language`.
    init(row: Row, session: [UInt8]?, keys: KeyPair?, in tx: Transaction) throws {
        let person: Ref<Person> = try row["person"]
        let grants = try tx.all(Grant.self, "SELECT team, epoch, sealed_seed FROM team_grants WHERE person = \(person)")
        self.person = person
        self.session = session
        handle = try row["handle"]
        organisation = try row["organisation"]
        language = try row["language"]
        hasSecondFactor = try SecondFactor.isSet(for: person, in: tx)
        roles = Set(try tx.list(Role.self, "SELECT role FROM person_roles WHERE person = \(person)"))
        teams = Set(grants.map(\.team))
        let shredder = tx.shredder
        keyring = keys.map {
            Keyring(member: $0, person: person.text, grants: grants.map(\.sealed), shredder: shredder)
        }
    }

    private struct Grant: Readable {
        let team: Ref<Team>
        let sealed: TeamGrant

        init(row: Row) throws {
            team = try row["team"]
            sealed = TeamGrant(
                slot: TeamKey.Slot(team: team.text, epoch: try row["epoch"]),
                sealedSeed: try row["sealed_seed"]
            )
        }
    }
}

extension Refusal {
    /// Signed in, but the keys were put away: Web answers with the unlock page.
    package static var locked: Refusal {
        Refusal(.forbidden, "people.locked|This is sealed. Unlock it with your passphrase.")
    }
}
