// SPDX-License-Identifier: AGPL-3.0-or-later

/// One bit for each row of the index, 64 to a word; and one for each word that has any, so that 4,096 rows without
/// one are passed over at a glance. Knows how many bits are on.
struct Bitmap: Sendable {
    private(set) var words: [UInt64]
    /// Bit n % 64 of number n / 64 is on when word n isn't 0.
    private(set) var blocks: [UInt64]
    private(set) var count: Int

    init(rows: Int) { self.init(words: Array(repeating: 0, count: (rows + 63) / 64)) }

    init(words: [UInt64]) {
        self.words = words
        blocks = Array(repeating: 0, count: (words.count + 63) / 64)
        count = 0
        for (index, word) in words.enumerated() where word != 0 {
            blocks[index >> 6] |= 1 << UInt64(index & 63)
            count += word.nonzeroBitCount
        }
    }

    subscript(row: Int) -> Bool {
        get { row >> 6 < words.count && words[row >> 6] & (1 << UInt64(row & 63)) != 0 }
        set {
            guard newValue != self[row] else { return }
            let (word, bit) = (row >> 6, UInt64(1) << UInt64(row & 63))
            if newValue {
                grow(to: word + 1)
                words[word] |= bit
                blocks[word >> 6] |= 1 << UInt64(word & 63)
                count += 1
            } else {
                words[word] &= ~bit
                if words[word] == 0 { blocks[word >> 6] &= ~(1 << UInt64(word & 63)) }
                count -= 1
            }
        }
    }

    private mutating func grow(to needed: Int) {
        if needed > words.count { words += repeatElement(0, count: needed - words.count) }
        if needed > blocks.count * 64 { blocks += repeatElement(0, count: (needed + 63) / 64 - blocks.count) }
    }

    /// All bits that are on in one or the other.
    func union(_ other: Bitmap) -> Bitmap {
        let (long, short) = words.count < other.words.count ? (other, self) : (self, other)
        var words = long.words
        for (index, word) in short.words.enumerated() { words[index] |= word }
        return Bitmap(words: words)
    }

    /// Bit n of the answer is this one's bit `order[n]`.
    func gathered(_ order: [UInt32]) -> Bitmap {
        Bitmap(
            words: stride(from: 0, to: order.count, by: 64).map { start in
                var word: UInt64 = 0
                for place in start..<min(start + 64, order.count) where self[Int(order[place])] {
                    word |= 1 << UInt64(place - start)
                }
                return word
            }
        )
    }

    var bytes: Int { (words.capacity + blocks.capacity) * 8 }
}

/// The bits that are on in all of several bitmaps, read without making another.
struct Intersection {
    private let masks: UnsafeBufferPointer<Mask>
    /// So many of them have words without bits worth passing over.
    private let sparse: Int
    /// Beyond it one of them has none.
    private let wordCount: Int

    /// Borrowed for the length of one reading; every index below `wordCount` is inside all of them.
    private struct Mask {
        let words: UnsafeBufferPointer<UInt64>
        let blocks: UnsafeBufferPointer<UInt64>
    }

    /// Pointers, because an array in an array is counted and checked at each word: half of a search was that.
    /// The fewest bits first, so that most words are done with after one look. At least one bitmap.
    static func with<R>(_ bitmaps: [Bitmap], _ body: (Intersection) throws -> R) rethrows -> R {
        let ordered = bitmaps.sorted { $0.count < $1.count }
        var masks: [Mask] = []
        masks.reserveCapacity(ordered.count)
        func borrow() throws -> R {
            guard masks.count < ordered.count else {
                return try masks.withUnsafeBufferPointer { masks in
                    let wordCount = masks.map(\.words.count).min() ?? 0
                    let sparse = ordered.prefix { $0.count < wordCount * 2 }.count
                    return try body(Intersection(masks: masks, sparse: sparse, wordCount: wordCount))
                }
            }
            let next = ordered[masks.count]
            return try next.words.withUnsafeBufferPointer { words in
                try next.blocks.withUnsafeBufferPointer { blocks in
                    masks.append(Mask(words: words, blocks: blocks))
                    return try borrow()
                }
            }
        }
        return try borrow()
    }

    /// The rows of the range that are in all, in order.
    @inline(__always)
    func forEach(in range: Range<Int>, _ body: (Int) -> Void) {
        forEachWord(in: range) { word, bits in
            var bits = bits
            while bits != 0 {
                body(word << 6 + bits.trailingZeroBitCount)
                bits &= bits - 1
            }
        }
    }

    /// Numbers of words and their bits, where there are any.
    @inline(__always)
    func forEachWord(in range: Range<Int>, _ body: (Int, UInt64) -> Void) {
        let range = range.clamped(to: 0..<(wordCount << 6))
        guard !range.isEmpty else { return }
        let (first, last) = (range.lowerBound >> 6, (range.upperBound - 1) >> 6)
        let second = min(1, masks.count - 1)
        for block in (first >> 6)...(last >> 6) {
            var occupied = ~UInt64(0)
            for mask in 0..<sparse { occupied &= masks[mask].blocks[block] }
            if block == first >> 6 { occupied &= ~0 << UInt64(first & 63) }
            if block == last >> 6 { occupied &= ~0 >> UInt64(63 - last & 63) }
            while occupied != 0 {
                let word = block << 6 + occupied.trailingZeroBitCount
                occupied &= occupied - 1
                // Where few have both of the rarest two, most words end here.
                var bits = masks[0].words[word] & masks[second].words[word]
                if bits == 0 { continue }
                for mask in (second + 1)..<max(second + 1, masks.count) { bits &= masks[mask].words[word] }
                if word == first { bits &= ~0 << UInt64(range.lowerBound & 63) }
                if word == last { bits &= ~0 >> UInt64(63 - (range.upperBound - 1) & 63) }
                if bits != 0 { body(word, bits) }
            }
        }
    }
}
