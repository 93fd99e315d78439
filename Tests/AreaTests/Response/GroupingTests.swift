// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Testing

/// Reports for these tests: metres east and north of a corner in Boyle Heights, minutes after noon.
struct GroupingScene {
    let key = SketchKey(0x1234, 0x5678)
    let grid: Grid
    let noon = Instant(milliseconds: 1_790_000_000_000)

    init() throws { grid = Grid(origin: try #require(Point(latitude: 34.045, longitude: -118.21))) }

    func report(
        _ id: String = "r",
        east: Double = 0,
        north: Double = 0,
        minute: Int = 0,
        kind: String = "officers",
        words: String = "",
        uncertainty: Double = 50,
        picture: UInt64? = nil,
        source: String? = nil
    ) -> ReportTraits {
        ReportTraits(
            id: id,
            at: noon + .minutes(minute),
            point: grid.point(at: Offset(east: east, north: north)),
            uncertainty: uncertainty,
            kind: kind,
            words: WordSketch(words, key: key),
            picture: picture,
            source: source
        )
    }

    func index() -> RecentIncidents { RecentIncidents(grid: grid) }

    /// Places a report by the index, and expects what looking at `all` incidents says.
    func settle(
        _ report: ReportTraits,
        fresh: String,
        by index: RecentIncidents,
        among all: inout [String: IncidentTraits]
    ) {
        var report = report
        let expected = Grouping.place(report, among: all.values)
        #expect(index.settle(report, fresh: fresh, now: noon) == expected)
        var home = fresh
        if case .attach(let incident, let score) = expected {
            home = incident
            report.isBystander = !score.agrees
        }
        all[home, default: IncidentTraits(id: home)].add(report)
    }
}

/// One event as six people tell it.
private let phrasings = [
    "two white vans outside the market, officers with vests knocking on doors",
    "dos camionetas blancas afuera del mercado, agentes con chalecos tocando puertas",
    "ICE agents in vests by the grocery store, white van",
    "la migra está en el mercado con camionetas blancas, traen chalecos",
    "officers knocking on doors next to the market!!",
    "agentes tocando en las puertas junto a la tienda, camioneta blanca",
]

@Suite("Grouping")
struct GroupingTests {
    private let scene: GroupingScene

    init() throws { scene = try GroupingScene() }

    private func thirty(_ prefix: String, east: Double = 0, minute: Int = 0) -> [ReportTraits] {
        (0..<30).map { number in
            // Spread over a disk of 150 m around the event, ten minutes long, in a fixed scramble.
            let side = Double((number * 7) % 30) / 30 * 2 - 1
            let depth = Double((number * 11) % 30) / 30 * 2 - 1
            return scene.report(
                "\(prefix)\(number)",
                east: east + side * 105,
                north: depth * 105,
                minute: minute + (number * 13) % 11,
                words: phrasings[number % 6],
                source: "\(prefix) person \(number % 6)"
            )
        }
    }

    @Test("Thirty reports of one event, by six people in two languages, become one incident")
    func oneEvent() throws {
        let index = scene.index()
        for report in thirty("a") { _ = index.settle(report, fresh: "incident of \(report.id)", now: report.at) }
        #expect(index.count == 1)
        let incident = try #require(index.incident("incident of a0"))
        #expect(incident.reports.count == 30)
        #expect(Grouping.independentCount(incident.reports) == 6)
    }

    @Test("The same event told again 2 km away or 3 hours later is another incident")
    func otherEvents() {
        let index = scene.index()
        let all = thirty("a") + thirty("b", east: 2_000, minute: 3) + thirty("c", minute: 180)
        for report in all { _ = index.settle(report, fresh: report.id, now: scene.noon) }
        #expect(index.count == 3)
        for first in ["a0", "b0", "c0"] { #expect(index.incident(first)?.reports.count == 30) }
    }

    @Test("Another kind of thing in other words 400 m away is suggested, not attached")
    func suggested() {
        let incident = IncidentTraits(id: "market", reports: thirty("a"))
        let other = scene.report(
            "r",
            east: 400,
            minute: 5,
            kind: "checkpoint",
            words: "helicopter over the freeway and a roadblock with cones"
        )
        guard case .suggest(let suggestions) = Grouping.place(other, among: [incident]) else {
            Issue.record("not suggested")
            return
        }
        #expect(suggestions.map(\.incident) == ["market"])
    }

    @Test(
        "Beyond reach in space or time there is nothing to suggest",
        arguments: [
            (620.0, 0), (2_000, 0), (0, 91), (0, -91), (100_000, 0), (0, 100_000),
        ]
    )
    func outOfReach(east: Double, minute: Int) {
        let incident = IncidentTraits(id: "i", reports: [scene.report(words: phrasings[0])])
        let report = scene.report("r", east: east, minute: minute, words: phrasings[0])
        #expect(Grouping.score(report, against: incident) == nil)
        #expect(Grouping.place(report, among: [incident]) == .alone)
    }

    @Test("Every part of a score says why")
    func explained() throws {
        let incident = IncidentTraits(
            id: "i",
            reports: [scene.report("a", words: phrasings[0], picture: 0b1111), scene.report("b", kind: "stop")]
        )
        let report = scene.report("r", east: 200, minute: 4, words: phrasings[1], picture: 0b0111)
        let score = try #require(Grouping.score(report, against: incident))
        #expect(score.parts.map(\.name) == Part.Name.allCases)
        #expect(score.part(.space)?.facts == [.metres(200), .within(100)])
        #expect(score.part(.time)?.facts == [.minutes(4)])
        #expect(score.part(.kind)?.facts == [.sameKind(1, of: 2)])
        #expect(score.part(.picture)?.facts == [.bitsApart(1)])
        guard case .sharedWords(let shared, let count) = score.part(.words)?.facts.first else {
            Issue.record("no words")
            return
        }
        #expect(shared >= 5 && shared <= count)
        let weight = score.parts.reduce(0) { $0 + $1.weight }
        let sum = score.parts.reduce(0) { $0 + $1.weight * $1.value }
        #expect(abs(score.total - sum / weight) < 1e-9)
        for part in score.parts { #expect((0...1).contains(part.value)) }
    }

    @Test(
        "Nearer, sooner, more alike is never worth less",
        arguments: [
            [(0.0, 0), (150, 0), (300, 0), (450, 0), (590, 0)], [(0, 0), (0, 15), (0, 40), (0, 89)],
        ]
    )
    func monotone(steps: [(east: Double, minute: Int)]) {
        let incident = IncidentTraits(id: "i", reports: [scene.report(words: phrasings[0])])
        let totals = steps.map { step in
            Grouping.score(scene.report("r", east: step.east, minute: step.minute), against: incident)?.total ?? -1
        }
        #expect(totals == totals.sorted(by: >))
        #expect(totals.allSatisfy { $0 > 0 })
    }

    @Test(
        "A place known only as a neighborhood needs words: the kind at the same time is not enough",
        arguments: [
            ("", "", 0, false), ("", "market", 0, false), ("checkpoint", "", 0, false), ("officers", "", 60, false),
            ("officers", "", 5, false), ("", "dos camionetas blancas en el mercado, agentes con chalecos", 5, true),
            ("stop", "helicóptero sobre la autopista", 0, false),
        ]
    )
    func coarse(kind: String, words: String, minute: Int, attaches: Bool) {
        let incident = IncidentTraits(id: "i", reports: [scene.report("a", words: phrasings[0])])
        let report = scene.report("r", east: 700, minute: minute, kind: kind, words: words, uncertainty: 1_500)
        let placement = Grouping.place(report, among: [incident])
        if case .attach = placement { #expect(attaches) } else { #expect(!attaches) }
    }

    @Test("Two incidents in different places fit a vague place as well: a person decides")
    func rivals() {
        let incidents = [("i", 0.0), ("j", 1_200)].map { id, east in
            IncidentTraits(id: id, reports: [scene.report(id, east: east)])
        }
        let vague = scene.report("r", east: 600, minute: 5, uncertainty: 1_500)
        guard case .suggest(let suggestions) = Grouping.place(vague, among: incidents) else {
            Issue.record("not suggested")
            return
        }
        #expect(suggestions.map(\.incident) == ["i", "j"])
    }

    @Test("Two that nobody could tell apart are pieces of one: the bigger takes the vague report")
    func pieces() {
        let small = IncidentTraits(id: "small", reports: [scene.report("a", words: phrasings[0])])
        let big = IncidentTraits(
            id: "big",
            reports: (0..<3).map { scene.report("b\($0)", east: 100, words: phrasings[0]) }
        )
        let vague = scene.report("r", east: 700, minute: 5, words: phrasings[0], uncertainty: 1_500)
        guard case .attach(let incident, _) = Grouping.place(vague, among: [small, big]) else {
            Issue.record("not attached")
            return
        }
        #expect(incident == "big")
    }

    @Test("What stands at the place goes before what is only in the neighborhood, however alike")
    func exactFirst() {
        let vague = IncidentTraits(
            id: "vague",
            reports: (0..<4).map { scene.report("v\($0)", east: 300, words: phrasings[0], uncertainty: 1_500) }
        )
        let exact = IncidentTraits(
            id: "exact",
            reports: [scene.report("e", east: 40, kind: "stop", words: phrasings[2])]
        )
        guard case .attach(let incident, _) = Grouping.place(scene.report(words: phrasings[0]), among: [vague, exact])
        else {
            Issue.record("not attached")
            return
        }
        #expect(incident == "exact")
    }

    @Test(
        "A few words from the neighborhood are of an event that several told of, if they were said before",
        arguments: [("vests and vans", 2, true), ("vests and vans", 1, false), ("a helicopter and music", 2, false)]
    )
    func repeated(words: String, reports: Int, attaches: Bool) {
        let incident = IncidentTraits(
            id: "i",
            reports: (0..<reports).map { scene.report("a\($0)", words: phrasings[$0 * 2]) }
        )
        let report = scene.report("r", east: 700, minute: 20, kind: "other kind", words: words, uncertainty: 1_500)
        if case .attach = Grouping.place(report, among: [incident]) { #expect(attaches) } else { #expect(!attaches) }
    }

    @Test("Without a place only the same picture or the same text attaches")
    func placeless() {
        let incident = IncidentTraits(id: "i", reports: [scene.report("a", words: phrasings[0], picture: 0xABCD)])
        let words = WordSketch(phrasings[2], key: scene.key)
        let told = ReportTraits(id: "r", at: scene.noon, kind: "officers", words: words)
        guard case .suggest = Grouping.place(told, among: [incident]) else {
            Issue.record("words alone should be suggested")
            return
        }
        let passedOn = WordSketch("Fwd: " + phrasings[0], key: scene.key)
        guard case .attach = Grouping.place(ReportTraits(id: "r", at: scene.noon, words: passedOn), among: [incident])
        else {
            Issue.record("one text that goes round should attach")
            return
        }
        let seen = ReportTraits(id: "r", at: scene.noon, kind: "officers", words: words, picture: 0xABCF)
        guard case .attach = Grouping.place(seen, among: [incident]) else {
            Issue.record("the same picture should attach")
            return
        }
    }

    @Test(
        "The same video and the same source count once",
        arguments: [
            ([nil, nil, nil], [nil, nil, nil], 3), ([1, 1, 1], [nil, nil, nil], 1),
            ([nil, nil, nil], ["x", "x", "y"], 2),
            ([1, nil, 1], ["x", "x", "y"], 1), ([0, 3, 0xFFFF], [nil, nil, nil], 2), ([], [], 0),
        ] as [([UInt64?], [String?], Int)]
    )
    func independence(pictures: [UInt64?], sources: [String?], count: Int) {
        let reports = zip(pictures, sources).enumerated().map { index, pair in
            scene.report("r\(index)", picture: pair.0, source: pair.1)
        }
        #expect(Grouping.independentCount(reports) == count)
    }
}

@Suite("Recent incidents")
struct RecentIncidentsTests {
    private let scene: GroupingScene

    init() throws { scene = try GroupingScene() }

    @Test("Merge, split, move and close keep every report in its place")
    func verbs() {
        let index = scene.index()
        for (id, east) in [("a", 0.0), ("b", 50), ("c", 5_000), ("d", 5_050)] {
            index.add(scene.report(id, east: east), to: east < 1_000 ? "west" : "east")
        }
        index.add(scene.report("a"), to: "west")
        #expect(index.incident("west")?.reports.count == 2)
        index.merge("east", into: "west")
        #expect(index.incident("east") == nil)
        #expect(index.incident("west")?.reports.count == 4)
        index.split(["c", "d"], from: "west", into: "east")
        #expect(index.homes(of: "c") == ["east"])
        #expect(index.incident("west")?.reports.map(\.id) == ["a", "b"])
        #expect(index.place(scene.report("x", east: 5_020), now: scene.noon) != .alone)
        index.add(scene.report("c", east: 5_000), to: "west")
        #expect(index.homes(of: "c") == ["east", "west"])
        index.remove("c", from: "west")
        index.update(scene.report("c", east: 9_000))
        index.remove("d")
        #expect(index.place(scene.report("x", east: 5_020), now: scene.noon) == .alone)
        #expect(index.place(scene.report("x", east: 9_000), now: scene.noon) != .alone)
        index.close("east")
        #expect(index.place(scene.report("x", east: 9_000), now: scene.noon) == .alone)
        index.remove("a")
        index.remove("b")
        #expect(index.count == 0)
    }

    @Test("What nothing seen now can match stands apart, and is forgotten after a day")
    func expiry() {
        let index = scene.index()
        index.add(scene.report("a"), to: "old")
        func tell(_ id: String, _ minute: Int) {
            let report = scene.report(id, east: 3_000, minute: minute)
            _ = index.settle(report, fresh: id, now: scene.noon + .minutes(minute))
        }
        tell("new", 121)
        #expect(index.count == 1)
        #expect(index.homes(of: "a") == ["old"])
        tell("next day", 121 + 1_441)
        #expect(index.homes(of: "a").isEmpty)
        #expect(index.incident("old") == nil && index.incident("new") != nil)
    }

    @Test("A flood fills no memory: the oldest leave")
    func capacity() {
        var settings = GroupingSettings()
        settings.capacity = 100
        let index = RecentIncidents(grid: scene.grid, settings: settings)
        for number in 0..<250 {
            _ = index.settle(
                scene.report("r\(number)", east: Double(number) * 3_000),
                fresh: "i\(number)",
                now: scene.noon
            )
        }
        #expect(index.count == 100)
        #expect(index.incident("i249") != nil)
        #expect(index.incident("i0") == nil)
    }

    @Test("A report with only a cell stands in the middle of it")
    func cells() {
        let index = scene.index()
        index.add(scene.report("a"), to: "i")
        let cell = scene.grid.cell(at: scene.grid.origin, .street)
        let report = ReportTraits(id: "r", at: scene.noon, cell: cell, kind: "officers")
        guard case .attach(let incident, _) = index.place(report, now: scene.noon) else {
            Issue.record("not attached")
            return
        }
        #expect(incident == "i")
    }

    @Test("Times and places at the ends of the world trap nothing", arguments: [Int64.min, -1, 0, Int64.max])
    func extremes(milliseconds: Int64) throws {
        let index = scene.index()
        let at = Instant(milliseconds: milliseconds)
        for (latitude, longitude) in [(90.0, 180.0), (-90, -180), (0, 0)] {
            let point = try #require(Point(latitude: latitude, longitude: longitude))
            for uncertainty in [0, 50_000, Double.infinity, .nan, -1] {
                let report = ReportTraits(
                    id: "r\(latitude)\(uncertainty)",
                    at: at,
                    point: point,
                    uncertainty: uncertainty
                )
                _ = index.settle(report, fresh: "i\(latitude)", now: at)
                _ = index.place(report, now: scene.noon)
            }
        }
        _ = index.settle(ReportTraits(id: "p", at: at), fresh: "p", now: at)
        #expect(index.count <= 4)
    }

    @Test("Many threads at once start one incident for one event")
    func concurrent() async {
        let index = scene.index()
        let reports = (0..<200).map { scene.report("r\($0)", east: Double($0 % 10) * 10, words: phrasings[$0 % 6]) }
        await withTaskGroup(of: Void.self) { group in
            for report in reports {
                group.addTask { _ = index.settle(report, fresh: report.id, now: report.at) }
            }
        }
        #expect(index.count == 1)
    }
}
