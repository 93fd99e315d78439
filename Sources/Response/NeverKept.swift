// SPDX-License-Identifier: AGPL-3.0-or-later

/// Numbers that can get a person detained if they leak, and that we never keep: alien registration numbers and social
/// security numbers. Found by their form only, so that nothing is guessed about a person.
package enum NeverKept: Sendable, Hashable {
    case alienNumber
    case socialSecurityNumber

    /// The first such number in a text.
    package static func first(in text: String) -> NeverKept? { find(in: Array(text.utf8)).first?.what }

    /// The text with every such number taken out, for channels where nobody can be asked to write again.
    package static func removed(from text: String) -> String {
        var bytes = Array(text.utf8)
        for hit in find(in: bytes).reversed() { bytes.replaceSubrange(hit.range, with: "•••".utf8) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func find(in bytes: [UInt8]) -> [(what: NeverKept, range: Range<Int>)] {
        var hits: [(what: NeverKept, range: Range<Int>)] = []
        var start = 0
        while start < bytes.count {
            guard start == 0 || !isWordly(bytes[start - 1]) else {
                start += 1
                continue
            }
            if let end = alienNumber(bytes, start) {
                hits.append((.alienNumber, start..<end))
                start = end
            } else if let end = socialSecurityNumber(bytes, start) {
                hits.append((.socialSecurityNumber, start..<end))
                start = end
            } else {
                start += 1
            }
        }
        return hits
    }

    /// "A012345678", "A# 012-345-678": the letter and eight or nine digits.
    private static func alienNumber(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard bytes[start] | 0x20 == UInt8(ascii: "a") else { return nil }
        var digits = 0
        var between = 0
        var index = start + 1
        var end = start
        while index < bytes.count {
            if isDigit(bytes[index]) {
                digits += 1
                between = 0
                end = index + 1
            } else if " -#.".utf8.contains(bytes[index]), between < 2 {
                between += 1
            } else {
                break
            }
            index += 1
        }
        return digits == 8 || digits == 9 ? end : nil
    }

    /// "123-45-6789", with dashes or spaces; nine digits in a row could be anything.
    private static func socialSecurityNumber(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard bytes.count - start >= 11 else { return nil }
        let part = Array(bytes[start..<start + 11])
        let separator = part[3]
        guard separator == UInt8(ascii: "-") || separator == UInt8(ascii: " "), part[6] == separator else { return nil }
        for (index, byte) in part.enumerated() where index != 3 && index != 6 && !isDigit(byte) { return nil }
        if bytes.count > start + 11, isWordly(bytes[start + 11]) { return nil }
        return start + 11
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isWordly(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte >= 0x80
    }
}
