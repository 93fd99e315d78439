// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response
import Support
import Testing

@Suite("A race for the places of a dispatch")
struct DispatchRaceTests {
    @Test("has as many winners as places, of all who say yes at once")
    func twoHundred() async throws {
        let world = try await World()
        let count = Racers.count(usual: 200)
        let others = try await Racers.race(Array(2...count)) { try await world.helper(named: "Helper \($0)") }
        let helpers = [world.joao] + others
        let incident = try await world.incident()
        let id = try await world.dispatch(incident, wanted: 7)
        let asked = Set(try await world.assignments(of: incident).map(\.person))
        #expect(asked.count == 21)
        let rest = helpers.map(\.person).filter { !asked.contains($0) }
        try await world.write { tx in
            for person in rest {
                try Dispatch.ask(
                    person,
                    for: id,
                    by: world.amina,
                    timings: world.timings,
                    places: world.places,
                    in: tx
                )
            }
        }
        let offers = Dictionary(
            uniqueKeysWithValues: try await world.assignments(of: incident).map { ($0.person, $0.id) }
        )
        #expect(offers.count == count)

        let start = ContinuousClock.now
        let answers = await Racers.race(helpers) { helper -> Refusal? in
            guard let offer = offers[helper.person] else { return .storage }
            do {
                try await world.accept(offer, by: helper)
                return nil
            } catch {
                return error as? Refusal ?? .storage
            }
        }
        Racers.note("dispatch", tries: count, winners: answers.count { $0 == nil }, since: start)
        #expect(answers.count == count)
        #expect(answers.count { $0 == nil } == 7)
        let refusals = answers.compactMap(\.self)
        #expect(refusals.allSatisfy { $0.kind == .conflict && $0.message.keyed.hasPrefix("response.enough|") })

        let states = try await world.assignments(of: incident).map(\.state)
        #expect(states.count { $0 == .accepted } == 7)
        #expect(states.count { $0 == .calledOff } == count - 7)
        #expect(try await world.state(of: id).state == .filled)
        #expect(try await world.events(of: incident, "assignment.accepted").count == 7)
        #expect(try await world.events(of: incident, "dispatch.filled").count == 1)
    }

    @Test("has as many winners when all who said no can after all, at once")
    func allReturn() async throws {
        let world = try await World()
        let others = try await Racers.race(Array(2...6)) { try await world.helper(named: "Helper \($0)") }
        let helpers = [world.joao] + others
        let incident = try await world.incident()
        let id = try await world.dispatch(incident, wanted: 2)
        let offers = Dictionary(
            uniqueKeysWithValues: try await world.assignments(of: incident).map { ($0.person, $0.id) }
        )
        #expect(offers.count == 6)
        for helper in helpers {
            let offer = try #require(offers[helper.person])
            try await world.write { tx in try Assignment.decline(offer, by: helper, in: tx) }
        }
        let refusals = await Racers.race(helpers) { helper -> Refusal? in
            guard let offer = offers[helper.person] else { return .storage }
            do {
                try await world.accept(offer, by: helper)
                return nil
            } catch {
                return error as? Refusal ?? .storage
            }
        }.compactMap(\.self)
        #expect(refusals.count == 4)
        #expect(refusals.allSatisfy { $0.message.keyed.hasPrefix("response.enough|") })
        let states = try await world.assignments(of: incident).map(\.state)
        #expect(states.count { $0 == .accepted } == 2 && states.count { $0 == .declined } == 4)
        #expect(try await world.state(of: id).state == .filled)
        #expect(try await world.events(of: incident, "dispatch.filled").count == 1)
    }

    @Test("gives a place once to somebody who taps many times")
    func impatient() async throws {
        let world = try await World()
        let incident = try await world.incident()
        _ = try await world.dispatch(incident)
        let offer = try #require(try await world.current(world.joao)).assignment.id
        let taps = Racers.count(usual: 20)
        let start = ContinuousClock.now
        let taken = await Racers.race(Array(1...taps)) { _ in
            (try? await world.accept(offer, by: world.joao)) != nil
        }
        let events = try await world.events(of: incident, "assignment.accepted").count
        Racers.note("offer", tries: taps, winners: events, since: start)
        #expect(taken.count { $0 } == taps, "saying yes again is no error")
        #expect(events == 1)
    }
}
