// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// The columns for the length of one search. An object whose small readers are inlined, because a closure that reads the
/// columns copies them otherwise, and twenty references are counted each time: it was a quarter of a search.
final class HelperReading {
    let rows: HelperRows

    init(_ rows: HelperRows) { self.rows = rows }
}

extension HelperRows {
    /// Who may be chosen at all, whatever they can.
    struct Pool {
        /// Whoever has one of these; nil for everybody.
        let roles: [Bitmap]?
        let among: Bitmap?

        /// Nobody but who is in all of these. Several roles become one bitmap: for explaining, not for each search.
        var bitmaps: [Bitmap] {
            let holders = roles.map { roles in
                roles.dropFirst().reduce(roles.first ?? Bitmap(rows: 0)) { $0.union($1) }
            }
            return [holders, among].compactMap(\.self)
        }
    }

    func pool(_ need: Need) -> Pool {
        let holders = need.roles.map { wanted in wanted.map { roles[$0] ?? Bitmap(rows: 0) } }
        let among = need.among.map { people in
            var chosen = Bitmap(rows: count)
            for row in people.lazy.compactMap({ row(of: HelperNumber($0)) }) { chosen[row] = true }
            return chosen
        }
        return Pool(roles: holders, among: among)
    }

    /// The bitmap of each skill; nil when nobody has one of them.
    func held(_ wanted: [Skill]) -> [Bitmap]? {
        let held = wanted.compactMap { skills[$0] }
        return held.count == wanted.count ? held : nil
    }

    /// Until when people are certified in a skill: having its bit is not enough.
    struct Certificates {
        /// Seconds since 1970, 0 for none on file; of nobody after the last.
        fileprivate let expiries: [UInt32]
        fileprivate let isNeeded: Bool

        @inline(__always)
        func isValid(_ row: Int, at moment: Instant) -> Bool {
            let expiry = row < expiries.count ? expiries[row] : 0
            return expiry == 0 ? !isNeeded : Int64(expiry) * 1_000 > moment.milliseconds
        }
    }

    /// Of those skills where somebody's may be over.
    func certificates(_ wanted: [Skill]) -> [Certificates] {
        wanted.compactMap { skill in
            guard skill.needsCertificate || expiries[skill] != nil else { return nil }
            return Certificates(expiries: expiries[skill] ?? [], isNeeded: skill.needsCertificate)
        }
    }

    /// As `Helper.places`.
    func places(_ row: Int, _ need: Need) -> Int {
        let capacity = facts[row].capacity
        return need.skills.allSatisfy(\.takesSeveral) ? capacity : min(capacity, 1)
    }

    static let resting: UInt32 = 1 << 31

    /// Whose week has the hour, read from bare memory: for a million rows, counting references is most of the work.
    struct Shifts {
        fileprivate let week: UnsafeBufferPointer<UInt32>
        fileprivate let open: UnsafeBufferPointer<UInt64>

        /// In it, and not resting: who rests has a number that no week has.
        func isOpenAndWilling(_ row: Int) -> Bool { has(week[row]) }
        func isOpen(_ row: Int) -> Bool { has(week[row] & ~HelperRows.resting) }

        @inline(__always)
        private func has(_ week: UInt32) -> Bool {
            Int(week >> 6) < open.count && open[Int(week >> 6)] & (1 << UInt64(week & 63)) != 0
        }
    }

    /// Lends them for the length of the call.
    func withShifts<R>(in hour: Int, _ body: (Shifts) -> R) -> R {
        week.withUnsafeBufferPointer { week in
            open[hour].words.withUnsafeBufferPointer { body(Shifts(week: week, open: $0)) }
        }
    }

    /// In a window of their own.
    @inline(__always)
    func isInWindow(_ row: Int, at moment: Instant) -> Bool {
        windowed.count > 0 && windowed[row] && windows[numbers[row]]?.contains { $0.contains(moment) } ?? false
    }

    @inline(__always)
    func isPausing(_ row: Int, at moment: Instant) -> Bool {
        pausing.count > 0 && pausing[row] && pauses[numbers[row]].map { $0 > moment } ?? false
    }
}
