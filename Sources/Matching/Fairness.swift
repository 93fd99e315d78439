// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Whose turn it is. Whoever was asked lately stands, for the order alone, as if they were farther away: by three kilometres
/// and a quarter of the way at once, less from hour to hour, and by nothing after two weeks. So those who live nearest to
/// where most happens are not asked every time, and nobody from afar is asked before somebody at the next corner. What
/// anybody is told, and how far a wave goes, is measured as it is (docs/decisions/0089).
enum Fairness {
    /// Seconds after which being asked is forgotten.
    static let memory = 14 * 86_400
    /// Metres that being asked a moment ago adds, and the share of the way.
    static let metres = 3_000.0
    static let share = 0.25
    /// Metres in which nobody is nearer than another: then it goes by who was asked longest ago.
    static let step = 500.0

    /// Where somebody stands in the order, in steps; never before their own `ring`. `lastAsked`: seconds since 1970, 0 for
    /// never. The distance is nil where nobody knows it: then only turns count.
    static func rank(_ distance: Double?, lastAsked: UInt32, at now: Int64) -> Int {
        let distance = distance ?? 0
        guard lastAsked > 0 else { return Int(distance / step) }
        let idle = min(max(Int(now / 1_000) - Int(lastAsked), 0), memory)
        let weight = Double(memory - idle) / Double(memory)
        return Int((distance + weight * (metres + share * distance)) / step)
    }

    /// How far they are, in steps; whoever is farther than 127 kilometres is in the last.
    static func ring(_ distance: Double?) -> Int { min(Int((distance ?? 0) / step), rings - 1) }

    static let rings = 256

    /// What of the others an explanation needs, ring by ring.
    struct Others {
        /// When somebody in a ring was asked last: seconds since 1970, 0 for never. Empty before the first.
        private var latest: [UInt32] = []
        /// Of those in a ring, the place in the order of whoever stands last.
        private var last: [Int] = []

        /// Who was never asked stands where they are: they explain nothing.
        mutating func note(ring: Int, rank: Int, lastAsked: UInt32) {
            guard lastAsked > 0 else { return }
            if latest.isEmpty {
                latest = Array(repeating: 0, count: rings)
                last = Array(repeating: -1, count: rings)
            }
            latest[ring] = max(latest[ring], lastAsked)
            last[ring] = max(last[ring], rank)
        }

        /// Why somebody is asked now and not later, as far as it is a matter of turns.
        func reasons(ring: Int, rank: Int, lastAsked: UInt32) -> [Match.Reason] {
            var reasons: [Match.Reason] = []
            if lastAsked == 0 { reasons.append(.neverAsked) }
            guard !latest.isEmpty else { return reasons }
            if lastAsked > 0, latest[ring] > lastAsked { reasons.append(.askedLongestAgo) }
            if last[..<ring].contains(where: { $0 > rank }) { reasons.append(.nearerAskedLately) }
            return reasons
        }
    }
}
