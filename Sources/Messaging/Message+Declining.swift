// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Message {
    static let declining = Migration(
        "2026-12-01-messaging-declined",
        "ALTER TABLE messages ADD COLUMN declined_at BIGINT"
    )

    /// The person can't do what it asks, whatever they said before. False when they said so already; somebody else's is
    /// not found.
    package static func decline(_ id: Ref<Message>, by caller: Caller, in tx: Transaction) throws -> Bool {
        guard let message = try find(id, in: tx), message.person == caller.person else { throw Refusal.notFound }
        let declined = try tx.run(
            """
            UPDATE messages SET declined_at = \(tx.now), acknowledged_at = NULL, read_at = coalesce(read_at, \(tx.now))
            WHERE id = \(id) AND declined_at IS NULL
            """
        )
        guard declined == 1 else { return false }
        try tx.record(
            Event(
                "message.declined",
                subject: caller.person.text,
                actor: caller.person.text,
                data: ["about": message.subject]
            )
        )
        return true
    }
}
