// SPDX-License-Identifier: AGPL-3.0-or-later

/// What the reports of an incident say: up to sixteen texts, the newest replacing the oldest, and everything that was said,
/// at most a few hundred words, for reports that say too little to be like one text. One walk over a report's words
/// compares it with all of them, because each word knows which texts have it.
struct IncidentTexts: Sendable {
    /// As long as there is one text it stands here, and `texts` and `table` are empty: most incidents have one report.
    private var only = WordSketch.empty
    private var slightestText: Int32 = 0
    /// Of all words that were ever said.
    private(set) var marks: UInt64 = 0
    private var texts: [WordSketch] = []
    private var table = WordTable()
    private var added: Int32 = 0
    private var said: Int32 = 0

    private static let mostTexts = 16
    private static let mostSaid = 300

    /// The slightest text that says enough to be compared; 0 when none does.
    var slightest: Int { Int(slightestText) }

    mutating func add(_ text: WordSketch) {
        guard !text.isEmpty, text != only, !texts.contains(text) else { return }
        marks |= text.marks
        if text.isComparable { slightestText = Int32(slightest == 0 ? text.weight : min(slightest, text.weight)) }
        added += 1
        if added == 1 {
            only = text
            return
        }
        if added == 2 {
            note(only, as: 0)
            texts = [only]
            only = .empty
        }
        let place = Int(added - 1) % Self.mostTexts
        if texts.count < Self.mostTexts {
            texts.append(text)
        } else {
            for token in texts[place].tokens { table.clear(1 << UInt32(place), of: token) }
            texts[place] = text
        }
        note(text, as: place)
    }

    /// The words of the text know of it from now on.
    private mutating func note(_ text: WordSketch, as place: Int) {
        let isSaid = said < Self.mostSaid
        for token in text.tokens {
            let before = table.set(1 << UInt32(place) | (isSaid ? WordTable.said : 0), of: token)
            if isSaid, before & WordTable.said == 0 { said += 1 }
        }
    }

    struct Comparison {
        /// With the text that is most alike; nil when nothing says enough.
        var likeness: WordSketch.Likeness?
        /// How much of the report was said before, 0 to 1, by weight. Nil when it says too little.
        var saidBefore: Double?
    }

    func compare(_ text: WordSketch) -> Comparison {
        guard text.isComparable else { return Comparison() }
        guard !texts.isEmpty else {
            guard !only.isEmpty else { return Comparison(saidBefore: 0) }
            let common = text.inCommon(with: only)
            return Comparison(
                likeness: only.isComparable ? text.likeness(to: only, having: common) : nil,
                saidBefore: Double(common.weight) / Double(text.weight)
            )
        }
        var common = CommonWords()
        var before = 0
        for token in text.tokens {
            let marks = table.marks(of: token)
            guard marks != 0 else { continue }
            let weight = WordSketch.weight(token)
            if marks & WordTable.said != 0 { before += weight }
            common.add(weight, in: marks)
        }
        return Comparison(likeness: mostAlike(text, common), saidBefore: Double(before) / Double(text.weight))
    }

    /// Of equals the first.
    private func mostAlike(_ text: WordSketch, _ common: CommonWords) -> WordSketch.Likeness? {
        var best: (place: Int, common: Int, of: Int)?
        for place in texts.indices where texts[place].isComparable {
            let (mine, slighter) = (common.weight(in: place), min(text.weight, texts[place].weight) + WordSketch.doubt)
            // The one share is more than the other: without dividing sixteen times.
            if let best, mine * best.of <= best.common * slighter { continue }
            best = (place, mine, slighter)
        }
        return best.map { best in
            WordSketch.Likeness(
                value: WordSketch.likeness(best.common, of: best.of - WordSketch.doubt),
                shared: common.count(in: best.place),
                common: best.common,
                of: min(text.count, texts[best.place].count)
            )
        }
    }
}

/// How many words of each class are in common with each of sixteen texts: a byte each, eight in a word of the machine.
private struct CommonWords {
    private var specific: (UInt64, UInt64) = (0, 0)
    private var common: (UInt64, UInt64) = (0, 0)
    private var number: (UInt64, UInt64) = (0, 0)

    mutating func add(_ weight: Int, in texts: UInt32) {
        let (low, high) = (Self.spread(texts & 0xFF), Self.spread(texts >> 8 & 0xFF))
        switch weight {
        case WordSketch.commonWeight: common = (common.0 + low, common.1 + high)
        case WordSketch.numberWeight: number = (number.0 + low, number.1 + high)
        default: specific = (specific.0 + low, specific.1 + high)
        }
    }

    func weight(in text: Int) -> Int {
        Self.byte(specific, text) * WordSketch.specificWeight + Self.byte(common, text) * WordSketch.commonWeight
            + Self.byte(number, text) * WordSketch.numberWeight
    }

    func count(in text: Int) -> Int {
        Self.byte(specific, text) + Self.byte(common, text) + Self.byte(number, text)
    }

    private static func byte(_ bytes: (UInt64, UInt64), _ place: Int) -> Int {
        Int((place < 8 ? bytes.0 : bytes.1) >> UInt64((place & 7) << 3) & 0xFF)
    }

    /// Of eight bits, a byte of 0 or 1 for each.
    private static func spread(_ bits: UInt32) -> UInt64 {
        let each = UInt64(bits) &* 0x0101_0101_0101_0101 & 0x8040_2010_0804_0201
        return (each &+ 0x7F7F_7F7F_7F7F_7F7F) >> 7 & 0x0101_0101_0101_0101
    }
}

/// Words of an incident, each with a bit for every text that has it and one for having been said. Words are keyed hashes, so
/// nobody can choose which fall together.
struct WordTable: Sendable {
    static let said: UInt32 = 1 << 16

    /// A word and its marks in one: the upper bits and the class are the word's. They are under a key, and stand for it among a
    /// few hundred.
    private var slots: [UInt64] = []
    private var taken = 0

    private static let markBits: UInt64 = 1 << 17 - 1
    /// That there is a word, when no mark is left.
    private static let isTaken: UInt64 = 1 << 17
    private static let wordBits = ~(markBits | isTaken)

    private static func word(_ token: UInt64) -> UInt64 { token & ~0xF_FFFF | (token & 3) << 18 }

    func marks(of token: UInt64) -> UInt32 {
        guard !slots.isEmpty else { return 0 }
        return UInt32(truncatingIfNeeded: slots[place(of: Self.word(token))] & Self.markBits)
    }

    /// Answers what was there before.
    mutating func set(_ marks: UInt32, of token: UInt64) -> UInt32 {
        if (taken + 1) * 2 > slots.count { grow() }
        let word = Self.word(token)
        let place = place(of: word)
        let before = slots[place]
        if before == 0 { taken += 1 }
        slots[place] = before | word | Self.isTaken | UInt64(marks)
        return UInt32(truncatingIfNeeded: before & Self.markBits)
    }

    mutating func clear(_ marks: UInt32, of token: UInt64) {
        guard !slots.isEmpty else { return }
        slots[place(of: Self.word(token))] &= ~UInt64(marks)
    }

    /// Where the word is, or the free place where it would be.
    private func place(of word: UInt64) -> Int {
        let last = slots.count - 1
        var place = Int(truncatingIfNeeded: word >> 20) & last
        while slots[place] != 0, slots[place] & Self.wordBits != word { place = (place + 1) & last }
        return place
    }

    /// What no text has any more, and was not said either, goes.
    private mutating func grow() {
        let kept = slots.filter { $0 & Self.markBits != 0 }
        var size = 32
        while size < kept.count * 4 { size *= 2 }
        slots = Array(repeating: 0, count: size)
        taken = kept.count
        for slot in kept { slots[place(of: slot & Self.wordBits)] = slot }
    }
}
