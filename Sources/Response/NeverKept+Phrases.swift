// SPDX-License-Identifier: AGPL-3.0-or-later

/// Words about a person's papers, past or origin, in English and Spanish, as callers say them. Never a word that can be
/// about a law, a car or a raid: "es ilegal lo que hacen" is what a neighbor is right to say, and "entraron ilegalmente" too.
enum NeverKeptPhrases {
    private struct Phrase {
        let what: NeverKept
        let bytes: [UInt8]
        /// The word may go on.
        let goesOn: Bool

        /// A star at its end: the word may go on.
        init(_ text: String, _ what: NeverKept) {
            goesOn = text.hasSuffix("*")
            bytes = Array((goesOn ? String(text.dropLast()) : text).utf8)
            self.what = what
        }

        func end(in read: NeverKeptReading, from start: Int) -> Int? {
            guard read.holds(bytes, at: start) else { return nil }
            var end = start + bytes.count
            if goesOn { while !read.endsWord(at: end) { end += 1 } }
            return read.endsWord(at: end) ? end : nil
        }
    }

    private static let papers = [
        "undocumented", "unauthorized immigrant*", "without papers", "has no papers", "have no papers", "had no papers",
        "doesn't have papers", "don't have papers", "illegal alien*", "illegal immigrant*", "illegals", "he is illegal",
        "she is illegal", "they are illegal", "i am illegal", "he's illegal", "she's illegal", "they're illegal",
        "i'm illegal", "overstayed", "expired visa", "visa expired", "visa is expired", "visa has expired",
        "without a visa", "has no visa", "out of status", "no legal status", "without legal status", "no green card",
        "without a green card", "he is here illegally", "she is here illegally", "they are here illegally",
        "i am here illegally", "he's here illegally", "she's here illegally", "they're here illegally",
        "i'm here illegally", "in the country illegally", "in this country illegally", "in the us illegally",
        "crossed the border illegally", "deportation order*", "order of deportation", "removal order*",
        "order of removal", "has daca", "on daca", "daca recipient*", "has tps", "tps holder*", "indocumentad*",
        "sin papeles", "no tiene papeles", "no tienen papeles", "no tengo papeles", "no tenemos papeles",
        "sin documentos", "no tiene documentos", "no tienen documentos", "no tengo documentos", "sin estatus",
        "sin estado legal", "no tiene estatus", "sin visa", "no tiene visa", "visa vencida", "visa expirada",
        "se le vencio la visa", "se me vencio la visa", "se les vencio la visa", "se nos vencio la visa",
        "se le expiro la visa", "su visa se vencio", "su visa vencio", "inmigrante ilegal", "inmigrantes ilegales",
        "migrante ilegal", "migrantes ilegales", "el es ilegal", "ella es ilegal", "ellos son ilegales",
        "ellas son ilegales", "soy ilegal", "somos ilegales", "un ilegal", "una ilegal", "los ilegales",
        "ilegal en el pais", "ilegales en el pais", "ilegalmente en el pais", "estoy aqui ilegalmente",
        "ella esta aqui ilegalmente", "orden de deportacion", "orden de remocion", "orden de expulsion", "tiene daca",
        "tengo daca", "tiene tps", "tengo tps", "sin green card", "no tiene green card", "sin la residencia",
        "no tiene la residencia",
    ].map { Phrase($0, .papers) }

    private static let past = [
        "criminal record*", "criminal history", "criminal past", "has a record", "felony conviction*", "has a felony",
        "have a felony", "has felonies", "have felonies", "two felonies", "three felonies", "convicted felon*",
        "is a felon", "was convicted of", "were convicted of", "dui conviction*",
        "has a dui", "is on probation", "is on parole", "was in prison", "antecedentes penales",
        "antecedentes criminales", "antecedentes policiales", "tiene antecedentes", "tienen antecedentes",
        "tengo antecedentes", "historial criminal", "historial delictivo", "record criminal", "record policial",
        "tiene un delito", "tiene delitos", "estuvo preso", "estuvo presa", "estuvo en la carcel", "estuvo en prision",
        "libertad condicional", "tiene un dui",
    ].map { Phrase($0, .past) }

    /// By their first letter: most places of a text need no look at all.
    private static let byLetter: [[Phrase]] = (0..<256).map { letter in
        (papers + past).filter { $0.bytes.first.map(Int.init) == letter }
    }

    // MARK: Origin: a beginning, and then a country

    private static let countries = [
        "mexico", "guatemala", "honduras", "el salvador", "nicaragua", "costa rica", "cuba", "haiti",
        "the dominican republic", "republica dominicana", "la republica dominicana", "venezuela", "colombia", "ecuador",
        "peru", "bolivia", "brazil", "brasil", "argentina", "paraguay", "uruguay", "belize", "belice", "armenia",
        "iran",
        "iraq", "irak", "afghanistan", "afganistan", "syria", "siria", "egypt", "egipto", "china", "south korea",
        "korea",
        "corea", "vietnam", "cambodia", "camboya", "the philippines", "philippines", "filipinas", "thailand",
        "tailandia",
        "india", "pakistan", "bangladesh", "nepal", "ethiopia", "etiopia", "eritrea", "nigeria", "ghana", "cameroon",
        "camerun", "somalia", "sudan", "senegal", "russia", "rusia", "ukraine", "ucrania", "another country",
        "otro pais",
    ].map { Phrase($0, .origin) }

    /// A birthplace may be here too; and three that also mean food or a flower.
    private static let birthplaces =
        countries
        + [
            "chile", "jamaica", "panama", "oaxaca", "michoacan", "jalisco", "sinaloa", "guerrero", "puebla", "chiapas",
            "guanajuato", "zacatecas", "nayarit", "veracruz", "tijuana", "the united states", "the us", "the usa",
            "estados unidos", "los estados unidos", "this country", "este pais", "los angeles", "california", "texas",
        ].map { Phrase($0, .origin) }

    private static let peoples = [
        "mexican*", "guatemalan*", "guatemaltec*", "salvadoran*", "salvadorean*", "salvadoren*", "honduran*",
        "honduren*",
        "nicaraguan*", "nicaraguens*", "cuban*", "haitian*", "venezuelan*", "venezolan*", "colombian*", "ecuadorian*",
        "ecuatorian*", "peruvian*", "peruan*", "bolivian*", "brazilian*", "brasilen*", "dominican*", "armenian*",
        "armenio*", "armenia", "iranian*", "irani", "chinese", "filipino*", "filipina*", "korean*", "corean*",
        "vietnamese", "vietnamita*", "cambodian*", "camboyan*", "russian*", "ruso*", "rusa*",
    ].map { Phrase($0, .origin) }

    /// "she is from", "es de": whatever it is said of. English says of whom; Spanish often doesn't.
    private static let origins: [(head: [UInt8], tails: [Phrase])] =
        [
            "born in ", "nacio en ", "naci en ", "nacimos en ", "nacieron en ", "nacido en ", "nacida en ",
            "nacidos en ",
            "nacidas en ",
        ].map { (Array($0.utf8), birthplaces) }
        + [
            "he is from ", "she is from ", "they are from ", "i am from ", "we are from ", "he's from ", "she's from ",
            "they're from ", "i'm from ", "we're from ", "es de ", "son de ", "soy de ", "somos de ", "originario de ",
            "originaria de ", "citizen of ", "citizens of ", "ciudadano de ", "ciudadana de ", "ciudadanos de ",
        ].map { (Array($0.utf8), countries) }
        + [
            "he is ", "she is ", "they are ", "i am ", "we are ", "he's ", "she's ", "they're ", "i'm ", "we're ",
            "el es ", "ella es ", "ellos son ", "ellas son ", "soy ", "somos ", "de nacionalidad ", "nacionalidad ",
        ].map { (Array($0.utf8), peoples) }

    private static let originsByLetter: [[(head: [UInt8], tails: [Phrase])]] = (0..<256).map { letter in
        origins.filter { $0.head.first.map(Int.init) == letter }
    }

    /// Then it is a street or a shop that has a country's name.
    private static let streets = [
        " st", " street", " ave", " avenue", " blvd", " boulevard", " road", " rd", " way", " drive", " dr", " place",
        " pl",
        " restaurant", " market", " bakery",
    ].map { Phrase($0, .origin) }

    /// Things that are from a country, and nobody.
    private static let things = [
        "placa", "placas", "matricula", "matriculas", "carro", "carros", "auto", "autos", "camioneta", "camionetas",
        "van",
        "troca", "comida", "consulado", "bandera", "restaurante", "tienda", "mercado",
    ].map { Array("\($0) ".utf8) }

    // MARK: Reading

    /// What a phrase that begins here says, and where it ends.
    static func match(in read: NeverKeptReading, from start: Int) -> (what: NeverKept, end: Int)? {
        let letter = Int(read.folded[start])
        for phrase in byLetter[letter] {
            if let end = phrase.end(in: read, from: start) { return (phrase.what, end) }
        }
        for (head, tails) in originsByLetter[letter] where read.holds(head, at: start) {
            let named = start + head.count
            for tail in tails {
                guard let end = tail.end(in: read, from: named), !isThing(read, start, end) else { continue }
                return (.origin, end)
            }
        }
        return nil
    }

    private static func isThing(_ read: NeverKeptReading, _ start: Int, _ end: Int) -> Bool {
        streets.contains { $0.end(in: read, from: end) != nil }
            || things.contains { thing in
                start >= thing.count && read.holds(thing, at: start - thing.count)
                    && read.beginsWord(at: start - thing.count)
            }
    }
}
