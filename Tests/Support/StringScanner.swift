// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// Finds the words people read in Swift source: string literals of the form `key|English`, wherever they stand, inside
/// the interpolations of other literals too. Comments are passed over. Multi-line and raw literals are searched for
/// interpolations, but are never such words themselves.
package struct StringScanner {
    /// One place where words are used.
    package struct Use: Hashable, Sendable {
        package let key: String
        /// As it stands between the bar and the closing quote, escapes settled.
        package let english: String
        /// A part of the English is computed, so that it can't be compared.
        package let isComputed: Bool
        /// `Sources/Web/Pages/HomePage.swift:12`.
        package let place: String

        /// `one` and `other` of `key|one|other`; nil for plain words.
        package var plural: (one: String, other: String)? {
            let parts = english.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
    }

    private enum Byte {
        static let quote = UInt8(ascii: "\"")
        static let backslash = UInt8(ascii: "\\")
        static let slash = UInt8(ascii: "/")
        static let hash = UInt8(ascii: "#")
        static let newline = UInt8(ascii: "\n")
        static let open = UInt8(ascii: "(")
        static let close = UInt8(ascii: ")")
    }

    private let bytes: [UInt8]
    private let file: String
    private var position = 0
    private var line = 1
    private var uses: [Use] = []

    private init(_ source: String, file: String) {
        bytes = Array(source.utf8)
        self.file = file
    }

    /// The uses in one file, in the order in which they end.
    package static func scan(_ source: String, file: String) -> [Use] {
        var scanner = StringScanner(source, file: file)
        scanner.code(inParentheses: false)
        return scanner.uses
    }

    /// Every use under `house/Sources`, file by file.
    package static func scan(house: String) throws -> [Use] {
        let folder = "\(house)/Sources"
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return try paths.filter { $0.hasSuffix(".swift") }.sorted().flatMap { path in
            scan(try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8), file: "Sources/\(path)")
        }
    }

    /// The names in braces, `{n}` and `{place}`.
    package static func placeholders(in text: String) -> Set<String> {
        Set(text.matches(of: /\{([^{}]+)\}/).map { String($0.output.1) })
    }

    private func peek(_ ahead: Int = 0) -> UInt8? {
        bytes.indices.contains(position + ahead) ? bytes[position + ahead] : nil
    }

    /// Asked only after a look at the first byte: it is slow in a debug build.
    private func isNext(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private mutating func take() -> UInt8? {
        guard let byte = peek() else { return nil }
        position += 1
        if byte == Byte.newline { line += 1 }
        return byte
    }

    /// Code up to its end; an interpolation ends with the parenthesis that opened it.
    private mutating func code(inParentheses: Bool) {
        var depth = 0
        while let byte = peek() {
            if byte == Byte.slash && isNext("//") {
                while let byte = peek(), byte != Byte.newline { position += 1 }
            } else if byte == Byte.slash && isNext("/*") {
                blockComment()
            } else if byte == Byte.quote {
                string(hashes: 0)
            } else if byte == Byte.hash, let hashes = hashesBeforeQuote() {
                position += hashes
                string(hashes: hashes)
            } else {
                _ = take()
                if byte == Byte.open { depth += 1 }
                if byte == Byte.close {
                    if depth == 0 && inParentheses { return }
                    depth -= 1
                }
            }
        }
    }

    private mutating func blockComment() {
        var depth = 0
        while peek() != nil {
            if isNext("/*") {
                depth += 1
                position += 2
            } else if isNext("*/") {
                depth -= 1
                position += 2
                if depth == 0 { return }
            } else {
                _ = take()
            }
        }
    }

    private func hashesBeforeQuote() -> Int? {
        let count = bytes[position...].prefix { $0 == Byte.hash }.count
        return peek(count) == Byte.quote ? count : nil
    }

    private mutating func string(hashes: Int) {
        let start = line
        let isMultiline = isNext("\"\"\"")
        position += isMultiline ? 3 : 1
        let pounds = String(repeating: "#", count: hashes)
        let end = (isMultiline ? "\"\"\"" : "\"") + pounds
        var text: [UInt8] = []
        var isComputed = false
        while let byte = peek() {
            if byte == Byte.quote && isNext(end) {
                position += end.utf8.count
                break
            }
            if byte == Byte.newline && !isMultiline { break }
            if byte == Byte.backslash && isNext("\\" + pounds) {
                position += 1 + hashes
                if peek() == Byte.open {
                    position += 1
                    isComputed = true
                    code(inParentheses: true)
                } else {
                    text += escape()
                }
            } else if let byte = take() {
                text.append(byte)
            }
        }
        if !isMultiline && hashes == 0 { note(String(decoding: text, as: UTF8.self), isComputed, line: start) }
    }

    /// What stands after a backslash.
    private mutating func escape() -> [UInt8] {
        switch take() {
        case UInt8(ascii: "n"): return [Byte.newline]
        case UInt8(ascii: "t"): return [UInt8(ascii: "\t")]
        case UInt8(ascii: "r"): return [UInt8(ascii: "\r")]
        case UInt8(ascii: "0"): return [0]
        case UInt8(ascii: "u"):
            let digits = bytes[position...].dropFirst().prefix { $0 != UInt8(ascii: "}") }
            position = min(bytes.count, digits.endIndex + 1)
            let scalar = UInt32(String(decoding: digits, as: UTF8.self), radix: 16).flatMap(Unicode.Scalar.init)
            return scalar.map { Array(String(Character($0)).utf8) } ?? []
        case let other?: return [other]
        case nil: return []
        }
    }

    private mutating func note(_ text: String, _ isComputed: Bool, line: Int) {
        guard let match = text.wholeMatch(of: /(?s)([a-z0-9_]+(?:\.[a-z0-9_]+)+)\|(.*)/) else { return }
        let (key, english) = (String(match.output.1), String(match.output.2))
        uses.append(Use(key: key, english: english, isComputed: isComputed, place: "\(file):\(line)"))
    }
}
