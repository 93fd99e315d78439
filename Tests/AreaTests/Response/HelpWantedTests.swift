// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

/// What these tests do over and over.
extension World {
    /// A member who can do something from now on for half a day.
    fileprivate func able(
        _ name: String,
        _ skills: [Skill],
        roles: Set<Role> = [.navigator],
        languages: Set<String> = ["en", "es"],
        at place: String = "boyle-heights",
        capacity: Int = 1
    ) async throws -> Caller {
        let caller = try await member(named: name, roles)
        try await write { [self] tx in
            try Helper.register(
                caller.person,
                at: place,
                skills: skills.map { ($0, nil) },
                languages: languages,
                radius: 60_000,
                capacity: capacity,
                places: places,
                by: ruth,
                in: tx
            )
            try Availability.add(caller.person, from: tx.now, to: tx.now + .hours(12), by: ruth, in: tx)
        }
        return caller
    }

    fileprivate func best(_ wanted: HelpWanted, by caller: Caller? = nil) async throws -> Match.Result {
        try await database.read { [self] tx in try wanted.best(by: caller ?? ruth, in: tx) }
    }
}

@Suite("Somebody is wanted for what is no dispatch")
struct HelpWantedTests {
    @Test("a mentor, a ride and a driver who interprets are found by skill, language, place and hour")
    func found() async throws {
        let world = try await World()
        let (mentor, ride) = (try #require(Skill(rawValue: "mentor")), try #require(Skill(rawValue: "ride")))
        let far = try await world.able("Far", [ride], at: "pacoima")
        let near = try await world.able("Near", [ride, mentor])
        let both = try await world.able("Both", [.driver, .interpreter], languages: ["km", "en"])
        _ = try await world.able("Drives", [.driver])
        let point = try #require(world.places.place("boyle-heights")).center

        #expect(try await world.best(HelpWanted(ride, near: point)).choices.map(\.person) == [near, far].map(\.person))
        #expect(try await world.best(HelpWanted(mentor)).choices.map(\.person) == [near.person])
        let khmer = HelpWanted(.driver, also: [.interpreter], language: "km", near: point)
        let found = try await world.best(khmer)
        #expect(found.choices.map(\.person) == [both.person])
        #expect(found.choices.first?.reasons.contains(.speaks(language: "km")) == true)
        #expect(found.shortfall?.count(.withoutSkill) ?? 0 > 0)

        let tomorrow = HelpWanted(mentor, at: world.clock.now + .days(1))
        #expect(try await world.best(tomorrow).shortfall?.main == .offShift)
        try await world.write { tx in
            try Helper.pause(near.person, until: tx.now + .hours(2), by: near, in: tx)
        }
        #expect(try await world.best(HelpWanted(mentor)).shortfall?.main == .resting)
        #expect(try await world.best(HelpWanted(mentor, at: world.clock.now + .hours(3))).shortfall?.found == 1)
        #expect(try await world.told(near).isEmpty, "nobody is asked by looking")
    }

    @Test("only who sends people looks, and for a time that is to come")
    func refused() async throws {
        let world = try await World()
        await #expect(throws: Refusal.forbidden) { _ = try await world.best(HelpWanted(.driver), by: world.joao) }
        let late = HelpWanted(.driver, at: world.clock.now - .days(1))
        let refusal = await #expect(throws: Refusal.self) { _ = try await world.best(late) }
        #expect(refusal?.fields.keys.sorted() == ["at"])
    }

    @Test("who is out is busy for the hour to come, and home for tomorrow's need")
    func out() async throws {
        let world = try await World()
        _ = try await world.dispatch(world.incident())
        try await world.accept(#require(try await world.current(world.joao)).assignment.id, by: world.joao)
        #expect(try await world.best(HelpWanted(.verifier)).shortfall?.main == .busy)
        let later = HelpWanted(.verifier, at: world.clock.now + .hours(11))
        #expect(try await world.best(later).choices.map(\.person) == [world.joao.person])
    }

    @Test("an attorney who speaks the reporters' language is paged first, one who rests last")
    func attorney() async throws {
        let world = try await World()
        let english = try await world.able("English", [.attorney], roles: [.attorney], languages: ["en"])
        let spanish = try await world.able("Spanish", [.attorney], roles: [.attorney], languages: ["en", "es"])
        let unlisted = try await world.member(named: "Unlisted", [.attorney])
        func first(_ words: String) async throws -> [Ref<Person>] {
            let filing = ReportFiling(
                kind: "vehicles",
                words: words,
                whereabouts: Whereabouts(place: "boyle-heights"),
                language: "es"
            )
            let id = try await world.incident(of: world.report(filing))
            try await world.verify(id, .seen)
            let paged = try await world.events(of: id, "incident.attorney_paged").compactMap { $0.data["person"] }
            try await world.write { tx in
                try Message.acknowledgeAll(about: id.text, by: spanish, in: tx)
                try Incident.over(id, by: world.amina, in: tx)
                try Incident.close(id, by: world.amina, in: tx)
            }
            world.clock.advance(by: .hours(2))
            return paged.compactMap { Ref<Person>($0) }
        }
        #expect(try await first("Dos camionetas") == [spanish.person])
        #expect(try await first("Otra vez") == [spanish.person], "no turns where one alone understands them")
        try await world.write { tx in
            for one in [spanish, english] { try Helper.pause(one.person, until: tx.now + .days(1), by: one, in: tx) }
        }
        #expect(try await first("Y otra") == [unlisted.person])
    }

    @Test("who asked for a call is called by a counselor in their language, else by a comforter; nobody is told")
    func call() async throws {
        let world = try await World()
        let counselor = try await world.able("Counselor", [.counselor], languages: ["en"])
        let comforter = try await world.able("Comforter", [.comforter], languages: ["en"])
        let other = try await world.able("Other", [.counselor], languages: ["ko"])
        _ = try await world.dispatch(world.incident())
        let offer = try #require(try await world.current(world.joao)).assignment.id
        try await world.write { tx in
            try Assignment.accept(offer, by: world.joao, in: tx)
            try Assignment.arrive(offer, by: world.joao, timings: world.timings, in: tx)
            try Assignment.done(offer, by: world.joao, in: tx)
            let check = try #require(try CareCheck.waiting(for: world.joao, in: tx).first)
            try CareCheck.answer(check.id, words: nil, wantsCall: true, by: world.joao, in: tx)
        }
        func listeners(by caller: Caller) async throws -> [[Ref<Person>]] {
            try await world.database.read { tx in
                let checks = try CareCheck.answered(by: caller, in: tx)
                return try CareCheck.listeners(for: checks, by: caller, in: tx).values.map { $0.map(\.person) }
            }
        }
        let asked = try await listeners(by: world.ruth)
        #expect(asked == [[counselor, comforter, other].map(\.person)])
        #expect(try await world.told(counselor).isEmpty)
        await #expect(throws: Refusal.forbidden) { _ = try await listeners(by: world.amina) }
    }
}
