// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Support
import Testing

@Suite("Typed text is looked over by its scalars")
struct FieldTests {
    @Test(
        "Hidden marks go, the words stay",
        arguments: [
            ("  hola \r\n amiga \r", "hola \n amiga"), ("a\u{0}b\u{8}c", "abc"), ("\u{202E}evil", "evil"),
            ("\u{0600}<b>", "\u{0600}<b>"), ("\"\u{301}x", "\"\u{301}x"), ("\u{FEFF}x", "x"), ("\t\n ", ""),
            ("\u{200B}", ""), ("\u{202E}\u{202E}", ""), (" \u{2060}\u{AD}\u{200D} ", ""), ("\u{3164}\u{FFA0}", ""),
            ("\u{FE0F}", ""), ("\u{E0041}", ""), ("\u{0600}", ""), ("\u{2800}", ""),
            // Beside letters they may have a meaning.
            ("می\u{200C}روند", "می\u{200C}روند"), ("❤\u{FE0F}", "❤\u{FE0F}"), ("?", "?"),
        ]
    )
    func cleans(_ raw: String, _ clean: String) {
        #expect(Array(FieldCheck.clean(raw).unicodeScalars) == Array(clean.unicodeScalars))
    }

    @Test(
        "Numbers that are never kept are found by their form",
        arguments: [
            ("A012345678", NeverKept.alienNumber), ("a# 012-345-678.", .alienNumber),
            ("his A 12345678 card", .alienNumber),
            ("123-45-6789", .socialSecurityNumber), ("ssn 123 45 6789 ok", .socialSecurityNumber),
        ]
    )
    func finds(_ text: String, _ what: NeverKept) {
        #expect(NeverKept.kinds(in: text).first == what)
    }

    @Test(
        "Streets and times are not taken for them",
        arguments: [
            "a 1234 Soto St", "between 123 and 45 or 6789", "America 12345678", "at 12:30 a 5 men",
            "á12345678",
            "a 123456789012", "",
        ]
    )
    func spares(_ text: String) {
        #expect(NeverKept.kinds(in: text).first == nil)
        #expect(NeverKept.removed(from: text) == text)
    }

    @Test("Photos are known by their first bytes only")
    func sniffs() {
        let heic: [UInt8] = [0, 0, 0, 24] + Array("ftypheic".utf8)
        let webp = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBP".utf8)
        #expect(EvidenceFile.MediaType(sniffing: heic) == .heic)
        #expect(EvidenceFile.MediaType(sniffing: webp) == .webp)
        #expect(EvidenceFile.MediaType(sniffing: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) == .png)
        #expect(EvidenceFile.MediaType(sniffing: [0xFF, 0xD8]) == nil)
        #expect(EvidenceFile.MediaType(sniffing: Array("<svg onload=x>".utf8)) == nil)
        #expect(EvidenceFile.MediaType(sniffing: []) == nil)
    }

    @Test("Words say where, as far as the pack knows, and never finer than a neighborhood")
    func locates() async throws {
        let places = try await World().places
        let park = Whereabouts(place: "hollenbeck-park").located(in: places)
        #expect(park.zone == "boyle-heights")
        #expect(park.point != nil)
        let words = Whereabouts().located(in: places, orIn: "hay camionetas en Pacoima")
        #expect(words.zone == "pacoima")
        let county = Whereabouts(place: "la-county").located(in: places)
        #expect(county.zone == nil && county.point == nil)
        #expect(Whereabouts(text: "somewhere").located(in: places) == .nowhere)
    }
}
