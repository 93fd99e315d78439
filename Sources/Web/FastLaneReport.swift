// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import NIOCore
import Response

/// A report of the usual shape as programs send it: `kind`, `words`, `where`, `seen_at` and `language`, each at most once.
/// Nil for anything else, which the routes read: other fields, `null`, escapes by number, what is not JSON.
struct LaneReport {
    private var kind: String?
    private var words: String?
    private var whereabouts: Whereabouts?
    private var seenAt: Instant?
    private var language: String?

    init?(_ bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        let isRead = reader.object { name, reader in
            switch name {
            case "kind": reader.once(&kind) { $0.text() }
            case "words": reader.once(&words) { $0.text() }
            case "where": reader.once(&whereabouts) { Self.place(&$0) }
            case "seen_at": reader.once(&seenAt) { $0.text().flatMap { Instant(iso8601: $0) } }
            case "language": reader.once(&language) { $0.text() }
            default: false
            }
        }
        guard isRead, reader.isAtEnd else { return nil }
    }

    /// What `ReportJSON` makes of the same bytes.
    func filing(language preferred: String) -> ReportFiling {
        ReportFiling(
            kind: kind,
            words: words,
            whereabouts: whereabouts ?? Whereabouts(),
            seenAt: seenAt,
            language: language.flatMap { $0.isEmpty ? nil : $0 } ?? preferred,
            channel: .api
        )
    }

    private static func place(_ reader: inout Reader) -> Whereabouts? {
        var text: String?
        var place: String?
        var latitude: Double?
        var longitude: Double?
        let isRead = reader.object { name, reader in
            switch name {
            case "text": reader.once(&text) { $0.text() }
            case "place": reader.once(&place) { $0.text() }
            case "latitude": reader.once(&latitude) { $0.number() }
            case "longitude": reader.once(&longitude) { $0.number() }
            default: false
            }
        }
        guard isRead else { return nil }
        guard latitude != nil || longitude != nil else { return Whereabouts(text: text, place: place) }
        guard let latitude, let longitude, let point = Point(latitude: latitude, longitude: longitude) else {
            return nil
        }
        return Whereabouts(text: text, place: place, point: point)
    }
}

extension LaneReport {
    /// Reads JSON (RFC 8259) from the front, two objects deep.
    private struct Reader {
        let bytes: [UInt8]
        private var index = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return index == bytes.count
            }
        }

        /// Members in any order; `member` is false for what it doesn't take.
        mutating func object(_ member: (String, inout Reader) -> Bool) -> Bool {
            guard take(UInt8(ascii: "{")) else { return false }
            if take(UInt8(ascii: "}")) { return true }
            repeat {
                guard let name = text(), take(UInt8(ascii: ":")), member(name, &self) else { return false }
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "}"))
        }

        /// False for a second time.
        mutating func once<T>(_ value: inout T?, _ read: (inout Reader) -> T?) -> Bool {
            guard value == nil else { return false }
            value = read(&self)
            return value != nil
        }

        mutating func text() -> String? {
            guard take(UInt8(ascii: "\"")) else { return nil }
            let start = index
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "\""):
                    defer { index += 1 }
                    return Self.text(bytes.span.extracting(start..<index))
                case UInt8(ascii: "\\"): return escaped(from: start)
                case 0..<0x20: return nil
                default: index += 1
                }
            }
            return nil
        }

        /// The rest of a text in which a backslash stands at `index`.
        private mutating func escaped(from start: Int) -> String? {
            var text = Array(bytes[start..<index])
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                switch byte {
                case UInt8(ascii: "\""): return Self.text(text.span)
                case UInt8(ascii: "\\"):
                    guard index < bytes.count, let meant = Self.meant(bytes[index]) else { return nil }
                    text.append(meant)
                    index += 1
                case 0..<0x20: return nil
                default: text.append(byte)
                }
            }
            return nil
        }

        /// As `String(validating:as:)`, whose generic code takes two fifths of reading a report.
        private static func text(_ bytes: Span<UInt8>) -> String? {
            guard let valid = try? UTF8Span(validating: bytes) else { return nil }
            return String(copying: valid)
        }

        private static func meant(_ escape: UInt8) -> UInt8? {
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): escape
            case UInt8(ascii: "n"): 0x0A
            case UInt8(ascii: "r"): 0x0D
            case UInt8(ascii: "t"): 0x09
            default: nil
            }
        }

        /// Digits with a point, as phones write degrees; no exponent.
        mutating func number() -> Double? {
            skipSpace()
            let start = index
            if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
            let whole = digits()
            guard !whole.isEmpty, whole.count == 1 || bytes[whole.lowerBound] != UInt8(ascii: "0") else { return nil }
            if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
                index += 1
                guard !digits().isEmpty else { return nil }
            }
            guard index - start <= 24, index < bytes.count, !Self.goesOn(bytes[index]) else { return nil }
            return Self.number(bytes[start..<index]) ?? Double(String(decoding: bytes[start..<index], as: UTF8.self))
        }

        /// Up to fifteen digits are a whole number that a `Double` holds, and so is the power of ten that parts them: one
        /// division rounds as reading them does. Nil for longer ones.
        private static func number(_ text: ArraySlice<UInt8>) -> Double? {
            guard text.count <= 16 else { return nil }
            var (whole, parts, isFraction) = (0, 1, false)
            for byte in text where byte != UInt8(ascii: "-") {
                if byte == UInt8(ascii: ".") {
                    isFraction = true
                } else {
                    whole = whole * 10 + Int(byte - UInt8(ascii: "0"))
                    if isFraction { parts *= 10 }
                }
            }
            guard whole < 1 << 53 else { return nil }
            let number = Double(whole) / Double(parts)
            return text.first == UInt8(ascii: "-") ? -number : number
        }

        private mutating func digits() -> Range<Int> {
            let start = index
            while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) { index += 1 }
            return start..<index
        }

        private static func goesOn(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") }

        private mutating func take(_ byte: UInt8) -> Bool {
            skipSpace()
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }

        private mutating func skipSpace() {
            while index < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[index]) { index += 1 }
        }
    }
}
