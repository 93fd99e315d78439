// SPDX-License-Identifier: AGPL-3.0-or-later

/// Writes one JSON object by hand, for the few that a report is made of: the general encoder costs 4 to 6 µs each.
/// Reads the same as what the encoder writes.
package struct JSONText {
    package private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    package init() { bytes.reserveCapacity(512) }

    /// A member whose name is ours: letters and `_` only.
    package mutating func add(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        begin(name)
        quote(text)
    }

    package mutating func add(_ name: StaticString, _ number: Int64) {
        begin(name)
        write(number)
    }

    /// A number of thousandths: `1250` is written as 1.25, and `1000` as 1.0.
    package mutating func add(_ name: StaticString, thousandths number: Int64) {
        begin(name)
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let (whole, rest) = number.magnitude.quotientAndRemainder(dividingBy: 1_000)
        write(Int64(whole))
        bytes.append(UInt8(ascii: "."))
        let digits = [rest / 100, rest / 10 % 10, rest % 10]
        let last = digits.lastIndex { $0 > 0 } ?? 0
        for digit in digits[...last] { bytes.append(UInt8(ascii: "0") + UInt8(digit)) }
    }

    /// A number that is finite, as those of a `Point` are; the shortest text that reads back as the same number.
    package mutating func add(_ name: StaticString, finite number: Double) {
        begin(name)
        bytes.append(contentsOf: "\(number)".utf8)
    }

    /// An object, whose members `fill` adds.
    package mutating func add(_ name: StaticString, object fill: (inout JSONText) -> Void) {
        begin(name)
        bytes.append(UInt8(ascii: "{"))
        fill(&self)
        bytes.append(UInt8(ascii: "}"))
    }

    /// A list of objects: `fill` adds the members of each by its place.
    package mutating func add(_ name: StaticString, count: Int, fill: (inout JSONText, Int) -> Void) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for place in 0..<count {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "{"))
            fill(&self, place)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    package mutating func add(name: String, _ text: String) {
        part()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        quote(text)
    }

    /// The whole object.
    package var whole: [UInt8] { bytes + [UInt8(ascii: "}")] }

    private static let digits = Array("0123456789abcdef".utf8)

    /// Behind another member of the same object: only what begins one has a brace before it.
    private mutating func part() { if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) } }

    private mutating func write(_ number: Int64) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = number.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    private mutating func begin(_ name: StaticString) {
        part()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// RFC 8259, section 7: the quotation mark, the backslash and the controls.
    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(Self.digits[Int(byte >> 4)])
                bytes.append(Self.digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
