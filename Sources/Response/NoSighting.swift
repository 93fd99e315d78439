// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Words that ask, fear or deny, and see nothing: they may tell of the same thing as others, and are no second witness of it.
/// Looked for in every report: no text is made of its words.
enum NoSighting {
    static func isOne(_ words: String?) -> Bool {
        guard let words, words.utf8.count <= 400 else { return false }
        if asks(words) { return true }
        var isSaid = false
        FoldedBytes.look(at: words, limit: 80) { folded in
            for start in 0..<folded.count where !isSaid {
                for phrase in phrases[Int(folded[start].first ?? 0)] where says(phrase, folded, at: start) {
                    isSaid = true
                }
            }
        }
        return isSaid
    }

    /// Ends with a question mark: "?", "？" or "؟".
    private static func asks(_ words: String) -> Bool {
        let end = words.utf8.reversed().drop { $0 <= 0x20 }.prefix(3)
        return end.first == UInt8(ascii: "?") || end.elementsEqual([0x9F, 0xBC, 0xEF])
            || end.starts(with: [0x9F, 0xD8])
    }

    private static func says(_ phrase: [[UInt8]], _ folded: borrowing FoldedBytes, at start: Int) -> Bool {
        guard start + phrase.count <= folded.count else { return false }
        for index in phrase.indices where !folded[start + index].elementsEqual(phrase[index]) { return false }
        return true
    }

    /// Folded, in English and Spanish, by their first letter.
    private static let phrases: [[[[UInt8]]]] = {
        var byLetter = [[[[UInt8]]]](repeating: [], count: 256)
        for phrase in [
            "false alarm", "falsa alarma", "nothing here", "nothing there", "no one here", "nobody here", "not ice",
            "no ice here", "no hay nada", "no hay nadie", "no es la migra", "no era la migra", "no son de la migra",
            "ya no hay", "is it true", "is there ice", "any ice", "es verdad que", "es cierto que", "hay migra hoy",
            "alguien sabe", "does anyone know", "anyone know if", "i am scared", "im scared", "tengo miedo",
            "me da miedo",
        ] {
            let words = phrase.split(separator: " ").map { Array($0.utf8) }
            byLetter[Int(words[0][0])].append(words)
        }
        return byLetter
    }()
}
