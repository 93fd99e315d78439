// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// A text reduced to what survives sloppy typing: its words in lower case, without accents, punctuation and
/// invisible characters. Works on Unicode scalars, never on `Character`s, so a U+0600 or a combining mark before a
/// letter hides nothing. Scripts written without spaces (Han, kana, Thai, Lao, Khmer, Burmese) give one word for
/// each letter. Takes any text in bounded time: what is beyond the limits is not read.
package struct Folded: Sendable {
    package let words: [String]
    /// Places in `words` before which the text had `&`, `@`, `/` or `+`: "Figueroa & 7th" joins the second word.
    package let joints: Set<Int>

    /// Reads at most `limit` words of 64 bytes from the first 20,000 scalars.
    package init(_ text: String, limit: Int = 400) {
        var words: [String] = []
        var joints: Set<Int> = []
        FoldedBytes.look(at: text, limit: limit) { folded in
            words = (0..<folded.count).map { String(decoding: folded[$0], as: UTF8.self) }
            joints = folded.joints
        }
        (self.words, self.joints) = (words, joints)
    }
}

/// The same as bytes one after the other, for who reads words only to look them up: they stand on the stack while somebody
/// looks, and nothing of them is kept.
package struct FoldedBytes {
    /// UTF-8 of all words, with nothing between them, and where each ends.
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let ends: UnsafeMutableBufferPointer<Int32>
    package private(set) var count = 0
    package private(set) var joints: Set<Int> = []

    /// The words of a text as long as `body` takes, and no longer.
    package static func look(at text: String, limit: Int = 400, _ body: (borrowing FoldedBytes) -> Void) {
        // Where it lies; what lies nowhere is copied.
        if text.utf8.withContiguousStorageIfAvailable({ look(at: $0, limit, body) }) == nil {
            Array(text.utf8).withUnsafeBufferPointer { look(at: $0, limit, body) }
        }
    }

    private static func look(
        at text: UnsafeBufferPointer<UInt8>,
        _ limit: Int,
        _ body: (borrowing FoldedBytes) -> Void
    ) {
        // No word is longer than 66 bytes, and nothing grows to more than three times its bytes.
        let most = min(text.count * 3, (limit + 2) * 66)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: most) { bytes in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: min(text.count, limit) + 2) { ends in
                var folded = FoldedBytes(bytes: bytes, ends: ends)
                folded.read(text, limit)
                body(folded)
            }
        }
    }

    private init(bytes: UnsafeMutableBufferPointer<UInt8>, ends: UnsafeMutableBufferPointer<Int32>) {
        (self.bytes, self.ends) = (bytes, ends)
    }

    /// The word's bytes. Those of the next follow.
    package subscript(word: Int) -> UnsafeBufferPointer<UInt8> {
        let start = word > 0 ? Int(ends[word - 1]) : 0
        return UnsafeBufferPointer(rebasing: bytes[start..<Int(ends[word])])
    }

    private mutating func read(_ text: UnsafeBufferPointer<UInt8>, _ limit: Int) {
        let simple = Self.simple
        let (folded, ends) = (bytes, ends)
        var (place, read, began, filled, words) = (0, 0, 0, 0, 0)
        func write(_ byte: UInt8) {
            guard filled < folded.count else { return }
            folded[filled] = byte
            filled += 1
        }
        func end() {
            guard filled > began, words < ends.count else { return }
            ends[words] = Int32(truncatingIfNeeded: filled)
            words += 1
            began = filled
        }
        while place < text.count {
            read &+= 1
            if read > 20_000 || words >= limit { break }
            let value = text[place] < 0x80 ? UInt32(text[place]) : Self.scalar(in: text, at: &place)
            place += 1
            if value < 0x250 {
                let byte = simple[Int(value)]
                if byte > Self.gap {
                    if filled - began < 64 { write(byte) }
                    continue
                }
                if byte == Self.gap {
                    end()
                    continue
                }
            }
            guard let scalar = Unicode.Scalar(value) else { continue }
            switch Self.fold(scalar) {
            case .letter(let byte):
                if filled - began < 64 { write(byte) }
            case .letters(let text):
                if filled - began < 60 { for byte in text.utf8 { write(byte) } }
            case .alone(let scalar):
                end()
                for byte in String(scalar).utf8 { write(byte) }
                end()
            case .nothing:
                continue
            case .gap:
                end()
            case .joint:
                end()
                joints.insert(words)
            }
        }
        if words < limit { end() }
        count = min(words, limit)
    }

    /// The scalar that begins here, of two bytes or more; `place` is its last byte then. A `String` holds well-formed UTF-8.
    private static func scalar(in text: UnsafeBufferPointer<UInt8>, at place: inout Int) -> UInt32 {
        let first = text[place]
        let more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1
        var scalar = UInt32(first) & (0x3F >> UInt32(more))
        for _ in 0..<more where place + 1 < text.count {
            place += 1
            scalar = scalar << 6 | UInt32(text[place] & 0x3F)
        }
        return scalar
    }

    /// What nearly every scalar of a text is, in a byte: the letter that it becomes, or `gap`, or 0 for all else.
    private static let simple: [UInt8] = latin.map { piece in
        switch piece {
        case .letter(let byte): byte
        case .gap: gap
        case .letters, .alone, .nothing, .joint: 0
        }
    }
    private static let gap: UInt8 = 1

    private enum Piece: Sendable {
        case letter(UInt8)
        case letters(String)
        case alone(Unicode.Scalar)
        case nothing, gap, joint
    }

    private static func fold(_ scalar: Unicode.Scalar) -> Piece {
        if scalar.value < 0x250 { return latin[Int(scalar.value)] }
        switch scalar.value {
        case 0x1E00...0x1EFF:
            return latinAdditional[Int(scalar.value - 0x1E00)]
        // Accents of Latin, Greek, Cyrillic; Arabic vowel signs; variation selectors.
        case 0x300...0x36F, 0x610...0x61A, 0x64B...0x65F, 0x670, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF,
            0xFE00...0xFE0F, 0xFE20...0xFE2F:
            return .nothing
        case 0x2BC, 0x2018, 0x2019: // apostrophes
            return .nothing
        case 0xFF01...0xFF5E: // full-width forms of ASCII
            return latin[Int(scalar.value - 0xFEE0)]
        case 0x0E01...0x0E30, 0x0E81...0x0EB0, 0x1000...0x102A, 0x1780...0x17B3, 0x3041...0x30FF, 0x3400...0x4DBF,
            0x4E00...0x9FFF, 0x20000...0x323AF:
            return .alone(scalar)
        default:
            return other(scalar)
        }
    }

    private static func other(_ scalar: Unicode.Scalar) -> Piece {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .uppercaseLetter, .titlecaseLetter:
            return .letters(properties.lowercaseMapping)
        case .lowercaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark, .letterNumber:
            return .letters(String(scalar))
        case .decimalNumber:
            let digit = properties.numericValue.flatMap { Int(exactly: $0) } ?? 0
            return .letter(UInt8(ascii: "0") &+ UInt8(clamping: digit))
        case .format, .enclosingMark, .control:
            return .nothing
        case .otherNumber, .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol,
            .otherSymbol, .spaceSeparator, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            return .gap
        @unknown default:
            return .gap
        }
    }

    private static let latin: [Piece] = (0..<0x250).map { folded($0) }
    private static let latinAdditional: [Piece] = (0x1E00..<0x1F00).map { folded($0) }

    private static let ligatures: [Unicode.Scalar: String] = [
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ħ": "h",
        "ŧ": "t", "ŋ": "n", "ĸ": "k", "ſ": "s", "ẞ": "ss",
    ]

    private static func folded(_ value: UInt32) -> Piece {
        guard let scalar = Unicode.Scalar(value) else { return .gap }
        switch scalar {
        case "a"..."z", "0"..."9":
            return .letter(UInt8(truncatingIfNeeded: value))
        case "A"..."Z":
            return .letter(UInt8(truncatingIfNeeded: value) | 0x20)
        case "&", "@", "/", "+":
            return .joint
        case "'", "`", "\u{AD}":
            return .nothing
        case "ª": // "7ª" is "7a", as it is typed without the sign
            return .letter(UInt8(ascii: "a"))
        case "º":
            return .letter(UInt8(ascii: "o"))
        default:
            break
        }
        if value < 0x80 { return .gap }
        let lower = scalar.properties.lowercaseMapping
        if let first = lower.unicodeScalars.first, let ligature = ligatures[first] { return .letters(ligature) }
        let plain = lower.decomposedStringWithCanonicalMapping.unicodeScalars.filter { $0.isASCII }
        if let letter = plain.first, letter.properties.isAlphabetic { return .letter(UInt8(ascii: letter)) }
        return scalar.properties.isAlphabetic ? .letters(lower) : .gap
    }
}
