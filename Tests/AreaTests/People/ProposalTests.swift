// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Response
import Support
import Testing
import Vault

@Suite("What takes two people")
struct ProposalTests {
    /// A coalition with a second coordinator, Sol.
    private static func pair() async throws -> (World, Caller) {
        let world = try await World()
        return (world, try await world.member(named: "Sol", [.coordinator]))
    }

    private static func ask(
        _ act: some TwoPersonAct,
        by caller: Caller,
        because reason: String = "she is trained now",
        in world: World
    ) async throws -> Proposal {
        try await world.database.write { tx in
            let confirmed = try Confirmation.scripted(caller, at: tx.now)
            return try Proposal.ask(act, because: reason, confirmed: confirmed, by: caller, in: tx)
        }
    }

    @discardableResult
    private static func approve(_ proposal: Proposal, by caller: Caller, in world: World) async throws -> Proposal {
        try await world.database.write { tx in
            let confirmed = try Confirmation.scripted(caller, at: tx.now)
            return try Proposal.approve(proposal.id, confirmed: confirmed, by: caller, in: tx)
        }
    }

    private static func roles(of caller: Caller, in world: World) async throws -> Set<Role> {
        try await world.database.read { tx in try Person.find(caller.person, in: tx)?.roles ?? [] }
    }

    private static func told(_ caller: Caller, in world: World) async throws -> [Message.Kind] {
        try await world.database.read { tx in try Message.unread(for: caller.person, in: tx).map(\.kind) }
    }

    @Test("A role is given when a second coordinator agrees, and not before")
    func gives() async throws {
        let (world, sol) = try await Self.pair()
        let act = RosterChange(world.lupe.person, roles: [.observer, .dispatcher])
        let asked = try await Self.ask(act, by: world.ruth, in: world)
        #expect(asked.stored == .open)
        #expect(try await Self.roles(of: world.lupe, in: world) == [.observer])
        #expect(try await Self.told(sol, in: world) == [.proposalAsked])
        #expect(try await Self.told(world.lupe, in: world) == [.proposalMade])
        #expect(try await Self.approve(asked, by: sol, in: world).stored == .approved)
        #expect(try await Self.roles(of: world.lupe, in: world) == [.observer, .dispatcher])
        #expect(try await Self.told(world.lupe, in: world).contains(.proposalDone))
        #expect(try await Self.told(world.ruth, in: world) == [.proposalDone])
        #expect(try await !Self.told(sol, in: world).contains(.proposalAsked))
    }

    @Test("Nobody approves their own, and the schema says so too")
    func own() async throws {
        let (world, _) = try await Self.pair()
        let asked = try await Self.ask(RosterChange(world.lupe.person, roles: [.dispatcher]), by: world.ruth, in: world)
        await #expect(throws: Refusal.self) { try await Self.approve(asked, by: world.ruth, in: world) }
        await #expect(throws: DatabaseFailure.self) {
            try await world.database.write { tx in
                try tx.run(
                    """
                    UPDATE proposals SET state = 'approved', decided_by = asked_by, decided_at = \(tx.now)
                    WHERE id = \(asked.id)
                    """
                )
            }
        }
        #expect(try await Self.roles(of: world.lupe, in: world) == [.observer])
    }

    @Test("Who could not approve is refused, or finds nothing")
    func strangers() async throws {
        let (world, _) = try await Self.pair()
        let asked = try await Self.ask(RosterChange(world.lupe.person, roles: [.dispatcher]), by: world.ruth, in: world)
        await #expect(throws: Refusal.forbidden) { try await Self.approve(asked, by: world.lupe, in: world) }
        await #expect(throws: Refusal.notFound) { try await Self.approve(asked, by: world.joao, in: world) }
    }

    @Test("Of two who decide at once one wins, and the other is told what happened")
    func race() async throws {
        let (world, sol) = try await Self.pair()
        let third = try await world.member(named: "Vera", [.coordinator])
        let asked = try await Self.ask(RosterChange(world.lupe.person, roles: [.dispatcher]), by: world.ruth, in: world)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for caller in [sol, third] {
                group.addTask { (try? await Self.approve(asked, by: caller, in: world)) != nil }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 } == 1)
        let refusal = await #expect(throws: Refusal.self) { try await Self.approve(asked, by: third, in: world) }
        #expect(refusal?.kind == .conflict)
        let changes = try await world.database.read { tx in
            try tx.count("SELECT count(*) FROM events WHERE kind = 'proposal.approved'")
        }
        #expect(changes == 1)
    }

    @Test("After 48 hours, after a no and after taking it back, nothing can be approved")
    func over() async throws {
        let (world, sol) = try await Self.pair()
        let act = RosterChange(world.lupe.person, roles: [.dispatcher])
        let declined = try await Self.ask(act, by: world.ruth, in: world)
        _ = try await world.database.write { tx in try Proposal.decline(declined.id, by: sol, in: tx) }
        await #expect(throws: Refusal.self) { try await Self.approve(declined, by: sol, in: world) }
        let withdrawn = try await Self.ask(act, by: world.ruth, in: world)
        await #expect(throws: Refusal.self) {
            try await world.database.write { tx in _ = try Proposal.withdraw(withdrawn.id, by: sol, in: tx) }
        }
        let ruth = world.ruth
        _ = try await world.database.write { tx in try Proposal.withdraw(withdrawn.id, by: ruth, in: tx) }
        let late = try await Self.ask(act, by: world.ruth, in: world)
        world.clock.advance(by: .hours(49))
        await #expect(throws: Refusal.self) { try await Self.approve(late, by: sol, in: world) }
        try await world.database.write { tx in try Proposal.expire(in: tx) }
        #expect(try await Self.told(world.ruth, in: world).contains(.proposalDropped))
        #expect(try await Self.roles(of: world.lupe, in: world) == [.observer])
        // What ran out stands in nobody's way.
        #expect(try await Self.ask(act, by: world.ruth, in: world).stored == .open)
    }

    @Test("The same thing is asked for once at a time")
    func once() async throws {
        let (world, sol) = try await Self.pair()
        _ = try await Self.ask(RosterChange(world.lupe.person, roles: [.dispatcher]), by: world.ruth, in: world)
        let refusal = await #expect(throws: Refusal.self) {
            try await Self.ask(RosterChange(world.lupe.person, roles: [.operator]), by: sol, in: world)
        }
        #expect(refusal?.kind == .conflict)
    }

    @Test("A coalition with one coordinator acts at once, and everybody concerned is told that it was one")
    func alone() async throws {
        let world = try await World()
        let asked = try await Self.ask(RosterChange(world.lupe.person, roles: [.dispatcher]), by: world.ruth, in: world)
        #expect(asked.stored == .alone)
        #expect(try await Self.roles(of: world.lupe, in: world) == [.dispatcher])
        #expect(try await Self.told(world.lupe, in: world) == [.proposalAlone])
    }

    @Test("One person with two accounts acts alone, on the record; a colleague with a name like it is no way to")
    func twoAccounts() async throws {
        let world = try await World()
        _ = try await world.member(named: "RUTH", [.coordinator])
        let act = RosterChange(world.lupe.person, roles: [.dispatcher])
        #expect(try await Self.ask(act, by: world.ruth, in: world).stored == .alone)
        let like = try await world.member(named: "Rúth", [.coordinator])
        let next = RosterChange(world.lupe.person, roles: [.observer])
        let refusal = await #expect(throws: Refusal.self) { try await Self.ask(next, by: world.ruth, in: world) }
        #expect(refusal?.kind == .conflict)
        let sol = try await world.member(named: "Sol", [.coordinator])
        let asked = try await Self.ask(next, by: world.ruth, in: world)
        #expect(asked.stored == .open)
        await #expect(throws: Refusal.self) { try await Self.approve(asked, by: like, in: world) }
        #expect(try await Self.told(like, in: world).contains(.proposalAsked) == false)
        #expect(try await Self.approve(asked, by: sol, in: world).stored == .approved)
    }

    @Test("Taking a colleague's access away gives nobody the power to act alone")
    func coup() async throws {
        let (world, sol) = try await Self.pair()
        let ruth = world.ruth
        let removal = try await world.database.write { tx in
            try Proposal.takeAway(AccessRemoval(.everything, from: ruth.person, in: tx), by: sol, in: tx)
        }
        #expect(removal.stored == .alone)
        #expect(try await world.database.read { tx in try Person.find(ruth.person, in: tx)?.removedAt } != nil)
        let act = RosterChange(world.lupe.person, roles: [.coordinator])
        let refusal = await #expect(throws: Refusal.self) { try await Self.ask(act, by: sol, in: world) }
        #expect(refusal?.kind == .conflict)
        world.clock.advance(by: .days(8))
        #expect(try await Self.ask(act, by: sol, in: world).stored == .alone)
    }

    @Test("A team's key is given by an approver who holds it")
    func keys() async throws {
        let (world, sol) = try await Self.pair()
        let team = try await world.database.write { [ruth = world.ruth] tx in
            try Team.create(name: "Legal", purpose: "legal", first: ruth.person, by: ruth, in: tx)
        }
        // Sol holds no key of it, so only Ruth could agree to what Sol asks.
        let asked = try await Self.ask(
            RosterChange(world.amina.person, roles: world.amina.roles, joining: [team]),
            by: sol,
            in: world
        )
        let ruth = try await world.database.read { [ruth = world.ruth] tx in
            try Caller.scripted(ruth.person, keys: ruth.unlockedKeyring().member, in: tx)
        }
        try await Self.approve(asked, by: ruth, in: world)
        let members = try await world.database.read { tx in try Team.members(of: team, in: tx) }
        #expect(Set(members) == [world.ruth.person, world.amina.person])
    }

    @Test("The reason is sealed to those who decide: neither the member it is about nor the database can read it")
    func reason() async throws {
        let (world, sol) = try await Self.pair()
        let asked = try await Self.ask(
            RosterChange(world.lupe.person, roles: [.dispatcher]),
            by: world.ruth,
            because: "marked-reason-mango",
            in: world
        )
        #expect(asked.reason(for: sol) == "marked-reason-mango")
        #expect(asked.reason(for: world.ruth) == "marked-reason-mango")
        #expect(asked.reason(for: world.lupe) == nil)
        let plain = try await world.database.read { tx in
            try tx.list(String.self, "SELECT payload FROM proposals") + tx.list(String.self, "SELECT data FROM events")
        }
        #expect(!plain.contains { $0.contains("mango") })
    }

    @Test("A passphrase that was typed long ago, or by somebody else, is none")
    func confirmed() async throws {
        let (world, sol) = try await Self.pair()
        let old = try await world.database.read { [ruth = world.ruth] tx in try Confirmation.scripted(ruth, at: tx.now)
        }
        let (ruth, act) = (world.ruth, RosterChange(world.lupe.person, roles: [.dispatcher]))
        await #expect(throws: Refusal.notConfirmed) {
            try await world.database.write { tx in
                _ = try Proposal.ask(act, because: "", confirmed: old, by: sol, in: tx)
            }
        }
        world.clock.advance(by: .minutes(6))
        await #expect(throws: Refusal.notConfirmed) {
            try await world.database.write { tx in
                _ = try Proposal.ask(act, because: "", confirmed: old, by: ruth, in: tx)
            }
        }
    }

    @Test("A team that anything is addressed to can't be deleted; an empty one goes with its keys")
    func deletion() async throws {
        let (world, sol) = try await Self.pair()
        let team = try await world.database.write { [ruth = world.ruth] tx in
            try Team.create(name: "Care", purpose: "care", first: ruth.person, by: ruth, in: tx)
        }
        let response = world.team
        await #expect(throws: Refusal.self) {
            let act = try await world.database.read { tx in try TeamDeletion(response, in: tx) }
            _ = try await Self.ask(act, by: world.ruth, in: world)
        }
        let act = try await world.database.read { tx in try TeamDeletion(team, in: tx) }
        try await Self.approve(try await Self.ask(act, by: world.ruth, in: world), by: sol, in: world)
        #expect(try await world.database.read { tx in try Team.all(in: tx).map(\.id) } == [response])
    }

    @Test("What was taken out of the house can be taken out once, within a day, by who asked")
    func export() async throws {
        let (world, sol) = try await Self.pair()
        let asked = try await Self.ask(BulkExport(.counts), by: world.ruth, in: world)
        let ruth = world.ruth
        await #expect(throws: Refusal.notFound) {
            try await world.database.write { tx in _ = try BulkExport.spend(asked.id, by: ruth, in: tx) }
        }
        try await Self.approve(asked, by: sol, in: world)
        await #expect(throws: Refusal.notFound) {
            try await world.database.write { tx in _ = try BulkExport.spend(asked.id, by: sol, in: tx) }
        }
        #expect(try await world.database.write { tx in try BulkExport.spend(asked.id, by: ruth, in: tx) } == .counts)
        await #expect(throws: Refusal.self) {
            try await world.database.write { tx in _ = try BulkExport.spend(asked.id, by: ruth, in: tx) }
        }
    }
}
