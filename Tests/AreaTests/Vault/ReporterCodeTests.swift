// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing
import Vault

@Suite("Reporter's code")
struct ReporterCodeTests {
    let code = ReporterCode.generate()
    private let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    @Test func `has six groups of four and a check letter`() {
        #expect(code.groups.map(\.count) == [4, 4, 4, 4, 4, 4, 1])
        #expect(code.text.count == 31)
        #expect(!code.text.contains { "ILOU".contains($0) })
    }

    @Test func `finds the same report however it is typed`() throws {
        let typed = [
            code.text,
            code.text.lowercased(),
            code.text.replacing("-", with: ""),
            code.text.replacing("-", with: " "),
            "  \(code.text.replacing("-", with: " – "))\n",
            code.text.replacing("1", with: "l").replacing("0", with: "o"),
            code.text.replacing("1", with: "I").replacing("0", with: "O"),
            code.text.replacing("-", with: "\u{00A0}\u{2011}"),
        ]
        for text in typed { #expect(try ReporterCode(typed: text).lookup == code.lookup, "\(text)") }
        #expect(code.lookup.count == 32)
        #expect(try ReporterCode(typed: code.text).mailboxKey == code.mailboxKey)
    }

    @Test(arguments: [0x0660, 0x06F0, 0x17E0, 0xFF10] as [UInt32])
    func `finds the same report with the digits of the reader's keyboard`(zero: UInt32) throws {
        let typed = code.text.unicodeScalars.map { scalar in
            guard let digit = scalar.properties.numericValue else { return Character(scalar) }
            return Unicode.Scalar(zero + UInt32(digit)).map { Character($0) } ?? "?"
        }
        #expect(try ReporterCode(typed: String(typed)).lookup == code.lookup)
    }

    @Test func `finds the same report in letters as wide as Chinese ones`() throws {
        let typed = code.text.unicodeScalars.compactMap { Unicode.Scalar($0.value + 0xFEE0).map { Character($0) } }
        #expect(try ReporterCode(typed: String(typed)).lookup == code.lookup)
    }

    @Test func `every single wrong letter is noticed`() {
        let typed = Array(code.text.replacing("-", with: ""))
        for place in typed.indices {
            for letter in letters where letter != typed[place] {
                var wrong = typed
                wrong[place] = letter
                #expect(throws: ReporterCode.Mistake.slip) { try ReporterCode(typed: String(wrong)) }
            }
        }
    }

    @Test func `two letters swapped are noticed`() {
        let typed = Array(code.text.replacing("-", with: ""))
        for place in typed.indices.dropLast() where typed[place] != typed[place + 1] {
            var wrong = typed
            wrong.swapAt(place, place + 1)
            #expect(throws: ReporterCode.Mistake.slip) { try ReporterCode(typed: String(wrong)) }
        }
    }

    @Test func `too short, too long and strange letters are told apart`() {
        #expect(throws: ReporterCode.Mistake.length(0)) { try ReporterCode(typed: "") }
        #expect(throws: ReporterCode.Mistake.length(24)) { try ReporterCode(typed: String(code.text.dropLast())) }
        #expect(throws: ReporterCode.Mistake.length(26)) { try ReporterCode(typed: code.text + "0") }
        #expect(throws: ReporterCode.Mistake.letter) { try ReporterCode(typed: "U" + code.text.dropFirst()) }
        #expect(throws: ReporterCode.Mistake.letter) { try ReporterCode(typed: "\u{0600}" + code.text) }
        #expect(throws: ReporterCode.Mistake.letter) { try ReporterCode(typed: code.text + "\u{0301}") }
        #expect(throws: ReporterCode.Mistake.self) {
            try ReporterCode(typed: code.text + String(repeating: " ", count: 100_000))
        }
    }

    @Test func `is read aloud letter by letter`() {
        let spoken = code.spoken(Words(language: .english))
        #expect(spoken.count == 7)
        #expect(spoken.prefix(6).allSatisfy { $0.split(separator: " ").count == 4 })
        #expect(spoken.joined(separator: " ").split(separator: " ").count == 25)
    }

    @Test func `is not printed by accident, and no two are alike`() {
        #expect("\(code)" == "•••")
        #expect(Set((0..<1_000).map { _ in ReporterCode.generate().text }).count == 1_000)
    }
}
