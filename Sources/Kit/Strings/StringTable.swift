// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc

/// The words of one language as its file has them: one JSON object whose values are texts, or objects of forms of number.
/// The bytes stay as they are; an index tells where the text of a key stands, and it becomes a text when it is said.
/// Dictionaries of all languages took seven times as long to make, at each start.
package final class StringTable: Sendable {
    package struct Problem: Error, CustomStringConvertible {
        /// How many bytes were read.
        let place: Int

        package var description: String {
            "is not an object of texts and forms of number (after \(place) bytes)"
        }
    }

    private struct Entry {
        /// Where the key begins in the bytes; 0 where the index is free.
        var key: UInt32 = 0
        /// Its text between the marks, if that needs only to be copied; else an empty range where its value begins.
        var value: UInt32 = 0
        var length: UInt32 = 0
    }

    private let bytes: [UInt8]
    /// By the key's hash, or the next free place after that.
    private let index: [Entry]
    /// How many keys there are.
    package let count: Int

    package init(json bytes: [UInt8]) throws {
        var reader = Reader(bytes: bytes)
        guard bytes.count < Int(UInt32.max), (try? UTF8Span(validating: bytes.span)) != nil else {
            throw Problem(place: 0)
        }
        var keys: [(key: Range<Int>, value: Range<Int>)] = []
        try reader.object { reader, key in
            let start = reader.at
            var plain: Range<Int>?
            if reader.sees("\"") {
                plain = try reader.check()
            } else {
                try reader.object { reader, _ in _ = try reader.check() }
            }
            keys.append((key, plain.flatMap { $0.isEmpty ? nil : $0 } ?? start..<start))
        }
        try reader.end()
        var index = [Entry](repeating: Entry(), count: Self.size(for: keys.count))
        var count = 0
        for (key, value) in keys {
            let slot = Self.slot(bytes.span.extracting(key), in: index, bytes)
            if index[slot].key == 0 { count += 1 }
            index[slot] = Entry(
                key: UInt32(key.lowerBound),
                value: UInt32(value.lowerBound),
                length: UInt32(value.count)
            )
        }
        (self.bytes, self.index, self.count) = (bytes, index, count)
    }

    // Each takes a key, with or without the English behind its bar.

    package func has(_ keyed: String) -> Bool { entry(of: keyed) != nil }

    /// The key's text; nil where it has none, or has forms of number.
    package func text(_ keyed: String) -> String? {
        guard let entry = entry(of: keyed) else { return nil }
        var reader = Reader(bytes: bytes, at: Int(entry.value))
        guard entry.length == 0 else { return reader.copy(reader.at..<(reader.at + Int(entry.length))) }
        return reader.sees("\"") ? try? reader.text() : nil
    }

    /// The key's form for a category of number, or the form of all others.
    package func form(_ keyed: String, _ category: String) -> String? {
        guard let entry = entry(of: keyed), entry.length == 0 else { return nil }
        var reader = Reader(bytes: bytes, at: Int(entry.value))
        guard !reader.sees("\"") else { return nil }
        var (form, other): (String?, String?)
        try? reader.object { reader, name in
            let text = try reader.text()
            if bytes[name].elementsEqual(category.utf8) { form = text }
            if bytes[name].elementsEqual("other".utf8) { other = text }
        }
        return form ?? other
    }

    private func entry(of keyed: String) -> Entry? {
        let entry = index[Self.slot(keyed.utf8Span.span, in: index, bytes)]
        return entry.key == 0 ? nil : entry
    }

    /// A power of two, at most half full.
    private static func size(for count: Int) -> Int {
        var size = 8
        while size < count * 2 { size *= 2 }
        return size
    }

    /// Where the key before the bar stands in the index, or would. FNV-1a: the keys are our own.
    private static func slot(_ key: borrowing Span<UInt8>, in index: [Entry], _ bytes: [UInt8]) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        var length = 0
        while length < key.count, key[length] != UInt8(ascii: "|") {
            hash = (hash ^ UInt64(key[length])) &* 0x100_0000_01b3
            length += 1
        }
        var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & (index.count - 1)
        while index[slot].key != 0, !isKey(key, length, at: Int(index[slot].key), bytes) {
            slot = (slot + 1) & (index.count - 1)
        }
        return slot
    }

    private static func isKey(_ key: borrowing Span<UInt8>, _ length: Int, at start: Int, _ bytes: [UInt8]) -> Bool {
        // It ends with its quotation mark.
        guard start + length < bytes.count, bytes[start + length] == UInt8(ascii: "\"") else { return false }
        for place in 0..<length where bytes[start + place] != key[place] { return false }
        return true
    }

    // MARK: - JSON

    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        mutating func skip() {
            while at < bytes.count {
                switch bytes[at] {
                case 0x20, 0x0A, 0x0D, 0x09: at += 1
                default: return
                }
            }
        }

        func sees(_ letter: Unicode.Scalar) -> Bool { at < bytes.count && bytes[at] == UInt8(ascii: letter) }

        mutating func take(_ letter: Unicode.Scalar) throws {
            skip()
            guard sees(letter) else { throw Problem(place: at) }
            at += 1
        }

        mutating func end() throws {
            skip()
            guard at == bytes.count else { throw Problem(place: at) }
        }

        /// An object; `value` reads what stands after each key.
        mutating func object(_ value: (inout Reader, _ key: Range<Int>) throws -> Void) throws {
            try take("{")
            skip()
            if sees("}") {
                at += 1
                return
            }
            while true {
                try take("\"")
                let start = at
                while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
                    guard bytes[at] != UInt8(ascii: "\\"), bytes[at] >= 0x20 else { throw Problem(place: at) }
                    at += 1
                }
                let key = start..<at
                try take("\"")
                try take(":")
                skip()
                try value(&self, key)
                skip()
                if sees("}") {
                    at += 1
                    return
                }
                try take(",")
            }
        }

        /// All bytes were found to be UTF-8 when the table was made: looking again takes as long as all the rest.
        func copy(_ contents: Range<Int>) -> String {
            String(copying: unsafe UTF8Span(unchecked: bytes.span.extracting(contents)))
        }

        mutating func text() throws -> String {
            let (contents, isPlain) = try contents()
            guard isPlain else { return try unescaped(contents) }
            return copy(contents)
        }

        /// A text that nobody wants yet: what stands between its marks, if it may be copied as it is.
        mutating func check() throws -> Range<Int>? {
            let (contents, isPlain) = try contents()
            if isPlain { return contents }
            _ = try unescaped(contents)
            return nil
        }

        /// Between the quotation marks; plain when there is no backslash.
        private mutating func contents() throws -> (Range<Int>, isPlain: Bool) {
            guard sees("\"") else { throw Problem(place: at) }
            at += 1
            let start = at
            guard var end = next("\"", in: at..<bytes.count) else { throw Problem(place: at) }
            let isPlain = next("\\", in: start..<end) == nil
            if !isPlain {
                end = start
                while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
                    end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard end < bytes.count else { throw Problem(place: start) }
            }
            at = end + 1
            var least = UInt8.max
            for place in start..<end { least = min(least, bytes[place]) }
            guard least >= 0x20 else { throw Problem(place: start) }
            return (start..<end, isPlain)
        }

        /// Where the letter stands next. A loop over the bytes takes ten times as long.
        private func next(_ letter: Unicode.Scalar, in range: Range<Int>) -> Int? {
            bytes.span.extracting(range).withUnsafeBytes { rest in
                guard let start = rest.baseAddress, let found = memchr(start, Int32(letter.value), rest.count) else {
                    return nil
                }
                return range.lowerBound + (UnsafeRawPointer(found) - start)
            }
        }

        /// RFC 8259, section 7.
        private func unescaped(_ contents: Range<Int>) throws -> String {
            var units: [UInt16] = []
            var rest = bytes[contents]
            var text = ""
            func settle() throws {
                guard !units.isEmpty else { return }
                guard let whole = String(validating: units, as: UTF16.self) else {
                    throw Problem(place: contents.lowerBound)
                }
                text += whole
                units = []
            }
            while let slash = rest.firstIndex(of: UInt8(ascii: "\\")) {
                if slash > rest.startIndex {
                    try settle()
                    text += String(decoding: rest[..<slash], as: UTF8.self)
                }
                guard let letter = rest[slash...].dropFirst().first else { throw Problem(place: slash) }
                rest = rest[slash...].dropFirst(2)
                switch letter {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(UInt16(letter))
                case UInt8(ascii: "n"): units.append(0x0A)
                case UInt8(ascii: "t"): units.append(0x09)
                case UInt8(ascii: "r"): units.append(0x0D)
                case UInt8(ascii: "b"): units.append(0x08)
                case UInt8(ascii: "f"): units.append(0x0C)
                case UInt8(ascii: "u"):
                    let digits = rest.prefix(4)
                    guard digits.count == 4, !digits.contains(where: { $0 == 0x2B || $0 == 0x2D }),
                        let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
                    else { throw Problem(place: slash) }
                    units.append(unit)
                    rest = rest.dropFirst(4)
                default: throw Problem(place: slash)
                }
            }
            try settle()
            return text + String(decoding: rest, as: UTF8.self)
        }
    }
}
