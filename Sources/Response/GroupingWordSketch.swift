// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The secret under which words are hashed: random for each process, never stored, so that a sketch found in a dump
/// can't be tried against a word list without it.
package struct SketchKey: Sendable {
    private let low: UInt64
    private let high: UInt64

    package init(_ low: UInt64, _ high: UInt64) {
        self.low = low
        self.high = high
    }

    package static func random() -> SketchKey {
        let bytes = RandomBytes.take(16)
        func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        return SketchKey(word(bytes.prefix(8)), word(bytes.suffix(8)))
    }

    /// SipHash under the process's own seed as well as this key.
    fileprivate func hash(_ word: String) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(low)
        hasher.combine(high)
        hasher.combine(word)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

/// What a text is about, as a set of keyed hashes: words in lower case without accents, stop words and endings of
/// English and Spanish, words of the field ("van", "camioneta") as one concept in both languages. The words
/// themselves are not kept. Any text in bounded time: about the first 400 words are read, 96 hashes kept.
package struct WordSketch: Hashable, Sendable {
    /// Sorted, without repeats. The low two bits are the class.
    private(set) var tokens: [UInt64] = []
    private var weight = 0.0

    private enum Class: UInt64 {
        case specific = 0
        case common = 1
        case number = 2
    }

    package static let empty = WordSketch()

    private init() {}

    package init(_ text: String, key: SketchKey) {
        var found: Set<UInt64> = []
        func take(_ word: String, _ kind: Class) {
            if found.count < Self.most { found.insert(key.hash(word) & ~3 | kind.rawValue) }
        }
        let words = Folded(text).words
        var index = 0
        while index < words.count, found.count < Self.most {
            let word = words[index]
            let next = index + 1 < words.count ? words[index + 1] : ""
            index += 1
            let meaning = Lexicon.meaning(of: word)
            if let phrase = meaning?.phrases.first(where: { $0.second == next || $0.second == Lexicon.stem(next) }) {
                take(phrase.concept, .specific)
                index += 1
                continue
            }
            switch meaning?.sense {
            case .stop: continue
            case .concept(let concept): take(concept, .specific)
            case .common(let concept): take(concept, .common)
            case .number(let number): take(number, .number)
            case nil:
                if Lexicon.isUnspaced(word), Lexicon.isUnspaced(next) {
                    take(word + next, .specific)
                } else if let digits = Lexicon.digits(word) {
                    take(digits, .number)
                } else if word.utf8.count > 1 {
                    take(Lexicon.stem(word), .specific)
                }
            }
        }
        tokens = found.sorted()
        weight = tokens.reduce(0) { $0 + Self.weight($1) }
    }

    private static let most = 96

    package var isEmpty: Bool { tokens.isEmpty }
    package var count: Int { tokens.count }

    /// How much two texts have in common.
    package struct Likeness: Hashable, Sendable {
        /// 0 to 1: the weight in common against that of the slighter text, less for short ones.
        package let value: Double
        package let shared: Int
        /// Words of the text that has fewer.
        package let of: Int
    }

    /// Nil when one of the texts says too little to compare.
    package func likeness(to other: WordSketch) -> Likeness? {
        let (mine, theirs) = (weight, other.weight)
        guard mine >= Self.least, theirs >= Self.least else { return nil }
        var shared = 0
        var common = 0.0
        // Over the bare memory of both: a report is compared with sixteen texts of each incident around it.
        tokens.withUnsafeBufferPointer { mine in
            other.tokens.withUnsafeBufferPointer { theirs in
                var (left, right) = (0, 0)
                while left < mine.count, right < theirs.count {
                    let (a, b) = (mine[left], theirs[right])
                    if a == b {
                        shared += 1
                        common += Self.weight(a)
                    }
                    left += a <= b ? 1 : 0
                    right += b <= a ? 1 : 0
                }
            }
        }
        let value = min(common / (min(mine, theirs) + Self.doubt), 1)
        return Likeness(value: value, shared: shared, of: min(count, other.count))
    }

    /// How much of this text was said before, 0 to 1, by weight. Nil when it says too little.
    func share(saidIn vocabulary: Set<UInt64>) -> Double? {
        guard weight >= Self.least else { return nil }
        return tokens.reduce(0) { $0 + (vocabulary.contains($1) ? Self.weight($1) : 0) } / weight
    }

    private static let least = 0.7
    private static let doubt = 0.5

    private static func weight(_ token: UInt64) -> Double {
        switch Class(rawValue: token & 3) {
        case .specific: 1
        case .common: 0.35
        case .number: 0.2
        case nil: 1
        }
    }
}
