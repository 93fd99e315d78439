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

    @Test("What is of hours ago is found by its name and by its reports, and comes back with all of them")
    func hoursAgo() {
        let index = scene.index()
        for number in 0..<5 {
            let report = scene.report("r\(number)", minute: number, words: phrasings[0], source: "s\(number)")
            _ = index.settle(report, fresh: "i", now: scene.noon + .minutes(number))
        }
        _ = index.settle(scene.report("far", east: 9_000), fresh: "j", now: scene.noon)
        // Five hours later nothing of it is among those of now.
        let later = scene.noon + .hours(5)
        #expect(index.place(scene.report("x", east: 50_000, minute: 300), now: later) == .alone)
        #expect(index.count == 0)
        #expect(index.homes(of: "r3") == ["i"] && index.homes(of: "far") == ["j"] && index.homes(of: "x").isEmpty)
        #expect(index.witnesses(with: scene.report("y", source: "s9"), of: "i", reports: 5, independent: 5) == 5)
        #expect(index.count == 1)
        #expect(index.incident("i")?.reports.map(\.id) == (0..<5).map { "r\($0)" })
        index.split(["r1"], from: "i", into: "k")
        index.add(scene.report("r2"), to: "i")
        #expect(index.homes(of: "r1") == ["k"] && index.incident("i")?.reports.count == 4)
        index.merge("j", into: "i")
        #expect(index.homes(of: "far") == ["i"] && index.incident("j") == nil)
        index.close("i")
        #expect(index.homes(of: "r3").isEmpty && index.homes(of: "far").isEmpty && index.incident("i") == nil)
        _ = index.settle(scene.report("r3", minute: 300), fresh: "i", now: later)
        #expect(index.homes(of: "r3") == ["i"] && index.incident("i")?.reports.count == 1)
    }
}
