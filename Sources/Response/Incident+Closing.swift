// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Incident {
    /// The work is done: answered, and nobody is out there any more. `despiteReports` as in `verify`.
    package static func close(
        _ id: Ref<Incident>,
        expecting version: Int? = nil,
        despiteReports: Bool = false,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.closeIncident)
        let incident = try find(id, by: caller, in: tx)
        if incident.state == .unverified || incident.state == .verifying {
            throw Refusal(.conflict, "response.close_unanswered|Say what you found first. Then you can close it.")
        }
        try refuseWhileSomebodyIsOut(id, in: tx)
        try Dispatch.stopAll(of: id, actor: caller.person, in: tx)
        try step(
            incident,
            expecting: version,
            on: despiteReports ? .people : .everything,
            """
            state = 'closed', closed_at = \(tx.now), review_at = NULL, expires_at = NULL,
                is_over = CASE truth WHEN 'confirmed' THEN 1 ELSE is_over END
            """,
            "state = 'answered'",
            in: tx
        )
        try AttorneyOnCall.release(id, in: tx)
        try record("closed", id, by: caller, ["truth": incident.truth.rawValue], in: tx)
    }

    /// Closed too early: back to where it was, with the answer it had.
    package static func reopen(
        _ id: Ref<Incident>,
        expecting version: Int? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.closeIncident)
        let incident = try find(id, by: caller, in: tx)
        // Nobody was quicker: it is as the caller saw it.
        if incident.mergedInto == nil, incident.state != .closed, version ?? incident.version == incident.version {
            throw Refusal(.conflict, "response.reopen_open|This one is not closed. Nothing was changed.")
        }
        try step(
            incident,
            expecting: version,
            """
            state = CASE truth WHEN 'unknown' THEN 'unverified' ELSE 'answered' END, closed_at = NULL
            """,
            "state = 'closed' AND merged_into IS NULL",
            in: tx
        )
        try record("reopened", id, by: caller, in: tx)
    }

    private static func refuseWhileSomebodyIsOut(_ id: Ref<Incident>, in tx: Transaction) throws {
        let out = try tx.list(
            Ref<Person>.self,
            """
            SELECT person FROM assignments
            WHERE incident = \(id) AND state \(Assignment.going) ORDER BY answered_at, person
            """
        )
        guard !out.isEmpty else { return }
        let handles = try Person.handles(of: out, in: tx)
        let names = out.compactMap { handles[$0] }.joined(separator: ", ")
        throw Refusal(
            .conflict,
            Phrase("response.close_people_out|Still out there: {names}. Call them off or wait.", ["names": names])
        )
    }
}
