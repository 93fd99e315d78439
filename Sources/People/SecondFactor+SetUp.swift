// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

extension SecondFactor {
    /// A secret that was shown and not confirmed yet. Nothing of it is stored: the form carries it encrypted, bound to
    /// the session it was shown in.
    package struct Offer: Sendable {
        package let secret: OneTimeSecret
        /// For a hidden field.
        package let ticket: String
    }

    package static func offer(to caller: Caller, keys: InstanceKeys) throws -> Offer {
        let secret = OneTimeSecret.generate()
        let blob = try unlocked(keys).fields.seal(
            secret.base32,
            table: "sessions",
            column: "offer",
            id: try session(of: caller)
        )
        return Offer(secret: secret, ticket: Base64URL.text(blob))
    }

    /// The offer of a form that came back; throws `.invalid` for a ticket of another session.
    package static func reopen(_ ticket: String, for caller: Caller, keys: InstanceKeys) throws -> Offer {
        let fields = try unlocked(keys).fields
        let id = try session(of: caller)
        guard let blob = Base64URL.bytes(ticket, count: 61),
            let text = try? fields.open(blob, table: "sessions", column: "offer", id: id),
            let secret = OneTimeSecret(base32: text)
        else {
            throw Refusal(
                .invalid,
                "people.factor_old|This page was open for a long time. Please scan the new picture."
            )
        }
        return Offer(secret: secret, ticket: ticket)
    }

    /// Makes the offered secret the member's own once its first code is right, and a new recovery code with it. Where
    /// there is one already, a `confirmation` with the old app is needed. Ends the member's other sessions. Throws
    /// `Refusal.locked` while relocked, since the recovery code wraps their seed.
    package static func setUp(
        _ offer: Offer,
        code: String,
        confirmation: Confirmation? = nil,
        by caller: Caller,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws -> RecoveryCode {
        if try isSet(for: caller.person, in: tx) {
            guard let confirmation else { throw Refusal.notConfirmed }
            try confirmation.require(of: caller, in: tx)
        }
        guard let step = offer.secret.step(of: code, at: tx.now, usedUpTo: 0) else {
            throw Refusal.invalid([
                "new_code": "people.factor_wrong|That code does not fit. Check that your phone shows the right time."
            ])
        }
        try set(offer.secret, usedUpTo: step, for: caller.person, keys: keys, in: tx)
        try Session.signOutElsewhere(by: caller, in: tx)
        try tx.attest(Event("person.second_factor_set", subject: caller.person.text, actor: caller.person.text))
        return try Recovery.renew(for: caller, in: tx)
    }

    private static func session(of caller: Caller) throws -> String {
        guard let session = caller.session else { throw Refusal.signedOut }
        return Fingerprint.hex(session)
    }
}
