// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Which slots stand in which square: for each square the newest one, and for each slot the next. The plane is rolled up:
/// squares that lie `width` apart share a place, so that a square is found without hashing; the outline of an incident tells
/// what is too far.
struct IncidentSquares: Sendable {
    /// Metres along a square's side.
    private let side: Double
    /// By square; -1 where nobody stands.
    private var newest: [Int32]
    private var count = 0
    /// Squares across the plane before it comes round: a power of two.
    private let width: Int

    init(side: Double, across width: Int) {
        (self.side, self.width) = (side, width)
        newest = Array(repeating: -1, count: width * width)
    }

    func square(at offset: Offset) -> Int { place(column(offset.east), column(offset.north)) }

    mutating func put(_ slot: Int, in square: Int, _ neighbors: inout IncidentNeighbors) {
        neighbors.link(slot, before: Int(newest[square]))
        newest[square] = Int32(truncatingIfNeeded: slot)
        count += 1
    }

    mutating func remove(_ slot: Int, from square: Int, _ neighbors: inout IncidentNeighbors) {
        let next = neighbors.unlink(slot)
        if newest[square] == Int32(truncatingIfNeeded: slot) { newest[square] = Int32(truncatingIfNeeded: next) }
        count -= 1
    }

    /// The squares within so many metres to each side, and some from elsewhere; never the same one twice.
    func look(around offset: Offset, metres: Double, _ body: (_ newest: Int) -> Void) {
        guard count > 0 else { return }
        let (west, south) = (column(offset.east - metres), column(offset.north - metres))
        let east = min(column(offset.east + metres), west + width - 1)
        let north = min(column(offset.north + metres), south + width - 1)
        newest.withUnsafeBufferPointer { newest in
            for y in south...north {
                for x in west...east {
                    let slot = newest[place(x, y)]
                    if slot >= 0 { body(Int(slot)) }
                }
            }
        }
    }

    // The earth is 20 million metres to either side: far inside an Int. Points are finite by construction.
    private func column(_ metres: Double) -> Int { Int((metres / side).rounded(.down)) }

    private func place(_ east: Int, _ north: Int) -> Int {
        (north & (width - 1)) * width + (east & (width - 1))
    }
}

/// For each slot those before and after it in its square; -1 for none.
struct IncidentNeighbors: Sendable {
    private var base = 0
    private var all: [(before: Int, after: Int)] = []

    mutating func append() { all.append((-1, -1)) }

    mutating func removeFirst(_ count: Int) {
        all.removeFirst(count)
        base += count
    }

    func after(_ slot: Int) -> Int { all[slot - base].after }

    fileprivate mutating func link(_ slot: Int, before next: Int) {
        all[slot - base] = (-1, next)
        if next >= 0 { all[next - base].before = slot }
    }

    /// Answers the next one.
    fileprivate mutating func unlink(_ slot: Int) -> Int {
        let (before, after) = all[slot - base]
        if before >= 0 { all[before - base].after = after }
        if after >= 0 { all[after - base].before = before }
        all[slot - base] = (-1, -1)
        return after
    }
}
