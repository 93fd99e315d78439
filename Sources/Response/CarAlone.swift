// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Tinted windows or a license plate, and nothing that anybody does, wears or has written on it: by themselves they are not
/// logged (5-procedure). Read by closed lists in English and Spanish, every word of which must be in them: one word more,
/// two cars, a place, and it is a report like any other (docs/decisions/0091).
enum CarAlone {
    static let refused: Phrase =
        "response.car_alone|Tinted windows or a plate alone are not enough for a report. Write what people do or wear there."

    /// What somebody says they saw is more than a car, whatever the words are, unless they chose cars or nothing.
    static func isAll(of words: String?, _ salute: Salute, _ kind: ReportKind?) -> Bool {
        switch kind {
        case nil, .vehicles, .other: break
        case .people, .checkpoint, .arrest, .home, .work: return false
        }
        let said = [words, salute.size, salute.activity, salute.uniform, salute.equipment].compactMap(\.self)
        var isSuch = false
        for text in said {
            switch look(at: text) {
            case .more: return false
            case .such: isSuch = true
            case .nothing: continue
            }
        }
        return isSuch
    }

    private enum Look { case more, such, nothing }

    /// Stops at the first word that says more: that is the first or second of most reports.
    private static func look(at text: String) -> Look {
        guard text.utf8.count <= 200 else { return .more }
        var look = Look.nothing
        FoldedBytes.look(at: text, limit: 30) { folded in
            var index = 0
            while index < folded.count {
                let word = String(decoding: folded[index], as: UTF8.self)
                let next = index + 1 < folded.count ? String(decoding: folded[index + 1], as: UTF8.self) : ""
                index += 1
                if such.contains(word) || isPlate(word) {
                    look = .such
                } else if isPlate(word + next), isNumber(next) {
                    look = .such
                    index += 1
                } else if !plain.contains(word) {
                    look = .more
                    return
                }
            }
        }
        return look
    }

    /// "8abc123": five to eight letters and digits, of both, with three digits or more. "101st" is a street.
    private static func isPlate(_ word: String) -> Bool {
        guard (5...8).contains(word.utf8.count), word.utf8.allSatisfy({ $0 < 0x80 }) else { return false }
        let digits = word.utf8.count(where: isDigit)
        return digits >= 3 && digits < word.utf8.count && !["st", "nd", "rd", "th"].contains { word.hasSuffix($0) }
    }

    private static func isNumber(_ word: String) -> Bool { !word.isEmpty && word.utf8.allSatisfy(isDigit) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// What is not enough by itself. Folded. "Placa" is missing: it is a badge, too.
    private static let such: Set<String> = [
        "tinted", "tint", "tints", "polarizado", "polarizada", "polarizados", "polarizadas", "ahumado", "ahumada",
        "ahumados", "ahumadas", "tintado", "tintada", "tintados", "tintadas", "plate", "plates", "placas",
        "matricula", "matriculas",
    ]

    /// What may stand around it and says no more: one car, its make, its color.
    private static let plain: Set<String> = [
        "a", "an", "the", "one", "1", "this", "that", "it", "its", "is", "was", "there", "theres", "has", "had",
        "have", "with", "w", "and", "very", "all", "i", "we", "see", "saw", "seen", "here", "parked", "license",
        "licence", "number", "of", "window", "windows", "glass", "dark", "darkly", "heavily", "fully", "suspicious",
        "strange", "suv", "van", "minivan", "car", "truck", "pickup", "sedan", "vehicle", "jeep", "chevy",
        "chevrolet", "tahoe", "suburban", "ford", "explorer", "expedition", "dodge", "charger", "durango", "gmc",
        "yukon", "toyota", "honda", "nissan", "black", "white", "gray", "grey", "silver", "blue", "red", "green",
        "brown", "tan", "gold", "california", "ca", "un", "una", "el", "la", "los", "las", "este", "esta", "ese",
        "esa", "es", "era", "hay", "habia", "tiene", "tenia", "con", "y", "muy", "todo", "todos", "vi", "veo",
        "aqui", "estacionado", "estacionada", "parado", "parada", "numero", "de", "vidrio", "vidrios", "ventana",
        "ventanas", "ventanilla", "ventanillas", "cristal", "cristales", "oscuro", "oscura", "oscuros", "oscuras",
        "sospechoso", "sospechosa", "raro", "rara", "camioneta", "carro", "coche", "auto", "troca", "furgoneta",
        "vagoneta", "vehiculo", "negro", "negra", "blanco", "blanca", "gris", "plateado", "plateada", "azul",
        "rojo", "roja", "verde", "cafe", "dorado", "dorada",
    ]
}
