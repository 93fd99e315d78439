// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// Can we reach you? At the start of a shift its owner gets one message, by every channel they chose, and answers it.
/// Who doesn't in time is shown to whoever leads, before it matters.
package enum CommTest {
    package enum State: Sendable, Hashable {
        case waiting(until: Instant)
        case answered
        case missed
    }

    /// "I can hear you." Doing it again changes nothing; somebody else's is not found.
    package static func answer(_ id: Ref<Shift>, by caller: Caller, in tx: Transaction) throws {
        guard try Shift.find(id, in: tx).person == caller.person else { throw Refusal.notFound }
        try Message.acknowledgeAll(about: id.text, by: caller, in: tx)
    }

    /// Of the shifts that run; those that began before there was a test are not in it.
    package static func states(
        of shifts: [Shift],
        timings: Timings,
        in tx: Transaction
    ) throws -> [Ref<Shift>: State] {
        let running = shifts.filter { $0.state == .on }.map(\.id.text)
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

    static func begin(_ id: Ref<Shift>, _ person: Ref<Person>, in tx: Transaction) throws {
        try Message.tell(person, .commTest, about: id.text, key: id.text, expires: .hours(24), in: tx)
    }

    static func end(_ id: Ref<Shift>, in tx: Transaction) throws {
        try Message.withdraw(.commTest, about: id.text, in: tx)
    }
}
