// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Support
import Testing

@testable import Response

@Suite("Tinted windows and plates by themselves are not logged")
struct CarAloneTests {
    private static func isAll(_ words: String?, _ salute: Salute = Salute(), _ kind: ReportKind? = .vehicles) -> Bool {
        CarAlone.isAll(of: words, salute, kind)
    }

    @Test(
        "a car with tinted windows, or its plate",
        arguments: [
            "black SUV with tinted windows", "Tinted windows!",
            "There’s a suspicious white van, tinted windows, parked here",
            "8ABC123", "8abc 123", "white Ford Explorer 8ABC123", "license plates", "una van polarizada",
            "Camioneta negra con vidrios polarizados", "vi un carro gris de vidrios AHUMADOS",
        ]
    )
    func alone(_ words: String) {
        #expect(Self.isAll(words))
        #expect(Self.isAll(words, Salute(), nil))
        #expect(Self.isAll(nil, Salute(equipment: words), .other))
    }

    @Test(
        "one word more is a report",
        arguments: [
            "two black SUVs with tinted windows", "unmarked SUV with tinted windows",
            "black SUV, tinted windows, men in vests",
            "black SUV with tinted windows at 7th and Alvarado", "SUV with tinted windows following a bus",
            "white van without plates", "camioneta sin placas", "van polarizada de la migra", "vi una placa",
            "black SUV with tinted windows by the school", "tinted windows 7th st", "white van", "a Ford F150", "911",
            "",
            "tinted windows " + String(repeating: "very ", count: 60),
        ]
    )
    func more(_ words: String) { #expect(!Self.isAll(words)) }

    @Test("nothing said is not this, and who chose people, a home or an arrest saw more than a car")
    func otherwise() {
        #expect(!Self.isAll(nil))
        for kind in [ReportKind.people, .checkpoint, .arrest, .home, .work] {
            #expect(!Self.isAll("black SUV with tinted windows", Salute(), kind))
        }
        #expect(!Self.isAll("tinted windows", Salute(uniform: "vests")))
    }

    @Test("it is said beside the words, and nothing is stored; a photo, or a report that is known, makes it one")
    func refused() async throws {
        let world = try await World()
        let alone = world.filing("Black SUV with tinted windows")
        await #expect(throws: Refusal.invalid(["words": CarAlone.refused])) { try await world.report(alone) }
        #expect(try await world.database.read { tx in try tx.count("SELECT count(*) FROM reports") } == 0)
        var pictured = alone
        pictured.files = try await world.files(World.photo())
        try await world.report(pictured)
        let known = try await world.report()
        _ = try await world.intake.add(alone, to: known.code, submission: .once)
    }
}
