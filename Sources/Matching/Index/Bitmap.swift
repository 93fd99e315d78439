// SPDX-License-Identifier: AGPL-3.0-or-later

/// One bit for each row of the index, 64 to a word.
struct Bitmap: Sendable {
    private(set) var words: [UInt64]

    init(rows: Int, filled: Bool = false) {
        words = Array(repeating: filled ? ~0 : 0, count: (rows + 63) / 64)
    }

    init(words: [UInt64]) { self.words = words }

    subscript(row: Int) -> Bool {
        get { row >> 6 < words.count && words[row >> 6] & (1 << UInt64(row & 63)) != 0 }
        set {
            grow(to: row + 1)
            if newValue {
                words[row >> 6] |= 1 << UInt64(row & 63)
            } else {
                words[row >> 6] &= ~(1 << UInt64(row & 63))
            }
        }
    }

    mutating func grow(to rows: Int) {
        let needed = (rows + 63) / 64
        if needed > words.count { words += repeatElement(0, count: needed - words.count) }
    }

    /// Bits beyond the end of either are off.
    mutating func formIntersection(_ other: Bitmap) {
        for word in words.indices { words[word] &= word < other.words.count ? other.words[word] : 0 }
    }

    /// 64 rows at once; the word is one of `words`.
    subscript(word word: Int) -> UInt64 {
        get { words[word] }
        set { words[word] = newValue }
    }

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
    var bytes: Int { words.capacity * 8 }
}
