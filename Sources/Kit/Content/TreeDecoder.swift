// SPDX-License-Identifier: AGPL-3.0-or-later

/// Makes a value of a `Tree`. It keeps no path: where something does not fit, Yams reads the file again and says where.
struct TreeDecoder: Decoder, SingleValueDecodingContainer {
    /// Set when a text might mean something here that only Yams knows: then nothing of this reading counts.
    final class Doubt {
        var isThere = false
    }

    let tree: Tree
    let doubt: Doubt

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func decode<T: Decodable>(_ type: T.Type, from tree: Tree) throws -> T {
        let doubt = Doubt()
        let value = try TreeDecoder(tree: tree, doubt: doubt).decode(T.self)
        guard !doubt.isThere else { throw PlainYAML.NotPlain() }
        return value
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .map(let pairs) = tree else { throw misfit(Key.self) }
        return KeyedDecodingContainer(Keyed(pairs: pairs, doubt: doubt))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .list(let items) = tree else { throw misfit([Tree].self) }
        return Unkeyed(items: items, doubt: doubt)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    // MARK: - One value

    func decodeNil() -> Bool {
        guard case .text(let text, isPlain: true) = tree else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .text(let text, _) = tree else { throw misfit(type) }
        return text
    }

    func decode(_ type: Bool.Type) throws -> Bool { try word { ["true": true, "false": false][$0] } }
    func decode(_ type: Double.Type) throws -> Double { try word { Self.isNumber($0, point: true) ? Double($0) : nil } }
    func decode(_ type: Float.Type) throws -> Float { try word { Self.isNumber($0, point: true) ? Float($0) : nil } }
    func decode(_ type: Int.Type) throws -> Int { try whole() }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole() }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole() }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole() }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole() }
    func decode(_ type: UInt.Type) throws -> UInt { try whole() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole() }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: self) }

    private func whole<N: FixedWidthInteger>() throws -> N {
        try word { Self.isNumber($0, point: false) ? N($0) : nil }
    }

    /// What a plain text means, when it is written in the one way that leaves no question.
    private func word<Value>(_ meaning: (String) -> Value?) throws -> Value {
        guard case .text(let text, isPlain: true) = tree else { throw misfit(Value.self) }
        guard let value = meaning(text) else {
            doubt.isThere = true
            throw misfit(Value.self)
        }
        return value
    }

    /// `0`, `-12`, with `point` also `0.5`; a zero before other digits would mean eight to Yams.
    private static func isNumber(_ text: String, point: Bool) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 1 || point && parts.count == 2 else { return false }
        guard let whole = parts.first, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return false }
        return parts.allSatisfy { part in !part.isEmpty && part.allSatisfy { 48...57 ~= $0 } }
    }

    private func misfit(_ type: Any.Type) -> DecodingError {
        .typeMismatch(type, DecodingError.Context(codingPath: [], debugDescription: "does not fit"))
    }
}

// MARK: - Many values

private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let pairs: [(key: String, value: Tree)]
    let doubt: TreeDecoder.Doubt

    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { pairs.compactMap { Key(stringValue: $0.key) } }

    func contains(_ key: Key) -> Bool { find(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try at(key).decodeNil() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try at(key).decode(type) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try at(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
        -> KeyedDecodingContainer<Nested>
    {
        try at(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try at(key).unkeyedContainer()
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try at(key) }

    /// No type of ours has one.
    func superDecoder() throws -> any Decoder { throw PlainYAML.NotPlain() }

    private func find(_ key: Key) -> Tree? {
        let name = key.stringValue
        return pairs.first { $0.key == name }?.value
    }

    private func at(_ key: Key) throws -> TreeDecoder {
        guard let tree = find(key) else {
            throw DecodingError.keyNotFound(key, DecodingError.Context(codingPath: [], debugDescription: "is missing"))
        }
        return TreeDecoder(tree: tree, doubt: doubt)
    }
}

private struct Unkeyed: UnkeyedDecodingContainer {
    let items: [Tree]
    let doubt: TreeDecoder.Doubt
    private(set) var currentIndex = 0

    init(items: [Tree], doubt: TreeDecoder.Doubt) { (self.items, self.doubt) = (items, doubt) }

    var codingPath: [any CodingKey] { [] }
    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    mutating func decodeNil() throws -> Bool {
        let isNil = try current().decodeNil()
        if isNil { currentIndex += 1 }
        return isNil
    }

    mutating func decode(_ type: String.Type) throws -> String { try next { try $0.decode(type) } }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next { try $0.decode(type) } }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested>
    {
        try next { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try next { $0 } }

    private mutating func next<Value>(_ read: (TreeDecoder) throws -> Value) throws -> Value {
        let value = try read(current())
        currentIndex += 1
        return value
    }

    private func current() throws -> TreeDecoder {
        guard items.indices.contains(currentIndex) else {
            throw DecodingError.valueNotFound(
                Tree.self,
                DecodingError.Context(codingPath: [], debugDescription: "is over")
            )
        }
        return TreeDecoder(tree: items[currentIndex], doubt: doubt)
    }
}
