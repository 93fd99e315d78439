// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Testing

@Suite("HTML")
struct HTMLTests {
    private static let escaped: [(entity: String, byte: UInt8)] = [
        ("&amp;", 0x26), ("&lt;", 0x3C), ("&gt;", 0x3E), ("&quot;", 0x22), ("&#39;", 0x27),
    ]

    /// What a browser reads; nil where a byte that means something to it stands bare.
    private func read(_ bytes: some Collection<UInt8>) -> [UInt8]? {
        var rest = Array(bytes)[...]
        var text: [UInt8] = []
        while let byte = rest.first {
            if let known = Self.escaped.first(where: { rest.starts(with: $0.entity.utf8) }) {
                text.append(known.byte)
                rest = rest.dropFirst(known.entity.utf8.count)
            } else if Self.escaped.contains(where: { $0.byte == byte }) || byte == 0 {
                return nil
            } else {
                text.append(byte)
                rest = rest.dropFirst()
            }
        }
        return text
    }

    @Test("There are at least sixty hostile strings, all different")
    func table() {
        #expect(Hostile.strings.count >= 60)
        #expect(Set(Hostile.strings.map { Array($0.utf8) }).count == Hostile.strings.count)
    }

    @Test("A hostile string is only text between tags, and reads as it was written", arguments: Hostile.strings)
    func text(_ hostile: String) throws {
        let html: HTML = "<p>\(hostile)</p>"
        try expect(html.bytes, begins: "<p>", ends: "</p>", around: hostile)
    }

    @Test("A hostile string is only the value of an attribute, quoted either way", arguments: Hostile.strings)
    func attribute(_ hostile: String) throws {
        let double: HTML = "<p title=\"\(hostile)\">"
        try expect(double.bytes, begins: "<p title=\"", ends: "\">", around: hostile)
        let single: HTML = "<p title='\(hostile)'>"
        try expect(single.bytes, begins: "<p title='", ends: "'>", around: hostile)
    }

    @Test("Escaping doesn't depend on what stands beside the value", arguments: Hostile.strings)
    func neighbors(_ hostile: String) throws {
        for beside in ["\u{600}", "\u{301}", "\r", "&", "👩\u{200D}"] {
            let html: HTML = "\(beside)\(hostile)\(beside)"
            let wanted = Array((beside + hostile + beside).utf8.filter { $0 != 0 })
            #expect(read(html.bytes) == wanted, "beside \(beside.unicodeScalars.map(\.value))")
        }
    }

    private func expect(_ bytes: [UInt8], begins head: String, ends tail: String, around hostile: String) throws {
        try #require(bytes.starts(with: head.utf8) && bytes.suffix(tail.utf8.count) == ArraySlice(Array(tail.utf8)))
        let inner = bytes.dropFirst(head.utf8.count).dropLast(tail.utf8.count)
        for byte in "<>\"'".utf8 { #expect(!inner.contains(byte), "a raw \(Character(Unicode.Scalar(byte)))") }
        #expect(read(inner) == Array(hostile.utf8.filter { $0 != 0 }))
    }

    @Test("HTML passes through as it is, once and not escaped twice")
    func passes() {
        let bold: HTML = "<b>\("<&>")</b>"
        let html: HTML = "<p>\(bold) & \(HTML.text("\"q\""))</p>"
        #expect(html.string == "<p><b>&lt;&amp;&gt;</b> & &quot;q&quot;</p>")
    }

    @Test("Nothing, many parts, numbers and references have their place")
    func kinds() throws {
        let none: HTML? = nil
        let some: HTML? = "<i>"
        let parts: [HTML] = ["<a>", "<b>"]
        let ref = Ref<HTMLTests>.new()
        let html: HTML = "[\(none)][\(some)][\(parts)][\(-7)][\(Int64.min)][\(ref)][\(HTML.empty)]"
        #expect(html.string == "[][<i>][<a><b>][-7][-9223372036854775808][\(ref.text)][]")
    }

    @Test("Sums and joins keep the order")
    func sums() {
        var html: HTML = "<a>"
        html += "\("<")"
        #expect((html + HTML.joined(["<b>", .text("'"), .empty])).string == "<a>&lt;<b>&#39;")
        #expect(HTML.empty.isEmpty && !html.isEmpty)
        #expect(HTML().bytes.isEmpty)
    }

    @Test("A literal in an interpolation is text, not markup")
    func literal() {
        let html: HTML = "\("<b>")"
        #expect(html.string == "&lt;b&gt;")
    }
}
