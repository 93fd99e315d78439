// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@Suite("Somebody who takes several at once")
struct SeveralTests {
    /// An attorney who takes so many.
    private func attorney(_ world: World, _ name: String, capacity: Int) async throws -> Caller {
        let lin = try await world.member(named: name, [.attorney, .verifier])
        try await world.write { tx in
            try Helper.register(
                lin.person,
                at: "boyle-heights",
                skills: [(.attorney, nil), (.verifier, tx.now + .days(100))],
                languages: ["en", "es"],
                capacity: capacity,
                places: world.places,
                by: world.ruth,
                in: tx
            )
            try Availability.add(lin.person, from: tx.now, to: tx.now + .hours(12), by: world.ruth, in: tx)
        }
        return lin
    }

    @Test("is asked until they have as many as they take, and again when one is done")
    func capacity() async throws {
        let world = try await World()
        let lin = try await attorney(world, "Lin", capacity: 2)
        var incidents: [Ref<Incident>] = []
        for _ in 1...3 { incidents.append(try await world.incident()) }
        for (index, incident) in incidents.enumerated() {
            let id = try await world.dispatch(incident, role: .attorney)
            let asked = try await world.assignments(of: incident).map(\.person)
            #expect(asked == (index < 2 ? [lin.person] : []), "incident \(index)")
            guard index == 2 else { continue }
            #expect(try await world.state(of: id).shortfall?.main == .busy)
        }
        #expect(try await world.assignments(of: world.incident()).isEmpty)
        let verifying = try await world.incident()
        _ = try await world.dispatch(verifying)
        #expect(
            try await world.assignments(of: verifying).map(\.person) == [world.joao.person],
            "with two on their hands they are not sent to look"
        )
        let first = try #require(try await world.assignments(of: incidents[0]).first)
        try await world.write { tx in try Assignment.decline(first.id, by: lin, in: tx) }
        let fourth = try await world.incident()
        _ = try await world.dispatch(fourth, role: .attorney)
        #expect(try await world.assignments(of: fourth).map(\.person) == [lin.person])
    }

    @Test("keeps each offer by itself, the one that waits for an answer first")
    func own() async throws {
        let world = try await World()
        let lin = try await attorney(world, "Lin", capacity: 3)
        let incidents = [try await world.incident(), try await world.incident()]
        for incident in incidents {
            _ = try await world.dispatch(incident, role: .attorney)
            world.clock.advance(by: .seconds(1))
        }
        let newer = try #require(try await world.current(lin)).assignment
        #expect(newer.incident == incidents[1])
        try await world.accept(newer.id, by: lin)
        let older = try #require(try await world.current(lin)).assignment
        #expect(older.incident == incidents[0] && older.state == .offered)
    }

    @Test("who goes somewhere has one at a time, whatever their capacity")
    func goes() async throws {
        let world = try await World()
        _ = try await attorney(world, "Lin", capacity: 5)
        let incidents = [try await world.incident(), try await world.incident()]
        for incident in incidents { _ = try await world.dispatch(incident, wanted: 2) }
        let asked = try await world.assignments(of: incidents[0]) + world.assignments(of: incidents[1])
        #expect(asked.count == 2 && Set(asked.map(\.person)).count == 2)
    }

    @Test("is never given more than they take by dispatchers who ask at once")
    func race() async throws {
        let world = try await World()
        let lin = try await attorney(world, "Lin", capacity: 3)
        var incidents: [Ref<Incident>] = []
        for _ in 1...Racers.count(usual: 24) { incidents.append(try await world.incident()) }
        await withTaskGroup(of: Void.self) { group in
            for incident in incidents {
                group.addTask { _ = try? await world.dispatch(incident, role: .attorney) }
            }
        }
        var active = 0
        for incident in incidents {
            active += try await world.assignments(of: incident).count { $0.person == lin.person && $0.state.isActive }
        }
        #expect(active == 3)
    }

    @Test("an attorney on call who has all they take is paged after the others")
    func onCall() async throws {
        let world = try await World()
        let lin = try await attorney(world, "Lin", capacity: 1)
        let max = try await world.member(named: "Max", [.attorney])
        func call() async throws -> Ref<Incident> {
            let incident = try await world.incident()
            try await world.write { tx in
                _ = try AttorneyOnCall.call(incident, by: world.amina, timings: world.timings, in: tx)
            }
            return incident
        }
        func paged(_ incident: Ref<Incident>) async throws -> [String] {
            try await world.events(of: incident, "incident.attorney_paged").compactMap { $0.data["person"] }
        }
        var incidents: [Ref<Incident>] = []
        // Whoever is first has it; then the other's turn, whatever it is.
        for _ in 1...2 {
            let incident = try await call()
            let who = try await paged(incident)
            for caller in [lin, max] where who == [caller.person.text] {
                try await world.write { tx in
                    try Message.acknowledgeAll(about: incident.text, by: caller, in: tx)
                }
            }
            incidents.append(incident)
            world.clock.advance(by: .minutes(1))
        }
        // Turn by turn it would be Lin's or Max's; Lin has one already and takes no more.
        for _ in 1...2 {
            let incident = try await call()
            #expect(try await paged(incident) == [max.person.text])
            try await world.write { tx in try Message.acknowledgeAll(about: incident.text, by: max, in: tx) }
            world.clock.advance(by: .minutes(1))
        }
    }

    @Test("says so themselves, and a number that is none is refused")
    func says() async throws {
        let world = try await World()
        let lin = try await attorney(world, "Lin", capacity: 1)
        let place = try #require(world.places.place("boyle-heights"))
        try await world.write { tx in
            try Helper.changeOwn(place: place, radius: 5_000, languages: ["es"], capacity: 4, by: lin, in: tx)
        }
        let helper = try await world.database.read { tx in try Helper.find(lin.person, in: tx) }
        #expect(helper?.capacity == 4)
        let refusal = await #expect(throws: Refusal.self) {
            try await world.write { tx in
                try Helper.changeOwn(place: place, radius: 5_000, languages: ["es"], capacity: 21, by: lin, in: tx)
            }
        }
        #expect(refusal?.fields.keys.sorted() == ["capacity"])
    }
}
