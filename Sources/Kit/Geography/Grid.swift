// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc

/// Metres east and north of a grid's origin, on its flat projection.
package struct Offset: Hashable, Sendable {
    package let east: Double
    package let north: Double

    package init(east: Double, north: Double) {
        self.east = east
        self.north = north
    }
}

/// How big a cell is, from a street corner to a district.
package enum Resolution: String, Hashable, Sendable, CaseIterable, Codable {
    case street, block, neighborhood, district

    /// Metres from corner to corner along an edge, which is also center to corner. A step is four times the last.
    package var edge: Double {
        switch self {
        case .street: 75
        case .block: 300
        case .neighborhood: 1_200
        case .district: 4_800
        }
    }

    /// Metres between the centers of two neighboring cells.
    package var spacing: Double { edge * 3.0.squareRoot() }

    /// The next bigger size; nil for the biggest.
    package var coarser: Resolution? {
        switch self {
        case .street: .block
        case .block: .neighborhood
        case .neighborhood: .district
        case .district: nil
        }
    }
}

/// Hexagons (pointy top, axial coordinates) on a flat projection around one origin. Cell names mean something only
/// with the origin they were made with, so a pack's origin never changes. Sizes are true near the origin and
/// shrink or grow with the cosine of the latitude: under 2 % over 100 km at Los Angeles.
package struct Grid: Hashable, Sendable {
    package let origin: Point
    private let metresPerDegreeEast: Double

    package init(origin: Point) {
        self.origin = origin
        // Near a pole a degree of longitude has no width; no pack lies there, and nothing may divide by zero.
        metresPerDegreeEast = Point.metresPerDegree * max(cos(origin.latitude * .pi / 180), 0.05)
    }

    package func offset(of point: Point) -> Offset {
        Offset(
            east: Point.wrapped(point.longitude - origin.longitude) * metresPerDegreeEast,
            north: (point.latitude - origin.latitude) * Point.metresPerDegree
        )
    }

    package func point(at offset: Offset) -> Point {
        Point(
            latitude: origin.latitude + offset.north / Point.metresPerDegree,
            wrapping: origin.longitude + offset.east / metresPerDegreeEast
        )
    }

    package func cell(at point: Point, _ resolution: Resolution) -> Cell { cell(at: offset(of: point), resolution) }

    package func cell(at offset: Offset, _ resolution: Resolution) -> Cell {
        let q = (offset.east / 3.0.squareRoot() - offset.north / 3) / resolution.edge
        let r = offset.north * 2 / 3 / resolution.edge
        // Cube rounding: round all three axes, then mend the one that moved most.
        let s = -q - r
        var wholeQ = q.rounded()
        var wholeR = r.rounded()
        let wholeS = s.rounded()
        let (offQ, offR, offS) = (abs(wholeQ - q), abs(wholeR - r), abs(wholeS - s))
        if offQ > offR && offQ > offS {
            wholeQ = -wholeR - wholeS
        } else if offR > offS {
            wholeR = -wholeQ - wholeS
        }
        return Cell(resolution, clampingQ: wholeQ, r: wholeR)
    }
}
