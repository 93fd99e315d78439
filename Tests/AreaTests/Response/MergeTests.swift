// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@Suite("Incidents are merged and split")
struct MergeTests {
    private struct Two {
        let world: World
        let first: Ref<Incident>
        let second: Ref<Incident>
        let receipts: [Intake.Receipt]

        init() async throws {
            world = try await World()
            let receipts = [
                try await world.report(),
                try await world.report(world.filing("Vans in a parking lot", at: World.pacoima)),
            ]
            self.receipts = receipts
            first = try await world.incident(of: receipts[0])
            second = try await world.incident(of: receipts[1])
        }

        func merge() async throws {
            let (first, second, amina) = (first, second, world.amina)
            try await world.database.write { tx in try Incident.merge(second, into: first, by: amina, in: tx) }
        }

        func mergeFirst() async throws {
            let (first, second, amina) = (first, second, world.amina)
            try await world.database.write { tx in try Incident.merge(first, into: second, by: amina, in: tx) }
        }
    }

    @Test("After a merge, one incident has all reports, and one answer reaches all reporters")
    func mergeAnswersAll() async throws {
        let two = try await Two()
        try await two.merge()
        let card = try await two.world.card(two.first)
        #expect(card.reports == 2)
        #expect(card.independent == 2)
        #expect(card.level == .supported)
        #expect(try await two.world.board().toVerify.map(\.id) == [two.first])
        try await two.world.verify(two.first, .filmShoot)
        for receipt in two.receipts {
            #expect(try await two.world.answer(receipt.code)?.answer == .notEnforcement)
        }
    }

    @Test("A merge is undone by a split of the same reports")
    func splitUndoes() async throws {
        let two = try await Two()
        try await two.merge()
        let (first, amina) = (two.first, two.world.amina)
        let timeline = try await two.world.database.read { tx in try IncidentDetail.timeline(of: first, in: tx) }
        let merged = try #require(timeline.last { $0.kind == "incident.merged" })
        let reports = (merged.data["reports"] ?? "").split(separator: ",").compactMap { Ref<Report>(String($0)) }
        #expect(reports == [two.receipts[1].report])
        let new = try await two.world.database.write { tx in
            try Incident.split(reports, from: first, by: amina, in: tx)
        }
        #expect(try await two.world.card(first).reports == 1)
        #expect(new == two.second, "it is the one that it was, not another")
        let card = try await two.world.card(new)
        #expect(card.reports == 1)
        #expect(card.zone == "pacoima")
        #expect(try await two.world.incident(of: two.receipts[1]) == new)
    }

    @Test("New reports follow what people merged and split")
    func groupingFollows() async throws {
        let world = try await World()
        let near = Whereabouts(point: Point(latitude: 34.0480, longitude: -118.2171))
        let first = try await world.incident(of: world.report(world.filing(from: "a")))
        let second = try await world.incident(of: world.report(world.filing("Vans in a lot", at: near, from: "b")))
        #expect(first != second)
        let amina = world.amina
        try await world.write { tx in try Incident.merge(second, into: first, by: amina, in: tx) }
        let receipt = try await world.report(world.filing("Vans in a lot", at: near, from: "c"))
        #expect(try await world.incident(of: receipt) == first)
    }

    @Test("All reports can't leave, and what is answered is not merged into what is not")
    func refusals() async throws {
        let two = try await Two()
        let (first, second, amina, receipt) = (two.first, two.second, two.world.amina, two.receipts[0])
        let all = try await #require(throws: Refusal.self) {
            try await two.world.database.write { tx in
                try Incident.split([receipt.report], from: first, by: amina, in: tx)
            }
        }
        #expect(all.kind == .conflict)
        try await two.world.verify(second, .filmShoot)
        let answered = try await #require(throws: Refusal.self) { try await two.merge() }
        #expect(answered.message.keyed.hasPrefix("response.merge_answered"))
        await #expect(throws: Refusal.self) {
            try await two.world.database.write { tx in try Incident.merge(first, into: first, by: amina, in: tx) }
        }
    }

    @Test("Two that were answered differently are not merged: no answer is turned over by the way")
    func differentAnswers() async throws {
        let two = try await Two()
        let world = two.world
        try await world.verify(two.first, .seen)
        try await world.verify(two.second, .filmShoot)
        for merge in [two.merge, two.mergeFirst] {
            let refusal = try await #require(throws: Refusal.self) { try await merge() }
            #expect(refusal.kind == .conflict && refusal.message.keyed.hasPrefix("response.merge_differ"))
        }
        #expect(try await world.status().confirmed.map(\.id) == [two.first])
        // One that goes on is not lost in one that is over; the other way round nothing is.
        try await world.verify(two.second, .seen)
        try await world.write { tx in try Incident.over(two.second, by: world.amina, in: tx) }
        await #expect(throws: Refusal.self) { try await two.mergeFirst() }
        try await two.merge()
        #expect(try await world.status().confirmed.map(\.id) == [two.first])
    }

    @Test("Merged into a false alarm: the attorney who was called to it is not needed any more")
    func attorneyIsReleased() async throws {
        let two = try await Two()
        let world = two.world
        let lena = try await world.member(named: "Lena", [.attorney])
        try await world.write { tx in
            _ = try AttorneyOnCall.call(two.first, by: world.amina, timings: world.timings, in: tx)
        }
        #expect(try await world.told(lena).contains(.attorneyPaged))
        try await world.verify(two.second, .filmShoot)
        try await two.mergeFirst()
        #expect(try await !world.told(lena).contains(.attorneyPaged))
    }

    @Test("Merged twice by two people is merged once")
    func mergedOnce() async throws {
        let two = try await Two()
        try await two.merge()
        let again = try await #require(throws: Refusal.self) { try await two.merge() }
        #expect(again.kind == .conflict)
        #expect(try await two.world.card(two.first).reports == 2)
    }

    @Test("What nearly fits is suggested with its reasons, and can be dismissed")
    func suggestions() async throws {
        let world = try await World()
        try await world.report()
        world.clock.advance(by: .minutes(50))
        var other = world.filing("Somebody knocks at doors on my street, two men", from: "b")
        other.kind = "home"
        other.whereabouts.point = Point(latitude: 34.0445, longitude: -118.2171)
        let id = try await world.incident(of: world.report(other))
        let amina = world.amina
        let detail = try await world.database.read { tx in try IncidentDetail.load(id, by: amina, in: tx) }
        let suggestion = try #require(detail.suggestions.first)
        #expect(!suggestion.why.words.isEmpty)
        try await world.database.write { tx in
            try Incident.dismissSuggestion(of: suggestion.card.id, for: id, by: amina, in: tx)
        }
        #expect(try await world.card(id).suggestions == 0)
    }

    /// João on his way.
    private func going(to incident: Ref<Incident>, _ world: World) async throws -> Ref<Assignment> {
        _ = try await world.dispatch(incident)
        let assignment = try #require(try await world.current(world.joao)).assignment.id
        try await world.accept(assignment, by: world.joao)
        try await world.write { tx in try Assignment.onTheWay(assignment, by: world.joao, in: tx) }
        return assignment
    }

    @Test("Merged into a false alarm: nobody goes on, and its reports are answered")
    func intoFalseAlarm() async throws {
        let two = try await Two()
        let world = two.world
        _ = try await going(to: two.first, world)
        try await world.verify(two.second, .filmShoot)
        try await two.mergeFirst()
        let his = try await world.assignments(of: two.second).filter { $0.person == world.joao.person }
        #expect(his.contains { $0.state == .calledOff } && !his.contains { $0.state == .onTheWay })
        #expect(try await world.told(world.joao).contains(.calledOff))
        let detail = try await world.database.read { tx in
            try IncidentDetail.load(two.second, by: world.amina, in: tx)
        }
        #expect(detail.reports.map(\.report.state) == [.triaged, .triaged])
        #expect(detail.card.level == .onScene)
        #expect(try await world.answer(two.receipts[0].code)?.answer == .notEnforcement)
    }

    @Test("Merged into what is confirmed: those who are on the way go on")
    func intoConfirmed() async throws {
        let two = try await Two()
        let mine = try await going(to: two.first, two.world)
        try await two.world.verify(two.second, .seen)
        try await two.mergeFirst()
        #expect(try await two.world.assignments(of: two.second).first { $0.id == mine }?.state == .onTheWay)
    }

    @Test("Merged into what was confirmed and is over: nobody goes on")
    func intoOver() async throws {
        let two = try await Two()
        let world = two.world
        let mine = try await going(to: two.first, world)
        try await world.verify(two.second, .seen)
        try await world.write { tx in try Incident.over(two.second, by: world.amina, in: tx) }
        try await two.mergeFirst()
        #expect(try await world.assignments(of: two.second).first { $0.id == mine }?.state == .calledOff)
        #expect(try await world.told(world.joao).contains(.calledOff))
    }

    @Test("A merge that is taken back gives back who was sent and what they saw, and tells them")
    func peopleGoBack() async throws {
        let two = try await Two()
        let world = two.world
        let mine = try await going(to: two.first, world)
        try await world.write { tx in
            try Assignment.arrive(mine, by: world.joao, timings: world.timings, in: tx)
        }
        func sees(_ words: String) async throws -> Ref<Observation> {
            let filing = Observation.Filing(words: words)
            return try await world.intake.observe(filing, of: two.first, submission: .once, by: world.joao)
        }
        let before = try await sees("Two vans")
        let own = try await world.dispatch(two.second, role: .observer)
        try await two.mergeFirst()
        #expect(try await world.current(world.joao)?.assignment.incident == two.second)
        let after = try await sees("They leave")
        let back = try await world.write { tx in
            try Incident.split([two.receipts[0].report], from: two.second, by: world.amina, in: tx)
        }
        #expect(try await world.current(world.joao)?.assignment.incident == back)
        #expect(try await world.current(world.joao)?.zone == "boyle-heights")
        #expect(try await world.assignments(of: back).map(\.id) == [mine])
        let seen = try await world.database.read { tx in try Observation.all(of: back, in: tx).map(\.id) }
        #expect(Set(seen) == [before, after])
        #expect(try await world.told(world.joao).contains(.meetingChanged))
        #expect(try await world.state(of: own).incident == two.second, "what was sent there before stays")
        #expect(try await world.assignments(of: two.second).allSatisfy { $0.dispatch == own })
    }

    @Test("Other reports that are split off take nobody along")
    func peopleStay() async throws {
        let two = try await Two()
        let world = two.world
        let mine = try await going(to: two.first, world)
        try await two.mergeFirst()
        _ = try await world.write { tx in
            try Incident.split([two.receipts[1].report], from: two.second, by: world.amina, in: tx)
        }
        #expect(try await world.assignments(of: two.second).map(\.id) == [mine])
        #expect(try await !world.told(world.joao).contains(.meetingChanged))
    }

    @Test("All of it was spam: who is on the way is told, and it is closed")
    func spamOnTheWay() async throws {
        let two = try await Two()
        let world = two.world
        _ = try await going(to: two.first, world)
        let spam = two.receipts[0].report
        try await world.write { tx in try Report.markSpam(spam, by: world.amina, in: tx) }
        #expect(try await world.told(world.joao).contains(.calledOff))
        #expect(try await world.assignments(of: two.first).map(\.state) == [.calledOff])
        #expect(try await world.card(two.first).state == .closed)
    }

    @Test("All of it was spam while somebody is on scene: it stays open, and they are watched")
    func spamOnScene() async throws {
        let two = try await Two()
        let world = two.world
        let assignment = try await going(to: two.first, world)
        try await world.write { tx in
            try Assignment.arrive(assignment, by: world.joao, timings: world.timings, in: tx)
        }
        let spam = two.receipts[0].report
        try await world.write { tx in try Report.markSpam(spam, by: world.amina, in: tx) }
        #expect(try await world.assignments(of: two.first).map(\.state) == [.onScene])
        #expect(try await world.card(two.first).state != .closed)
        #expect(try await world.card(two.first).reports == 0)
    }
}
