// SPDX-License-Identifier: AGPL-3.0-or-later

/// `Lexicon` as a reader of texts asks it: by the bytes of a folded word, in one table that is made once. A word is a slice
/// of its text, so that asking allocates nothing.
struct LexiconForms: Sendable {
    typealias Word = UnsafeBufferPointer<UInt8>

    /// Sense and phrases of a form.
    struct Meaning: Sendable {
        enum Sense: UInt8, Sendable {
            case stop, concept, common, number
            /// It only begins phrases, or is no form.
            case nothing
        }

        fileprivate static let none = Meaning(sense: .nothing, concept: 0, phrases: 0..<0)

        let sense: Sense
        /// In `concepts`.
        let concept: UInt16
        /// In `phrases`.
        let phrases: Range<UInt16>
    }

    /// What tells a form from all others: its first and last eight bytes and how many they are.
    private struct Form: Equatable, Sendable {
        let first: UInt64
        let last: UInt64
        let count: Int

        init(_ word: Word) {
            let bytes = UnsafeRawBufferPointer(word)
            count = bytes.count
            func load<Number: FixedWidthInteger>(_ place: Int, as _: Number.Type) -> UInt64 {
                UInt64(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: place, as: Number.self).littleEndian)
            }
            switch count {
            case 8...: (first, last) = (load(0, as: UInt64.self), load(count - 8, as: UInt64.self))
            case 4...: (first, last) = (load(0, as: UInt32.self), load(count - 4, as: UInt32.self))
            case 1...: (first, last) = (UInt64(bytes[0]), UInt64(bytes[count / 2]) << 8 | UInt64(bytes[count - 1]))
            default: (first, last) = (0, 0)
            }
        }

        /// The forms are ours, so nobody can choose which fall together.
        var hash: Int {
            let mixed =
                (first ^ last &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: count)) &* 0xD6E8_FEB8_6659_FD93
            return Int(truncatingIfNeeded: mixed >> 40)
        }
    }

    /// The end of a two-word form.
    private struct Phrase: Sendable {
        let second: Form
        let concept: Int
    }

    static let standard = LexiconForms(Lexicon.meanings)

    /// Tells a word from nearly all others.
    static func key(_ word: Word) -> Int { Form(word).hash }

    private(set) var concepts: [String] = []
    private var meanings: [(form: Form, meaning: Meaning)] = []
    private var phrases: [Phrase] = []
    /// Each meaning's number and one, under its form's hash or the next free; a quarter of them are taken. 0: free.
    private var places: [UInt16]

    init(_ meanings: [String: Lexicon.Meaning]) {
        var size = 1_024
        while size < meanings.count * 4 { size *= 2 }
        places = Array(repeating: 0, count: size)
        var numbers: [String: Int] = [:]
        func number(_ concept: String) -> Int {
            if let number = numbers[concept] { return number }
            numbers[concept] = concepts.count
            concepts.append(concept)
            return concepts.count - 1
        }
        func form(_ text: String) -> Form { Array(text.utf8).withUnsafeBufferPointer { Form($0) } }
        for (text, meaning) in meanings.sorted(by: { $0.key < $1.key }) {
            let (sense, concept): (Meaning.Sense, Int) =
                switch meaning.sense {
                case .stop: (.stop, 0)
                case .concept(let concept): (.concept, number(concept))
                case .common(let concept): (.common, number(concept))
                case .number(let concept): (.number, number(concept))
                case nil: (.nothing, 0)
                }
            let start = phrases.count
            for phrase in meaning.phrases {
                phrases.append(Phrase(second: form(phrase.second), concept: number(phrase.concept)))
            }
            let form = form(text)
            var place = form.hash & (size - 1)
            while places[place] != 0 { place = (place + 1) & (size - 1) }
            let meaning = Meaning(
                sense: sense,
                concept: UInt16(concept),
                phrases: UInt16(start)..<UInt16(phrases.count)
            )
            self.meanings.append((form, meaning))
            places[place] = UInt16(self.meanings.count)
        }
    }

    /// Of the word as it stands, or else without its ending.
    func meaning(of word: Word) -> Meaning {
        if let meaning = find(word) { return meaning }
        let stem = Self.stem(word)
        return stem.count == word.count ? .none : find(stem) ?? .none
    }

    /// The concept of the first of the phrases that goes on with this word.
    func concept(of phrases: Range<UInt16>, before next: Word) -> Int? {
        let (form, stem) = (Form(next), Form(Self.stem(next)))
        for index in phrases {
            let phrase = self.phrases[Int(index)]
            if phrase.second == form || phrase.second == stem { return phrase.concept }
        }
        return nil
    }

    private func find(_ word: Word) -> Meaning? {
        let form = Form(word)
        var place = form.hash & (places.count - 1)
        while places[place] != 0 {
            let index = Int(places[place]) - 1
            if meanings[index].form == form { return meanings[index].meaning }
            place = (place + 1) & (places.count - 1)
        }
        return nil
    }

    // MARK: What a word is made of

    /// The word without what number, gender and tense add to it in either language. Deliberately blunt: the same
    /// blunt form comes from every inflection, and nobody reads it. It is always how the word begins.
    static func stem(_ word: Word) -> Word {
        guard word.count > 3, isPlain(word) else { return word }
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
        case UInt8(ascii: "o"):
            ends(word, "iendo") ? 5 : ends(word, "ando") ? 4 : ends(word, "ado") || ends(word, "ido") ? 3 : 0
        case UInt8(ascii: "n"):
            ends(word, "ieron")
                ? 5
                : ends(word, "aron") || ends(word, "aban")
                    ? 4 : ends(word, "ian") ? 3 : ends(word, "an") || ends(word, "en") ? 2 : 0
        case UInt8(ascii: "a"): ends(word, "ada") || ends(word, "ida") || ends(word, "aba") ? 3 : 0
        case UInt8(ascii: "g"): ends(word, "ing") ? 3 : 0
        case UInt8(ascii: "d"): ends(word, "ed") ? 2 : 0
        case UInt8(ascii: "r"): ends(word, "ar") || ends(word, "er") ? 2 : 0
        case nil, .some: 0
        }
    }

    @inline(__always)
    private static func ends(_ word: Word, _ ending: StaticString) -> Bool {
        let start = word.count - ending.utf8CodeUnitCount
        guard start >= 3 else { return false }
        for index in 0..<ending.utf8CodeUnitCount where word[start + index] != ending.utf8Start[index] { return false }
        return true
    }

    /// Letters and digits of English only.
    private static func isPlain(_ word: Word) -> Bool {
        var all: UInt8 = 0
        for byte in word { all |= byte }
        return all < 0x80
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
