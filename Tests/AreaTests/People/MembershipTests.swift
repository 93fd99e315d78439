// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@Suite("Membership")
struct MembershipTests {
    @Test func `what came before anybody was there is opened by the first coordinator, and by nobody later`()
        async throws
    {
        let instance = try await Instance()
        let founding = try KeyPair.generate()
        let before = try await instance.database.write { tx in
            try Coalition.awaitSetUp(keys: founding, in: tx)
            try Coalition.awaitSetUp(keys: KeyPair.generate(), in: tx)
            return try Team.current(purpose: "response", in: tx)
        }
        let early = try Sealed.seal(["two vans"], kind: "report", record: "early", to: [before])
        let coordinator = try Enrolment.scripted()
        let (ruth, after) = try await instance.database.write { tx in
            let founded = try Coalition.setUp(
                name: "Neighbors",
                shortName: "N",
                coordinator: coordinator,
                handle: "Ruth",
                founding: founding,
                in: tx
            )
            let ruth = try Caller.scripted(founded.coordinator, keys: coordinator.keys, in: tx)
            return (ruth, try Team.current(purpose: "response", in: tx))
        }
        #expect(try early.open(kind: "report", record: "early", with: ruth.unlockedKeyring()) == ["two vans"])
        #expect(after.team == before.team)
        #expect(after.epoch == before.epoch + 1)
        #expect(after.publicKey != before.publicKey)
    }

    @Test func `a coalition is set up once`() async throws {
        let cast = try await PeopleCast()
        let second = try Enrolment.scripted()
        await #expect(throws: Refusal.self) {
            try await cast.write { tx in
                try Coalition.setUp(name: "Other", shortName: "O", coordinator: second, handle: "Eve", in: tx)
            }
        }
        #expect(try await cast.read { tx in try Organisation.all(in: tx).map(\.name) } == ["Vecinos de Boyle Heights"])
    }

    @Test func `a removed member's sessions and grants are gone, and new things are closed to their keys`() async throws
    {
        let cast = try await PeopleCast()
        let dolores = try await cast.enrolDolores()
        let token = try await cast.signInDolores()
        let kept = try #require(try await cast.caller(token))
        let rosa = try await cast.rosa()
        let before = try await cast.sealToResponse("before")
        try await cast.write { tx in try Person.remove(dolores, by: rosa, in: tx) }

        #expect(try await cast.caller(token) == nil)
        await #expect(throws: Refusal.wrongSignIn) { try await cast.signInDolores() }
        let after = try await cast.sealToResponse("after")
        #expect(throws: VaultError.noKey) { try cast.open(after, as: kept) }
        let staying = try await cast.rosa()
        #expect(try cast.open(before, as: staying) == "before")
        #expect(try cast.open(after, as: staying) == "after")
        let left = try await cast.read { tx in
            try tx.count("SELECT count(*) FROM team_grants WHERE person = \(dolores)")
                + tx.count("SELECT count(*) FROM sessions WHERE person = \(dolores)")
        }
        #expect(left == 0)
    }

    @Test func `a former member's name is free again and their signatures can still be checked`() async throws {
        let cast = try await PeopleCast()
        let dolores = try await cast.enrolDolores()
        let signature = try #require(try await cast.caller(cast.signInDolores())).sign([1, 2, 3])
        let rosa = try await cast.rosa()
        try await cast.write { tx in try Person.remove(dolores, by: rosa, in: tx) }
        let former = try #require(try await cast.read { tx in try Person.find(dolores, in: tx) })
        #expect(former.removedAt != nil)
        #expect(KeyPair.verify(signature, of: [1, 2, 3], by: former.signingKey))
        #expect(try await cast.enrolDolores() != dolores)
    }

    @Test func `a new member reads what came before, someone outside the team does not`() async throws {
        let cast = try await PeopleCast()
        let sealed = try await cast.sealToResponse("before")
        let inside = try Enrolment.scripted()
        let outside = try Enrolment.scripted()
        try await cast.enrol(inside, "Vera", [.verifier])
        try await cast.enrol(outside, "Carmen", [.attorney], teams: false)
        let (vera, carmen) = try await cast.read { tx in
            (
                try Caller.scripted(inside.person, keys: inside.keys, in: tx),
                try Caller.scripted(outside.person, keys: outside.keys, in: tx)
            )
        }
        #expect(try cast.open(sealed, as: vera) == "before")
        #expect(throws: VaultError.noKey) { try cast.open(sealed, as: carmen) }
    }

    @Test func `nobody lets someone into a team they are not in, nor while relocked`() async throws {
        let cast = try await PeopleCast()
        let second = try Enrolment.scripted()
        try await cast.enrol(second, "Marta", [.coordinator], teams: false)
        let friend = try Enrolment.scripted()
        try await cast.enrol(friend, "Eve", [.operator], teams: false)
        let marta = try await cast.read { tx in try Caller.scripted(second.person, keys: second.keys, in: tx) }
        let team = cast.founded.response
        let refusal = await #expect(throws: Refusal.self) {
            try await cast.write { tx in try Team.grant(team, to: friend.person, by: marta, in: tx) }
        }
        #expect(refusal?.kind == .forbidden)

        let token = try await cast.signIn.attempt(login: "rosa", passphrase: PeopleCast.rosaPassphrase)
        cast.world.clock.advance(by: .minutes(20))
        let relocked = try #require(try await cast.caller(token))
        await #expect(throws: Refusal.locked) {
            try await cast.write { tx in try Team.grant(team, to: friend.person, by: relocked, in: tx) }
        }
    }

    @Test func `a second team is closed to the first`() async throws {
        let cast = try await PeopleCast()
        let second = try Enrolment.scripted()
        try await cast.enrol(second, "Marta", [.coordinator], teams: false)
        let marta = try await cast.read { tx in try Caller.scripted(second.person, keys: second.keys, in: tx) }
        let rosa = try await cast.rosa()
        _ = try await cast.write { tx in try Team.create(name: "Legal", purpose: "legal", by: marta, in: tx) }
        let sealed = try await cast.read { tx in
            try Sealed.seal("A case", kind: "test.words", record: "r", to: [Team.current(purpose: "legal", in: tx)])
        }
        #expect(throws: VaultError.noKey) { try cast.open(sealed, as: rosa) }
        let again = try await cast.read { tx in try Caller.scripted(second.person, keys: second.keys, in: tx) }
        #expect(try cast.open(sealed, as: again) == "A case")
        await #expect(throws: Refusal.self) {
            try await cast.write { tx in try Team.create(name: "Legal 2", purpose: "legal", by: marta, in: tx) }
        }
    }

    @Test func `the last coordinator and the last of a team can't leave`() async throws {
        let cast = try await PeopleCast()
        let rosa = try await cast.rosa()
        let team = cast.founded.response
        for attempt in [
            { (tx: Transaction) in try Person.remove(rosa.person, by: rosa, in: tx) },
            { (tx: Transaction) in try Person.changeRoles(rosa.person, to: [], by: rosa, in: tx) },
            { (tx: Transaction) in try Team.remove(rosa.person, from: team, by: rosa, in: tx) },
        ] as [@Sendable (Transaction) throws -> Void] {
            let refusal = await #expect(throws: Refusal.self) { try await cast.write(attempt) }
            #expect(refusal?.kind == .conflict)
        }
    }

    @Test func `changed roles are in force with the next request`() async throws {
        let cast = try await PeopleCast()
        let dolores = try await cast.enrolDolores()
        let token = try await cast.signInDolores()
        let rosa = try await cast.rosa()
        #expect(try await cast.caller(token)?.can(.dispatch) == true)
        try await cast.write { tx in try Person.changeRoles(dolores, to: [.verifier], by: rosa, in: tx) }
        let caller = try #require(try await cast.caller(token))
        #expect(throws: Refusal.forbidden) { try caller.require(.dispatch) }
        #expect(throws: Never.self) { try caller.require(.verify) }
    }

    @Test func `only a coordinator manages people`() async throws {
        let cast = try await PeopleCast()
        let dolores = try await cast.enrolDolores()
        let caller = try #require(try await cast.caller(cast.signInDolores()))
        let (rosa, team) = (cast.founded.coordinator, cast.founded.response)
        let newcomer = try Enrolment.scripted()
        let organisation = cast.founded.organisation
        for attempt in [
            { (tx: Transaction) in try Person.remove(rosa, by: caller, in: tx) },
            { (tx: Transaction) in try Person.changeRoles(dolores, to: [.coordinator], by: caller, in: tx) },
            { (tx: Transaction) in try Team.remove(rosa, from: team, by: caller, in: tx) },
            { (tx: Transaction) in try Team.grant(team, to: rosa, by: caller, in: tx) },
            { (tx: Transaction) in
                try Person.enrol(
                    newcomer,
                    handle: "Eve",
                    organisation: organisation,
                    roles: [.coordinator],
                    by: caller,
                    in: tx
                )
            },
        ] as [@Sendable (Transaction) throws -> Void] {
            await #expect(throws: Refusal.forbidden) { try await cast.write(attempt) }
        }
    }

    @Test func `a taken sign-in name is refused beside its field`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let refusal = await #expect(throws: Refusal.self) { try await cast.enrolDolores() }
        #expect(refusal?.kind == .conflict)
        #expect(refusal?.fields["login"] != nil)
    }

    @Test func `a hidden letter, an empty or an endless handle is refused beside its field`() async throws {
        let cast = try await PeopleCast()
        for handle in ["", "   ", "Do\u{202E}lores", "Do\r\nlores", String(repeating: "x", count: 41)] {
            let enrolment = try Enrolment.scripted()
            let refusal = await #expect(throws: Refusal.self) { try await cast.enrol(enrolment, handle, [.operator]) }
            #expect(refusal?.kind == .invalid)
            #expect(refusal?.fields["handle"] != nil)
        }
    }

    @Test func `the list shows present members with their roles and teams`() async throws {
        let cast = try await PeopleCast()
        let dolores = try await cast.enrolDolores()
        let rosa = try await cast.rosa()
        let people = try await cast.read { tx in try Person.list(by: rosa, in: tx) }
        #expect(people.map(\.handle) == ["Dolores", "Rosa"])
        #expect(people.first?.roles == [.dispatcher])
        #expect(people.first?.teams == [cast.founded.response])
        try await cast.write { tx in try Person.remove(dolores, by: rosa, in: tx) }
        #expect(try await cast.read { tx in try Person.list(by: rosa, in: tx) }.map(\.handle) == ["Rosa"])
    }

    @Test func `what was done to members is on the record, without names`() async throws {
        let cast = try await PeopleCast()
        let dolores = try await cast.enrolDolores()
        let rosa = try await cast.rosa()
        try await cast.write { tx in try Person.remove(dolores, by: rosa, in: tx) }
        let entries = try await cast.read { tx in try Audit.entries(by: rosa, in: tx) }
        #expect(entries.map(\.kind).contains("person.removed"))
        #expect(entries.first?.actor == rosa.person.text)
        #expect(!entries.contains { "\($0.data)".contains("Dolores") })
    }
}
