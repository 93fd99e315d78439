// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Support
import Testing

@Suite("The search of grouping")
struct GroupingSearchTests {
    private let scene: GroupingScene
    private let phrasings = [
        "two white vans outside the market, officers with vests knocking on doors",
        "dos camionetas blancas afuera del mercado, agentes con chalecos tocando puertas",
        "ICE agents in vests by the grocery store, white van", "soldiers by the school", "una redada en la fábrica",
        "ayuda",
    ]

    init() throws { scene = try GroupingScene() }

    @Test("The index finds what looking at everything finds, in a county and in a quarter", arguments: [20_000, 2_500])
    func complete(metres: Int) {
        let index = scene.index()
        var all: [String: IncidentTraits] = [:]
        var dice = Dice(42)
        for number in 0..<1_200 {
            let report = scene.report(
                "r\(number)",
                east: Double(dice(metres) - metres / 2),
                north: Double(dice(metres) - metres / 2),
                minute: dice(600),
                kind: ["stop", "officers", ""][dice(3)],
                words: dice(3) == 0 ? "" : phrasings[dice(6)] + ["", " red", " Soto", " taco"][dice(4)],
                uncertainty: [30, 100, 400, 700, 1_500][dice(5)],
                picture: dice(6) == 0 ? UInt64(dice(9)) &* 0x9E37_79B9_7F4A_7C15 : nil
            )
            let expected = Grouping.place(report, among: all.values)
            #expect(index.place(report, now: scene.noon) == expected)
            var home = "i\(number)"
            var told = report
            if case .attach(let incident, let score) = expected { (home, told.isBystander) = (incident, !score.agrees) }
            #expect(index.settle(report, fresh: home, now: scene.noon) == expected)
            all[home, default: IncidentTraits(id: home)].add(told)
        }
        #expect(index.count == all.count)
    }

    @Test("What stands where the rolled-up plane comes round again is another place", arguments: [128_000.0, 160_000])
    func around(metres: Double) {
        let index = scene.index()
        for (id, uncertainty) in [("exact", 50.0), ("vague", 1_500)] {
            index.add(scene.report(id, east: 10, north: 10, uncertainty: uncertainty), to: id)
        }
        for (east, north) in [(metres, 0.0), (0, metres), (-metres, metres)] {
            let far = scene.report("x", east: 10 + east, north: 10 + north)
            #expect(index.place(far, now: scene.noon) == .alone)
        }
        #expect(index.place(scene.report("x"), now: scene.noon) != .alone)
    }
}
