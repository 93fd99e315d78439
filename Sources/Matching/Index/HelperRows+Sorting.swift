// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension HelperRows {
    /// The same people, with the tail sorted in and the dead rows gone. Every column is gathered by itself, without
    /// making a person of anybody: a second for a million.
    func sorted() -> HelperRows {
        var living: [UInt32] = []
        living.reserveCapacity(livingCount)
        for row in 0..<count where alive[row] { living.append(UInt32(row)) }
        let places = living.lazy.compactMap { row -> Point? in
            let at = self.point(Int(row))
            return Point(latitude: at.latitude, longitude: at.longitude)
        }
        let box = Box(places)
        var starts = [UInt32](repeating: 0, count: Self.cells + 1)
        let cells = living.map { row -> UInt32 in
            let at = point(Int(row))
            return UInt32(box.cell(at.latitude, at.longitude))
        }
        for cell in cells { starts[Int(cell) + 1] += 1 }
        for cell in 0..<(Self.cells) { starts[cell + 1] += starts[cell] }
        var next = starts
        var order = [UInt32](repeating: 0, count: living.count)
        for (index, cell) in cells.enumerated() {
            order[Int(next[Int(cell)])] = living[index]
            next[Int(cell)] += 1
        }
        return gathered(order, box: box, cellStart: starts)
    }
}
