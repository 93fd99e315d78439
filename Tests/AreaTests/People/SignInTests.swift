// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Support
import Testing
import Vault

@Suite("Sign-in")
struct SignInTests {
    @Test func `a member signs in, in any case, and reads what was sealed to the team`() async throws {
        let cast = try await PeopleCast()
        let dolores = try await cast.enrolDolores()
        let sealed = try await cast.sealToResponse("Tres camionetas")
        let token = try await cast.signIn.attempt(login: " DOLORES ", passphrase: PeopleCast.doloresPassphrase)
        let caller = try #require(try await cast.caller(token))
        #expect(caller.person == dolores)
        #expect(caller.handle == "Dolores")
        #expect(caller.roles == [.dispatcher])
        #expect(caller.teams == [cast.founded.response])
        #expect(try cast.open(sealed, as: caller) == "Tres camionetas")
    }

    @Test func `an unknown name and a wrong passphrase get the same refusal`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let tries = [
            ("dolores", "quiet harbor thistle piano gravels"), ("nobody", PeopleCast.doloresPassphrase),
            ("dolores", ""), ("", ""), ("d\u{0600}olores", PeopleCast.doloresPassphrase),
            (String(repeating: "x", count: 100_000), String(repeating: "y", count: 100_000)),
        ]
        for (login, passphrase) in tries {
            let refusal = await #expect(throws: Refusal.self) {
                try await cast.signIn.attempt(login: login, passphrase: passphrase)
            }
            #expect(refusal == .wrongSignIn)
        }
        #expect(try await cast.read { tx in try tx.count("SELECT count(*) FROM sessions") } == 0)
    }

    @Test func `a passphrase typed with decomposed letters is the same passphrase`() async throws {
        let cast = try await PeopleCast()
        let enrolment = try await Enrolment.prepare(
            login: "peña",
            passphrase: "el ni\u{F1}o pint\u{F3} la ca\u{F1}ada",
            gate: cast.world.gate,
            keys: cast.world.keys
        )
        try await cast.enrol(enrolment, "Peña", [.verifier])
        let token = try await cast.signIn.attempt(
            login: "PEN\u{303}A",
            passphrase: "el nin\u{303}o pinto\u{301} la can\u{303}ada"
        )
        #expect(try await cast.caller(token)?.person == enrolment.person)
    }

    @Test func `an idle session ends after thirty minutes, a busy one after twelve hours`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let idle = try await cast.signInDolores()
        cast.world.clock.advance(by: .minutes(29))
        #expect(try await cast.caller(idle) != nil)
        cast.world.clock.advance(by: .minutes(31))
        #expect(try await cast.caller(idle) == nil)

        let busy = try await cast.signInDolores()
        for _ in 0..<35 {
            cast.world.clock.advance(by: .minutes(20))
            #expect(try await cast.caller(busy) != nil)
        }
        cast.world.clock.advance(by: .minutes(20))
        #expect(try await cast.caller(busy) == nil)
    }

    @Test func `a session writes that it was used at most once a minute`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let token = try await cast.signInDolores()
        cast.world.clock.advance(by: .seconds(59))
        #expect(try await cast.read { tx in try Session.find(token, in: tx) }?.wantsTouch == false)
        cast.world.clock.advance(by: .seconds(1))
        #expect(try await cast.read { tx in try Session.find(token, in: tx) }?.wantsTouch == true)
        _ = try await cast.caller(token)
        #expect(try await cast.read { tx in try Session.find(token, in: tx) }?.wantsTouch == false)
    }

    @Test func `sealed things close after fifteen minutes and open with the passphrase`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let sealed = try await cast.sealToResponse("Tres camionetas")
        let token = try await cast.signInDolores()
        cast.world.clock.advance(by: .minutes(15))
        let relocked = try #require(try await cast.caller(token))
        #expect(!relocked.isUnlocked)
        #expect(throws: Refusal.locked) { try cast.open(sealed, as: relocked) }
        #expect(throws: Refusal.locked) { try relocked.sign([1]) }
        let kept = try await cast.read { tx in try tx.one([UInt8].self, "SELECT wrapped_seed FROM sessions") }
        #expect(kept == nil)

        await #expect(throws: Refusal.wrongPassphrase) {
            try await cast.signIn.unlock(token, by: relocked, passphrase: "not the right passphrase")
        }
        try await cast.signIn.unlock(token, by: relocked, passphrase: PeopleCast.doloresPassphrase)
        let unlocked = try #require(try await cast.caller(token))
        #expect(try cast.open(sealed, as: unlocked) == "Tres camionetas")
    }

    @Test func `relocking by hand closes at once`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let token = try await cast.signInDolores()
        let caller = try #require(try await cast.caller(token))
        try await cast.write { tx in try Session.relock(by: caller, in: tx) }
        #expect(try await cast.caller(token)?.isUnlocked == false)
    }

    @Test func `signing out ends this session and no other`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let phone = try await cast.signInDolores()
        let desk = try await cast.signInDolores()
        let caller = try #require(try await cast.caller(phone))
        try await cast.write { tx in try Session.signOut(by: caller, in: tx) }
        #expect(try await cast.caller(phone) == nil)
        #expect(try await cast.caller(desk) != nil)
    }

    @Test func `a cookie with the right id and a wrong secret opens nothing`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let token = try await cast.signInDolores()
        let bytes = try #require(Base64URL.bytes(token.cookie, count: 64))
        let forged = try #require(
            SessionToken(cookie: Base64URL.text(Array(bytes.prefix(32)) + [UInt8](repeating: 0, count: 32)))
        )
        #expect(try await cast.caller(forged)?.isUnlocked == false)
    }

    @Test func `a changed passphrase ends the other sessions and keeps what was sealed`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let sealed = try await cast.sealToResponse("Tres camionetas")
        let desk = try await cast.signInDolores()
        let lost = try await cast.signInDolores()
        let caller = try #require(try await cast.caller(desk))
        let new = "velvet comet orchard tunnel spoon"
        await #expect(throws: Refusal.wrongPassphrase) {
            try await cast.signIn.changePassphrase(by: caller, from: "wrong", to: new, login: "dolores")
        }
        try await cast.signIn.changePassphrase(
            by: caller,
            from: PeopleCast.doloresPassphrase,
            to: new,
            login: "dolores"
        )
        #expect(try await cast.caller(lost) == nil)
        #expect(try await cast.caller(desk) != nil)
        await #expect(throws: Refusal.wrongSignIn) { try await cast.signInDolores() }
        let token = try await cast.signIn.attempt(login: "dolores", passphrase: new)
        #expect(try cast.open(sealed, as: #require(try await cast.caller(token))) == "Tres camionetas")
    }

    @Test func `the sweep takes away what is over`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        _ = try await cast.signInDolores()
        cast.world.clock.advance(by: .minutes(16))
        #expect(try await cast.write { tx in try Session.sweep(in: tx) } == 0)
        #expect(
            try await cast.read { tx in
                try tx.count("SELECT count(*) FROM sessions WHERE wrapped_seed IS NOT NULL")
            } == 0
        )
        cast.world.clock.advance(by: .minutes(15))
        #expect(try await cast.write { tx in try Session.sweep(in: tx) } == 1)
    }

    @Test func `the database holds neither the sign-in name nor the cookie`() async throws {
        let cast = try await PeopleCast()
        _ = try await cast.enrolDolores()
        let token = try await cast.signInDolores()
        let half = try #require(Base64URL.bytes(token.cookie, count: 64)).prefix(32)
        let found = try await cast.read { tx in
            try tx.count("SELECT count(*) FROM sessions WHERE id_hash = \(Array(half))")
                + tx.count("SELECT count(*) FROM people WHERE login_index = \(Array("dolores".utf8))")
        }
        #expect(found == 0)
    }
}
