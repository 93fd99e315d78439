// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Support
import Testing

@testable import Response

@Suite("What must not be kept is found, and what only looks like it is not")
struct NeverKeptTests {
    @Test(
        "Numbers and words about papers, in English and Spanish",
        arguments: [
            ("A012345678", NeverKept.alienNumber), ("A‑012‑345‑678", .alienNumber), ("a# 012.345.678", .alienNumber),
            ("his alien number is 0123456", .alienNumber), ("número A: 012 345 678", .alienNumber),
            ("my SSN 123456789", .socialSecurityNumber), ("mi seguro social es 123 456 789", .socialSecurityNumber),
            ("１２３-45-6789", .socialSecurityNumber), ("ITIN: 912345678", .socialSecurityNumber),
            ("(213) 555-0142", .phoneNumber), ("2135550142", .phoneNumber), ("+52 55 1234 5678", .phoneNumber),
            ("٢١٣-555-0142", .phoneNumber), ("she is undocumented", .papers), ("they are illegal", .papers),
            ("he\u{2019}s illegal", .papers), ("she overstayed", .papers), ("they have a deportation order", .papers),
            ("son indocumentados", .papers), ("ella no tiene papeles", .papers), ("está sin documentos", .papers),
            ("tiene orden de deportación", .papers), ("ORDEN  DE\nDEPORTACIO\u{301}N", .papers),
            ("él es ilegal", .papers), ("she is here illegally", .papers), ("se le venció la visa", .papers),
            ("they came and are in the country illegally", .papers), ("está ilegal en el país", .papers),
            ("nació en Honduras", .origin), ("born in Guatemala", .origin), ("es de El Salvador", .origin),
            ("She’s from the Philippines", .origin), ("mi vecino es de México y trabaja aquí", .origin),
            ("he is Guatemalan", .origin), ("ellos son salvadoreños", .origin), ("de nacionalidad hondureña", .origin),
            ("they were born in this country", .origin), ("has a criminal record", .past), ("two felonies", .past),
            ("tiene antecedentes penales", .past), ("tienen antecedentes", .past), ("récord criminal", .past),
            ("plate 8ABC123", .plate), ("placas de California: 8ABC 123", .plate), ("plate 7ABC123", .plate),
            ("placa 8XYZ999", .plate), ("officer Smith badge 1234", .plate), ("número de placa 4521", .plate),
            ("badge no. 12-345", .plate), ("juan@example.com", .email),
            ("escribe a Ana.Luz+1@correo.example.mx.", .email),
        ]
    )
    func finds(_ text: String, _ what: NeverKept) {
        #expect(NeverKept.kinds(in: text).first == what)
        #expect(NeverKept.kinds(in: NeverKept.removed(from: text)).first == nil)
        // Plain text is read in a way of its own: two spaces in a row, or an accent, and it is read letter by letter.
        let hits = NeverKept.hits(in: text)
        #expect(NeverKept.hits(in: text + " .  ") == hits)
        #expect(NeverKept.hits(in: text + " é") == hits)
    }

    @Test(
        "Near misses",
        arguments: [
            "1234 East Cesar Chavez Avenue", "12345 Soto", "costs $2,135,550",
            "$213.55",
            "a 4 door Ford", "A 12 men group", "bus 720 at 5:45", "10-15 agents", "2026-11-22", "11/22/2026 at 16:05",
            "units 4521 and 3877", "eso es ilegal", "lo que hacen es ilegal", "las redadas son ilegales",
            "this is illegal", "parked illegally", "they asked for papers", "piden papeles", "social security office",
            "a number 12 bus", "áéíóú 12345678", "90012-3456", "exit 134B", "ICE", "los papeles del carro",
            "número de casa 1234", "seguro social en la calle 4521", "a van without plates, 1234 Soto",
            "sin placas 1234 Soto",
            "no plates 1234", "plates covered, 3 vans", "star badge, 4 men", "badges and vests", "placas tapadas",
            "la placa dice policía", "las placas son de México", "el carro es de Guatemala",
            "he is from Honduras Street",
            "es de Guatemala restaurant", "born in the van", "el bebé nació en la camioneta",
            "he is from New Mexico Ave",
            "she is from here", "es de día", "son de la migra", "es de noche", "Mexican restaurant",
            "Mercado Guatemalteco",
            "El Salvador Market", "criminal", "son criminales", "this is a crime", "it is a felony to do this",
            "entraron ilegalmente", "they entered illegally", "a van parked here illegally",
            "están aquí ilegalmente parados",
            "7th @ Alvarado", "@vecinos", "a@b", "corner 7th@alvarado", "Chino Hills", "they are Koreatown neighbors",
        ]
    )
    func spares(_ text: String) {
        #expect(NeverKept.hits(in: text).isEmpty)
        #expect(NeverKept.removed(from: text) == text)
    }

    @Test("Only a sealed observation may hold a plate or a badge, and nothing else that is never kept")
    func plates() throws {
        var check = FieldCheck()
        ReportFiling.flagNeverKept("Badge 1234, plate 8ABC123", "words", &check, sparing: .plate)
        try check.settle()
        ReportFiling.flagNeverKept("Badge 1234, born in Cuba", "words", &check, sparing: .plate)
        #expect(check.problems["words"]?.keyed.hasPrefix("response.never_origin|") == true)
        var report = FieldCheck()
        ReportFiling.flagNeverKept("A white van, plate 8ABC123", "words", &report)
        #expect(report.problems["words"]?.keyed.hasPrefix("response.never_plate|") == true)
    }

    @Test("Several kinds in one text are named in one sentence, in the reader's language")
    func several() throws {
        var check = FieldCheck()
        let text = "Born in Honduras, A-number A 012345678, A012345679, plate 8ABC123"
        ReportFiling.flagNeverKept(text, "words", &check)
        let problem = try #require(check.problems["words"])
        #expect(
            Words(language: .english)(problem)
                == "We never keep this: where somebody comes from, an A-number, a plate or a badge number. Please take it out."
        )
        var sealed = FieldCheck()
        ReportFiling.flagNeverKept("Born in Honduras, plate 8ABC123", "words", &sealed, sparing: .plate)
        #expect(sealed.problems["words"]?.keyed.hasPrefix("response.never_origin|") == true)
    }

    @Test(
        "The letter of a number goes with it, whatever stands before",
        arguments: [
            ("Her A-number is A012345678.", "Her A-number is •••."),
            ("alien number: A# 012-345-678", "alien number: •••"),
            ("USCIS number 012345678", "USCIS number •••"), ("número A: 012 345 678", "número A: •••"),
            ("número A 012345678", "número •••"),
        ]
    )
    func letters(_ text: String, _ without: String) {
        #expect(NeverKept.removed(from: text) == without)
    }

    @Test("A hit says where it stands, in whole letters")
    func ranges() {
        let text = "Señora, A012345678 y 213-555-0142"
        let found = NeverKept.hits(in: text).map {
            String(decoding: text.utf8.dropFirst($0.range.lowerBound).prefix($0.range.count), as: UTF8.self)
        }
        #expect(found == ["A012345678", "213-555-0142"])
        #expect(NeverKept.removed(from: text) == "Señora, ••• y •••")
    }

    @Test("The team's own words are looked at too: names, debriefs, notes and meeting places")
    func everyField() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        let (amina, places) = (world.amina, world.places)
        let number = "Ask for A012345678"
        func refused(_ field: String, _ verb: @escaping @Sendable (Transaction) throws -> Void) async throws {
            let refusal = try await #require(throws: Refusal.self) {
                try await world.database.write { tx in try verb(tx) }
            }
            #expect(refusal.fields[field] != nil, "\(field)")
        }
        try await refused("title") { tx in try Incident.retitle(id, to: number, by: amina, in: tx) }
        for (title, text, field) in [(number, "Soto", "title"), ("Vans", number, "where")] {
            try await refused(field) { tx in
                _ = try Incident.open(
                    kind: .vehicles,
                    title: title,
                    whereabouts: Whereabouts(text: text),
                    by: amina,
                    places: places,
                    in: tx
                )
            }
        }
        try await world.verify(id, .seen)
        try await refused("change") { tx in
            try AfterAction.write(AfterAction.Words(change: number), of: id, by: amina, in: tx)
        }
        #expect(throws: Refusal.self) {
            try ReportFiling(kind: "other", words: number, channel: .phone).requireNothingNeverKept()
        }
    }
}
