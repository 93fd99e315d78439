// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response
import Support
import Testing

@Suite("Separate witnesses")
struct WitnessTests {
    private func merge(_ other: Ref<Incident>, into id: Ref<Incident>, _ world: World) async throws {
        try await world.write { tx in try Incident.merge(other, into: id, by: world.amina, in: tx) }
    }

    private func split(_ receipts: [Intake.Receipt], from id: Ref<Incident>, _ world: World) async throws
        -> Ref<Incident>
    {
        try await world.write { tx in try Incident.split(receipts.map(\.report), from: id, by: world.amina, in: tx) }
    }

    private func film(_ world: World, at place: Whereabouts, from source: String) async throws -> Intake.Receipt {
        var filing = world.filing(at: place, from: source)
        filing.files = try await world.files(World.photo(7))
        return try await world.report(filing)
    }

    @Test("the same forwarded film in two incidents is one witness when they are merged")
    func film() async throws {
        let world = try await World()
        let first = try await world.incident(of: film(world, at: World.hollenbeck, from: "a"))
        let second = try await world.incident(of: film(world, at: World.pacoima, from: "b"))
        #expect(first != second)
        try await merge(second, into: first, world)
        let card = try await world.card(first)
        #expect(card.reports == 2 && card.independent == 1)
        #expect(card.level == .supported, "a film supports by itself")
    }

    @Test("a sound supports no more than its words do: only what can be seen counts by itself")
    func sound() async throws {
        let world = try await World()
        var filing = world.filing(from: "a")
        filing.files = try await world.files(Array("OggS".utf8) + Array(repeating: 1, count: 200))
        let first = try await world.report(filing)
        let id = try await world.incident(of: first)
        #expect(try await world.card(id).level == .single)
        // And counted anew.
        let second = try await world.report(world.filing(from: "b"))
        _ = try await split([second], from: id, world)
        #expect(try await world.card(id).reports == 1)
        #expect(try await world.card(id).level == .single)
    }

    @Test("what only begins as a picture supports nothing, also when it is counted anew")
    func unreadable() async throws {
        let world = try await World()
        var filing = world.filing(from: "a")
        filing.files = try await world.files(World.photo(7))
        filing.files.all.first?.noteUnseen()
        let id = try await world.incident(of: world.report(filing))
        #expect(try await world.card(id).level == .single)
        let second = try await world.report(world.filing(from: "b"))
        _ = try await split([second], from: id, world)
        #expect(try await world.card(id).reports == 1)
        #expect(try await world.card(id).level == .single)
    }

    @Test("one person who wrote from two places is one witness, and lifts nothing")
    func source() async throws {
        let world = try await World()
        let first = try await world.incident(of: world.report(world.filing(from: "a")))
        let second = try await world.incident(of: world.report(world.filing(at: World.pacoima, from: "a")))
        try await merge(second, into: first, world)
        let card = try await world.card(first)
        #expect(card.independent == 1 && card.level == .single)
    }

    @Test("three copies and another: counted through a merge, its undoing, and a split")
    func copies() async throws {
        let world = try await World()
        let copy = try await film(world, at: World.hollenbeck, from: "a")
        let other = try await world.report(world.filing(from: "d"))
        let first = try await world.incident(of: copy)
        #expect(try await world.incident(of: other) == first)
        let copies = [
            try await film(world, at: World.pacoima, from: "b"), try await film(world, at: World.pacoima, from: "c"),
        ]
        let second = try await world.incident(of: copies[0])
        #expect(try await world.incident(of: copies[1]) == second)
        #expect(try await world.card(first).independent == 2)
        #expect(try await world.card(second).independent == 1)
        try await merge(second, into: first, world)
        #expect(try await world.card(first).reports == 4)
        #expect(try await world.card(first).independent == 2)
        let undone = try await split(copies, from: first, world)
        #expect(try await world.card(first).independent == 2)
        #expect(try await world.card(undone).reports == 2)
        #expect(try await world.card(undone).independent == 1)
        let alone = try await split([other], from: first, world)
        #expect(try await world.card(first).independent == 1)
        #expect(try await world.card(alone).independent == 1)
        #expect(try await world.card(alone).level == .single)
    }

    @Test("what is left of a split falls on the ladder, unless somebody found out")
    func falls() async throws {
        let world = try await World()
        let first = try await world.report(world.filing(from: "a"))
        let second = try await world.report(world.filing(from: "b"))
        let id = try await world.incident(of: first)
        #expect(try await world.card(id).level == .supported)
        let new = try await split([second], from: id, world)
        for incident in [id, new] {
            let card = try await world.card(incident)
            #expect(card.independent == 1 && card.level == .single)
        }
        try await merge(new, into: id, world)
        #expect(try await world.card(id).level == .supported)
        try await world.verify(id, .seen)
        _ = try await split([second], from: id, world)
        #expect(try await world.card(id).level == .onScene)
    }

    @Test("a report that says enough by itself keeps its level by itself")
    func structured() async throws {
        let world = try await World()
        var filing = world.filing(from: "a")
        filing.salute = Salute(size: "4", activity: "Stopping cars", location: "By the lake", uniform: "Green vests")
        let full = try await world.report(filing)
        let id = try await world.incident(of: full)
        try #require(try await world.card(id).level == .structured)
        let second = try await world.report(world.filing(from: "b"))
        #expect(try await world.incident(of: second) == id)
        let new = try await split([second], from: id, world)
        #expect(try await world.card(id).level == .structured)
        #expect(try await world.card(new).level == .single)
    }

    @Test("spam takes its witness with it, and brings it back")
    func spam() async throws {
        let world = try await World()
        let first = try await world.report(world.filing(from: "a"))
        let second = try await world.report(world.filing(from: "b"))
        let id = try await world.incident(of: first)
        try await world.write { tx in try Report.markSpam(second.report, by: world.amina, in: tx) }
        #expect(try await world.card(id).independent == 1)
        #expect(try await world.card(id).level == .single)
        try await world.write { tx in try Report.unmarkSpam(second.report, by: world.amina, in: tx) }
        #expect(try await world.card(id).independent == 2)
        #expect(try await world.card(id).level == .supported)
        // It is known again: whoever sent it is no third witness.
        try await world.report(world.filing(from: "b"))
        #expect(try await world.card(id).reports == 3)
        #expect(try await world.card(id).independent == 2)
    }

    @Test("whose senders a restart forgot are never taken for more than they were")
    func forgotten() async throws {
        let world = try await World()
        let first = try await world.incident(of: world.report(world.filing(from: "a")))
        let near = Whereabouts(point: Point(latitude: 34.0480, longitude: -118.2171))
        let second = try await world.incident(of: world.report(world.filing("Vans in a lot", at: near, from: "b")))
        try #require(first != second)
        let restarted = Intake(database: world.database, keys: world.keys, places: world.places)
        try await merge(second, into: first, world)
        #expect(try await world.card(first).independent == 1)
        try await restarted.warm(by: world.amina)
        for (source, witnesses) in [("c", 1), ("d", 2), ("d", 2), ("e", 3)] {
            _ = try await restarted.take(world.filing(from: source), submission: .once)
            #expect(try await world.card(first).independent == witnesses, "after \(source)")
        }
        #expect(try await world.card(first).reports == 6)
    }

    @Test("pictures that are too many to keep make no new witness")
    func manyPictures() {
        var traits = IncidentTraits(id: "i")
        var dice = Dice(1)
        let shown = (0..<80).map { _ in dice.next() }
        let at = Instant(milliseconds: 0)
        for (index, mark) in (shown + shown).enumerated() {
            traits.add(ReportTraits(id: "\(index)", at: at, picture: mark, source: "\(index)"))
        }
        #expect(traits.witnesses <= 64)
        traits.add(ReportTraits(id: "words", at: at, source: "words"))
        #expect(traits.witnesses <= 65)
    }
}
