// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// The way back in for a member who lost passphrase or app: a printed code that wraps their seed a second time.
package enum Recovery {
    /// A new code, shown once; the one before stops working. Throws `Refusal.locked` while relocked.
    package static func renew(
        by caller: Caller,
        confirmation: Confirmation,
        in tx: Transaction
    ) throws -> RecoveryCode {
        try confirmation.require(of: caller, in: tx)
        return try renew(for: caller, in: tx)
    }

    /// When the code that works now was made; nil when there is none.
    package static func madeAt(by caller: Caller, in tx: Transaction) throws -> Instant? {
        try tx.one(Instant.self, "SELECT made_at FROM recovery_seeds WHERE person = \(caller.person)")
    }

    static func renew(for caller: Caller, in tx: Transaction) throws -> RecoveryCode {
        let code = RecoveryCode.generate()
        let wrapped = try code.wrap(caller.unlockedKeyring().member.seed, person: caller.person.text)
        try tx.run(
            """
            INSERT INTO recovery_seeds (person, wrapped_seed, made_at)
            VALUES (\(caller.person), \(wrapped), \(tx.now))
            ON CONFLICT (person) DO UPDATE SET wrapped_seed = excluded.wrapped_seed, made_at = excluded.made_at
            """
        )
        try tx.attest(Event("person.recovery_code_made", subject: caller.person.text, actor: caller.person.text))
        return code
    }

    static func forget(_ person: Ref<Person>, in tx: Transaction) throws {
        try tx.run("DELETE FROM recovery_seeds WHERE person = \(person)")
    }

    /// What is kept for a sign-in name; nil for an unknown one and for a member without a code.
    static func find(
        login index: [UInt8],
        in tx: Transaction
    ) throws -> (person: Ref<Person>, organisation: Ref<Organisation>, wrapped: WrappedSeed)? {
        let row = try tx.rows(
            """
            SELECT p.id, p.organisation, r.wrapped_seed FROM people p JOIN recovery_seeds r ON r.person = p.id
            WHERE p.login_index = \(index) AND p.removed_at IS NULL
            """
        ).first
        guard let row else { return nil }
        return (try row["id"], try row["organisation"], try row["wrapped_seed"])
    }
}

extension SignIn {
    /// Lets a member in with the printed code: a new passphrase, no second factor (the next page sets one up), every
    /// session ended, the code spent. `tell` runs in the same transaction with who should hear of it. No passphrase is
    /// stretched before the code was right, so this door can't be used to tire the server.
    package func recover(
        login: String,
        code typed: String,
        to new: String,
        network: String? = nil,
        tell: @escaping @Sendable (Ref<Person>, [Ref<Person>], Transaction) throws -> Void
    ) async throws -> SessionToken {
        _ = try SecondFactor.unlocked(keys)
        let name = LoginName(login)
        let chosen = Passphrase(new)
        var fields = Fields()
        fields.refuse("new_passphrase", chosen.problem(login: name))
        let code = try? RecoveryCode(typed: typed)
        if code == nil {
            fields.refuse("recovery", "people.recovery_slip|This is not a whole code. Look at each letter again.")
        }
        try fields.check()
        let index = name?.index(keys) ?? keys.loginIndex(login)
        guard doorkeeper?.admitsRecovery(index, from: network, at: database.clock.now()) ?? true else {
            throw Refusal.tooManyTries
        }
        let found = try await database.read { tx in try Recovery.find(login: index, in: tx) }
        let wrapped = try found?.wrapped ?? RecoveryCode.generate().wrap(.random(), person: "")
        let seed = try? code?.unwrap(wrapped, person: found?.person.text ?? "")
        guard let seed, let person = found?.person, let organisation = found?.organisation else {
            throw Refusal.wrongRecovery
        }
        let credentials = try await Enrolment.Credentials.make(
            chosen,
            login: [],
            seed: seed,
            person: person,
            gate: gate,
            keys: keys
        )
        let token = SessionToken.generate()
        let limits = limits
        try await database.write { tx in
            // Spent by whoever comes first.
            let spent = try tx.run(
                "DELETE FROM recovery_seeds WHERE person = \(person) AND wrapped_seed = \(wrapped)"
            )
            guard spent == 1 else { throw Refusal.wrongRecovery }
            let changed = try tx.run(
                """
                UPDATE people SET kdf = \(credentials.kdf), salt = \(credentials.salt),
                    verifier_hash = \(credentials.verifierHash), wrapped_seed = \(credentials.wrappedSeed)
                WHERE id = \(person) AND removed_at IS NULL
                """
            )
            guard changed == 1 else { throw Refusal.wrongRecovery }
            try SecondFactor.forget(person, in: tx)
            try tx.run("DELETE FROM sessions WHERE person = \(person)")
            try Session.begin(token, for: person, seed: seed, limits: limits, in: tx)
            try tx.attest(Event("person.recovered", subject: person.text, actor: person.text))
            let coordinators = try Person.coordinators(of: organisation, in: tx).filter { $0 != person }
            try tell(person, coordinators, tx)
        }
        return token
    }
}

extension Refusal {
    package static var wrongRecovery: Refusal {
        Refusal(.invalid, "people.wrong_recovery|The name or the code is not right. Please try again.")
    }
}
