// SPDX-License-Identifier: AGPL-3.0-or-later

/// What can get a person detained if it leaks, and what we never keep: alien registration numbers, social security
/// numbers, phone numbers, e-mail addresses, words about a person's papers, origin or past, and what tells one officer from
/// another. Found by form and by phrase only, so that nothing is guessed.
package enum NeverKept: Sendable, Hashable {
    case alienNumber
    case socialSecurityNumber
    case phoneNumber
    /// "undocumented", "sin papeles".
    case papers
    /// "born in Guatemala", "es de El Salvador".
    case origin
    /// "has a criminal record", "tiene antecedentes".
    case past
    case email
    /// A license plate or a badge number, where a word before it says so. A sealed observation may hold it.
    case plate

    /// Among others, in a sentence that says what was found.
    package var name: String {
        switch self {
        case .alienNumber: "response.unkept_alien_number|an A-number"
        case .socialSecurityNumber: "response.unkept_ssn|a social security number"
        case .phoneNumber: "response.unkept_phone|a phone number"
        case .papers: "response.unkept_papers|what somebody’s papers are"
        case .origin: "response.unkept_origin|where somebody comes from"
        case .past: "response.unkept_past|somebody’s record with the police"
        case .email: "response.unkept_email|an e-mail address"
        case .plate: "response.unkept_plate|a plate or a badge number"
        }
    }

    /// One place in a text, in UTF-8 offsets that never part a letter.
    package struct Hit: Sendable, Hashable {
        package let what: NeverKept
        package let range: Range<Int>
    }

    /// Every kind of such thing in a text, each once, in order; but for what this text may hold.
    package static func kinds(in text: String, sparing spared: NeverKept? = nil) -> [NeverKept] {
        hits(in: text).reduce(into: []) { found, hit in
            if hit.what != spared, !found.contains(hit.what) { found.append(hit.what) }
        }
    }

    /// All of them, in order; none overlaps another.
    package static func hits(in text: String) -> [Hit] {
        let read = NeverKeptReading(text)
        var hits: [Hit] = []
        var start = 0
        while start < read.count {
            guard read.beginsWord(at: start), let found = match(read, start), found.end > start else {
                start += 1
                continue
            }
            hits.append(Hit(what: found.what, range: read.offsets(found.start..<found.end)))
            start = found.end
        }
        return hits
    }

    /// The text with every such thing taken out, for channels where nobody can be asked to write again.
    package static func removed(from text: String) -> String {
        var bytes = Array(text.utf8)
        for hit in hits(in: text).reversed() { bytes.replaceSubrange(hit.range, with: "•••".utf8) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func match(_ read: NeverKeptReading, _ start: Int) -> (what: NeverKept, start: Int, end: Int)? {
        if let end = alienNumber(read, start) { return (.alienNumber, start, end) }
        if let found = labelled(read, start, alienLabels, digits: 7...9) {
            return (.alienNumber, found.start, found.end)
        }
        if let end = socialSecurityNumber(read, start) { return (.socialSecurityNumber, start, end) }
        if let found = labelled(read, start, socialLabels, digits: 9...9) {
            return (.socialSecurityNumber, found.start, found.end)
        }
        if let end = phoneNumber(read, start) { return (.phoneNumber, start, end) }
        if let found = plate(read, start) { return (.plate, found.start, found.end) }
        if let end = email(read, start) { return (.email, start, end) }
        return NeverKeptPhrases.match(in: read, from: start).map { ($0.what, start, $0.end) }
    }

    /// "A012345678", "A# 012-345-678": the letter and eight or nine digits.
    private static func alienNumber(_ read: NeverKeptReading, _ start: Int) -> Int? {
        guard read.plain[start] == UInt8(ascii: "a") else { return nil }
        var digits = 0
        var between = 0
        var index = start + 1
        var end = start
        while index < read.count {
            let byte = read.plain[index]
            if isDigit(byte) {
                digits += 1
                between = 0
                end = index + 1
            } else if " -#.".utf8.contains(byte), between < 2 {
                between += 1
            } else {
                break
            }
            index += 1
        }
        return digits == 8 || digits == 9 ? end : nil
    }

    /// What people write before the number: then nine digits in any grouping are one.
    private static let socialLabels = [
        "ssn", "ss#", "ss number", "social security", "seguro social", "num de seguro", "itin",
    ].map { Array($0.utf8) }

    private static let alienLabels = [
        "alien number", "alien registration", "alien no", "a-number", "a number", "anumber", "numero a",
        "numero de alien",
        "numero de extranjero", "uscis number", "uscis#",
    ].map { Array($0.utf8) }

    /// A label, at most sixteen letters of "number is:", and so many digits. The hit is the digits, and the A that
    /// stands before them.
    private static func labelled(
        _ read: NeverKeptReading,
        _ start: Int,
        _ labels: [[UInt8]],
        digits wanted: ClosedRange<Int>
    ) -> (start: Int, end: Int)? {
        switch read.folded[start] {
        case UInt8(ascii: "s"), UInt8(ascii: "a"), UInt8(ascii: "n"), UInt8(ascii: "u"), UInt8(ascii: "i"): break
        default: return nil
        }
        guard let label = labels.first(where: { read.holds($0, at: start) }) else { return nil }
        var index = start + label.count
        let latest = min(index + 16, read.count)
        while index < latest, !isDigit(read.plain[index]) { index += 1 }
        let first = index
        var (digits, between, end) = (0, 0, first)
        while index < read.count {
            if isDigit(read.plain[index]) {
                digits += 1
                between = 0
                end = index + 1
            } else if " -.".utf8.contains(read.plain[index]), between < 2 {
                between += 1
            } else {
                break
            }
            index += 1
        }
        guard wanted.contains(digits) else { return nil }
        var letter = first - 1
        while letter > first - 3, " -#.".utf8.contains(read.plain[letter]) { letter -= 1 }
        let isNumbers =
            letter > start && read.plain[letter] == UInt8(ascii: "a") && read.beginsWord(at: letter)
        return (isNumbers ? letter : first, end)
    }

    /// "123-45-6789", with dashes or spaces; nine digits in a row could be anything.
    private static func socialSecurityNumber(_ read: NeverKeptReading, _ start: Int) -> Int? {
        guard read.count - start >= 11 else { return nil }
        let separator = read.plain[start + 3]
        guard separator == UInt8(ascii: "-") || separator == UInt8(ascii: " "), read.plain[start + 6] == separator
        else {
            return nil
        }
        for index in 0..<11 where index != 3 && index != 6 && !isDigit(read.plain[start + index]) { return nil }
        if read.count > start + 11, NeverKeptReading.isWordly(read.plain[start + 11]) { return nil }
        return start + 11
    }

    /// "(213) 555-0142", "+1 213.555.0142", "2135550142": as North America writes its numbers, so that a date is none;
    /// and whatever begins with the plus of another country.
    private static func phoneNumber(_ read: NeverKeptReading, _ start: Int) -> Int? {
        let bytes = read.plain
        guard isDigit(bytes[start]) || bytes[start] == UInt8(ascii: "(") || bytes[start] == UInt8(ascii: "+"),
            hasDigits(bytes, start, 9)
        else { return nil }
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
            guard isWhole, index == bytes.count || !NeverKeptReading.isWordly(bytes[index]) else { continue }
            let shapes = [[10], [11], [3, 3, 4], [1, 3, 3, 4], [3, 7], [1, 10], [1, 3, 7]]
            let starts = [digits[digits.count - 10], digits[digits.count - 7]]
            if shapes.contains(groups), starts.allSatisfy({ $0 >= UInt8(ascii: "2") }) { return index }
        }
        return foreignNumber(bytes, start)
    }

    /// Whether so many stand here, with no more between two of them than any number has.
    private static func hasDigits(_ bytes: [UInt8], _ start: Int, _ wanted: Int) -> Bool {
        var (digits, between, index) = (0, 0, start)
        while index < bytes.count, digits < wanted, between <= 3 {
            let isDigit = isDigit(bytes[index])
            digits += isDigit ? 1 : 0
            between = isDigit ? 0 : between + 1
            index += 1
        }
        return digits >= wanted
    }

    /// "+52 55 1234 5678": a plus and nine to fifteen digits.
    private static func foreignNumber(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard bytes[start] == UInt8(ascii: "+") else { return nil }
        var (digits, between, index, end) = (0, 0, start + 1, start)
        while index < bytes.count {
            if isDigit(bytes[index]) {
                digits += 1
                between = 0
                end = index + 1
            } else if " -.()".utf8.contains(bytes[index]), between < 2 {
                between += 1
            } else {
                break
            }
            index += 1
        }
        return (9...15).contains(digits) ? end : nil
    }

    private static let plateLabels = [
        "badge", "badges", "plate", "plates", "placa", "placas", "matricula", "matriculas",
    ]
    .map { Array($0.utf8) }

    /// What may stand between the label and the number.
    private static let plateFillers = [
        "number", "numbers", "no.", "no", "num.", "num", "numero", "is", "are", "was", "es", "son", "de", "california",
        "ca",
    ].map { Array($0.utf8) }

    private static let missing = ["no ", "sin ", "without "].map { Array($0.utf8) }

    /// "plate 8ABC123", "placas de California 8ABC 123", "badge #1234": after its label, three to eight letters and digits,
    /// of which three are digits. The hit is those alone. A car without plates has none, whatever is said next.
    private static func plate(_ read: NeverKeptReading, _ start: Int) -> (start: Int, end: Int)? {
        let letter = read.folded[start]
        guard letter == UInt8(ascii: "b") || letter == UInt8(ascii: "p") || letter == UInt8(ascii: "m"),
            let label = plateLabels.first(where: { read.holds($0, at: start) && read.endsWord(at: start + $0.count) }),
            !missing.contains(where: { start >= $0.count && read.holds($0, at: start - $0.count) })
        else { return nil }
        var index = start + label.count
        while index < read.count {
            if " :#".utf8.contains(read.plain[index]) {
                index += 1
            } else if let filler = plateFillers.first(where: {
                read.holds($0, at: index) && read.endsWord(at: index + $0.count)
            }) {
                index += filler.count
            } else {
                break
            }
        }
        return plateNumber(read, index).map { (index, $0) }
    }

    /// One group, or two where both have a digit.
    private static func plateNumber(_ read: NeverKeptReading, _ start: Int) -> Int? {
        var (end, letters, digits) = (start, 0, 0)
        var index = start
        while index < read.count {
            let group = read.plain[index...].prefix {
                isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
            }
            let count = group.count(where: isDigit)
            guard count > 0, letters + group.count <= 8, read.endsWord(at: group.endIndex) else { break }
            (end, letters, digits) = (group.endIndex, letters + group.count, digits + count)
            guard end < read.count, " -".utf8.contains(read.plain[end]) else { break }
            index = end + 1
        }
        return digits >= 3 ? end : nil
    }

    /// "juan@example.com".
    private static func email(_ read: NeverKeptReading, _ start: Int) -> Int? {
        let bytes = read.plain
        guard NeverKeptReading.isWordly(bytes[start]) else { return nil }
        var end = start
        while end < bytes.count, end < start + 65, isNamely(bytes[end]) { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "@") else { return nil }
        let host = bytes[(end + 1)...].prefix { NeverKeptReading.isWordly($0) || ".-".utf8.contains($0) }
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A point that ends the sentence.
        let named = labels.last?.isEmpty == true ? labels.dropLast() : labels[...]
        guard named.count >= 2, named.allSatisfy({ !$0.isEmpty }), let last = named.last, last.count >= 2,
            !last.contains(where: isDigit)
        else { return nil }
        return last.endIndex
    }

    /// May stand before the `@`.
    private static func isNamely(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "-"): true
        default: NeverKeptReading.isWordly(byte)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
