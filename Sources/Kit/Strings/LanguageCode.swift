// SPDX-License-Identifier: AGPL-3.0-or-later

/// A language as programs name it: a code of ISO 639 for what people speak, also where no page of ours is written in it,
/// and behind it what BCP 47 adds (`es-MX`, `zh-hant`, `es-419`).
package enum LanguageCode {
    private static let longest = 12

    /// Whether there is such a language. Large and small letters are the same; at most twelve of them.
    package static func isReal(_ code: String) -> Bool {
        guard code.utf8.count <= longest else { return false }
        var parts = code.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)[...]
        guard let language = parts.popFirst(), isLanguage(language) else { return false }
        return parts.allSatisfy { part in
            (2...8).contains(part.count) && part.allSatisfy { letter($0) != nil || isDigit($0) }
        }
    }

    /// The same in small letters, as what people speak is kept and compared.
    package static func isRealInSmall(_ code: String) -> Bool { isReal(code) && code == code.lowercased() }

    /// As it is kept: phones write `es_MX`.
    package static func tag(_ code: String) -> String {
        guard code.utf8.contains(UInt8(ascii: "_")) else { return code }
        return String(decoding: code.utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
    }

    private static func isLanguage(_ code: Substring.UTF8View) -> Bool {
        let letters = code.compactMap(letter)
        guard letters.count == code.count else { return false }
        switch letters.count {
        case 2: return pairs[letters[0]] & 1 << letters[1] != 0
        case 3: return triples[letters[0] * 26 + letters[1]] & 1 << letters[2] != 0
        default: return false
        }
    }

    /// By the letters before the last: which last ones there are, a bit each.
    private static let pairs: [UInt32] = twoLetters.utf8.split(separator: UInt8(ascii: " "))
        .reduce(into: [UInt32](repeating: 0, count: 26)) { pairs, code in
            let letters = code.compactMap(letter)
            pairs[letters[0]] |= 1 << letters[1]
        }

    private static let triples: [UInt32] = threeLetters.utf8.split(separator: UInt8(ascii: " "))
        .reduce(into: [UInt32](repeating: 0, count: 26 * 26)) { triples, group in
            let letters = group.compactMap(letter)
            for last in letters.dropFirst(2) { triples[letters[0] * 26 + letters[1]] |= 1 << last }
        }

    /// 0 for a or A, to 25.
    private static func letter(_ byte: UInt8) -> Int? {
        let small = byte | 0x20
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(small) ? Int(small - UInt8(ascii: "a")) : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
