// SPDX-License-Identifier: AGPL-3.0-or-later

/// What stands in a content file, before it is anything.
enum Tree {
    /// `isPlain`: not in quotation marks, so that it may also be a number, a truth, or nothing.
    case text(String, isPlain: Bool)
    case list([Tree])
    case map([(key: String, value: Tree)])
}

/// Reads the part of YAML that content packs are written in: maps, lists, and texts that end on their line. Yams takes
/// ten times as long, at every start. What it can't read (anchors, tags, texts of several lines, anything odd) it
/// leaves to Yams with `NotPlain`; what it reads, it reads as Yams does.
struct PlainYAML {
    struct NotPlain: Error {}

    private static let (space, newline) = (UInt8(ascii: " "), UInt8(ascii: "\n"))

    private let bytes: [UInt8]
    private var at = 0
    private var lineStart = 0
    /// Where the line begins to say something; -1 after the last.
    private var column = -1

    static func read(_ text: String) throws -> Tree {
        var reader = PlainYAML(bytes: Array(text.utf8))
        guard reader.hasOnlyLetters else { throw NotPlain() }
        try reader.begin()
        guard reader.column >= 0 else { throw NotPlain() }
        let tree = try reader.block(reader.column, depth: 0)
        guard reader.column < 0 else { throw NotPlain() }
        return tree
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// No control but the line feed, no other line end, no mark of byte order: those have rules of their own in YAML.
    private var hasOnlyLetters: Bool {
        var last: (UInt8, UInt8) = (0, 0)
        for byte in bytes {
            switch byte {
            case Self.newline: break
            case 0..<0x20, 0x7F: return false
            case 0x80..<0xA0 where last.1 == 0xC2: return false
            case 0xA8, 0xA9: if last == (0xE2, 0x80) { return false }
            case 0xBB...0xBF: if last.0 == 0xEF, last.1 == 0xBB || last.1 == 0xBF { return false }
            default: break
            }
            last = (last.1, byte)
        }
        return true
    }

    // MARK: - Lines

    private func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : Self.newline }

    /// To the next line that says something.
    private mutating func begin() throws {
        while lineStart < bytes.count {
            at = lineStart
            while byte(at) == Self.space { at += 1 }
            switch byte(at) {
            case Self.newline: lineStart = at + 1
            case UInt8(ascii: "#"): skipComment()
            default:
                column = at - lineStart
                // `---`, `...` and `%` at the edge are about documents.
                guard column > 0 || !isDocumentMark else { throw NotPlain() }
                return
            }
        }
        column = -1
    }

    private var isDocumentMark: Bool {
        let first = byte(at)
        return first == UInt8(ascii: "%")
            || (first == UInt8(ascii: "-") || first == UInt8(ascii: ".")) && byte(at + 1) == first
                && byte(at + 2) == first
    }

    private mutating func skipComment() {
        while byte(at) != Self.newline { at += 1 }
        lineStart = at + 1
    }

    private mutating func skipSpaces() { while byte(at) == Self.space { at += 1 } }

    /// Nothing but a comment may follow on the line.
    private mutating func endLine() throws {
        skipSpaces()
        guard isLineOver else { throw NotPlain() }
        skipComment()
        try begin()
    }

    private var isLineOver: Bool {
        byte(at) == Self.newline || byte(at) == UInt8(ascii: "#") && at > 0 && bytes[at - 1] == Self.space
    }

    // MARK: - Blocks

    private var isItem: Bool {
        byte(at) == UInt8(ascii: "-") && (byte(at + 1) == Self.space || byte(at + 1) == Self.newline)
    }

    /// What begins here and goes on over the lines that are indented as far.
    private mutating func block(_ indent: Int, depth: Int) throws -> Tree {
        guard depth < 64 else { throw NotPlain() }
        if isItem { return .list(try list(indent, depth: depth)) }
        if let key = try key() { return .map(try map(indent, first: key, depth: depth)) }
        let value = try inline(depth: depth)
        try endLine()
        return value
    }

    private mutating func list(_ indent: Int, depth: Int) throws -> [Tree] {
        var items: [Tree] = []
        repeat {
            at += 1
            skipSpaces()
            if isLineOver {
                try endLine()
                items.append(column > indent ? try block(column, depth: depth + 1) : .text("", isPlain: true))
            } else {
                items.append(try block(at - lineStart, depth: depth + 1))
            }
        } while column == indent && isItem
        guard column <= indent else { throw NotPlain() }
        return items
    }

    private mutating func map(_ indent: Int, first: String, depth: Int) throws -> [(key: String, value: Tree)] {
        var pairs: [(key: String, value: Tree)] = []
        var key = first
        while true {
            guard pairs.count < 1_000, !pairs.contains(where: { $0.key == key }) else { throw NotPlain() }
            pairs.append((key, try value(indent, depth: depth)))
            guard column >= indent else { return pairs }
            guard column == indent, !isItem, let next = try self.key() else { throw NotPlain() }
            key = next
        }
    }

    /// What follows a key and its colon.
    private mutating func value(_ indent: Int, depth: Int) throws -> Tree {
        skipSpaces()
        guard isLineOver else {
            let value = try inline(depth: depth)
            try endLine()
            return value
        }
        try endLine()
        if column > indent { return try block(column, depth: depth + 1) }
        // A list may stand as far left as the key it belongs to.
        if column == indent, isItem { return .list(try list(indent, depth: depth + 1)) }
        return .text("", isPlain: true)
    }

    /// A key with its colon, if one stands here.
    private mutating func key(inFlow: Bool = false) throws -> String? {
        let start = at
        let text: String
        switch byte(at) {
        case UInt8(ascii: "["), UInt8(ascii: "{"): return nil
        case UInt8(ascii: "\""): text = try doubleQuoted()
        case UInt8(ascii: "'"): text = try singleQuoted()
        default: text = try plain(inFlow: inFlow)
        }
        guard byte(at) == UInt8(ascii: ":"), byte(at + 1) == Self.space || byte(at + 1) == Self.newline else {
            at = start
            return nil
        }
        // `<<` takes another map in, Yams hides `yamlAnchor` and `yamlTag`, and longer keys need a sign of their own.
        guard text != "<<", !text.hasPrefix("yaml"), at - start < 1_000 else { throw NotPlain() }
        at += 1
        return text
    }

    // MARK: - Within a line

    private mutating func inline(inFlow: Bool = false, depth: Int) throws -> Tree {
        guard depth < 64 else { throw NotPlain() }
        switch byte(at) {
        case UInt8(ascii: "\""): return .text(try doubleQuoted(), isPlain: false)
        case UInt8(ascii: "'"): return .text(try singleQuoted(), isPlain: false)
        case UInt8(ascii: "["): return .list(try flowList(depth: depth + 1))
        case UInt8(ascii: "{"): return .map(try flowMap(depth: depth + 1))
        default: return .text(try plain(inFlow: inFlow), isPlain: true)
        }
    }

    private mutating func flowList(depth: Int) throws -> [Tree] {
        var items: [Tree] = []
        at += 1
        skipSpaces()
        while byte(at) != UInt8(ascii: "]") {
            items.append(try inline(inFlow: true, depth: depth))
            try endOfItem(UInt8(ascii: "]"))
        }
        at += 1
        return items
    }

    private mutating func flowMap(depth: Int) throws -> [(key: String, value: Tree)] {
        var pairs: [(key: String, value: Tree)] = []
        at += 1
        skipSpaces()
        while byte(at) != UInt8(ascii: "}") {
            guard let key = try key(inFlow: true), pairs.count < 1_000, !pairs.contains(where: { $0.key == key }) else {
                throw NotPlain()
            }
            skipSpaces()
            pairs.append((key, try inline(inFlow: true, depth: depth)))
            try endOfItem(UInt8(ascii: "}"))
        }
        at += 1
        return pairs
    }

    /// A comma and something more, or the bracket that closes.
    private mutating func endOfItem(_ close: UInt8) throws {
        skipSpaces()
        if byte(at) == close { return }
        guard byte(at) == UInt8(ascii: ",") else { throw NotPlain() }
        at += 1
        skipSpaces()
        guard byte(at) != close else { throw NotPlain() }
    }

    private mutating func plain(inFlow: Bool) throws -> String {
        switch byte(at) {
        case Self.space, Self.newline: throw NotPlain()
        case UInt8(ascii: "-") where byte(at + 1) != Self.space && byte(at + 1) != Self.newline: break
        case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: "&"),
            UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "|"), UInt8(ascii: ">"), UInt8(ascii: "'"),
            UInt8(ascii: "\""), UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "`"):
            throw NotPlain()
        default: break
        }
        let start = at
        var end = at
        reading: while true {
            let letter = byte(at)
            switch letter {
            case Self.newline:
                if inFlow { throw NotPlain() }
                break reading
            case UInt8(ascii: ":"):
                let next = byte(at + 1)
                if next == Self.space || next == Self.newline { break reading }
                if inFlow, ",?[]{}".utf8.contains(next) { throw NotPlain() }
            case UInt8(ascii: "#") where bytes[at - 1] == Self.space:
                if inFlow { throw NotPlain() }
                break reading
            case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"):
                if inFlow { break reading }
            default: break
            }
            at += 1
            if letter != Self.space { end = at }
        }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private mutating func singleQuoted() throws -> String {
        var text: [UInt8] = []
        at += 1
        while true {
            let letter = byte(at)
            guard letter != Self.newline else { throw NotPlain() }
            if letter == UInt8(ascii: "'") {
                guard byte(at + 1) == letter else { break }
                at += 1
            }
            text.append(letter)
            at += 1
        }
        at += 1
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func doubleQuoted() throws -> String {
        let start = at + 1
        at = start
        while byte(at) != UInt8(ascii: "\"") {
            // Escapes are left to Yams, but for the mark itself and the backslash.
            guard byte(at) != Self.newline else { throw NotPlain() }
            guard byte(at) != UInt8(ascii: "\\") else { return try escaped(from: start) }
            at += 1
        }
        at += 1
        return String(decoding: bytes[start..<(at - 1)], as: UTF8.self)
    }

    private mutating func escaped(from start: Int) throws -> String {
        var text = Array(bytes[start..<at])
        while byte(at) != UInt8(ascii: "\"") {
            if byte(at) == UInt8(ascii: "\\") {
                at += 1
                guard byte(at) == UInt8(ascii: "\"") || byte(at) == UInt8(ascii: "\\") else { throw NotPlain() }
            }
            guard byte(at) != Self.newline else { throw NotPlain() }
            text.append(byte(at))
            at += 1
        }
        at += 1
        return String(decoding: text, as: UTF8.self)
    }
}
