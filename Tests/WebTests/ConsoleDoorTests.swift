// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
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
        #expect(try await door.get("/board").text.contains("1 call or text waits"))
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

    @Test("makes a report of what a text said, filled in, and sends the code back only where it is asked for")
    func report() async throws {
        let door = try await Door()
        let telephone = try await Telephone(door)
        try await telephone.text("Se llevaron a un señor cerca de Hollenbeck Park, camionetas blancas")
        try await door.signIn(.amina)
        let console = try await door.get("/console").text
        let path = String(
            try #require(console.firstMatch(of: /href="(\/board\/incidents\/new\?inquiry=[^"]+)"/)).output.1
        )
        let page = try await door.get(path)
        #expect(page.text.contains("Se llevaron a un señor"))
        #expect(page.text.contains("Boyle Heights"))
        #expect(page.text.firstMatch(of: /value="arrest"[^>]*checked/) != nil, "a guess of the kind")
        #expect(page.text.firstMatch(of: /value="sms"[^>]*checked/) != nil)
        #expect(page.text.contains("name=\"send_code\""))
        #expect(try await !door.get("/board/incidents/new").text.contains("name=\"send_code\""))
        func form(_ more: [(String, String)]) async throws -> [(String, String)] {
            let shown = try await door.get(path).text
            let submission = String(try #require(shown.firstMatch(of: /name="submission" value="([^"]+)"/)).output.1)
            let inquiry = String(try #require(shown.firstMatch(of: /name="inquiry" value="([^"]+)"/)).output.1)
            return [
                ("_token", door.csrf), ("submission", submission), ("inquiry", inquiry), ("source", "sms"),
                ("kind", "arrest"), ("where", "Hollenbeck Park"), ("words", "Se llevaron a un señor"),
                ("language", "es"),
            ] + more
        }
        let before = try await telephone.count("outbox")
        let quiet = try await door.post("/board/incidents", form: form([]))
        #expect(quiet.status == 200 && !quiet.text.contains("on its way to them"))
        #expect(try await telephone.count("outbox") == before)
        #expect(try await door.get("/console").text.contains("Answered by Amina"))
        let asked = try await form([("send_code", "on")])
        let said = try await door.post("/board/incidents", form: asked)
        #expect(said.text.contains("on its way to them"))
        let text = try #require(try await telephone.outgoing().first { $0.text.contains("Tu código:") })
        #expect(text.address == Telephone.number)
        let code = try ReporterCode(
            typed: String(try #require(text.text.split(separator: ": ").last?.split(separator: "\n").first))
        )
        #expect(try await door.world.database.read { tx in try Report.lookup(code, in: tx) }?.answer == .checking)
        let count = try await telephone.count("outbox")
        _ = try await door.post("/board/incidents", form: asked)
        #expect(try await telephone.count("outbox") == count, "the same form twice sends once")
        // Somebody else's console: nothing of it.
        try await door.signIn(.joao)
        #expect(try await door.get(path).status == 403)
    }

    @Test(
        "guesses what somebody speaks of",
        arguments: [
            ("White vans and a black SUV", ReportKind.vehicles), ("Agentes con chalecos", .people),
            ("They took my neighbor into a van", .arrest), ("Están tocando la puerta", .home),
            ("Un retén en la Soto", .checkpoint), ("In the carwash where I work", .work), ("Is it true?", nil),
            ("", nil),
        ] as [(String, ReportKind?)]
    )
    func guesses(_ words: String, _ kind: ReportKind?) { #expect(ReportKind.guess(words) == kind) }

    @Test(
        "notes a text that no machine answers and leaves keywords alone; in a flood what is known comes first, and YES reports"
    )
    func texts() async throws {
        let door = try await Door()
        let telephone = try await Telephone(door)
        let amina = door.world.amina
        func open() async throws -> [Inquiry] {
            try await door.world.database.read { tx in try Inquiry.open(by: amina, in: tx) }
        }
        try await telephone.text("NOW")
        #expect(try await open().isEmpty)
        try await telephone.text("Is it true about Pacoima?")
        #expect(try await open().map(\.zone) == ["pacoima"])
        #expect(try await telephone.lastText().contains("Is this a report"))
        try await door.world.database.write { tx in try Flood.set(.on, by: amina, in: tx) }
        try await telephone.text("What is going on?", from: "+13235550178")
        let status = try await telephone.lastText()
        #expect(status.contains("Nothing is confirmed") && status.contains("YES"))
        #expect(try await open().first { $0.zone == nil }?.lane == .known)
        try await telephone.text("YES", from: "+13235550178")
        #expect(try await telephone.count("reports") == 1)
    }

    @Test(
        "of a call shows that somebody wants a person; in a flood all that is known is said first, and a partner rings through"
    )
    func calls() async throws {
        let door = try await Door()
        let telephone = try await Telephone(door, voice: true)
        let (amina, ruth, keys) = (door.world.amina, door.world.ruth, door.world.keys)
        func menu() async throws -> String {
            try await telephone.call("/hooks/voice/menu?lang=es", [("CallSid", "CA1"), ("From", Telephone.number)]).text
        }
        #expect(try await !menu().contains("Ahora"))
        let waiting = { try await door.world.database.read { tx in try Inquiry.open(by: amina, in: tx) } }
        #expect(try await waiting().isEmpty)
        try await telephone.call("/hooks/voice/ring?lang=es&group=1", [("CallSid", "CA1"), ("From", Telephone.number)])
        #expect(try await waiting().map(\.channel) == [.voice])
        #expect(try await waiting().map(\.language) == ["es"])
        try await telephone.call("/hooks/voice/ring?lang=es&group=1", [("CallSid", "CA2"), ("From", "anonymous")])
        #expect(try await waiting().count == 1)
        try await door.world.database.write { tx in try Flood.set(.on, by: amina, in: tx) }
        let quiet = try await menu()
        #expect(quiet.contains("<Gather") && quiet.components(separatedBy: "<Say").count > 2)
        try await door.world.database.write { tx in
            try PartnerLine.add("School", Telephone.number, by: ruth, keys: keys, in: tx)
        }
        let partner = try await menu()
        #expect(!partner.contains("<Gather") && partner.contains("/hooks/voice/ring?lang=es"))
    }
}
