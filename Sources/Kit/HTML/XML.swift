// SPDX-License-Identifier: AGPL-3.0-or-later

/// XML 1.0 as bytes, for feeds and alerts. What is interpolated is escaped byte by byte, as in `HTML`; what XML can't
/// hold at all (control characters, U+FFFE, U+FFFF) is left out, since one of them makes the whole document unreadable.
package struct XML: Sendable, Hashable, ExpressibleByStringInterpolation {
    package private(set) var bytes: [UInt8]

    package init(bytes: [UInt8] = []) { self.bytes = bytes }
    package init(stringLiteral literal: String) { bytes = Array(literal.utf8) }
    package init(stringInterpolation interpolation: StringInterpolation) { bytes = interpolation.bytes }

    package static var empty: XML { XML() }

    package var string: String { String(decoding: bytes, as: UTF8.self) }

    package static func + (left: XML, right: XML) -> XML { XML(bytes: left.bytes + right.bytes) }
    package static func += (left: inout XML, right: XML) { left.bytes += right.bytes }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var bytes: [UInt8] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + 24 * interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { bytes += literal.utf8 }
        package mutating func appendInterpolation(_ xml: XML) { bytes += xml.bytes }
        package mutating func appendInterpolation(_ xml: XML?) { if let xml { bytes += xml.bytes } }
        package mutating func appendInterpolation(_ parts: [XML]) { for part in parts { bytes += part.bytes } }
        package mutating func appendInterpolation<Entity>(_ ref: Ref<Entity>) { bytes += ref.text.utf8 }

        package mutating func appendInterpolation(_ text: String) {
            let source = Array(text.utf8)
            var index = 0
            while index < source.count {
                let byte = source[index]
                index += 1
                switch byte {
                case UInt8(ascii: "&"): bytes += "&amp;".utf8
                case UInt8(ascii: "<"): bytes += "&lt;".utf8
                case UInt8(ascii: ">"): bytes += "&gt;".utf8
                case UInt8(ascii: "\""): bytes += "&quot;".utf8
                case UInt8(ascii: "'"): bytes += "&#39;".utf8
                case 0x09, 0x0A: bytes.append(byte)
                // As a reference: bare, a reader makes a line feed of it.
                case 0x0D: bytes += "&#13;".utf8
                case 0..<0x20: break
                case 0xEF where Self.isNoCharacter(source, at: index): index += 2
                default: bytes.append(byte)
                }
            }
        }

        /// U+FFFE and U+FFFF are EF BF BE and EF BF BF.
        private static func isNoCharacter(_ source: [UInt8], at index: Int) -> Bool {
            index + 1 < source.count && source[index] == 0xBF && source[index + 1] >= 0xBE
        }
    }
}
