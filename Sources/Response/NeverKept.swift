// SPDX-License-Identifier: AGPL-3.0-or-later

/// What can get a person detained if it leaks, and what we never keep: alien registration numbers, social security
/// numbers, phone numbers, and words about a person's papers. Found by form only, so that nothing is guessed.
package enum NeverKept: Sendable, Hashable {
    case alienNumber
    case socialSecurityNumber
    case phoneNumber
    /// "undocumented", "sin papeles".
    case papers

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
            } else if let end = phoneNumber(bytes, start) {
                hits.append((.phoneNumber, start..<end))
                start = end
            } else if let end = papers(bytes, start) {
                hits.append((.papers, start..<end))
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

    /// "(213) 555-0142", "+1 213.555.0142", "2135550142": as North America writes its numbers, so that a date is none.
    private static func phoneNumber(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard isDigit(bytes[start]) || "(+".utf8.contains(bytes[start]) else { return nil }
        var digits: [UInt8] = []
        var groups: [Int] = []
        var between = 1
        var index = start
        while index < bytes.count, digits.count < 11 {
            if isDigit(bytes[index]) {
                groups = between > 0 ? groups + [1] : groups.dropLast() + [(groups.last ?? 0) + 1]
                digits.append(bytes[index])
                between = 0
            } else if " -.()+".utf8.contains(bytes[index]), between < 3 {
                between += 1
            } else {
                break
            }
            index += 1
            let isWhole = digits.count == (digits.first == UInt8(ascii: "1") ? 11 : 10) && between == 0
            guard isWhole, index == bytes.count || !isWordly(bytes[index]) else { continue }
            let shapes = [[10], [11], [3, 3, 4], [1, 3, 3, 4], [3, 7], [1, 10], [1, 3, 7]]
            let starts = [digits[digits.count - 10], digits[digits.count - 7]]
            return shapes.contains(groups) && starts.allSatisfy { $0 >= UInt8(ascii: "2") } ? index : nil
        }
        return nil
    }

    /// The beginning of a phrase about somebody's papers; English and Spanish, as callers say it.
    private static let phrases = [
        "undocumented", "indocumentad", "sin papeles", "no tiene papeles", "no tienen papeles", "no tengo papeles",
        "has no papers", "have no papers", "without papers", "illegal alien", "illegal immigrant", "is illegal",
        "es ilegal", "son ilegales", "overstayed", "expired visa", "visa vencida",
    ].map { Array($0.utf8) }

    private static func papers(_ bytes: [UInt8], _ start: Int) -> Int? {
        for phrase in phrases where bytes.count - start >= phrase.count {
            let end = start + phrase.count
            guard zip(bytes[start..<end], phrase).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 }) else { continue }
            return bytes[end...].firstIndex { !isWordly($0) } ?? bytes.count
        }
        return nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isWordly(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte >= 0x80
    }
}
