// SPDX-License-Identifier: AGPL-3.0-or-later

/// An answer in two arrays instead of a `Row` each: what a sweep over a million rows reads. A number stands where it is; of a
/// text or a blob, `bytes` holds the bytes, one behind the other in the order of the answer.
package struct Packed: Sendable {
    package internal(set) var count = 0
    /// How many columns a row has.
    package internal(set) var width = 0
    /// Row after row: the number; or, of a text or a blob, where it ends in `bytes`.
    private(set) var cells: [Int64] = []
    package private(set) var bytes: [UInt8] = []

    /// Stands for null: no id, no time and no minute of a day is as small.
    package static let null = Int64.min

    mutating func add(_ number: Int64) { cells.append(number) }

    mutating func add(_ part: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: part)
        cells.append(Int64(bytes.count))
    }

    /// Calls `body` for each row with its cells, in order.
    package func forEach(_ body: (ArraySlice<Int64>) throws -> Void) rethrows {
        for row in 0..<count { try body(cells[row * width..<(row + 1) * width]) }
    }
}
