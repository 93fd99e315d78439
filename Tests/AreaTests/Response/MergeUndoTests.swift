// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@Suite("A merge that is taken back")
struct MergeUndoTests {
    /// A call from Boyle Heights that is merged into one from Pacoima, and taken apart again.
    private struct Two {
        let world: World
        let piece: Ref<Incident>
        let whole: Ref<Incident>
        let receipt: Intake.Receipt

        init(_ world: World? = nil) async throws {
            let own = if let world { world } else { try await World() }
            self.world = own
            receipt = try await own.report()
            piece = try await own.incident(of: receipt)
            whole = try await own.incident(of: own.report(own.filing("Vans in a parking lot", at: World.pacoima)))
        }

        func merge() async throws {
            let (piece, whole, amina) = (piece, whole, world.amina)
            try await world.write { tx in try Incident.merge(piece, into: whole, by: amina, in: tx) }
        }

        @discardableResult
        func takeApart(_ reports: [Ref<Report>]? = nil) async throws -> Ref<Incident> {
            let (whole, amina, reports) = (whole, world.amina, reports ?? [receipt.report])
            return try await world.write { tx in try Incident.split(reports, from: whole, by: amina, in: tx) }
        }

        func detail(_ id: Ref<Incident>) async throws -> IncidentDetail {
            let amina = world.amina
            return try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
        }
    }

    @Test("gives back what was signed of it and its name, and the other isn't confirmed by it")
    func findings() async throws {
        let two = try await Two()
        let world = two.world
        let amina = world.amina
        try await world.write { tx in try Incident.retitle(two.piece, to: "Bakery", by: amina, in: tx) }
        #expect(try await world.verify(two.piece, .pictured) == .needsSecondPerson)
        try await two.merge()
        #expect(try await two.detail(two.whole).verifications.count == 1)
        #expect(try await two.takeApart() == two.piece)
        let back = try await two.detail(two.piece)
        #expect(back.card.state == .verifying && back.card.mergedInto == nil)
        #expect(back.verifications.count == 1 && back.words?.content?.title == "Bakery")
        #expect(try await two.detail(two.whole).verifications.isEmpty)
        await #expect(throws: Refusal.forbidden, "nobody said it of this one") {
            try await world.verify(two.whole, .pictured, by: world.ruth)
        }
        #expect(try await world.status().confirmed.isEmpty)
        #expect(try await world.verify(two.piece, .pictured, by: world.ruth) == .answered)
        #expect(try await world.status().confirmed.map(\.id) == [two.piece])
    }

    @Test("takes back what was confirmed of both by what was signed of the other")
    func confirmedTogether() async throws {
        let two = try await Two()
        let world = two.world
        try await world.verify(two.piece, .pictured)
        try await two.merge()
        #expect(try await world.verify(two.whole, .pictured, by: world.ruth) == .answered)
        try await two.takeApart()
        #expect(try await world.status().confirmed.isEmpty)
        #expect(try await world.card(two.whole).state == .verifying)
        #expect(try await world.card(two.whole).truth == .unknown)
    }

    @Test("leaves confirmed what somebody on the scene saw")
    func seenThere() async throws {
        let two = try await Two()
        try await two.merge()
        try await two.world.verify(two.whole, .seen)
        try await two.takeApart()
        #expect(try await two.world.card(two.whole).truth == .confirmed)
    }

    @Test("of an answered one gives back its answer")
    func answered() async throws {
        let two = try await Two()
        let world = two.world
        try await world.verify(two.piece, .filmShoot)
        try await world.verify(two.whole, .filmShoot)
        try await two.merge()
        try await two.takeApart()
        #expect(try await world.card(two.piece).truth == .notEnforcement)
        #expect(try await world.answer(two.receipt.code)?.answer == .notEnforcement)
    }

    @Test("asks those again whom it told that they are not needed, and others")
    func asksAgain() async throws {
        let world = try await World()
        for name in ["Ana", "Beto", "Chava", "Dora"] { _ = try await world.helper(named: name) }
        _ = try await world.helper(named: "Paco", place: "pacoima")
        let two = try await Two(world)
        let there = try await world.dispatch(two.whole)
        let here = try await world.dispatch(two.piece, wanted: 2)
        let asked = Set(try await world.assignments(of: two.piece).map(\.person))
        #expect(!asked.isEmpty)
        #expect(try await world.state(of: there).state == .asking)
        try await two.merge()
        #expect(try await world.state(of: here).state == .stopped)
        try await two.takeApart()
        #expect(try await world.state(of: here).state == .asking)
        #expect(try await world.state(of: here).incident == two.piece)
        try await world.pass(.seconds(1))
        let again = try await world.assignments(of: two.piece).filter { $0.state == .offered }
        #expect(Set(again.map(\.person)) == asked)
        let first = try #require(again.first)
        let told = try await world.database.read { tx in try Message.about(first.id.text, in: tx) }
        #expect(told.filter { $0.expiresAt > world.clock.now }.map(\.kind) == [.offer])
        #expect(try await world.state(of: there).state == .asking, "who was asked there is asked there still")
    }

    @Test("asks again for whoever was called off by a merge with a false alarm")
    func falseAlarm() async throws {
        let two = try await Two()
        let world = two.world
        let dispatch = try await world.dispatch(two.piece)
        let mine = try #require(try await world.current(world.joao)).assignment.id
        try await world.accept(mine, by: world.joao)
        try await world.verify(two.whole, .filmShoot)
        try await two.merge()
        #expect(try await world.told(world.joao).contains(.calledOff))
        try await two.takeApart()
        try await world.pass(.seconds(1))
        #expect(try await world.state(of: dispatch).state == .asking)
        #expect(try await world.current(world.joao)?.assignment.id == mine)
        #expect(try await world.told(world.joao) == [.offer])
        try await world.accept(mine, by: world.joao)
    }

    @Test("keeps why each report is where it is; in between it is said who moved it")
    func reasons() async throws {
        let world = try await World()
        let two = try await Two(world)
        let second = try await world.report(world.filing(from: "b"))
        #expect(try await world.incident(of: second) == two.piece)
        func why(_ id: Ref<Incident>) async throws -> IncidentDetail.ReportEntry {
            try #require(try await two.detail(id).reports.first { $0.report.id == second.report })
        }
        let before = try await why(two.piece)
        #expect(before.why.by == .grouping && before.linkedBy == nil)
        try await two.merge()
        let moved = try await why(two.whole)
        #expect(moved.why == before.why && moved.linkedBy == world.amina.person)
        #expect(moved.reasons.count == before.reasons.count + 1)
        try await two.takeApart([two.receipt.report, second.report])
        let after = try await why(two.piece)
        #expect(after.why == before.why && after.linkedBy == nil && after.reasons == before.reasons)
    }

    @Test("takes along what was merged into it before, and can be done twice")
    func chains() async throws {
        let two = try await Two()
        let world = two.world
        let (amina, third) = (world.amina, try await world.incident())
        try await world.write { tx in try Incident.merge(third, into: two.piece, by: amina, in: tx) }
        for _ in 1...2 {
            try await two.merge()
            #expect(try await world.card(third).mergedInto == two.whole)
            #expect(try await two.takeApart() == two.piece)
            #expect(try await world.card(third).mergedInto == two.piece)
            #expect(try await world.card(two.piece).reports == 1)
        }
    }
}
