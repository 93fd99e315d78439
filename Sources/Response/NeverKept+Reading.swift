// SPDX-License-Identifier: AGPL-3.0-or-later

/// A text as the detectors read it: one byte a letter, small letters, every script's digits as 0 to 9, every dash as
/// `-`, every run of spaces as one, marks that can't be seen left out. Knows where each byte came from.
struct NeverKeptReading {
    /// Letters with accents stand as 0x80: "á1" is no A-number.
    private(set) var plain: [UInt8] = []
    /// The same without their accents: "deportación" is found as people type it.
    private(set) var folded: [UInt8] = []
    private var starts: [Int] = []
    private var ends: [Int] = []

    var count: Int { plain.count }

    init(_ text: String) {
        if readPlain(text) { return }
        var offset = 0
        let size = text.utf8.count
        plain.reserveCapacity(size)
        folded.reserveCapacity(size)
        starts.reserveCapacity(size)
        ends.reserveCapacity(size)
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                readASCII(UInt8(truncatingIfNeeded: scalar.value), offset)
                offset += 1
                continue
            }
            let end = offset + UTF8.width(scalar)
            read(scalar, offset, end)
            offset = end
        }
    }

    /// Where a part stands in the text, in UTF-8.
    func offsets(_ part: Range<Int>) -> Range<Int> {
        guard let first = part.first, let last = part.last else { return 0..<0 }
        if starts.isEmpty { return part }
        return starts[first]..<ends[last]
    }

    func beginsWord(at index: Int) -> Bool { index == 0 || !Self.isWordly(plain[index - 1]) }
    func endsWord(at index: Int) -> Bool { index >= count || !Self.isWordly(plain[index]) }

    /// Whether the folded text goes on like this; a line's end is a space to a phrase.
    func holds(_ phrase: [UInt8], at start: Int) -> Bool {
        guard count - start >= phrase.count else { return false }
        for index in phrase.indices {
            let read = folded[start + index]
            guard read == phrase[index] || (read == UInt8(ascii: "\n") && phrase[index] == UInt8(ascii: " ")) else {
                return false
            }
        }
        return true
    }

    static func isWordly(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || byte >= 0x80
    }

    /// What most people write: ASCII without two spaces in a row, where every letter stays where it is. False for all else.
    private mutating func readPlain(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var wasSpace = false
            for byte in bytes {
                let isSpace = byte == 0x20 || (byte >= 0x09 && byte <= 0x0D && byte != 0x0A)
                guard byte < 0x80, !(isSpace && wasSpace) else { return false }
                wasSpace = isSpace
            }
            plain = [UInt8](unsafeUninitializedCapacity: bytes.count) { plain, count in
                for byte in bytes {
                    let isSpace = byte >= 0x09 && byte <= 0x0D && byte != 0x0A
                    let isCapital = byte >= 0x41 && byte <= 0x5A
                    plain[count] = isSpace ? 0x20 : isCapital ? byte | 0x20 : byte
                    count += 1
                }
            }
            folded = plain
            return true
        }
    }

    private mutating func readASCII(_ byte: UInt8, _ start: Int) {
        switch byte {
        case 0x41...0x5A: append(byte + 0x20, start, start + 1)
        case 0x09, 0x0B...0x0D, 0x20: appendSpace(start, start + 1)
        default: append(byte, start, start + 1)
        }
    }

    private mutating func read(_ scalar: Unicode.Scalar, _ start: Int, _ end: Int) {
        switch scalar.value {
        // An accent that follows its letter; marks without width.
        case 0x300...0x36F:
            if let last = plain.indices.last {
                plain[last] = 0x80
                ends[last] = end
            }
        case 0xAD, 0x200B...0x200F, 0x2060, 0xFEFF: return
        case 0x2010...0x2015, 0x2212, 0xFE58, 0xFE63, 0xFF0D: append(UInt8(ascii: "-"), start, end)
        case 0x2018, 0x2019, 0xFF07: append(UInt8(ascii: "'"), start, end)
        case 0xFF0B: append(UInt8(ascii: "+"), start, end)
        // Full width, as phones from East Asia type it.
        case 0xFF21...0xFF3A: append(UInt8(truncatingIfNeeded: scalar.value - 0xFF21 + 0x61), start, end)
        case 0xFF41...0xFF5A: append(UInt8(truncatingIfNeeded: scalar.value - 0xFF41 + 0x61), start, end)
        default: readRest(scalar, start, end)
        }
    }

    private mutating func readRest(_ scalar: Unicode.Scalar, _ start: Int, _ end: Int) {
        if scalar.properties.isWhitespace {
            appendSpace(start, end)
        } else if scalar.properties.numericType == .decimal, let digit = scalar.properties.numericValue {
            append(UInt8(ascii: "0") + UInt8(min(max(digit, 0), 9)), start, end)
        } else if scalar.properties.isAlphabetic {
            append(0x80, start, end, folded: Self.bare(scalar))
        } else {
            append(UInt8(ascii: ","), start, end)
        }
    }

    /// A run of them is one; what it stood for is taken out whole.
    private mutating func appendSpace(_ start: Int, _ end: Int) {
        if plain.last == UInt8(ascii: " "), let last = ends.indices.last {
            ends[last] = end
        } else {
            append(UInt8(ascii: " "), start, end)
        }
    }

    private mutating func append(_ byte: UInt8, _ start: Int, _ end: Int, folded bare: UInt8? = nil) {
        plain.append(byte)
        folded.append(bare ?? byte)
        starts.append(start)
        ends.append(end)
    }

    /// The letter under an accent, for Latin-1; 0x80 for any other.
    private static func bare(_ scalar: Unicode.Scalar) -> UInt8 {
        switch scalar.value | 0x20 {
        case 0xE0...0xE5: UInt8(ascii: "a")
        case 0xE7: UInt8(ascii: "c")
        case 0xE8...0xEB: UInt8(ascii: "e")
        case 0xEC...0xEF: UInt8(ascii: "i")
        case 0xF1: UInt8(ascii: "n")
        case 0xF2...0xF6: UInt8(ascii: "o")
        case 0xF9...0xFC: UInt8(ascii: "u")
        default: 0x80
        }
    }
}
