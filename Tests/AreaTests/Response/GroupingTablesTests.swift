// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Support
import Testing

@testable import Response

@Suite("The tables of grouping")
struct GroupingTablesTests {
    @Test(
        "A table of names holds what a dictionary of sets holds, whoever comes and goes, and marks that fall together too"
    )
    func names() {
        var (table, truth, dice) = (NameTable(), [UInt64: Set<Int>](), Dice(7))
        for step in 0..<4_000 {
            // Few marks, and many that want the same place or one beside the end.
            let mark = UInt64.random(in: 1...90, using: &dice) << UInt64.random(in: 0...3, using: &dice) | 56
            let slot = Int.random(in: 0..<3, using: &dice)
            if Int.random(in: 0..<(step < 2_500 ? 3 : 5), using: &dice) < 2 {
                #expect(table.add(slot, under: mark) == truth[mark, default: []].insert(slot).inserted)
            } else {
                table.remove(slot, under: mark)
                truth[mark]?.remove(slot)
            }
            guard step % 97 == 0 else { continue }
            #expect(truth.allSatisfy { Set(table.slots(under: $0.key)) == $0.value })
            #expect(table.count == truth.values.reduce(0) { $0 + $1.count })
        }
        let known = truth.first { $0.value.contains(2) }
        #expect(known.flatMap { table.first(under: $0.key) { $0 == 2 } } == 2)
        #expect(table.first(under: .max) { _ in true } == nil)
    }

    @Test("A set of names is a set")
    func set() {
        var (set, truth, dice) = (NameSet(), Set<UInt64>(), Dice(7))
        #expect(!set.contains(5))
        set.insert(0)
        for _ in 0..<3_000 {
            let mark = UInt64.random(in: 1...900, using: &dice) << 5
            #expect(set.contains(mark) == truth.contains(mark))
            set.insert(mark)
            truth.insert(mark)
            #expect(set.contains(mark) && set.count == truth.count)
        }
    }

    @Test("Names have marks of their own, and the same one every time")
    func marks() {
        let names = (0..<20_000).map { "r\($0)" } + (0..<200).map { String(repeating: "a", count: $0) }
        #expect(Set(names.map(NameMark.of)).count == names.count)
        #expect(names.allSatisfy { NameMark.of($0) == NameMark.of($0) && NameMark.of($0) != 0 })
    }

    private let grid: Grid
    private let noon = Instant(milliseconds: 1_780_000_000_000)

    init() throws { grid = Grid(origin: try #require(Point(latitude: 34.05, longitude: -118.24))) }

    @Test("Squares show what stands near at about the time, each once, after any coming and going")
    func squares() {
        var squares = IncidentSquares(side: 1_000, across: 16)
        var (places, dice) = ([Int: (offset: Offset, square: Int, place: Int)](), Dice(7))
        func metres(_ dice: inout Dice) -> Double { Double.random(in: -7_000...7_000, using: &dice) }
        let crowded = Offset(east: 5, north: 5)
        var most = 0
        for step in 0..<4_000 {
            if Int.random(in: 0..<(step < 2_500 ? 3 : 5), using: &dice) < 2 {
                // Many at one place: what there is room for grows and shrinks.
                let offset =
                    step % 3 == 0 ? crowded : Offset(east: metres(&dice), north: metres(&dice))
                let square = squares.square(at: offset)
                let report = ReportTraits(id: "r", at: noon, point: grid.point(at: offset))
                let outline = IncidentOutline(IncidentTraits(id: "i", reports: [report]), slot: step)
                let place = squares.put(outline, in: square)
                squares.replace(place, in: square, by: outline)
                places[step] = (offset, square, place)
            } else if let (slot, was) = places.min(by: { $0.key % 101 < $1.key % 101 }) {
                places[slot] = nil
                if let moved = squares.remove(was.place, from: was.square) { places[moved]?.place = was.place }
            }
            guard step % 50 == 0 else { continue }
            let middle =
                step % 100 == 0 ? crowded : Offset(east: metres(&dice), north: metres(&dice))
            func seen(_ at: Instant) -> [Int] {
                let report = ReportTraits(id: "r", at: at, point: grid.point(at: middle))
                let outline = ReportOutline(report, .standard)
                var slots: [Int] = []
                squares.look(around: middle, metres: 900, for: outline) { slots.append($0.slot) }
                return slots
            }
            let slots = seen(noon)
            most = max(most, slots.count)
            #expect(Set(slots).count == slots.count && slots.allSatisfy { places[$0] != nil })
            let near = places.filter {
                abs($0.value.offset.east - middle.east) <= 900 && abs($0.value.offset.north - middle.north) <= 900
            }
            #expect(near.keys.allSatisfy(slots.contains))
            // And few others: what is far or of another time is told by its corner.
            #expect(
                slots.allSatisfy { slot in
                    guard let offset = places[slot]?.offset else { return false }
                    return abs(offset.east - middle.east) < 1_000 && abs(offset.north - middle.north) < 1_000
                }
            )
            #expect(seen(noon + .minutes(200)).isEmpty)
        }
        // More than are asked one after the other.
        #expect(most > 128)
    }

    @Test("What could be of a report is within its frame, at the date line and near a pole too")
    func frames() throws {
        var (dice, held, passed) = (Dice(11), 0, 0)
        for number in 0..<4_000 {
            let latitude = [0, 34.05, -60, 89.9][number % 4]
            let longitude = [-118.24, 179.999, -180, 0][number / 4 % 4]
            func near(_ degrees: Double) throws -> Point {
                let (north, east) = (
                    Double.random(in: -1...1, using: &dice) * degrees, Double.random(in: -1...1, using: &dice) * degrees
                )
                return try #require(
                    Point(latitude: min(latitude + north, 90), longitude: Point.wrapped(longitude + east))
                )
            }
            let minutes = Int.random(in: -120...120, using: &dice)
            let incident = IncidentOutline(
                IncidentTraits(
                    id: "i",
                    reports: [ReportTraits(id: "a", at: noon + .minutes(minutes), point: try near(0.03))]
                )
            )
            let report = ReportOutline(ReportTraits(id: "r", at: noon, point: try near(0.03)), .standard)
            let isHeld = report.frame(metres: 700).holds(incident.corner)
            if incident.prospect(of: report) != nil {
                #expect(isHeld)
                held += 1
            } else if !isHeld {
                passed += 1
            }
        }
        #expect(held > 100 && passed > 1_000)
    }

    @Test("Names of what is no more go when there is no room, and no others")
    func room() {
        var table = NameTable()
        for slot in 0..<20_000 {
            if table.isFull { table.makeRoom { $0 > slot - 100 } }
            #expect(table.add(slot, under: NameMark.of("r\(slot)")) == true)
        }
        #expect(table.count < 1_000)
        for slot in 19_901..<20_000 { #expect(table.slots(under: NameMark.of("r\(slot)")) == [slot]) }
        #expect(table.slots(under: NameMark.of("r5")).isEmpty)
    }

    @Test("Names are found wherever their incident is, also after a move, until it is gone, however many come and go")
    func whereabouts() {
        var (names, numbers, dice) = (IncidentNames(), [Int](), Dice(7))
        var truth: [Int: IncidentNames.Place] = [:]
        for step in 0..<30_000 {
            let number = names.begin(NameMark.of("i\(step)"), at: .now(step))
            #expect(names.add(NameMark.of("r\(step)"), to: number) == true)
            #expect(names.add(NameMark.of("r\(step)"), to: number) == false)
            numbers.append(number)
            truth[step] = .now(step)
            let other = max(0, step - Int.random(in: 0..<2_000, using: &dice))
            if truth[other] != nil, step % 2 == 0 {
                names.move(numbers[other], to: .past(step))
                truth[other] = .past(step)
            }
            // All that is older than two thousand steps leaves.
            if step >= 2_000 {
                names.move(numbers[step - 2_000], to: .gone)
                truth[step - 2_000] = nil
            }
            if step % 5_000 == 0 { names.trim() }
        }
        for (step, place) in truth {
            #expect(names.homes(of: NameMark.of("r\(step)")) == [place])
            #expect(names.place(of: NameMark.of("i\(step)")) { _ in true } == place)
        }
        #expect(truth.count == 2_000 && truth.values.contains { $0 == .past(29_998) })
        #expect(names.homes(of: NameMark.of("r5")).isEmpty)
        #expect(names.place(of: NameMark.of("i27999")) { _ in true } == .gone)
    }

    @Test("A report is in two incidents at once, and leaves one of them")
    func both() {
        var names = IncidentNames()
        let (one, other) = (names.begin(11, at: .now(0)), names.begin(12, at: .past(4)))
        #expect(names.add(77, to: one) && names.add(77, to: other))
        #expect(names.homes(of: 77).count == 2)
        names.remove(77, from: one)
        #expect(names.homes(of: 77) == [.past(4)])
    }

    @Test("Slots keep their numbers when the first ones leave")
    func slots() {
        var slots = SlotArray<Int>()
        for number in 0..<10 { slots.append(number) }
        slots.removeFirst(4)
        slots.append(10)
        slots[5] = 50
        #expect(slots.slots == 4..<11 && !slots.has(3) && !slots.has(11) && !slots.has(-1) && slots.has(10))
        #expect(slots.slots.map { slots[$0] } == [4, 50, 6, 7, 8, 9, 10])
        #expect(slots.withElements { $0.count } == 7)
    }

    @Test("No text has more in common with another than the bits of its words allow", arguments: [1, 12, 40, 96])
    func words(count: Int) {
        let key = SketchKey.random()
        for number in 0..<300 {
            let words = (0..<count).map {
                ["van", "2", "soto", "white", "w\(number * 31 + $0)", "agents"][($0 + number) % 6]
            }
            let text = WordSketch(words.joined(separator: " "), key: key)
            let other = WordSketch(words.prefix(number % (count + 1)).joined(separator: " ") + " x\(number)", key: key)
            #expect(WordMarks(text).mostInCommon(with: other.marks) >= text.inCommon(with: other).weight)
        }
    }
}
