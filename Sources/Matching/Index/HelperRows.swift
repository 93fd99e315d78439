// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import People

/// The columns of the index. Rows are sorted by the cell of a 256 × 256 grid, so that a run of cells is one range of
/// rows and of bits; whoever was added or moved since stands behind them in a short tail, and their old row is dead.
struct HelperRows: Sendable {
    static let side = 256

    private(set) var numbers: [HelperNumber] = []
    /// Ten-millionths of a degree: a centimetre.
    private(set) var latitudes: [Int32] = []
    private(set) var longitudes: [Int32] = []
    /// Metres.
    private(set) var radii: [UInt32] = []
    /// Seconds since 1970, 0 for never.
    private(set) var lastAsked: [UInt32] = []
    /// How many at once, of what can be had several of.
    private(set) var capacities: [UInt8] = []
    /// Which of `weeks` they keep.
    private(set) var week: [UInt32] = []

    private(set) var alive: Bitmap
    /// Capacity above nought.
    private(set) var willing: Bitmap
    private(set) var skills: [Skill: Bitmap] = [:]
    private(set) var languages: [String: Bitmap] = [:]
    private(set) var roles: [Role: Bitmap] = [:]
    /// Until when each certificate is good, in seconds since 1970; only for skills that somebody holds until a date.
    private(set) var expiries: [Skill: [UInt32]] = [:]
    private(set) var weeks: [WeeklyHours] = [.none]
    private var weekNumbers: [WeeklyHours: UInt32] = [.none: 0]
    /// Few people give times beside their week, or pause: by person, not by row.
    private(set) var windows: [HelperNumber: [HelperEntry.Window]] = [:]
    private(set) var pauses: [HelperNumber: Instant] = [:]

    private(set) var box: Box
    /// The first row of each cell, row-major, and one more for the end.
    private(set) var cellStart: [UInt32]
    private(set) var sortedCount = 0
    /// The sorted rows in the order of their numbers, for finding one.
    private var byNumber: [UInt32] = []
    private var tail: [HelperNumber: Int] = [:]
    private(set) var livingCount = 0

    var count: Int { numbers.count }
    var tailCount: Int { count - sortedCount }

    /// The smallest box round all helpers, a little more than nothing in each direction.
    struct Box: Sendable {
        let south: Double, west: Double, cellHeight: Double, cellWidth: Double

        init(_ points: some Sequence<Point>) {
            var (south, north, west, east) = (90.0, -90.0, 180.0, -180.0)
            for point in points {
                (south, north) = (min(south, point.latitude), max(north, point.latitude))
                (west, east) = (min(west, point.longitude), max(east, point.longitude))
            }
            if south > north { (south, north, west, east) = (0, 0, 0, 0) }
            self.south = south
            self.west = west
            cellHeight = max(north - south, 1e-4) / Double(HelperRows.side) * 1.000_001
            cellWidth = max(east - west, 1e-4) / Double(HelperRows.side) * 1.000_001
        }

        func column(_ longitude: Double) -> Int { clamped((longitude - west) / cellWidth) }

        /// More than half round the world: which way is nearer no longer goes by columns.
        var isWide: Bool { cellWidth * Double(HelperRows.side) > 180 }

        /// The longitude as seen from the box: a place just over the date line is near to it, not a world away.
        func near(_ longitude: Double) -> Double {
            let middle = west + cellWidth * Double(HelperRows.side) / 2
            return middle + Point.wrapped(longitude - middle)
        }
        func row(_ latitude: Double) -> Int { clamped((latitude - south) / cellHeight) }

        private func clamped(_ cell: Double) -> Int { Int(min(max(cell, 0), Double(HelperRows.side - 1))) }
    }

    /// Sorts everybody by cell: linear in their number.
    init(_ entries: [HelperEntry]) {
        box = Box(entries.lazy.map(\.helper.point))
        let cells = entries.map { [box] entry in
            UInt32(box.row(entry.helper.point.latitude) * Self.side + box.column(entry.helper.point.longitude))
        }
        cellStart = Array(repeating: 0, count: Self.side * Self.side + 1)
        for cell in cells { cellStart[Int(cell) + 1] += 1 }
        for cell in 0..<(Self.side * Self.side) { cellStart[cell + 1] += cellStart[cell] }
        var next = cellStart
        var order = [UInt32](repeating: 0, count: entries.count)
        for (index, cell) in cells.enumerated() {
            order[Int(next[Int(cell)])] = UInt32(index)
            next[Int(cell)] += 1
        }
        alive = Bitmap(rows: entries.count)
        willing = Bitmap(rows: entries.count)
        reserve(entries.count)
        for index in order { append(entries[Int(index)]) }
        sortedCount = count
        // Beside their rows, not looked up by them: a third of the time of a million.
        byNumber = zip(numbers, 0..<UInt32(count)).map { Keyed(number: $0, row: $1) }
            .sorted { $0.number < $1.number }.map(\.row)
    }

    private struct Keyed {
        let number: HelperNumber
        let row: UInt32
    }

    /// Room for the tail that may grow before everybody is sorted anew: without it, the first one in it would copy all.
    private mutating func reserve(_ rows: Int) {
        let room = rows + rows / 50 + 64
        numbers.reserveCapacity(room)
        latitudes.reserveCapacity(room)
        longitudes.reserveCapacity(room)
        radii.reserveCapacity(room)
        lastAsked.reserveCapacity(room)
        week.reserveCapacity(room)
        capacities.reserveCapacity(room)
    }

    /// Which rows are no longer, or newly, somebody's after a change.
    struct Change {
        let old: Int?
        let new: Int?
    }

    /// Adds somebody, or puts them where they are now. What changes nothing about where they stand changes bits only.
    @discardableResult
    mutating func put(_ entry: HelperEntry) -> Change {
        let number = HelperNumber(entry.helper.person)
        let old = row(of: number)
        if let row = old {
            let place = Self.fixed(entry.helper.point)
            if latitudes[row] == place.latitude, longitudes[row] == place.longitude {
                fill(row, entry)
                return Change(old: nil, new: row)
            }
            bury(row)
            windows[number] = nil
            pauses[number] = nil
        }
        tail[number] = count
        append(entry)
        return Change(old: old, new: count - 1)
    }

    @discardableResult
    mutating func remove(_ person: Ref<Person>) -> Change {
        let number = HelperNumber(person)
        guard let row = row(of: number) else { return Change(old: nil, new: nil) }
        bury(row)
        tail[number] = nil
        windows[number] = nil
        pauses[number] = nil
        return Change(old: row, new: nil)
    }

    mutating func noteAsked(_ person: Ref<Person>, at moment: Instant) {
        if let row = row(of: HelperNumber(person)) { lastAsked[row] = Self.seconds(moment) }
    }

    /// The living row of a person.
    func row(of number: HelperNumber) -> Int? {
        if let row = tail[number] { return row }
        var (low, high) = (0, byNumber.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[Int(byNumber[middle])] < number { low = middle + 1 } else { high = middle }
        }
        guard low < byNumber.count else { return nil }
        let row = Int(byNumber[low])
        return numbers[row] == number && alive[row] ? row : nil
    }

    func holds(_ skill: Skill, _ row: Int, at moment: Instant) -> Bool {
        guard let expiries = expiries[skill], row < expiries.count else { return !skill.needsCertificate }
        let expiry = expiries[row]
        return expiry == 0 ? !skill.needsCertificate : Int64(expiry) * 1_000 > moment.milliseconds
    }

    /// As `Helper.places`.
    func places(_ row: Int, _ skill: Skill) -> Int {
        let capacity = Int(capacities[row])
        return skill.takesSeveral ? capacity : min(capacity, 1)
    }

    func point(_ row: Int) -> (latitude: Double, longitude: Double) {
        (Double(latitudes[row]) / 1e7, Double(longitudes[row]) / 1e7)
    }

    /// These rows in this order, which is that of the cells.
    func gathered(_ order: [UInt32], box: Box, cellStart: [UInt32]) -> HelperRows {
        func column<T>(_ old: [T]) -> [T] {
            var new: [T] = []
            new.reserveCapacity(order.count + order.count / 50 + 64)
            for row in order { new.append(old[Int(row)]) }
            return new
        }
        var rows = self
        rows.box = box
        rows.cellStart = cellStart
        rows.numbers = column(numbers)
        rows.latitudes = column(latitudes)
        rows.longitudes = column(longitudes)
        rows.radii = column(radii)
        rows.lastAsked = column(lastAsked)
        rows.week = column(week)
        rows.capacities = column(capacities)
        rows.alive = alive.gathered(order)
        rows.willing = willing.gathered(order)
        rows.skills = skills.mapValues { $0.gathered(order) }
        rows.languages = languages.mapValues { $0.gathered(order) }
        rows.roles = roles.mapValues { $0.gathered(order) }
        rows.expiries = expiries.mapValues { old in
            order.map { Int($0) < old.count ? old[Int($0)] : 0 }
        }
        rows.sortedCount = order.count
        rows.livingCount = order.count
        rows.tail = [:]
        rows.byNumber = renumbered(order, rows.numbers)
        return rows
    }

    /// The new rows in the order of their numbers: the old order, with the few of the tail merged in.
    private func renumbered(_ order: [UInt32], _ numbers: [HelperNumber]) -> [UInt32] {
        let gone = UInt32.max
        var now = [UInt32](repeating: gone, count: count)
        for (new, old) in order.enumerated() { now[Int(old)] = UInt32(new) }
        let kept = byNumber.compactMap { old in now[Int(old)] == gone ? nil : now[Int(old)] }
        let fresh = (sortedCount..<count).compactMap { old in now[old] == gone ? nil : now[old] }
            .sorted { numbers[Int($0)] < numbers[Int($1)] }
        var merged: [UInt32] = []
        merged.reserveCapacity(order.count)
        var (left, right) = (0, 0)
        while left < kept.count || right < fresh.count {
            if right == fresh.count
                || left < kept.count && numbers[Int(kept[left])] < numbers[Int(fresh[right])]
            {
                merged.append(kept[left])
                left += 1
            } else {
                merged.append(fresh[right])
                right += 1
            }
        }
        return merged
    }

    /// Bytes.
    var memory: Int {
        numbers.capacity * 16 + (latitudes.capacity + longitudes.capacity + radii.capacity) * 4
            + (lastAsked.capacity + week.capacity + byNumber.capacity + cellStart.capacity) * 4
            + capacities.capacity + alive.bytes + willing.bytes + skills.values.reduce(0) { $0 + $1.bytes }
            + languages.values.reduce(0) { $0 + $1.bytes } + roles.values.reduce(0) { $0 + $1.bytes }
            + expiries.values.reduce(0) { $0 + $1.capacity * 4 } + weeks.capacity * 24 * 2
            + (tail.capacity + pauses.capacity) * 32 + windows.capacity * 64
    }

    private mutating func append(_ entry: HelperEntry) {
        let place = Self.fixed(entry.helper.point)
        numbers.append(HelperNumber(entry.helper.person))
        latitudes.append(place.latitude)
        longitudes.append(place.longitude)
        radii.append(0)
        lastAsked.append(0)
        week.append(0)
        capacities.append(0)
        alive[count - 1] = true
        livingCount += 1
        write(entry, count - 1)
    }

    private mutating func fill(_ row: Int, _ entry: HelperEntry) {
        for skill in skills.keys { skills[skill]?[row] = false }
        for language in languages.keys { languages[language]?[row] = false }
        for role in roles.keys { roles[role]?[row] = false }
        windows[numbers[row]] = nil
        pauses[numbers[row]] = nil
        write(entry, row)
    }

    /// Into a row whose bits are all off.
    private mutating func write(_ entry: HelperEntry, _ row: Int) {
        let (helper, rows) = (entry.helper, count)
        radii[row] = UInt32(min(max(helper.radius, 0), 1e8))
        lastAsked[row] = helper.lastAskedAt.map(Self.seconds) ?? 0
        week[row] = number(of: entry.hours)
        willing[row] = helper.capacity > 0
        capacities[row] = UInt8(clamping: helper.capacity)
        for held in helper.skills {
            skills[held.skill, default: Bitmap(rows: rows)][row] = true
            if held.expiresAt != nil || expiries[held.skill] != nil {
                keep(held.expiresAt.map(Self.seconds) ?? 0, held.skill, row)
            }
        }
        for language in helper.languages { languages[language, default: Bitmap(rows: rows)][row] = true }
        for role in entry.roles { roles[role, default: Bitmap(rows: rows)][row] = true }
        if !entry.windows.isEmpty { windows[numbers[row]] = entry.windows }
        if let until = helper.pausedUntil { pauses[numbers[row]] = until }
    }

    private mutating func bury(_ row: Int) {
        alive[row] = false
        livingCount -= 1
    }

    private mutating func keep(_ seconds: UInt32, _ skill: Skill, _ row: Int) {
        var column = expiries.removeValue(forKey: skill) ?? []
        if column.count <= row { column += repeatElement(0, count: row + 1 - column.count) }
        column[row] = seconds
        expiries[skill] = column
    }

    private mutating func number(of hours: WeeklyHours) -> UInt32 {
        if let known = weekNumbers[hours] { return known }
        let new = UInt32(weeks.count)
        weeks.append(hours)
        weekNumbers[hours] = new
        return new
    }

    private static func fixed(_ point: Point) -> (latitude: Int32, longitude: Int32) {
        (Int32((point.latitude * 1e7).rounded()), Int32((point.longitude * 1e7).rounded()))
    }

    private static func seconds(_ instant: Instant) -> UInt32 {
        UInt32(min(max(instant.milliseconds / 1_000, 1), Int64(UInt32.max)))
    }

    private static func instant(_ seconds: UInt32) -> Instant { Instant(milliseconds: Int64(seconds) * 1_000) }
}
