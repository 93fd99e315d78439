// SPDX-License-Identifier: AGPL-3.0-or-later
import Yams

/// What a YAML or CSV file says, in bytes that can be decoded from without parsing them. A node is a byte for its kind, four
/// for its size (least first), and then its text in UTF-8, the nodes of a list, or the keys and values of a map in turn.
/// What each scalar can be read as is settled when it is made, by Yams.
enum ContentTree {
    enum Kind: UInt8 {
        case text, none, yes, no, number, list, map
    }

    /// Something that a tree doesn't hold, or a damaged one. Whoever meets it reads the file instead.
    struct Unfit: Error {}

    /// Throws for what a tree doesn't hold: anchors, aliases, merged maps, numbers that aren't plain decimals.
    static func bytes(yaml: String) throws -> [UInt8] {
        // `YAMLDecoder` resolves merges and nothing else; those are refused below.
        let parser = try Parser(yaml: yaml, resolver: .basic, encoding: .utf8)
        guard let root = try parser.singleRoot() else { throw Unfit() }
        var bytes: [UInt8] = []
        try append(root, to: &bytes)
        return bytes
    }

    static func bytes(rows: [[String: String]]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try append(.list, to: &bytes) { bytes in
            for row in rows {
                try append(.map, to: &bytes) { bytes in
                    for (name, text) in row.sorted(by: { $0.key < $1.key }) {
                        try append(.text, to: &bytes) { $0 += name.utf8 }
                        try append(.text, to: &bytes) { $0 += text.utf8 }
                    }
                }
            }
        }
        return bytes
    }

    static func append(_ kind: Kind, to bytes: inout [UInt8], _ body: (inout [UInt8]) throws -> Void) throws {
        bytes.append(kind.rawValue)
        let size = bytes.count
        bytes += [0, 0, 0, 0]
        try body(&bytes)
        guard let count = UInt32(exactly: bytes.count - size - 4) else { throw Unfit() }
        for index in 0..<4 { bytes[size + index] = UInt8(truncatingIfNeeded: count >> (8 * UInt32(index))) }
    }

    private static func append(_ node: Node, to bytes: inout [UInt8]) throws {
        guard node.anchor == nil else { throw Unfit() }
        switch node {
        case .scalar(let scalar):
            try append(kind(node, scalar.string), to: &bytes) { $0 += scalar.string.utf8 }
        case .sequence(let sequence):
            try append(.list, to: &bytes) { bytes in for item in sequence { try append(item, to: &bytes) } }
        case .mapping(let mapping):
            try append(.map, to: &bytes) { bytes in
                for (key, value) in mapping {
                    guard case .scalar(let name) = key, !["<<", "="].contains(name.string) else { throw Unfit() }
                    try append(key, to: &bytes)
                    try append(value, to: &bytes)
                }
            }
        case .alias: throw Unfit()
        }
    }

    private static func kind(_ node: Node, _ text: String) throws -> Kind {
        if node.null != nil { return .none }
        if let truth = node.bool { return truth ? .yes : .no }
        guard let number = node.int else { return .text }
        guard number == Int(text) else { throw Unfit() }
        return .number
    }

    /// One node of a tree, decoded from.
    struct Branch: Decoder {
        let bytes: [UInt8]
        // Three words, which is what fits into an `any Decoder` without an allocation.
        private let start: Int
        private let end: Int

        /// The node that begins at `start` and ends before `end`.
        init(_ bytes: [UInt8], from start: Int, to end: Int) throws {
            guard start >= 0, start + 5 <= end, end <= bytes.count, Kind(rawValue: bytes[start]) != nil else {
                throw Unfit()
            }
            let size = bytes.withUnsafeBytes {
                Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: start + 1, as: UInt32.self)))
            }
            guard size <= end - start - 5 else { throw Unfit() }
            (self.bytes, self.start, self.end) = (bytes, start, start + 5 + size)
        }

        var kind: Kind { Kind(rawValue: bytes[start]) ?? .none }

        /// Where its body is.
        var range: Range<Int> { start + 5..<end }

        /// The nodes of a list, or keys and values of a map.
        func parts() throws -> [Branch] {
            guard kind == .list || kind == .map else { throw Unfit() }
            var (parts, next): ([Branch], Int) = ([], range.lowerBound)
            parts.reserveCapacity(16)
            while next < range.upperBound {
                let part = try Branch(bytes, from: next, to: range.upperBound)
                next = part.range.upperBound
                parts.append(part)
            }
            return parts
        }

        func text() throws -> String {
            guard kind != .list, kind != .map else { throw Unfit() }
            return String(decoding: bytes[range], as: UTF8.self)
        }

        func isText(_ words: String) -> Bool {
            var words = words
            return words.withUTF8 { words in
                words.count == range.count
                    && bytes.withUnsafeBytes { $0[range].elementsEqual(words) }
            }
        }

        /// What most of the pack is made of: a text in several languages. By way of containers it takes five times as long.
        func texts() throws -> [String: String] {
            guard kind == .map else { throw Unfit() }
            let parts = try parts()
            var texts = [String: String](minimumCapacity: parts.count / 2)
            for index in stride(from: 0, to: parts.count - 1, by: 2) {
                texts[try parts[index].text()] = try parts[index + 1].text()
            }
            return texts
        }

        // Whoever hears of a problem hears of it from Yams, with the path.
        var codingPath: [any CodingKey] { [] }
        var userInfo: [CodingUserInfoKey: Any] { [:] }

        func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
            guard kind == .map else { throw Unfit() }
            return KeyedDecodingContainer(Keyed(parts: try parts()))
        }

        func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
            guard kind == .list else { throw Unfit() }
            return Unkeyed(parts: try parts())
        }

        func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
    }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        /// Keys and values in turn.
        let parts: [Branch]

        var codingPath: [any CodingKey] { [] }

        var allKeys: [Key] {
            stride(from: 0, to: parts.count, by: 2).compactMap { (try? parts[$0].text()).flatMap(Key.init) }
        }

        private func value(_ key: Key) -> Branch? {
            let name = key.stringValue
            return stride(from: 0, to: parts.count - 1, by: 2).first { parts[$0].isText(name) }.map { parts[$0 + 1] }
        }

        private func existing(_ key: Key) throws -> Branch {
            guard let value = value(key) else { throw Unfit() }
            return value
        }

        func contains(_ key: Key) -> Bool { value(key) != nil }
        func decodeNil(forKey key: Key) throws -> Bool { try existing(key).decodeNil() }
        func decode(_ type: String.Type, forKey key: Key) throws -> String { try existing(key).decode(type) }
        func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try existing(key).decode(type) }
        func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try existing(key).decode(type) }
        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try existing(key).decode(type) }
        func nestedContainer<Other: CodingKey>(keyedBy type: Other.Type, forKey key: Key) throws
            -> KeyedDecodingContainer<Other>
        { try existing(key).container(keyedBy: type) }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try existing(key).unkeyedContainer()
        }
        func superDecoder() throws -> any Decoder { throw Unfit() }
        func superDecoder(forKey key: Key) throws -> any Decoder { throw Unfit() }
    }

    private struct Unkeyed: UnkeyedDecodingContainer {
        let parts: [Branch]
        var currentIndex = 0

        init(parts: [Branch]) { self.parts = parts }

        var codingPath: [any CodingKey] { [] }
        var count: Int? { parts.count }
        var isAtEnd: Bool { currentIndex >= parts.count }

        private mutating func next<T>(_ read: (Branch) throws -> T) throws -> T {
            guard !isAtEnd else { throw Unfit() }
            let value = try read(parts[currentIndex])
            currentIndex += 1
            return value
        }

        mutating func decodeNil() throws -> Bool {
            guard !isAtEnd else { throw Unfit() }
            guard parts[currentIndex].decodeNil() else { return false }
            currentIndex += 1
            return true
        }
        mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next { try $0.decode(type) } }
        mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
            try next { try $0.container(keyedBy: type) }
        }
        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            try next { try $0.unkeyedContainer() }
        }
        mutating func superDecoder() throws -> any Decoder { throw Unfit() }
    }
}

extension ContentTree.Branch: SingleValueDecodingContainer {
    func decodeNil() -> Bool { kind == .none }

    func decode(_ type: String.Type) throws -> String { try text() }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard kind == .yes || kind == .no else { throw ContentTree.Unfit() }
        return kind == .yes
    }

    func decode(_ type: Int.Type) throws -> Int {
        guard kind == .number, let number = Int(try text()) else { throw ContentTree.Unfit() }
        return number
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        guard !Self.others.contains(ObjectIdentifier(type)) else { throw ContentTree.Unfit() }
        if type == [String: String].self, let texts = try texts() as? T { return texts }
        return try T(from: self)
    }

    /// Numbers of other kinds: they would ask for themselves here, without an end.
    private static let others = [
        ObjectIdentifier(Double.self), ObjectIdentifier(Float.self), ObjectIdentifier(UInt.self),
        ObjectIdentifier(Int8.self), ObjectIdentifier(Int16.self), ObjectIdentifier(Int32.self),
        ObjectIdentifier(Int64.self), ObjectIdentifier(Int128.self), ObjectIdentifier(UInt8.self),
        ObjectIdentifier(UInt16.self), ObjectIdentifier(UInt32.self), ObjectIdentifier(UInt64.self),
        ObjectIdentifier(UInt128.self),
    ]
}
