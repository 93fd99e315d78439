// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit

extension HelperRows {
    /// The smallest box round all helpers, a little more than nothing in each direction, cut into cells of `lines` and `columns`.
    struct Box: Sendable {
        private let south: Double, west: Double, cellHeight: Double, cellWidth: Double

        init(_ points: some Sequence<Point>) {
            var (south, north, west, east) = (90.0, -90.0, 180.0, -180.0)
            for point in points {
                (south, north) = (min(south, point.latitude), max(north, point.latitude))
                (west, east) = (min(west, point.longitude), max(east, point.longitude))
            }
            if south > north { (south, north, west, east) = (0, 0, 0, 0) }
            self.south = south
            self.west = west
            cellHeight = max(north - south, 1e-4) / Double(HelperRows.lines) * 1.000_001
            cellWidth = max(east - west, 1e-4) / Double(HelperRows.columns) * 1.000_001
        }

        /// The cells are numbered from the south-west, eastward and then line by line.
        func cell(_ latitude: Double, _ longitude: Double) -> Int {
            line(latitude) * HelperRows.columns + column(longitude)
        }

        private func column(_ longitude: Double) -> Int {
            Int(min(max((longitude - west) / cellWidth, 0), Double(HelperRows.columns - 1)))
        }

        private func line(_ latitude: Double) -> Int {
            Int(min(max((latitude - south) / cellHeight, 0), Double(HelperRows.lines - 1)))
        }

        /// Cells that hold everybody within so many metres, and others. All of them where the box is more than half
        /// round the world, as which way is nearer no longer goes by columns, and near a pole.
        func cells(round point: Point, within metres: Double) -> Cells {
            // A centimetre more: what rounding may have taken.
            let (north, east) = Self.degrees(max(0, metres) + 0.01, at: point.latitude)
            guard east < 90, cellWidth * Double(HelperRows.columns) <= 180 else { return .everything }
            let longitude = near(point.longitude)
            return Cells(
                west: column(longitude - east),
                east: column(longitude + east),
                lines: line(point.latitude - north)...line(point.latitude + north)
            )
        }

        /// How far that is in each direction, at most.
        static func degrees(_ metres: Double, at latitude: Double) -> (north: Double, east: Double) {
            let north = metres / Point.metresPerDegree
            return (north, north / cos(min(abs(latitude) + north, 89.9) * .pi / 180))
        }

        /// The longitude as seen from the box: a place just over the date line is near to it, not a world away.
        private func near(_ longitude: Double) -> Double {
            let middle = west + cellWidth * Double(HelperRows.columns) / 2
            return middle + Point.wrapped(longitude - middle)
        }
    }

    /// A rectangle of cells.
    struct Cells: Sendable, Equatable {
        let west: Int
        let east: Int
        let lines: ClosedRange<Int>

        static let everything = Cells(west: 0, east: HelperRows.columns - 1, lines: 0...(HelperRows.lines - 1))
        var isEverything: Bool { self == .everything }
    }

    /// The rows of some cells of a line.
    @inline(__always)
    func rows(_ line: Int, _ columns: Range<Int>) -> Range<Int> {
        let first = line * Self.columns
        return Int(cellStart[first + columns.lowerBound])..<Int(cellStart[first + columns.upperBound])
    }

    /// The rows of a rectangle but for those of another inside it.
    func rows(in cells: Cells, but inner: Cells?) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(cells.lines.count * 2)
        for line in cells.lines {
            if let inner, inner.lines.contains(line) {
                ranges.append(rows(line, cells.west..<inner.west))
                ranges.append(rows(line, (inner.east + 1)..<(cells.east + 1)))
            } else {
                ranges.append(rows(line, cells.west..<(cells.east + 1)))
            }
        }
        return ranges
    }

    /// How many rows these cells have; whoever is in the tail does not count.
    func count(in cells: Cells) -> Int {
        cells.lines.reduce(0) { $0 + rows($1, cells.west..<(cells.east + 1)).count }
    }
}
