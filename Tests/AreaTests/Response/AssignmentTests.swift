// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response
import Support
import Testing

@testable import Messaging

@Suite("An assignment")
struct AssignmentTests {
    /// João is asked to go, and says yes unless told otherwise.
    private struct Asked {
        let world: World
        let incident: Ref<Incident>
        let dispatch: Ref<Dispatch>
        let id: Ref<Assignment>

        init(accepted: Bool = true, meeting: String? = nil) async throws {
            world = try await World()
            incident = try await world.incident()
            dispatch = try await world.dispatch(incident, meeting: meeting)
            id = try #require(try await world.current(world.joao)).assignment.id
            if accepted { try await world.accept(id, by: world.joao) }
        }

        func step(_ body: @escaping @Sendable (Ref<Assignment>, Transaction) throws -> Void) async throws {
            try await world.write { [id] tx in try body(id, tx) }
        }

        var row: Assignment {
            get async throws { try await world.database.read { [id] tx in try Assignment.find(id, in: tx) } }
        }

        /// As their own page and the page behind their link say.
        var mayReturn: Bool {
            get async throws {
                try await world.database.read { [id, joao = world.joao] tx in
                    try MyAssignment.find(id, for: joao, in: tx).mayReturn && OfferBrief.find(id, in: tx).mayReturn
                }
            }
        }

        var state: Assignment.State {
            get async throws { try await world.database.read { [id] tx in try Assignment.find(id, in: tx).state } }
        }
    }

    @Test("takes a step that a phone kept while it had no signal at the time when it was taken, within reason")
    func keptSteps() async throws {
        let asked = try await Asked()
        let world = asked.world
        let (joao, timings) = (world.joao, world.timings)
        let yes = world.clock.now
        world.clock.advance(by: .minutes(40))
        let now = world.clock.now
        // Said to be before the yes: it can't be.
        try await asked.step { id, tx in
            try Assignment.arrive(id, said: now - .hours(20), by: joao, timings: timings, in: tx)
        }
        #expect(try await asked.row.arrivedAt == yes)
        #expect(try await asked.row.checkInDueAt == now, "asked at once whether they are well")
        try await asked.step { id, tx in
            try CheckIn.checkIn(id, said: now - .minutes(5), by: joao, timings: timings, in: tx)
        }
        #expect(try await asked.row.checkInDueAt == now + .minutes(10))
        try await asked.step { id, tx in
            try Assignment.done(id, said: now + .minutes(30), by: joao, in: tx)
        }
        #expect(try await asked.row.endedAt == now, "never in the future")
        let said = try await world.events(of: asked.incident, "assignment.on_scene").map { $0.data["said"] }
        #expect(said == ["\(yes.milliseconds)"])
    }

    @Test("goes from asked to done by one button that changes")
    func wholeWay() async throws {
        let asked = try await Asked(accepted: false)
        let world = asked.world
        let (joao, timings) = (world.joao, world.timings)
        var steps: [Assignment.Step] = []
        while let next = try await world.database.read({ [id = asked.id] tx in try Assignment.find(id, in: tx).next }) {
            steps.append(next)
            for _ in 1...2 {
                try await asked.step { id, tx in
                    switch next {
                    case .accept: try Assignment.accept(id, by: joao, in: tx)
                    case .onTheWay: try Assignment.onTheWay(id, by: joao, in: tx)
                    case .arrive: try Assignment.arrive(id, by: joao, timings: timings, in: tx)
                    case .done: try Assignment.done(id, by: joao, in: tx)
                    }
                }
            }
        }
        #expect(steps == [.accept, .onTheWay, .arrive, .done])
        let kinds = try await world.database.read { [incident = asked.incident] tx in
            try Event.about(incident.text, in: tx).map(\.kind).filter { $0.hasPrefix("assignment.") }
        }
        #expect(
            kinds == ["offered", "accepted", "on_the_way", "on_scene", "done"].map { "assignment.\($0)" },
            "a double tap is one step"
        )
    }

    @Test("can't be accepted a moment after the time to answer is over, job or no job")
    func tooLate() async throws {
        let asked = try await Asked(accepted: false)
        asked.world.clock.advance(by: .seconds(90))
        let refusal = await #expect(throws: Refusal.self) {
            try await asked.world.accept(asked.id, by: asked.world.joao)
        }
        #expect(refusal?.message.keyed.hasPrefix("response.offer_over|") == true)
        #expect(try await asked.world.current(asked.world.joao) == nil)
        try await asked.world.pass(.zero)
        #expect(try await asked.state == .expired)
    }

    @Test("belongs to one person: a stranger finds nothing")
    func stranger() async throws {
        let asked = try await Asked(accepted: false)
        let (world, id) = (asked.world, asked.id)
        await #expect(throws: Refusal.notFound) { try await world.accept(id, by: world.lupe) }
        await #expect(throws: Refusal.notFound) {
            try await asked.step { id, tx in try Assignment.decline(id, by: world.amina, in: tx) }
        }
        await #expect(throws: Refusal.forbidden) {
            try await asked.step { id, tx in try Assignment.callOff(id, by: world.joao, in: tx) }
        }
    }

    @Test("that is declined by everybody brings the next wave at once")
    func declined() async throws {
        let asked = try await Asked(accepted: false)
        let world = asked.world
        let next = try await world.helper(named: "Next", place: "alhambra")
        try await asked.step { id, tx in try Assignment.decline(id, by: world.joao, in: tx) }
        try await world.pass(.zero)
        #expect(try await world.assignments(of: asked.incident).map(\.person) == [world.joao.person, next.person])
        #expect(try await world.state(of: asked.dispatch).wave == 2)
    }

    @Test("that was declined by mistake is taken by one more tap, before a yes and after one")
    func afterAll() async throws {
        let asked = try await Asked(accepted: false)
        let (world, joao) = (asked.world, asked.world.joao)
        #expect(try await !asked.mayReturn, "nothing was said yet")
        for _ in 1...2 {
            try await asked.step { id, tx in try Assignment.decline(id, by: joao, in: tx) }
            #expect(try await asked.mayReturn)
            try await world.accept(asked.id, by: joao)
            #expect(try await asked.state == .accepted)
            #expect(try await asked.row.endedAt == nil)
            #expect(try await !asked.mayReturn)
            #expect(try await world.state(of: asked.dispatch).state == .filled)
            let helper = try await world.database.read { tx in try Helper.find(joao.person, in: tx) }
            #expect(helper?.asked == 1 && helper?.accepted == 1, "one question, and one yes")
        }
        await #expect(throws: Refusal.notFound) { try await world.accept(asked.id, by: world.lupe) }
    }

    @Test(
        "that was declined stays so where the second thought comes too late, and says why",
        arguments: ["enough", "offer_over", "not_needed", "elsewhere"]
    )
    func tooLateAfterAll(_ why: String) async throws {
        let asked = try await Asked(accepted: false)
        let (world, joao) = (asked.world, asked.world.joao)
        try await asked.step { id, tx in try Assignment.decline(id, by: joao, in: tx) }
        switch why {
        case "enough":
            let ana = try await world.helper(named: "Ana")
            try await world.pass(.zero)
            try await world.accept(try #require(try await world.current(ana)).assignment.id, by: ana)
        case "offer_over": world.clock.advance(by: .seconds(90))
        case "not_needed":
            try await world.write { [dispatch = asked.dispatch] tx in
                try Dispatch.stop(dispatch, by: world.amina, in: tx)
            }
        default:
            let other = try await world.dispatch(world.incident())
            #expect(try await world.current(joao)?.assignment.dispatch == other)
        }
        #expect(try await !asked.mayReturn)
        let refusal = await #expect(throws: Refusal.self) { try await world.accept(asked.id, by: joao) }
        #expect(refusal?.message.keyed.hasPrefix("response.\(why)|") == true)
        #expect(try await asked.state == .declined)
    }

    @Test("that is given up after a yes frees the place, and others are asked")
    func droppedOut() async throws {
        let asked = try await Asked()
        let world = asked.world
        #expect(try await world.state(of: asked.dispatch).state == .filled)
        let ana = try await world.helper(named: "Ana")
        try await asked.step { id, tx in try Assignment.decline(id, by: world.joao, in: tx) }
        try await world.pass(.zero)
        #expect(try await world.state(of: asked.dispatch).state == .asking)
        let offer = try #require(try await world.current(ana))
        try await world.accept(offer.assignment.id, by: ana)
        #expect(try await world.state(of: asked.dispatch).state == .filled)
    }

    @Test("whose holder was only too late to be needed is made again when somebody drops out, nearest first")
    func askedAgain() async throws {
        let asked = try await Asked(accepted: false)
        let world = asked.world
        let (ana, beto) = (try await world.helper(named: "Ana"), try await world.helper(named: "Beto"))
        try await world.write { tx in
            for helper in [ana, beto] {
                try Dispatch.ask(
                    helper.person,
                    for: asked.dispatch,
                    by: world.amina,
                    timings: world.timings,
                    places: world.places,
                    in: tx
                )
            }
        }
        func offer(_ who: Caller) async throws -> Ref<Assignment> {
            try #require(try await world.current(who)).assignment.id
        }
        let (hers, his) = (try await offer(ana), try await offer(beto))
        try await world.write { tx in try Assignment.callOff(his, by: world.amina, in: tx) }
        try await world.accept(hers, by: ana)
        #expect(try await asked.state == .calledOff)
        #expect(try await world.told(world.joao).contains(.enough))
        world.clock.advance(by: .seconds(20))
        try await world.write { tx in try Assignment.decline(hers, by: ana, in: tx) }
        try await world.pass(.zero)

        let row = try await asked.row
        #expect(row.state == .offered && row.wave == 1 && row.endedAt == nil)
        #expect(row.expiresAt == world.clock.now + .seconds(90))
        let told = try await world.told(world.joao)
        #expect(told.contains(.offer) && !told.contains(.enough))
        #expect(try await world.current(ana) == nil, "she said that she can't")
        #expect(try await world.current(beto) == nil, "he was called off by hand")
        try await world.accept(asked.id, by: world.joao)
        #expect(try await world.state(of: asked.dispatch).state == .filled)
        #expect(try await world.assignments(of: asked.incident).count == 3)
    }

    @Test("shows where to meet and who else goes only after a yes")
    func card() async throws {
        let asked = try await Asked(accepted: false, meeting: "Corner by the bakery")
        let world = asked.world
        _ = try await world.dispatch(asked.incident, role: .observer)
        let lupe = try #require(try await world.current(world.lupe)).assignment.id
        try await world.accept(lupe, by: world.lupe)
        let before = try #require(try await world.current(world.joao))
        #expect(before.meeting == nil && before.others.isEmpty && !before.isMeetingSealed)
        #expect(before.timeLeft(at: world.clock.now) == .seconds(90))
        try await world.accept(asked.id, by: world.joao)
        let after = try #require(try await world.current(world.joao))
        #expect(after.meeting == "Corner by the bakery")
        #expect(after.others.map(\.handle) == ["Lupe"])
        #expect(after.zone == "boyle-heights")
        #expect(after.next == .onTheWay)
    }

    @Test("is called off by the dispatcher, and the person is told")
    func calledOff() async throws {
        let asked = try await Asked()
        let world = asked.world
        try await world.write { [dispatch = asked.dispatch] tx in
            try Dispatch.callOff(dispatch, by: world.amina, in: tx)
            try Dispatch.callOff(dispatch, by: world.amina, in: tx)
        }
        #expect(try await asked.state == .calledOff)
        #expect(try await world.told(world.joao) == [.calledOff])
        let refusal = await #expect(throws: Refusal.self) {
            try await asked.step { id, tx in try Assignment.onTheWay(id, by: world.joao, in: tx) }
        }
        #expect(refusal?.message.keyed.hasPrefix("response.not_needed|") == true)
        #expect(try await world.events(of: asked.incident, "assignment.called_off").count == 1)
    }

    @Test("that misses a check-in asks the person, then dispatch, then a coordinator, once each")
    func missedCheckIns() async throws {
        let asked = try await Asked()
        let world = asked.world
        try await asked.step { id, tx in try Assignment.arrive(id, by: world.joao, timings: world.timings, in: tx) }
        try await world.pass(.minutes(14))
        #expect(try await world.told(world.joao).isEmpty)
        try await world.pass(.minutes(1))
        #expect(try await world.told(world.joao) == [.checkIn])
        #expect(try await world.told(world.amina).isEmpty)
        try await world.pass(.minutes(2))
        #expect(try await world.told(world.amina) == [.missedCheckIn])
        #expect(try await world.told(world.ruth).isEmpty)
        for _ in 1...2 {
            try await asked.step { id, tx in try CheckIn.due(id, timings: world.timings, in: tx) }
        }
        try await world.pass(.minutes(3))
        #expect(try await world.told(world.ruth) == [.missedCheckIn])
        #expect(try await world.told(world.amina) == [.missedCheckIn])
        #expect(
            try await world.events(of: asked.incident, "assignment.missed").map { $0.data["step"] } == ["1", "2", "3"]
        )
        let tally = try await world.database.read { tx in try Assignment.tallies(in: tx) }
        #expect(tally[asked.incident]?.overdue == 1)

        try await asked.step { id, tx in try CheckIn.checkIn(id, by: world.joao, timings: world.timings, in: tx) }
        #expect(try await world.told(world.ruth).isEmpty, "they are well: nobody needs to worry")
        try await world.pass(.minutes(15))
        #expect(try await world.told(world.joao) == [.checkIn], "the next check-in is due like the first")
    }

    @Test("that stays silent is told of three times more, then to all coordinators; who reached them ends it")
    func reached() async throws {
        let asked = try await Asked()
        let (world, joao) = (asked.world, asked.world.joao)
        func reach(_ caller: Caller) async throws {
            try await asked.step { id, tx in try CheckIn.reached(id, by: caller, timings: world.timings, in: tx) }
        }
        try await asked.step { id, tx in try Assignment.arrive(id, by: joao, timings: world.timings, in: tx) }
        let early = await #expect(throws: Refusal.self) { try await reach(world.amina) }
        #expect(early?.message.keyed.hasPrefix("response.reached_already|") == true, "nobody waits for them yet")
        for minutes in [15, 2, 3] { try await world.pass(.minutes(minutes)) }
        func steps() async throws -> [String?] {
            try await world.events(of: asked.incident, "assignment.missed").map { $0.data["step"] }
        }
        for told in ["4", "5", "6", "7", "7"] {
            try await world.pass(.minutes(5))
            #expect(try await steps().last == told)
            for one in [world.ruth, world.amina] { #expect(try await world.told(one) == [.missedCheckIn]) }
        }
        await #expect(throws: Refusal.self) { try await reach(joao) }
        try await reach(world.amina)
        for one in [world.ruth, world.amina] { #expect(try await world.told(one).isEmpty) }
        let second = await #expect(throws: Refusal.self) { try await reach(world.amina) }
        #expect(second?.message.keyed.hasPrefix("response.reached_already|") == true)
        let said = try await world.events(of: asked.incident, "assignment.checked_in")
        #expect(said.map(\.actor) == [world.amina.person.text])
        try await world.pass(.minutes(15))
        #expect(try await world.told(joao) == [.checkIn], "the next check-in is due like the first")
    }

    @Test("that misses a check-in is rung once, where they proved a telephone; one key says that they are well")
    func rung() async throws {
        let asked = try await Asked()
        let (world, keys, joao) = (asked.world, asked.world.keys, asked.world.joao)
        try await world.carryCalls()
        try await world.prove("+13235550077", of: joao)
        try await asked.step { id, tx in try Assignment.arrive(id, by: joao, timings: world.timings, in: tx) }
        try await world.pass(.minutes(15))
        #expect(try await world.parcels(by: .voice).isEmpty, "they are asked by message first")
        try await world.pass(.minutes(2))
        try await world.pass(.minutes(1))
        let call = try #require(try await world.parcels(by: .voice).first)
        #expect(try await world.parcels(by: .voice).count == 1 && call.address == "+13235550077")
        let link = try #require(call.link)
        #expect(link.hasPrefix("https://v.example/hooks/voice/well?lang="))
        let token = String(try #require(link.split(separator: "=").last))
        func well(_ token: String) async throws -> Bool {
            try await world.database.write { tx in
                try CheckIn.well(token, timings: world.timings, keys: keys, in: tx)
            }
        }
        #expect(try await !well((token.hasPrefix("B") ? "C" : "B") + token.dropFirst()))
        #expect(try await world.told(world.amina) == [.missedCheckIn])
        #expect(try await well(token))
        #expect(try await world.told(world.amina).isEmpty, "they are well: nobody needs to worry")
        try await world.pass(.minutes(15))
        #expect(try await world.told(joao) == [.checkIn], "the next check-in is due like the first")
        try await asked.step { id, tx in try Assignment.done(id, by: joao, in: tx) }
        #expect(try await !well(token))
    }

    @Test("catches up with every step when the server was away")
    func lateJob() async throws {
        let asked = try await Asked()
        let world = asked.world
        try await asked.step { id, tx in try Assignment.arrive(id, by: world.joao, timings: world.timings, in: tx) }
        try await world.pass(.hours(1))
        #expect(try await world.told(world.joao) == [.checkIn])
        #expect(try await world.told(world.amina) == [.missedCheckIn])
        #expect(try await world.told(world.ruth) == [.missedCheckIn])
    }

    @Test("that ended is not looked for any more")
    func endedIsQuiet() async throws {
        let asked = try await Asked()
        let world = asked.world
        try await asked.step { id, tx in
            try Assignment.arrive(id, by: world.joao, timings: world.timings, in: tx)
            try Assignment.done(id, by: world.joao, in: tx)
        }
        try await world.pass(.hours(1))
        #expect(try await world.told(world.joao) == [.howAreYou], "and nothing else")
        #expect(try await world.events(of: asked.incident, "assignment.missed").isEmpty)
    }

    @Test("never stores how far somebody is from an exact place")
    func distances() async throws {
        let world = try await World()
        let incident = try await world.incident()
        let exact = try #require(Point(latitude: 34.0471, longitude: -118.2013))
        _ = try await world.write { tx in
            try Dispatch.open(
                incident,
                role: .verifier,
                wanted: 1,
                near: exact,
                by: world.amina,
                timings: world.timings,
                places: world.places,
                in: tx
            )
        }
        let offers = try await world.assignments(of: incident)
        #expect(offers.map(\.distance) == [500], "measured between the middles of neighborhoods")
        #expect(offers.first?.reasons.contains(.sameNeighborhood) == true)
    }

    @Test("a card says who else is asked for at the incident, without who reads it; the record says in which language")
    func more() async throws {
        let world = try await World()
        let incident = try await world.incident()
        _ = try await world.dispatch(incident)
        let mine = try #require(try await world.current(world.joao))
        #expect(mine.more == 0 && mine.others.isEmpty, "only he is asked for")
        _ = try await world.dispatch(incident, role: .observer, wanted: 2, language: "es")
        #expect(try await world.current(world.joao)?.more == 2)
        let opened = try await world.events(of: incident, "dispatch.opened")
        #expect(opened.map { $0.data["language"] } == [nil, "es"])
        try await world.accept(mine.assignment.id, by: world.joao)
        #expect(try await world.current(world.joao)?.more == 2, "his own place is filled")
        let hers = try #require(try await world.current(world.lupe))
        #expect(hers.more == 1)
        try await world.accept(hers.assignment.id, by: world.lupe)
        #expect(try await world.current(world.joao)?.more == 1)
    }
}
