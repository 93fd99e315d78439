// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing

@Suite("Codes of languages")
struct LanguageCodeTests {
    @Test(
        "any that people speak, also where no page of ours is written in it",
        arguments: [
            "en", "es", "ES", "es-MX", "es-419", "zh-Hans", "zh-hant", "quc", "kjb", "mam", "zap", "mix", "nah", "fil",
            "fre",
            "iw", "zu", "aaa", "zzj", "und",
        ]
    )
    func real(_ code: String) { #expect(LanguageCode.isReal(code)) }

    @Test(
        "and no other",
        arguments: [
            "", "x", "xx", "qaa", "zzz", "99", "e1", "---", "-es", "es-", "es--MX", "es-x", "es_MX", "español",
            "e\u{301}s",
            "\u{FF45}\u{FF53}", "../../etc", "es-MX-abcdefgh", "english", "@@", "[[",
        ]
    )
    func unreal(_ code: String) { #expect(!LanguageCode.isReal(code)) }

    @Test("as phones write them")
    func tags() {
        #expect(LanguageCode.tag("es_MX") == "es-MX" && LanguageCode.isReal(LanguageCode.tag("zh_hant_tw")))
        #expect(LanguageCode.tag("fa") == "fa")
    }

    @Test("every language of ours is one")
    func ours() {
        for language in Language.known { #expect(LanguageCode.isReal(language.code), "\(language.code)") }
    }
}
