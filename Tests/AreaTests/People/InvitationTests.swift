// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@Suite("Invitations, teams and roles")
struct InvitationTests {
    private let passphrase = "velvet comet orchard tunnel spoon"

    private func invite(
        _ cast: PeopleCast,
        _ roles: Set<Role> = [.verifier],
        teams: Bool = true,
        by inviter: Caller? = nil
    ) async throws -> String {
        let rosa = try await cast.rosa()
        let draft = Invitation.Draft(
            handle: "Paloma",
            organisation: cast.founded.organisation,
            roles: roles,
            teams: teams ? [cast.founded.response] : [],
            language: "es"
        )
        return try await cast.write { tx in try Invitation.make(draft, by: inviter ?? rosa, in: tx) }
    }

    private func accept(_ cast: PeopleCast, _ secret: String, as login: String = "paloma") async throws -> SessionToken
    {
        try await cast.signIn.accept(secret: secret, login: login, passphrase: passphrase)
    }

    @Test func `the invited person becomes a member, once, and holds no key before somebody gives it`() async throws {
        let cast = try await PeopleCast()
        let sealed = try await cast.sealToResponse("before")
        let secret = try await invite(cast)
        // A messenger's preview looks too.
        for _ in 0..<3 {
            #expect(try await cast.read { tx in try Invitation.find(secret: secret, in: tx) }?.handle == "Paloma")
        }
        let token = try await accept(cast, secret)
        let paloma = try #require(try await cast.caller(token))
        #expect(paloma.roles == [.verifier])
        #expect(paloma.language == "es")
        #expect(throws: VaultError.noKey) { try cast.open(sealed, as: paloma) }
        await #expect(throws: Refusal.invitationOver) { try await accept(cast, secret, as: "other") }

        let rosa = try await cast.rosa()
        let roster = try #require(try await cast.read { tx in try Team.rosters(by: rosa, in: tx) }.first)
        #expect(roster.waiting == [paloma.person])
        #expect(roster.isCallers)
        let team = cast.founded.response
        try await cast.write { tx in try Team.grant(team, to: paloma.person, by: rosa, in: tx) }
        #expect(try await cast.read { tx in try Team.rosters(by: rosa, in: tx) }.first?.waiting == [])
        #expect(try cast.open(sealed, as: #require(try await cast.caller(token))) == "before")
    }

    @Test func `whose language nobody chose gets the one in which they read the invitation`() async throws {
        let cast = try await PeopleCast()
        let rosa = try await cast.rosa()
        for (chosen, reading, got) in [("", "vi", "vi"), ("es", "vi", "es")] {
            let draft = Invitation.Draft(
                handle: "Paloma \(got)",
                organisation: cast.founded.organisation,
                roles: [.verifier],
                language: chosen
            )
            let secret = try await cast.write { tx in try Invitation.make(draft, by: rosa, in: tx) }
            let token = try await cast.signIn.accept(
                secret: secret,
                login: "paloma\(got)",
                passphrase: passphrase,
                reading: reading
            )
            #expect(try await cast.caller(token)?.language == got)
        }
    }

    @Test func `a link is over after three days, when taken back, and when who made it is out`() async throws {
        let cast = try await PeopleCast()
        let old = try await invite(cast)
        cast.world.clock.advance(by: .hours(72))
        await #expect(throws: Refusal.invitationOver) { try await accept(cast, old) }
        #expect(try await cast.write { tx in try Invitation.sweep(in: tx) } == 1)

        let taken = try await invite(cast)
        let rosa = try await cast.rosa()
        try await cast.write { tx in
            let waiting = try Invitation.waiting(by: rosa, in: tx)
            for invitation in waiting { try Invitation.withdraw(invitation.id, by: rosa, in: tx) }
        }
        await #expect(throws: Refusal.invitationOver) { try await accept(cast, taken) }

        let second = try Enrolment.scripted()
        try await cast.enrol(second, "Marta", [.coordinator])
        let marta = try await cast.read { tx in try Caller.scripted(second.person, keys: second.keys, in: tx) }
        let orphan = try await invite(cast, by: marta)
        try await cast.write { tx in try Person.remove(marta.person, by: rosa, in: tx) }
        await #expect(throws: Refusal.invitationOver) { try await accept(cast, orphan) }
        for rubbish in ["", "x", String(repeating: "A", count: 43), String(repeating: "é", count: 43)] {
            await #expect(throws: Refusal.invitationOver) { try await accept(cast, rubbish) }
        }
    }

    @Test func `the database holds a hash of the link, and a bad link stretches nothing`() async throws {
        let cast = try await PeopleCast()
        let secret = try await invite(cast)
        let bytes = try #require(Base64URL.bytes(secret, count: 32))
        #expect(
            try await cast.read { tx in try tx.count("SELECT count(*) FROM invitations WHERE secret_hash = \(bytes)") }
                == 0
        )
        let before = cast.world.gate.entered
        await #expect(throws: Refusal.invitationOver) { try await accept(cast, Base64URL.text(Secret.random().bytes)) }
        #expect(cast.world.gate.entered == before)
    }

    @Test func `a weak passphrase or a taken name leaves the link unused`() async throws {
        let cast = try await PeopleCast()
        let secret = try await invite(cast)
        let weak = await #expect(throws: Refusal.self) {
            try await cast.signIn.accept(secret: secret, login: "paloma", passphrase: "password password 1")
        }
        #expect(weak?.fields["passphrase"] != nil)
        let taken = await #expect(throws: Refusal.self) { try await accept(cast, secret, as: "Rosa") }
        #expect(taken?.fields["login"] != nil)
        #expect(try await cast.caller(accept(cast, secret)) != nil)
    }

    @Test func `an administrator manages accounts, and opens nothing`() async throws {
        let cast = try await PeopleCast()
        let enrolment = try Enrolment.scripted()
        try await cast.enrol(enrolment, "Ada", [.administrator], teams: false)
        let ada = try await cast.read { tx in try Caller.scripted(enrolment.person, keys: enrolment.keys, in: tx) }
        for permission in [Permission.openSealed, .openCases, .seeBoard, .export, .readAudit, .approveAlert] {
            #expect(!ada.can(permission))
        }
        _ = try await invite(cast, by: ada)
        await #expect(throws: Refusal.self) { try await invite(cast, [.coordinator], by: ada) }
        let (rosa, team) = (try await cast.rosa(), cast.founded.response)
        for attempt in [
            { (tx: Transaction) in try Person.changeRoles(ada.person, to: [.administrator, .attorney], by: ada, in: tx)
            },
            { (tx: Transaction) in try Team.grant(team, to: ada.person, by: rosa, in: tx) },
            { (tx: Transaction) in _ = try Team.create(name: "Mine", purpose: "legal", by: ada, in: tx) },
        ] as [@Sendable (Transaction) throws -> Void] {
            await #expect(throws: Refusal.self) { try await cast.write(attempt) }
        }
    }

    @Test func `each organisation has its own legal team, closed to the others`() async throws {
        let cast = try await PeopleCast()
        let (lena, omar) = (try Enrolment.scripted(), try Enrolment.scripted())
        try await cast.enrol(lena, "Lena", [.attorney], teams: false)
        try await cast.enrol(omar, "Omar", [.attorney], teams: false)
        let rosa = try await cast.rosa()
        let own = cast.founded.organisation
        let (first, second) = try await cast.write { tx in
            let casa = try Organisation.found(name: "Casa", shortName: "C", by: rosa, in: tx)
            return (
                try Team.create(
                    name: "Legal",
                    purpose: "legal",
                    organisation: own,
                    first: lena.person,
                    by: rosa,
                    in: tx
                ),
                try Team.create(
                    name: "Legal",
                    purpose: "legal",
                    organisation: casa,
                    first: omar.person,
                    by: rosa,
                    in: tx
                )
            )
        }
        let sealed = try await cast.read { tx in
            try Sealed.seal("A case", kind: "test.words", record: "r", to: [Team.current(first, in: tx)])
        }
        let callers = try await cast.read { tx in
            try [lena, omar].map { try Caller.scripted($0.person, keys: $0.keys, in: tx) }
        }
        #expect(try cast.open(sealed, as: callers[0]) == "A case")
        #expect(throws: VaultError.noKey) { try cast.open(sealed, as: callers[1]) }
        #expect(throws: VaultError.noKey) { try cast.open(sealed, as: rosa) }
        #expect(callers[0].teams == [first])
        #expect(callers[1].teams == [second])
        // Rosa manages people, and holds no key of it: she can't let anybody in, herself included.
        await #expect(throws: Refusal.self) {
            try await cast.write { tx in try Team.grant(first, to: rosa.person, by: rosa, in: tx) }
        }
    }

    /// Who may do what, written out: a change of `Permission` has to be made here too.
    @Test(
        arguments: [
            (.administrator, [.seePeople, .managePeople, .manageSettings]),
            (.organiser, [.organise]),
            (.navigator, [.openCases]),
            (.auditor, [.seePeople, .readAudit]),
            (.accompanier, [.beDispatched, .takeShift]),
            (.observer, [.openSealed, .verify, .observe, .beDispatched, .takeShift]),
            (.verifier, [.openSealed, .verify, .observe, .beDispatched, .takeShift]),
            (.operator, [.seeBoard, .openSealed, .triage, .answer, .merge, .takeShift]),
        ] as [(Role, Set<Permission>)]
    )
    func `the access table`(role: Role, expected: Set<Permission>) {
        #expect(Set(Permission.allCases.filter { $0.roles.contains(role) }) == expected)
    }

    @Test func `cases are for attorneys, navigators and case coordinators; not for who runs the coalition`() {
        #expect(Permission.openCases.roles == [.attorney, .navigator, .caseCoordinator])
        #expect(Permission.managePeople.roles == [.coordinator, .administrator])
        #expect(Permission.openCases.roles.isDisjoint(with: Permission.managePeople.roles))
        #expect(!Permission.openSealed.roles.contains(.administrator))
        #expect(!Permission.openSealed.roles.contains(.organiser))
    }
}
