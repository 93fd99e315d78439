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

    /// Deletes what nobody was shown for `age`, and what the events say of it: who was told what is not kept longer than
    /// it is needed. The age keeps a job that runs late from telling the same thing twice.
    package static func forget(after age: Duration = .days(30), in tx: Transaction) throws {
        let before = tx.now - age
        try tx.run("DELETE FROM messages WHERE expires_at < \(before)")
        try tx.run(
            """
            DELETE FROM events WHERE kind IN ('message.sent', 'message.acknowledged', 'message.declined')
                AND found_by IS NULL AND at < \(before) AND id < (SELECT max(id) FROM events)
            """
        )
    }
}
