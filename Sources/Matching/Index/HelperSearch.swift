// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// One search: reads the rows that are in every bitmap of the need, in a rectangle round it that grows, looks at the
/// hour and measures only for those, and stops when nobody outside could come before the last of the best.
struct HelperSearch {
    private let reading: HelperReading
    private let need: Need
    private let hour: Int
    /// Rows that may not be chosen although their bits say so: busy, or asked already.
    private let barred: Set<Int>
    private let certificates: [HelperRows.Certificates]
    /// Of several roles, any will do.
    private let roles: [Bitmap]

    /// In no order before there are enough.
    private(set) var best: [Able] = []
    /// Everybody able as near as the best, for saying whose turn it is.
    private(set) var others = Fairness.Others()

    /// Somebody who can.
    struct Able {
        let row: Int
        let distance: Double?
        /// As `Fairness.rank`.
        let rank: Int
        /// Seconds since 1970, 0 for never.
        let lastAsked: UInt32

        func goesBefore(_ other: Able, _ reading: HelperReading) -> Bool {
            if rank != other.rank { return rank < other.rank }
            if lastAsked != other.lastAsked { return lastAsked < other.lastAsked }
            let (near, far) = (distance ?? 0, other.distance ?? 0)
            return near != far ? near < far : reading.rows.numbers[row] < reading.rows.numbers[other.row]
        }
    }

    /// Finds at most `need.count`, in order. `pool`: nobody but these.
    init(_ reading: HelperReading, _ need: Need, hour: Int, barred: Set<Int>, pool: HelperRows.Pool) {
        (self.reading, self.need, self.hour, self.barred) = (reading, need, hour, barred)
        let skills = need.skills
        certificates = reading.rows.certificates(skills)
        roles = pool.roles.flatMap { $0.count > 1 ? $0 : nil } ?? []
        guard need.count > 0, let held = reading.rows.held(skills) else { return }
        var masks = held
        if let code = need.language {
            guard let speakers = reading.rows.languages[code] else { return }
            masks.append(speakers)
        }
        if let held = pool.roles, held.count <= 1 { masks.append(held.first ?? Bitmap(rows: 0)) }
        if let among = pool.among { masks.append(among) }
        best.reserveCapacity(min(need.count, reading.rows.livingCount))
        run(masks)
        if best.count < need.count { best.sort { [reading] in $0.goesBefore($1, reading) } }
    }

    private mutating func run(_ masks: [Bitmap]) {
        // As if what people can had nothing to do with what else they can: a guess, and only the speed hangs on it.
        let everybody = Double(max(1, reading.rows.count))
        let density = masks.reduce(1) { $0 * Double($1.count) / everybody }
        reading.rows.withShifts(in: hour) { shifts in
            Intersection.with(masks) { candidates in
                let county = County(candidates: candidates, shifts: shifts)
                guard let point = need.point, density * everybody > Self.few else {
                    return scan([0..<reading.rows.count], county)
                }
                scan([reading.rows.sortedCount..<reading.rows.count], county)
                grow(round: point, density, county)
            }
        }
    }

    /// Borrowed for the length of one search.
    private struct County {
        let candidates: Intersection
        let shifts: HelperRows.Shifts
    }

    /// So many candidates in the whole county are sooner looked at than looked for.
    private static let few = 300.0
    /// Candidates in the first rectangle for each who is wanted: most are off shift.
    private static let spare = 6.0

    private mutating func grow(round point: Point, _ density: Double, _ county: County) {
        var metres = Fairness.step
        let wanted = Double(need.count) * Self.spare / density
        while metres < need.maximumDistance {
            let there = Double(reading.rows.count(in: reading.rows.box.cells(round: point, within: metres)))
            if there >= wanted { break }
            metres *= min(4, max(1.2, (wanted / max(1, there)).squareRoot()))
        }
        var inner: HelperRows.Cells?
        while true {
            metres = min(metres, need.maximumDistance)
            let cells = reading.rows.box.cells(round: point, within: metres)
            scan(reading.rows.rows(in: cells, but: inner), county)
            if cells.isEverything || metres >= need.maximumDistance { return }
            inner = cells
            if best.count == need.count, let last = best.last {
                // Nobody stands before where they are.
                let enough = Double(last.rank + 1) * Fairness.step
                if metres >= enough { return }
                metres = enough
            } else {
                metres *= min(3, max(1.25, (1.3 * Double(need.count) / Double(max(1, best.count))).squareRoot()))
            }
        }
    }

    /// All candidates first, then whose hour it is, then what is known of those, then one by one: what doesn't wait for
    /// what came before is read from memory side by side.
    private mutating func scan(_ ranges: [Range<Int>], _ county: County) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.batch + 64) { found in
            withUnsafeTemporaryAllocation(of: HelperRows.Facts.self, capacity: Self.batch + 64) { facts in
                var count = 0
                for range in ranges {
                    county.candidates.forEach(in: range) { row in
                        found[count] = UInt32(truncatingIfNeeded: row)
                        count += 1
                        if count == Self.batch {
                            consider(found, count, facts, county)
                            count = 0
                        }
                    }
                }
                consider(found, count, facts, county)
            }
        }
    }

    private static let batch = 512

    private mutating func consider(
        _ found: UnsafeMutableBufferPointer<UInt32>,
        _ count: Int,
        _ facts: UnsafeMutableBufferPointer<HelperRows.Facts>,
        _ county: County
    ) {
        let anyWindows = reading.rows.windowed.count > 0
        var kept = 0
        for index in 0..<count {
            let row = found[index]
            found[kept] = row
            kept += county.shifts.isOpenAndWilling(Int(row)) || anyWindows && reading.rows.windowed[Int(row)] ? 1 : 0
        }
        for index in 0..<kept { facts[index] = reading.rows.facts[Int(found[index])] }
        for index in 0..<kept { consider(Int(found[index]), facts[index], county) }
    }

    private mutating func consider(_ row: Int, _ facts: HelperRows.Facts, _ county: County) {
        guard county.shifts.isOpenAndWilling(row) || facts.capacity > 0 && reading.rows.isInWindow(row, at: need.at),
            !reading.rows.isPausing(row, at: need.at)
        else { return }
        if !barred.isEmpty, barred.contains(row) { return }
        if !roles.isEmpty, !roles.contains(where: { $0[row] }) { return }
        for certificate in certificates where !certificate.isValid(row, at: need.at) { return }
        var distance: Double?
        if let point = need.point {
            let metres = facts.distance(to: point)
            guard metres <= min(need.maximumDistance, facts.radius) else { return }
            distance = metres
        }
        let rank = Fairness.rank(distance, lastAsked: facts.lastAsked, at: need.at.milliseconds)
        others.note(ring: Fairness.ring(distance), rank: rank, lastAsked: facts.lastAsked)
        if best.count == need.count, let last = best.last, rank > last.rank { return }
        let able = Able(row: row, distance: distance, rank: rank, lastAsked: facts.lastAsked)
        guard best.count == need.count else {
            best.append(able)
            if best.count == need.count { best.sort { [reading] in $0.goesBefore($1, reading) } }
            return
        }
        guard let last = best.last, able.goesBefore(last, reading) else { return }
        best.removeLast()
        var place = best.count
        while place > 0, able.goesBefore(best[place - 1], reading) { place -= 1 }
        best.insert(able, at: place)
    }
}
