// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// A member. Colleagues know them by a handle; their name and how to reach them are not here.
package struct Person: Sendable {
    package let id: Ref<Person>
    package let handle: String
    package let organisation: Ref<Organisation>
    package let language: String
    package let roles: Set<Role>
    package let teams: Set<Ref<Team>>
    /// Checks their signatures; stays after they left.
    package let signingKey: [UInt8]
    package let createdAt: Instant
    package let removedAt: Instant?

    /// Makes a prepared enrolment a member. The caller must hold the keys of every team named.
    package static func enrol(
        _ enrolment: Enrolment,
        handle: String,
        organisation: Ref<Organisation>,
        roles: Set<Role>,
        language: String = "en",
        teams: [Ref<Team>] = [],
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.managePeople)
        try requireMayGive(roles, by: caller)
        try insert(
            enrolment,
            handle: handle,
            organisation: organisation,
            roles: roles,
            language: language,
            actor: caller.person,
            in: tx
        )
        for team in teams { try Team.grant(team, to: enrolment.person, by: caller, in: tx) }
    }

    /// Replaces all roles at once; in force with the member's next request.
    package static func changeRoles(
        _ person: Ref<Person>,
        to roles: Set<Role>,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.managePeople)
        let added = roles.subtracting(try present(person, in: tx).roles)
        try requireMayGive(added, by: caller)
        guard person != caller.person || added.isEmpty else {
            throw Refusal.invalid(["roles": "people.own_roles|Nobody gives a role to themselves. Ask a colleague."])
        }
        try changeRoles(person, to: roles, actor: caller.person, in: tx)
    }

    /// What two persons agreed on, or what only takes away.
    static func changeRoles(
        _ person: Ref<Person>,
        to roles: Set<Role>,
        actor: Ref<Person>,
        in tx: Transaction
    ) throws {
        let before = try present(person, in: tx)
        try requireAnotherCoordinator(than: before, unless: roles.contains(.coordinator), in: tx)
        try tx.run("DELETE FROM person_roles WHERE person = \(person)")
        try insertRoles(roles, of: person, in: tx)
        var data = ["roles": list(roles)]
        let lost = before.roles.subtracting(roles)
        if !lost.isEmpty {
            data["lost"] = list(lost)
            try tx.companions.first(Departure.self)?.endRoles(person, actor, tx)
        }
        try tx.attest(Event("person.roles_changed", subject: person.text, actor: actor.text, data: data))
    }

    /// Out within this transaction: sessions, grants and credentials go, and every team they were in gets a new
    /// epoch, so nothing sealed from now on opens with what they may have kept.
    package static func remove(_ person: Ref<Person>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.managePeople)
        try remove(person, actor: caller.person, in: tx)
    }

    static func remove(_ person: Ref<Person>, actor: Ref<Person>, in tx: Transaction) throws {
        let leaving = try present(person, in: tx)
        try requireAnotherCoordinator(than: leaving, unless: false, in: tx)
        try tx.run("DELETE FROM sessions WHERE person = \(person)")
        for team in leaving.teams.sorted(by: { $0.text < $1.text }) {
            try Team.remove(person, from: team, actor: actor, in: tx)
        }
        try tx.run("DELETE FROM person_roles WHERE person = \(person)")
        try tx.run("DELETE FROM team_waiting WHERE person = \(person)")
        try SecondFactor.forget(person, in: tx)
        try Recovery.forget(person, in: tx)
        try tx.run(
            """
            UPDATE people SET removed_at = \(tx.now), login_index = NULL, kdf = NULL, salt = NULL,
                verifier_hash = NULL, wrapped_seed = NULL
            WHERE id = \(person)
            """
        )
        try tx.companions.first(Departure.self)?.end(person, actor, tx)
        let data = leaving.roles.isEmpty ? [:] : ["lost": list(leaving.roles)]
        try tx.attest(Event("person.removed", subject: person.text, actor: actor.text, data: data))
    }

    /// Their own choice, kept for the next sign-in.
    package static func chooseLanguage(_ code: String, by caller: Caller, in tx: Transaction) throws {
        guard Language.known.contains(where: { $0.code == code }) else { throw Refusal.notFound }
        try tx.run("UPDATE people SET language = \(code) WHERE id = \(caller.person)")
    }

    /// Everybody who is a member now, by handle.
    package static func list(by caller: Caller, in tx: Transaction) throws -> [Person] {
        try caller.require(.seePeople)
        return try read("WHERE removed_at IS NULL ORDER BY handle, id", in: tx)
    }

    /// Members and former members alike, so that an old signature can be checked.
    package static func find(_ person: Ref<Person>, in tx: Transaction) throws -> Person? {
        try read("WHERE id = \(person)", in: tx).first
    }

    /// Handles for a list of references; those not found are left out.
    package static func handles(of people: [Ref<Person>], in tx: Transaction) throws -> [Ref<Person>: String] {
        let rows = try tx.rows("SELECT id, handle FROM people WHERE id IN \(list: people)")
        return try rows.reduce(into: [:]) { handles, row in handles[try row["id"] as Ref<Person>] = try row["handle"] }
    }

    /// Present members who may do it.
    package static func holding(_ permission: Permission, in tx: Transaction) throws -> Set<Ref<Person>> {
        try permission.roles.reduce(into: []) { all, role in all.formUnion(try having(role, in: tx)) }
    }

    static func having(_ role: Role, in tx: Transaction) throws -> Set<Ref<Person>> {
        Set(
            try tx.list(
                Ref<Person>.self,
                """
                SELECT r.person FROM person_roles r JOIN people p ON p.id = r.person
                WHERE p.removed_at IS NULL AND r.role = \(role)
                """
            )
        )
    }

    static func insert(
        _ enrolment: Enrolment,
        handle: String,
        organisation: Ref<Organisation>,
        roles: Set<Role>,
        language: String,
        actor: Ref<Person>,
        in tx: Transaction
    ) throws {
        let handle = try check(
            handle: handle,
            roles: roles,
            language: language,
            organisation: organisation,
            in: tx
        )
        let credentials = enrolment.credentials
        let signingKey = try enrolment.keys.signingKey
        let inserted = try tx.run(
            """
            INSERT INTO people (id, organisation, handle, login_index, kdf, salt, verifier_hash, wrapped_seed,
                public_key, signing_key, language, created_at)
            VALUES (\(enrolment.person), \(organisation), \(handle), \(credentials?.loginIndex), \(credentials?.kdf),
                \(credentials?.salt), \(credentials?.verifierHash), \(credentials?.wrappedSeed),
                \(enrolment.keys.publicKey), \(signingKey), \(language), \(tx.now))
            ON CONFLICT DO NOTHING
            """
        )
        guard inserted == 1 else {
            throw Refusal(
                .conflict,
                "people.login_taken_page|That sign-in name is taken.",
                fields: ["login": "people.login_taken|Taken. Choose another name to sign in with."]
            )
        }
        try insertRoles(roles, of: enrolment.person, in: tx)
        try tx.attest(
            Event("person.enrolled", subject: enrolment.person.text, actor: actor.text, data: ["roles": list(roles)])
        )
    }

    /// What a member is made of, checked; answers the handle without white space round it.
    static func check(
        handle: String,
        roles: Set<Role>,
        language: String,
        organisation: Ref<Organisation>,
        in tx: Transaction
    ) throws -> String {
        var fields = Fields()
        let handle = fields.text(
            handle,
            "handle",
            limit: 40,
            missing: "people.handle_missing|Choose a name that colleagues will see."
        )
        if roles.isEmpty { fields.refuse("roles", "people.roles_missing|Choose at least one role.") }
        if !Language.known.contains(where: { $0.code == language }) {
            fields.refuse("language", "people.language_unknown|Choose a language from the list.")
        }
        try fields.check()
        guard try tx.one(Int.self, "SELECT 1 FROM organisations WHERE id = \(organisation)") != nil else {
            throw Refusal.notFound
        }
        return handle
    }

    /// An administrator looks after accounts, and can't make coordinators: that would be everything else too.
    static func requireMayGive(_ roles: Set<Role>, by caller: Caller) throws {
        guard !roles.contains(.coordinator) || caller.roles.contains(.coordinator) else {
            throw Refusal.invalid(["roles": "people.coordinator_gives|Only a coordinator can make a coordinator."])
        }
    }

    /// Who looks after the people of an organisation; those of the whole coalition where it has none.
    static func coordinators(of organisation: Ref<Organisation>, in tx: Transaction) throws -> [Ref<Person>] {
        let rows = try tx.rows(
            """
            SELECT DISTINCT p.id, p.organisation FROM people p JOIN person_roles r ON r.person = p.id
            WHERE p.removed_at IS NULL AND r.role IN \(list: Array(Permission.managePeople.roles)) ORDER BY p.id
            """
        )
        let all = try rows.map { (id: try $0["id"] as Ref<Person>, of: try $0["organisation"] as Ref<Organisation>) }
        let own = all.filter { $0.of == organisation }
        return (own.isEmpty ? all : own).map(\.id)
    }

    private static func insertRoles(_ roles: Set<Role>, of person: Ref<Person>, in tx: Transaction) throws {
        for role in roles {
            try tx.run("INSERT INTO person_roles (person, role) VALUES (\(person), \(role))")
        }
    }

    /// A stranger, a former member and a mistyped reference look the same.
    static func present(_ person: Ref<Person>, in tx: Transaction) throws -> Person {
        guard let found = try read("WHERE id = \(person) AND removed_at IS NULL", in: tx).first else {
            throw Refusal.notFound
        }
        return found
    }

    private static func requireAnotherCoordinator(
        than person: Person,
        unless stays: Bool,
        in tx: Transaction
    ) throws {
        guard person.roles.contains(.coordinator), !stays else { return }
        let others = try tx.count(
            "SELECT count(*) FROM person_roles WHERE role = \(Role.coordinator) AND person <> \(person.id)"
        )
        guard others > 0 else {
            throw Refusal(.conflict, "people.last_coordinator|Someone else must be a coordinator first.")
        }
    }

    static func list(_ roles: Set<Role>) -> String { roles.map(\.rawValue).sorted().joined(separator: ",") }

    private static func read(_ condition: SQL, in tx: Transaction) throws -> [Person] {
        let rows = try tx.rows("SELECT * FROM people \(condition)")
        let ids: [Ref<Person>] = try rows.map { try $0["id"] }
        let roles = try pairs(
            "SELECT person, role AS other FROM person_roles WHERE person IN \(list: ids)",
            Role.self,
            tx
        )
        let teams = try pairs(
            "SELECT DISTINCT person, team AS other FROM team_grants WHERE person IN \(list: ids)",
            Ref<Team>.self,
            tx
        )
        return try zip(rows, ids).map { row, id in
            try Person(row: row, id: id, roles: roles[id] ?? [], teams: teams[id] ?? [])
        }
    }

    private static func pairs<T: Column & Hashable>(
        _ sql: SQL,
        _ type: T.Type,
        _ tx: Transaction
    ) throws -> [Ref<Person>: Set<T>] {
        try tx.rows(sql).reduce(into: [:]) { all, row in
            all[try row["person"] as Ref<Person>, default: []].insert(try row["other"] as T)
        }
    }

    private init(row: Row, id: Ref<Person>, roles: Set<Role>, teams: Set<Ref<Team>>) throws {
        self.id = id
        self.roles = roles
        self.teams = teams
        handle = try row["handle"]
        organisation = try row["organisation"]
        language = try row["language"]
        signingKey = try row["signing_key"]
        createdAt = try row["created_at"]
        removedAt = try row["removed_at"]
    }
}
