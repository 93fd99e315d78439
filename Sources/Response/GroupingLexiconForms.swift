// SPDX-License-Identifier: AGPL-3.0-or-later

/// `Lexicon` as a reader of texts asks it: by the bytes of a folded word, in one table that is made once. A word is a slice
/// of its text, so that asking allocates nothing.
struct LexiconForms: Sendable {
    typealias Word = UnsafeBufferPointer<UInt8>

    /// Sense and phrases of a form, its concepts as numbers in `concepts`.
    struct Meaning: Sendable {
        enum Sense: Sendable {
            case stop, nothing
            case concept(Int)
            case common(Int)
            case number(Int)
        }

        let sense: Sense
        /// In `phrases`.
        let phrases: Range<Int>
    }

    /// The end of a two-word form.
    private struct Phrase: Sendable {
        let second: Range<Int>
        let concept: Int
    }

    private struct Place: Sendable {
        /// 0: free.
        var hash: UInt32 = 0
        var meaning: UInt32 = 0
    }

    static let standard = LexiconForms(Lexicon.meanings)

    private(set) var concepts: [String] = []
    private var meanings: [Meaning] = []
    private var phrases: [Phrase] = []
    /// All forms one after the other, and where each meaning's is.
    private var bytes: [UInt8] = []
    private var forms: [Range<Int>] = []
    /// Each under its hash or the next free; half of them are.
    private var places: [Place]

    init(_ meanings: [String: Lexicon.Meaning]) {
        var size = 1_024
        while size < meanings.count * 2 { size *= 2 }
        places = Array(repeating: Place(), count: size)
        var numbers: [String: Int] = [:]
        func number(_ concept: String) -> Int {
            if let number = numbers[concept] { return number }
            numbers[concept] = concepts.count
            concepts.append(concept)
            return concepts.count - 1
        }
        func keep(_ text: String) -> Range<Int> {
            bytes += text.utf8
            return bytes.count - text.utf8.count..<bytes.count
        }
        for (form, meaning) in meanings.sorted(by: { $0.key < $1.key }) {
            let sense: Meaning.Sense =
                switch meaning.sense {
                case .stop: .stop
                case .concept(let concept): .concept(number(concept))
                case .common(let concept): .common(number(concept))
                case .number(let concept): .number(number(concept))
                case nil: .nothing
                }
            let first = phrases.count
            for phrase in meaning.phrases {
                phrases.append(Phrase(second: keep(phrase.second), concept: number(phrase.concept)))
            }
            let hash = Array(form.utf8).withUnsafeBufferPointer(Self.hash)
            var place = Int(hash) & (size - 1)
            while places[place].hash != 0 { place = (place + 1) & (size - 1) }
            places[place] = Place(hash: hash, meaning: UInt32(self.meanings.count))
            forms.append(keep(form))
            self.meanings.append(Meaning(sense: sense, phrases: first..<phrases.count))
        }
    }

    /// Of the word as it stands, or else without its ending.
    func meaning(of word: Word) -> Meaning? {
        if let meaning = find(word) { return meaning }
        let stem = Self.stem(word)
        return stem.count == word.count ? nil : find(stem)
    }

    /// The concept of the first of the phrases that goes on with this word.
    func concept(of phrases: Range<Int>, before next: Word) -> Int? {
        let stem = Self.stem(next)
        return self.phrases[phrases].first { isSame($0.second, next) || isSame($0.second, stem) }?.concept
    }

    private func find(_ word: Word) -> Meaning? {
        let hash = Self.hash(word)
        var place = Int(hash) & (places.count - 1)
        while places[place].hash != 0 {
            let meaning = Int(places[place].meaning)
            if places[place].hash == hash, isSame(forms[meaning], word) { return meanings[meaning] }
            place = (place + 1) & (places.count - 1)
        }
        return nil
    }

    private func isSame(_ form: Range<Int>, _ word: Word) -> Bool {
        guard form.count == word.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            for index in word.indices where bytes[form.lowerBound + index] != word[index] { return false }
            return true
        }
    }

    /// FNV-1a, never 0: the forms are ours, so nobody can choose which fall together.
    private static func hash(_ word: Word) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in word { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return max(hash ^ hash >> 15, 1)
    }

    // MARK: What a word is made of

    /// The word without what number, gender and tense add to it in either language. Deliberately blunt: the same
    /// blunt form comes from every inflection, and nobody reads it. It is always how the word begins.
    static func stem(_ word: Word) -> Word {
        guard word.count > 3, word.allSatisfy({ $0 < 0x80 }) else { return word }
        var count = word.count
        if word[count - 1] == UInt8(ascii: "s") { count -= 1 }
        count -= ending(of: Word(rebasing: word[..<count]))
        while count > 3, isOpen(word[count - 1]) { count -= 1 }
        return Word(rebasing: word[..<count])
    }

    static func stem(_ word: String) -> String {
        var word = word
        return word.withUTF8 { String(decoding: stem($0), as: UTF8.self) }
    }

    private static func isOpen(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "a") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "o")
    }

    /// How long the ending is that can be taken off: three letters stay.
    private static func ending(of word: Word) -> Int {
        switch word.last {
        case UInt8(ascii: "o"): first(of: "iendo", "ando", "ado", "ido", in: word)
        case UInt8(ascii: "n"): first(of: "ieron", "aron", "aban", "ian", "an", "en", in: word)
        case UInt8(ascii: "a"): first(of: "ada", "ida", "aba", in: word)
        case UInt8(ascii: "g"): first(of: "ing", in: word)
        case UInt8(ascii: "d"): first(of: "ed", in: word)
        case UInt8(ascii: "r"): first(of: "ar", "er", in: word)
        case nil, .some: 0
        }
    }

    private static func first(of endings: StaticString..., in word: Word) -> Int {
        for ending in endings where word.count >= ending.utf8CodeUnitCount + 3 {
            let isThere = ending.withUTF8Buffer { $0.elementsEqual(word.suffix($0.count)) }
            if isThere { return ending.utf8CodeUnitCount }
        }
        return 0
    }

    /// "7th", "7ma" and "7" are the number 7; nil for what doesn't begin with a digit.
    static func digits(_ word: Word) -> Word? {
        let digits = word.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        return digits.isEmpty ? nil : Word(rebasing: digits)
    }

    /// One letter of a script written without spaces: pairs of such letters say something, single ones don't.
    static func isUnspaced(_ word: Word) -> Bool {
        switch word.first {
        case .some(0xF0...): word.count == 4
        case .some(0xE0...): word.count == 3
        case .some, nil: false
        }
    }
}
