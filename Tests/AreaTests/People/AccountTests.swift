// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@Suite("Codes, recovery, confirmation")
struct AccountTests {
    /// Dolores with an app, and what it shows.
    private func dolores(_ cast: PeopleCast) async throws -> (person: Ref<Person>, app: OneTimeSecret) {
        let person = try await cast.enrolDolores()
        let (app, keys) = (OneTimeSecret.generate(), cast.world.keys)
        try await cast.write { tx in try SecondFactor.preset(app, for: person, keys: keys, in: tx) }
        return (person, app)
    }

    private func code(_ app: OneTimeSecret, _ cast: PeopleCast) -> String {
        app.code(step: OneTimeSecret.step(at: cast.world.clock.clock.now()))
    }

    private func attempt(_ cast: PeopleCast, _ code: String) async throws -> SessionToken {
        try await cast.signIn.attempt(login: "dolores", passphrase: PeopleCast.doloresPassphrase, code: code)
    }

    @Test func `with an app, the passphrase alone lets nobody in, and each code once`() async throws {
        let cast = try await PeopleCast()
        let (person, app) = try await dolores(cast)
        for wrong in ["", "000000", "not a code"] where wrong != code(app, cast) {
            await #expect(throws: Refusal.wrongSignIn) { try await attempt(cast, wrong) }
        }
        let right = code(app, cast)
        let caller = try #require(try await cast.caller(attempt(cast, right)))
        #expect(caller.person == person)
        #expect(caller.hasSecondFactor)
        await #expect(throws: Refusal.wrongSignIn) { try await attempt(cast, right) }
        cast.world.clock.advance(by: .seconds(30))
        #expect(try await cast.caller(attempt(cast, code(app, cast))) != nil)
    }

    @Test func `of two who bring the same code at once, one comes in`() async throws {
        let cast = try await PeopleCast()
        let (_, app) = try await dolores(cast)
        let right = code(app, cast)
        let entered = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 { group.addTask { (try? await self.attempt(cast, right)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(entered == 1)
    }

    @Test func `an unknown name, a wrong passphrase and a wrong code cost the same and say the same`() async throws {
        let cast = try await PeopleCast()
        let (_, app) = try await dolores(cast)
        let good = PeopleCast.doloresPassphrase
        let tries = [
            ("nobody", good, code(app, cast)), ("dolores", "quiet harbor thistle pianos", code(app, cast)),
            ("dolores", good, "abc"), ("rosa", good, ""), ("d\u{0600}", good, ""),
        ]
        for (login, passphrase, code) in tries {
            let before = cast.world.gate.entered
            let refusal = await #expect(throws: Refusal.self) {
                try await cast.signIn.attempt(login: login, passphrase: passphrase, code: code)
            }
            #expect(refusal == .wrongSignIn)
            #expect(cast.world.gate.entered == before + 1)
        }
    }

    @Test func `while the instance is locked nobody signs in, and nothing is stretched`() async throws {
        let cast = try await PeopleCast()
        _ = try await dolores(cast)
        let locked = InstanceKeys(boot: .random(), root: nil)
        let door = SignIn(database: cast.world.database, gate: cast.world.gate, keys: locked)
        let before = cast.world.gate.entered
        await #expect(throws: Refusal.instanceLocked) {
            try await door.attempt(login: "dolores", passphrase: PeopleCast.doloresPassphrase)
        }
        #expect(cast.world.gate.entered == before)
    }

    @Test func `a stranger's tries from elsewhere don't lock the member out`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let (world, keeper) = (cast.world, Doorkeeper())
        let door = SignIn(database: world.database, gate: world.gate, keys: world.keys, doorkeeper: keeper)
        var refused: Refusal?
        for _ in 0..<20 {
            refused = await #expect(throws: Refusal.self) {
                try await door.attempt(login: "dolores", passphrase: "not hers at all, no", network: "stranger")
            }
        }
        #expect(refused == .tooManyTries)
        let token = try await door.attempt(
            login: "dolores",
            passphrase: PeopleCast.doloresPassphrase,
            network: "home"
        )
        #expect(try await cast.caller(token) != nil)
    }

    @Test func `an app is set up with its first code, replaced only with the old one`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let token = try await cast.signInDolores()
        let caller = try #require(try await cast.caller(token))
        let keys = cast.world.keys
        #expect(!caller.hasSecondFactor)
        let offer = try SecondFactor.offer(to: caller, keys: keys)
        let again = try SecondFactor.reopen(offer.ticket, for: caller, keys: keys)
        #expect(again.secret.base32 == offer.secret.base32)
        let wrong = await #expect(throws: Refusal.self) {
            try await cast.write { tx in
                try SecondFactor.setUp(offer, code: "12", by: caller, keys: keys, in: tx)
            }
        }
        #expect(wrong?.fields["new_code"] != nil)
        let first = code(offer.secret, cast)
        _ = try await cast.write { tx in try SecondFactor.setUp(offer, code: first, by: caller, keys: keys, in: tx) }
        let now = try #require(try await cast.caller(token))
        #expect(now.hasSecondFactor)

        let next = try SecondFactor.offer(to: now, keys: keys)
        let shown = code(next.secret, cast)
        await #expect(throws: Refusal.notConfirmed) {
            try await cast.write { tx in try SecondFactor.setUp(next, code: shown, by: now, keys: keys, in: tx) }
        }
        let other = try #require(
            try await cast.caller(cast.signIn.attempt(login: "rosa", passphrase: PeopleCast.rosaPassphrase))
        )
        #expect(throws: Refusal.self) { try SecondFactor.reopen(next.ticket, for: other, keys: keys) }
    }

    @Test func `a confirmation is one person's, one session's, and five minutes long`() async throws {
        let cast = try await PeopleCast()
        let (_, app) = try await dolores(cast)
        let token = try await attempt(cast, code(app, cast))
        let caller = try #require(try await cast.caller(token))
        cast.world.clock.advance(by: .seconds(30))
        let wrongs = [("wrong passphrase here", code(app, cast)), (PeopleCast.doloresPassphrase, "")]
        for (passphrase, code) in wrongs {
            let refusal = await #expect(throws: Refusal.self) {
                try await cast.signIn.confirm(caller, passphrase: passphrase, code: code)
            }
            #expect(refusal == .wrongConfirmation)
            #expect(Set((refusal?.fields ?? [:]).keys) == ["passphrase", "code"])
        }
        let confirmation = try await cast.signIn.confirm(
            caller,
            passphrase: PeopleCast.doloresPassphrase,
            code: code(app, cast)
        )
        try await cast.read { tx in try confirmation.require(of: caller, in: tx) }
        let rosa = try await cast.rosa()
        await #expect(throws: Refusal.notConfirmed) {
            try await cast.read { tx in try confirmation.require(of: rosa, in: tx) }
        }
        #expect(throws: Refusal.notConfirmed) {
            try Confirmation.scripted(caller, at: cast.world.clock.clock.now())
        }
        cast.world.clock.advance(by: .seconds(301))
        await #expect(throws: Refusal.notConfirmed) {
            try await cast.read { tx in try confirmation.require(of: caller, in: tx) }
        }
    }

    @Test func `the recovery code gives a new passphrase once, ends every session and is told`() async throws {
        let cast = try await PeopleCast()
        let (person, app) = try await dolores(cast)
        let sealed = try await cast.sealToResponse("Tres camionetas")
        let token = try await attempt(cast, code(app, cast))
        let caller = try #require(try await cast.caller(token))
        cast.world.clock.advance(by: .seconds(30))
        let confirmation = try await cast.signIn.confirm(
            caller,
            passphrase: PeopleCast.doloresPassphrase,
            code: code(app, cast)
        )
        let printed = try await cast.write { tx in
            try Recovery.renew(by: caller, confirmation: confirmation, in: tx)
        }
        let new = "velvet comet orchard tunnel spoon"
        let told = Told()
        func recover(_ login: String, _ code: RecoveryCode) async throws -> SessionToken {
            try await cast.signIn.recover(login: login, code: code.text, to: new) { person, coordinators, _ in
                told.note(person, coordinators)
            }
        }
        let before = cast.world.gate.entered
        for (login, code) in [("nobody", printed), ("dolores", .generate()), ("rosa", printed)] {
            await #expect(throws: Refusal.wrongRecovery) { try await recover(login, code) }
        }
        #expect(cast.world.gate.entered == before)

        let back = try #require(try await cast.caller(recover("dolores", printed)))
        #expect(back.person == person)
        #expect(!back.hasSecondFactor)
        #expect(try cast.open(sealed, as: back) == "Tres camionetas")
        #expect(try await cast.caller(token) == nil)
        #expect(told.all == [[person, cast.founded.coordinator]])
        await #expect(throws: Refusal.wrongRecovery) { try await recover("dolores", printed) }
        await #expect(throws: Refusal.wrongSignIn) { try await attempt(cast, code(app, cast)) }
        #expect(try await cast.caller(cast.signIn.attempt(login: "dolores", passphrase: new)) != nil)
    }

    @Test func `sessions are listed to the hour, named by their owner, and ended one by one`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let keys = cast.world.keys
        let phone = try await cast.signInDolores()
        let desk = try await cast.signInDolores()
        let caller = try #require(try await cast.caller(phone))
        try await cast.write { tx in try Session.name("my phone", by: caller, keys: keys, in: tx) }
        let devices = try await cast.read { tx in try Session.devices(of: caller, keys: keys, in: tx) }
        #expect(devices.map(\.isThisOne) == [true, false])
        #expect(devices.map(\.name) == ["my phone", nil])
        #expect(devices.allSatisfy { $0.lastUsed.milliseconds.isMultiple(of: 3_600_000) })
        let plain = try await cast.read { tx in
            try tx.list([UInt8].self, "SELECT device FROM sessions WHERE device IS NOT NULL")
        }
        #expect(plain.allSatisfy { !String(decoding: $0, as: UTF8.self).contains("phone") })

        let rosa = try await cast.rosa()
        let other = try #require(devices.last).id
        await #expect(throws: Refusal.notFound) {
            try await cast.write { tx in try Session.end(other, by: rosa, in: tx) }
        }
        try await cast.write { tx in try Session.end(other, by: caller, in: tx) }
        #expect(try await cast.caller(desk) == nil)
        #expect(try await cast.caller(phone) != nil)
    }
}

/// Who was told of a recovery.
private final class Told: @unchecked Sendable {
    // Written inside the one writer's transaction, read after it.
    private(set) var all: [[Ref<Person>]] = []
    func note(_ person: Ref<Person>, _ coordinators: [Ref<Person>]) { all.append([person] + coordinators) }
}
