// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response
import Support
import Testing

/// What is learned of somebody from how their offers ended, and what becomes of it.
@Suite("A helper's own history")
struct HistoryTests {
    private func helper(_ caller: Caller, _ world: World) async throws -> Helper {
        try #require(try await world.database.read { tx in try Helper.find(caller.person, in: tx) })
    }

    @Test("counts a yes, a no and an offer that ran out, and nothing that was withdrawn")
    func counted() async throws {
        let world = try await World()
        let beto = try await world.helper(named: "Beto")
        let (joao, timings) = (world.joao, world.timings)

        // Both are asked; one goes, and the other hears that enough do.
        let first = try await world.incident()
        _ = try await world.dispatch(first)
        let offer = try #require(try await world.current(joao)).assignment.id
        try await world.accept(offer, by: joao)
        #expect(try await world.current(beto) == nil)
        #expect(try await helper(joao, world).asked == 1)
        #expect(try await helper(joao, world).accepted == 1)
        #expect(try await helper(beto, world).asked == 0, "nobody gave them the time to answer")
        #expect(try await helper(beto, world).lastAskedAt == world.clock.now, "and it was their turn all the same")
        try await world.write { tx in
            try Assignment.arrive(offer, by: joao, timings: timings, in: tx)
            try Assignment.done(offer, by: joao, in: tx)
        }
        world.clock.advance(by: timings.missionRest)

        let second = try await world.incident()
        let asking = try await world.dispatch(second)
        let no = try #require(try await world.current(joao)).assignment.id
        try await world.write { tx in try Assignment.decline(no, by: joao, in: tx) }
        #expect(try await helper(joao, world).asked == 2)
        #expect(try await helper(joao, world).accepted == 1)
        world.clock.advance(by: timings.offerLife)
        try await world.write { tx in try Dispatch.expireOffers(asking, in: tx) }
        #expect(try await helper(beto, world).asked == 1)
        #expect(try await helper(beto, world).accepted == 0)
        try await world.write { tx in try Dispatch.stop(asking, by: world.amina, in: tx) }

        // A yes that is taken back is none.
        let third = try await world.incident()
        _ = try await world.dispatch(third)
        let mine = try #require(try await world.current(joao)).assignment.id
        try await world.accept(mine, by: joao)
        #expect(try await helper(joao, world).accepted == 2)
        try await world.write { tx in try Assignment.decline(mine, by: joao, in: tx) }
        #expect(try await helper(joao, world).asked == 3)
        #expect(try await helper(joao, world).accepted == 1)
    }

    @Test("makes a wave larger where those asked always say no, and not where others were quicker")
    func predicts() async throws {
        let world = try await World()
        var people = [world.joao]
        for name in ["Ana", "Beto", "Chava", "Dora", "Eli"] { people.append(try await world.helper(named: name)) }
        let everybody = people.map(\.person)
        @Sendable func asked() async throws -> Int {
            let incident = try await world.incident()
            let id = try await world.dispatch(incident)
            let count = try await world.assignments(of: incident).count
            try await world.write { tx in try Dispatch.stop(id, by: world.amina, in: tx) }
            return count
        }
        #expect(try await asked() == 3)
        for _ in 1...10 { #expect(try await asked() == 3, "withdrawn, and no worse for it") }
        try await world.write { tx in
            for person in everybody {
                for _ in 1...10 { try Helper.noteOutcome(person, saidYes: false, in: tx) }
            }
        }
        #expect(try await asked() == 6, "one in thirteen says yes: everybody there is asked")
        try await world.write { tx in
            for person in everybody {
                for _ in 1...40 { try Helper.noteOutcome(person, saidYes: true, in: tx) }
            }
        }
        #expect(try await asked() == 2)
    }

    @Test("over three weeks everybody nearby is asked as often, whatever they said before")
    func weeks() async throws {
        let world = try await World()
        var people = [world.joao]
        for number in 1...8 { people.append(try await world.helper(named: "Helper \(number)")) }
        let callers = people
        try await world.write { tx in
            for caller in callers {
                try Availability.setWeek(caller.person, WeeklyHours(0..<WeeklyHours.count), by: caller, in: tx)
            }
        }
        let (never, slow, timings) = (people[1], people[2], world.timings)
        var counts = Dictionary(uniqueKeysWithValues: people.map { ($0.person, 0) })
        for _ in 1...42 {
            let incident = try await world.incident()
            let dispatch = try await world.dispatch(incident)
            var offers = try await world.assignments(of: incident).filter { $0.state == .offered }
            if let no = offers.first(where: { $0.person == never.person }) {
                try await world.write { tx in try Assignment.decline(no.id, by: never, in: tx) }
                offers = try await world.assignments(of: incident).filter { $0.state == .offered }
            }
            let willing = offers.filter { $0.person != slow.person }
            if let yes = willing.first(where: { $0.person == world.joao.person }) ?? willing.first,
                let caller = people.first(where: { $0.person == yes.person })
            {
                try await world.write { tx in
                    try Assignment.accept(yes.id, by: caller, in: tx)
                    try Assignment.arrive(yes.id, by: caller, timings: timings, in: tx)
                    try Assignment.done(yes.id, by: caller, in: tx)
                }
            } else {
                try await world.write { tx in try Dispatch.stop(dispatch, by: world.amina, in: tx) }
            }
            for assignment in try await world.assignments(of: incident) { counts[assignment.person, default: 0] += 1 }
            world.clock.advance(by: .hours(12))
        }
        let most = try #require(counts.values.max())
        let least = try #require(counts.values.min())
        #expect(least >= 6 && most - least <= 3, "\(counts.values.sorted())")
        #expect(try await helper(never, world).accepted == 0)
        #expect(try await helper(never, world).yesRate < 0.1)
        #expect(try await helper(slow, world).yesRate > 0.3, "was never the first, and never said no")
        #expect(try await helper(world.joao, world).yesRate > 0.5)
    }
}
