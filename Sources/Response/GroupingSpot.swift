// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What people call the spot where they are, as far as grouping must know it: names that are in no list ("La Favorita"), what
/// kind of place it is, the block of an address, the streets. Keyed hashes that live as long as the process.
package struct SpotMarks: Hashable, Sendable {
    /// In no order, each once. The low three bits are the class.
    private(set) var marks: [UInt64] = []
    /// A bit for each.
    private(set) var bits: UInt32 = 0

    private enum Class: UInt64 {
        case name
        /// A bakery, a church.
        case kind
        /// A street that was named.
        case street
        /// A street that runs by, where the point is known.
        case beside
        /// The block of an address.
        case block
    }

    package static let none = SpotMarks()
    private static let most = 48

    private init() {}

    var isEmpty: Bool { marks.isEmpty }

    private func holds(_ kind: Class) -> Bool { marks.contains { $0 & 7 == kind.rawValue } }

    private mutating func add(_ kind: Class, _ text: String, _ number: Int = 0) {
        var hasher = Hasher()
        hasher.combine(text)
        hasher.combine(number)
        insert(UInt64(bitPattern: Int64(hasher.finalize())) & ~7 | kind.rawValue)
    }

    private mutating func insert(_ mark: UInt64) {
        guard marks.count < Self.most, !marks.contains(mark) else { return }
        marks.append(mark)
        bits |= 1 << UInt32(mark >> 59)
    }

    mutating func formUnion(_ other: SpotMarks) {
        for mark in other.marks { insert(mark) }
    }

    /// `text`: the place as it was told, or with `isSaid` all that was told. `names`: what the place around it is called.
    package init(
        _ text: String,
        isSaid: Bool,
        besides names: @autoclosure () -> String,
        at point: Point?,
        in places: Places
    ) {
        if let point {
            for street in places.streets(near: point, within: Self.besideMetres) { add(.beside, street) }
        }
        guard !text.isEmpty else { return }
        let words = Folded(text).words
        // Few texts have a word for which it matters.
        var known: [String]?
        func isAround(_ word: String) -> Bool {
            let around = known ?? Folded(names()).words
            known = around
            return around.contains(word)
        }
        let streets = places.streets(in: words, isAround: isAround, isSure: isSaid)
        for street in streets { add(.street, street.name) }
        FoldedBytes.look(at: text) { folded in
            // Of all that was told only what stands behind "at" or "en" says where.
            var left = isSaid ? 0 : words.count
            var index = 0
            while index < min(folded.count, words.count) {
                left = isSaid && Self.wheres.contains(words[index]) ? Self.reach : left - 1
                let street = streets.first { $0.range.contains(index) }
                if let street {
                    index = street.range.upperBound
                } else if left >= 0 {
                    index = read(folded, words, at: index, streets, isAround)
                } else {
                    index += 1
                }
            }
        }
    }

    /// Answers where to go on.
    private mutating func read(
        _ folded: borrowing FoldedBytes,
        _ words: [String],
        at index: Int,
        _ streets: [(name: String, range: Range<Int>)],
        _ isAround: (String) -> Bool
    ) -> Int {
        let (word, next) = (words[index], index + 1)
        if (3...5).contains(word.utf8.count), let number = Int(word), next < words.count {
            // Halves of blocks overlap: fifty numbers on is the same block in one of two ways.
            let street = streets.first { $0.range.contains(next) }?.name ?? LexiconForms.stem(words[next])
            add(.block, street, 2 * (number / 100))
            add(.block, street, 2 * ((number + 50) / 100) + 1)
            return next
        }
        let lexicon = LexiconForms.standard
        let meaning = lexicon.meaning(of: folded[index])
        if !meaning.phrases.isEmpty, next < words.count,
            let concept = lexicon.concept(of: meaning.phrases, before: folded[next])
        {
            addKind(lexicon.concepts[concept])
            return next + 1
        }
        if let kind = Self.kinds[word] {
            addKind(kind)
        } else if case .concept = meaning.sense {
            addKind(lexicon.concepts[Int(meaning.concept)])
        } else if case .nothing = meaning.sense, word.utf8.count > 2, word.utf8.first ?? 0 > UInt8(ascii: "9"),
            !Self.fillers.contains(word), !isAround(word)
        {
            add(.name, LexiconForms.stem(word))
        }
        return next
    }

    private mutating func addKind(_ concept: String) {
        if Self.spots.contains(concept) { add(.kind, concept) }
    }

    /// Metres from a street's line in which somebody may say that they are on it: our lines are off by up to a hundred.
    private static let besideMetres = 300.0
    /// So many words behind "at" say where.
    private static let reach = 6
    private static let wheres: Set<String> = [
        "at", "near", "outside", "by", "front", "next", "across", "behind", "on", "corner", "en", "frente", "enfrente",
        "afuera", "cerca", "junto", "esquina", "lado", "atras", "detras",
    ]
    private static let fillers: Set<String> = [
        "north", "south", "east", "west", "norte", "sur", "este", "oeste", "san", "santa", "los", "las", "behind",
        "across", "along", "side", "lado", "detras", "atras", "foot", "drive", "way", "place", "hacia", "casi",
        "between", "middle", "intersection", "interseccion", "angeles", "california", "pie", "unit", "around",
        "alrededor", "towards", "toward", "close", "heading", "located", "ubicado", "altura", "local", "big", "little",
    ]
    private static let kinds: [String: String] = [
        "bakery": "bakery", "panaderia": "bakery", "llantera": "tires", "tire": "tires", "tires": "tires",
        "llantas": "tires", "carniceria": "butcher", "butcher": "butcher", "dental": "dentist", "dentist": "dentist",
        "dentista": "dentist", "licoreria": "=market", "taller": "=warehouse", "farmacia": "pharmacy",
        "pharmacy": "pharmacy", "library": "library", "biblioteca": "library", "motel": "motel", "hotel": "motel",
        "bodyshop": "=warehouse", "mechanic": "=warehouse", "mecanico": "=warehouse", "donuts": "donuts",
        "donas": "donuts", "mall": "mall", "plaza": "mall",
    ]
    private static let spots: Set<String> = Set(kinds.values).union([
        "=busstop", "=carwash", "=homedepot", "=school", "=church", "=court", "=hospital", "=park",
        "=restaurant", "=swapmeet", "=laundry", "=gas", "=bank", "=station", "=barber", "=freeway",
    ])

    /// What two say of the spot.
    enum Meeting: Equatable, Sendable {
        case unsaid
        /// The same name or block; `isSure` with something else in common as well.
        case same(isSure: Bool)
        /// One street.
        case street
        /// None of the streets that one names runs by the other.
        case other
        /// Both name something, and nothing is the same.
        case strange
    }

    func meeting(_ other: SpotMarks) -> Meeting {
        guard !isEmpty, !other.isEmpty else { return .unsaid }
        var (names, kinds, streets) = (0, 0, 0)
        for mark in marks {
            guard let kind = Class(rawValue: mark & 7) else { continue }
            switch kind {
            case .name, .block: if other.marks.contains(mark) { names += 1 }
            case .kind: if other.marks.contains(mark) { kinds += 1 }
            // Two points that are known say more than the streets beside them.
            case .street: if other.marks.contains(where: { $0 | 1 == mark | 1 }) { streets += 1 }
            case .beside: if other.marks.contains(mark & ~7 | Class.street.rawValue) { streets += 1 }
            }
        }
        if names > 0 { return .same(isSure: names + kinds + streets > 1) }
        // Two addresses.
        if holds(.block), other.holds(.block) { return .strange }
        if streets > 0 { return kinds > 0 ? .same(isSure: true) : .street }
        if (holds(.street) && other.holds(.beside)) || (holds(.beside) && other.holds(.street)) { return .other }
        let isNamed = holds(.street) || holds(.name)
        return isNamed && (other.holds(.street) || other.holds(.name)) ? .strange : .unsaid
    }
}
