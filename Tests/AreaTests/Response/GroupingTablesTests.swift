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

    @Test("Squares show what stands near, each once, after any coming and going")
    func squares() {
        var squares = IncidentSquares(side: 1_000, across: 16)
        var (places, dice) = ([Int: (offset: Offset, square: Int, place: Int)](), Dice(7))
        func metres(_ dice: inout Dice) -> Double { Double.random(in: -7_000...7_000, using: &dice) }
        for step in 0..<4_000 {
            if Int.random(in: 0..<(step < 2_500 ? 3 : 5), using: &dice) < 2 {
                let offset = Offset(east: metres(&dice), north: metres(&dice))
                let square = squares.square(at: offset)
                let outline = IncidentOutline(IncidentTraits(id: "i"), slot: step)
                let place = squares.put(outline, in: square)
                squares.replace(place, in: square, by: outline)
                places[step] = (offset, square, place)
            } else if let (slot, was) = places.min(by: { $0.key % 101 < $1.key % 101 }) {
                places[slot] = nil
                if let moved = squares.remove(was.place, from: was.square) { places[moved]?.place = was.place }
            }
            guard step % 50 == 0 else { continue }
            let middle = Offset(east: metres(&dice), north: metres(&dice))
            var seen: [Int] = []
            squares.look(around: middle, metres: 900) { outlines in seen += outlines.map(\.slot) }
            #expect(Set(seen).count == seen.count && seen.allSatisfy { places[$0] != nil })
            let near = places.filter {
                abs($0.value.offset.east - middle.east) <= 900 && abs($0.value.offset.north - middle.north) <= 900
            }
            #expect(near.keys.allSatisfy(seen.contains))
        }
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
