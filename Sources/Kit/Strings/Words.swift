// SPDX-License-Identifier: AGPL-3.0-or-later

/// The words of one language. Pages call it `t`: `t("report.title|Report what you see")`. The English beside
/// the key is what a reader sees where the language has no words of its own.
package struct Words: Sendable {
    package let language: Language
    private let table: StringTable?

    package init(language: Language, table: StringTable? = nil) {
        self.language = language
        self.table = table
    }

    package func callAsFunction(_ keyed: String, _ arguments: [String: String] = [:]) -> String {
        Self.fill(table?.text(keyed) ?? String(Self.split(keyed[...]).1), arguments)
    }

    /// A counted phrase: `t("now.reports|{n} report|{n} reports", n: 3)`, English as one and other.
    package func callAsFunction(_ keyed: String, n count: Int, _ arguments: [String: String] = [:]) -> String {
        var filled = arguments
        filled["n"] = String(count)
        if let text = table?.form(keyed, language.pluralCategory(of: count)) ?? table?.text(keyed) {
            return Self.fill(text, filled)
        }
        let (one, other) = Self.split(Self.split(keyed[...]).1)
        return Self.fill(String(count == 1 || other.isEmpty ? one : other), filled)
    }

    package func callAsFunction(_ phrase: Phrase) -> String {
        if let count = phrase.arguments["n"].flatMap(Int.init) {
            return self(phrase.keyed, n: count, phrase.arguments)
        }
        guard let listed = phrase.listed else { return self(phrase.keyed, phrase.arguments) }
        let list = listed.map { self($0) }.joined(separator: ", ")
        return self(phrase.keyed, phrase.arguments.merging(["list": list]) { $1 })
    }

    package func has(_ key: String) -> Bool { table?.has(key) == true }

    /// Cut at the first `|` by bytes: a combining mark after the bar can't hide it.
    private static func split(_ keyed: Substring) -> (Substring, Substring) {
        guard let bar = keyed.utf8.firstIndex(of: UInt8(ascii: "|")) else { return (keyed, "") }
        return (keyed[..<bar], keyed[keyed.utf8.index(after: bar)...])
    }

    private static func fill(_ text: String, _ arguments: [String: String]) -> String {
        guard !arguments.isEmpty, text.utf8.contains(UInt8(ascii: "{")) else { return text }
        var filled: [UInt8] = []
        var name: [UInt8]? = nil
        for byte in text.utf8 {
            switch (byte, name) {
            case (UInt8(ascii: "{"), nil):
                name = []
            case (UInt8(ascii: "}"), .some(let letters)):
                let key = String(decoding: letters, as: UTF8.self)
                filled += arguments[key].map { Array($0.utf8) } ?? Array("{\(key)}".utf8)
                name = nil
            case (_, .some):
                name?.append(byte)
            case (_, nil):
                filled.append(byte)
            }
        }
        if let rest = name { filled += [UInt8(ascii: "{")] + rest }
        return String(decoding: filled, as: UTF8.self)
    }
}
