// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Kit
import People

/// The columns of the index. Rows are sorted by the cell of a grid, so that a run of cells is one range of rows
/// and of bits; whoever was added or moved since stands behind them in a short tail, and their old row is dead.
struct HelperRows: Sendable {
    /// Longer than high: a search reads line by line, and each is somewhere else in memory.
    static let lines = 128
    static let columns = 512
    static let cells = lines * columns

    private(set) var numbers: [HelperNumber] = []
    /// Which of the weeks they keep; with `resting`, who takes nothing.
    private(set) var week: [UInt32] = []
    /// What a search asks of who is left, side by side: a look into memory is what it costs.
    private(set) var facts: [Facts] = []

    /// A dead row's bits are off in all the others too.
    private(set) var alive: Bitmap
    private(set) var skills: [Skill: Bitmap] = [:]
    private(set) var languages: [String: Bitmap] = [:]
    private(set) var roles: [Role: Bitmap] = [:]
    /// Until when each certificate is good, in seconds since 1970; only for skills that somebody holds until a date.
    private(set) var expiries: [Skill: [UInt32]] = [:]
    /// For each hour, the numbers of the weeks that have it: there are far fewer weeks than people.
    private(set) var open = Array(repeating: Bitmap(rows: 1), count: WeeklyHours.count)
    private var weekNumbers: [WeeklyHours: UInt32] = [.none: 0]
    /// Few people give times beside their week, or pause: by person, not by row.
    private(set) var windows: [HelperNumber: [HelperEntry.Window]] = [:]
    private(set) var pauses: [HelperNumber: Instant] = [:]
    /// Whose row to look up there.
    private(set) var windowed: Bitmap
    private(set) var pausing: Bitmap

    /// 16 bytes, so that none lies across two lines of the cache.
    struct Facts: Sendable {
        /// Ten-millionths of a degree: a centimetre.
        let latitude: Int32
        let longitude: Int32
        /// Seconds since 1970, 0 for never.
        let lastAsked: UInt32
        private let radiusAndCapacity: UInt32

        /// Metres.
        var radius: Double { Double(radiusAndCapacity >> 8) }
        /// How many at once, of what can be had several of.
        var capacity: Int { Int(radiusAndCapacity & 0xFF) }

        init(_ helper: Helper) {
            latitude = Int32((helper.point.latitude * 1e7).rounded())
            longitude = Int32((helper.point.longitude * 1e7).rounded())
            lastAsked = helper.lastAskedAt.map(HelperRows.seconds) ?? 0
            radiusAndCapacity = UInt32(min(max(helper.radius, 0), 1e7)) << 8 | UInt32(UInt8(clamping: helper.capacity))
        }

        func distance(to point: Point) -> Double {
            let (latitude, longitude) = (Double(latitude) / 1e7, Double(longitude) / 1e7)
            let middle = (point.latitude + latitude) * 0.5 * .pi / 180
            let east = Point.wrapped(longitude - point.longitude) * cos(middle)
            let north = latitude - point.latitude
            return (east * east + north * north).squareRoot() * Point.metresPerDegree
        }
    }

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

    /// Sorts everybody by cell: linear in their number.
    init(_ entries: [HelperEntry]) {
        box = Box(entries.lazy.map(\.helper.point))
        let cells = entries.map { [box] entry in
            UInt32(box.cell(entry.helper.point.latitude, entry.helper.point.longitude))
        }
        cellStart = Array(repeating: 0, count: Self.cells + 1)
        for cell in cells { cellStart[Int(cell) + 1] += 1 }
        for cell in 0..<Self.cells { cellStart[cell + 1] += cellStart[cell] }
        var next = cellStart
        var order = [UInt32](repeating: 0, count: entries.count)
        for (index, cell) in cells.enumerated() {
            order[Int(next[Int(cell)])] = UInt32(index)
            next[Int(cell)] += 1
        }
        alive = Bitmap(rows: entries.count)
        windowed = Bitmap(rows: 0)
        pausing = Bitmap(rows: 0)
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
        week.reserveCapacity(room)
        facts.reserveCapacity(room)
    }

    /// Adds somebody, or puts them where they are now. What changes nothing about where they stand changes bits only.
    mutating func put(_ entry: HelperEntry) {
        let number = HelperNumber(entry.helper.person)
        if let row = row(of: number) {
            let facts = Facts(entry.helper)
            if self.facts[row].latitude == facts.latitude, self.facts[row].longitude == facts.longitude {
                clear(row)
                write(entry, row)
                return
            }
            bury(row)
        }
        tail[number] = count
        append(entry)
    }

    mutating func remove(_ person: Ref<Person>) {
        let number = HelperNumber(person)
        guard let row = row(of: number) else { return }
        bury(row)
        tail[number] = nil
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

    func point(_ row: Int) -> (latitude: Double, longitude: Double) {
        (Double(facts[row].latitude) / 1e7, Double(facts[row].longitude) / 1e7)
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
        rows.week = column(week)
        rows.facts = column(facts)
        rows.alive = alive.gathered(order)
        rows.windowed = windowed.gathered(order)
        rows.pausing = pausing.gathered(order)
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
        numbers.capacity * 16 + facts.capacity * MemoryLayout<Facts>.stride
            + (week.capacity + byNumber.capacity + cellStart.capacity) * 4 + open.reduce(0) { $0 + $1.bytes }
            + alive.bytes + windowed.bytes + pausing.bytes + skills.values.reduce(0) { $0 + $1.bytes }
            + languages.values.reduce(0) { $0 + $1.bytes } + roles.values.reduce(0) { $0 + $1.bytes }
            + expiries.values.reduce(0) { $0 + $1.capacity * 4 } + weekNumbers.capacity * 32
            + (tail.capacity + pauses.capacity) * 32 + windows.capacity * 64
    }

    private mutating func append(_ entry: HelperEntry) {
        numbers.append(HelperNumber(entry.helper.person))
        week.append(0)
        facts.append(Facts(entry.helper))
        alive[count - 1] = true
        livingCount += 1
        write(entry, count - 1)
    }

    private mutating func clear(_ row: Int) {
        for skill in skills.keys { skills[skill]?[row] = false }
        for language in languages.keys { languages[language]?[row] = false }
        for role in roles.keys { roles[role]?[row] = false }
        windows[numbers[row]] = nil
        windowed[row] = false
        pauses[numbers[row]] = nil
        pausing[row] = false
    }

    /// Into a row whose bits are all off.
    private mutating func write(_ entry: HelperEntry, _ row: Int) {
        let (helper, rows) = (entry.helper, count)
        facts[row] = Facts(helper)
        week[row] = number(of: entry.hours) | (helper.capacity > 0 ? 0 : Self.resting)
        for held in helper.skills {
            skills[held.skill, default: Bitmap(rows: rows)][row] = true
            if held.expiresAt != nil || expiries[held.skill] != nil {
                keep(held.expiresAt.map(Self.seconds) ?? 0, held.skill, row)
            }
        }
        for language in helper.languages { languages[language, default: Bitmap(rows: rows)][row] = true }
        for role in entry.roles { roles[role, default: Bitmap(rows: rows)][row] = true }
        if !entry.windows.isEmpty {
            windows[numbers[row]] = entry.windows
            windowed[row] = true
        }
        if let until = helper.restingUntil {
            pauses[numbers[row]] = until
            pausing[row] = true
        }
    }

    private mutating func bury(_ row: Int) {
        clear(row)
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
        let new = UInt32(weekNumbers.count)
        for hour in hours.hours { open[hour][Int(new)] = true }
        weekNumbers[hours] = new
        return new
    }

    static func seconds(_ instant: Instant) -> UInt32 {
        UInt32(min(max(instant.milliseconds / 1_000, 1), Int64(UInt32.max)))
    }

    private static func instant(_ seconds: UInt32) -> Instant { Instant(milliseconds: Int64(seconds) * 1_000) }
}
