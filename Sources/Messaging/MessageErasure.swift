// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Message {
    /// A member left for good: what they were told, and how they could be reached, is gone with them.
    package static func forget(_ person: Ref<Person>, in tx: Transaction) throws {
        try tx.run("DELETE FROM outbox WHERE contact IN (SELECT id FROM contacts WHERE person = \(person))")
        try tx.run("DELETE FROM contacts WHERE person = \(person)")
        try tx.run("DELETE FROM messages WHERE person = \(person)")
    }
}
