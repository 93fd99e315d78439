// SPDX-License-Identifier: AGPL-3.0-or-later

/// Where the streets of a pack run: broken lines with few corners, several for a street that stops and goes on, or of whose
/// name another city has one. All corners lie one after the other: a start reads them in a fraction of a millisecond, and
/// they are looked at when two streets were named together.
struct StreetLines: Sendable {
    private let corners: [Offset]
    private let lines: [String: [Range<Int>]]
    /// All lines by the names of their streets, and beside each the box round it: a look goes through the boxes alone.
    private let named: [(name: String, line: Range<Int>)]
    private let boxes: [Box]
    private let grid: Grid

    /// What is farther than its bounds is not near the line.
    private struct Box: Sendable {
        /// West, south, east and north, the last two below zero: a box holds what has no less of any.
        private let bounds: SIMD4<Float>

        init(_ corners: ArraySlice<Offset>) {
            bounds = corners.reduce(SIMD4(repeating: .infinity)) { pointwiseMin($0, Self.sides(of: $1)) }
        }

        /// A point as `isNear` compares it with many boxes.
        struct Here {
            fileprivate let most: SIMD4<Float>

            init(_ point: Offset, within metres: Double) {
                // What is rounded in a county is less than a metre.
                most = Box.sides(of: point) + Float(metres + 1)
            }
        }

        func isNear(_ here: Here) -> Bool { all(bounds .<= here.most) }

        private static func sides(of point: Offset) -> SIMD4<Float> {
            SIMD4(Float(point.east), Float(point.north), Float(-point.east), Float(-point.north))
        }
    }

    /// A street that ends within so many metres of another one is taken to reach it, and meetings of two streets within
    /// `together` are one corner: where one of them jogs there are two.
    private static let slack = 60.0
    private static let together = 200.0
    /// A possible crossing so near a known one is that one.
    private static let beside = 300.0
    /// How far a street may go on after the end of its line, and how wide a gap in it may be.
    private static let goesOn = 1_500.0
    private static let widestGap = 6_000.0
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
        named = lines.sorted { $0.key < $1.key }.flatMap { name, lines in lines.map { (name, $0) } }
        boxes = named.map { Box(corners[$0.line]) }
    }

    /// The streets that run within so many metres of a point, each once.
    func streets(near point: Point, within metres: Double) -> [String] {
        let offset = grid.offset(of: point)
        let here = SIMD2(offset.east, offset.north)
        let nearBoxes = Box.Here(offset, within: metres)
        var found: [String] = []
        for index in boxes.indices where boxes[index].isNear(nearBoxes) {
            let (name, line) = named[index]
            guard found.last != name, stretches(line).contains(where: { $0.distance(to: here) <= metres }) else {
                continue
            }
            found.append(name)
        }
        return found
    }

    /// Where two streets cross.
    struct Crossings {
        /// Where they cross, or one ends at the other: one point for each corner of that name, in no order.
        var known: [Point] = []
        /// Where they may cross as well, away from those: a line has gaps, and a street may go on where its line ends.
        var possible: [Point] = []

        fileprivate func filter(_ isIn: (Point) -> Bool) -> Crossings {
            Crossings(known: known.filter(isIn), possible: possible.filter(isIn))
        }

        /// The one that is known, if there is no other.
        fileprivate var only: Point? { known.count == 1 && possible.isEmpty ? known.first : nil }
    }

    /// None where the line of one isn't known.
    func crossings(of first: String, _ second: String) -> Crossings {
        guard let ours = lines[first], let theirs = lines[second] else { return Crossings() }
        let (sure, otherSure) = (ours.flatMap(stretches), theirs.flatMap(stretches))
        var known: [Corner] = []
        for stretch in sure {
            for meeting in otherSure.lazy.compactMap(stretch.meeting) { Self.add(meeting, to: &known) }
        }
        // Nothing hides what isn't there.
        guard !known.isEmpty else { return Crossings() }
        var possible: [Corner] = []
        func perhaps(_ stretch: Stretch, _ others: [Stretch]) {
            for meeting in others.lazy.compactMap(stretch.meeting)
            where known.allSatisfy({ $0.middle.distance(to: meeting) > Self.beside }) {
                Self.add(meeting, to: &possible)
            }
        }
        let otherUnsure = unsure(theirs)
        for stretch in sure { perhaps(stretch, otherUnsure) }
        for stretch in unsure(ours) { perhaps(stretch, otherSure + otherUnsure) }
        return Crossings(
            known: known.map { grid.point(at: $0.middle) },
            possible: possible.map { grid.point(at: $0.middle) }
        )
    }

    /// Where a street may run besides its lines: straight on from each end, and across a gap to an end that looks this way.
    private func unsure(_ lines: [Range<Int>]) -> [Stretch] {
        let ends = lines.enumerated().flatMap { piece, line -> [End] in
            guard line.count > 1 else { return [] }
            let (first, last) = (line.lowerBound, line.upperBound - 1)
            return [
                End(piece: piece, at: corners[first], from: corners[first + 1]),
                End(piece: piece, at: corners[last], from: corners[last - 1]),
            ]
        }
        var found = ends.map { Stretch(start: $0.at, end: $0.ahead(Self.goesOn)) }
        for (index, end) in ends.enumerated() {
            for other in ends[(index + 1)...] where other.piece != end.piece && end.faces(other) && other.faces(end) {
                found.append(Stretch(start: end.at, end: other.at))
            }
        }
        return found
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

    /// Where a line ends, and which way it looks there.
    private struct End {
        let piece: Int
        let at: Offset
        private let east: Double
        private let north: Double

        init(piece: Int, at: Offset, from before: Offset) {
            (self.piece, self.at) = (piece, at)
            let length = max(before.distance(to: at), 1)
            (east, north) = ((at.east - before.east) / length, (at.north - before.north) / length)
        }

        func ahead(_ metres: Double) -> Offset {
            Offset(east: at.east + metres * east, north: at.north + metres * north)
        }

        /// Across a gap, and no more than sixty degrees aside.
        func faces(_ other: End) -> Bool {
            let gap = at.distance(to: other.at)
            let ahead = (other.at.east - at.east) * east + (other.at.north - at.north) * north
            return gap > 1 && gap <= StreetLines.widestGap && ahead >= gap / 2
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

        func distance(to point: SIMD2<Double>) -> Double {
            let to = point - SIMD2(start.east, start.north)
            let along = length > 0 ? (to.x * east + to.y * north) / (length * length) : 0
            let beside = to - min(max(along, 0), 1) * SIMD2(east, north)
            return (beside * beside).sum().squareRoot()
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
    /// The streets of the pack that run within so many metres of a point.
    package func streets(near point: Point, within metres: Double) -> [String] {
        streetLines.streets(near: point, within: metres)
    }

    /// Where two streets cross. Nil where the pack doesn't know it, and where several corners of that name could be meant,
    /// also such as may lie in a gap of what the pack knows: `place`, named with it, tells which. A corner that is not there is
    /// not taken: somebody is wrong, and we can't know who.
    package func corner(of crossing: Crossing, in place: Place?) -> Point? {
        let corners =
            crossing.place.map { StreetLines.Crossings(known: [$0.center]) }
            ?? streetLines.crossings(of: crossing.first, crossing.second)
        guard !corners.known.isEmpty, let place, place.kind != .county else { return corners.only }
        if place.kind == .landmark {
            return corners.filter { place.center.distance(to: $0) <= place.radius + Self.besideLandmark }.only
        }
        // What is called so, or lies in what is called so; a circle fits no big city, and no border.
        let inside = corners.filter { corner in
            guard let near = nearest(to: corner) else { return false }
            return near == place || ancestors(of: near).contains(place)
        }
        if !inside.known.isEmpty { return inside.only }
        let reach = max(place.radius * 1.25, place.radius + Self.border)
        return corners.filter { place.center.distance(to: $0) <= reach }.only
    }

    /// People name a landmark that they see from the corner.
    private static let besideLandmark = 1_500.0
    private static let border = 800.0
}
