// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import Vault

/// Our style sheet in rules, so that a page can carry those it uses: on a weak signal each further answer that a page waits
/// for costs as much as all of its words. What is cut away could not have applied; a test compares the two.
struct StyleSheet: Sendable {
    /// What stands in the page instead of `app.css` and `early.js`, and the policy that lets exactly that in.
    struct Inline: Sendable {
        let style: String
        let script: String

        func policy(_ policy: String) -> String {
            policy.replacing("style-src 'self'", with: "style-src 'self' \(StyleSheet.source(style))")
                .replacing("script-src 'self'", with: "script-src 'self' \(StyleSheet.source(script))")
        }
    }

    /// How a policy names what stands in a page.
    private static func source(_ text: String) -> String {
        "'sha256-\(Data(Fingerprint.sha256(Array(text.utf8))).base64EncodedString())'"
    }

    private indirect enum Part: Sendable {
        /// `@layer a, b;` and what is kept whole.
        case statement([UInt8])
        /// `@layer`, `@media` and `@container`, with what is inside.
        case group([UInt8], [Part])
        /// A selector's names by alternative, and the whole rule.
        case rule([Set<String>], [UInt8])
    }

    private let parts: [Part]
    private let script: String
    /// All of it with its pictures within, for a file that stands alone.
    let pocket: String
    /// For such a file: nothing but this one style, no script, no request of any kind.
    let pocketPolicy: String

    /// `text` gives the words of a static file; a style sheet's as `small` makes them.
    init(_ text: (String) -> String) {
        pocket = Self.withPictures(text)
        pocketPolicy =
            "default-src 'none'; style-src \(Self.source(pocket)); img-src data:; base-uri 'none'; form-action 'none'"
        var reader = Reader(bytes: Array(text("app.css").utf8))
        parts = reader.parts()
        script = text("early.js").split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
            .joined(separator: "\n")
    }

    /// What this page needs.
    func inline(_ page: HTML) -> Inline {
        let names = Self.names(page.bytes)
        var style: [UInt8] = []
        for part in parts { Self.write(part, names, &style) }
        return Inline(style: String(decoding: style, as: UTF8.self), script: script)
    }

    private static func withPictures(_ text: (String) -> String) -> String {
        let plain = HTML(bytes: Array(text("app.css").utf8))
        return ["cut.svg", "cut-side.svg", "picado.svg"].reduce(plain) { style, name in
            let picture = text(name).utf8.reduce(into: "data:image/svg+xml,") { text, byte in
                switch byte {
                case UInt8(ascii: "\n"): break
                case UInt8(ascii: "<"): text += "%3C"
                case UInt8(ascii: ">"): text += "%3E"
                case UInt8(ascii: "#"): text += "%23"
                case UInt8(ascii: "%"): text += "%25"
                case UInt8(ascii: "\""): text += "'"
                default: text.unicodeScalars.append(Unicode.Scalar(byte))
                }
            }
            return style.replacing("url(\"/static/\(name)\")", with: "url(\"\(picture)\")")
        }.string
    }

    private static func write(_ part: Part, _ names: Set<String>, _ style: inout [UInt8]) {
        switch part {
        case .statement(let text): style += text
        case .rule(let needs, let text): if needs.contains(where: { $0.isSubset(of: names) }) { style += text }
        case .group(let head, let inner):
            var inside: [UInt8] = []
            for part in inner { write(part, names, &inside) }
            guard !inside.isEmpty else { return }
            style += head + [UInt8(ascii: "{")] + inside + [UInt8(ascii: "}")]
        }
    }

    /// Every element, class and identifier of a page: `p`, `.card`, `#main`.
    private static func names(_ page: [UInt8]) -> Set<String> {
        var names: Set = ["html", "body"]
        for tag in page.split(separator: UInt8(ascii: "<")) {
            let name = tag.prefix { isName($0) }
            guard !name.isEmpty, let end = tag.firstIndex(of: UInt8(ascii: ">")) else { continue }
            names.insert(String(decoding: name, as: UTF8.self))
            var before: ArraySlice<UInt8> = []
            for (index, piece) in tag[..<end].split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
                .enumerated()
            {
                if index % 2 == 0 {
                    before = piece
                    continue
                }
                let mark = before.hasEnd(" class=") ? "." : before.hasEnd(" id=") ? "#" : nil
                guard let mark else { continue }
                for word in piece.split(separator: UInt8(ascii: " ")) {
                    names.insert(mark + String(decoding: word, as: UTF8.self))
                }
            }
        }
        return names
    }

    /// Without comments and without space that says nothing.
    static func small(_ bytes: [UInt8]) -> [UInt8] {
        let tight = Set("{};,".utf8)
        var small: [UInt8] = []
        small.reserveCapacity(bytes.count)
        var (index, quote): (Int, UInt8?) = (0, nil)
        while index < bytes.count {
            let byte = bytes[index]
            if quote == nil, byte == UInt8(ascii: "/"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "*") {
                index += 2
                while index + 1 < bytes.count,
                    bytes[index] != UInt8(ascii: "*") || bytes[index + 1] != UInt8(ascii: "/")
                { index += 1 }
                index += 2
                continue
            }
            if byte == UInt8(ascii: "\"") { quote = quote == nil ? byte : nil }
            let isSpace = quote == nil && (byte == 0x20 || byte == 0x0A)
            if isSpace {
                if let last = small.last, last != 0x20, !tight.contains(last) { small.append(0x20) }
            } else {
                if quote == nil, tight.contains(byte), small.last == 0x20 { small.removeLast() }
                small.append(byte)
            }
            index += 1
        }
        return small
    }

    fileprivate static func isName(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    // MARK: reading

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        /// To the end of the text or of the block.
        mutating func parts() -> [Part] {
            var parts: [Part] = []
            while index < bytes.count, bytes[index] != UInt8(ascii: "}") {
                let head = upTo([UInt8(ascii: "{"), UInt8(ascii: ";"), UInt8(ascii: "}")])
                guard index < bytes.count, bytes[index] != UInt8(ascii: "}") else { break }
                guard bytes[index] == UInt8(ascii: "{") else {
                    index += 1
                    parts.append(.statement(head + [UInt8(ascii: ";")]))
                    continue
                }
                let isGroup = ["@layer", "@media", "@container", "@supports"].contains { head.starts(with: $0.utf8) }
                if isGroup {
                    index += 1
                    let inner = self.parts()
                    index += 1
                    parts.append(.group(head, inner))
                } else {
                    let text = head + block()
                    parts.append(
                        head.first == UInt8(ascii: "@") ? .statement(text) : .rule(Self.needs(head), text)
                    )
                }
            }
            return parts
        }

        /// From here to one of these bytes, which is not in quotes or brackets.
        private mutating func upTo(_ ends: Set<UInt8>) -> [UInt8] {
            let start = index
            var (depth, isQuoted) = (0, false)
            while index < bytes.count {
                let byte = bytes[index]
                if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
                if !isQuoted {
                    if byte == UInt8(ascii: "(") { depth += 1 }
                    if byte == UInt8(ascii: ")") { depth -= 1 }
                    if depth == 0, ends.contains(byte) { break }
                }
                index += 1
            }
            return Array(bytes[start..<index])
        }

        /// `{…}` with the blocks inside it.
        private mutating func block() -> [UInt8] {
            let start = index
            var (depth, isQuoted) = (0, false)
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
                guard !isQuoted else { continue }
                if byte == UInt8(ascii: "{") { depth += 1 }
                if byte == UInt8(ascii: "}") { depth -= 1 }
                if depth == 0 { break }
            }
            return Array(bytes[start..<index])
        }

        /// What a page must have for the rule to apply; what stands in brackets is not looked at.
        private static func needs(_ selector: [UInt8]) -> [Set<String>] {
            var alternatives: [Set<String>] = []
            var (names, depth, index): (Set<String>, Int, Int) = ([], 0, 0)
            func name(after start: Int) -> String {
                String(decoding: selector[start...].prefix { StyleSheet.isName($0) }, as: UTF8.self)
            }
            while index < selector.count {
                let byte = selector[index]
                switch byte {
                case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
                case UInt8(ascii: ",") where depth == 0:
                    alternatives.append(names)
                    names = []
                case UInt8(ascii: ":") where depth == 0:
                    // `:hover`, `::before`: not a name of the page.
                    while index + 1 < selector.count, selector[index + 1] == UInt8(ascii: ":") { index += 1 }
                    index += name(after: index + 1).utf8.count
                case UInt8(ascii: "."), UInt8(ascii: "#"):
                    guard depth == 0 else { break }
                    let own = name(after: index + 1)
                    names.insert((byte == UInt8(ascii: ".") ? "." : "#") + own)
                    index += own.utf8.count
                default:
                    guard depth == 0, StyleSheet.isName(byte) else { break }
                    let own = name(after: index)
                    names.insert(own)
                    index += own.utf8.count - 1
                }
                index += 1
            }
            return alternatives + [names]
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasEnd(_ text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
