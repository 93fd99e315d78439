// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Response
import Support
import Testing

@Suite("Somebody on the scene is silent")
struct SilenceTests {
    /// João is there, and nobody hears of him.
    private struct Silent {
        let world: World
        let incident: Ref<Incident>
        let id: Ref<Assignment>

        init() async throws {
            let world = try await World()
            let joao = world.joao
            incident = try await world.incident()
            _ = try await world.dispatch(incident)
            let id = try #require(try await world.current(joao)).assignment.id
            try await world.accept(id, by: joao)
            try await world.write { tx in try Assignment.arrive(id, by: joao, timings: world.timings, in: tx) }
            self.world = world
            self.id = id
        }

        func seek(_ caller: Caller, after former: Caller? = nil) async throws {
            try await world.write { [id] tx in try CheckIn.seek(id, after: former?.person, by: caller, in: tx) }
        }

        func notReached(_ caller: Caller) async throws {
            try await world.write { [id, world] tx in
                try CheckIn.notReached(id, by: caller, timings: world.timings, in: tx)
            }
        }

        /// Why a step is refused.
        func refusal(_ step: () async throws -> Void) async -> String? {
            let refusal = await #expect(throws: Refusal.self) { try await step() }
            return refusal?.message.keyed.split(separator: "|").first.map(String.init)
        }

        func steps() async throws -> [String] {
            try await world.events(of: incident, "assignment.missed").compactMap { $0.data["step"] }
        }

        func told(_ caller: Caller) async throws -> Int {
            try await world.told(caller).count { $0 == .missedCheckIn }
        }

        var row: Assignment {
            get async throws { try await world.database.read { [id] tx in try Assignment.find(id, in: tx) } }
        }
    }

    @Test("One of dispatch tries to reach them and has the time for it, another may take over, and all see who")
    func sought() async throws {
        let silent = try await Silent()
        let world = silent.world
        let (amina, ruth) = (world.amina, world.ruth)
        let rosa = try await world.member(named: "Rosa", [.coordinator])
        try await world.write { tx in
            let end = tx.now + .hours(6)
            let shift = try Shift.plan(ruth.person, as: .coordinator, from: tx.now, to: end, by: ruth, in: tx)
            try Shift.start(shift, by: ruth, in: tx)
        }
        #expect(await silent.refusal { try await silent.seek(amina) } == "response.reached_already")
        for minutes in [15, 2, 3, 1] { try await world.pass(.minutes(minutes)) }
        #expect(try await silent.told(amina) == 1)
        await #expect(throws: Refusal.self) { try await silent.seek(world.lupe) }
        for _ in 1...2 { try await silent.seek(amina) }
        #expect(try await silent.told(amina) == 0, "she knows")
        #expect(await silent.refusal { try await silent.seek(ruth) } == "response.sought")
        #expect(await silent.refusal { try await silent.notReached(ruth) } == "response.sought")
        #expect(try await silent.row.seeker == amina.person)

        // Others are told again when she has tried for five minutes, and then every five.
        for (minutes, last) in [(4, "3"), (1, "4"), (4, "4"), (1, "5")] {
            try await world.pass(.minutes(minutes))
            #expect(try await silent.steps().last == last)
        }
        #expect(try await silent.told(amina) == 1)
        try await silent.seek(ruth, after: amina)
        #expect(await silent.refusal { try await silent.seek(amina) } == "response.sought")
        let sought = try await world.events(of: silent.incident, "assignment.sought")
        #expect(sought.map(\.actor) == [amina.person.text, ruth.person.text])
        #expect(sought.map { $0.data["former"] } == [nil, amina.person.text])

        // Nobody tries any more: the time is the usual one, and at last all coordinators are told, once.
        for _ in 1...2 { try await silent.notReached(ruth) }
        let given = try await world.events(of: silent.incident, "assignment.not_reached")
        #expect(given.map(\.actor) == [ruth.person.text])
        #expect(try await silent.row.seeker == nil)
        for (minutes, last) in [(3, "5"), (1, "6"), (4, "6")] {
            try await world.pass(.minutes(minutes))
            #expect(try await silent.steps().last == last)
            #expect(try await silent.told(rosa) == 0, "another coordinator serves")
        }
        for minutes in [1, 60] {
            try await world.pass(.minutes(minutes))
            #expect(try await silent.steps() == ["1", "2", "3", "4", "5", "6", "7"])
            #expect(try await silent.told(rosa) == 1)
        }
    }

    @Test("Who was not reached is told of at once, to dispatch and to coordinators, and once")
    func notReached() async throws {
        let silent = try await Silent()
        let world = silent.world
        try await world.pass(.minutes(15))
        try await silent.seek(world.amina)
        #expect(try await silent.steps() == ["1"])
        try await silent.notReached(world.amina)
        for _ in 1...2 {
            #expect(try await silent.steps() == ["1", "2", "3"])
            for one in [world.amina, world.ruth] { #expect(try await silent.told(one) == 1) }
            try await world.pass(.minutes(9))
        }
    }

    @Test("Whoever reaches them ends it, whoever tried")
    func reached() async throws {
        let silent = try await Silent()
        let (world, id) = (silent.world, silent.id)
        for minutes in [15, 5] { try await world.pass(.minutes(minutes)) }
        try await silent.seek(world.amina)
        try await world.write { tx in try CheckIn.reached(id, by: world.ruth, timings: world.timings, in: tx) }
        let row = try await silent.row
        #expect(row.seeker == nil && row.soughtAt == nil && !row.isSilent)
        #expect(await silent.refusal { try await silent.notReached(world.amina) } == "response.reached_already")
        for one in [world.amina, world.ruth] { #expect(try await silent.told(one) == 0) }
        try await world.pass(.minutes(14))
        #expect(try await silent.steps() == ["1", "2", "3"])
    }

    @Test("A longer time that is set while a step waits puts it off, and loses none")
    func longer() async throws {
        let silent = try await Silent()
        let world = silent.world
        try await world.pass(.minutes(15))
        #expect(try await silent.steps() == ["1"])
        try await world.write { tx in
            try Timings.set(
                ["response.missed_dispatcher_s": 240, "response.missed_coordinator_s": 600],
                by: world.ruth,
                in: tx
            )
        }
        for (minutes, steps) in [(2, ["1"]), (2, ["1", "2"]), (5, ["1", "2"]), (1, ["1", "2", "3"])] {
            try await world.pass(.minutes(minutes))
            #expect(try await silent.steps() == steps)
        }
    }

    @Test("Of many who say at once that they try, one does, and the others are told who")
    func race() async throws {
        let silent = try await Silent()
        let world = silent.world
        let all = try await Racers.race(Array(1...Racers.count(usual: 12))) { number in
            try await world.member(named: "Dispatcher \(number)", [.dispatcher])
        }
        try await world.pass(.minutes(17))
        let answers = await Racers.race(all) { caller -> Refusal? in
            do {
                try await silent.seek(caller)
                return nil
            } catch {
                return error as? Refusal ?? .storage
            }
        }
        let winner = try #require(zip(all, answers).first { $0.1 == nil }).0
        #expect(try await silent.row.seeker == winner.person)
        let refusals = answers.compactMap(\.self)
        #expect(refusals.count == all.count - 1)
        #expect(refusals.allSatisfy { $0.message.keyed.hasPrefix("response.sought|") })
        #expect(try await world.events(of: silent.incident, "assignment.sought").count == 1)
    }
}
