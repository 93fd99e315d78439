// SPDX-License-Identifier: AGPL-3.0-or-later

/// How a text message is cut on the air (3GPP TS 23.038 and 23.040): 160 GSM-7 letters, or 70 of UCS-2, and fewer in each
/// part when there are several. Every part is paid for, and a single letter outside GSM-7 makes all of them small.
package struct Segments: Hashable, Sendable {
    package enum Alphabet: String, Sendable { case gsm7, ucs2 }

    package let alphabet: Alphabet
    /// Septets, or 16-bit units.
    package let units: Int
    package let count: Int
    /// Letters that force the small alphabet on the whole text, in order, each once.
    package let outside: [Unicode.Scalar]

    package init(_ text: String) {
        var septets = 0
        var outside: [Unicode.Scalar] = []
        var sizes: [Int] = []
        for scalar in text.unicodeScalars {
            if Self.basic.contains(scalar) {
                septets += 1
                sizes.append(1)
            } else if Self.extended.contains(scalar) {
                septets += 2
                sizes.append(2)
            } else if !outside.contains(scalar) {
                outside.append(scalar)
            }
        }
        self.outside = outside
        if outside.isEmpty {
            alphabet = .gsm7
            units = septets
            count = septets <= 160 ? (septets == 0 ? 0 : 1) : Self.parts(sizes, of: 153)
        } else {
            alphabet = .ucs2
            let pairs = text.unicodeScalars.map { $0.value > 0xFFFF ? 2 : 1 }
            units = pairs.reduce(0, +)
            count = units <= 70 ? 1 : Self.parts(pairs, of: 67)
        }
    }

    /// A letter of two units is never cut in two (an escape and its letter, a surrogate pair).
    private static func parts(_ sizes: [Int], of limit: Int) -> Int {
        var parts = 1
        var filled = 0
        for size in sizes {
            if filled + size > limit {
                parts += 1
                filled = 0
            }
            filled += size
        }
        return parts
    }

    /// A text of so many parts at most: `head` and `tail` always, of `lines` as many as fit, in order. Lines are parted by
    /// line feeds, and none is cut.
    package static func fitted(_ head: [String], _ lines: [String], _ tail: [String], most: Int) -> String {
        func text(_ kept: ArraySlice<String>) -> String {
            (head + kept + tail).filter { !$0.isEmpty }.joined(separator: "\n")
        }
        var kept = lines[...]
        while !kept.isEmpty, Segments(economical(text(kept))).count > most { kept.removeLast() }
        return text(kept)
    }

    /// The fuller text where it costs no part more than the short one.
    package static func fuller(_ short: String, _ full: String?) -> String {
        guard let full, Segments(economical(full)).count <= Segments(economical(short)).count else { return short }
        return full
    }

    /// The same words in GSM-7 where that keeps what they say: typographic quotes, dashes, spaces and the accents that
    /// GSM-7 has not. Spanish keeps `é`, `ñ`, `ü`, `¿`, `¡` (they are in it) and loses the accent of `á`, `í`, `ó`, `ú` only
    /// when then the whole text fits the large alphabet. Text in another script stays as it is.
    package static func economical(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if basic.contains(scalar) || extended.contains(scalar) {
                out.append(scalar)
            } else if let plain = plain[scalar] {
                out.append(contentsOf: plain.unicodeScalars)
            } else {
                return typographic(text)
            }
        }
        return String(out)
    }

    /// Only the marks that say the same: no accent is lost where nothing is gained.
    private static func typographic(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let mark = marks[scalar] { out.append(contentsOf: mark.unicodeScalars) } else { out.append(scalar) }
        }
        return String(out)
    }

    private static let basic = Set(
        """
        @£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
        abcdefghijklmnopqrstuvwxyzäöñüà
        """.unicodeScalars
    )
    private static let extended = Set("\u{0C}^{}\\[~]|€".unicodeScalars)

    private static let marks: [Unicode.Scalar: String] = [
        "\u{2018}": "'", "\u{2019}": "'", "\u{201A}": "'", "\u{2032}": "'", "\u{02BC}": "'", "\u{201C}": "\"",
        "\u{201D}": "\"", "\u{201E}": "\"", "\u{2033}": "\"", "\u{00AB}": "\"", "\u{00BB}": "\"", "\u{2010}": "-",
        "\u{2011}": "-", "\u{2012}": "-", "\u{2013}": "-", "\u{2014}": "-", "\u{2015}": "-", "\u{2212}": "-",
        "\u{2026}": "...", "\u{00A0}": " ", "\u{2002}": " ", "\u{2003}": " ", "\u{2007}": " ", "\u{2008}": " ",
        "\u{2009}": " ", "\u{200A}": " ", "\u{202F}": " ", "\t": " ", "\u{2022}": "-", "\u{00B7}": "-", "\u{200B}": "",
        "\u{200E}": "", "\u{2060}": "", "\u{FEFF}": "", "\u{00AD}": "", "\u{2192}": "->",
    ]

    private static let plain: [Unicode.Scalar: String] = marks.merging(
        [
            "á": "a", "í": "i", "ó": "o", "ú": "u", "Á": "A", "Í": "I", "Ó": "O", "Ú": "U", "â": "a", "ã": "a",
            "ê": "e",
            "î": "i", "ô": "o", "õ": "o", "û": "u", "ç": "c", "À": "A", "È": "E", "Ì": "I", "Ò": "O", "Ù": "U",
            "Â": "A",
            "Ã": "A", "Ê": "E", "Î": "I", "Ô": "O", "Õ": "O", "Û": "U", "ª": "a", "º": "o", "\u{0300}": "",
            "\u{0301}": "",
        ]
    ) { mark, _ in mark }
}
