// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@Suite("The score of a drill")
struct DrillScoreTests {
    private static func step(_ kind: DrillScore.Kind, _ entry: DrillScore.Entry?) throws -> DrillScore.Step {
        try #require(entry?.steps.first { $0.kind == kind })
    }

    @Test("holds each step against the clock of the procedure, and counts people without a name")
    func clock() async throws {
        let world = try await World()
        let lena = try await world.member(named: "Lena", [.attorney])
        try await world.volunteer([world.joao, world.lupe, lena, world.amina])
        let id = try await world.drill()
        try await world.pass(.seconds(70))
        let incident = try #require(try await world.board().toVerify.first).id
        let (amina, timings) = (world.amina, world.timings)
        try await world.pass(.seconds(100))
        try await world.write { tx in try Incident.startVerifying(incident, by: amina, in: tx) }
        try await world.pass(.seconds(100))
        let there = try await world.helper(named: "Near", place: "fashion-district")
        let far = try await world.helper(named: "Too", place: "fashion-district")
        try await world.volunteer([there, far])
        _ = try await world.dispatch(incident)
        try await world.pass(.seconds(30))
        let offer = try #require(try await world.current(there)).assignment.id
        let other = try #require(try await world.current(far)).assignment.id
        try await world.write { tx in try Assignment.decline(other, by: far, in: tx) }
        try await world.accept(offer, by: there)
        try await world.write { tx in try Assignment.arrive(offer, by: there, timings: timings, in: tx) }
        try await world.verify(incident, .seen)
        try await world.pass(.minutes(4))
        try await world.write { tx in
            let page = try Message.unread(for: lena.person, in: tx).first { $0.kind == .attorneyPaged }
            try Message.acknowledge(try #require(page).id, by: lena, in: tx)
        }
        try await world.pass(.minutes(20))
        try await world.stopDrill()

        let score = try #require(try await world.exercise(id).score)
        let entry = score.incidents.first { $0.key == "fire-inspection" }
        let triage = try Self.step(.triage, entry)
        #expect(triage.took == 100 && triage.goal == 120 && triage.isMet == true)
        let sent = try Self.step(.dispatch, entry)
        #expect(sent.took == 200 && sent.goal == 180 && sent.isMet == false)
        let quorum = try Self.step(.quorum, entry)
        #expect(quorum.took == 30 && quorum.goal == 480 && quorum.isMet == true)
        let attorney = try Self.step(.attorney, entry)
        #expect(attorney.took == 240 && attorney.goal == 300 && attorney.isMet == true)
        let checkIn = try Self.step(.checkIn, entry)
        #expect(checkIn.took == 1_440 && checkIn.goal == 900 && checkIn.isMet == false)
        let review = try Self.step(.review, entry)
        #expect(review.took == 1_440 && review.isMet == true)
        #expect(entry?.people.asked == 3 && entry?.people.yes == 1 && entry?.people.declined == 1)
        #expect(entry?.people.missed == 1)
        #expect(entry?.found == "confirmed" && entry?.expected == "not_enforcement" && entry?.isAsExpected == false)
        // Nobody looked at what came in since.
        let others = score.incidents.filter { $0.key != "fire-inspection" }
        #expect(!others.isEmpty)
        #expect(others.allSatisfy { entry in entry.steps.contains { $0.kind == .triage && $0.took == nil } })
        #expect(score.total.met < score.total.of)
        let words = String(describing: score)
        for name in ["Near", "Too", "Lena", there.person.text, far.person.text] { #expect(!words.contains(name)) }
    }

    @Test("of a play of the cast is in life's time, however quick it was, and says how quickly reports were taken")
    func cast() async throws {
        let world = try await World()
        try await world.volunteer([world.amina, world.ruth, world.joao])
        let clock = world.clock
        let drill = Drill(
            try Scenario.load("\(World.content)/drills/ordinary-evening.yaml").multiplied(by: 3),
            intake: world.intake,
            timings: world.timings.divided(by: 4),
            speed: 4,
            cast: { [world.amina, world.ruth, world.joao] },
            pause: { duration in
                clock.advance(by: duration)
                while try await world.worker.runDue() > 0 {}
            }
        )
        let outcome = try await drill.playOut()
        #expect(outcome.load.taken == 58 * 3 && outcome.load.refused == 0)
        #expect(outcome.load.percentile(1) >= outcome.load.percentile(0.5))
        #expect(outcome.results.first { $0.incident == "film-shoot" }?.reports == 90)
        let tow = try #require(outcome.score.incidents.first { $0.key == "tow-trucks" })
        let triage = try Self.step(.triage, tow)
        #expect(triage.took == 160 && triage.goal == 120 && triage.isMet == false, "from 24:20 to 27:00")
        let id = try await world.write { tx in
            try Exercise.note("x.yaml", speed: 4, size: 3, from: tx.now - .hours(1), outcome.score, in: tx)
        }
        let kept = try await world.exercise(id)
        #expect(kept.people == .cast && kept.speed == 4 && kept.score == outcome.score)
    }

    private func first(_ world: World) async throws -> Ref<Incident> {
        try await world.pass(.seconds(70))
        return try #require(try await world.board().toVerify.first).id
    }

    private func entry(_ id: Ref<Exercise>, _ world: World) async throws -> DrillScore.Entry? {
        try await world.stopDrill()
        return try #require(try await world.exercise(id).score).incidents.first { $0.key == "fire-inspection" }
    }

    @Test("holds it against us that nobody was found, and gives nothing for a correction that nobody needed")
    func nothingForFree() async throws {
        let world = try await World()
        try await world.volunteer([world.amina])
        let id = try await world.drill()
        let incident = try await first(world)
        _ = try await world.dispatch(incident)
        try await world.pass(.minutes(9))
        try await world.verify(incident, Verification.Finding(.unfounded, level: .structured, how: .callBack))
        let entry = try await entry(id, world)
        let quorum = try Self.step(.quorum, entry)
        #expect(quorum.took == nil && quorum.isMet == false)
        let answer = try Self.step(.answer, entry)
        #expect(answer.took == 540 && answer.goal == nil && answer.isMet == nil)
        #expect(entry?.steps.contains { $0.kind == .correction || $0.kind == .alert } == false)
        let total = try #require(try await world.exercise(id).score).total
        #expect(total.middle["answer"] == 540)
    }

    @Test(
        "holds it against us that nobody was sent, also when an answer came later; an answer before that needs nobody"
    )
    func nobodySent() async throws {
        for (wait, isLate) in [(Duration.minutes(4), true), (.seconds(30), false)] {
            let world = try await World()
            let id = try await world.drill()
            let incident = try await first(world)
            try await world.pass(wait)
            try await world.verify(incident, Verification.Finding(.unfounded, level: .structured, how: .callBack))
            let steps = try await entry(id, world)?.steps.filter { $0.kind == .dispatch } ?? []
            #expect(steps.map(\.isMet) == (isLate ? [false] : []))
        }
    }

    @Test("counts nothing for those who were asked until nobody was needed any more")
    func notNeeded() async throws {
        let world = try await World()
        let near = try await world.helper(named: "Near", place: "fashion-district")
        try await world.volunteer([world.amina, near])
        let id = try await world.drill()
        let incident = try await first(world)
        _ = try await world.dispatch(incident)
        try await world.pass(.seconds(30))
        try await world.verify(incident, Verification.Finding(.unfounded, level: .structured, how: .callBack))
        let entry = try await entry(id, world)
        #expect(entry?.people.asked == 1 && entry?.steps.contains { $0.kind == .quorum } == false)
    }

    @Test("measures the alert of two people, and holds its correction against the clock")
    func told() async throws {
        let room = try await Newsroom()
        let world = room.world
        try await world.volunteer([world.amina, world.ruth, room.carmen])
        let id = try await world.drill()
        let incident = try await first(world)
        try await world.verify(incident, .seen)
        try await world.pass(.minutes(3))
        _ = try await room.sent(incident)
        try await world.pass(.minutes(4))
        try await world.verify(incident, .filmShoot)
        let entry = try await entry(id, world)
        let alert = try Self.step(.alert, entry)
        #expect(alert.took == 180 && alert.goal == nil && alert.isMet == nil)
        let correction = try Self.step(.correction, entry)
        #expect(correction.took == 0 && correction.goal == 300 && correction.isMet == true)
    }
}
