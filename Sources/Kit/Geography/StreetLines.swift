// SPDX-License-Identifier: AGPL-3.0-or-later

/// Where the streets of a pack run: broken lines with few corners, several for a street that stops and goes on, or of whose
/// name another city has one. All corners lie one after the other: a start reads them in a fraction of a millisecond, and
/// they are looked at when two streets were named together.
struct StreetLines: Sendable {
    private let corners: [Offset]
    private let lines: [String: [Range<Int>]]
    private let grid: Grid

    /// A street that ends within so many metres of another one is taken to reach it, and meetings of two streets within
    /// `together` are one corner: where one of them jogs there are two.
    private static let slack = 60.0
    private static let together = 200.0
    /// Streets that meet at less than about nine degrees run beside each other.
    private static let leastTurn = 0.15

    /// UTF-8: a heading, and then for each line `name,latitude longitude;latitude longitude;…`. What can't be
    /// read ends a line; the checker of the pack names it.
    init(_ text: [UInt8], around origin: Point) {
        let grid = Grid(origin: origin)
        var corners: [Offset] = []
        var lines: [String: [Range<Int>]] = [:]
        for line in text.split(separator: UInt8(ascii: "\n")).dropFirst() {
            guard let comma = line.firstIndex(of: UInt8(ascii: ",")) else { continue }
            let start = corners.count
            var numbers = Numbers(rest: line[(comma + 1)...])
            while let latitude = numbers.next(), let longitude = numbers.next(),
                let point = Point(latitude: latitude, longitude: longitude)
            {
                corners.append(grid.offset(of: point))
            }
            lines[String(decoding: line[..<comma], as: UTF8.self), default: []].append(start..<corners.count)
        }
        (self.corners, self.lines, self.grid) = (corners, lines, grid)
    }

    /// Where two streets cross, or one ends at the other: one point for each corner of that name, in no order. None where
    /// the line of one isn't known.
    func crossings(of first: String, _ second: String) -> [Point] {
        guard let ours = lines[first], let theirs = lines[second] else { return [] }
        var found: [Corner] = []
        for stretch in ours.lazy.flatMap(stretches) {
            for other in theirs {
                for meeting in stretches(other).lazy.compactMap(stretch.meeting) { Self.add(meeting, to: &found) }
            }
        }
        return found.map { grid.point(at: $0.middle) }
    }

    private func stretches(_ line: Range<Int>) -> some Sequence<Stretch> {
        line.dropLast().lazy.map { Stretch(start: corners[$0], end: corners[$0 + 1]) }
    }

    /// Decimals of a few places, one after the other, without a text for each.
    private struct Numbers {
        var rest: ArraySlice<UInt8>

        mutating func next() -> Double? {
            while let byte = rest.first, byte == UInt8(ascii: " ") || byte == UInt8(ascii: ";") { rest.removeFirst() }
            let isNegative = rest.first == UInt8(ascii: "-")
            if isNegative { rest.removeFirst() }
            var (digits, count, scale, isFraction) = (0, 0, 1.0, false)
            while let byte = rest.first {
                if byte == UInt8(ascii: "."), !isFraction {
                    isFraction = true
                } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), count < 12 {
                    digits = digits * 10 + Int(byte - UInt8(ascii: "0"))
                    count += 1
                    if isFraction { scale *= 10 }
                } else {
                    break
                }
                rest.removeFirst()
            }
            guard count > 0 else { return nil }
            return (isNegative ? -1 : 1) * Double(digits) / scale
        }
    }

    private static func add(_ meeting: Offset, to corners: inout [Corner]) {
        let near = corners.firstIndex { $0.middle.distance(to: meeting) <= together }
        if let near { corners[near].add(meeting) } else { corners.append(Corner(meeting)) }
    }

    /// Meetings that are one corner.
    private struct Corner {
        private(set) var middle: Offset
        private var count = 1.0

        init(_ meeting: Offset) { middle = meeting }

        mutating func add(_ meeting: Offset) {
            count += 1
            middle = Offset(
                east: middle.east + (meeting.east - middle.east) / count,
                north: middle.north + (meeting.north - middle.north) / count
            )
        }
    }

    /// A street from one corner of its line to the next.
    private struct Stretch {
        let start: Offset
        let east: Double
        let north: Double
        let length: Double

        init(start: Offset, end: Offset) {
            self.start = start
            (east, north) = (end.east - start.east, end.north - start.north)
            length = start.distance(to: end)
        }

        /// On this stretch.
        func meeting(_ other: Stretch) -> Offset? {
            let turn = east * other.north - north * other.east
            guard abs(turn) > StreetLines.leastTurn * length * other.length else { return nil }
            let (toEast, toNorth) = (other.start.east - start.east, other.start.north - start.north)
            let along = (toEast * other.north - toNorth * other.east) / turn
            let across = (toEast * north - toNorth * east) / turn
            guard reaches(along), other.reaches(across) else { return nil }
            let share = min(max(along, 0), 1)
            return Offset(east: start.east + share * east, north: start.north + share * north)
        }

        private func reaches(_ share: Double) -> Bool {
            let slack = StreetLines.slack / length
            return share >= -slack && share <= 1 + slack
        }
    }
}

extension Offset {
    fileprivate func distance(to other: Offset) -> Double {
        let (east, north) = (other.east - east, other.north - north)
        return (east * east + north * north).squareRoot()
    }
}

extension Places {
    /// Where two streets cross. Nil where the pack doesn't know it, and where several corners of that name could be meant:
    /// `place`, named with it, tells which. A corner that is not there is not taken: somebody is wrong, and we can't know who.
    package func corner(of crossing: Crossing, in place: Place?) -> Point? {
        let corners = crossing.place.map { [$0.center] } ?? streetLines.crossings(of: crossing.first, crossing.second)
        guard !corners.isEmpty, let place, place.kind != .county else { return Self.only(corners) }
        if place.kind == .landmark {
            return Self.only(corners.filter { place.center.distance(to: $0) <= place.radius + Self.besideLandmark })
        }
        // What is called so, or lies in what is called so; a circle fits no big city, and no border.
        let inside = corners.filter { corner in
            guard let near = nearest(to: corner) else { return false }
            return near == place || ancestors(of: near).contains(place)
        }
        if !inside.isEmpty { return Self.only(inside) }
        let reach = max(place.radius * 1.25, place.radius + Self.border)
        return Self.only(corners.filter { place.center.distance(to: $0) <= reach })
    }

    /// People name a landmark that they see from the corner.
    private static let besideLandmark = 1_500.0
    private static let border = 800.0

    private static func only(_ corners: [Point]) -> Point? { corners.count == 1 ? corners.first : nil }
}
