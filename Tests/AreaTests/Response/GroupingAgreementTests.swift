// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Testing

/// Being at one place at one time is no reason by itself: what is attached without a person says the same, too.
@Suite("What is attached agrees")
struct GroupingAgreementTests {
    private let scene: GroupingScene

    init() throws { scene = try GroupingScene() }

    /// One report as a line of a table.
    struct Told: Sendable, CustomTestStringConvertible {
        var east = 0.0
        var minute = 0
        var kind = ""
        var words = ""
        var uncertainty = 30.0
        var picture: UInt64?

        var testDescription: String { "\(words) (\(kind), \(minute) min, \(Int(east)) m)" }
    }

    private func report(_ told: Told, _ id: String) -> ReportTraits {
        scene.report(
            id,
            east: told.east,
            minute: told.minute,
            kind: told.kind,
            words: told.words,
            uncertainty: told.uncertainty,
            picture: told.picture
        )
    }

    private func isAttached(_ second: Told, to first: Told) -> Bool {
        let incident = IncidentTraits(id: "i", reports: [report(first, "a")])
        if case .attach = Grouping.place(report(second, "b"), among: [incident]) { return true }
        return false
    }

    static let doors = "Men knocking on apartment doors, upstairs"
    static let hood = 1_500.0

    @Test(
        "Two things near each other stay two, and a person sees both",
        arguments: [
            // The next thing at the same place.
            (
                Told(kind: "home", words: doors),
                Told(
                    minute: 85,
                    kind: "vehicles",
                    words: "un convoy de camionetas grises estacionadas frente al parque"
                )
            ),
            (
                Told(kind: "home", words: doors, uncertainty: 100),
                Told(
                    east: 67,
                    minute: 80,
                    kind: "work",
                    words: "raid at the garment factory, machines still running",
                    uncertainty: 100
                )
            ),
            (
                Told(kind: "arrest", words: "they handcuffed two men by the church"),
                Told(minute: 60, kind: "arrest", words: "a woman was pulled out of her car at the gas station")
            ),
            (
                Told(kind: "vehicles", words: "two white vans with agents by the market"),
                Told(minute: 70, kind: "checkpoint", words: "agents in a white van at the school, asking for papers")
            ),
            // Of all that both told nothing is the same.
            (
                Told(kind: "vehicles", words: "white trucks gathering, men put vests on"),
                Told(minute: 8, kind: "arrest", words: "somebody is taken after a fight")
            ),
            // One neighborhood.
            (
                Told(kind: "vehicles", words: "two white vans parked by the laundromat", uncertainty: hood),
                Told(
                    minute: 30,
                    kind: "vehicles",
                    words: "tow truck blocking driveway beside church, sirens",
                    uncertainty: hood
                )
            ),
            (
                Told(kind: "vehicles", words: "two white vans parked by the laundromat", uncertainty: hood),
                Told(minute: 5, kind: "vehicles", uncertainty: hood)
            ),
            // Hearsay pulls in nothing, from either side.
            (
                Told(kind: "arrest", words: "someone said something happened", uncertainty: hood),
                Told(
                    east: 300,
                    minute: 25,
                    kind: "arrest",
                    words: "they handcuffed my coworker outside the tire shop, he is bleeding"
                )
            ),
            (
                Told(east: 300, kind: "arrest", words: "they handcuffed my coworker outside the tire shop"),
                Told(minute: 5, kind: "arrest", words: "someone said something happened", uncertainty: hood)
            ),
        ]
    )
    func apart(first: Told, second: Told) {
        #expect(!isAttached(second, to: first))
        let incident = IncidentTraits(id: "i", reports: [report(first, "a")])
        guard case .suggest(let suggestions) = Grouping.place(report(second, "b"), among: [incident]) else {
            Issue.record("not suggested")
            return
        }
        #expect(suggestions.map(\.incident) == ["i"])
    }

    @Test(
        "One thing told twice is one",
        arguments: [
            // In two languages, within minutes.
            (
                Told(kind: "work", words: "agents at the car wash, they took two workers"),
                Told(
                    east: 80,
                    minute: 6,
                    kind: "arrest",
                    words: "la migra en el autolavado, se llevaron a dos trabajadores"
                )
            ),
            // In quite other words, of the same kind, at once.
            (
                Told(kind: "arrest", words: "they handcuffed a woman"),
                Told(east: 60, minute: 8, kind: "arrest", words: "my neighbor is being pushed into a car, please come")
            ),
            // Nothing to compare but place and time.
            (Told(kind: "vehicles", words: "two white vans"), Told(east: 40, minute: 4)),
            // An hour later, the same and in much the same words.
            (
                Told(kind: "work", words: "raid at the garment factory, they blocked the doors"),
                Told(minute: 60, kind: "work", words: "the raid at the factory goes on, doors are blocked")
            ),
            // The same picture, however long after.
            (
                Told(kind: "home", words: doors, picture: 0xABCD),
                Told(minute: 85, kind: "vehicles", words: "camionetas", picture: 0xABCF)
            ),
            // A neighborhood, and the same words.
            (
                Told(kind: "work", words: "raid at the garment factory, they blocked the doors"),
                Told(
                    east: 500,
                    minute: 20,
                    kind: "arrest",
                    words: "redada en la fábrica de costura, bloquearon las puertas",
                    uncertainty: hood
                )
            ),
        ]
    )
    func together(first: Told, second: Told) { #expect(isAttached(second, to: first)) }

    private static let raid = "raid at the garment factory, agents blocked the doors"

    /// Told by two people who stand there.
    private func known(_ id: String = "i", east: Double = 0, kind: String = "work") -> IncidentTraits {
        IncidentTraits(
            id: id,
            reports: (0..<2).map { place in
                scene.report(
                    "\(id)\(place)",
                    east: east,
                    minute: place,
                    kind: kind,
                    words: Self.raid,
                    source: "\(id)\(place)"
                )
            }
        )
    }

    @Test(
        "Who knows only the neighborhood and says nothing against it follows what two people tell of",
        arguments: [
            (Told(minute: 6, kind: "work"), true),
            (Told(minute: 6), true),
            // A few words, one of them in common.
            (Told(minute: 6, kind: "work", words: "agents by the park, please hurry"), true),
            // And no more in common than that they are agents, where the kind is another.
            (Told(minute: 6, kind: "arrest", words: "agents by the park, please hurry"), false),
            // What sells ice cream is no agent.
            (Told(minute: 6, words: "ICE cream truck plays the same song"), false),
            // Of a kind that nobody there named, in words of its own, or half an hour later.
            (Told(minute: 6, kind: "vehicles"), false),
            (Told(minute: 6, kind: "work", words: "someone said something happened"), false),
            (Told(minute: 30, kind: "work"), false),
        ]
    )
    func follows(told: Told, attaches: Bool) throws {
        var told = told
        (told.east, told.uncertainty) = (300, Self.hood)
        let follower = report(told, "r")
        let placement = Grouping.place(follower, among: [known()])
        if case .attach(let incident, let score) = placement {
            #expect(attaches && incident == "i" && score.mayFollow && !score.agrees)
        } else {
            #expect(!attaches)
        }
        // One person's word is followed by nobody, however many tell of something else far away.
        let alone = IncidentTraits(id: "alone", reports: [known().reports[0]])
        if case .attach = Grouping.place(follower, among: [alone, known("far", east: 9_000)]) {
            Issue.record("followed one")
        }
    }

    @Test("Of two that it could follow a person decides, and one that a single person tells of is not in the way")
    func onlyOne() {
        let follower = report(Told(east: 300, minute: 6, kind: "work", uncertainty: Self.hood), "r")
        let other = known("other", east: 900)
        guard case .suggest(let suggestions) = Grouping.place(follower, among: [known(), other]) else {
            Issue.record("not suggested")
            return
        }
        #expect(Set(suggestions.map(\.incident)) == ["i", "other"])
        let single = IncidentTraits(id: "single", reports: [other.reports[0]])
        guard case .attach(let incident, _) = Grouping.place(follower, among: [known(), single]) else {
            Issue.record("not attached")
            return
        }
        #expect(incident == "i")
    }

    @Test("Who follows is no witness, and those who follow are never more than the witnesses")
    func fewFollow() {
        let index = scene.index()
        for report in known().reports { _ = index.settle(report, fresh: "i", now: report.at) }
        for number in 0..<20 {
            let told = scene.report(
                "f\(number)",
                east: 300,
                minute: 2 + number / 4,
                kind: "work",
                uncertainty: Self.hood,
                source: "follower \(number)"
            )
            _ = index.settle(told, fresh: "alone\(number)", now: told.at)
        }
        #expect(index.incident("i")?.reports.map(\.id) == ["i0", "i1", "f0", "f1"])
        #expect(index.incident("i")?.witnesses == 2)
        #expect(index.count == 19)
    }

    @Test(
        "Without a place a report follows only where nearly all of its words were said",
        arguments: [
            ("doors at the factory", true), ("the factory", false),
            ("a helicopter and soldiers at the factory, doors and windows", false),
        ]
    )
    func followsByWords(words: String, attaches: Bool) {
        let told = ReportTraits(
            id: "r",
            at: scene.noon + .minutes(6),
            kind: "work",
            words: WordSketch(words, key: scene.key)
        )
        if case .attach(_, let score) = Grouping.place(told, among: [known()]) {
            #expect(attaches && !score.agrees)
        } else {
            #expect(!attaches)
        }
        if case .attach = Grouping.place(told, among: [known(), known("far", east: 9_000)]) {
            Issue.record("two places fit")
        }
    }

    @Test("A crowd in one neighborhood is no incident, and the real ones inside find each other")
    func crowd() throws {
        let index = scene.index()
        let lines = [
            "loud music again", "my dog is lost", "is this the right number", "power is out", "test test hello",
        ]
        let real = "cinco agentes se llevaron a mi vecino de la lavandería en una camioneta blanca"
        for number in 0..<65 {
            let isReal = number % 13 == 6
            let told = scene.report(
                isReal ? "real\(number)" : "crowd\(number)",
                minute: number / 3,
                kind: "arrest",
                words: isReal ? real : "\(lines[number * 7 % 5]) \(number)",
                uncertainty: Self.hood,
                source: "person \(number)"
            )
            _ = index.settle(told, fresh: "i\(number)", now: told.at)
        }
        let homes = [6, 19, 32, 45, 58].map { index.homes(of: "real\($0)") }
        #expect(homes == Array(repeating: ["i6"], count: 5))
        let incident = try #require(index.incident("i6"))
        #expect(incident.reports.count == 5 && incident.witnesses == 5)
        // Lines of one text may stand together, and nothing else does.
        for number in 0..<65 where number % 13 != 6 {
            let home = try #require(index.homes(of: "crowd\(number)").first)
            let lines = Set(
                try #require(index.incident(home)).reports.compactMap { Int($0.id.dropFirst(5)).map { $0 * 7 % 5 } }
            )
            #expect(lines.count == 1)
        }
    }

    @Test("One text that goes round without a place is one incident, and one witness")
    func passedOn() throws {
        let index = scene.index()
        let text = "Cuidado vecinos la migra anda en camionetas blancas tocando puertas compartan"
        for number in 0..<8 {
            let words = WordSketch((number % 2 == 0 ? "" : "Fwd: ") + text, key: scene.key)
            let told = ReportTraits(
                id: "r\(number)",
                at: scene.noon + .minutes(number),
                words: words,
                source: "person \(number)"
            )
            let placement = index.place(told, now: told.at)
            if number > 0, case .attach(let incident, _) = placement {
                #expect(index.witnesses(with: told, of: incident, reports: number, independent: 1) == 1)
            }
            _ = index.settle(told, fresh: "i\(number)", now: told.at)
        }
        #expect(index.count == 1)
        let incident = try #require(index.incident("i0"))
        #expect(incident.reports.count == 8 && incident.witnesses == 1)
        #expect(Grouping.independentCount(incident.reports) == 1)
        // Another text without a place is another thing, and who stands there and says the same is somebody else.
        let other = ReportTraits(
            id: "x",
            at: scene.noon,
            words: WordSketch("agentes con rifles en mi trabajo, se llevaron a dos", key: scene.key)
        )
        if case .attach = index.place(other, now: scene.noon) { Issue.record("attached") }
    }

    @Test("Who was attached by place and time alone is no second witness")
    func bystander() throws {
        let incident = IncidentTraits(id: "i", reports: [scene.report("a", kind: "home", words: Self.doors)])
        let plain = scene.report("b", minute: 3, kind: "", source: "b")
        let score = try #require(Grouping.score(plain, against: incident))
        #expect(score.mayAttach && !score.agrees)
        var bystander = plain
        bystander.isBystander = true
        #expect(Grouping.independentCount([incident.reports[0], plain]) == 2)
        #expect(Grouping.independentCount([incident.reports[0], bystander]) == 1)
        #expect(Grouping.independentCount([bystander]) == 1)
        var both = incident
        both.add(bystander)
        #expect(both.witnesses == 1)
        let same = scene.report("c", minute: 3, kind: "home", source: "c")
        #expect(try #require(Grouping.score(same, against: incident)).agrees)
    }

    @Test("What is told hours later finds what was told then, for a day")
    func late() {
        let index = scene.index()
        let words = "masked agents took two workers from the car wash on the corner, white vans"
        func tell(_ id: String, seen: Int, sent: Int, east: Double = 0) -> Placement {
            let told = scene.report(id, east: east, minute: seen, kind: "work", words: words, source: id)
            return index.settle(told, fresh: "i\(id)", now: scene.noon + .minutes(sent))
        }
        _ = tell("a", seen: 0, sent: 180)
        _ = tell("b", seen: 2, sent: 180)
        // A minute later what is hours old stands apart.
        _ = tell("far", seen: 181, sent: 182, east: 20_000)
        #expect(index.homes(of: "a") == ["ia"])
        guard case .attach(let incident, _) = tell("c", seen: 4, sent: 183) else {
            Issue.record("not attached")
            return
        }
        #expect(incident == "ia" && index.incident("ia")?.reports.map(\.id) == ["a", "b", "c"])
        // What is seen now is another thing, and says so without looking at what was.
        _ = tell("now", seen: 190, sent: 190)
        #expect(index.homes(of: "now") == ["inow"])
        // Verbs find it too.
        index.remove("c")
        _ = tell("far2", seen: 200, sent: 200, east: 20_000)
        index.split(["b"], from: "ia", into: "split")
        #expect(index.homes(of: "b") == ["split"])
        _ = tell("far3", seen: 210, sent: 210, east: 20_000)
        index.merge("split", into: "ia")
        #expect(index.homes(of: "b") == ["ia"] && index.incident("split") == nil)
        _ = tell("far4", seen: 220, sent: 220, east: 20_000)
        #expect(index.homes(of: "b") == ["ia"])
        _ = tell("next day", seen: 1_700, sent: 1_700, east: 20_000)
        #expect(index.homes(of: "b").isEmpty)
    }
}
