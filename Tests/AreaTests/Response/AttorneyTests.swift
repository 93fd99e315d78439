// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@Suite("The attorney on call")
struct AttorneyTests {
    private static func confirmed(_ world: World, isExercise: Bool = false) async throws -> Ref<Incident> {
        let id = try await world.incident(of: world.report(world.filing(isExercise: isExercise)))
        try await world.verify(id, .seen)
        return id
    }

    private static func onShift(_ caller: Caller, _ world: World) async throws {
        try await world.write { tx in
            let end = tx.now + .hours(8)
            let shift = try Shift.plan(caller.person, as: .attorney, from: tx.now, to: end, by: caller, in: tx)
            try Shift.start(shift, by: caller, in: tx)
            try CommTest.answer(shift, by: caller, in: tx)
        }
    }

    /// The pages that stand, by whom.
    private static func paged(_ id: Ref<Incident>, _ world: World) async throws -> [Ref<Person>] {
        try await world.database.read { tx in
            try Message.about(id.text, in: tx).filter { $0.kind == .attorneyPaged && $0.expiresAt > tx.now }.map(
                \.person
            )
        }
    }

    private static func acknowledge(_ id: Ref<Incident>, by caller: Caller, _ world: World) async throws {
        try await world.write { tx in
            let page = try Message.about(id.text, in: tx).last {
                $0.person == caller.person && $0.kind == .attorneyPaged
            }
            try Message.acknowledge(try #require(page).id, by: caller, in: tx)
        }
    }

    @Test("is paged when an incident is confirmed, not before, and once")
    func pagedOnce() async throws {
        let world = try await World()
        let lena = try await world.member(named: "Lena", [.attorney])
        let id = try await world.incident(of: world.report())
        try await world.verify(id, .pictured)
        #expect(try await world.told(lena).isEmpty)
        try await world.verify(id, .pictured, by: world.ruth)
        #expect(try await world.told(lena) == [.attorneyPaged])
        try await world.verify(id, .seen)
        #expect(try await world.told(lena) == [.attorneyPaged])
        #expect(try await world.told(world.ruth).isEmpty)
        let event = try #require(await world.events(of: id, "incident.attorney_paged").first)
        #expect(event.data["person"] == lena.person.text)
    }

    @Test("who is on shift is paged, one at a time, then who isn't; then coordinators are told, once")
    func chain() async throws {
        let world = try await World()
        let off = try await world.member(named: "Off", [.attorney])
        let pair = [
            try await world.member(named: "Lena", [.attorney]), try await world.member(named: "Max", [.attorney]),
        ].sorted { $0.person.text < $1.person.text }
        for one in pair { try await Self.onShift(one, world) }
        let id = try await Self.confirmed(world)
        #expect(try await Self.paged(id, world) == [pair[0].person])
        try await world.pass(.minutes(4))
        #expect(try await world.told(pair[1]).isEmpty)
        try await world.pass(.minutes(1))
        #expect(try await Self.paged(id, world) == pair.map(\.person))
        #expect(try await world.events(of: id, "incident.attorney_missing").isEmpty)
        #expect(try await world.told(off).isEmpty)
        try await world.pass(.minutes(5))
        #expect(try await Self.paged(id, world) == pair.map(\.person) + [off.person])
        #expect(try await world.told(world.ruth).isEmpty)
        try await world.pass(.minutes(5))
        #expect(try await world.told(world.ruth) == [.coordinatorPaged])
        let missing = try await world.database.read { tx in
            try Message.unread(for: world.ruth.person, in: tx).map { try $0.matter(in: tx)?.missing.map(\.role) }
        }
        #expect(missing == [[.attorney]])
        let said = try await world.database.read { tx in
            try Message.unread(for: world.ruth.person, in: tx).map { $0.words(Words(language: .english)) }
        }
        #expect(said == ["No attorney could be found. We need your help."], "told apart on a locked telephone")
        let timings = world.timings
        for _ in 1...3 { try await world.write { tx in try AttorneyOnCall.next(id, timings: timings, in: tx) } }
        #expect(try await world.events(of: id, "incident.attorney_missing").map { $0.data["paged"] } == ["1"])
        #expect(try await world.told(world.ruth) == [.coordinatorPaged])
    }

    @Test("a job that runs early or twice pages nobody else")
    func idempotent() async throws {
        let world = try await World()
        for name in ["Lena", "Max"] { _ = try await world.member(named: name, [.attorney]) }
        let id = try await Self.confirmed(world)
        let timings = world.timings
        for _ in 1...3 { try await world.write { tx in try AttorneyOnCall.next(id, timings: timings, in: tx) } }
        #expect(try await Self.paged(id, world).count == 1)
        world.clock.advance(by: .minutes(5))
        for _ in 1...3 { try await world.write { tx in try AttorneyOnCall.next(id, timings: timings, in: tx) } }
        #expect(try await Self.paged(id, world).count == 2)
    }

    @Test("who acknowledges stands on the timeline; the others are let alone, and nobody else is paged")
    func acknowledged() async throws {
        let world = try await World()
        let pair = [
            try await world.member(named: "Lena", [.attorney]), try await world.member(named: "Max", [.attorney]),
        ].sorted { $0.person.text < $1.person.text }
        _ = try await world.member(named: "Third", [.attorney])
        for one in pair { try await Self.onShift(one, world) }
        let id = try await Self.confirmed(world)
        try await world.pass(.minutes(5))
        try await Self.acknowledge(id, by: pair[1], world)
        try await Self.acknowledge(id, by: pair[1], world)
        let events = try await world.events(of: id, "incident.attorney_acknowledged")
        #expect(events.map(\.actor) == [pair[1].person.text])
        #expect(try await world.told(pair[0]).isEmpty)
        try await world.pass(.hours(1))
        #expect(try await world.events(of: id, "incident.attorney_missing").isEmpty)
        #expect(try await world.events(of: id, "incident.attorney_paged").count == 2)
        let amina = world.amina
        let detail = try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
        #expect(Set(pair.map(\.person)).isSubset(of: Set(detail.handles.keys)))
    }

    @Test("who answers late ends what coordinators were told, and no more of their page", arguments: [false, true])
    func late(isBeside: Bool) async throws {
        let world = try await World()
        let lena = try await world.member(named: "Lena", [.attorney])
        let id = try await Self.confirmed(world)
        if isBeside { _ = try await world.dispatch(id, role: .driver) }
        try await world.pass(.minutes(6))
        func missing() async throws -> [[Skill]] {
            try await world.database.read { tx in
                try Message.unread(for: world.ruth.person, in: tx).map {
                    try $0.matter(in: tx)?.missing.map(\.role) ?? []
                }
            }
        }
        #expect(try await missing() == [isBeside ? [.driver, .attorney] : [.attorney]])
        try await Self.acknowledge(id, by: lena, world)
        #expect(try await missing() == (isBeside ? [[.driver]] : []))
    }

    @Test("it is the turn of whoever was left alone longest; an exercise changes no turn")
    func turns() async throws {
        let world = try await World()
        let pair = [
            try await world.member(named: "Lena", [.attorney]), try await world.member(named: "Max", [.attorney]),
        ].sorted { $0.person.text < $1.person.text }
        try await world.volunteer(pair)
        var turns: [Ref<Person>] = []
        for isExercise in [false, true, false] {
            let id = try await Self.confirmed(world, isExercise: isExercise)
            let first = try #require(await Self.paged(id, world).first)
            let caller = try #require(pair.first { $0.person == first })
            try await Self.acknowledge(id, by: caller, world)
            let amina = world.amina
            try await world.write { tx in
                try Incident.over(id, by: amina, in: tx)
                try Incident.close(id, by: amina, in: tx)
            }
            turns.append(first)
            try await world.pass(.hours(3))
        }
        #expect(turns == [pair[0].person, pair[0].person, pair[1].person])
    }

    @Test("a correction calls them off, and a new confirmation asks anew")
    func corrected() async throws {
        let world = try await World()
        let lena = try await world.member(named: "Lena", [.attorney])
        let id = try await Self.confirmed(world)
        try await world.pass(.minutes(1))
        try await world.verify(id, .filmShoot)
        #expect(try await world.told(lena).isEmpty)
        try await world.pass(.minutes(10))
        #expect(try await world.told(world.ruth).isEmpty)
        try await world.verify(id, .seen)
        #expect(try await world.told(lena) == [.attorneyPaged])
        #expect(try await world.events(of: id, "incident.attorney_paged").count == 2)
    }

    @Test("without any attorney, coordinators know at once; a dispatch that fills does not hide it")
    func nobody() async throws {
        let world = try await World()
        let id = try await Self.confirmed(world)
        #expect(try await world.told(world.ruth) == [.coordinatorPaged])
        #expect(try await world.events(of: id, "incident.attorney_missing").count == 1)
        world.clock.advance(by: .minutes(1))
        try await world.verify(id, .seen)
        #expect(try await world.told(world.ruth) == [.coordinatorPaged], "confirmed again is not confirmed anew")
        _ = try await world.dispatch(id)
        let offer = try #require(await world.current(world.joao))
        try await world.accept(offer.assignment.id, by: world.joao)
        #expect(try await world.told(world.ruth) == [.coordinatorPaged])
    }

    @Test("of an incident that was merged, answers for the one it is part of")
    func merged() async throws {
        let world = try await World()
        let pair = [
            try await world.member(named: "Lena", [.attorney]), try await world.member(named: "Max", [.attorney]),
        ]
        let id = try await Self.confirmed(world)
        let other = try await world.incident(at: "pacoima")
        let amina = world.amina
        try await world.verify(other, .seen)
        let paged = try await Self.paged(id, world)
        let caller = try #require(pair.first { paged.contains($0.person) })
        try await world.write { tx in try Incident.merge(id, into: other, by: amina, in: tx) }
        try await Self.acknowledge(id, by: caller, world)
        try await world.pass(.minutes(6))
        #expect(try await world.told(world.ruth).isEmpty)
        let timeline = try await world.database.read { tx in try IncidentDetail.timeline(of: other, in: tx) }
        #expect(timeline.filter { $0.kind == "incident.attorney_acknowledged" }.count == 1)
        #expect(!timeline.contains { $0.kind == "incident.attorney_missing" })
    }
}
