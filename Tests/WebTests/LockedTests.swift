// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import People
import Support
import Testing
import Vault

@testable import Web

@Suite("A locked instance")
struct LockedTests {
    private static let passphrase = "the passphrase of the whole instance"

    /// A door that a passphrase and a recovery key open, as `setup` makes them. Gives the recovery key.
    private func sealed() async throws -> (door: Door, recovery: RecoveryCode) {
        let door = try await Door()
        let root = Secret.random()
        let recovery = RecoveryCode.generate()
        try await door.lockbox.seal(
            root,
            passphrase: Passphrase(Self.passphrase).secret,
            recovery: recovery,
            gate: door.world.gate,
            keys: door.site.keys
        )
        return (door, recovery)
    }

    private func unlock(_ door: Door, _ key: String) async throws -> Answer {
        let token = FormToken.issue(for: UnlockPages.purpose, at: door.site.now, keys: door.site.keys)
        return try await door.post("/unlock", form: [("_token", token), ("key", key)])
    }

    private func events(_ door: Door) async throws -> [String] {
        try await door.world.database.read { tx in
            try tx.list(String.self, "SELECT kind FROM events WHERE kind LIKE 'instance.%' ORDER BY id")
        }
    }

    @Test("Reports are taken and looked up, public pages stand, and of the members' side nothing is to be had")
    func locked() async throws {
        let door = try await Door()
        try await door.signIn(.amina)
        #expect(try await door.get("/board").status == 200)
        door.site.keys.lock()

        let made = try await door.post("/api/v1/reports", json: Sample.report(door))
        #expect(made.status == 201)
        #expect(try await door.lookUp(made).status == 200)
        for path in ["/", "/now", "/report", "/report/answer", "/rights", "/help", "/healthz", "/api/v1/status"] {
            #expect(try await door.get(path).status == 200, "\(path)")
        }
        for path in ["/board", "/board/stream", "/respond", "/shifts", "/people", "/settings", "/sign-in", "/panic"] {
            let answer = try await door.get(path)
            #expect(answer.status == 503, "\(path)")
            #expect(answer.text.contains("/unlock") && !answer.text.contains("Amina"), "\(path)")
        }
        for path in ["/api/v1/session", "/api/v1/incidents", "/api/v1/assignments"] {
            let answer = try await door.get(path)
            #expect(answer.status == 503 && answer.isProblem && !answer.text.contains("Amina"), "\(path)")
        }
        let form = [("_token", door.csrf), ("login", "amina"), ("passphrase", World.passphrase)]
        #expect(try await door.post("/sign-in", form: form).status == 503)
        #expect(try await door.post("/session/lock", form: form).status == 503)
    }

    @Test("A dispatcher's panic ends every session, closes the key and is on the record; an observer may not")
    func panic() async throws {
        let (door, _) = try await sealed()
        try await door.signIn(.lupe)
        #expect(try await door.get("/panic").status == 403)
        #expect(try await door.post("/panic", form: [("_token", door.csrf)]).status == 403)
        #expect(!door.site.keys.isLocked && !door.lockbox.hasPanicked)

        try await door.signIn(.amina)
        #expect(try await door.get("/panic").text.contains("action=\"/panic\""))
        #expect(try await door.post("/panic", form: [("_token", "wrong")]).status == 403)
        #expect(!door.site.keys.isLocked)
        let answer = try await door.post("/panic", form: [("_token", door.csrf)])
        #expect(answer.status == 303 && answer.headers[.location] == "/unlock")
        #expect(answer.headers[.setCookie]?.contains("Max-Age=0") == true)
        #expect(answer.headers[.clearSiteData] != nil)
        #expect(door.site.keys.isLocked && door.lockbox.hasPanicked)
        let sessions = try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM sessions") }
        #expect(sessions == 0)
        #expect(try await events(door) == ["instance.panicked"])
        #expect(try await door.get("/board").status == 503)
        #expect(try await door.post("/api/v1/reports", json: Sample.report(door)).status == 201)
    }

    @Test("The passphrase or the recovery key opens it again; old sessions stay dead")
    func opening() async throws {
        for byRecovery in [false, true] {
            let (door, recovery) = try await sealed()
            try await door.signIn(.amina)
            _ = try await door.post("/panic", form: [("_token", door.csrf)])
            #expect(try await door.get("/unlock").status == 200)
            let answer = try await unlock(door, byRecovery ? recovery.text : Self.passphrase)
            #expect(answer.status == 303 && answer.headers[.location] == "/sign-in")
            #expect(!door.site.keys.isLocked && !door.lockbox.hasPanicked)
            #expect(try await events(door) == ["instance.panicked", "instance.unlocked"])
            #expect(try await door.get("/board").headers[.location]?.hasPrefix("/sign-in") == true)
            #expect(try await door.get("/sign-in").status == 200)
        }
    }

    @Test("Every wrong entry gets the same answer, and is on the record without filling it")
    func wrong() async throws {
        let (door, _) = try await sealed()
        door.site.keys.lock()
        var pages: Set<String> = []
        for key in ["", "x", "the passphrase of the whole instancE", RecoveryCode.generate().text, "\u{600}<b>"] {
            let answer = try await unlock(door, key)
            #expect(answer.status == 422)
            #expect(!answer.text.contains("instancE") && !answer.text.contains("\u{600}"))
            pages.insert(answer.text.replacing(/value="[^"]*"/, with: ""))
        }
        #expect(pages.count == 1)
        #expect(door.site.keys.isLocked)
        #expect(try await events(door) == ["instance.unlock_refused"])
        #expect(try await door.post("/unlock", form: [("key", Self.passphrase)]).status == 422, "without our form")
        #expect(door.site.keys.isLocked)
        let foreign: HTTPFields = [.origin: "https://elsewhere.example"]
        #expect(try await door.post("/unlock", form: [("key", Self.passphrase)], foreign).status == 403)
    }

    @Test("A mark in the key folder locks within a glance, and its removal opens what has its key in a file")
    func mark() async throws {
        let door = try await Door()
        let root = Secret.random()
        try door.lockbox.keepRootFile(root)
        await door.site.lock.look()
        #expect(!door.site.keys.isLocked)
        try door.lockbox.markPanic()
        await door.site.lock.look()
        #expect(door.site.keys.isLocked && door.lockbox.isPanicAcknowledged)
        await door.site.lock.look()
        #expect(try await events(door) == ["instance.panicked"])
        try door.lockbox.forgivePanic()
        await door.site.lock.look()
        #expect(!door.site.keys.isLocked)
        #expect(try await events(door) == ["instance.panicked", "instance.unlocked"])
    }

    @Test("A locked file is a closed door: without its key folder an instance stays locked")
    func nothing() async throws {
        let door = try await Door()
        door.site.keys.lock()
        #expect(try await unlock(door, Self.passphrase).status == 422)
        #expect(door.site.keys.isLocked)
    }

    @Test("An auditor reads who locked and who opened")
    func audited() async throws {
        let (door, _) = try await sealed()
        try await door.signIn(.amina)
        _ = try await door.post("/panic", form: [("_token", door.csrf)])
        _ = try await unlock(door, Self.passphrase)
        let ruth = door.world.ruth
        let entries = try await door.world.database.read { tx in try Audit.entries(limit: 5, by: ruth, in: tx) }
        let panic = try #require(entries.first { $0.kind == "instance.panicked" })
        #expect(panic.actor == door.world.amina.person.text)
        #expect(entries.contains { $0.kind == "instance.unlocked" })
    }
}
