// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Response
import Support
import Testing

/// What these tests do over and over.
extension World {
    /// João went there and came home, and it was answered.
    fileprivate func answered(isExercise: Bool = false) async throws -> Ref<Incident> {
        let incident = try await incident(of: report(filing(isExercise: isExercise)))
        _ = try await stoodThere(incident)
        try await sign(incident, Verification.Finding(.unfounded, level: .structured, how: .callBack))
        return incident
    }

    fileprivate func reminded(_ caller: Caller) async throws -> Int {
        try await told(caller).count { $0 == .debriefDue }
    }

    fileprivate func debrief(_ incident: Ref<Incident>) async throws -> Debrief.Standing? {
        let (amina, now) = (amina, clock.now)
        return try await database.read { tx in
            try IncidentDetail.load(incident, by: amina, in: tx).debrief(at: now)
        }
    }
}

@Suite("A debrief within a day")
struct DebriefDueTests {
    @Test("is due, reminds whoever led at half of the day, and is overdue after it, for coordinators too")
    func reminds() async throws {
        let world = try await World()
        let incident = try await world.answered()
        let end = world.clock.now + .days(1)
        #expect(try await world.debrief(incident) == .due(end))
        try await world.pass(.hours(11))
        #expect(try await world.reminded(world.amina) == 0)
        try await world.pass(.hours(1))
        #expect(try await world.reminded(world.amina) == 1)
        #expect(try await world.reminded(world.ruth) == 0)
        #expect(try await world.debrief(incident) == .due(end))
        try await world.pass(.hours(12))
        #expect(try await world.debrief(incident) == .overdue(end))
        #expect(try await world.reminded(world.amina) == 2)
        #expect(try await world.reminded(world.ruth) == 1)
        try await world.pass(.hours(30))
        #expect(try await world.reminded(world.amina) == 2, "and then it stands on the page")
        try await world.write { tx in
            try AfterAction.write(.init(learned: "Park farther away"), of: incident, by: world.amina, in: tx)
        }
        #expect(try await world.reminded(world.amina) == 0)
        #expect(try await world.reminded(world.ruth) == 0)
        #expect(try await world.debrief(incident) == nil)
    }

    @Test("that was called waits for its meeting, and was held when that is over")
    func called() async throws {
        let world = try await World()
        let incident = try await world.answered()
        let meets = world.clock.now + .hours(30)
        try await world.write { tx in
            try DebriefMeeting.call(incident, at: meets, place: nil, by: world.amina, in: tx)
        }
        #expect(try await world.debrief(incident) == .planned(meets))
        try await world.pass(.hours(25))
        try await world.pass(.hours(24))
        #expect(try await world.reminded(world.amina) == 0)
        #expect(try await world.debrief(incident) == nil)
    }

    @Test("that was written in time reminds nobody")
    func written() async throws {
        let world = try await World()
        let incident = try await world.answered()
        try await world.write { tx in
            try AfterAction.write(.init(wentWell: "Quick"), of: incident, by: world.amina, in: tx)
        }
        try await world.pass(.days(1))
        #expect(try await world.reminded(world.amina) == 0)
        #expect(try await world.debrief(incident) == nil)
    }

    @Test("is owed neither for what nobody went to nor for an exercise")
    func notOwed() async throws {
        let world = try await World()
        let quiet = try await world.incident(of: world.report())
        try await world.sign(quiet, Verification.Finding(.unfounded, level: .structured, how: .callBack))
        let drill = try await world.answered(isExercise: true)
        #expect(try await world.debrief(quiet) == nil)
        #expect(try await world.debrief(drill) == nil)
        try await world.pass(.hours(13))
        #expect(try await world.reminded(world.amina) == 0)
    }
}
