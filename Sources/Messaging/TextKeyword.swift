// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// What a text asks for by its first word, in English or Spanish; the rest is what it asks about.
package struct TextKeyword: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case report, now, rights, help }

    package let kind: Kind
    /// Set for Spanish words. English ones are used by whoever reads another language too.
    package let language: String?
    package let rest: String

    private static let words: [String: (kind: Kind, language: String?)] = [
        "report": (.report, nil), "reporte": (.report, "es"), "reportar": (.report, "es"), "reporto": (.report, "es"),
        "now": (.now, nil), "status": (.now, nil), "ahora": (.now, "es"), "estado": (.now, "es"),
        "rights": (.rights, nil), "derechos": (.rights, "es"), "help": (.help, nil), "info": (.help, nil),
        "menu": (.help, nil), "ayuda": (.help, "es"),
    ]

    package init?(_ text: String) {
        let scalars = text.unicodeScalars.drop { $0.properties.isWhitespace }
        let first = scalars.prefix { !$0.properties.isWhitespace && $0 != ":" && $0 != "," && $0 != "." }
        let folded = Folded(String(String.UnicodeScalarView(first))).words
        guard folded.count == 1, let word = folded.first, let known = Self.words[word] else { return nil }
        (kind, language) = known
        rest = String(String.UnicodeScalarView(scalars.dropFirst(first.count).drop { !Self.isLetter($0) }))
    }

    /// The language of free words, as far as a glance tells: ours are mostly one of two.
    package static func glance(_ text: String) -> String {
        let spanish: Set<String> = [
            "que", "en", "la", "el", "los", "las", "de", "del", "hay", "estan", "esta", "por", "una", "un", "mi", "con",
            "si", "migra", "gracias", "hola", "calle", "casa",
        ]
        let marks: Set<Unicode.Scalar> = ["ñ", "¿", "¡", "Ñ"]
        if text.unicodeScalars.contains(where: marks.contains) { return "es" }
        let words = Folded(text, limit: 40).words
        return words.count(where: spanish.contains) * 4 >= max(words.count, 1) ? "es" : "en"
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
}

extension InboundText {
    /// What they chose when they subscribed; nil for who did not.
    package func chosenLanguage(_ keys: InstanceKeys, in tx: Transaction) throws -> String? {
        try Subscriber.find(channel, channel.index(from, keys.opened()), in: tx)?.language
    }
}
