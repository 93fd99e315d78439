// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing
import Vault

/// What these tests do over and over.
extension World {
    /// Somebody is sent, goes, and is home again.
    fileprivate func mission(_ person: Caller, _ incident: Ref<Incident>, role: Skill = .verifier) async throws {
        _ = try await dispatch(incident, role: role)
        let offer = try #require(await current(person)).assignment.id
        let timings = timings
        try await write { tx in
            try Assignment.accept(offer, by: person, in: tx)
            try Assignment.arrive(offer, by: person, timings: timings, in: tx)
            try Assignment.done(offer, by: person, in: tx)
        }
    }

    fileprivate func check(_ person: Caller) async throws -> CareCheck? {
        try await database.read { tx in try CareCheck.waiting(for: person, in: tx).first }
    }

    fileprivate func answered(by carer: Caller) async throws -> [CareCheck] {
        try await database.read { tx in try CareCheck.answered(by: carer, in: tx) }
    }
}

@Suite("How are you?")
struct CareTests {
    @Test("is asked after a mission, and the words and the wish for a call reach only those who care")
    func answered() async throws {
        let world = try await World()
        try await world.mission(world.joao, world.incident())
        #expect(try await world.told(world.joao) == [.howAreYou])
        let check = try #require(try await world.check(world.joao))
        #expect(check.cause == .mission)
        let words = "I keep seeing the children."
        try await world.write { tx in
            try CareCheck.answer(check.id, words: words, wantsCall: true, by: world.joao, in: tx)
        }
        #expect(try await world.told(world.joao).isEmpty)
        #expect(try await world.told(world.ruth) == [.callWanted])
        #expect(try await world.told(world.amina).isEmpty, "a dispatcher does not hear of it")
        await #expect(throws: Refusal.forbidden) { _ = try await world.answered(by: world.amina) }
        let shown = try #require(try await world.answered(by: world.ruth).first)
        #expect(shown.waitsForCall && shown.person == world.joao.person)
        #expect(shown.words(for: world.ruth)?.content?.text == words)
        #expect(shown.words(for: world.joao)?.content?.text == words)
        #expect(shown.words(for: world.amina) == .notForYou)
        #expect(shown.words(for: world.ruth.withoutKeys) == .locked)

        await #expect(throws: Refusal.forbidden) {
            try await world.write { tx in try CareCheck.noteCalled(check.id, by: world.joao, in: tx) }
        }
        for _ in 1...2 {
            try await world.write { tx in try CareCheck.noteCalled(check.id, by: world.ruth, in: tx) }
        }
        #expect(try await world.told(world.ruth).isEmpty)
        #expect(try await world.answered(by: world.ruth).first?.waitsForCall == false)
    }

    @Test("can be left unanswered or declined, and then nobody sees that it was")
    func declined() async throws {
        let world = try await World()
        try await world.mission(world.joao, world.incident())
        let check = try #require(try await world.check(world.joao))
        await #expect(throws: Refusal.notFound, "somebody else's") {
            try await world.write { tx in try CareCheck.decline(check.id, by: world.lupe, in: tx) }
        }
        let empty = await #expect(throws: Refusal.self) {
            try await world.write { tx in try CareCheck.answer(check.id, words: "  ", by: world.joao, in: tx) }
        }
        #expect(empty?.fields.keys.sorted() == ["words"])
        let newest = try await world.database.read { tx in try Event.newest(in: tx) }
        try await world.write { tx in try CareCheck.decline(check.id, by: world.joao, in: tx) }
        #expect(try await world.told(world.joao).isEmpty)
        #expect(try await world.check(world.joao) == nil)
        #expect(try await world.answered(by: world.ruth).isEmpty)
        let said = try await world.database.read { tx in try Event.after(newest, limit: 10, in: tx) }
        #expect(said.isEmpty, "no event says that somebody would rather not")
    }

    @Test("lets them rest at once: they are not asked to go, and the rest is never cut short")
    func rest() async throws {
        let world = try await World()
        try await world.mission(world.joao, world.incident())
        let check = try #require(try await world.check(world.joao))
        world.clock.advance(by: world.timings.missionRest)
        let need = Need(.verifier, at: world.clock.now, count: 1, within: 50_000, roles: [.verifier])
        func found() async throws -> Match.Result {
            try await world.database.read { tx in try HelperIndex.nearest(need, load: [:], in: tx) }
        }
        #expect(try await found().choices.map(\.person) == [world.joao.person])
        try await world.write { tx in
            try CareCheck.answer(check.id, words: nil, rest: .week, by: world.joao, in: tx)
        }
        #expect(try await found().shortfall?.main == .resting)
        try await world.write { tx in
            try CareCheck.answer(check.id, words: nil, rest: .day, by: world.joao, in: tx)
        }
        let helper = try await world.database.read { tx in try Helper.find(world.joao.person, in: tx) }
        #expect(helper?.pausedUntil == world.clock.now + .days(7))
        #expect(try await world.answered(by: world.ruth).isEmpty, "a rest alone is nobody's business")
    }

    @Test("who comes home rests as long as they were there, and is asked before only where they say so")
    func restAfterMission() async throws {
        let world = try await World()
        func found(_ wait: Duration) async throws -> Match.Result {
            try await world.database.read { tx in
                let need = Need(.verifier, at: tx.now + wait, count: 1, within: 50_000, roles: [.verifier])
                return try HelperIndex.nearest(need, load: [:], in: tx)
            }
        }
        try await world.mission(world.joao, world.incident())
        #expect(try await found(.minutes(29)).shortfall?.counts["resting"] == 1)
        #expect(try await found(.minutes(30)).choices.map(\.person) == [world.joao.person])
        await #expect(throws: Refusal.forbidden) {
            try await world.write { tx in try Helper.resume(world.joao.person, by: world.lupe, in: tx) }
        }
        try await world.write { tx in try Helper.resume(world.joao.person, by: world.ruth, in: tx) }
        #expect(try await found(.zero).choices.isEmpty, "a coordinator does not say it for them")
        try await world.write { tx in try Helper.resume(world.joao.person, by: world.joao, in: tx) }
        #expect(try await found(.zero).choices.map(\.person) == [world.joao.person])

        // Six hours there, and called off.
        let (incident, timings) = (try await world.incident(at: "boyle-heights"), world.timings)
        _ = try await world.dispatch(incident)
        let offer = try #require(try await world.current(world.joao)).assignment.id
        try await world.write { tx in
            try Assignment.accept(offer, by: world.joao, in: tx)
            try Assignment.arrive(offer, by: world.joao, timings: timings, in: tx)
        }
        world.clock.advance(by: .hours(6))
        try await world.write { tx in try Assignment.callOff(offer, by: world.amina, in: tx) }
        let helper = try await world.database.read { tx in try Helper.find(world.joao.person, in: tx) }
        #expect(helper?.restsUntil == world.clock.now + .hours(6))
        #expect(timings.rest(after: .hours(20)) == timings.shiftRest)
    }

    @Test("nobody rests from an exercise, nor who was called off on the way")
    func noRest() async throws {
        let world = try await World()
        try await world.volunteer([world.joao])
        try await world.mission(world.joao, world.incident(of: world.report(world.filing(isExercise: true))))
        _ = try await world.dispatch(world.incident())
        let offer = try #require(try await world.current(world.joao)).assignment.id
        try await world.write { tx in
            try Assignment.accept(offer, by: world.joao, in: tx)
            try Assignment.callOff(offer, by: world.amina, in: tx)
        }
        let helper = try await world.database.read { tx in try Helper.find(world.joao.person, in: tx) }
        #expect(helper?.restsUntil == nil)
    }

    @Test("is asked of everybody who had to do with something hard, once, and of nobody after an exercise")
    func hard() async throws {
        let world = try await World()
        let incident = try await world.incident()
        try await world.mission(world.joao, incident)
        _ = try await world.dispatch(incident, role: .observer)
        let offer = try #require(try await world.current(world.lupe)).assignment.id
        try await world.write { tx in try Assignment.decline(offer, by: world.lupe, in: tx) }
        await #expect(throws: Refusal.forbidden) {
            try await world.write { tx in try CareCheck.askEverybody(of: incident, by: world.joao, in: tx) }
        }
        for _ in 1...2 {
            try await world.write { tx in try CareCheck.askEverybody(of: incident, by: world.amina, in: tx) }
        }
        #expect(try await world.told(world.joao) == [.careOffered], "the same question, said anew")
        #expect(try await world.check(world.joao)?.cause == .hard)
        #expect(try await world.told(world.amina) == [.careOffered], "who led it is asked too")
        #expect(try await world.told(world.lupe).isEmpty, "she said no, and was not there")
        #expect(try await world.told(world.ruth).isEmpty)

        let drill = try await world.incident(of: world.report(world.filing(isExercise: true)))
        await #expect(throws: Refusal.self) {
            try await world.write { tx in try CareCheck.askEverybody(of: drill, by: world.amina, in: tx) }
        }
        try await world.write { tx in try Exercise.volunteer(true, by: world.joao, in: tx) }
        world.clock.advance(by: world.timings.missionRest)
        try await world.mission(world.joao, drill)
        #expect(try await world.told(world.joao) == [.careOffered])
    }

    @Test("is asked of who worked on it before six hundred other steps")
    func longStory() async throws {
        let world = try await World()
        let incident = try await world.incident()
        try await world.write { tx in
            try Incident.startVerifying(incident, by: world.amina, in: tx)
            for _ in 0..<600 {
                try tx.record(Event("incident.grew", subject: incident.text))
            }
            try CareCheck.askEverybody(of: incident, by: world.ruth, in: tx)
        }
        #expect(try await world.told(world.amina) == [.careOffered])
    }

    @Test("is offered with a rest to who served more than the limits, by the hours they served")
    func load() async throws {
        let world = try await World()
        func serve(_ length: Duration) async throws {
            let id = try await world.write { tx in
                let end = tx.now + .hours(11)
                let id = try Shift.plan(world.joao.person, as: .verifier, from: tx.now, to: end, by: world.joao, in: tx)
                try Shift.start(id, by: world.joao, in: tx)
                try CommTest.answer(id, by: world.joao, in: tx)
                return id
            }
            world.clock.advance(by: length)
            try await world.write { tx in try Shift.end(id, by: world.joao, in: tx) }
        }
        try await serve(.hours(11))
        #expect(try await world.told(world.joao).isEmpty, "that was within the limits")
        world.clock.advance(by: .hours(20))
        try await serve(.hours(13))
        #expect(try await world.told(world.joao) == [.careOffered], "an hour more than planned, and than the limit")
        #expect(try await world.check(world.joao)?.cause == .load)
    }

    @Test("goes after thirty days with its key, and stays while somebody waits for a call")
    func kept() async throws {
        let world = try await World()
        let incident = try await world.incident()
        try await world.mission(world.joao, incident)
        try await world.write { tx in try CareCheck.askEverybody(of: incident, by: world.amina, in: tx) }
        for (person, wantsCall) in [(world.joao, true), (world.amina, false)] {
            let check = try #require(try await world.check(person))
            try await world.write { tx in
                try CareCheck.answer(check.id, words: "Tired", wantsCall: wantsCall, by: person, in: tx)
            }
        }
        world.clock.advance(by: .days(31))
        try await world.write { tx in try Retention.purgeRecords(in: tx) }
        #expect(try await world.answered(by: world.ruth).map(\.person) == [world.joao.person])
        let due = try await world.database.read { tx in try tx.count("SELECT count(*) FROM shred_due") }
        #expect(due >= 1, "her words can't be opened in a backup either")
        let id = try #require(try await world.answered(by: world.ruth).first).id
        try await world.write { tx in try CareCheck.noteCalled(id, by: world.ruth, in: tx) }
        world.clock.advance(by: .days(31))
        try await world.write { tx in try Retention.purgeRecords(in: tx) }
        #expect(try await world.database.read { tx in try tx.count("SELECT count(*) FROM care_checks") } == 0)
    }
}

@Suite("Talking it over")
struct DebriefTests {
    private func call(_ world: World, _ id: Ref<Incident>, _ place: String? = "The library, room 2") async throws {
        try await world.write { tx in
            try DebriefMeeting.call(id, at: tx.now + .days(1), place: place, by: world.amina, in: tx)
        }
    }

    private func meeting(_ world: World, _ id: Ref<Incident>, for caller: Caller) async throws -> DebriefMeeting {
        try await world.database.read { tx in try DebriefMeeting.find(id, for: caller, in: tx) }
    }

    @Test("asks whoever was there, who say whether they come; the place is sealed, and who came is forgotten")
    func called() async throws {
        let world = try await World()
        let incident = try await world.incident()
        try await world.mission(world.joao, incident)
        await #expect(throws: Refusal.self, "not while it goes on") { try await call(world, incident) }
        try await world.verify(incident, .filmShoot)
        await #expect(throws: Refusal.forbidden) {
            try await world.write { tx in
                try DebriefMeeting.call(incident, at: tx.now + .days(1), place: nil, by: world.joao, in: tx)
            }
        }
        let late = await #expect(throws: Refusal.self) {
            try await world.write { tx in
                try DebriefMeeting.call(incident, at: tx.now + .days(20), place: nil, by: world.amina, in: tx)
            }
        }
        #expect(late?.fields.keys.sorted() == ["meets"])
        try await call(world, incident)
        #expect(try await world.told(world.joao).contains(.debriefCalled))
        #expect(try await !world.told(world.lupe).contains(.debriefCalled))
        await #expect(throws: Refusal.notFound) { _ = try await meeting(world, incident, for: world.lupe) }
        try await world.write { tx in try DebriefMeeting.answer(incident, comes: true, by: world.joao, in: tx) }
        let seen = try await meeting(world, incident, for: world.joao)
        #expect(seen.coming == 2 && seen.guests[world.joao.person] == true)
        #expect(seen.place(for: world.joao) == "The library, room 2")
        #expect(seen.place(for: world.joao.withoutKeys) == nil)
        try await call(world, incident, nil)
        #expect(try await meeting(world, incident, for: world.joao).coming == 1, "a new time is asked anew")
        world.clock.advance(by: .days(9))
        try await world.write { tx in try Retention.purgeRecords(in: tx) }
        #expect(try await meeting(world, incident, for: world.amina).guests.isEmpty)
    }

    @Test("of a drill says that it is of a drill; of a real incident it does not", arguments: [true, false])
    func marked(_ isExercise: Bool) async throws {
        let world = try await World()
        let incident = try await world.incident(of: world.report(world.filing(isExercise: isExercise)))
        try await world.write { tx in try Exercise.volunteer(true, by: world.joao, in: tx) }
        try await world.mission(world.joao, incident)
        try await world.verify(incident, .filmShoot)
        try await call(world, incident)
        let asked = try await world.database.read { tx in
            try Message.about(incident.text, in: tx).filter { $0.kind == .debriefCalled }
        }
        #expect(asked.map(\.isExercise) == [isExercise])
    }

    @Test("keeps what was learned with the incident's record, and refuses the names of whoever was there")
    func learned() async throws {
        let world = try await World()
        let incident = try await world.incident()
        try await world.mission(world.joao, incident)
        try await world.verify(incident, .filmShoot)
        func write(_ learned: String) async throws {
            try await world.write { tx in
                try AfterAction.write(.init(learned: learned), of: incident, by: world.amina, in: tx)
            }
        }
        let refusal = await #expect(throws: Refusal.self) { try await write("João should park farther away.") }
        #expect(refusal?.fields["learned"]?.arguments["name"] == "João")
        try await write("Park farther away, and Ruthless haste helps nobody.")
        let detail = try await world.database.read { tx in
            try IncidentDetail.load(incident, by: world.amina, in: tx)
        }
        #expect(detail.afterAction?.words.content?.learned?.hasPrefix("Park farther") == true)
    }
}
