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
        let folded = FoldedBytes(text, limit: limit)
        words = (0..<folded.count).map { String(decoding: folded.bytes[folded.range(of: $0)], as: UTF8.self) }
        joints = folded.joints
    }
}

/// The same as bytes one after the other, for who reads words only to look them up: two allocations for a text.
package struct FoldedBytes: Sendable {
    /// UTF-8 of all words, with nothing between them.
    package private(set) var bytes: [UInt8] = []
    package private(set) var joints: Set<Int> = []
    private var ends: [Int] = []

    package var count: Int { ends.count }

    /// Where in `bytes` the word is.
    package func range(of word: Int) -> Range<Int> { (word > 0 ? ends[word - 1] : 0)..<ends[word] }

    package init(_ text: String, limit: Int = 400) {
        var text = text
        ends.reserveCapacity(min(text.utf8.count / 4 + 2, limit))
        // No word is longer than 66 bytes, and nothing grows to more than three times its bytes.
        let most = min(text.utf8.count * 3, (limit + 2) * 66)
        bytes = [UInt8](unsafeUninitializedCapacity: most) { folded, count in
            text.withUTF8 { read($0, limit, into: folded, &count) }
        }
    }

    /// Over bare memory, which is a third of what it takes over the text's own scalars and a growing array.
    private mutating func read(
        _ text: UnsafeBufferPointer<UInt8>,
        _ limit: Int,
        into folded: UnsafeMutableBufferPointer<UInt8>,
        _ count: inout Int
    ) {
        let simple = Self.simple
        var (place, read, began, filled) = (0, 0, 0, 0)
        func write(_ byte: UInt8) {
            guard filled < folded.count else { return }
            folded[filled] = byte
            filled += 1
        }
        func end() {
            guard filled > began else { return }
            ends.append(filled)
            began = filled
        }
        while place < text.count {
            read &+= 1
            if read > 20_000 || ends.count >= limit { break }
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
                joints.insert(ends.count)
            }
        }
        if ends.count < limit { end() }
        if ends.count > limit { ends.removeLast(ends.count - limit) }
        count = filled
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
