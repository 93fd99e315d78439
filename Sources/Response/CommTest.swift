// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// Can we reach you? At the start of a shift its owner gets one message, by every channel they chose, and answers it.
/// Who doesn't in time is shown to whoever leads, who are paged before it matters.
package enum CommTest {
    package enum State: Sendable, Hashable {
        case waiting(until: Instant)
        case answered
        case missed
    }

    /// "I can hear you": then it has started, too. Doing it again changes nothing; somebody else's is not found.
    package static func answer(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        let shift = try Shift.find(id, in: tx)
        guard shift.person == caller.person else { throw Refusal.notFound }
        if shift.state == .planned, shift.runs(at: tx.now) { try Shift.start(id, by: caller, in: tx) }
        try Message.acknowledgeAll(about: id.text, by: caller, in: tx)
        try Message.withdraw(.testMissed, about: id.text, in: tx)
    }

    /// The time to answer is over: pages the dispatchers on shift, or, where the one who is silent is the only one, the
    /// coordinators. A job that comes early waits on; one that comes twice, or after the answer or the shift, does
    /// nothing.
    package static func due(_ id: Ref<Shift>, timings: Timings, in tx: Transaction) throws {
        guard let shift = try tx.first(Shift.self, "SELECT * FROM shifts WHERE id = \(id)"), shift.runs(at: tx.now),
            let test = try Message.about(id.text, in: tx).last(where: { $0.kind == .commTest })
        else { return }
        guard test.acknowledgedAt == nil else { return }
        let until = test.createdAt + timings.commTest
        if until > tx.now { return try wait(id, until: until, in: tx) }
        var people = try Shift.onDuty(.dispatcher, in: tx).subtracting([shift.person])
        if people.isEmpty { people = try Shift.onDuty(.coordinator, in: tx).subtracting([shift.person]) }
        var isNews = false
        for person in people.sorted(by: { $0.text < $1.text }) {
            let told = try Message.tell(
                person,
                .testMissed,
                about: id.text,
                key: "\(id.text):\(test.createdAt.milliseconds)",
                expires: .hours(12),
                in: tx
            )
            isNews = isNews || told
        }
        guard isNews || people.isEmpty else { return }
        let data = ["person": shift.person.text, "role": shift.role.rawValue, "paged": "\(people.count)"]
        try tx.record(Event("shift.test_missed", subject: id.text, data: data))
    }

    /// Of the shifts that run; those that began before there was a test are not in it.
    package static func states(
        of shifts: [Shift],
        timings: Timings,
        in tx: Transaction
    ) throws -> [Ref<Shift>: State] {
        let running = shifts.filter { $0.runs(at: tx.now) }.map(\.id.text)
        guard !running.isEmpty else { return [:] }
        let tests = try tx.all(
            Message.self,
            "SELECT * FROM messages WHERE kind = \(Message.Kind.commTest) AND subject IN \(list: running)"
        )
        return tests.reduce(into: [:]) { states, test in
            guard let shift = Ref<Shift>(test.subject) else { return }
            let until = test.createdAt + timings.commTest
            states[shift] =
                test.acknowledgedAt != nil ? .answered : until > tx.now ? .waiting(until: until) : .missed
        }
    }

    /// The planned time has come, and nobody pressed start: they are asked all the same. A job that comes early waits on.
    package static func ask(whoPlanned id: Ref<Shift>, in tx: Transaction) throws {
        guard let shift = try tx.first(Shift.self, "SELECT * FROM shifts WHERE id = \(id) AND state = 'planned'") else {
            return
        }
        if shift.startsAt > tx.now {
            let key = "shift_begins:\(id.text):\(shift.startsAt.milliseconds)"
            return try tx.enqueue(ShiftBegins(shift: id), at: shift.startsAt, key: key)
        }
        if shift.runs(at: tx.now) { try begin(id, shift.person, in: tx) }
    }

    static func begin(_ id: Ref<Shift>, _ person: Ref<Person>, in tx: Transaction) throws {
        try Message.tell(person, .commTest, about: id.text, key: id.text, expires: .hours(24), in: tx)
        try wait(id, until: tx.now + Timings.load(in: tx).commTest, in: tx)
    }

    /// The key holds the time: a job that runs still holds its own, and must be able to set the next.
    private static func wait(_ id: Ref<Shift>, until time: Instant, in tx: Transaction) throws {
        try tx.enqueue(CommTestDue(shift: id), at: time, key: "comm_test:\(id.text):\(time.milliseconds)")
    }

    static func end(_ id: Ref<Shift>, in tx: Transaction) throws {
        try Message.withdraw(.shiftPastEnd, about: id.text, in: tx)
        try Message.withdraw(.commTest, about: id.text, in: tx)
        try Message.withdraw(.testMissed, about: id.text, in: tx)
    }
}
