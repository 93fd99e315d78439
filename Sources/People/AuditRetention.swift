// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension Audit {
    /// Forgets what members did more than a year ago, and what they decided together. What was recorded about reports
    /// and incidents goes with them. The newest event stays: the live views go on from its number.
    package static func purge(in tx: Transaction) throws {
        let before = tx.now - KitMigrations.events.usual
        let decided = try Proposal.forget(before: before, in: tx)
        try PeopleMigrations.decisions.leaveReceipt(decided, in: tx)
        let events = try tx.run(
            """
            DELETE FROM events WHERE at < \(before) AND id < (SELECT max(id) FROM events)
                AND kind NOT LIKE 'incident.%' AND kind NOT LIKE 'report.%' AND kind NOT LIKE 'mailbox.%'
            """
        )
        try KitMigrations.events.leaveReceipt(events, in: tx)
    }
}
