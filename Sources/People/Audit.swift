// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What members did to members, newest first: the part of the events that an auditor reads.
package enum Audit {
    /// `before`: only events with a lower id, for the next page.
    package static func entries(
        before id: Int64 = .max,
        limit: Int = 100,
        by caller: Caller,
        in tx: Transaction
    ) throws -> [Event] {
        try caller.require(.readAudit)
        return try tx.all(
            Event.self,
            """
            SELECT * FROM events WHERE id < \(id) AND (kind LIKE 'person.%' OR kind LIKE 'team.%'
                OR kind LIKE 'organisation.%' OR kind LIKE 'coalition.%')
            ORDER BY id DESC LIMIT \(min(max(limit, 1), 1_000))
            """
        )
    }
}
