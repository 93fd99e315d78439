// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The outlines of incidents by the square that each stands in. All lie in one piece of memory, those of a square one after
/// the other and what is asked first of each apart, so that a look at a few squares is a walk over a few lines of memory. The
/// plane is rolled up: squares that lie `width` apart share a place, so that a square is found without hashing; the outline
/// tells what is too far.
struct IncidentSquares: ~Copyable, Sendable {
    /// Where the outlines of a square lie.
    private struct Square: Sendable {
        var start: UInt32 = 0
        var count: UInt32 = 0
    }

    /// Metres along a square's side.
    private let side: Double
    private var squares: [Square]
    /// Of each square for how many there is room, as a power of two; 0: none was ever there.
    private var rooms: [UInt8]
    private var corners: [IncidentOutline.Corner] = []
    private var outlines: [IncidentOutline] = []
    /// Where there is room that no square has any more, by its power of two.
    private var free: [[UInt32]] = Array(repeating: [], count: 32)
    private var count = 0
    /// Squares across the plane before it comes round: a power of two.
    private let width: Int

    init(side: Double, across width: Int) {
        (self.side, self.width) = (side, width)
        squares = Array(repeating: Square(), count: width * width)
        rooms = Array(repeating: 0, count: width * width)
    }

    func square(at offset: Offset) -> Int { place(column(offset.east), column(offset.north)) }

    /// Answers which of the square it is.
    mutating func put(_ outline: IncidentOutline, in square: Int) -> Int {
        let place = Int(squares[square].count)
        if rooms[square] == 0 || place == 1 << Int(rooms[square]) { move(square, toRoom: max(rooms[square] + 1, 2)) }
        squares[square].count += 1
        count += 1
        replace(place, in: square, by: outline)
        return place
    }

    mutating func replace(_ place: Int, in square: Int, by outline: IncidentOutline) {
        let index = Int(squares[square].start) + place
        corners[index] = outline.corner
        outlines[index] = outline
    }

    /// The last one of the square takes the place that is free now; answers its slot.
    mutating func remove(_ place: Int, from square: Int) -> Int? {
        count -= 1
        squares[square].count -= 1
        let (start, last) = (Int(squares[square].start), Int(squares[square].count))
        let moved = place < last ? outlines[start + last] : nil
        if let moved { replace(place, in: square, by: moved) }
        // Nobody can fill one square after the other with room that nobody needs.
        if last == 0 || (rooms[square] > 2 && last < 1 << Int(rooms[square]) / 4) {
            move(square, toRoom: last == 0 ? 0 : rooms[square] - 1)
        }
        return moved?.slot
    }

    private mutating func move(_ square: Int, toRoom room: UInt8) {
        let (from, count) = (Int(squares[square].start), Int(squares[square].count))
        if room == 0 {
            squares[square].start = 0
        } else {
            let start = free[Int(room)].popLast() ?? append(1 << Int(room))
            for place in 0..<count {
                corners[Int(start) + place] = corners[from + place]
                outlines[Int(start) + place] = outlines[from + place]
            }
            squares[square].start = start
        }
        if rooms[square] > 0 { free[Int(rooms[square])].append(UInt32(from)) }
        rooms[square] = room
    }

    private mutating func append(_ count: Int) -> UInt32 {
        defer {
            corners += repeatElement(IncidentOutline.none.corner, count: count)
            outlines += repeatElement(.none, count: count)
        }
        return UInt32(outlines.count)
    }

    /// Those within so many metres to each side that could be of the report by their times and corners, and some others; none
    /// twice.
    @inline(__always)
    func look(
        around offset: Offset,
        metres: Double,
        for report: borrowing ReportOutline,
        _ body: (borrowing IncidentOutline) -> Void
    ) {
        guard count > 0 else { return }
        let (west, south) = (column(offset.east - metres), column(offset.north - metres))
        let east = min(column(offset.east + metres), west + width - 1)
        let north = min(column(offset.north + metres), south + width - 1)
        let frame = report.frame(metres: metres)
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: Self.mostHeld) { held in
            squares.withUnsafeBufferPointer { squares in
                corners.withUnsafeBufferPointer { corners in
                    outlines.withUnsafeBufferPointer { outlines in
                        var count = 0
                        for y in south...north {
                            for x in west...east {
                                let square = squares[place(x, y)]
                                let start = Int(square.start)
                                for index in start..<start + Int(square.count) {
                                    // Nobody can guess which are held, so nobody has to: each is written down, and the next over it
                                    // where it isn't.
                                    held[count] = Int32(truncatingIfNeeded: index)
                                    count += frame.holds(corners[index]) ? 1 : 0
                                    guard count == held.count else { continue }
                                    for place in 0..<count { body(outlines[Int(held[place])]) }
                                    count = 0
                                }
                            }
                        }
                        for place in 0..<count { body(outlines[Int(held[place])]) }
                    }
                }
            }
        }
    }

    /// So many are asked one after the other.
    private static let mostHeld = 128

    // The earth is 20 million metres to either side: far inside an Int. Points are finite by construction.
    private func column(_ metres: Double) -> Int { Int(floor: metres / side) }

    private func place(_ east: Int, _ north: Int) -> Int {
        (north & (width - 1)) * width + (east & (width - 1))
    }
}

extension Int {
    /// The next whole number below, without asking the library for it.
    @inline(__always)
    init(floor number: Double) {
        let whole = Int(number)
        self = Double(whole) > number ? whole - 1 : whole
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
