// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// Why nobody more was found: everybody counts once, by the first thing that stood in their way, in the order of
/// `Shortfall.Cause`. How many have a skill is known; whoever has the skill and the language is looked at, and only who is
/// on shift and stands near is measured. Only for a search that fell short.
struct Obstacles {
    private(set) var counts: [Shortfall.Cause: Int] = [:]

    /// `pool`: nobody but these counts.
    init(_ reading: HelperReading, _ need: Need, hour: Int, busy: Set<Int>, pool: HelperRows.Pool) {
        let (pool, skills) = (pool.bitmaps, need.skills)
        let living = pool.isEmpty ? reading.rows.livingCount : Self.count(pool)
        guard let held = reading.rows.held(skills) else {
            count(living, .withoutSkill)
            return
        }
        let able = pool + held
        let certificates = reading.rows.certificates(skills)
        func isCurrent(_ row: Int) -> Bool { certificates.allSatisfy { $0.isValid(row, at: need.at) } }
        let holders = able.count == 1 ? able[0].count : Self.count(able)
        let current = certificates.isEmpty ? holders : Self.count(able, where: isCurrent)
        let asked = Set(need.excluding.compactMap { reading.rows.row(of: HelperNumber($0)) })
            .filter { row in able.allSatisfy { $0[row] } && isCurrent(row) }
        func isAskable(_ row: Int) -> Bool { !asked.contains(row) && isCurrent(row) }
        let left = able + (need.language.map { [reading.rows.languages[$0] ?? Bitmap(rows: 0)] } ?? [])
        let isPlain = certificates.isEmpty && asked.isEmpty
        let reach = need.point.map { HelperRows.Box.degrees(need.maximumDistance + 0.01, at: $0.latitude) }
        var (speaking, onShift, resting, full, near) = (0, 0, 0, 0, 0)
        reading.rows.withShifts(in: hour) { shifts in
            Intersection.with(left) { candidates in
                candidates.forEach(in: 0..<Int.max) { row in
                    if !isPlain, !isAskable(row) { return }
                    speaking += 1
                    guard shifts.isOpen(row) || reading.rows.isInWindow(row, at: need.at) else { return }
                    onShift += 1
                    let facts = reading.rows.facts[row]
                    if let point = need.point, let reach, facts.isFar(from: point, need, reach) { return }
                    near += 1
                    if facts.capacity == 0 || reading.rows.isPausing(row, at: need.at) {
                        resting += 1
                    } else if busy.contains(row) {
                        full += 1
                    }
                }
            }
        }
        count(living - holders, .withoutSkill)
        count(holders - current, .certificateExpired)
        count(asked.count, .askedAlready)
        count(current - asked.count - speaking, .otherLanguage)
        count(speaking - onShift, .offShift)
        count(onShift - near, .tooFar)
        count(resting, .resting)
        count(full, .busy)
    }

    private mutating func count(_ number: Int, _ cause: Shortfall.Cause) {
        if number > 0 { counts[cause] = number }
    }

    private static func count(_ bitmaps: [Bitmap]) -> Int {
        var count = 0
        Intersection.with(bitmaps) { all in all.forEachWord(in: 0..<Int.max) { count += $1.nonzeroBitCount } }
        return count
    }

    @inline(__always)
    private static func count(_ bitmaps: [Bitmap], where passes: (Int) -> Bool) -> Int {
        var count = 0
        Intersection.with(bitmaps) { all in all.forEach(in: 0..<Int.max) { count += passes($0) ? 1 : 0 } }
        return count
    }
}

extension HelperRows.Facts {
    /// `reach`: so many degrees the need's distance is at most, for most are farther and need no measuring.
    fileprivate func isFar(from point: Point, _ need: Need, _ reach: (north: Double, east: Double)) -> Bool {
        if abs(Double(latitude) / 1e7 - point.latitude) > reach.north { return true }
        if reach.east < 90, abs(Point.wrapped(Double(longitude) / 1e7 - point.longitude)) > reach.east { return true }
        return distance(to: point) > min(need.maximumDistance, radius)
    }
}
