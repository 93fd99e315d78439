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
        var starts = [UInt32](repeating: 0, count: Self.side * Self.side + 1)
        let cells = living.map { row -> UInt32 in
            let at = point(Int(row))
            return UInt32(box.row(at.latitude) * Self.side + box.column(at.longitude))
        }
        for cell in cells { starts[Int(cell) + 1] += 1 }
        for cell in 0..<(Self.side * Self.side) { starts[cell + 1] += starts[cell] }
        var next = starts
        var order = [UInt32](repeating: 0, count: living.count)
        for (index, cell) in cells.enumerated() {
            order[Int(next[Int(cell)])] = living[index]
            next[Int(cell)] += 1
        }
        return gathered(order, box: box, cellStart: starts)
    }
}

extension Bitmap {
    /// Bit n of the answer is this one's bit `order[n]`.
    func gathered(_ order: [UInt32]) -> Bitmap {
        Bitmap(
            words: stride(from: 0, to: order.count, by: 64).map { start in
                var word: UInt64 = 0
                for place in start..<min(start + 64, order.count) where self[Int(order[place])] {
                    word |= 1 << UInt64(place - start)
                }
                return word
            }
        )
    }
}
