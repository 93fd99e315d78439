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

/// Words about a person's papers, in English and Spanish, as callers say them. Never a word that can be about a law, a
/// car or a raid: "es ilegal lo que hacen" is what a neighbor is right to say.
enum NeverKeptPhrases {
    /// A star: the word may go on.
    private static let all: [(phrase: [UInt8], goesOn: Bool)] = [
        "undocumented", "unauthorized immigrant*", "without papers", "has no papers", "have no papers", "had no papers",
        "doesn't have papers", "don't have papers", "illegal alien*", "illegal immigrant*", "illegals", "he is illegal",
        "she is illegal", "they are illegal", "i am illegal", "he's illegal", "she's illegal", "they're illegal",
        "i'm illegal", "overstayed", "expired visa", "visa expired", "visa is expired", "without a visa", "has no visa",
        "out of status", "no legal status", "without legal status", "no green card", "without a green card",
        "deportation order*", "order of deportation", "removal order*", "order of removal", "has daca", "on daca",
        "daca recipient*", "has tps", "tps holder*", "indocumentad*", "sin papeles", "no tiene papeles",
        "no tienen papeles", "no tengo papeles", "no tenemos papeles", "sin documentos", "no tiene documentos",
        "no tienen documentos", "no tengo documentos", "sin estatus", "sin estado legal", "no tiene estatus",
        "sin visa",
        "no tiene visa", "visa vencida", "inmigrante ilegal", "inmigrantes ilegales", "migrante ilegal",
        "migrantes ilegales", "el es ilegal", "ella es ilegal", "ellos son ilegales", "ellas son ilegales",
        "soy ilegal",
        "somos ilegales", "un ilegal", "una ilegal", "los ilegales", "orden de deportacion", "orden de remocion",
        "orden de expulsion", "tiene daca", "tengo daca", "tiene tps", "tengo tps", "sin green card",
        "no tiene green card", "sin la residencia", "no tiene la residencia",
    ].map { (text: String) in
        let goesOn = text.hasSuffix("*")
        return (Array((goesOn ? String(text.dropLast()) : text).utf8), goesOn)
    }

    /// By their first letter: most places of a text need no look at all.
    private static let byLetter: [[(phrase: [UInt8], goesOn: Bool)]] = (0..<256).map { letter in
        all.filter { $0.phrase.first.map(Int.init) == letter }
    }

    /// Where a phrase that begins here ends.
    static func end(in read: NeverKeptReading, from start: Int) -> Int? {
        for (phrase, goesOn) in byLetter[Int(read.folded[start])] where read.holds(phrase, at: start) {
            var end = start + phrase.count
            if goesOn { while !read.endsWord(at: end) { end += 1 } }
            if read.endsWord(at: end) { return end }
        }
        return nil
    }
}
