// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Vault

extension Intake {
    /// A reporter comes back with their code and wants what they told gone: nothing of it can be opened any more, in old
    /// backups too. Throws `.notFound` for a code that we don't know, and `Refusal.held` while a court needs it.
    package func erase(_ code: ReporterCode) async throws {
        let gone = try await database.write { tx in try Retention.erase(code, in: tx) }
        for report in gone { everyIndex { $0.remove(report.text) } }
    }
}

extension LegalHold {
    /// Asks those who could end a hold to look at it again when its day has come, once a week. A hold never ends by
    /// itself. Run every hour.
    package static func remind(in tx: Transaction) throws {
        for hold in try due(in: tx) {
            let weeks = (tx.now - hold.reviewAt).inMilliseconds / 604_800_000
            for person in try Person.holding(.holdLegally, in: tx).sorted(by: { $0.text < $1.text }) {
                try Message.tell(
                    person,
                    .holdReview,
                    about: hold.incident.text,
                    key: "\(hold.id.text):\(weeks)",
                    expires: .days(7),
                    in: tx
                )
            }
        }
    }
}

extension Retention {
    /// Shifts that are over, daily counts whose years are over, and what members decided: each leaves a receipt.
    package static func purgeRecords(in tx: Transaction) throws {
        let shifts: SQL = "FROM shifts WHERE ends_at < \(tx.now - ResponseMigrations.shifts.usual) AND state <> 'on'"
        try ShredDue.add(of: "SELECT substr(sealed_note, 1, 10) \(shifts) AND sealed_note IS NOT NULL", in: tx)
        try ShredDue.add(of: "SELECT substr(sealed_override, 1, 10) \(shifts) AND sealed_override IS NOT NULL", in: tx)
        try ResponseMigrations.shifts.leaveReceipt(try tx.run("DELETE \(shifts)"), in: tx)
        try CareCheck.purge(in: tx)
        try DebriefMeeting.forgetGuests(in: tx)
        try OpenShift.forget(before: tx.now - ResponseMigrations.shifts.usual, in: tx)
        try Exercise.forget(in: tx)
        let day = LocalTime(tx.now - ResponseMigrations.counts.usual).isoDay
        let counts = try tx.run("DELETE FROM daily_counts WHERE day < \(day)")
        try ResponseMigrations.counts.leaveReceipt(counts, in: tx)
    }
}

extension Retention {
    /// A member erases their own account. What they signed stays under a pseudonym; whoever is on their way somewhere, or
    /// on shift, ends that first.
    package static func eraseMember(by caller: Caller, confirmed: Confirmation, in tx: Transaction) throws {
        let busy = try tx.count(
            """
            SELECT count(*) FROM assignments WHERE person = \(caller.person)
                AND state \(Assignment.going)
            """
        )
        let shifts = try tx.count(
            "SELECT count(*) FROM shifts WHERE person = \(caller.person) AND state = 'on'"
        )
        guard busy == 0, shifts == 0 else {
            throw Refusal(
                .conflict,
                "response.busy_leaving|You are on shift, or on your way somewhere. End that first, then come back."
            )
        }
        try tx.run(
            """
            UPDATE open_shifts SET taken = taken - 1 WHERE taken > 0 AND id IN (
                SELECT opening FROM shifts WHERE person = \(caller.person) AND state = 'planned' AND opening IS NOT NULL
            )
            """
        )
        try tx.run("UPDATE shifts SET taker = NULL WHERE taker = \(caller.person)")
        try ShredDue.add(
            of: """
                SELECT substr(sealed_override, 1, 10) FROM shifts
                WHERE person = \(caller.person) AND state = 'planned' AND sealed_override IS NOT NULL
                """,
            in: tx
        )
        try tx.run("DELETE FROM shifts WHERE person = \(caller.person) AND state = 'planned'")
        try Person.leave(by: caller, confirmed: confirmed, in: tx)
        try CareCheck.forget(caller.person, in: tx)
        try tx.run("DELETE FROM debrief_guests WHERE person = \(caller.person)")
        try Exercise.forget(caller.person, in: tx)
        try Helper.forget(caller.person, in: tx)
        try Message.forget(caller.person, in: tx)
    }
}
