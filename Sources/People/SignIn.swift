// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// The door for members. An unknown name, a wrong passphrase and a wrong code give the same words after the same work.
package struct SignIn: Sendable {
    let database: Database
    let gate: PasswordGate
    let keys: InstanceKeys
    let policy: SecondFactor.Policy
    let doorkeeper: Doorkeeper?
    let limits: Session.Limits

    /// `doorkeeper`: nil lets everybody try as often as they like, for tests.
    package init(
        database: Database,
        gate: PasswordGate,
        keys: InstanceKeys,
        policy: SecondFactor.Policy = .asked,
        doorkeeper: Doorkeeper? = nil,
        limits: Session.Limits = Session.Limits()
    ) {
        self.database = database
        self.gate = gate
        self.keys = keys
        self.policy = policy
        self.doorkeeper = doorkeeper
        self.limits = limits
    }

    /// The new session's token, for the cookie. `network` is a passing token for where the request comes from. Throws
    /// a `Refusal`: `.wrongSignIn` when name, passphrase or code don't fit, `.unavailable` when too many try at once
    /// or the instance is locked.
    package func attempt(
        login: String,
        passphrase: String,
        code: String = "",
        network: String? = nil
    ) async throws -> SessionToken {
        _ = try SecondFactor.unlocked(keys)
        let name = LoginName(login)
        let index = name?.index(keys) ?? keys.loginIndex(login)
        guard doorkeeper?.admits(index, from: network, at: database.clock.now()) ?? true else {
            throw Refusal.tooManyTries
        }
        let keys = keys
        let account =
            name == nil ? nil : try await database.read { tx in try Account.find(login: index, keys: keys, in: tx) }
        guard let opened = try await open(account, passphrase, code, index) else { throw Refusal.wrongSignIn }
        let token = SessionToken.generate()
        let limits = limits
        try await database.write { tx in
            // They may have been removed, or have changed the passphrase, while it was being stretched.
            guard try Account.find(login: index, keys: keys, in: tx)?.verifierHash == opened.verifierHash,
                try opened.spend(in: tx)
            else { throw Refusal.wrongSignIn }
            try Session.begin(token, for: opened.person, seed: opened.seed, limits: limits, in: tx)
            try tx.attest(Event("person.signed_in", subject: opened.person.text, actor: opened.person.text))
            try Escrow.refresh(of: opened.person, seed: opened.seed, in: tx)
        }
        return token
    }

    /// Opens sealed things again in the same session.
    package func unlock(_ token: SessionToken, by caller: Caller, passphrase: String) async throws {
        guard doorkeeper?.admitsConfirmation(of: caller.person, at: database.clock.now()) ?? true else {
            throw Refusal.tooManyTries
        }
        let keys = keys
        let account = try await database.read { tx in try Account.find(caller.person, keys: keys, in: tx) }
        guard let opened = try await open(account, passphrase, nil, []) else { throw Refusal.wrongPassphrase }
        let limits = limits
        try await database.write { tx in
            try Session.unlock(token, of: opened.person, seed: opened.seed, limits: limits, in: tx)
            try tx.attest(Event("person.unlocked", subject: opened.person.text, actor: opened.person.text))
            try Escrow.refresh(of: opened.person, seed: opened.seed, in: tx)
        }
    }

    /// Re-wraps the member's seed and ends their other sessions; nothing sealed is touched.
    package func changePassphrase(
        by caller: Caller,
        from old: String,
        to new: String,
        login: String,
        code: String = ""
    ) async throws {
        guard doorkeeper?.admitsConfirmation(of: caller.person, at: database.clock.now()) ?? true else {
            throw Refusal.tooManyTries
        }
        let name = LoginName(login)
        let chosen = Passphrase(new)
        var fields = Fields()
        fields.refuse("new_passphrase", chosen.problem(login: name))
        try fields.check()
        let opened = try await prove(caller.person, passphrase: old, code: code)
        let credentials = try await Enrolment.Credentials.make(
            chosen,
            login: [],
            seed: opened.seed,
            person: opened.person,
            gate: gate,
            keys: keys
        )
        try await database.write { tx in
            let changed = try tx.run(
                """
                UPDATE people SET kdf = \(credentials.kdf), salt = \(credentials.salt),
                    verifier_hash = \(credentials.verifierHash), wrapped_seed = \(credentials.wrappedSeed)
                WHERE id = \(opened.person) AND verifier_hash = \(opened.verifierHash)
                """
            )
            guard changed == 1 else { throw Refusal.wrongPassphrase }
            try Session.signOutElsewhere(by: caller, in: tx)
            try tx.attest(
                Event("person.passphrase_changed", subject: opened.person.text, actor: opened.person.text)
            )
        }
    }

    /// Asks a known member for passphrase and code, and spends the code.
    func prove(_ person: Ref<Person>, passphrase: String, code: String) async throws -> Opened {
        let keys = keys
        let account = try await database.read { tx in try Account.find(person, keys: keys, in: tx) }
        let asksCode = policy == .asked && account?.factor != nil
        let refusal = asksCode ? Refusal.wrongConfirmation : Refusal.wrongPassphrase
        guard let opened = try await open(account, passphrase, code, []) else { throw refusal }
        if opened.step != nil {
            try await database.write { tx in
                guard try opened.spend(in: tx) else { throw refusal }
            }
        }
        return opened
    }

    /// What a right passphrase gave.
    struct Opened: Sendable {
        let person: Ref<Person>
        let verifierHash: [UInt8]
        let seed: Secret
        /// The step of the code that was right; nil where none was asked for.
        let step: Int64?

        func spend(in tx: Transaction) throws -> Bool {
            guard let step else { return true }
            return try SecondFactor.spend(step, of: person, in: tx)
        }
    }

    /// Stretches once whatever happens: where there is no account, a dummy with a salt of its own. `code` nil: not
    /// asked for here.
    private func open(
        _ account: Account?,
        _ typed: String,
        _ code: String?,
        _ index: [UInt8]
    ) async throws -> Opened? {
        let passphrase = Passphrase(typed).secret
        let person = account?.person ?? .new()
        let (gate, keys) = (gate, keys)
        let salt = account?.salt ?? keys.dummySalt(index)
        let cost = account?.cost ?? gate.cost
        let stretched = try await gate.stretching {
            try await gate.keys(from: passphrase, salt: salt, cost: cost, person: person.text, instance: keys)
        }
        let now = database.clock.now()
        let factor = account?.factor ?? .dummy()
        let step = factor.secret.step(of: code ?? "", at: now, usedUpTo: factor.usedUpTo)
        let expected = account?.verifierHash ?? [UInt8](repeating: 0, count: 32)
        guard stretched.matches(verifierHash: expected), let account else { return nil }
        let isAsked = code != nil && policy == .asked && account.factor != nil
        if isAsked {
            guard doorkeeper?.admitsCode(of: person, at: now) ?? true, step != nil else { return nil }
        }
        return Opened(
            person: person,
            verifierHash: expected,
            seed: try stretched.unwrap(account.wrappedSeed, person: person.text),
            step: isAsked ? step : nil
        )
    }

    /// What the database knows about a member's passphrase and second factor.
    struct Account: Sendable {
        let person: Ref<Person>
        let cost: PassphraseCost
        let salt: [UInt8]
        let verifierHash: [UInt8]
        let wrappedSeed: WrappedSeed
        let factor: SecondFactor.Held?

        static func find(login index: [UInt8], keys: InstanceKeys, in tx: Transaction) throws -> Account? {
            try find("login_index = \(index)", keys, tx)
        }

        static func find(_ person: Ref<Person>, keys: InstanceKeys, in tx: Transaction) throws -> Account? {
            try find("id = \(person) AND login_index IS NOT NULL", keys, tx)
        }

        private static func find(_ condition: SQL, _ keys: InstanceKeys, _ tx: Transaction) throws -> Account? {
            let row = try tx.rows(
                """
                SELECT id, kdf, salt, verifier_hash, wrapped_seed FROM people
                WHERE removed_at IS NULL AND \(condition)
                """
            ).first
            guard let row else { return nil }
            let person: Ref<Person> = try row["id"]
            return try Account(row: row, factor: SecondFactor.find(person, keys: keys, in: tx))
        }

        private init(row: Row, factor: SecondFactor.Held?) throws {
            self.factor = factor
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
        Refusal(
            .invalid,
            "people.wrong_sign_in_code|The name, the passphrase or the code is not right. Please try again."
        )
    }

    package static var wrongPassphrase: Refusal {
        .invalid(["passphrase": "people.wrong_passphrase|That is not your passphrase."])
    }
}
