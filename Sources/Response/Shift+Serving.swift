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

    /// What is planned or runs between two moments, in order.
    package static func between(_ from: Instant, _ until: Instant, in tx: Transaction) throws -> [Shift] {
        try tx.all(
            Shift.self,
            """
            SELECT * FROM shifts WHERE starts_at < \(until) AND (state = 'on' OR (state = 'planned' AND ends_at > \(max(from, tx.now))))
            ORDER BY starts_at, role, id
            """
        )
    }

    /// Everything that runs or is to come before `until`, in order.
    package static func upcoming(until: Instant, in tx: Transaction) throws -> [Shift] {
        try tx.all(
            Shift.self,
            """
            SELECT * FROM shifts WHERE starts_at < \(until) AND (state = 'on' OR (state = 'planned' AND ends_at > \(tx.now)))
            ORDER BY starts_at, role, id
            """
        )
    }

    package static func upcoming(of person: Ref<Person>, in tx: Transaction) throws -> [Shift] {
        try tx.all(
            Shift.self,
            """
            SELECT * FROM shifts WHERE person = \(person) AND (state = 'on' OR (state = 'planned' AND ends_at > \(tx.now)))
            ORDER BY starts_at, id
            """
        )
    }

    /// Whom to tell: those who serve in a role now, or, when nobody does, everybody who holds it. Somebody must hear: who
    /// didn't start in time, and whose shift should have ended hours ago, may not be there at all.
    static func onDuty(_ role: Role, in tx: Transaction) throws -> Set<Ref<Person>> {
        let members = try Roster.members(with: holders(of: role), in: tx)
        let late = try Timings.load(in: tx).commTest
        let serving = try current(role, in: tx).filter { shift in
            shift.state == .on ? tx.now < shift.endsAt + forgotten : tx.now < shift.startsAt + late
        }
        let there = Set(serving.map(\.person)).intersection(members)
        return try there.isEmpty ? Roster.members(with: [role], in: tx) : there
    }

    /// So long after its planned end a shift that nobody ended counts for nobody.
    private static let forgotten = Duration.hours(4)
}
