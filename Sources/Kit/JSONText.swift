// SPDX-License-Identifier: AGPL-3.0-or-later

/// Writes one JSON object by hand, for the few that a report is made of: the general encoder costs 4 to 6 µs each.
/// Reads the same as what the encoder writes.
package struct JSONText {
    package private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]

    package init() { bytes.reserveCapacity(128) }

    /// A member whose name is ours: letters and `_` only.
    package mutating func add(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        begin(name)
        quote(text)
    }

    package mutating func add(_ name: StaticString, _ number: Int64) {
        begin(name)
        bytes.append(contentsOf: "\(number)".utf8)
    }

    /// A number that is finite, as those of a `Point` are; the shortest text that reads back as the same number.
    package mutating func add(_ name: StaticString, finite number: Double) {
        begin(name)
        bytes.append(contentsOf: "\(number)".utf8)
    }

    package mutating func add(_ name: StaticString, _ object: JSONText) {
        begin(name)
        bytes.append(contentsOf: object.bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    package mutating func add(_ name: StaticString, _ objects: [JSONText]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (index, object) in objects.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: object.bytes)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    package mutating func add(name: String, _ text: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        quote(text)
    }

    /// The whole object.
    package var whole: [UInt8] { bytes + [UInt8(ascii: "}")] }

    private static let digits = Array("0123456789abcdef".utf8)

    private mutating func begin(_ name: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
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
