// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension Person {
    /// A member leaves for good: out of every team, which get new keys, and nothing that says who they were stays. What
    /// they signed stays under a pseudonym, with the key that checks it. The areas above forget what they hold in the same
    /// transaction: `Retention.eraseMember`. Throws `.conflict` for the last coordinator and the last of a team.
    package static func leave(by caller: Caller, confirmed: Confirmation, in tx: Transaction) throws {
        try confirmed.require(of: caller, in: tx)
        try remove(caller.person, actor: caller.person, in: tx)
        let pseudonym = "former-\(caller.person.text.suffix(4))"
        try tx.run("UPDATE people SET handle = \(pseudonym), language = 'en' WHERE id = \(caller.person)")
        try tx.attest(Event("person.erased", subject: caller.person.text, actor: caller.person.text))
    }
}
