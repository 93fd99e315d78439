// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// The door for members. An unknown name and a wrong passphrase give the same words after the same work.
package struct SignIn: Sendable {
    private let database: Database
    private let gate: PasswordGate
    private let keys: InstanceKeys
    private let limits: Session.Limits

    package init(
        database: Database,
        gate: PasswordGate,
        keys: InstanceKeys,
        limits: Session.Limits = Session.Limits()
    ) {
        self.database = database
        self.gate = gate
        self.keys = keys
        self.limits = limits
    }

    /// The new session's token, for the cookie. Throws a `Refusal`: `.invalid` when name or passphrase don't fit,
    /// `.unavailable` when too many try at once.
    package func attempt(login: String, passphrase: String) async throws -> SessionToken {
        let name = LoginName(login)
        let index = name?.index(keys) ?? keys.loginIndex(login)
        let account = name == nil ? nil : try await database.read { tx in try Account.find(login: index, in: tx) }
        guard let (person, verifierHash, seed) = try await open(account, passphrase, index) else {
            throw Refusal.wrongSignIn
        }
        let token = SessionToken.generate()
        let limits = limits
        try await database.write { tx in
            // They may have been removed, or have changed the passphrase, while it was being stretched.
            guard try Account.find(login: index, in: tx)?.verifierHash == verifierHash else {
                throw Refusal.wrongSignIn
            }
            try Session.begin(token, for: person, seed: seed, limits: limits, in: tx)
            try tx.record(Event("person.signed_in", subject: person.text, actor: person.text))
        }
        return token
    }

    /// Opens sealed things again in the same session.
    package func unlock(_ token: SessionToken, by caller: Caller, passphrase: String) async throws {
        let account = try await database.read { tx in try Account.find(caller.person, in: tx) }
        guard let (person, _, seed) = try await open(account, passphrase, []) else { throw Refusal.wrongPassphrase }
        let limits = limits
        try await database.write { tx in
            try Session.unlock(token, of: person, seed: seed, limits: limits, in: tx)
            try tx.record(Event("person.unlocked", subject: person.text, actor: person.text))
        }
    }

    /// Re-wraps the member's seed and ends their other sessions; nothing sealed is touched.
    package func changePassphrase(by caller: Caller, from old: String, to new: String, login: String) async throws {
        let name = LoginName(login)
        let chosen = Passphrase(new)
        var fields = Fields()
        fields.refuse("new_passphrase", chosen.problem(login: name))
        try fields.check()
        let account = try await database.read { tx in try Account.find(caller.person, in: tx) }
        guard let (person, verifierHash, seed) = try await open(account, old, []) else {
            throw Refusal.wrongPassphrase
        }
        let salt = Secret.random(count: 16).bytes
        let (gate, keys) = (gate, keys)
        let stretched = try await gate.stretching {
            try await gate.keys(
                from: chosen.secret,
                salt: salt,
                cost: gate.cost,
                person: person.text,
                instance: keys
            )
        }
        let wrapped = try stretched.wrap(seed, person: person.text)
        try await database.write { tx in
            let changed = try tx.run(
                """
                UPDATE people SET kdf = \(gate.cost.description), salt = \(salt),
                    verifier_hash = \(stretched.verifierHash), wrapped_seed = \(wrapped)
                WHERE id = \(person) AND verifier_hash = \(verifierHash)
                """
            )
            guard changed == 1 else { throw Refusal.wrongPassphrase }
            try Session.signOutElsewhere(by: caller, in: tx)
            try tx.record(Event("person.passphrase_changed", subject: person.text, actor: person.text))
        }
    }

    /// Stretches once whatever happens: where there is no account, a dummy with a salt of its own.
    private func open(
        _ account: Account?,
        _ typed: String,
        _ index: [UInt8]
    ) async throws -> (person: Ref<Person>, verifierHash: [UInt8], seed: Secret)? {
        let passphrase = Passphrase(typed).secret
        let person = account?.person ?? .new()
        let (gate, keys) = (gate, keys)
        let salt = account?.salt ?? keys.dummySalt(index)
        let cost = account?.cost ?? gate.cost
        let stretched = try await gate.stretching {
            try await gate.keys(from: passphrase, salt: salt, cost: cost, person: person.text, instance: keys)
        }
        let expected = account?.verifierHash ?? [UInt8](repeating: 0, count: 32)
        guard stretched.matches(verifierHash: expected), let account else { return nil }
        return (person, expected, try stretched.unwrap(account.wrappedSeed, person: person.text))
    }

    /// What the database knows about a member's passphrase.
    private struct Account: Readable {
        let person: Ref<Person>
        let cost: PassphraseCost
        let salt: [UInt8]
        let verifierHash: [UInt8]
        let wrappedSeed: WrappedSeed

        static func find(login index: [UInt8], in tx: Transaction) throws -> Account? {
            try find("login_index = \(index)", in: tx)
        }

        static func find(_ person: Ref<Person>, in tx: Transaction) throws -> Account? {
            try find("id = \(person) AND login_index IS NOT NULL", in: tx)
        }

        private static func find(_ condition: SQL, in tx: Transaction) throws -> Account? {
            try tx.first(
                Account.self,
                """
                SELECT id, kdf, salt, verifier_hash, wrapped_seed FROM people
                WHERE removed_at IS NULL AND \(condition)
                """
            )
        }

        init(row: Row) throws {
            person = try row["id"]
            guard let cost = PassphraseCost(try row["kdf"] as String) else { throw VaultError.badCost }
            self.cost = cost
            salt = try row["salt"]
            verifierHash = try row["verifier_hash"]
            wrappedSeed = try row["wrapped_seed"]
        }
    }
}

extension Refusal {
    package static var wrongSignIn: Refusal {
        Refusal(.invalid, "people.wrong_sign_in|The name or the passphrase is not right. Please try again.")
    }

    package static var wrongPassphrase: Refusal {
        .invalid(["passphrase": "people.wrong_passphrase|That is not your passphrase."])
    }
}
