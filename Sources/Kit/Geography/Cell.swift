// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc

/// One hexagon of a `Grid`: its size and its axial coordinates. Its text is the first letter of the size and the
/// two coordinates: `n12.-7`. Coordinates stay within ±1,000,000 (the earth needs a quarter of that at street
/// size), so arithmetic on them can't overflow.
package struct Cell: Hashable, Sendable {
    package let resolution: Resolution
    package let q: Int
    package let r: Int

    package static let limit = 1_000_000

    /// Nil when a coordinate is beyond the limit.
    package init?(_ resolution: Resolution, q: Int, r: Int) {
        guard (-Self.limit...Self.limit).contains(q), (-Self.limit...Self.limit).contains(r) else { return nil }
        self.resolution = resolution
        self.q = q
        self.r = r
    }

    /// Nil unless the text is exactly what `text` gives for some cell: one cell has one name.
    package init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        guard bytes.count <= 18, let letter = bytes.popFirst(),
            let resolution = Resolution.allCases.first(where: { $0.rawValue.utf8.first == letter }),
            let dot = bytes.firstIndex(of: UInt8(ascii: ".")),
            let q = Self.number(bytes[..<dot]), let r = Self.number(bytes[(dot + 1)...])
        else { return nil }
        self.init(resolution, q: q, r: r)
    }

    init(_ resolution: Resolution, clampingQ q: Double, r: Double) {
        let limit = Double(Self.limit)
        self.resolution = resolution
        self.q = q.isFinite ? Int(min(max(q, -limit), limit)) : 0
        self.r = r.isFinite ? Int(min(max(r, -limit), limit)) : 0
    }

    package var text: String { "\(resolution.rawValue.prefix(1))\(q).\(r)" }

    package func offset() -> Offset {
        Offset(
            east: resolution.spacing * (Double(q) + Double(r) / 2),
            north: resolution.edge * 1.5 * Double(r)
        )
    }

    package func center(in grid: Grid) -> Point { grid.point(at: offset()) }

    /// The six corners in metres from the grid's origin, counterclockwise from the lower right: for a drawing.
    package func outline() -> [Offset] {
        let middle = offset()
        let half = resolution.spacing / 2
        let edge = resolution.edge
        return [(half, -edge / 2), (half, edge / 2), (0, edge), (-half, edge / 2), (-half, -edge / 2), (0, -edge)]
            .map { Offset(east: middle.east + $0.0, north: middle.north + $0.1) }
    }

    /// The six corners as places, counterclockwise, the first not repeated: for GeoJSON, close the ring yourself.
    package func corners(in grid: Grid) -> [Point] { outline().map(grid.point(at:)) }

    /// The cells exactly `ring` steps away, 6 × ring of them (the cell itself for 0). Empty when the ring is negative
    /// or above 200; cells beyond the limit are left out.
    package func neighbors(ring: Int = 1) -> [Cell] {
        guard (0...200).contains(ring) else { return [] }
        guard ring > 0 else { return [self] }
        var cells: [Cell] = []
        cells.reserveCapacity(6 * ring)
        var (q, r) = (q - ring, r + ring)
        for (stepQ, stepR) in [(1, 0), (1, -1), (0, -1), (-1, 0), (-1, 1), (0, 1)] {
            for _ in 0..<ring {
                if let cell = Cell(resolution, q: q, r: r) { cells.append(cell) }
                (q, r) = (q + stepQ, r + stepR)
            }
        }
        return cells
    }

    /// The cell and every cell up to `steps` away, nearest first.
    package func around(_ steps: Int) -> [Cell] {
        guard steps >= 0 else { return [] }
        return (0...min(steps, 200)).flatMap { neighbors(ring: $0) }
    }

    /// How many steps from cell to cell; nil between cells of different sizes.
    package func steps(to other: Cell) -> Int? {
        guard resolution == other.resolution else { return nil }
        let (byQ, byR) = (other.q - q, other.r - r)
        return max(abs(byQ), abs(byR), abs(byQ + byR))
    }

    /// The cell of another size that holds this cell's center. Hexagons don't nest: one at an edge belongs to the
    /// bigger cell that its center falls in, always the same.
    package func cell(at resolution: Resolution) -> Cell {
        // The origin cancels out: both sizes share it.
        resolution == self.resolution ? self : Self.holding(offset(), resolution)
    }

    /// The next bigger cell; nil for a district.
    package var parent: Cell? { resolution.coarser.map(cell(at:)) }

    private static func holding(_ offset: Offset, _ resolution: Resolution) -> Cell {
        Grid(origin: Point(latitude: 0, wrapping: 0)).cell(at: offset, resolution)
    }

    /// A whole number in its shortest decimal form: no plus sign, no leading zero, no "-0".
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let number = Int(String(decoding: bytes, as: UTF8.self)), Array("\(number)".utf8)[...] == bytes else {
            return nil
        }
        return number
    }
}

extension Cell: Codable, CustomStringConvertible {
    package var description: String { text }

    package init(from decoder: any Decoder) throws {
        guard let cell = Cell(try decoder.singleValueContainer().decode(String.self)) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a cell"))
        }
        self = cell
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension Cell: Bindable, Column {
    package var value: Value { .text(text) }

    package init(value: Value) throws {
        guard case .text(let text) = value, let cell = Cell(text) else {
            throw ColumnError.mismatch(expected: "a cell")
        }
        self = cell
    }
}
