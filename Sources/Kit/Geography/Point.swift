// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc

/// A place on the earth in degrees (WGS 84). Never holds a number that isn't a place: NaN, infinity and anything
/// outside ±90 and ±180 are refused where it is made, so no reader of a `Point` has to check again.
package struct Point: Hashable, Sendable, Codable {
    package let latitude: Double
    package let longitude: Double

    /// Nil when a coordinate is not finite or out of range.
    package init?(latitude: Double, longitude: Double) {
        guard latitude.isFinite, longitude.isFinite, abs(latitude) <= 90, abs(longitude) <= 180 else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }

    /// The nearest real place to what arithmetic on real places gave.
    init(latitude: Double, wrapping longitude: Double) {
        self.latitude = latitude.isFinite ? min(max(latitude, -90), 90) : 0
        self.longitude = longitude.isFinite ? Self.wrapped(longitude) : 0
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let latitude = try container.decode(Double.self, forKey: .latitude)
        let longitude = try container.decode(Double.self, forKey: .longitude)
        guard let point = Point(latitude: latitude, longitude: longitude) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a place"))
        }
        self = point
    }

    private enum CodingKeys: String, CodingKey { case latitude, longitude }

    /// Metres along the ground, by an equirectangular projection at the middle latitude: within 0.1 % of the great
    /// circle over 100 km away from the poles, at a tenth of its cost.
    package func distance(to other: Point) -> Double {
        let middle = (latitude + other.latitude) * 0.5 * .pi / 180
        let east = Self.wrapped(other.longitude - longitude) * cos(middle)
        let north = other.latitude - latitude
        return (east * east + north * north).squareRoot() * Self.metresPerDegree
    }

    /// Never more than `distance`, at a fifth of its cost. `narrowest`: no more than the cosine of any latitude between them.
    func leastDistance(to other: Point, narrowest: Double) -> Double {
        let east = Self.wrapped(other.longitude - longitude) * narrowest
        let north = other.latitude - latitude
        return (east * east + north * north).squareRoot() * Self.metresPerDegree
    }

    /// "34.04712, -118.2198": what any map takes; a fifth decimal is a metre.
    package var shown: String { shown(inParts: 1e5) }

    /// So many parts of a degree: 1e4 is ten metres.
    package func shown(inParts parts: Double) -> String {
        "\((latitude * parts).rounded() / parts), \((longitude * parts).rounded() / parts)"
    }

    /// Metres in a degree of latitude on the mean sphere (radius 6,371,008.8 m).
    package static let metresPerDegree = 6_371_008.8 * Double.pi / 180

    /// A longitude or a difference of two, brought back to -180 … 180.
    package static func wrapped(_ degrees: Double) -> Double {
        guard abs(degrees) > 180 else { return degrees }
        return degrees - 360 * ((degrees + 180) / 360).rounded(.down)
    }
}
