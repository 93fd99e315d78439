// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// A member is removed: nobody goes on counting on them. Where they were asked, going or there, others are asked, and
/// dispatch is told at once, since nobody waits for a check-in of theirs any more; their shifts end or are never begun. So
/// do those of a role that is taken away, and they are told.
enum Leaving {
    static let departure = Departure(roles: { person, actor, tx in
        for shift in try leaveShifts(person, by: actor, in: tx) { try Shift.tell(person, about: shift, in: tx) }
    }) { person, actor, tx in
        _ = try leaveShifts(person, by: actor, in: tx)
        try leaveIncidents(person, by: actor, in: tx)
        try FirstSteps.forget(person, in: tx)
    }

    private static func leaveIncidents(_ person: Ref<Person>, by actor: Ref<Person>, in tx: Transaction) throws {
        let running = try tx.all(
            Assignment.self,
            "SELECT * FROM assignments WHERE person = \(person) AND state \(Assignment.open) ORDER BY id"
        )
        for assignment in running {
            try tx.run(
                """
                UPDATE assignments SET state = \(Assignment.State.calledOff), ended_at = \(tx.now),
                    check_in_due_at = NULL, missed_check_ins = 0, spare = 0
                WHERE id = \(assignment.id)
                """
            )
            try Message.withdraw(.offer, about: assignment.id.text, in: tx)
            try CheckIn.settle(assignment.id, in: tx)
            try assignment.record("called_off", by: actor, ["why": "left"], in: tx)
            if assignment.state != .offered {
                try Incident.noteSent(to: assignment.incident, in: tx)
                try tellDispatch(assignment, in: tx)
            }
            let dispatch = try Dispatch.find(assignment.dispatch, in: tx)
            switch dispatch.state {
            case .asking: try Dispatch.hurry(dispatch, in: tx)
            case .filled, .exhausted: if assignment.state != .offered { try Dispatch.reopen(dispatch, in: tx) }
            case .stopped: break
            }
        }
    }

    private static func tellDispatch(_ assignment: Assignment, in tx: Transaction) throws {
        let isExercise = try Exercise.holds(assignment.incident, in: tx)
        for person in try Exercise.only(Shift.onDuty(.dispatcher, in: tx), isExercise: isExercise, in: tx) {
            try Message.tell(
                person,
                .responderLeft,
                about: assignment.incident.text,
                key: assignment.id.text,
                expires: .hours(12),
                isExercise: isExercise,
                in: tx
            )
        }
    }

    /// Their shifts in roles in which they may not serve any more.
    private static func leaveShifts(
        _ person: Ref<Person>,
        by actor: Ref<Person>,
        in tx: Transaction
    ) throws -> [Ref<Shift>] {
        let roles = try Role.allCases.filter { role in
            try !Roster.isMember(person, with: Shift.holders(of: role), in: tx)
        }
        let lost: SQL = "role IN \(list: roles.map(\.rawValue))"
        let shifts = try tx.all(
            Shift.self,
            """
            SELECT * FROM shifts WHERE person = \(person) AND \(lost) AND state IN ('planned', 'on', 'handed_over')
            ORDER BY id
            """
        )
        for shift in shifts {
            switch shift.state {
            case .planned: _ = try Shift.removePlan(shift, in: tx)
            case .on: try Shift.leave(shift, .ended, in: tx)
            case .handedOver: try tx.run("UPDATE shifts SET state = 'ended' WHERE id = \(shift.id)")
            case .ended: break
            }
            try CommTest.end(shift.id, in: tx)
            let what = shift.state == .planned ? "shift.canceled" : "shift.ended"
            let data = ["person": person.text, "role": shift.role.rawValue]
            try tx.record(Event(what, subject: shift.id.text, actor: actor.text, data: data))
        }
        // What they were to take over, somebody else is asked for.
        try tx.run("UPDATE shifts SET taker = NULL WHERE taker = \(person) AND \(lost)")
        try tx.run("UPDATE shifts SET handed_to = NULL WHERE handed_to = \(person) AND state = 'on' AND \(lost)")
        return shifts.filter { $0.state != .handedOver }.map(\.id)
    }
}
