// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import People

/// Why nobody more was found: everybody counts once, by the first thing that stood in their way, in the order of
/// `Shortfall.Cause`. Counted by whole words of bitmaps; only who could come but for the distance is measured, and of
/// those only who stands near. Only for a search that fell short.
struct Obstacles {
    private(set) var counts: [Shortfall.Cause: Int] = [:]
    /// Who is left after the causes so far.
    private var left: Bitmap

    init(_ rows: HelperRows, _ need: Need, busy: Set<Int>, onShift: Bitmap) {
        left = rows.alive
        if let roles = need.roles {
            var served = Bitmap(rows: rows.count)
            for role in roles { if let holders = rows.roles[role] { served.formUnion(holders) } }
            left.formIntersection(served)
        }
        keep(rows.skills[need.skill] ?? Bitmap(rows: 0), else: .withoutSkill)
        if need.skill.needsCertificate || rows.expiries[need.skill] != nil {
            drop(left.rows { !rows.holds(need.skill, $0, at: need.at) }, as: .certificateExpired)
        }
        drop(need.excluding.compactMap { rows.row(of: HelperNumber($0)) }, as: .askedAlready)
        if let language = need.language { keep(rows.languages[language] ?? Bitmap(rows: 0), else: .otherLanguage) }
        keep(onShift, else: .offShift)
        func isBusy(_ row: Int) -> Bool {
            busy.contains(row) || !rows.willing[row]
                || (rows.pauses[rows.numbers[row]].map { $0 > need.at } ?? false)
        }
        guard let point = need.point else {
            count(left.rows(where: isBusy).count, .busy)
            return
        }
        let near = rows.near(point, within: need.maximumDistance).flatMap { range in
            left.rows(in: range) { rows.distance($0, to: point) <= min(need.maximumDistance, Double(rows.radii[$0])) }
        }
        count(left.count - near.count, .tooFar)
        count(near.reduce(0) { $0 + (isBusy($1) ? 1 : 0) }, .busy)
    }

    private mutating func keep(_ those: Bitmap, else cause: Shortfall.Cause) {
        let before = left.count
        left.formIntersection(those)
        count(before - left.count, cause)
    }

    private mutating func drop(_ rows: [Int], as cause: Shortfall.Cause) {
        var dropped = 0
        for row in rows where left[row] {
            left[row] = false
            dropped += 1
        }
        count(dropped, cause)
    }

    private mutating func count(_ number: Int, _ cause: Shortfall.Cause) {
        if number > 0 { counts[cause] = number }
    }
}

extension Bitmap {
    /// The rows of the range whose bits are on and that pass.
    func rows(in range: Range<Int>? = nil, where passes: (Int) -> Bool) -> [Int] {
        let range = (range ?? 0..<(words.count * 64)).clamped(to: 0..<(words.count * 64))
        guard !range.isEmpty else { return [] }
        var found: [Int] = []
        for word in (range.lowerBound >> 6)...((range.upperBound - 1) >> 6) {
            var bits = words[word]
            while bits != 0 {
                let row = word << 6 + bits.trailingZeroBitCount
                bits &= bits - 1
                if range.contains(row), passes(row) { found.append(row) }
            }
        }
        return found
    }

    /// Bits beyond the end of this one are left out.
    mutating func formUnion(_ other: Bitmap) {
        for word in 0..<min(words.count, other.words.count) { self[word: word] |= other.words[word] }
    }
}

extension HelperRows {
    /// Ranges of rows that hold everybody within so many metres, and others; the tail among them.
    func near(_ point: Point, within metres: Double) -> [Range<Int>] {
        let tail = [sortedCount..<count]
        let north = metres / Point.metresPerDegree
        let farthest = min(abs(point.latitude) + north, 89.9)
        let east = north / cos(farthest * .pi / 180)
        let longitude = box.near(point.longitude)
        guard east < 90, !box.isWide else { return [0..<sortedCount] + tail }
        let (west, far) = (box.column(longitude - east), box.column(longitude + east))
        let lines = box.row(point.latitude - north)...box.row(point.latitude + north)
        return tail
            + lines.map { line in
                Int(cellStart[line * Self.side + west])..<Int(cellStart[line * Self.side + far + 1])
            }
    }
}
