// SPDX-License-Identifier: AGPL-3.0-or-later

/// A typed reference to one row: a UUIDv7 in its 36-letter lower-case text form. Called `Ref` and not `ID`
/// because a generic `ID` collides with `Identifiable.ID` in every conforming type.
package struct Ref<Entity>: Hashable, Sendable, Codable, CustomStringConvertible {
    package let text: String

    /// Nil unless the text is a lower-case UUID; what came from outside never becomes a reference unseen.
    package init?(_ text: String) {
        guard Self.isWellFormed(text) else { return nil }
        self.text = text
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let ref = Self(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a reference")
            )
        }
        self = ref
    }

    private init(unchecked text: String) { self.text = text }

    /// Of its 128 bits, which are always well-formed: a match makes ten, and reading them again was a tenth of it.
    package init(high: UInt64, low: UInt64) {
        text = String(unsafeUninitializedCapacity: 36) { buffer in
            var place = 0
            for digit in 0..<32 {
                if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                    buffer[place] = UInt8(ascii: "-")
                    place += 1
                }
                let half = digit < 16 ? high : low
                let value = UInt8(truncatingIfNeeded: half >> UInt64(60 - (digit & 15) * 4)) & 15
                buffer[place] = value < 10 ? value + 48 : value + 87
                place += 1
            }
            return place
        }
    }

    /// A new reference, ordered by the time it was made (RFC 9562, version 7).
    package static func new(at instant: Instant = Clock.system.now()) -> Ref {
        Ref(unchecked: UUIDv7.text(milliseconds: instant.milliseconds))
    }

    /// When it was made, if it was by `new`: of another the moment means nothing.
    package var madeAt: Instant? {
        Int64(text.prefix(13).filter { $0 != "-" }, radix: 16).map { Instant(milliseconds: $0) }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var description: String { text }

    private static func isWellFormed(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count == 36 else { return false }
        var position = 0
        for byte in bytes {
            switch position {
            case 8, 13, 18, 23:
                guard byte == UInt8(ascii: "-") else { return false }
            default:
                let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
                let isHex = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f")
                guard isDigit || isHex else { return false }
            }
            position &+= 1
        }
        return true
    }
}

extension Ref: Bindable, Column {
    package var value: Value { .text(text) }

    package init(value: Value) throws {
        guard case .text(let text) = value, let ref = Ref(text) else {
            throw ColumnError.mismatch(expected: "a reference")
        }
        self = ref
    }
}

private enum UUIDv7 {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(milliseconds: Int64) -> String {
        var bytes = RandomBytes.take(16)
        let time = UInt64(clamping: milliseconds)
        for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: time >> UInt64(40 - 8 * index)) }
        bytes[6] = (bytes[6] & 0x0F) | 0x70
        bytes[8] = (bytes[8] & 0x3F) | 0x80
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for index in 0..<16 {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                buffer[position] = digits[Int(bytes[index] >> 4)]
                buffer[position + 1] = digits[Int(bytes[index] & 0x0F)]
                position += 2
            }
            return 36
        }
    }
}
