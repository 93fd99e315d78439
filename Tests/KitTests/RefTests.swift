// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Testing

private struct Kettle {}
private typealias Thing = Ref<Kettle>
private let wellFormed = "01934b2c-7d3e-7abc-8def-0123456789ab"

@Suite("References")
struct RefTests {
    @Test("A later one sorts after an earlier one")
    func order() {
        let moments: [Int64] = [
            0, 1, 255, 256, 65_536, 1_780_000_000_000, 1_780_000_000_001, 1_780_000_065_537, 281_474_976_710_655,
        ]
        let texts = moments.map { Thing.new(at: Instant(milliseconds: $0)).text }
        #expect(texts == texts.sorted())
        #expect(Set(texts).count == texts.count)
    }

    @Test("It is a UUID of version 7 that carries its millisecond (RFC 9562)")
    func version() throws {
        for _ in 1...200 {
            let text = Thing.new(at: Instant(milliseconds: 0x0123_4567_89AB)).text
            #expect(text.hasPrefix("01234567-89ab-7"))
            #expect("89ab".contains(try #require(text.dropFirst(19).first)))
            #expect(UUID(uuidString: text) != nil)
            #expect(Thing(text)?.text == text)
        }
    }

    @Test(
        "Moments before 1970 and after the year 10889 give a well-formed one all the same",
        arguments: [Int64.min, -1, 1 << 48, .max]
    )
    func extremes(_ milliseconds: Int64) {
        #expect(Thing(Thing.new(at: Instant(milliseconds: milliseconds)).text) != nil)
    }

    @Test("Ten thousand in one millisecond are all different")
    func unique() {
        let now = Clock.system.now()
        #expect(Set((1...10_000).map { _ in Thing.new(at: now) }).count == 10_000)
    }

    @Test(
        "Rubbish is no reference",
        arguments: [
            "", "x", wellFormed.uppercased(), "\(wellFormed) ", " \(wellFormed)", "\(wellFormed)\n", "{\(wellFormed)}",
            String(wellFormed.dropLast()), "\(wellFormed)0",
            wellFormed.replacing("-", with: ""), wellFormed.replacing("-", with: "_"),
            wellFormed.replacing("7abc", with: "7abg"),
            wellFormed.replacing("7abc", with: "7ab\u{301}"), wellFormed.replacing("7abc", with: "7a\0c"),
            wellFormed.replacing("0", with: "０"),
            "' OR 1=1 --                          ", String(repeating: "-", count: 36),
            String(repeating: "a", count: 36),
            "0193-4b2c7d3e-7abc-8def-0123456789ab", String(repeating: "0", count: 100_000),
        ]
    )
    func rubbish(_ text: String) throws {
        #expect(Thing(text) == nil)
        #expect(throws: ColumnError.mismatch(expected: "a reference")) { try Thing(value: .text(text)) }
        let json = try JSONEncoder().encode([text])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Thing].self, from: json) }
    }

    @Test("A good one is read from text, a column and JSON, and written back the same")
    func good() throws {
        let ref = try #require(Thing(wellFormed))
        #expect(try Thing(value: ref.value) == ref)
        #expect(try JSONDecoder().decode([Thing].self, from: JSONEncoder().encode([ref])) == [ref])
        #expect("\(ref)" == wellFormed)
        #expect(throws: ColumnError.self) { try Thing(value: .null) }
        #expect(throws: ColumnError.self) { try Thing(value: .blob(Array(wellFormed.utf8))) }
    }

    @Test("Random bytes come in the number asked for, and don't repeat")
    func random() {
        for count in [0, 1, 16, 255, 256, 257, 4_096, 10_000] { #expect(RandomBytes.take(count).count == count) }
        #expect(Set((1...2_000).map { _ in RandomBytes.take(16) }).count == 2_000)
        #expect(Set(RandomBytes.take(10_000)).count == 256)
    }
}
