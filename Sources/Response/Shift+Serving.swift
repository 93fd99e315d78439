// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People

/// Who serves now, and what is to come.
extension Shift {
    /// Started and not ended, or planned for then: who has it is told what its role is told.
    package func runs(at moment: Instant) -> Bool {
        switch state {
        case .on: true
        case .planned: startsAt <= moment && moment < endsAt
        case .handedOver, .ended: false
        }
    }

    /// Who serves in a role right now: started and not ended, or planned for now.
    package static func current(_ role: Role, in tx: Transaction) throws -> [Shift] {
        try tx.all(
            Shift.self,
            """
            SELECT * FROM shifts WHERE role = \(role)
                AND (state = 'on' OR (state = 'planned' AND starts_at <= \(tx.now) AND ends_at > \(tx.now)))
            ORDER BY starts_at, id
            """
        )
    }

    /// What is planned or runs between two moments, in order. One that is on runs until its end and, past that, until now.
    package static func between(_ from: Instant, _ until: Instant, in tx: Transaction) throws -> [Shift] {
        let still: SQL = from > tx.now ? "AND ends_at > \(from)" : ""
        return try tx.all(
            Shift.self,
            """
            SELECT * FROM shifts WHERE starts_at < \(until) AND (state = 'on' \(still) OR (state = 'planned' AND ends_at > \(max(from, tx.now))))
            ORDER BY starts_at, role, id
            """
        )
    }

    /// What of somebody's runs or is to come, in order.
    package static func upcoming(of person: Ref<Person>, in tx: Transaction) throws -> [Shift] {
        try tx.all(
            Shift.self,
            """
            SELECT * FROM shifts WHERE person = \(person) AND (state = 'on' OR (state = 'planned' AND ends_at > \(tx.now)))
            ORDER BY starts_at, id
            """
        )
    }

    /// Whom to tell: those who serve in a role now, or, when nobody does, everybody who holds it.
    static func onDuty(_ role: Role, in tx: Transaction) throws -> Set<Ref<Person>> {
        let members = try Roster.members(with: holders(of: role), in: tx)
        let there = Set(try serving(role, in: tx).map(\.person)).intersection(members)
        return try there.isEmpty ? Roster.members(with: [role], in: tx) : there
    }

    /// Those of the current shifts whose person is there, as far as anybody knows. Who didn't start in time, and whose shift
    /// should have ended hours ago, may not be there at all.
    package static func serving(_ role: Role, in tx: Transaction) throws -> [Shift] {
        let late = try Timings.load(in: tx).commTest
        return try current(role, in: tx).filter { shift in
            shift.state == .on ? !shift.isForgotten(at: tx.now) : tx.now < shift.startsAt + late
        }
    }

    /// Nobody ended it so long after its planned end that it counts for nobody.
    package func isForgotten(at moment: Instant) -> Bool { state == .on && moment >= endsAt + Self.forgotten }

    static let forgotten = Duration.hours(4)

    /// A shift runs past its end: its person is told once. A job that comes early waits on.
    package static func remind(ofEnd id: Ref<Shift>, in tx: Transaction) throws {
        guard let shift = try tx.first(Shift.self, "SELECT * FROM shifts WHERE id = \(id) AND state = 'on'") else {
            return
        }
        if shift.endsAt + grace > tx.now { return try awaitEnd(id, shift.endsAt, in: tx) }
        try Message.tell(shift.person, .shiftPastEnd, about: id.text, key: id.text, expires: .days(3), in: tx)
    }

    /// The job that tells of a shift that nobody ended.
    static func awaitEnd(_ id: Ref<Shift>, _ end: Instant, in tx: Transaction) throws {
        try tx.enqueue(ShiftPastEnd(shift: id), at: end + grace, key: "shift_past_end:\(id.text):\(end.milliseconds)")
    }

    /// Handing over takes a while.
    private static let grace = Duration.minutes(15)
}
