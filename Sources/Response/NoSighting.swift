// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Words that ask, fear or deny, and see nothing: they may tell of the same thing as others, and are no second witness of it.
enum NoSighting {
    static func isOne(_ words: String?) -> Bool {
        guard let words, words.utf8.count <= 400 else { return false }
        let trimmed = words.reversed().drop { $0.isWhitespace }
        if trimmed.first == "?" || trimmed.first == "？" || trimmed.first == "؟" { return true }
        let said = " \(Folded(words, limit: 80).words.joined(separator: " ")) "
        return phrases.contains { said.contains($0) }
    }

    /// Folded, in English and Spanish.
    private static let phrases = [
        "false alarm", "falsa alarma", "nothing here", "nothing there", "no one here", "nobody here", "not ice",
        "no ice here",
        "no hay nada", "no hay nadie", "no es la migra", "no era la migra", "no son de la migra", "ya no hay",
        "is it true", "is there ice", "any ice", "es verdad que", "es cierto que", "hay migra hoy", "alguien sabe",
        "does anyone know", "anyone know if", "i am scared", "im scared", "tengo miedo", "me da miedo",
    ].map { " \($0) " }
}
