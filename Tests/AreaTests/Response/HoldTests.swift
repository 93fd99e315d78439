// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Response
import Support
import Synchronization
import Testing
import Vault

@Suite("Legal hold, the clock of retention, and erasing oneself")
struct HoldTests {
    private static func ask(_ act: some TwoPersonAct, by caller: Caller, in world: World) async throws -> Proposal {
        try await world.database.write { tx in
            let confirmed = try Confirmation.scripted(caller, at: tx.now)
            return try Proposal.ask(act, because: "a court asked", confirmed: confirmed, by: caller, in: tx)
        }
    }

    private static func approve(_ proposal: Proposal, by caller: Caller, in world: World) async throws {
        _ = try await world.database.write { tx in
            let confirmed = try Confirmation.scripted(caller, at: tx.now)
            return try Proposal.approve(proposal.id, confirmed: confirmed, by: caller, in: tx)
        }
    }

    private static func purge(_ world: World) async throws -> Int {
        let timings = world.timings
        return try await world.write { tx in try Retention.purge(timings: timings, in: tx) }
    }

    @Test("A hold by two keeps an incident and its reports past their time; lifting it by two lets them go")
    func hold() async throws {
        let world = try await World()
        let lena = try await world.member(named: "Lena", [.attorney])
        let receipt = try await world.report()
        let id = try await world.incident(of: receipt)
        let act = HoldPlacing(id, reviewAt: world.clock.now + .days(90))
        let asked = try await Self.ask(act, by: lena, in: world)
        #expect(try await world.database.read { tx in try LegalHold.standing(on: id, in: tx) } == nil)
        try await Self.approve(asked, by: world.ruth, in: world)
        let hold = try #require(try await world.database.read { tx in try LegalHold.standing(on: id, in: tx) })
        #expect(hold.reason(for: world.amina) == "a court asked")
        world.clock.advance(by: .days(30))
        #expect(try await Self.purge(world) == 0)
        #expect(try await world.answer(receipt.code) != nil)
        // The reporter can't take it away from the court either, and is told so.
        await #expect(throws: Refusal.held) { try await world.intake.erase(receipt.code) }
        try await Self.approve(try await Self.ask(HoldLifting(hold), by: lena, in: world), by: world.ruth, in: world)
        #expect(try await Self.purge(world) == 1)
        #expect(try await world.answer(receipt.code) == nil)
    }

    @Test("When its day comes those who could end it are asked to look, and it stays")
    func review() async throws {
        let world = try await World()
        let id = try await world.incident(of: try await world.report())
        _ = try await Self.ask(HoldPlacing(id, reviewAt: world.clock.now + .days(10)), by: world.ruth, in: world)
        world.clock.advance(by: .days(11))
        for _ in 1...2 { try await world.write { tx in try LegalHold.remind(in: tx) } }
        let ruth = world.ruth.person
        let told = try await world.database.read { tx in try Message.unread(for: ruth, in: tx).map(\.kind) }
        #expect(told == [.holdReview])
        #expect(try await world.database.read { tx in try LegalHold.standing(on: id, in: tx) } != nil)
    }

    @Test("A retention period is changed by two, within its range, and the purge follows it")
    func period() async throws {
        let world = try await World()
        let lena = try await world.member(named: "Lena", [.attorney])
        let keeping = try #require(ResponseMigrations.keepings.first { $0.id == "reports.unverified" })
        await #expect(throws: Refusal.self) {
            _ = try await Self.ask(RetentionChange(keeping, to: .days(200)), by: world.ruth, in: world)
        }
        try await Self.approve(
            try await Self.ask(RetentionChange(keeping, to: .days(2)), by: world.ruth, in: world),
            by: lena,
            in: world
        )
        let timings = try await world.database.read { tx in try Timings.load(in: tx) }
        #expect(timings.keepUnverified == .days(2))
        // The old way round it is shut.
        let ruth = world.ruth
        await #expect(throws: Refusal.notFound) {
            try await world.write { tx in try Timings.set(["response.keep_unverified_s": 7_200], by: ruth, in: tx) }
        }
    }

    @Test("A reporter erases the report and what was added to it; the count stays, another's report too")
    func reporter() async throws {
        let world = try await World()
        let (mine, other) = (try await world.report(), try await world.report())
        try await world.intake.erase(mine.code)
        #expect(try await world.answer(mine.code) == nil)
        #expect(try await world.answer(other.code) != nil)
        await #expect(throws: Refusal.notFound) { try await world.intake.erase(mine.code) }
        let (counts, due) = try await world.database.read { tx in
            (try Retention.counts(in: tx).map(\.count), try tx.count("SELECT count(*) FROM shred_due"))
        }
        #expect(counts == [1])
        #expect(due >= 1)
        let traces = try await world.database.read { tx in
            try tx.count("SELECT count(*) FROM events WHERE data LIKE \("%\(mine.report.text)%")")
        }
        #expect(traces == 0)
    }

    @Test("A member erases the own account: no name, no keys, no place; what they signed can still be checked")
    func member() async throws {
        let world = try await World()
        let joao = world.joao
        try await world.write { tx in
            try Retention.eraseMember(by: joao, confirmed: Confirmation.scripted(joao, at: tx.now), in: tx)
        }
        let left = try #require(try await world.database.read { tx in try Person.find(joao.person, in: tx) })
        #expect(left.removedAt != nil)
        #expect(!left.handle.contains("João"))
        #expect(left.signingKey.count == 32)
        let rows = try await world.database.read { tx in
            try tx.count("SELECT count(*) FROM helpers WHERE person = \(joao.person)")
                + tx.count("SELECT count(*) FROM team_grants WHERE person = \(joao.person)")
                + tx.count("SELECT count(*) FROM availabilities WHERE person = \(joao.person)")
        }
        #expect(rows == 0)
    }

    @Test("The last coordinator can't erase themselves")
    func last() async throws {
        let world = try await World()
        let ruth = world.ruth
        let refusal = await #expect(throws: Refusal.self) {
            try await world.write { tx in
                try Retention.eraseMember(by: ruth, confirmed: Confirmation.scripted(ruth, at: tx.now), in: tx)
            }
        }
        #expect(refusal?.kind == .conflict)
    }

    /// A machine with two clocks: one that can be set, and one that only counts.
    private final class Machine: Sendable {
        let world: World
        private let counted = Mutex(Duration.zero)

        init(_ world: World) { self.world = world }

        func start() -> RetentionClock { RetentionClock { self.counted.withLock { $0 } } }

        func pass(_ time: Duration) {
            world.clock.advance(by: time)
            counted.withLock { $0 += time }
        }

        func look(_ clock: RetentionClock) async throws -> RetentionClock.Verdict {
            try await world.database.write { tx in try clock.look(in: tx) }
        }
    }

    @Test("A clock that jumps ahead while the server runs deletes nothing, for 24 even hours")
    func jump() async throws {
        let machine = Machine(try await World())
        let clock = machine.start()
        #expect(try await machine.look(clock) == .trusted)
        machine.pass(.hours(1))
        #expect(try await machine.look(clock) == .trusted)
        machine.world.clock.advance(by: .days(91))
        #expect(try await machine.look(clock) == .distrusted)
        machine.pass(.hours(23))
        #expect(try await machine.look(clock) == .distrusted)
        machine.pass(.hours(2))
        #expect(try await machine.look(clock) == .trusted)
    }

    @Test(
        "A jump that was noticed in a transaction that was undone is distrusted all the same, and a member's word still counts"
    )
    func undone() async throws {
        struct Mishap: Error {}
        let machine = Machine(try await World())
        let clock = machine.start()
        _ = try await machine.look(clock)
        machine.world.clock.advance(by: .days(3))
        await #expect(throws: Mishap.self) {
            try await machine.world.database.write { tx in
                #expect(try clock.look(in: tx) == .distrusted)
                throw Mishap()
            }
        }
        #expect(try await machine.look(clock) == .distrusted)
        #expect(try await machine.world.database.read { tx in try RetentionClock.distrusted(in: tx) } != nil)
        let ruth = machine.world.ruth
        try await machine.world.database.write { tx in try RetentionClock.confirm(by: ruth, in: tx) }
        machine.pass(.minutes(1))
        #expect(try await machine.look(clock) == .trusted)
    }

    @Test("A restart does not make a jump right, a member who looked does")
    func confirmed() async throws {
        let machine = Machine(try await World())
        let clock = machine.start()
        _ = try await machine.look(clock)
        machine.world.clock.advance(by: .days(3))
        #expect(try await machine.look(clock) == .distrusted)
        let again = machine.start()
        #expect(try await machine.look(again) == .distrusted)
        let ruth = machine.world.ruth
        try await machine.world.database.write { tx in try RetentionClock.confirm(by: ruth, in: tx) }
        machine.pass(.minutes(1))
        #expect(try await machine.look(again) == .trusted)
    }

    @Test("A server that was off for 91 days believes its clock after one even minute; one set right in it waits a day")
    func start() async throws {
        let machine = Machine(try await World())
        _ = try await machine.look(machine.start())
        machine.world.clock.advance(by: .days(91))
        let clock = machine.start()
        #expect(try await machine.look(clock) == .starting)
        machine.pass(.seconds(61))
        #expect(try await machine.look(clock) == .trusted)
        machine.world.clock.advance(by: .days(2))
        let wrong = machine.start()
        #expect(try await machine.look(wrong) == .starting)
        machine.world.clock.advance(by: .days(300))
        #expect(try await machine.look(wrong) == .distrusted)
    }
}
