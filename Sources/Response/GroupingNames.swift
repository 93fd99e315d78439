// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// A name (a report's, an incident's, a sender's token) as a number: made once, then only numbers are compared. Under a seed
/// of this process, so that nobody can choose two names that fall together; of a million names two do in one run of thirty
/// million. Never 0.
enum NameMark {
    private static let seed: (UInt64, UInt64) = {
        let bytes = RandomBytes.take(16)
        func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        return (word(bytes.prefix(8)), word(bytes.suffix(8)))
    }()

    static func of(_ name: String) -> UInt64 {
        // Where it lies; what lies nowhere is copied.
        name.utf8.withContiguousStorageIfAvailable(of) ?? Array(name.utf8).withUnsafeBufferPointer(of)
    }

    private static func of(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let (low, high) = seed
        let bytes = UnsafeRawBufferPointer(bytes)
        var mark = mix(low ^ UInt64(truncatingIfNeeded: bytes.count), high)
        var place = 0
        while place + 8 <= bytes.count {
            mark = mix(mark ^ bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self), high)
            place += 8
        }
        var rest: UInt64 = 0
        while place < bytes.count {
            rest = rest << 8 | UInt64(bytes[place])
            place += 1
        }
        return max(mix(mark ^ rest, low | 1), 1)
    }

    /// Both halves of the product: every bit of it hangs on every bit of both.
    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right ^ 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low ^ left
    }
}

/// Under the mark of a name, where what bears it is: one slot or several, in one table without a chain or a hash. What leaves
/// lets the next ones move up, so that nothing is left behind and a look stops at the first free place. Where a whole incident
/// leaves, its names may stay until there is no room: each is somewhere else in memory, and slots are nobody else's.
struct NameTable: Sendable {
    private struct Place: Sendable {
        /// 0: free.
        var mark: UInt64 = 0
        var slot = 0
    }

    private var places: [Place] = Array(repeating: Place(), count: 64)
    private(set) var count = 0

    /// False when it is there already.
    mutating func add(_ slot: Int, under mark: UInt64) -> Bool {
        if isFull { makeRoom { _ in true } }
        var index = home(of: mark)
        while places[index].mark != 0 {
            if places[index].mark == mark, places[index].slot == slot { return false }
            index = after(index)
        }
        places[index] = Place(mark: mark, slot: slot)
        count += 1
        return true
    }

    mutating func remove(_ slot: Int, under mark: UInt64) {
        var index = home(of: mark)
        while places[index].mark != mark || places[index].slot != slot {
            if places[index].mark == 0 { return }
            index = after(index)
        }
        count -= 1
        var next = after(index)
        while places[next].mark != 0 {
            // It may move up if the free place is not before its own home.
            let way = (next &- home(of: places[next].mark)) & (places.count - 1)
            if way >= (next &- index) & (places.count - 1) {
                places[index] = places[next]
                index = next
            }
            next = after(next)
        }
        places[index] = Place()
    }

    func slots(under mark: UInt64) -> [Int] {
        var found: [Int] = []
        _ = first(under: mark) { slot in
            found.append(slot)
            return false
        }
        return found
    }

    func first(under mark: UInt64, where isIt: (Int) -> Bool) -> Int? {
        var index = home(of: mark)
        while places[index].mark != 0 {
            if places[index].mark == mark, isIt(places[index].slot) { return places[index].slot }
            index = after(index)
        }
        return nil
    }

    private func home(of mark: UInt64) -> Int { Int(truncatingIfNeeded: mark) & (places.count - 1) }

    private func after(_ index: Int) -> Int { (index + 1) & (places.count - 1) }

    /// The next one needs room.
    var isFull: Bool { (count + 1) * 2 > places.count }

    /// Of slots that are no more nothing stays.
    mutating func makeRoom(keeping isThere: (Int) -> Bool) {
        let kept = places.filter { $0.mark != 0 && isThere($0.slot) }
        places = Array(repeating: Place(), count: kept.count * 4 > places.count ? places.count * 2 : places.count)
        count = kept.count
        for place in kept {
            var index = home(of: place.mark)
            while places[index].mark != 0 { index = after(index) }
            places[index] = place
        }
    }
}

/// Where incidents are found by their own names and by those of their reports, of now and of hours ago in one table: an incident
/// has a number here for as long as there is one, so when it moves one word changes, and nothing is written down again.
struct IncidentNames: Sendable {
    enum Place: Equatable, Sendable {
        case gone
        /// And in which slot there.
        case now(Int)
        case past(Int)
    }

    private var incidents = NameTable()
    private var reports = NameTable()
    /// By number.
    private var places = SlotArray<Place>()

    /// Answers its number.
    mutating func begin(_ incident: UInt64, at place: Place) -> Int {
        let number = places.end
        places.append(place)
        if incidents.isFull { incidents.makeRoom { [places] in Self.isThere($0, places) } }
        _ = incidents.add(number, under: incident)
        return number
    }

    /// The names of what is gone stay in the tables until there is no room: a number is never another's.
    mutating func move(_ number: Int, to place: Place) { places[number] = place }

    /// False when the report is a part of it already.
    mutating func add(_ report: UInt64, to number: Int) -> Bool {
        if reports.isFull { reports.makeRoom { [places] in Self.isThere($0, places) } }
        return reports.add(number, under: report)
    }

    mutating func remove(_ report: UInt64, from number: Int) { reports.remove(number, under: report) }

    func place(of incident: UInt64, where isIt: (Place) -> Bool) -> Place {
        incidents.first(under: incident) { Self.isThere($0, places) && isIt(places[$0]) }.map { places[$0] } ?? .gone
    }

    func homes(of report: UInt64) -> [Place] {
        reports.slots(under: report).filter { Self.isThere($0, places) }.map { places[$0] }
    }

    private static func isThere(_ number: Int, _ places: SlotArray<Place>) -> Bool {
        guard places.has(number) else { return false }
        if case .gone = places[number] { return false }
        return true
    }

    /// Numbers that nobody has any more go, now and then and not for each one that leaves.
    mutating func trim() {
        var gone = 0
        places.withElements { places in
            while gone < places.count, case .gone = places[gone] { gone += 1 }
        }
        if gone > 1_024, gone > places.slots.count / 2 { places.removeFirst(gone) }
    }
}

/// Marks of names, each once: the first without a table, for most incidents have one report.
struct NameSet: Sendable {
    private var first: UInt64 = 0
    private var others: [UInt64] = []
    private(set) var count = 0

    func contains(_ mark: UInt64) -> Bool {
        mark == first || (!others.isEmpty && others[place(of: mark)] != 0)
    }

    mutating func insert(_ mark: UInt64) {
        guard mark != 0, !contains(mark) else { return }
        count += 1
        if first == 0 {
            first = mark
        } else {
            if count * 2 > others.count { grow() }
            others[place(of: mark)] = mark
        }
    }

    /// Where it is, or the free place where it would be.
    private func place(of mark: UInt64) -> Int {
        var place = Int(truncatingIfNeeded: mark) & (others.count - 1)
        while others[place] != 0, others[place] != mark { place = (place + 1) & (others.count - 1) }
        return place
    }

    private mutating func grow() {
        let old = others
        others = Array(repeating: 0, count: max(8, old.count * 2))
        for mark in old where mark != 0 { others[place(of: mark)] = mark }
    }
}
