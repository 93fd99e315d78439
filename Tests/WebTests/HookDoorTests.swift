// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import People
import Support
import Testing
import Vault

@testable import Messaging
@testable import Response
@testable import Web

@Suite("Web hooks, through the door")
struct HookDoorTests {
    @Test("are added with a secret that is shown once, tested, paused, given a new secret and taken away")
    func whole() async throws {
        let door = try await Door()
        try await door.signIn(.amina)
        #expect(try await door.get("/settings/hooks").status == 403)
        try await door.signIn(.ruth)
        #expect(try await door.get("/settings/hooks").text.contains("No program is told yet"))
        let odd = [("_token", door.csrf), ("name", "School"), ("address", "http://10.0.0.1/x")]
        #expect(try await door.post("/settings/hooks", form: odd).status == 422)
        let form = [("_token", door.csrf), ("name", "<b>School</b>"), ("address", "https://school.example/hook")]
        let made = try await door.post("/settings/hooks", form: form)
        let secret = String(try #require(made.text.firstMatch(of: /id="secret">(whsec_[^<]+)</)).output.1)
        let path = String(try #require(made.text.firstMatch(of: /href="(\/settings\/hooks\/[^"]+)"/)).output.1)
        let page = try await door.get(path)
        #expect(page.text.contains("&lt;b&gt;School") && page.text.contains("https://school.example/hook"))
        #expect(!page.text.contains(secret))
        #expect(try await door.post("\(path)/test", form: [("_token", door.csrf)]).status == 303)
        let tested = try await door.get("\(path)?tested=yes")
        #expect(tested.text.contains("webhook-id") && tested.text.contains("Waiting"))
        let next = try await door.post("\(path)/secret", form: [("_token", door.csrf)])
        #expect(next.text.contains("whsec_") && !next.text.contains(secret))
        #expect(try await door.get(path).text.contains("the old secret signs too."))
        #expect(try await door.post("\(path)/pause", form: [("_token", door.csrf)]).status == 303)
        #expect(try await door.get(path).text.contains("Paused"))
        #expect(try await door.post("\(path)/pause", form: [("_token", door.csrf), ("is", "no")]).status == 303)
        #expect(try await door.post("\(path)/removal", form: [("_token", door.csrf)]).status == 422)
        #expect(try await door.post("\(path)/removal", form: [("_token", door.csrf), ("sure", "yes")]).status == 303)
        #expect(try await door.get(path).status == 404)
    }

    @Test("are told what the public is told, in the words that went out, and never of an exercise")
    func news() async throws {
        let door = try await Door()
        door.site.register(with: door.world.worker)
        let (ruth, amina, keys) = (door.world.ruth, door.world.amina, door.world.keys)
        try await door.world.database.write { tx in
            _ = try WebHook.add("School", at: "https://school.example/", by: ruth, keys: keys, in: tx)
        }
        func confirmed(_ nonce: UInt8, exercise: Bool) async throws -> Ref<Incident> {
            let receipt = try await door.world.intake.take(
                ReportFiling(
                    kind: "vehicles",
                    words: "Two white vans",
                    whereabouts: Whereabouts(text: exercise ? "Pacoima" : "Hollenbeck Park"),
                    isExercise: exercise
                ),
                submission: .form(nonce: [UInt8](repeating: nonce, count: 16))
            )
            let id = try await door.world.incident(of: receipt.report)
            try await door.world.confirm(id)
            return id
        }
        func told() async throws -> [String] {
            try await door.world.worker.runDue()
            let sent = try await Telephone(door).outgoing()
            return sent.filter { $0.address.contains("school.example") }.map(\.text)
        }
        _ = try await confirmed(1, exercise: true)
        #expect(try await told().isEmpty)
        let incident = try await confirmed(2, exercise: false)
        let first = try await told()
        #expect(first.count == 1)
        #expect(first[0].contains(#""type":"status.alert""#) && first[0].contains(#""id":"boyle-heights""#))
        #expect(!first[0].contains("white vans"), "never a reporter's words")
        try await door.world.database.write { tx in
            let id = try Broadcast.draft(from: incident, by: amina, in: tx)
            let asked = try Broadcast.ask(id, confirmed: .scripted(amina, at: tx.now), by: amina, in: tx)
            _ = try Proposal.approve(asked.id, confirmed: .scripted(ruth, at: tx.now), by: ruth, in: tx)
            try Broadcast.withdraw(id, by: amina, in: tx)
        }
        let all = try await told()
        #expect(all.contains { $0.contains(#""type":"alert.sent""#) && $0.contains("Confirmed near Boyle Heights") })
        #expect(all.contains { $0.contains(#""type":"alert.withdrawn""#) })
    }
}
