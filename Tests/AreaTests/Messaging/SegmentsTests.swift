// SPDX-License-Identifier: AGPL-3.0-or-later
import Messaging
import Testing

@Suite("A text message's segments")
struct SegmentsTests {
    @Test("hold more words where those cost no part more, and only there")
    func fuller() {
        let short = String(repeating: "a", count: 120)
        let fits = short + String(repeating: "b", count: 40)
        #expect(Segments.fuller(short, fits) == fits)
        #expect(Segments.fuller(short, fits + "c") == short)
        // One letter that is outside of it makes small parts of it.
        #expect(Segments.fuller(short, short + " ж") == short)
        #expect(Segments.fuller(short, nil) == short)
    }

    @Test(
        "are counted as the network counts them",
        arguments: [
            ("", 0, Segments.Alphabet.gsm7), ("Hello", 1, .gsm7),
            (String(repeating: "a", count: 160), 1, .gsm7), (String(repeating: "a", count: 161), 2, .gsm7),
            (String(repeating: "a", count: 306), 2, .gsm7), (String(repeating: "a", count: 307), 3, .gsm7),
            // Two septets each: 80 fit in one, and no escape is cut from its letter (152 in a part of 153).
            (String(repeating: "€", count: 80), 1, .gsm7), (String(repeating: "€", count: 81), 2, .gsm7),
            (String(repeating: "€", count: 153), 3, .gsm7),
            (String(repeating: "á", count: 70), 1, .ucs2), (String(repeating: "á", count: 71), 2, .ucs2),
            (String(repeating: "á", count: 134), 2, .ucs2), (String(repeating: "á", count: 135), 3, .ucs2),
            // A surrogate pair is never cut: 33 in a part of 67 units.
            (String(repeating: "😀", count: 35), 1, .ucs2), (String(repeating: "😀", count: 36), 2, .ucs2),
            (String(repeating: "😀", count: 67), 3, .ucs2),
            ("¿Qué pasó? ñÑüÜ¡", 1, .ucs2), ("¿Qué año? ¡Sí!", 1, .ucs2), ("¿Qué año? ñÑüÜ¡", 1, .gsm7),
            ("[x] {y} ~ | \\ ^", 1, .gsm7),
        ]
    )
    func counts(text: String, count: Int, alphabet: Segments.Alphabet) {
        let segments = Segments(text)
        #expect(segments.count == count)
        #expect(segments.alphabet == alphabet)
    }

    @Test("name the letters that make them small")
    func outside() {
        #expect(Segments("Día a día, ya pasó").outside.map(String.init) == ["í", "ó"])
        #expect(Segments("Plain").outside.isEmpty)
    }

    @Test(
        "stay large where the words stay the same",
        arguments: [
            ("“Don’t run” – it’s over…", "\"Don't run\" - it's over..."),
            ("Ya pasó. Está bien, año nuevo.", "Ya paso. Esta bien, año nuevo."),
            ("a\u{00A0}b", "a b"),
            // Another script needs the small alphabet anyway: its accents stay.
            ("José 안녕 “hola” sí", "José 안녕 \"hola\" sí"),
        ]
    )
    func economical(text: String, expected: String) {
        #expect(Segments.economical(text) == expected)
    }

    @Test("are fewer for Spanish")
    func spanish() {
        let text = String(repeating: "Aquí está la información más útil. ", count: 4)
        #expect(Segments(text).count == 3)
        #expect(Segments(Segments.economical(text)).count == 1)
    }
}
