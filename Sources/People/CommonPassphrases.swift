// SPDX-License-Identifier: AGPL-3.0-or-later

/// What most long passwords are made of: the beginnings in published breaches, names, walks over a keyboard, and the
/// examples that everybody knows. Compared without capitals, spaces and signs.
enum CommonPassphrases {
    /// Whether it is one or two common ones, however often repeated, and fewer than eight letters besides.
    static func make(_ plain: String) -> Bool {
        let scalars = Array(plain.unicodeScalars)
        let found = parts(of: scalars).sorted { $0.covered > $1.covered }.prefix(48)
        for (index, first) in found.enumerated() {
            let rest = plain.replacing(first.text, with: " ")
            if letters(rest) < fewest { return true }
            for second in found.dropFirst(index + 1) where scalars.count - first.covered - second.covered < fewest {
                if letters(rest.replacing(second.text, with: " ")) < fewest { return true }
            }
        }
        return false
    }

    private static let fewest = 8
    private static let lengths = 5...24

    private static let all: Set<String> = Set(
        (listed + "\n" + own).split(whereSeparator: \.isWhitespace).map(String.init)
    )

    private static func letters(_ text: String) -> Int { text.unicodeScalars.filter { $0 != " " }.count }

    /// The common ones in it, with how many letters they take up.
    private static func parts(of scalars: [Unicode.Scalar]) -> [(text: String, covered: Int)] {
        var counts: [String: Int] = [:]
        for start in scalars.indices {
            for length in lengths where start + length <= scalars.count {
                let text = String(String.UnicodeScalarView(scalars[start..<(start + length)]))
                if all.contains(text) { counts[text, default: 0] += length }
            }
        }
        return counts.map { ($0.key, $0.value) }
    }

    /// What the list lacks: Spanish, this city, this project, and examples from guides.
    private static let own = """
        contrasena contraseña clave passwort passw0rd qwertyuiop asdfghjkl zxcvbnm 1q2w3e4r 1qaz2wsx 1234567890
        0123456789 0987654321 987654321 123123 121212 111111 112233 abcdefgh abcdefghij abc123 abcdefghijklmnop
        teamo tequiero bienvenido bienvenidos futbol princesa jesuscristo diosesamor administrador administrator changeme
        default secret losangeles california boyleheights vecinos vecino neighbor neighbors rapidresponse coalition
        coalicion chirla correcthorsebatterystaple correcthorse batterystaple thequickbrownfox jumpsoverthelazydog
        loremipsum dolorsitamet tobeornottobe thatisthequestion maytheforcebewithyou openthedoor mypassword
        mypassphrase password passphrase frasedeacceso miclave micontraseña sisepuede iloveyou letmein welcome
        lapatrona guadalupe virgendeguadalupe chivas aguilas mexico elsalvador guatemala honduras
        """
}
