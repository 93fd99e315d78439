// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Support
import Testing

@Suite("Parsers")
struct ParserTests {
    private static let parsers = (try? Parser.all(folder: root)) ?? []
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    private static let rounds = 5_000
    /// What a mutation puts in.
    private static let pieces: [[UInt8]] = [
        [0], [0xFF], [0xED, 0xA0, 0x80], [13, 10], [13, 10, 13, 10], Array("--b".utf8), Array("-1".utf8),
        Array("1e999".utf8),
        Array("9223372036854775808".utf8), Array("%".utf8), Array("=&;\"".utf8), Array("\u{301}\u{202E}👨‍👩‍👧".utf8),
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    ]

    @Test("There is one for everything we read")
    func complete() { #expect(Self.parsers.count >= 20) }

    /// The same mutations every time. A trap ends the whole run: then the name of the test that didn't finish says where.
    @Test("None of them traps, whatever it is fed", arguments: parsers)
    func survives(parser: Parser) {
        #expect(!parser.seeds.isEmpty && parser.seeds.allSatisfy { !$0.isEmpty })
        // The slow ones (a KEM, a file, a search of places) get fewer in every check, and more in bin/fuzz.
        let rounds = ["envelope", "yaml", "place", "tokens"].contains(parser.name) ? Self.rounds / 10 : Self.rounds
        for seed in parser.seeds { parser.feed(seed) }
        parser.feed([])
        var dice = Dice(state: parser.name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
        for _ in 0..<rounds { parser.feed(Self.mutated(parser.seeds, &dice)) }
    }

    private static func mutated(_ seeds: [[UInt8]], _ dice: inout Dice) -> [UInt8] {
        var bytes = seeds.randomElement(using: &dice) ?? []
        for _ in 0...Int.random(in: 0...5, using: &dice) {
            let at = Int.random(in: 0...bytes.count, using: &dice)
            let end = min(bytes.count, at + Int.random(in: 1...16, using: &dice))
            switch Int.random(in: 0...5, using: &dice) {
            case 0 where at < bytes.count: bytes[at] = .random(in: .min ... .max, using: &dice)
            case 1: bytes.removeSubrange(at..<end)
            case 2: bytes.insert(contentsOf: bytes[at..<end], at: at)
            case 3: bytes.insert(contentsOf: pieces.randomElement(using: &dice) ?? [], at: at)
            case 4: bytes.removeLast(bytes.count - at)
            default: bytes.replaceSubrange(at..<end, with: (seeds.randomElement(using: &dice) ?? []).prefix(end - at))
            }
        }
        return bytes
    }

    /// SplitMix64: the same on every machine.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
