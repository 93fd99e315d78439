// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Response
import Support
import Testing

@Suite("What an attorney on call answers")
struct AttorneyAnswerTests {
    /// Two attorneys, of whom the first was paged.
    private struct Paged {
        let world: World
        let incident: Ref<Incident>
        let first: Caller
        let second: Caller

        init() async throws {
            world = try await World()
            let pair = [
                try await world.member(named: "Lena", [.attorney]), try await world.member(named: "Max", [.attorney]),
            ]
            incident = try await world.incident(of: world.report())
            try await world.verify(incident, .seen)
            let told = try await world.told(pair[0]) == [.attorneyPaged]
            (first, second) = told ? (pair[0], pair[1]) : (pair[1], pair[0])
        }

        func page(_ caller: Caller) async throws -> Message {
            let found = try await world.database.read { [incident] tx in
                try Message.about(incident.text, in: tx).last {
                    $0.person == caller.person && $0.kind == .attorneyPaged
                }
            }
            return try #require(found)
        }

        func answer(_ answer: AskedBrief.Answer, _ caller: Caller) async throws {
            let id = try await page(caller).id
            let timings = world.timings
            try await world.write { tx in try AskedBrief.find(id, in: tx).take(answer, timings: timings, in: tx) }
            world.clock.advance(by: .milliseconds(1))
        }

        func lines() async throws -> [String] {
            try await world.database.read { [incident] tx in
                try IncidentDetail.timeline(of: incident, in: tx).map(\.kind).filter {
                    $0.hasPrefix("incident.attorney_")
                }.map { String($0.dropFirst("incident.attorney_".count)) }
            }
        }
    }

    @Test("a no pages whoever is next at once, and coordinators after the last; saying it twice is saying it once")
    func declined() async throws {
        let paged = try await Paged()
        let world = paged.world
        #expect(try await world.told(paged.second).isEmpty)
        for _ in 1...2 { try await paged.answer(.no, paged.first) }
        #expect(try await world.told(paged.first).isEmpty, "who said no is shown nothing")
        #expect(try await world.told(paged.second) == [.attorneyPaged])
        #expect(try await world.told(world.ruth).isEmpty)
        try await world.pass(.minutes(1))
        try await paged.answer(.no, paged.second)
        #expect(try await world.told(world.ruth) == [.coordinatorPaged])
        #expect(try await paged.lines() == ["paged", "declined", "paged", "declined", "missing"])
        try await world.pass(.hours(1))
        #expect(try await paged.lines().count == 5, "nobody who said no is asked again")
    }

    @Test("a no of who was asked before hurries nobody who still has time")
    func before() async throws {
        let paged = try await Paged()
        let world = paged.world
        try await world.pass(.minutes(5))
        #expect(try await world.told(paged.second) == [.attorneyPaged])
        try await paged.answer(.no, paged.first)
        #expect(try await world.told(world.ruth).isEmpty)
        try await world.pass(.minutes(5))
        #expect(try await world.told(world.ruth) == [.coordinatorPaged])
    }

    @Test("who can after all is on it; who can’t after all is not, and others are asked once more")
    func secondThoughts() async throws {
        let paged = try await Paged()
        let world = paged.world
        try await paged.answer(.no, paged.first)
        try await paged.answer(.yes, paged.first)
        #expect(try await world.told(paged.second).isEmpty, "needed no longer")
        #expect(try await paged.page(paged.first).declinedAt == nil)
        let refusal = await #expect(throws: Refusal.self) { try await paged.answer(.yes, paged.second) }
        #expect(refusal?.message.keyed.hasPrefix("response.attorney_settled|") == true)
        try await paged.answer(.no, paged.first)
        #expect(try await world.told(paged.second) == [.attorneyPaged])
        try await paged.answer(.yes, paged.second)
        #expect(
            try await paged.lines()
                == ["paged", "declined", "paged", "acknowledged", "declined", "paged", "acknowledged"]
        )
        try await world.pass(.hours(1))
        #expect(try await !world.told(world.ruth).contains(.coordinatorPaged))
    }

    @Test("where nobody is left, coordinators are told each time that somebody on it can’t after all")
    func again() async throws {
        let paged = try await Paged()
        let world = paged.world
        for caller in [paged.first, paged.second] { try await paged.answer(.no, caller) }
        for _ in 1...2 {
            #expect(try await world.told(world.ruth) == [.coordinatorPaged])
            try await paged.answer(.yes, paged.first)
            #expect(try await world.told(world.ruth).isEmpty)
            try await paged.answer(.no, paged.first)
            try await paged.answer(.no, paged.second)
        }
        #expect(try await world.told(world.ruth) == [.coordinatorPaged])
    }

    @Test("a correction ends what is asked, and an answer after it is refused")
    func corrected() async throws {
        let paged = try await Paged()
        let world = paged.world
        try await world.pass(.minutes(1))
        try await world.verify(paged.incident, .filmShoot)
        for answer in [AskedBrief.Answer.yes, .no] {
            await #expect(throws: Refusal.self) { try await paged.answer(answer, paged.first) }
        }
        #expect(try await paged.lines() == ["paged"])
    }

    @Test("of many answers at once by two, one is on it")
    func race() async throws {
        let paged = try await Paged()
        let world = paged.world
        try await world.pass(.minutes(5))
        let callers = (1...Racers.count(usual: 12)).map { $0.isMultiple(of: 2) ? paged.first : paged.second }
        let answers = await Racers.race(callers) { caller -> Bool in
            do {
                try await paged.answer(.yes, caller)
                return true
            } catch { return false }
        }
        let winners = Set(zip(callers, answers).filter(\.1).map(\.0.person))
        #expect(winners.count == 1)
        #expect(try await paged.lines().count { $0 == "acknowledged" } == 1)
    }
}
