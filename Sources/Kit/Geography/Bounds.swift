// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc

/// The smallest upright rectangle, in degrees, that holds some points. Does not cross the date line.
package struct Bounds: Hashable, Sendable {
    package let south: Double
    package let west: Double
    package let north: Double
    package let east: Double

    /// Nil when there are no points.
    package init?(_ points: some Sequence<Point>) {
        var south = Double.infinity
        var west = Double.infinity
        var north = -Double.infinity
        var east = -Double.infinity
        for point in points {
            south = min(south, point.latitude)
            north = max(north, point.latitude)
            west = min(west, point.longitude)
            east = max(east, point.longitude)
        }
        guard south <= north, west <= east else { return nil }
        self.south = south
        self.west = west
        self.north = north
        self.east = east
    }

    package var center: Point { Point(latitude: (south + north) / 2, wrapping: (west + east) / 2) }

    /// Whether the point lies inside, or outside by no more than `margin` metres on either axis.
    package func holds(_ point: Point, margin: Double = 0) -> Bool {
        let high = margin / Point.metresPerDegree
        let wide = high / max(cos(center.latitude * .pi / 180), 0.01)
        return point.latitude >= south - high && point.latitude <= north + high
            && point.longitude >= west - wide && point.longitude <= east + wide
    }

    /// The cosine of the latitude inside, or outside by no more than `margin` metres, that is farthest from the equator; a
    /// trifle less, so that no rounding makes it more.
    func narrowest(margin: Double) -> Double {
        let farthest = max(abs(south), abs(north)) + margin / Point.metresPerDegree
        return max(cos(min(farthest, 90) * .pi / 180) - 1e-9, 0)
    }
}
