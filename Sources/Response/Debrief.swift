// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// Within a day of its answer, what people went to or what was confirmed is talked over: whoever led it is reminded half a
/// day after, and with the coordinators on duty when the day is over. It is held when what came of it is written, or when
/// the time of its meeting has come. Nothing is owed for an exercise, which has a report of its own.
package enum Debrief {
    /// From the answer on.
    package static let within = Duration.days(1)
    static let remindAfter = Duration.hours(12)

    /// Where one stands.
    package enum Standing: Sendable, Hashable {
        case due(Instant)
        case overdue(Instant)
        /// Everybody was asked to a meeting.
        case planned(Instant)
    }

    /// Something was answered: it is looked again whether a debrief is owed.
    static func expect(_ id: Ref<Incident>, isExercise: Bool, in tx: Transaction) throws {
        guard !isExercise else { return }
        try enqueue(id, answeredAt: tx.now, at: tx.now + remindAfter, in: tx)
    }

    private static func enqueue(
        _ id: Ref<Incident>,
        answeredAt: Instant,
        at time: Instant,
        in tx: Transaction
    ) throws {
        let job = DebriefDue(incident: id, answeredAt: answeredAt.milliseconds)
        try tx.enqueue(job, at: time, key: "debrief:\(id):\(time.milliseconds)")
    }

    /// Reminds, and looks again when the day or a planned meeting is over. Nothing when it was held, is not owed, or was
    /// answered anew: a job may come late, or twice.
    static func remind(_ job: DebriefDue, in tx: Transaction) throws {
        let id = job.incident
        let answeredAt = Instant(milliseconds: job.answeredAt)
        guard try isOwed(id, answeredAt: answeredAt, in: tx) else { return }
        let meetsAt = try tx.one(
            Instant.self,
            "SELECT meets_at FROM debrief_meetings WHERE incident = \(id)"
        )
        if let meetsAt {
            // Whoever moves it to a day that never comes is reminded on the new one.
            if meetsAt > tx.now { try enqueue(id, answeredAt: answeredAt, at: meetsAt, in: tx) }
            return
        }
        let end = answeredAt + within
        let isOverdue = tx.now >= end
        var people = try leaders(of: id, in: tx)
        if isOverdue { people.formUnion(try Shift.onDuty(.coordinator, in: tx)) }
        for person in people.sorted(by: { $0.text < $1.text }) {
            try Message.tell(
                person,
                .debriefDue,
                about: id.text,
                key: "\(id.text):\(answeredAt.milliseconds):\(isOverdue ? "overdue" : "due")",
                expires: .days(3),
                in: tx
            )
        }
        if !isOverdue { try enqueue(id, answeredAt: answeredAt, at: end, in: tx) }
    }

    /// Nobody is reminded any more.
    static func settle(_ id: Ref<Incident>, in tx: Transaction) throws {
        try Message.withdraw(.debriefDue, about: id.text, in: tx)
    }

    private static func isOwed(_ id: Ref<Incident>, answeredAt: Instant, in tx: Transaction) throws -> Bool {
        try tx.count(
            """
            SELECT count(*) FROM incidents i WHERE i.id = \(id) AND i.answered_at = \(answeredAt)
                AND i.state IN ('answered', 'closed') AND i.merged_into IS NULL AND i.exercise = 0
                AND (i.truth = 'confirmed'
                    OR EXISTS (SELECT 1 FROM assignments a WHERE a.incident = i.id AND a.arrived_at IS NOT NULL))
                AND NOT EXISTS (SELECT 1 FROM after_actions d WHERE d.incident = i.id)
            """
        ) > 0
    }

    /// Who sent people last, else who signed last, as long as they may still write it; else the dispatchers on duty.
    private static func leaders(of id: Ref<Incident>, in tx: Transaction) throws -> Set<Ref<Person>> {
        let sent = try Dispatch.all(of: id, in: tx).reversed().map(\.openedBy)
        let signed = try Verification.all(of: id, in: tx).reversed().map(\.person)
        for person in sent + signed
        where try Roster.isMember(person, with: Permission.closeIncident.roles, in: tx) {
            return [person]
        }
        return try Shift.onDuty(.dispatcher, in: tx)
    }
}

/// Looks whether what was answered then was talked over: `Debrief.remind`. `answeredAt` in milliseconds.
package struct DebriefDue: Job {
    package static let kind = "response.debrief_due"
    package let incident: Ref<Incident>
    package let answeredAt: Int64
}

extension IncidentDetail {
    /// Nil where none is owed, or it was held.
    package func debrief(at now: Instant) -> Debrief.Standing? {
        guard let answeredAt = card.answeredAt, card.state == .answered || card.isClosed, !card.isExercise,
            card.mergedInto == nil, afterAction == nil,
            card.truth == .confirmed || assignments.contains(where: { $0.arrivedAt != nil })
        else { return nil }
        if let meeting { return meeting.meetsAt > now ? .planned(meeting.meetsAt) : nil }
        let end = answeredAt + Debrief.within
        return end > now ? .due(end) : .overdue(end)
    }
}
