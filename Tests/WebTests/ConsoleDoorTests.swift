// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import People
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("The console, through the door")
struct ConsoleDoorTests {
    private func hears(_ door: Door, _ words: String?, from number: String = "+13235550101") async throws
        -> Inquiry.Heard
    {
        let (places, keys) = (door.world.places, door.world.keys)
        var account = Provider.Account()
        (account.url, account.account) = ("https://api.twilio.example", "AC1")
        (account.secret, account.from) = ("token", "+13235550000")
        let settled = account
        return try await door.world.database.write { tx in
            try Provider(make: .twilio, account: settled).store(by: nil, keys: keys, in: tx)
            return try Inquiry.hear(
                words,
                by: words == nil ? .voice : .sms,
                from: number,
                language: "es",
                places: places,
                keys: keys,
                in: tx
            )
        }
    }

    @Test("shows words and place and never the number, and sends what is known with one button")
    func answers() async throws {
        let door = try await Door()
        let heard = try await hears(door, "<b>¿Es verdad</b> lo de Pacoima?")
        try await door.signIn(.joao)
        #expect(try await door.get("/console").status == 403)
        try await door.signIn(.amina)
        let page = try await door.get("/console")
        #expect(page.status == 200)
        #expect(page.text.contains("&lt;b&gt;¿Es verdad&lt;/b&gt; lo de Pacoima?"))
        #expect(page.text.contains("Pacoima") && !page.text.contains("5550101"))
        let path = "/console/\(heard.id)"
        let stale = [("_token", door.csrf), ("turn", "9"), ("words", "No es cierto.")]
        #expect(try await door.post("\(path)/answer", form: stale).status == 409)
        let empty = [("_token", door.csrf), ("turn", "1"), ("words", " ")]
        #expect(try await door.post("\(path)/answer", form: empty).status == 422)
        let phone = [("_token", door.csrf), ("turn", "1"), ("words", "Llama a Ana, 323-555-0144.")]
        #expect(try await door.post("\(path)/answer", form: phone).status == 422)
        let form = [("_token", door.csrf), ("turn", "1"), ("words", "No es cierto.")]
        #expect(try await door.post("\(path)/answer", form: form).status == 303)
        let waiting = try await door.world.database.read { tx in
            try tx.count("SELECT count(*) FROM outbox WHERE state = 'waiting'")
        }
        #expect(waiting == 1)
        #expect(try await door.get("/console").text.contains("Answered by Amina"))
        #expect(try await door.post("\(path)/call", form: [("_token", door.csrf)]).status == 422)
        #expect(try await door.post("\(path)/spam", form: [("_token", door.csrf)]).status == 303)
        #expect(try await door.post("\(path)/closing", form: [("_token", door.csrf)]).status == 303)
        let gone = "/console/\(Ref<Inquiry>.new())/closing"
        #expect(try await door.post(gone, form: [("_token", door.csrf)]).status == 404)
    }

    @Test("turns the flood on and off, shows it on the board, and keeps partners to who may")
    func flood() async throws {
        let door = try await Door()
        try await door.signIn(.amina)
        #expect(try await door.post("/console/flood", form: [("_token", door.csrf), ("mode", "on")]).status == 303)
        #expect(try await door.get("/board").text.contains("Flood mode is on"))
        #expect(try await door.get("/console").text.contains("Amina turned it on"))
        let partner = [("_token", door.csrf), ("name", "School"), ("number", "323 555 0190")]
        #expect(try await door.post("/console/partners", form: partner).status == 403)
        try await door.signIn(.ruth)
        let hers = [("_token", door.csrf), ("name", "School"), ("number", "323 555 0190")]
        #expect(try await door.post("/console/partners", form: hers).status == 303)
        let page = try await door.get("/console")
        #expect(page.text.contains("School") && !page.text.contains("0190"))
        #expect(
            try await door.post("/console/threshold", form: [("_token", door.csrf), ("threshold", "1")]).status == 422
        )
        #expect(
            try await door.post("/console/flood", form: [("_token", door.csrf), ("mode", "automatic")]).status == 303
        )
    }
}
