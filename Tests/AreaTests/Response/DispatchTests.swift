// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@Suite("A dispatch")
struct DispatchTests {
    @Test("asks three for each one wanted, the nearest, and tells each once")
    func firstWave() async throws {
        let world = try await World()
        for name in ["Ana", "Beto", "Chava"] { _ = try await world.helper(named: name) }
        _ = try await world.helper(named: "Far", place: "alhambra")
        let incident = try await world.incident()
        let id = try await world.dispatch(incident)
        let offers = try await world.assignments(of: incident)
        #expect(offers.count == 3)
        #expect(
            offers.allSatisfy { $0.state == .offered && $0.wave == 1 && $0.expiresAt == world.clock.now + .seconds(90) }
        )
        #expect(offers.allSatisfy { $0.reasons.contains(.certified) && $0.distance == 500 })
        let dispatch = try await world.state(of: id)
        #expect(dispatch.state == .asking)
        #expect(dispatch.nextWaveAt == world.clock.now + .minutes(2))
        for offer in offers {
            let told = try await world.database.read { tx in try Message.about(offer.id.text, in: tx) }
            #expect(told.map(\.person) == [offer.person])
        }
    }

    @Test("widens at two and at five minutes, and pages coordinators at eight")
    func waves() async throws {
        let world = try await World()
        let near = try await world.helper(named: "Near", place: "alhambra")
        let far = try await world.helper(named: "Far", place: "pasadena")
        _ = try await world.helper(named: "Beyond", place: "pomona")
        let incident = try await world.incident()
        let id = try await world.dispatch(incident, wanted: 2)
        var offers = try await world.assignments(of: incident)
        #expect(offers.map(\.person) == [world.joao.person])
        #expect(try await world.state(of: id).shortfall?.count(.tooFar) == 3)

        try await world.pass(.seconds(91))
        #expect(try await world.assignments(of: incident).map(\.state) == [.expired])
        #expect(try await world.state(of: id).wave == 1, "the schedule holds")

        try await world.pass(.seconds(29))
        offers = try await world.assignments(of: incident)
        #expect(offers.map(\.person) == [world.joao.person, near.person])
        #expect(offers.last?.wave == 2)
        #expect(offers.last?.distance == 8_500)

        try await world.pass(.minutes(3))
        offers = try await world.assignments(of: incident)
        #expect(offers.map(\.person) == [world.joao, near, far].map(\.person))
        #expect(try await world.told(world.ruth).isEmpty)

        try await world.pass(.minutes(3))
        let dispatch = try await world.state(of: id)
        #expect(dispatch.state == .exhausted)
        #expect(dispatch.shortfall?.words.isEmpty == false)
        #expect(try await world.told(world.ruth) == [.coordinatorPaged])
        #expect(try await world.assignments(of: incident).allSatisfy { $0.state == .expired })
        #expect(try await world.events(of: incident, "dispatch.wave").map { $0.data["wave"] } == ["1", "2", "3"])
        #expect(try await world.events(of: incident, "dispatch.exhausted").count == 1)
    }

    @Test("widens at once when nobody is there to ask, and pages at once when nobody is anywhere")
    func nobody() async throws {
        let world = try await World()
        try await world.write { tx in
            try Helper.pause(world.joao.person, until: tx.now + .hours(1), by: world.joao, in: tx)
        }
        let far = try await world.helper(named: "Far", place: "pasadena")
        let incident = try await world.incident()
        let first = try await world.dispatch(incident)
        #expect(try await world.state(of: first).wave == 3)
        #expect(try await world.assignments(of: incident).map(\.person) == [far.person])

        let other = try await world.incident()
        let second = try await world.dispatch(other)
        #expect(try await world.state(of: second).state == .exhausted)
        #expect(try await world.state(of: second).shortfall?.main == .busy)
        #expect(try await world.told(world.ruth) == [.coordinatorPaged])
    }

    @Test("that is filled takes back its own call for a coordinator, and no other's")
    func ownPage() async throws {
        let world = try await World()
        let incident = try await world.incident()
        let nobody = try await world.dispatch(incident, role: .observer, language: "km")
        #expect(try await world.state(of: nobody).state == .exhausted)
        #expect(try await world.told(world.ruth) == [.coordinatorPaged])
        let far = try await world.dispatch(incident, language: "ko")
        func missing() async throws -> [[Skill]] {
            try await world.database.read { tx in
                try Message.unread(for: world.ruth.person, in: tx).map {
                    try $0.matter(in: tx)?.missing.map(\.role) ?? []
                }
            }
        }
        #expect(try await missing() == [[.observer, .verifier]], "she didn't look yet: both in one")
        let offer = try await world.write { tx in
            try Dispatch.ask(
                world.joao.person,
                for: far,
                by: world.amina,
                timings: world.timings,
                places: world.places,
                in: tx
            )
        }
        try await world.accept(offer, by: world.joao)
        #expect(try await world.state(of: far).state == .filled)
        #expect(try await missing() == [[.observer]], "nobody speaks Khmer still")
    }

    @Test("asks only those with the role, a current certificate, the language and a shift")
    func onlyTheAble() async throws {
        let world = try await World()
        let interpreter = try await world.helper(named: "Maya", languages: ["quc", "es"])
        let incident = try await world.incident()
        _ = try await world.dispatch(incident, language: "quc")
        #expect(try await world.assignments(of: incident).map(\.person) == [interpreter.person])

        world.clock.advance(by: .hours(13))
        let tomorrow = try await world.incident()
        let id = try await world.dispatch(tomorrow)
        #expect(try await world.assignments(of: tomorrow).isEmpty)
        #expect(try await world.state(of: id).shortfall?.main == .offShift)

        world.clock.advance(by: .days(366))
        try await world.write { tx in
            let now = tx.now
            try Availability.add(world.joao.person, from: now, to: now + .hours(1), by: world.joao, in: tx)
        }
        let late = try await world.incident()
        let expired = try await world.dispatch(late)
        #expect(try await world.assignments(of: late).isEmpty)
        #expect(try await world.state(of: expired).shortfall?.main == .certificateExpired)
    }

    @Test("asks nobody whose shift ended without the index hearing of it")
    func lastWord() async throws {
        let world = try await World()
        let need = Need(.verifier, at: world.clock.now, count: 1, within: 50_000, roles: [.verifier])
        let person = world.joao.person
        func found() async throws -> [Ref<Person>] {
            try await world.database.read { tx in try HelperIndex.nearest(need, load: [:], in: tx) }.choices.map(
                \.person
            )
        }
        #expect(try await found() == [person])
        try await world.write { tx in _ = try tx.run("DELETE FROM availabilities WHERE person = \(person)") }
        #expect(try await found() == [person], "as on another node, for a moment")
        let incident = try await world.incident()
        _ = try await world.dispatch(incident)
        #expect(try await world.assignments(of: incident).isEmpty)
    }

    @Test(
        "takes a language code for nothing but letters, digits and hyphens",
        arguments: [
            "e", "es\u{0}", "e<b>", "español", "ES", "es mx", "\u{0435}\u{0441}", "abcdefghijklm",
        ]
    )
    func language(_ code: String) async throws {
        let world = try await World()
        let incident = try await world.incident()
        let refusal = try await #require(throws: Refusal.self) { try await world.dispatch(incident, language: code) }
        #expect(Array(refusal.fields.keys) == ["language"])
    }

    @Test("never asks somebody who lost the role, though they hold the certificate")
    func roleAndSkill() async throws {
        let world = try await World()
        try await world.write { tx in
            try Person.changeRoles(world.joao.person, to: [.communicator], by: world.ruth, in: tx)
        }
        let incident = try await world.incident()
        _ = try await world.dispatch(incident)
        #expect(try await world.assignments(of: incident).isEmpty)
    }

    @Test("is opened once, when two dispatchers take the same step")
    func twoDispatchers() async throws {
        let world = try await World()
        let incident = try await world.incident()
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for caller in [world.amina, world.ruth, world.amina, world.ruth] {
                group.addTask { (try? await world.dispatch(incident, by: caller)) != nil }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter(\.self).count == 1)
        #expect(try await world.assignments(of: incident).count == 1)
    }

    @Test("never asks one person for two incidents at a time")
    func onePersonOnce() async throws {
        let world = try await World()
        for index in 1...5 { _ = try await world.helper(named: "Helper \(index)") }
        var incidents: [Ref<Incident>] = []
        for _ in 1...4 { incidents.append(try await world.incident()) }
        await withTaskGroup(of: Void.self) { group in
            for incident in incidents { group.addTask { _ = try? await world.dispatch(incident) } }
        }
        var people: [Ref<Person>] = []
        for incident in incidents { people += try await world.assignments(of: incident).map(\.person) }
        #expect(people.count == 6, "everybody was asked")
        #expect(Set(people).count == 6, "nobody twice")
        let incident = try #require(incidents.first { _ in true })
        let id = try #require(try await world.database.read { tx in try Dispatch.all(of: incident, in: tx).first?.id })
        await #expect(throws: Refusal.self) {
            try await world.write { tx in
                try Dispatch.ask(
                    world.joao.person,
                    for: id,
                    by: world.amina,
                    timings: world.timings,
                    places: world.places,
                    in: tx
                )
            }
        }
    }

    @Test("bears every job twice, early and late")
    func idempotent() async throws {
        let world = try await World()
        for index in 1...3 { _ = try await world.helper(named: "Helper \(index)") }
        let incident = try await world.incident()
        let id = try await world.dispatch(incident)
        func runEverything() async throws {
            for _ in 1...3 {
                try await world.write { tx in
                    try Dispatch.nextWave(id, timings: world.timings, places: world.places, in: tx)
                    try Dispatch.expireOffers(id, in: tx)
                }
            }
        }
        try await runEverything()
        #expect(try await world.assignments(of: incident).count == 3)
        world.clock.advance(by: .hours(2))
        try await runEverything()
        #expect(try await world.state(of: id).wave == 2, "a late job takes one step, and gives people time")
        #expect(try await world.assignments(of: incident).count == 4)
        #expect(try await world.events(of: incident, "assignment.expired").count == 3)
    }

    @Test("asks somebody again whose last offer ran out, though no job has ended it yet")
    func staleOffer() async throws {
        let world = try await World()
        let (one, other) = (try await world.incident(), try await world.incident())
        _ = try await world.dispatch(one)
        world.clock.advance(by: .seconds(90))
        _ = try await world.dispatch(other)
        #expect(try await world.assignments(of: one).map(\.state) == [.expired])
        #expect(try await world.assignments(of: other).map(\.person) == [world.joao.person])
    }

    @Test("stops by itself when there is nothing to go to")
    func settled() async throws {
        let world = try await World()
        let incident = try await world.incident()
        let id = try await world.dispatch(incident)
        let offer = try #require(try await world.current(world.joao))
        _ = try await world.write { tx in
            try tx.run("UPDATE incidents SET state = 'answered', truth = 'unfounded' WHERE id = \(incident)")
        }
        await #expect(throws: Refusal.self) { try await world.accept(offer.assignment.id, by: world.joao) }
        try await world.pass(.minutes(2))
        #expect(try await world.state(of: id).state == .stopped)
        await #expect(throws: Refusal.self) { _ = try await world.dispatch(incident) }
    }

    @Test("is refused to those who may not, and with a word beside what can't be taken")
    func refused() async throws {
        let world = try await World()
        let incident = try await world.incident()
        await #expect(throws: Refusal.forbidden) { _ = try await world.dispatch(incident, by: world.joao) }
        let long = String(repeating: "a", count: 201)
        let refusal = await #expect(throws: Refusal.self) {
            _ = try await world.dispatch(incident, role: .dispatcher, wanted: 21, language: "x", meeting: long)
        }
        #expect(Set((refusal?.fields ?? [:]).keys) == ["role", "wanted", "language", "meeting"])
    }

    @Test("follows its incident into another")
    func merged() async throws {
        let world = try await World()
        _ = try await world.helper(named: "Ana")
        let (one, other) = (try await world.incident(), try await world.incident())
        let first = try await world.dispatch(one, role: .observer)
        let second = try await world.dispatch(other)
        _ = try await world.write { tx in
            try Dispatch.moveAll(from: other, to: one, actor: world.amina.person, in: tx)
        }
        #expect(try await world.state(of: second).incident == one)
        #expect(try await world.state(of: first).state == .asking)
        #expect(try await world.assignments(of: one).count == 3)
        #expect(try await world.assignments(of: other).isEmpty)
    }
}
