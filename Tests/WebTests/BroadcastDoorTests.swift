// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import Messaging
import People
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("Alerts, through the door")
struct BroadcastDoorTests {
    private func code(_ door: Door) -> String {
        door.world.clock.advance(by: .seconds(31))
        return World.codes.code(step: OneTimeSecret.step(at: door.world.clock.now))
    }

    private func confirmed(_ door: Door) async throws -> Ref<Incident> {
        let world = door.world
        let receipt = try await world.intake.take(
            ReportFiling(
                kind: "vehicles",
                words: "Two white vans on the corner",
                whereabouts: Whereabouts(text: "Hollenbeck Park")
            ),
            submission: .form(nonce: [UInt8](repeating: 9, count: 16))
        )
        let id = try await world.incident(of: receipt.report)
        try await world.confirm(id)
        return id
    }

    private func words(_ door: Door, version: String) -> [(String, String)] {
        var form = [("_token", door.csrf), ("version", version), ("hours", "2")]
        for language in ["en", "es"] {
            form += [
                ("subject-\(language)", "Alert"), ("known-\(language)", "Seen <b>now</b>."),
                ("todo-\(language)", "Stay calm."),
            ]
        }
        return form
    }

    @Test("one drafts and asks, the same one is refused, another sends it, and one stops it")
    func twoKeys() async throws {
        let door = try await Door()
        let incident = try await confirmed(door)
        try await door.signIn(.lupe)
        #expect(try await door.get("/broadcasts").status == 403)
        try await door.signIn(.amina)
        let list = try await door.get("/broadcasts")
        #expect(list.status == 200 && list.text.contains("Write an alert"))
        let begun = try await door.post("/broadcasts", form: [("_token", door.csrf), ("incident", incident.text)])
        let path = try #require(begun.headers[.location])
        let page = try await door.get(path)
        #expect(page.text.contains("Confirmed near Boyle Heights"))
        let version = try #require(page.text.firstMatch(of: /name="version" value="(\d+)"/)).output.1
        let form = words(door, version: String(version))
        #expect(try await door.post("\(path)/request", form: form + [("passphrase", "wrong")]).status == 422)
        let asked = try await door.post(
            "\(path)/request",
            form: form + [("passphrase", World.passphrase), ("code", code(door))]
        )
        #expect(asked.status == 303)
        let waiting = try await door.get(path)
        #expect(waiting.text.contains("Seen &lt;b&gt;now&lt;/b&gt;."))
        #expect(!waiting.text.contains("\(path)/approval"))
        let proposal = String(try #require(waiting.text.firstMatch(of: /name="proposal" value="([^"]+)"/)).output.1)
        let key = [("proposal", proposal), ("passphrase", World.passphrase)]
        let own = try await door.post("\(path)/approval", form: [("_token", door.csrf), ("code", code(door))] + key)
        #expect(own.status == 403)

        try await door.signIn(.ruth)
        let hers = try await door.get(path)
        #expect(hers.text.contains("\(path)/approval"))
        let bare = try await door.post("\(path)/approval", form: [("_token", door.csrf), ("proposal", proposal)])
        #expect(bare.status == 422)
        let sent = try await door.post("\(path)/approval", form: [("_token", door.csrf), ("code", code(door))] + key)
        #expect(sent.status == 303)
        #expect(try await door.get(path).text.contains("\(path)/stop"))
        #expect(try await door.get("/board").text.contains("id=\"alerts\""))

        // Anybody can ask whether a message is ours.
        let said = try await door.world.database.read { tx in
            try tx.one(String.self, "SELECT short FROM bulletin_texts WHERE language = 'en'")
        }
        let words = try #require(said)
        let ours = try await door.post("/verify", form: [("alert", words.replacing(" ", with: "\r\n"))])
        #expect(ours.text.contains("Yes, we sent this"))
        let changed = try await door.post("/verify", form: [("alert", "\(words) http://evil.example")])
        #expect(changed.text.contains("We do not know this alert"))

        try await door.signIn(.amina)
        #expect(try await door.post("\(path)/stop", form: [("_token", door.csrf)]).status == 303)
        #expect(try await door.post("\(path)/stop", form: [("_token", door.csrf)]).status == 409)
        let ending = [("_token", door.csrf), ("how", "over")]
        #expect(try await door.post("\(path)/ending", form: ending).status == 422)
        #expect(try await door.post("\(path)/ending", form: ending + [("sure", "yes")]).status == 303)
        #expect(try await door.get(path).text.contains("All clear"))

        // Whom no provider took of what was told last can be tried again.
        let before = try await door.get(path)
        #expect(!before.text.contains("\(path)/again"))
        try await door.world.database.write { tx in
            let number = try #require(try tx.one(Int64.self, "SELECT max(number) FROM bulletins"))
            try tx.run("UPDATE bulletins SET state = 'sent', ended_at = \(tx.now) WHERE number = \(number)")
            try tx.run(
                "INSERT INTO bulletin_runs (bulletin, channel, total, sent, failed) VALUES (\(number), 5, 3, 2, 1)"
            )
            try tx.run(
                """
                INSERT INTO deliveries (bulletin, channel, nearness, subscriber, state)
                VALUES (\(number), 5, 1, 7, 3)
                """
            )
        }
        let failed = try await door.get(path)
        #expect(failed.text.contains("2 of 3 handed over") && failed.text.contains("\(path)/again"))
        try await door.signIn(.lupe)
        #expect(try await door.post("\(path)/again", form: [("_token", door.csrf)]).status == 403)
        try await door.signIn(.amina)
        #expect(try await door.post("\(path)/again", form: [("_token", door.csrf)]).status == 303)
        #expect(try await door.post("\(path)/again", form: [("_token", door.csrf)]).status == 409)
    }

    @Test("what is not confirmed becomes no alert, and says why")
    func unconfirmed() async throws {
        let door = try await Door()
        _ = try await door.world.intake.take(
            ReportFiling(kind: "vehicles", words: "Vans", whereabouts: Whereabouts(text: "Hollenbeck Park")),
            submission: .form(nonce: [UInt8](repeating: 8, count: 16))
        )
        let id = try await door.world.database.read { tx in try tx.one(String.self, "SELECT id FROM incidents") }
        try await door.signIn(.amina)
        let answer = try await door.post("/broadcasts", form: [("_token", door.csrf), ("incident", id ?? "")])
        #expect(answer.status == 409)
        #expect(answer.text.contains("we are checking"))
    }
}
