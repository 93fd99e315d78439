// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// Proof that the person at the keyboard is still the member: they just typed their passphrase, and a code where they
/// have a second factor. Verbs of dangerous acts take one, and begin with `confirmation.require(of: caller, in: tx)`.
package struct Confirmation: Sendable {
    /// How long it may take from the passphrase to the act.
    package static let lasts = Duration.minutes(5)

    fileprivate let person: Ref<Person>
    fileprivate let session: [UInt8]?
    fileprivate let at: Instant

    /// Throws `Refusal.notConfirmed` when it is another member's or another session's, or older than five minutes. A
    /// clock that was set back makes it void too.
    package func require(of caller: Caller, in tx: Transaction) throws {
        let age = tx.now - at
        guard caller.person == person, caller.session == session, age >= .zero - .seconds(1), age <= Self.lasts else {
            throw Refusal.notConfirmed
        }
    }

    /// For members whom the program plays itself (drills, demonstrations, tests); anybody else has to type.
    package static func scripted(_ caller: Caller, at now: Instant) throws -> Confirmation {
        guard caller.session == nil else { throw Refusal.notConfirmed }
        return Confirmation(person: caller.person, session: nil, at: now)
    }
}

extension SignIn {
    /// Asks a signed-in member once more. `code` is looked at when they have a second factor and this instance asks
    /// for it; then one refusal stands for a wrong passphrase and a wrong code (`Refusal.wrongConfirmation`, fields
    /// `passphrase` and `code`), else `Refusal.wrongPassphrase` (field `passphrase`). Stretches behind the gate, so it
    /// may throw `.unavailable`; also while the instance is locked.
    package func confirm(_ caller: Caller, passphrase: String, code: String?) async throws -> Confirmation {
        guard doorkeeper?.admitsConfirmation(of: caller.person, at: database.clock.now()) ?? true else {
            throw Refusal.tooManyTries
        }
        let opened = try await prove(caller.person, passphrase: passphrase, code: code ?? "")
        return Confirmation(person: opened.person, session: caller.session, at: database.clock.now())
    }
}

extension Refusal {
    package static var notConfirmed: Refusal {
        Refusal(
            .invalid,
            "people.not_confirmed|Please type your passphrase again.",
            fields: ["passphrase": "people.not_confirmed_field|Type it again, then send this at once."]
        )
    }

    package static var wrongConfirmation: Refusal {
        .invalid([
            "passphrase": "people.wrong_confirmation|The passphrase or the code is not right.",
            "code": "people.wrong_confirmation_code|Wait for a new code, and type that one.",
        ])
    }

    package static var tooManyTries: Refusal {
        Refusal(.unavailable, "people.too_many_tries|Too many tries. Please wait a minute, then try again.")
    }
}
