// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import FoundationXML
import Kit
import Testing

@Suite("XML")
struct XMLTests {
    @Test(
        "A hostile string is only text for an XML parser, in an element and in an attribute",
        arguments: Hostile.strings
    )
    func hostile(_ text: String) throws {
        let xml: XML = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a b=\"\(text)\">\(text)</a>"
        let reader = Reader()
        let parser = XMLParser(data: Data(xml.bytes))
        parser.delegate = reader
        #expect(parser.parse(), "\(parser.parserError.debugDescription)")
        #expect(reader.elements == 1)
        #expect(Array(reader.text.unicodeScalars) == text.unicodeScalars.filter(Self.isAllowed))
    }

    @Test("What XML cannot hold is left out, and the rest stays whole")
    func leftOut() {
        let xml: XML = "\("a\u{0}\u{1}\u{1F}b\u{FFFE}\u{FFFF}c\u{FFFD}\t\n\r")"
        #expect(xml.string == "abc\u{FFFD}\t\n&#13;")
    }

    /// XML 1.0, production 2.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}

private final class Reader: NSObject, XMLParserDelegate {
    var elements = 0
    var text = ""

    func parser(
        _ parser: XMLParser,
        didStartElement name: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) { elements += 1 }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
