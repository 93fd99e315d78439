// SPDX-License-Identifier: AGPL-3.0-or-later

/// The street names of a pack, and how a crossing of two of them is recognised in a sentence: "Figueroa & 7th",
/// "Alvarado y la 6ta", "esquina de Soto con Cesar Chavez".
struct Streets: Sendable {
    /// Two streets found in some words.
    struct Found: Hashable {
        let range: Range<Int>
        let first: String
        let second: String
        /// Whether a word or sign between them says that they cross. Without one they stand side by side.
        let isJoined: Bool
    }

    private struct Form: Sendable {
        let words: [String]
        let name: String
        /// As the file has it, and not only what is left of that without its type.
        let isWritten: Bool
    }

    private struct Side {
        let name: String
        let end: Int
        let isListed: Bool
        /// The words are a street's name also where nothing else says so.
        let isSure: Bool
    }

    private var forms: [String: [Form]] = [:]

    init(_ streets: [(name: String, aliases: [String])]) {
        for street in streets {
            for text in [street.name] + street.aliases {
                let words = Folded(text).words.map(Self.normal)
                add(words, for: street.name, isWritten: true)
                add(Self.stripped(words), for: street.name, isWritten: false)
            }
        }
        for first in forms.keys { forms[first]?.sort { $0.words.count > $1.words.count } }
    }

    private mutating func add(_ words: [String], for name: String, isWritten: Bool) {
        // "26" from "Ave 26" would make a street of every number.
        guard let first = words.first, words.count > 1 || !Self.isBare(first) else { return }
        let form = Form(words: words, name: name, isWritten: isWritten)
        // The first street of the file keeps a name that two streets share.
        guard let known = forms[first, default: []].firstIndex(where: { $0.words == words }) else {
            forms[first, default: []].append(form)
            return
        }
        if isWritten, forms[first]?[known].name == name { forms[first]?[known] = form }
    }

    /// Every crossing in the words, from left to right, none overlapping. Two streets side by side ("Whittier Atlantic",
    /// "Whittier-Atlantic") only where the words join none and have no other two so: more of them are a list.
    func crossings(in text: Folded) -> [Found] {
        let words = text.words.map(Self.normal)
        var found: [Found] = []
        var beside: [Found] = []
        var start = 0
        while start < words.count {
            let crossing = crossing(words, text.joints, at: start)
            if let crossing, crossing.isJoined {
                found.append(crossing)
                start = crossing.range.upperBound
            } else {
                if let crossing { beside.append(crossing) }
                start += 1
            }
        }
        guard found.isEmpty, let first = beside.first else { return found }
        let isOne = beside.allSatisfy { $0.first == first.first && $0.second == first.second }
        return isOne ? [first] : []
    }

    /// Every listed street in the words by its name, and where. With `isSure`, and of what the place around is called, only
    /// what is written as a street's name is: "Boyle Heights" is none.
    func named(
        in words: [String],
        isAround: (String) -> Bool,
        isSure: Bool
    ) -> [(name: String, range: Range<Int>)] {
        let words = words.map(Self.normal)
        let lastType = words.lastIndex(where: Self.types.contains) ?? -1
        var found: [(name: String, range: Range<Int>)] = []
        var start = 0
        while start < words.count {
            let before = start > 0 ? words[start - 1] : ""
            let isMarked = Self.on.contains(before) || (Self.isBare(before) && (3...5).contains(before.utf8.count))
            let mustBeSure = !isMarked && (isSure || isAround(words[start]))
            // Without a word such as "street" behind it there is nothing to look for.
            if !mustBeSure || start <= lastType, let side = named(words, at: start, isMarked: false),
                side.isListed || side.isSure,
                !mustBeSure || (side.isSure && Self.types.contains(words[side.end - 1]))
            {
                found.append((side.name, start..<side.end))
                start = side.end
            } else {
                start += 1
            }
        }
        return found
    }

    private static let on: Set<String> = ["on", "along", "la", "calle", "avenida"]

    private func crossing(_ words: [String], _ joints: Set<Int>, at start: Int) -> Found? {
        // "6 y Alvarado" is a place if that is all: "6 y Alvarado vans" may be six of something, and so may "6 near Alvarado".
        let isBare =
            start == 0 && words.count > 1 && Self.isBare(words[0]) && !Self.freeways.contains(words[0])
            && (Self.ands.contains(words[1]) || joints.contains(1))
        guard let first = side(words, at: start, isMarked: isBare) else { return nil }
        var next = first.end
        var isJoined = joints.contains(next)
        var found: Side?
        while next < words.count, next - first.end < 3 {
            if Self.joiners.contains(words[next]) {
                isJoined = true
            } else if !Self.fillers.contains(words[next]) {
                break
            } else if isJoined, words[next] == "la" {
                // "y La Brea", "con la 6".
                found = side(words, at: next)
                if found != nil { break }
            }
            next += 1
        }
        guard let second = found ?? side(words, at: isJoined ? next : first.end), first.name != second.name,
            first.isListed || second.isListed, !isBare || second.end == words.count
        else { return nil }
        if !isJoined {
            // "Vermont first" is a crossing if that is all: "on Vermont first" goes on with what came first.
            let isAll = start == 0 && second.end == words.count
            guard [first, second].allSatisfy({ $0.isSure || (isAll && !$0.isListed) }) else { return nil }
        }
        return Found(range: start..<second.end, first: first.name, second: second.name, isJoined: isJoined)
    }

    /// One street: what may stand before it, its name, what may stand after it.
    private func side(_ words: [String], at start: Int, isMarked: Bool = false) -> Side? {
        var begin = start
        var isMarked = isMarked
        while begin < words.count, begin - start <= 3 {
            if let side = named(words, at: begin, isMarked: isMarked) { return side }
            guard Self.before.contains(words[begin]) else { return nil }
            // "la 10" is a freeway more often than a street.
            begin += 1
            isMarked =
                begin < words.count
                && (Self.roadsBefore.contains(words[begin - 1]) || !Self.freeways.contains(words[begin]))
        }
        return nil
    }

    private func named(_ words: [String], at begin: Int, isMarked: Bool) -> Side? {
        let rest = words[begin...]
        if let form = forms[words[begin], default: []].first(where: { rest.starts(with: $0.words) }) {
            let end = Self.afterTypes(words, begin + form.words.count)
            // "esquina de Soto" is a corner on Soto, "De Soto Ave" is another street.
            if words[begin] == "de", begin > 0, end == begin + form.words.count { return nil }
            let isOrdinal = Self.number(words[begin]) != nil
            let isTyped = end > begin + form.words.count
            let isListed = !isOrdinal || form.words.count > 1
            return Side(name: form.name, end: end, isListed: isListed, isSure: isTyped || (isListed && form.isWritten))
        }
        let end = Self.afterTypes(words, begin + 1)
        // "2 vans and 3 officers": a bare number is a street only after "la" or "calle", or before "street".
        if Self.isBare(words[begin]), !isMarked, end == begin + 1 { return nil }
        guard let number = Self.number(words[begin]) else { return nil }
        let ordinal = Self.ordinal(number)
        let name = forms[ordinal]?.first { $0.words == [ordinal] }?.name ?? "\(ordinal) St"
        return Side(name: name, end: end, isListed: false, isSure: end > begin + 1)
    }

    /// Whether a name between these words is a street's and no town's: "Whittier Blvd", "avenida Compton", "3200 Whittier".
    static func isStreet(_ words: [String], _ name: Range<Int>) -> Bool {
        if name.upperBound < words.count, roads.contains(words[name.upperBound]) { return true }
        guard name.lowerBound > 0 else { return false }
        let before = words[name.lowerBound - 1]
        return roadsBefore.contains(before) || (isBare(before) && (3...4).contains(before.utf8.count))
    }

    /// "La esquina de la Van Nuys": in Spanish a town has no article before its name, and an avenue has.
    func isAvenue(_ words: [String], _ name: Range<Int>) -> Bool {
        guard name.lowerBound > 0, words[name.lowerBound - 1] == "la",
            let street = named(words.map(Self.normal), at: name.lowerBound, isMarked: false)
        else { return false }
        return street.isListed && street.end == name.upperBound
    }

    private static let roads: Set<String> = [
        "st", "str", "street", "ave", "av", "avda", "avenue", "bl", "blv", "blvd", "bd", "bvd", "boulevard", "bulevar",
        "rd", "road", "dr", "drive", "ln", "lane", "hwy", "highway", "pkwy", "parkway",
    ]
    private static let roadsBefore: Set<String> = ["calle", "avenida", "avda", "av", "ave", "bulevar", "boulevard"]

    private static func afterTypes(_ words: [String], _ start: Int) -> Int {
        var end = start
        while end < words.count, end - start < 2, types.contains(words[end]) { end += 1 }
        return end
    }

    // MARK: Words

    private static let joiners: Set<String> = [
        "and", "y", "e", "n", "con", "at", "with", "esq", "esquina", "corner", "x", "near", "by", "cerca",
        "casi", "cruce",
    ]
    private static let ands: Set<String> = ["and", "y", "con"]
    /// Without 2 and 5, which more people name as streets.
    private static let freeways: Set<String> = [
        "10", "14", "47", "57", "60", "71", "90", "91", "101", "103", "105", "110", "118", "134", "170", "210", "405",
        "605", "710",
    ]
    private static let fillers: Set<String> = ["of", "de", "la", "el", "the"]
    private static let before: Set<String> = [
        "la", "el", "the", "calle", "avenida", "avda", "ave", "av", "n", "s", "e", "w", "north", "south", "east",
        "west",
        "norte", "sur", "este", "oeste", "bulevar", "boulevard", "blvd", "bl",
    ]
    /// What may stand behind a name; "way" and "court" are words of their own too.
    private static let types = roads.union(["way", "wy", "place", "pl", "ct", "court"])
    private static let numberWords: [String: Int] = [
        "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
        "tenth": 10, "eleventh": 11, "twelfth": 12, "primera": 1, "segunda": 2, "tercera": 3, "cuarta": 4, "quinta": 5,
        "sexta": 6, "septima": 7, "octava": 8, "novena": 9, "decima": 10,
    ]
    private static let numberEndings: Set<String> = [
        "st", "nd", "rd", "th", "ra", "ro", "er", "era", "da", "do", "ta", "to", "ma", "mo", "va", "vo", "na", "no",
        "a",
    ]

    /// "figueroa" from "south figueroa street"; a name that is nothing but such words stays.
    private static func stripped(_ words: [String]) -> [String] {
        var rest = words[...]
        while rest.count > 1, let last = rest.last, types.contains(last) { rest.removeLast() }
        while rest.count > 1, let first = rest.first, before.contains(first), first != "la", first != "el" {
            rest.removeFirst()
        }
        return Array(rest)
    }

    /// "6ta", "6th", "sexta" → "6th"; everything else as it is. A bare number stays bare.
    private static func normal(_ word: String) -> String {
        isBare(word) ? word : number(word).map(ordinal) ?? word
    }

    private static func isBare(_ word: String) -> Bool {
        word.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    private static func number(_ word: String) -> Int? {
        var (number, digits) = (0, 0)
        for byte in word.utf8 {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { break }
            digits += 1
            if digits > 3 { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        if digits == 0 { return numberWords[word] }
        guard number > 0 else { return nil }
        let ending = word.utf8.dropFirst(digits)
        return ending.isEmpty || numberEndings.contains(String(Substring(ending))) ? number : nil
    }

    private static func ordinal(_ number: Int) -> String {
        let ending =
            switch (number % 100, number % 10) {
            case (11...13, _): "th"
            case (_, 1): "st"
            case (_, 2): "nd"
            case (_, 3): "rd"
            case (_, _): "th"
            }
        return "\(number)\(ending)"
    }
}
