// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching

extension Shift {
    /// Until when whoever has one asked not to be asked, of those that run or begin before that, in a role that is asked. A
    /// rest holds on a shift: it is theirs to end.
    package static func resting(of shifts: [Shift], in tx: Transaction) throws -> [Ref<Shift>: Instant] {
        let asked = shifts.filter { isSent($0.role) }
        let ends = try Helper.resting(among: Set(asked.map(\.person)), in: tx)
        return asked.reduce(into: [:]) { found, shift in
            if let end = ends[shift.person], shift.startsAt < end { found[shift.id] = end }
        }
    }
}
