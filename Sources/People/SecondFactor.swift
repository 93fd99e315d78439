// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// What a member has besides the passphrase: an app that shows six digits. The shared secret is encrypted under the
/// instance's key, so it can't be checked, and nobody can sign in, while the instance is locked.
package enum SecondFactor {
    /// Whether codes are asked for.
    package enum Policy: Sendable {
        /// Of everybody who has set one up; who has not is led to do so before anything else.
        case asked
        /// Of nobody: in a demonstration, whose people are invented and whose keys stand beside it.
        case notAsked
    }

    /// What the database holds of one, opened.
    struct Held: Sendable {
        let secret: OneTimeSecret
        /// The newest half minute whose code was used.
        let usedUpTo: Int64

        /// For a member who has none: takes the same work, and nothing fits.
        static func dummy() -> Held { Held(secret: .generate(), usedUpTo: .max) }
    }

    /// Sets a member's secret without asking for a first code: for a demonstration's people and for tests.
    package static func preset(
        _ secret: OneTimeSecret,
        for person: Ref<Person>,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        try set(secret, usedUpTo: 0, for: person, keys: keys, in: tx)
    }

    package static func isSet(for person: Ref<Person>, in tx: Transaction) throws -> Bool {
        try tx.count("SELECT count(*) FROM second_factors WHERE person = \(person)") > 0
    }

    static func find(_ person: Ref<Person>, keys: InstanceKeys, in tx: Transaction) throws -> Held? {
        let row = try tx.rows("SELECT secret, used_up_to FROM second_factors WHERE person = \(person)").first
        guard let row else { return nil }
        let text = try unlocked(keys).fields.open(
            try row["secret"],
            table: "second_factors",
            column: "secret",
            id: person.text
        )
        guard let secret = OneTimeSecret(base32: text) else { throw VaultError.damaged }
        return Held(secret: secret, usedUpTo: try row["used_up_to"])
    }

    /// Each code once, however many requests bring it at the same moment: false when another was quicker.
    static func spend(_ step: Int64, of person: Ref<Person>, in tx: Transaction) throws -> Bool {
        try tx.run(
            "UPDATE second_factors SET used_up_to = \(step) WHERE person = \(person) AND used_up_to < \(step)"
        ) == 1
    }

    static func set(
        _ secret: OneTimeSecret,
        usedUpTo step: Int64,
        for person: Ref<Person>,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        let sealed = try unlocked(keys).fields.seal(
            secret.base32,
            table: "second_factors",
            column: "secret",
            id: person.text
        )
        try tx.run(
            """
            INSERT INTO second_factors (person, secret, used_up_to, made_at)
            VALUES (\(person), \(sealed), \(step), \(tx.now))
            ON CONFLICT (person) DO UPDATE SET secret = excluded.secret, used_up_to = excluded.used_up_to,
                made_at = excluded.made_at
            """
        )
    }

    static func forget(_ person: Ref<Person>, in tx: Transaction) throws {
        try tx.run("DELETE FROM second_factors WHERE person = \(person)")
    }

    /// Throws `Refusal.instanceLocked` while the instance's key is away.
    static func unlocked(_ keys: InstanceKeys) throws -> InstanceKeys.Unlocked {
        guard let unlocked = keys.unlocked else { throw Refusal.instanceLocked }
        return unlocked
    }
}

extension Refusal {
    /// No second factor can be checked without the instance's key, so nobody signs in.
    package static var instanceLocked: Refusal {
        Refusal(
            .unavailable,
            "people.instance_locked|Vecinos is locked. Members can't sign in until a coordinator unlocks it."
        )
    }
}
