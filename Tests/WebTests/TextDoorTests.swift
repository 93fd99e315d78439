// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Inform
import Kit
import Messaging
import People
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("Texts through the door")
struct TextDoorTests {
    private let door: Door
    private let telephone: Telephone

    init() async throws {
        door = try await Door()
        telephone = try await Telephone(door)
    }

    private func text(_ words: String) async throws -> String {
        try await telephone.text(words)
        return try await telephone.lastText()
    }

    private func report() async throws -> Report {
        try #require(
            try await door.world.database.read { tx in
                try tx.first(Report.self, "SELECT * FROM reports ORDER BY received_at DESC LIMIT 1")
            }
        )
    }

    @Test("a report in four texts, in English: asked, shown back, sent, and answered with a code that works")
    func english() async throws {
        #expect(try await text("Report").contains("1 Vans or cars"))
        #expect(try await text("1").contains("Where is it?"))
        #expect(try await text("Hollenbeck Park").contains("About: Boyle Heights."))
        #expect(try await telephone.count("reports") == 0)
        let sent = try await text("10 minutes ago, men in vests")
        let code = try ReporterCode(
            typed: String(try #require(sent.split(separator: ": ").last?.split(separator: "\n").first))
        )
        #expect(try await door.world.database.read { tx in try Report.lookup(code, in: tx) }?.answer == .checking)
        let report = try await report()
        #expect(report.channel == .sms && report.language == "en" && report.zone == "boyle-heights")
        #expect(report.lane == .normal)
        #expect(try await telephone.count("conversations") == 0)
        #expect(try await telephone.outgoing().allSatisfy { $0.address == Telephone.number })
    }

    @Test("the same in Spanish, in one alphabet of the network")
    func spanish() async throws {
        let asked = try await text("REPORTE")
        #expect(asked.contains("¿Qué ves?"))
        #expect(Segments(Segments.economical(asked)).alphabet == .gsm7)
        #expect(try await text("camionetas blancas").contains("¿Dónde es?"))
        #expect(try await text("Pacoima").contains("Cerca de: Pacoima."))
        #expect(try await text("ahora").contains("Tu código:"))
        #expect(try await report().language == "es")
    }

    @Test("one text is a report; without a place we know, the place may come after")
    func single() async throws {
        let sent = try await text("REPORT vans and men in vests behind the blue store")
        #expect(sent.contains("Your code:") && sent.contains("Where is it?"))
        #expect(try await telephone.count("reports") == 1)
        #expect(try await text("Boyle Heights").contains("We added it."))
        #expect(try await telephone.count("reports") == 2)
        #expect(try await report().zone == "boyle-heights")
        let incidents = try await door.world.database.read { tx in try tx.count("SELECT count(*) FROM incidents") }
        #expect(incidents == 1)
    }

    @Test("tinted windows alone are answered with a sentence, and not logged")
    func carAlone() async throws {
        #expect(try await text("REPORT black SUV with tinted windows").contains("not enough for a report"))
        #expect(try await telephone.count("reports") == 0)
        #expect(try await telephone.count("conversations") == 0)
    }

    @Test("a provider that tells the same text twice makes one report and one answer")
    func twice() async throws {
        for _ in 0..<2 { try await telephone.text("REPORTAR camionetas en Pacoima", id: "SM1") }
        #expect(try await telephone.count("reports") == 1)
        #expect(try await telephone.outgoing().count == 1)
    }

    @Test("a job that runs again files no second report")
    func jobTwice() async throws {
        try await telephone.text("REPORT vans in Pacoima")
        let first = try await telephone.outgoing()
        try await door.world.database.write { tx in
            try tx.enqueue(FileTextReport(Ref<Conversation>.new(at: tx.now)))
        }
        try await door.world.worker.runDue()
        #expect(try await telephone.count("reports") == 1)
        #expect(try await telephone.outgoing() == first)
    }

    @Test("STOP in the middle deletes the words, sends nothing to the team, and says so", arguments: ["STOP", "Alto"])
    func stop(_ word: String) async throws {
        try await telephone.text("REPORTE")
        try await telephone.text("mucha gente en la calle")
        #expect(try await telephone.count("conversations") == 1)
        #expect(try await text(word).contains("We deleted it."))
        #expect(try await telephone.count("conversations") == 0)
        try await telephone.text("Pacoima")
        #expect(try await telephone.count("reports") == 0)
    }

    @Test("after 30 minutes of silence an unfinished report is gone, and a new word begins anew")
    func silence() async throws {
        try await telephone.text("REPORT")
        try await telephone.text("vans")
        door.world.clock.advance(by: .minutes(31))
        #expect(try await text("Pacoima").contains("Is this a report"))
        try await telephone.text("REPORT")
        door.world.clock.advance(by: .minutes(31))
        try await door.world.database.write { tx in try Conversation.sweep(in: tx) }
        #expect(try await telephone.count("conversations") == 0)
    }

    @Test("words without a keyword are told once what can be sent; YES makes a report of them")
    func unasked() async throws {
        #expect(try await text("There are many vans in Pacoima").contains("Send YES"))
        try await telephone.text("and men with masks")
        #expect(try await telephone.outgoing().count == 1)
        #expect(try await text("yes").contains("Your code:"))
        #expect(try await report().zone == "pacoima")
    }

    @Test("what is never kept does not reach the row, the report or an answer")
    func neverKept() async throws {
        try await telephone.text("REPORT my cousin A012345678 was taken in Pacoima")
        let (row, keyring) = (try await report(), try door.world.amina.unlockedKeyring())
        let words = try row.sealed.open(kind: "report", record: row.id.text, with: keyring).words
        #expect(words == "my cousin ••• was taken in Pacoima")
    }

    @Test("no number stands in the clear in any row")
    func numbers() async throws {
        try await telephone.text("REPORT")
        try await telephone.text("vans")
        let found = try await door.world.database.read { tx in
            try tx.rows("SELECT content, address_index FROM conversations").flatMap { row -> [UInt8] in
                let (content, index): ([UInt8], [UInt8]) = (try row["content"], try row["address_index"])
                return content + index
            }
        }
        #expect(!String(decoding: found, as: UTF8.self).contains("3235550177"))
    }

    @Test("a flood from one number waits behind the others, and is taken all the same")
    func flood() async throws {
        let told = [
            "vans by a market", "men with dogs", "a checkpoint", "somebody knocks at doors", "a raid at work", "noise",
        ]
        for words in told { try await telephone.text("REPORT \(words), nobody knows where") }
        #expect(try await telephone.count("reports") == 6)
        let lanes = try await door.world.database.read { tx in
            try tx.list(String.self, "SELECT lane FROM reports ORDER BY received_at, id")
        }
        #expect(lanes.first == "normal" && lanes.last == "overflow")
    }

    @Test("NOW says what is confirmed near a place, and everywhere, in the sender's language")
    func now() async throws {
        #expect(try await text("NOW").contains("Nothing is confirmed right now."))
        let receipt = try await door.world.intake.take(
            ReportFiling(kind: "vehicles", words: "vans", whereabouts: Whereabouts(place: "boyle-heights")),
            submission: .once
        )
        try await door.world.confirm(door.world.incident(of: receipt.report))
        #expect(try await text("now boyle heights").contains("Confirmed: Vans or cars, Boyle Heights"))
        #expect(try await text("AHORA Boyle Heights").contains("Confirmado: "))
        #expect(try await text("AHORA Pacoima").contains("no hay nada confirmado cerca de Pacoima"))
        #expect(try await text("now xyzzy").contains("We don’t know that place."))
        // Before somebody reports there, they hear what is known.
        try await telephone.text("REPORT")
        try await telephone.text("vans")
        #expect(try await text("Boyle Heights").contains("Confirmed: Vans or cars"))
    }

    @Test(
        "RIGHTS gives facts with their marks and the guide, in parts that can be paid; a fact taken back is not texted"
    )
    func rights() async throws {
        let told = try await text("RIGHTS home")
        let rights = try await door.site.rights.current()
        let first = try #require(rights.guide("home")?.cards.flatMap(\.facts).first.flatMap(rights.entry))
        let statement = first.words(.english).text.statement
        #expect(told.contains(statement))
        #expect(Segments(Segments.economical(told)).count <= 4)
        let spanish = try await text("Derechos casa")
        #expect(spanish.contains(first.words(.spanish).text.statement))
        #expect(try await text("rights").contains("HOME STREET CAR"))

        let (ruth, facts) = (door.world.ruth, door.site.pack.facts)
        _ = try await door.world.database.write { tx in try FactBook.take(facts, in: tx) }
        try await door.world.database.write { tx in
            try FactBook.recall(first.id, reason: "A court decided otherwise.", by: ruth, in: tx)
        }
        #expect(try await !text("RIGHTS home").contains(statement))
    }

    @Test("what is contested is texted with that mark", arguments: [("RIGHTS work", "en"), ("derechos trabajo", "es")])
    func contested(_ asked: String, _ language: String) async throws {
        let told = try await text(asked)
        let rights = try await door.site.rights.current()
        let language = try #require(door.site.library.language(language))
        let entries = try #require(rights.guide("work")).cards.flatMap(\.facts).compactMap(rights.entry)
        let shown = entries.filter { told.contains($0.words(language).text.statement) }
        #expect(!shown.isEmpty)
        for entry in shown where entry.standing != .settled {
            let mark = StandingMark(entry.standing, door.site.library.words(language.code)).words
            #expect(told.contains("\(entry.words(language).text.statement) (\(mark)."))
        }
    }

    @Test("HELP gives the hotline and the menu", arguments: [("HELP", "REPORT:"), ("ayuda", "REPORTE:")])
    func help(_ asked: String, _ line: String) async throws {
        let told = try await text(asked)
        #expect(told.contains(door.site.pack.coalition.hotline.number) && told.contains(line))
    }

    @Test(
        "who needs somebody and begins with one of our words reaches a person, and is asked whether it is a report",
        arguments: [
            ("Help, they took my brother", "Send YES", "en"), ("Ayuda, están en la puerta", "SÍ", "es"),
            ("Ahora hay camionetas en mi calle", "SÍ", "es"), ("now vans on 4th street", "Send YES", "en"),
            ("Rights? they are hitting him", "Send YES", "en"),
        ]
    )
    func cries(_ words: String, _ asked: String, _ language: String) async throws {
        #expect(try await text(words).contains(asked))
        let heard = try await door.world.database.read { tx in
            try tx.rows("SELECT lane, language, state FROM inquiries").map { row in
                [try row["lane"], try row["language"], try row["state"]] as [String]
            }
        }
        #expect(heard.count == 1 && ["first", "new"].contains(heard.first?.first))
        #expect(heard.first?.dropFirst() == [language, "waiting"])
    }

    @Test(
        "a keyword alone, or with nothing but a place or a situation, asks no person",
        arguments: [
            "HELP", "ayuda.", "NOW", "NOW Boyle Heights", "ahora en Pacoima", "RIGHTS home", "derechos trabajo",
        ]
    )
    func plain(_ words: String) async throws {
        try await telephone.text(words)
        #expect(try await telephone.count("inquiries") == 0)
    }

    @Test("a question in the middle is answered, and the report goes on")
    func between() async throws {
        try await telephone.text("REPORT")
        try await telephone.text("vans")
        #expect(try await text("HELP").contains("NOW and a place"))
        #expect(try await text("Pacoima").contains("About: Pacoima."))
    }

    @Test("answers to one number end before two machines talk for ever")
    func loop() async throws {
        for _ in 0..<40 { try await telephone.text("HELP") }
        #expect(try await telephone.outgoing().count <= 25)
    }

    @Test("a forged text is refused, and nothing of it is stored")
    func forged() async throws {
        let answer = try await telephone.text("REPORT vans in Pacoima", token: "guessed")
        #expect(answer.status == 403)
        for table in ["reports", "conversations", "outbox", "inbound_texts"] {
            #expect(try await telephone.count(table) == 0, "\(table)")
        }
    }

    @Test("locked: what is public is answered in the call itself, nothing is stored, and a report is sent to the page")
    func locked() async throws {
        door.site.keys.lock()
        let now = try await telephone.text("AHORA")
        #expect(now.status == 200 && now.text.contains("<Message>") && now.text.contains("confirmado"))
        #expect(try await telephone.text("RIGHTS home").text.contains("not legal advice"))
        let report = try await telephone.text("REPORT vans in Pacoima")
        #expect(report.text.contains(door.site.pack.coalition.hotline.number))
        #expect(try await telephone.text("STOP").status == 503)
        for table in ["reports", "conversations", "outbox", "inbound_texts"] {
            #expect(try await telephone.count(table) == 0, "\(table)")
        }
    }
}
