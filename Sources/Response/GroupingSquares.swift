// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The outlines of incidents by the square that each stands in: those of a square lie one after the other, so that a look at
/// them is a walk over memory. The plane is rolled up: squares that lie `width` apart share a place, so that a square is found
/// without hashing; the outline tells what is too far.
struct IncidentSquares: Sendable {
    /// Metres along a square's side.
    private let side: Double
    private var squares: [[IncidentOutline]]
    private var count = 0
    /// Squares across the plane before it comes round: a power of two.
    private let width: Int

    init(side: Double, across width: Int) {
        (self.side, self.width) = (side, width)
        squares = Array(repeating: [], count: width * width)
    }

    func square(at offset: Offset) -> Int { place(column(offset.east), column(offset.north)) }

    /// Answers which of the square it is.
    mutating func put(_ outline: IncidentOutline, in square: Int) -> Int {
        squares[square].append(outline)
        count += 1
        return squares[square].count - 1
    }

    mutating func replace(_ place: Int, in square: Int, by outline: IncidentOutline) {
        squares[square][place] = outline
    }

    /// The last one of the square takes the place that is free now; answers its slot.
    mutating func remove(_ place: Int, from square: Int) -> Int? {
        count -= 1
        let last = squares[square].removeLast()
        if squares[square].capacity > 4 * squares[square].count + 64 {
            // Nobody can fill one square after the other with room that nobody needs.
            squares[square] = squares[square].map(\.self)
        }
        guard place < squares[square].count else { return nil }
        squares[square][place] = last
        return last.slot
    }

    /// The squares within so many metres to each side, and some from elsewhere; never the same one twice.
    func look(around offset: Offset, metres: Double, _ body: (UnsafeBufferPointer<IncidentOutline>) -> Void) {
        guard count > 0 else { return }
        let (west, south) = (column(offset.east - metres), column(offset.north - metres))
        let east = min(column(offset.east + metres), west + width - 1)
        let north = min(column(offset.north + metres), south + width - 1)
        squares.withUnsafeBufferPointer { squares in
            for y in south...north {
                for x in west...east { squares[place(x, y)].withUnsafeBufferPointer(body) }
            }
        }
    }

    // The earth is 20 million metres to either side: far inside an Int. Points are finite by construction.
    private func column(_ metres: Double) -> Int { Int((metres / side).rounded(.down)) }

    private func place(_ east: Int, _ north: Int) -> Int {
        (north & (width - 1)) * width + (east & (width - 1))
    }
}

/// Something for each slot from the oldest one on: slots only grow, and the first ones leave.
struct SlotArray<Element: Sendable>: Sendable {
    private(set) var base = 0
    private var elements: [Element] = []

    var end: Int { base + elements.count }
    var slots: Range<Int> { base..<end }
    func has(_ slot: Int) -> Bool { slot >= base && slot - base < elements.count }

    subscript(slot: Int) -> Element {
        _read { yield elements[slot - base] }
        _modify { yield &elements[slot - base] }
    }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func removeFirst(_ count: Int) {
        elements.removeFirst(count)
        base += count
    }

    /// Over bare memory.
    func withElements<Answer>(_ body: (UnsafeBufferPointer<Element>) -> Answer) -> Answer {
        elements.withUnsafeBufferPointer(body)
    }
}
