// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// A new member's keys and credentials, prepared before the transaction because the passphrase takes half a second
/// to stretch. It becomes a member with `Person.enrol`, or the first one with `Coalition.setUp`.
package struct Enrolment: Sendable {
    package let person: Ref<Person>
    /// The new member's own keys: nobody but them can make these again.
    package let keys: KeyPair
    let credentials: Credentials?

    /// What the database keeps to recognise a member by and to give them their seed.
    struct Credentials: Sendable {
        let loginIndex: [UInt8]
        let kdf: String
        let salt: [UInt8]
        let verifierHash: [UInt8]
        let wrappedSeed: WrappedSeed

        /// Stretches the passphrase, with a salt of its own, and wraps the seed under it.
        static func make(
            _ passphrase: Passphrase,
            login index: [UInt8],
            seed: Secret,
            person: Ref<Person>,
            gate: PasswordGate,
            keys instance: InstanceKeys
        ) async throws -> Credentials {
            let salt = Secret.random(count: 16).bytes
            let stretched = try await gate.stretching {
                try await gate.keys(
                    from: passphrase.secret,
                    salt: salt,
                    cost: gate.cost,
                    person: person.text,
                    instance: instance
                )
            }
            return Credentials(
                loginIndex: index,
                kdf: gate.cost.description,
                salt: salt,
                verifierHash: stretched.verifierHash,
                wrappedSeed: try stretched.wrap(seed, person: person.text)
            )
        }
    }

    /// Throws a `Refusal` with fields `login` and `passphrase`, or `.busy` when too many sign in at once.
    package static func prepare(
        login: String,
        passphrase: String,
        gate: PasswordGate,
        keys instance: InstanceKeys
    ) async throws -> Enrolment {
        let name = LoginName(login)
        let passphrase = Passphrase(passphrase)
        var fields = Fields()
        if name == nil {
            fields.refuse(
                "login",
                "people.login_letters|Use 3 to 64 letters, digits, dots, dashes or an e-mail address."
            )
        }
        fields.refuse("passphrase", passphrase.problem(login: name))
        try fields.check()

        let person = Ref<Person>.new()
        let pair = try KeyPair.generate()
        let credentials = try await Credentials.make(
            passphrase,
            login: name?.index(instance) ?? [],
            seed: pair.seed,
            person: person,
            gate: gate,
            keys: instance
        )
        return Enrolment(person: person, keys: pair, credentials: credentials)
    }

    /// A member who never signs in: the program plays them in a drill or a demonstration, and holds their keys.
    package static func scripted() throws -> Enrolment {
        Enrolment(person: .new(), keys: try .generate(), credentials: nil)
    }
}

extension PasswordGate {
    /// The gate's refusal in words for people.
    func stretching<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch VaultError.busy {
            throw Refusal(
                .unavailable,
                "people.sign_in_busy|Many people are signing in. Please try again in a few seconds."
            )
        }
    }
}
