// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import People
import Response
import Support
import Testing

@Suite("The first steps of a coalition")
struct FirstStepsTests {
    @Test("of somebody who is alone are all left; each is done when it is so, whoever did it")
    func alone() async throws {
        let instance = try await Instance()
        let first = try Enrolment.scripted()
        let caller = try await instance.database.write { tx in
            let founded = try Coalition.setUp(
                name: "Neighbors of the Test",
                shortName: "NT",
                coordinator: first,
                handle: "Ruth",
                in: tx
            )
            return try Caller.scripted(founded.coordinator, keys: first.keys, in: tx)
        }
        let steps = try #require(
            try await instance.database.read { tx in try FirstSteps.load(for: caller, in: tx) }
        )
        #expect(steps.done.isEmpty && steps.left == FirstSteps.Step.allCases.count && !steps.isFolded)
    }

    @Test("are done by what is there, and are for whoever manages people only")
    func done() async throws {
        let world = try await World()
        func done() async throws -> Set<FirstSteps.Step>? {
            try await world.database.read { tx in try FirstSteps.load(for: world.ruth, in: tx)?.done }
        }
        #expect(try await done() == [.invite, .dispatcher, .helpers])
        #expect(try await world.database.read { tx in try FirstSteps.load(for: world.amina, in: tx) } == nil)
        _ = try await world.member(named: "Sol", [.coordinator])
        #expect(try await done() == [.invite, .second, .dispatcher, .helpers])
        _ = try await world.planned(world.amina)
        #expect(try await done() == [.invite, .second, .dispatcher, .helpers, .shifts])
    }

    @Test("are folded away for oneself alone, and opened again")
    func folded() async throws {
        let world = try await World()
        let sol = try await world.member(named: "Sol", [.coordinator])
        func isFolded(_ caller: Caller) async throws -> Bool? {
            try await world.database.read { tx in try FirstSteps.load(for: caller, in: tx)?.isFolded }
        }
        try await world.write { tx in try FirstSteps.fold(true, by: world.ruth, in: tx) }
        #expect(try await isFolded(world.ruth) == true)
        #expect(try await isFolded(sol) == false)
        try await world.write { tx in try FirstSteps.fold(false, by: world.ruth, in: tx) }
        #expect(try await isFolded(world.ruth) == false)
        await #expect(throws: Refusal.forbidden) {
            try await world.write { tx in try FirstSteps.fold(true, by: world.joao, in: tx) }
        }
    }
}
