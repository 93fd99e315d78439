// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@Suite("Escrow")
struct EscrowTests {
    let cast: PeopleCast
    let dolores: Enrolment
    let tomas: Enrolment

    /// Rosa and Tomás coordinate; Dolores dispatches and is in the team.
    init() async throws {
        cast = try await PeopleCast()
        dolores = try Enrolment.scripted()
        tomas = try Enrolment.scripted()
        try await cast.enrol(dolores, "Dolores", [.dispatcher])
        try await cast.enrol(tomas, "Tomás", [.coordinator], teams: false)
        // Somebody who holds the team's key signs in: now the escrow has it too.
        let rosa = try await cast.rosa()
        try await cast.write { tx in try Escrow.refresh(with: rosa.unlockedKeyring(), in: tx) }
    }

    private func caller(_ enrolment: Enrolment) async throws -> Caller {
        try await cast.read { tx in try Caller.scripted(enrolment.person, keys: enrolment.keys, in: tx) }
    }

    private func newcomer() async throws -> Enrolment {
        let enrolment = try Enrolment.scripted()
        try await cast.enrol(enrolment, "Nadia", [.dispatcher], teams: false)
        return enrolment
    }

    @Test func `two administrators give a team's keys to a member, all epochs of it`() async throws {
        let old = try await cast.sealToResponse("two vans")
        let rosa = try await cast.rosa()
        let leaving = dolores.person
        try await cast.write { [cast] tx in
            try Team.remove(leaving, from: cast.founded.response, by: rosa, in: tx)
        }
        let new = try await cast.sealToResponse("three vans")
        let (nadia, tomas) = (try await newcomer(), try await caller(tomas))
        #expect(!tomas.teams.contains(cast.founded.response))
        try await cast.write { tx in try Escrow.contribute(to: "act-1", by: rosa, in: tx) }
        try await cast.write { [cast] tx in
            try Escrow.recover(cast.founded.response, to: nadia.person, act: "act-1", by: tomas, in: tx)
        }
        let recovered = try await caller(nadia)
        #expect(try cast.open(old, as: recovered) == "two vans")
        #expect(try cast.open(new, as: recovered) == "three vans")
        // The administrator who approved learned nothing that lasts.
        let after = try await caller(self.tomas)
        #expect(throws: VaultError.noKey) { try cast.open(old, as: after) }
        let roster = try await cast.read { tx in try Log.roster.leaves(in: tx) }
        #expect(roster.contains { $0.text?.contains("team.recovered") == true })
    }

    @Test func `one administrator alone recovers nothing`() async throws {
        let (nadia, tomas, rosa) = (try await newcomer(), try await caller(tomas), try await cast.rosa())
        let team = cast.founded.response
        await #expect(throws: Refusal.self) {
            try await cast.write { tx in try Escrow.recover(team, to: nadia.person, act: "act-1", by: tomas, in: tx) }
        }
        await #expect(throws: Refusal.self) {
            try await cast.write { tx in
                try Escrow.contribute(to: "act-1", by: tomas, in: tx)
                try Escrow.recover(team, to: nadia.person, act: "act-1", by: tomas, in: tx)
            }
        }
        // An offer for one act serves no other.
        try await cast.write { tx in try Escrow.contribute(to: "act-2", by: rosa, in: tx) }
        await #expect(throws: Refusal.self) {
            try await cast.write { tx in try Escrow.recover(team, to: nadia.person, act: "act-1", by: tomas, in: tx) }
        }
        let still = try await caller(nadia)
        #expect(!still.teams.contains(team))
    }

    @Test func `somebody who is no administrator takes no part`() async throws {
        let dolores = try await caller(dolores)
        await #expect(throws: Refusal.self) {
            try await cast.write { tx in try Escrow.contribute(to: "act-1", by: dolores, in: tx) }
        }
    }

    @Test func `an offer ends by itself, and when it is withdrawn`() async throws {
        let (nadia, tomas, rosa) = (try await newcomer(), try await caller(tomas), try await cast.rosa())
        let team = cast.founded.response
        try await cast.write { tx in try Escrow.contribute(to: "act-1", by: rosa, in: tx) }
        cast.world.clock.advance(by: .days(4))
        await #expect(throws: Refusal.self) {
            try await cast.write { tx in try Escrow.recover(team, to: nadia.person, act: "act-1", by: tomas, in: tx) }
        }
        try await cast.write { tx in try Escrow.contribute(to: "act-2", by: rosa, in: tx) }
        try await cast.write { tx in try Escrow.withdraw("act-2", in: tx) }
        await #expect(throws: Refusal.self) {
            try await cast.write { tx in try Escrow.recover(team, to: nadia.person, act: "act-2", by: tomas, in: tx) }
        }
    }

    @Test func `when the administrators change, a new escrow begins, and the old one ends once the keys moved over`()
        async throws
    {
        let before = try await cast.read { tx in try Escrow.standing(in: tx) }
        #expect(Set(before.holders) == [cast.founded.coordinator, tomas.person] && before.covered == before.all)
        let third = try Enrolment.scripted()
        try await cast.enrol(third, "Vera", [.coordinator], teams: false)
        let epochs = try await cast.read { tx in try tx.list(Int.self, "SELECT epoch FROM escrow_keys ORDER BY epoch") }
        #expect(epochs.count == 2)
        let rosa = try await cast.rosa()
        let out = tomas.person
        try await cast.write { tx in try Person.remove(out, by: rosa, in: tx) }
        try await cast.write { tx in try Escrow.refresh(with: rosa.unlockedKeyring(), in: tx) }
        let after = try await cast.read { tx in try Escrow.standing(in: tx) }
        #expect(Set(after.holders) == [cast.founded.coordinator, third.person] && after.covered == after.all)
        #expect(try await cast.read { tx in try tx.count("SELECT count(*) FROM escrow_keys") } == 1)
        let nadia = try await newcomer()
        let vera = try await caller(third)
        try await cast.write { tx in try Escrow.contribute(to: "act-1", by: rosa, in: tx) }
        try await cast.write { [cast] tx in
            try Escrow.recover(cast.founded.response, to: nadia.person, act: "act-1", by: vera, in: tx)
        }
        #expect(try await caller(nadia).teams.contains(cast.founded.response))
    }

    @Test func `with one administrator there is no escrow, and it says so`() async throws {
        let alone = try await PeopleCast()
        let standing = try await alone.read { tx in try Escrow.standing(in: tx) }
        #expect(standing.holders.isEmpty && standing.covered == 0 && standing.all > 0)
        let rosa = try await alone.rosa()
        await #expect(throws: Refusal.self) {
            try await alone.write { tx in try Escrow.contribute(to: "act-1", by: rosa, in: tx) }
        }
    }
}
