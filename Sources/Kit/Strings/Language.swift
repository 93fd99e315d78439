// SPDX-License-Identifier: AGPL-3.0-or-later

/// A language of the interface: its BCP 47 code, its own name, and which way it runs.
package struct Language: Hashable, Sendable {
    package let code: String
    package let name: String
    package let isRightToLeft: Bool

    package init(code: String, name: String, isRightToLeft: Bool = false) {
        self.code = code
        self.name = name
        self.isRightToLeft = isRightToLeft
    }

    package var direction: String { isRightToLeft ? "rtl" : "ltr" }

    package static let english = Language(code: "en", name: "English")
    package static let spanish = Language(code: "es", name: "Español")

    /// Every language we know the own name of; an instance offers those with a file in `content/strings`.
    package static let known: [Language] = [
        english, spanish,
        Language(code: "zh-Hans", name: "简体中文"), Language(code: "zh-Hant", name: "繁體中文"),
        Language(code: "ko", name: "한국어"), Language(code: "hy", name: "Հայերեն"),
        Language(code: "tl", name: "Tagalog"), Language(code: "vi", name: "Tiếng Việt"),
        Language(code: "fa", name: "فارسی", isRightToLeft: true), Language(code: "ru", name: "Русский"),
        Language(code: "ar", name: "العربية", isRightToLeft: true), Language(code: "km", name: "ខ្មែរ"),
    ]

    /// The plural category of a whole number (Unicode CLDR, cardinal rules of the languages above).
    package func pluralCategory(of count: Int) -> String {
        let tens = abs(count % 100)
        let ones = abs(count % 10)
        switch code {
        case "zh-Hans", "zh-Hant", "ko", "vi", "km":
            return "other"
        case "tl":
            return [4, 6, 9].contains(ones) ? "other" : "one"
        case "fa", "hy":
            return count == 0 || count == 1 ? "one" : "other"
        case "ru":
            if ones == 1 && tens != 11 { return "one" }
            return (2...4).contains(ones) && !(12...14).contains(tens) ? "few" : "many"
        case "ar":
            switch count {
            case 0: return "zero"
            case 1: return "one"
            case 2: return "two"
            default: return (3...10).contains(tens) ? "few" : tens >= 11 ? "many" : "other"
            }
        default:
            return count == 1 ? "one" : "other"
        }
    }
}
