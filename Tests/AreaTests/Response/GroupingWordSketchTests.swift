// SPDX-License-Identifier: AGPL-3.0-or-later
import Response
import Testing

@Suite("Word sketches")
struct WordSketchTests {
    private let key = SketchKey(1, 2)

    private func likeness(_ left: String, _ right: String) -> Double {
        WordSketch(left, key: key).likeness(to: WordSketch(right, key: key))?.value ?? 0
    }

    @Test(
        "The words of the field are the same in both languages",
        arguments: [
            ("checkpoint", "retén"), ("vests", "CHALECOS"), ("masked", "enmascarados"), ("market", "mercado"),
            ("bus stop", "parada"), ("car wash", "autolavado"), ("knocking", "tocando"), ("arrested", "detuvieron"),
            ("apartment buildings", "edificio"), ("parking lot", "estacionamiento"), ("school", "la escuela"),
            ("soldiers", "soldados"), ("church", "iglesia"), ("street vendor", "vendedores ambulantes"),
        ]
    )
    func concepts(english: String, spanish: String) {
        #expect(likeness(english, spanish) > 0.6)
    }

    @Test(
        "Different things are different",
        arguments: [
            ("checkpoint", "mercado"), ("church", "parada"), ("helicopter freeway", "car wash vests"),
        ]
    )
    func different(left: String, right: String) {
        #expect(likeness(left, right) == 0)
    }

    @Test("Typing doesn't matter, order neither; too few words don't compare")
    func forms() {
        let plain = WordSketch("retén en la calle Soto, enmascarados", key: key)
        #expect(plain == WordSketch("ENMASCARADOS!!! reten  en la CALLE soto\r\n", key: key))
        #expect(plain == WordSketch("Rete\u{0301}n en la calle \u{0600}Soto; enmascarados", key: key))
        #expect(WordSketch("the of and la los", key: key) == .empty)
        #expect(plain.likeness(to: .empty) == nil)
    }

    @Test("Another key gives another sketch")
    func keyed() {
        let text = "two vans outside the market"
        #expect(WordSketch(text, key: SketchKey(1, 2)) != WordSketch(text, key: SketchKey(1, 3)))
        #expect(WordSketch(text, key: SketchKey(1, 2)) == WordSketch(text, key: SketchKey(1, 2)))
        #expect(WordSketch(text, key: .random()) != WordSketch(text, key: .random()))
    }

    @Test(
        "Hostile text is read in bounded time and breaks nothing",
        arguments: [
            "", "\u{0600}<", "\"\u{0301}", "\r\n", "\u{0000}", String(repeating: "\u{0301}", count: 100_000),
            String(repeating: "a", count: 100_000), String(repeating: "van ", count: 25_000), "東京の市場", "ตลาด",
            String(repeating: "👨‍👩‍👧‍👦", count: 10_000), "\u{202E}nav", "0x7fffffffffffffff 99999999999999999999999",
            (0..<5_000).map { "w\($0)" }.joined(separator: " "),
        ]
    )
    func hostile(text: String) {
        let sketch = WordSketch(text, key: key)
        #expect(sketch.count <= 96)
        #expect(sketch.likeness(to: sketch)?.value ?? 0 <= 1)
    }

    @Test("Scripts without spaces compare by pairs")
    func unspaced() {
        #expect(likeness("警察在市場門口", "市場門口有警察") > 0.5)
        #expect(likeness("警察在市場門口", "今天天氣很好呢") == 0)
    }
}
