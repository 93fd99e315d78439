// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The secret under which words are hashed: random for each process, never stored, so that a sketch found in a dump
/// can't be tried against a word list without it.
package struct SketchKey: Sendable {
    private let seeded: Hasher
    /// Of the concepts of the lexicon, by number: most words of a report are one.
    fileprivate let concepts: [UInt64]

    package init(_ low: UInt64, _ high: UInt64) {
        // SipHash under the process's own seed as well as this key.
        var hasher = Hasher()
        hasher.combine(low)
        hasher.combine(high)
        seeded = hasher
        concepts = LexiconForms.standard.concepts.map { concept in
            Array(concept.utf8).withUnsafeBufferPointer { Self.hash($0, hasher) }
        }
    }

    package static func random() -> SketchKey {
        let bytes = RandomBytes.take(16)
        func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        return SketchKey(word(bytes.prefix(8)), word(bytes.suffix(8)))
    }

    fileprivate func hash(_ word: LexiconForms.Word) -> UInt64 { Self.hash(word, seeded) }

    private static func hash(_ word: LexiconForms.Word, _ seeded: Hasher) -> UInt64 {
        var hasher = seeded
        hasher.combine(bytes: UnsafeRawBufferPointer(word))
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

/// What a text is about, as a set of keyed hashes: words in lower case without accents, stop words and endings of
/// English and Spanish, words of the field ("van", "camioneta") as one concept in both languages. The words
/// themselves are not kept. Any text in bounded time: about the first 400 words are read, 96 hashes kept.
package struct WordSketch: Hashable, Sendable {
    /// Sorted, without repeats. The low two bits are the class.
    private(set) var tokens: [UInt64] = []
    /// A bit for each token: two sketches without a bit in common have no token in common.
    private(set) var marks: UInt64 = 0
    /// In hundredths: of 96 words at most.
    private var hundredths: Int32 = 0

    var weight: Int { Int(hundredths) }

    private enum Class: UInt64 {
        case specific = 0
        case common = 1
        case number = 2
    }

    package static let empty = WordSketch()

    private init() {}

    /// Without the words of `names`, but for those of the field: "park" says something beside MacArthur Park too.
    package init(_ text: String, leaving names: @autoclosure () -> String = "", key: SketchKey) {
        tokens = Self.tokens(of: text) { $0.read($1, LexiconForms.standard, key) }
        if !tokens.isEmpty {
            let named = Self.tokens(of: names()) { $0.readNames($1, LexiconForms.standard, key) }
            tokens.removeAll { named.contains($0) }
        }
        for token in tokens {
            hundredths += Int32(Self.weight(token))
            marks |= Self.mark(token)
        }
    }

    private static func tokens(of text: String, _ read: (inout Reader, borrowing FoldedBytes) -> Void) -> [UInt64] {
        var found: [UInt64] = []
        FoldedBytes.look(at: text) { folded in
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: most) { tokens in
                var reader = Reader(tokens)
                read(&reader, folded)
                found = Array(tokens[..<reader.count])
            }
        }
        return found
    }

    /// Over the bare memory of the text: a word is a piece of it.
    private struct Reader {
        private let tokens: UnsafeMutableBufferPointer<UInt64>
        private(set) var count = 0

        init(_ tokens: UnsafeMutableBufferPointer<UInt64>) { self.tokens = tokens }

        mutating func read(_ text: borrowing FoldedBytes, _ lexicon: borrowing LexiconForms, _ key: borrowing SketchKey)
        {
            var index = 0
            while index < text.count, count < tokens.count {
                let word = text[index]
                let next = index + 1 < text.count ? text[index + 1] : .init(start: nil, count: 0)
                index += 1
                let meaning = lexicon.meaning(of: word)
                if !meaning.phrases.isEmpty, let concept = lexicon.concept(of: meaning.phrases, before: next) {
                    take(key.concepts[concept], .specific)
                    index += 1
                    continue
                }
                switch meaning.sense {
                case .stop: continue
                case .concept: take(key.concepts[Int(meaning.concept)], .specific)
                case .common: take(key.concepts[Int(meaning.concept)], .common)
                case .number: take(key.concepts[Int(meaning.concept)], .number)
                case .nothing:
                    if LexiconForms.isUnspaced(word), LexiconForms.isUnspaced(next) {
                        // They stand side by side in the text.
                        take(key.hash(.init(start: word.baseAddress, count: word.count + next.count)), .specific)
                    } else {
                        take(word, key)
                    }
                }
            }
        }

        /// What a place is called, by words that are in no lexicon.
        mutating func readNames(
            _ text: borrowing FoldedBytes,
            _ lexicon: borrowing LexiconForms,
            _ key: borrowing SketchKey
        ) {
            for index in 0..<text.count where count < tokens.count && lexicon.meaning(of: text[index]).sense == .nothing
            {
                take(text[index], key)
            }
        }

        private mutating func take(_ word: LexiconForms.Word, _ key: borrowing SketchKey) {
            if let digits = LexiconForms.digits(word) {
                take(key.hash(digits), .number)
            } else if word.count > 1 {
                take(key.hash(LexiconForms.stem(word)), .specific)
            }
        }

        /// Sorted, and each once.
        private mutating func take(_ hash: UInt64, _ kind: Class) {
            let token = hash & ~3 | kind.rawValue
            var place = count
            while place > 0, tokens[place - 1] > token { place -= 1 }
            guard place == 0 || tokens[place - 1] != token else { return }
            var last = count
            while last > place {
                tokens[last] = tokens[last - 1]
                last -= 1
            }
            tokens[place] = token
            count += 1
        }
    }

    private static let most = 96

    package var isEmpty: Bool { tokens.isEmpty }
    package var count: Int { tokens.count }

    package static func == (left: WordSketch, right: WordSketch) -> Bool {
        left.marks == right.marks && left.hundredths == right.hundredths && left.tokens == right.tokens
    }

    /// How much two texts have in common.
    package struct Likeness: Hashable, Sendable {
        /// 0 to 1: the weight in common against that of the slighter text, less for short ones.
        package let value: Double
        package let shared: Int
        /// Their weight in hundredths: "agents" and "a white van" are in every second report and weigh little.
        package let common: Int
        /// Words of the text that has fewer.
        package let of: Int
    }

    /// Nil when one of the texts says too little to compare.
    package func likeness(to other: WordSketch) -> Likeness? {
        guard isComparable, other.isComparable else { return nil }
        return likeness(to: other, having: inCommon(with: other))
    }

    func likeness(to other: WordSketch, having common: (count: Int, weight: Int)) -> Likeness {
        Likeness(
            value: Self.likeness(common.weight, of: min(weight, other.weight)),
            shared: common.count,
            common: common.weight,
            of: min(count, other.count)
        )
    }

    /// How many words, and their hundredths.
    func inCommon(with other: WordSketch) -> (count: Int, weight: Int) {
        guard marks & other.marks != 0 else { return (0, 0) }
        var (shared, common) = (0, 0)
        // Over the bare memory of both: most incidents have one text, and a report looks at a dozen of them.
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
        return (shared, common)
    }

    /// Whether it is the same text with a word more or less, as it is when somebody passes it on.
    func isNearly(_ other: WordSketch, _ settings: GroupingSettings = .standard) -> Bool {
        guard isComparable, other.isComparable, min(count, other.count) >= settings.alikeSharedWords else {
            return false
        }
        return Double(inCommon(with: other).weight) >= settings.nearlyWords * Double(max(weight, other.weight))
    }

    /// Of hundredths in common, and those of the slighter text.
    static func likeness(_ common: Int, of slighter: Int) -> Double { Double(common) / Double(slighter + doubt) }

    /// More words than two people choose alike by chance.
    var isLong: Bool { count >= 9 }

    /// Whether it says enough to be compared.
    var isComparable: Bool { weight >= Self.least }

    static let specificWeight = 100
    static let commonWeight = 35
    static let numberWeight = 20
    static let least = 70
    static let doubt = 50

    /// From the upper bits: the lowest are the class.
    static func mark(_ token: UInt64) -> UInt64 { 1 << (token >> 58) }

    static func weight(_ token: UInt64) -> Int {
        switch Class(rawValue: token & 3) {
        case .specific, nil: specificWeight
        case .common: commonWeight
        case .number: numberWeight
        }
    }
}
