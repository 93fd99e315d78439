// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Testing

/// Random numbers that are the same in every run.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Points")
struct PointTests {
    @Test(
        "What is no place on earth is no point",
        arguments: [
            (Double.nan, 0), (0, .nan), (.infinity, 0), (0, -.infinity), (90.001, 0), (0, 180.001), (-91, 0),
            (1e308, 1e308),
        ]
    )
    func refused(latitude: Double, longitude: Double) {
        #expect(Point(latitude: latitude, longitude: longitude) == nil)
    }

    @Test("A point read from JSON is checked as well")
    func decoded() throws {
        let good = try JSONDecoder().decode(Point.self, from: Data(#"{"latitude":34.05,"longitude":-118.24}"#.utf8))
        #expect(good == Point(latitude: 34.05, longitude: -118.24))
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Point.self, from: Data(#"{"latitude":134.05,"longitude":-118.24}"#.utf8))
        }
    }

    @Test(
        "Distances agree with the great circle",
        arguments: [
            // City Hall to MacArthur Park, to Pasadena City Hall, to Long Beach City Hall; haversine, in metres.
            (34.0537, -118.2427, 34.0590, -118.2776, 3_269.0),
            (34.0537, -118.2427, 34.1478, -118.1445, 13_825.0),
            (34.0537, -118.2427, 33.7683, -118.1956, 32_029.0),
            (0, 179.999, 0, -179.999, 222.4),
        ]
    )
    func distance(fromLatitude: Double, fromLongitude: Double, latitude: Double, longitude: Double, metres: Double)
        throws
    {
        let from = try #require(Point(latitude: fromLatitude, longitude: fromLongitude))
        let to = try #require(Point(latitude: latitude, longitude: longitude))
        #expect(abs(from.distance(to: to) - metres) < metres * 0.002 + 1)
        #expect(from.distance(to: to) == to.distance(to: from))
        #expect(from.distance(to: from) == 0)
    }
}

@Suite("Cells")
struct CellTests {
    private let grid: Grid

    init() throws { grid = Grid(origin: try #require(Point(latitude: 34, longitude: -118))) }

    @Test("A point lies in its cell, and the cell's center lies in the cell", arguments: Resolution.allCases)
    func roundTrip(resolution: Resolution) throws {
        var dice = Dice(state: 7)
        for _ in 0..<2_000 {
            let point = try #require(
                Point(
                    latitude: Double.random(in: 33...35, using: &dice),
                    longitude: Double.random(in: -119.5 ... -116.5, using: &dice)
                )
            )
            let cell = grid.cell(at: point, resolution)
            #expect(grid.cell(at: cell.center(in: grid), resolution) == cell)
            let here = grid.offset(of: point)
            let middle = grid.offset(of: cell.center(in: grid))
            let metres = hypot(here.east - middle.east, here.north - middle.north)
            #expect(metres <= resolution.edge * 1.000_001)
            // No neighbor's center is nearer: that is what a hexagon is.
            for neighbor in cell.neighbors() {
                let other = neighbor.offset()
                #expect(hypot(here.east - other.east, here.north - other.north) >= metres - 0.001)
            }
            #expect(Cell(cell.text) == cell)
            #expect(try JSONDecoder().decode(Cell.self, from: JSONEncoder().encode(cell)) == cell)
        }
    }

    @Test("A neighbor's neighbor is oneself, and rings have their size and distance")
    func neighbors() throws {
        let cell = try #require(Cell(.block, q: 12, r: -7))
        #expect(cell.text == "b12.-7")
        for ring in 0...5 {
            let cells = cell.neighbors(ring: ring)
            #expect(Set(cells).count == max(1, 6 * ring))
            for neighbor in cells {
                #expect(cell.steps(to: neighbor) == ring)
                #expect(neighbor.neighbors(ring: ring).contains(cell))
            }
        }
        #expect(cell.around(3).count == 1 + 6 + 12 + 18)
        #expect(Set(cell.around(3)).count == 37)
        #expect(cell.neighbors(ring: -1).isEmpty)
        #expect(cell.neighbors(ring: .max).isEmpty)
    }

    @Test("Neighbors share two corners")
    func corners() throws {
        let cell = try #require(Cell(.street, q: 3, r: 4))
        let corners = cell.outline()
        #expect(corners.count == 6)
        #expect(cell.corners(in: grid).count == 6)
        for neighbor in cell.neighbors() {
            let shared = neighbor.outline().filter { other in
                corners.contains { hypot($0.east - other.east, $0.north - other.north) < 0.001 }
            }
            #expect(shared.count == 2)
        }
    }

    @Test("Every cell belongs to one bigger cell, up to the district")
    func parents() throws {
        let point = try #require(Point(latitude: 34.045, longitude: -118.21))
        let street = grid.cell(at: point, .street)
        let chain = sequence(first: street, next: \.parent).map(\.resolution)
        #expect(chain == [.street, .block, .neighborhood, .district])
        #expect(street.cell(at: .district).resolution == .district)
        #expect(street.steps(to: street.cell(at: .block)) == nil)
        for cell in [street, street.cell(at: .block), street.cell(at: .neighborhood)] {
            let parent = try #require(cell.parent)
            #expect(parent.center(in: grid).distance(to: cell.center(in: grid)) < parent.resolution.edge * 1.02)
        }
    }

    @Test(
        "Rubbish is no cell",
        arguments: [
            "", "n", "n.", "n1", "n1.", "n.1", "x1.1", "n01.1", "n+1.1", "n-0.1", "n1.1.1", "n1.1 ", " n1.1", "N1.1",
            "n1000001.0", "n99999999999999999999.0", "n1.٣", "n1\u{0301}.1", "n1.1\r\n", "n\u{0600}1.1",
            String(repeating: "9", count: 100_000),
        ]
    )
    func rubbish(text: String) {
        #expect(Cell(text) == nil)
    }

    @Test("The ends of the earth have cells", arguments: [-90.0, -34, 0, 90], [-180.0, 0, 62, 180])
    func extremes(latitude: Double, longitude: Double) throws {
        let point = try #require(Point(latitude: latitude, longitude: longitude))
        for origin in [grid.origin, point] {
            let grid = Grid(origin: origin)
            for resolution in Resolution.allCases {
                let cell = grid.cell(at: point, resolution)
                #expect(Cell(cell.text) == cell)
                #expect(cell.corners(in: grid).count == 6)
            }
        }
        for offset in [Offset(east: .nan, north: .infinity), Offset(east: 1e300, north: -1e300)] {
            #expect(Cell(grid.cell(at: offset, .street).text) != nil)
            #expect(abs(grid.point(at: offset).latitude) <= 90)
        }
        let edge = try #require(Cell(.street, q: Cell.limit, r: -Cell.limit))
        #expect(edge.neighbors().count < 6)
        #expect(Cell(.street, q: .max, r: .min) == nil)
    }
}
