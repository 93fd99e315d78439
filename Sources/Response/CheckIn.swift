// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Vault

/// Somebody on scene says every few minutes that they are well. When they don't: they are asked, then rung while dispatch
/// is told, then a coordinator. Nobody's position is followed.
package enum CheckIn {
    /// "I am OK."
    package static func checkIn(
        _ id: Ref<Assignment>,
        said: Instant? = nil,
        by caller: Caller,
        timings: Timings,
        in tx: Transaction
    ) throws {
        let mine = try Assignment.own(id, by: caller, in: tx)
        guard mine.state == .onScene else {
            throw Refusal(.conflict, "response.check_in_not_there|You check in while you are on scene.")
        }
        try settle(id, in: tx)
        let moment = mine.moment(said, now: tx.now)
        try start(id, from: moment, timings, in: tx)
        try mine.record("checked_in", by: caller.person, Assignment.said(moment, in: tx), in: tx)
    }

    /// How often dispatch and coordinators are told once more while somebody stays silent, before all coordinators are.
    /// After that the board alone says it.
    private static let reminders = 3

    /// What a due check-in asks for by now. A job that runs twice, or after the person checked in, changes nothing; one
    /// that runs late catches up with every step it missed, and tells the coordinators once. `hurried`: so many steps are
    /// taken now, whenever they would be due.
    package static func due(
        _ id: Ref<Assignment>,
        hurried: Int = 0,
        timings: Timings,
        in tx: Transaction
    ) throws {
        let assignment = try Assignment.find(id, in: tx)
        guard assignment.state == .onScene, let due = assignment.checkInDueAt, due <= tx.now else { return }
        let last = due + max(timings.missedToDispatcher, timings.missedToCoordinator)
        let again = (1...reminders + 1).map { assignment.patient(last + timings.missedToCoordinator * $0, timings) }
        let steps = [due, due + timings.missedToDispatcher, last] + again
        for (index, time) in steps.enumerated() where index >= assignment.missedCheckIns {
            if time > tx.now, index >= hurried { return try wait(id, due: due, step: index, until: time, in: tx) }
            let taken = try tx.run(
                """
                UPDATE assignments SET missed_check_ins = \(index + 1)
                WHERE id = \(id) AND state = 'on_scene' AND missed_check_ins = \(index)
                """
            )
            guard taken == 1 else { return }
            if index > 1, index + 1 < steps.count, steps[index + 1] <= tx.now { continue }
            try tell(step: index, assignment, due: due, in: tx)
            try assignment.record("missed", by: nil, ["step": "\(index + 1)"], in: tx)
        }
    }

    /// `moment`: when they were last known to be well. What came late may make the next one due at once.
    static func start(_ id: Ref<Assignment>, from moment: Instant, _ timings: Timings, in tx: Transaction) throws {
        let due = max(moment + timings.checkIn, tx.now)
        try tx.run(
            """
            UPDATE assignments SET check_in_due_at = \(due), missed_check_ins = 0, sought_by = NULL, sought_at = NULL
            WHERE id = \(id)
            """
        )
        try wait(id, due: due, step: 0, until: due, in: tx)
    }

    /// They are well, or gone from there: nobody needs to worry anymore.
    static func settle(_ id: Ref<Assignment>, in tx: Transaction) throws {
        try Message.withdraw(.checkIn, about: id.text, in: tx)
        try Message.withdraw(.missedCheckIn, about: id.text, in: tx)
    }

    private static func wait(
        _ id: Ref<Assignment>,
        due: Instant,
        step: Int,
        until time: Instant,
        in tx: Transaction
    ) throws {
        // With its time: a step that is put off is asked for anew by the job that found it early.
        let key = "check_in:\(id.text):\(due.milliseconds):\(step):\(time.milliseconds)"
        try tx.enqueue(CheckInDue(assignment: id), at: time, key: key)
    }

    private static func tell(step: Int, _ assignment: Assignment, due: Instant, in tx: Transaction) throws {
        let key = "\(assignment.id.text):\(due.milliseconds):\(step)"
        let isExercise = try Exercise.holds(assignment.incident, in: tx)
        switch step {
        case 0:
            try Message.tell(
                assignment.person,
                .checkIn,
                about: assignment.id.text,
                key: key,
                expires: .hours(2),
                isExercise: isExercise,
                in: tx
            )
        case 1:
            try tx.enqueue(CheckInCall(assignment: assignment.id, due: due.milliseconds), key: "check_in_call:\(key)")
            var others = try dispatch(beside: assignment, isExercise: isExercise, in: tx)
            // Dispatch is the one who is silent: who would be told last is told now.
            if others.isEmpty { others = try coordinators(beside: assignment, isExercise: isExercise, in: tx) }
            try tell(others, of: assignment, key: key, isExercise: isExercise, in: tx)
        case 2:
            let others = try coordinators(beside: assignment, isExercise: isExercise, in: tx)
            try tell(others, of: assignment, key: key, isExercise: isExercise, in: tx)
        default:
            // Once more, in place of what they were told before.
            try Message.withdraw(.missedCheckIn, about: assignment.id.text, in: tx)
            let all = step > 2 + reminders
            let others = try dispatch(beside: assignment, isExercise: isExercise, in: tx)
                .union(coordinators(beside: assignment, all: all, isExercise: isExercise, in: tx))
            try tell(others, of: assignment, key: key, isExercise: isExercise, in: tx)
        }
    }

    private static func tell(
        _ people: Set<Ref<Person>>,
        of assignment: Assignment,
        key: String,
        isExercise: Bool,
        in tx: Transaction
    ) throws {
        for person in people {
            try Message.tell(
                person,
                .missedCheckIn,
                about: assignment.id.text,
                key: key,
                expires: .hours(12),
                isExercise: isExercise,
                in: tx
            )
        }
    }

    /// Who leads now, and who sent them.
    private static func dispatch(
        beside assignment: Assignment,
        isExercise: Bool,
        in tx: Transaction
    ) throws -> Set<Ref<Person>> {
        let opener = try Dispatch.find(assignment.dispatch, in: tx).openedBy
        let all = try Shift.onDuty(.dispatcher, in: tx).union([opener])
        return try Exercise.only(all, isExercise: isExercise, in: tx).subtracting([assignment.person])
    }

    /// Those who serve now; all of them where that is asked, or where the one who is silent serves alone.
    private static func coordinators(
        beside assignment: Assignment,
        all isEverybody: Bool = false,
        isExercise: Bool,
        in tx: Transaction
    ) throws -> Set<Ref<Person>> {
        let silent: Set = [assignment.person]
        let serving = try Exercise.only(Shift.onDuty(.coordinator, in: tx), isExercise: isExercise, in: tx)
        guard isEverybody || serving.subtracting(silent).isEmpty else { return serving.subtracting(silent) }
        let all = try Exercise.only(Roster.members(with: [.coordinator], in: tx), isExercise: isExercise, in: tx)
        return all.subtracting(silent)
    }

    /// Their own telephone, where they proved one and calls go out: one key says that they are well. Not any more when they
    /// checked in meanwhile, or the instance is locked; whoever is told meanwhile tries otherwise.
    static func ring(_ call: CheckInCall, keys: InstanceKeys, in tx: Transaction) throws {
        let assignment = try Assignment.find(call.assignment, in: tx)
        guard assignment.state == .onScene, assignment.checkInDueAt?.milliseconds == call.due, keys.unlocked != nil,
            try Provider.open(in: tx).contains(.voice), let voice = try? tx.voice(), !voice.address.isEmpty,
            let telephone = try Contact.telephones(of: [assignment.person], keys: keys, in: tx).first
        else { return }
        let spoken = try tx.one(String.self, "SELECT language FROM people WHERE id = \(assignment.person)")
        guard let t = voice.languages.first(where: { $0.language.code == spoken }) ?? voice.languages.first else {
            return
        }
        let isExercise = try Exercise.holds(assignment.incident, in: tx)
        let words = t("voice.well_ask|This is Vecinos. You missed a check-in. If you are OK, press 1.")
        let token = try SignedLink.token(.checkIn, assignment.id.bytes, keys: keys)
        let added = try Outbox.add(
            Parcel(
                to: telephone,
                text: isExercise ? "\(Message.exercise(t)). \(words)" : words,
                link: "\(voice.address)/hooks/voice/well?lang=\(t.language.code)&of=\(token)",
                lifetime: 180,
                isUrgent: true,
                language: t.language.code
            ),
            by: .voice,
            pool: .now,
            key: "check_in_call:\(assignment.id.text):\(call.due)",
            expires: .minutes(3),
            passesOptOut: true,
            keys: keys,
            in: tx
        )
        if added { try assignment.record("rung", by: nil, in: tx) }
    }

    /// They pressed the key: as if they had tapped. Too late where they are no longer there, which is said to nobody.
    package static func well(_ token: String, timings: Timings, keys: InstanceKeys, in tx: Transaction) throws -> Bool {
        guard let bytes = try SignedLink.payload(.checkIn, token, keys: keys), let id = Ref<Assignment>(bytes: bytes),
            case let assignment = try Assignment.find(id, in: tx), assignment.state == .onScene
        else { return false }
        try settle(id, in: tx)
        try start(id, from: tx.now, timings, in: tx)
        try assignment.record("checked_in", by: assignment.person, ["by": "telephone"], in: tx)
        return true
    }
}
