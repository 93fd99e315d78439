// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import People

/// One search: ANDs the bitmaps over a growing square of cells round the need, measures only who is left, and stops
/// when nobody outside the square could come before the last of the best.
struct HelperSearch {
    private let rows: HelperRows
    private let ready: Bitmap
    private let need: Need
    /// Rows that may not be chosen although their bits say so: busy, or asked already.
    private let barred: Set<Int>
    private let roles: [Bitmap]?
    private let hasCertificates: Bool

    private(set) var best: [Able] = []
    /// The latest time that somebody able in each band was asked, for saying whose turn it is.
    private(set) var latest: [Int: UInt32] = [:]

    /// Somebody who can.
    struct Able {
        let row: Int
        let number: HelperNumber
        let distance: Double?
        let band: Int
        /// Seconds since 1970, 0 for never.
        let lastAsked: UInt32

        func goesBefore(_ other: Able) -> Bool {
            if band != other.band { return band < other.band }
            if lastAsked != other.lastAsked { return lastAsked < other.lastAsked }
            let (near, far) = (distance ?? 0, other.distance ?? 0)
            return near != far ? near < far : number < other.number
        }
    }

    init(_ rows: HelperRows, ready: Bitmap, need: Need, barred: Set<Int>) {
        (self.rows, self.ready, self.need, self.barred) = (rows, ready, need, barred)
        roles = need.roles?.compactMap { rows.roles[$0] }
        hasCertificates = need.skill.needsCertificate || rows.expiries[need.skill] != nil
        best.reserveCapacity(max(0, need.count))
    }

    /// Fills `best`, at most `need.count` of them, in order.
    mutating func run() {
        guard need.count > 0, let skill = rows.skills[need.skill] else { return }
        var language = ready
        if let code = need.language {
            guard let speakers = rows.languages[code] else { return }
            language = speakers
        }
        // The shortest of the three bounds every range: bits beyond it are off.
        let end = min(ready.words.count, skill.words.count, language.words.count) * 64
        ready.words.withUnsafeBufferPointer { ready in
            skill.words.withUnsafeBufferPointer { skill in
                language.words.withUnsafeBufferPointer { language in
                    search(Masks(end: end, ready: ready, skill: skill, language: language))
                }
            }
        }
    }

    /// Borrowed for the length of one search; a word index below `end` / 64 is inside all three.
    private struct Masks {
        let end: Int
        let ready: UnsafeBufferPointer<UInt64>
        let skill: UnsafeBufferPointer<UInt64>
        let language: UnsafeBufferPointer<UInt64>
    }

    private mutating func search(_ masks: Masks) {
        guard let point = need.point else { return scan(0..<rows.count, from: nil, masks) }
        scan(rows.sortedCount..<rows.count, from: point, masks)
        grow(round: point, masks)
    }

    private mutating func grow(round point: Point, _ masks: Masks) {
        let side = HelperRows.side
        let longitude = rows.box.near(point.longitude)
        let (column, row) = (rows.box.column(longitude), rows.box.row(point.latitude))
        var inner: (west: Int, east: Int, south: Int, north: Int)?
        var reach = 0
        while true {
            let west = max(0, column - reach), east = min(side - 1, column + reach)
            let south = max(0, row - reach), north = min(side - 1, row + reach)
            for line in south...north {
                if let inner, line >= inner.south, line <= inner.north {
                    if west < inner.west { scan(run(line, west...(inner.west - 1)), from: point, masks) }
                    if east > inner.east { scan(run(line, (inner.east + 1)...east), from: point, masks) }
                } else {
                    scan(run(line, west...east), from: point, masks)
                }
            }
            let seen = rows.box.covered(
                point.latitude,
                longitude,
                west: west,
                east: east,
                south: south,
                north: north
            )
            if seen == .infinity || seen > need.maximumDistance { return }
            if best.count == need.count, let last = best.last, seen >= Double(last.band + 1) * Match.band { return }
            inner = (west, east, south, north)
            reach = reach == 0 ? 1 : reach * 2
        }
    }

    private func run(_ line: Int, _ columns: ClosedRange<Int>) -> Range<Int> {
        let first = line * HelperRows.side
        return Int(rows.cellStart[first + columns.lowerBound])..<Int(rows.cellStart[first + columns.upperBound + 1])
    }

    private mutating func scan(_ whole: Range<Int>, from point: Point?, _ masks: Masks) {
        let range = whole.clamped(to: 0..<masks.end)
        guard !range.isEmpty else { return }
        let firstWord = range.lowerBound >> 6
        let lastWord = (range.upperBound - 1) >> 6
        for word in firstWord...lastWord {
            var bits = masks.ready[word] & masks.skill[word] & masks.language[word]
            if bits == 0 { continue }
            if word == firstWord { bits &= ~0 << UInt64(range.lowerBound & 63) }
            if word == lastWord, range.upperBound & 63 != 0 { bits &= ~(~0 << UInt64(range.upperBound & 63)) }
            while bits != 0 {
                let row = word << 6 + bits.trailingZeroBitCount
                bits &= bits - 1
                consider(row, from: point)
            }
        }
    }

    private mutating func consider(_ row: Int, from point: Point?) {
        if !barred.isEmpty, barred.contains(row) { return }
        if let roles, !roles.contains(where: { $0[row] }) { return }
        if hasCertificates, !rows.holds(need.skill, row, at: need.at) { return }
        var distance: Double?
        if let point {
            let metres = rows.distance(row, to: point)
            guard metres <= min(need.maximumDistance, Double(rows.radii[row])) else { return }
            distance = metres
        }
        let band = Int((distance ?? 0) / Match.band)
        let asked = rows.lastAsked[row]
        if best.count == need.count, let last = best.last, band > last.band { return }
        if asked > 0 { latest[band] = max(latest[band] ?? 0, asked) }
        let able = Able(row: row, number: rows.numbers[row], distance: distance, band: band, lastAsked: asked)
        if best.count == need.count {
            guard let last = best.last, able.goesBefore(last) else { return }
            best.removeLast()
        }
        var place = best.count
        while place > 0, able.goesBefore(best[place - 1]) { place -= 1 }
        best.insert(able, at: place)
    }
}

extension HelperRows {
    func distance(_ row: Int, to point: Point) -> Double {
        let (latitude, longitude) = self.point(row)
        let middle = (point.latitude + latitude) * 0.5 * .pi / 180
        let east = Point.wrapped(longitude - point.longitude) * cos(middle)
        let north = latitude - point.latitude
        return (east * east + north * north).squareRoot() * Point.metresPerDegree
    }
}

extension HelperRows.Box {
    /// Metres round a point within which everybody stands inside the square of cells; infinite when it is everybody.
    func covered(
        _ latitude: Double,
        _ longitude: Double,
        west: Int,
        east: Int,
        south: Int,
        north: Int
    ) -> Double {
        let last = HelperRows.side - 1
        if isWide, west > 0 || east < last { return 0 }
        let top = self.south + cellHeight * Double(HelperRows.side)
        // The shortest a degree of longitude gets between the point and anybody.
        let shortest = min(
            cos((latitude + self.south) * 0.5 * .pi / 180),
            cos((latitude + top) * 0.5 * .pi / 180)
        )
        var metres = Double.infinity
        if south > 0 { metres = min(metres, latitude - (self.south + cellHeight * Double(south))) }
        if north < last { metres = min(metres, self.south + cellHeight * Double(north + 1) - latitude) }
        if west > 0 { metres = min(metres, (longitude - (self.west + cellWidth * Double(west))) * shortest) }
        if east < last { metres = min(metres, (self.west + cellWidth * Double(east + 1) - longitude) * shortest) }
        return metres == .infinity ? metres : max(0, metres) * Point.metresPerDegree
    }
}
