// SPDX-License-Identifier: AGPL-3.0-or-later

/// Markup as bytes. What is interpolated is escaped byte by byte, so no grapheme cluster can carry a `<` or a
/// quote past it (U+0600 before `<`, a combining mark after `"`); other `HTML` passes through as it is.
package struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
    package private(set) var bytes: [UInt8]

    package init(bytes: [UInt8] = []) { self.bytes = bytes }
    package init(stringLiteral literal: String) { bytes = Array(literal.utf8) }
    package init(stringInterpolation interpolation: StringInterpolation) { bytes = interpolation.bytes }

    /// Nothing at all.
    package static var empty: HTML { HTML() }

    /// Escaped text as markup.
    package static func text(_ text: String) -> HTML { "\(text)" }

    package var isEmpty: Bool { bytes.isEmpty }
    package var string: String { String(decoding: bytes, as: UTF8.self) }

    package static func + (left: HTML, right: HTML) -> HTML { HTML(bytes: left.bytes + right.bytes) }
    package static func += (left: inout HTML, right: HTML) { left.bytes += right.bytes }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var bytes: [UInt8] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + 24 * interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { bytes += literal.utf8 }
        package mutating func appendInterpolation(_ html: HTML) { bytes += html.bytes }
        package mutating func appendInterpolation(_ html: HTML?) { if let html { bytes += html.bytes } }
        package mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { bytes += part.bytes } }
        package mutating func appendInterpolation(_ number: Int) { bytes += String(number).utf8 }
        package mutating func appendInterpolation(_ number: Int64) { bytes += String(number).utf8 }

        package mutating func appendInterpolation(_ text: String) {
            var text = text
            text.withUTF8 { source in
                for byte in source {
                    switch byte {
                    case UInt8(ascii: "&"): bytes += "&amp;".utf8
                    case UInt8(ascii: "<"): bytes += "&lt;".utf8
                    case UInt8(ascii: ">"): bytes += "&gt;".utf8
                    case UInt8(ascii: "\""): bytes += "&quot;".utf8
                    case UInt8(ascii: "'"): bytes += "&#39;".utf8
                    case 0: break
                    default: bytes.append(byte)
                    }
                }
            }
        }

        package mutating func appendInterpolation<Entity>(_ ref: Ref<Entity>) { bytes += ref.text.utf8 }
    }
}

extension HTML {
    package static func joined(_ parts: [HTML]) -> HTML { HTML(bytes: parts.flatMap(\.bytes)) }
}
