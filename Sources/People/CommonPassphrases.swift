// SPDX-License-Identifier: AGPL-3.0-or-later

/// The beginnings of most long passwords in published breaches, and the examples that everybody knows.
enum CommonPassphrases {
    static let all: [String] = """
        password passw0rd passwort contrasena contraseña clave qwerty qwertyuiop asdfghjkl zxcvbnm 1q2w3e4r 1qaz2wsx
        123456 1234567890 0123456789 0987654321 987654321 111111 112233 123123 121212 abcdefgh abcdefghij abc123
        iloveyou teamo tequiero letmein welcome bienvenido bienvenidos monkey dragon football futbol baseball sunshine
        princess princesa superman batman starwars trustno1 shadow master michael jesus jesuscristo diosesamor
        administrator administrador changeme default secret qazwsx losangeles california vecinos vecino neighbor
        neighbors rapidresponse coalition coalicion chirla correcthorsebatterystaple correcthorse batterystaple
        thequickbrownfox loremipsum tobeornottobe maytheforcebewithyou openthedoor
        """.split(whereSeparator: \.isWhitespace).map(String.init)
}
