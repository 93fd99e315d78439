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

@Suite("The page of a message to subscribers")
struct ToldDoorTests {
    /// An alert that went out; gives its page.
    private func told(_ door: Door) async throws -> (broadcast: Ref<Broadcast>, path: String) {
        let world = door.world
        let incident = try await door.incident()
        try await world.confirm(try #require(Ref<Incident>(incident)))
        let carmen = try await world.member(named: "Carmen", [.communicator])
        let (id, number) = try await world.database.write { tx in
            let id = try Broadcast.draft(from: try #require(Ref<Incident>(incident)), by: carmen, in: tx)
            let asked = try Broadcast.ask(id, confirmed: .scripted(carmen, at: tx.now), by: carmen, in: tx)
            try Proposal.approve(asked.id, confirmed: .scripted(world.ruth, at: tx.now), by: world.ruth, in: tx)
            return (id, try #require(try Telling.all(of: id, in: tx).first?.bulletin))
        }
        let short = try await world.database.read { tx in try Bulletin.texts(number, in: tx)["en"]?.short ?? "" }
        return (id, String(try #require(short.firstMatch(of: /\/a\/[0-9a-z]{5}$/)).output))
    }

    @Test("shows its words and how they stand, with files that prove themselves, in each language")
    func page() async throws {
        let door = try await Door()
        let (id, path) = try await told(door)
        let page = try await door.get(path)
        #expect(page.status == 200 && page.text.contains("Yes, we sent this on"))
        #expect(page.text.contains("Confirmed near"))
        #expect(try await door.get(path.uppercased().replacing("/A/", with: "/a/")).status == 200)
        #expect(page.headers[.setCookie] == nil)
        let verifier = try AlertNote.verifier(of: door.world.keys.opened())
        for name in ["en.txt", "en-sms.txt", "es.txt", "es-sms.txt"] {
            let file = try await door.get("\(path)/\(name)")
            #expect(file.headers[.contentDisposition]?.hasPrefix("attachment") == true)
            let signed = try #require(SignedWords(file.text), "\(name)")
            #expect(signed.note.verifier == verifier && signed.rest.isEmpty)
            #expect(try await door.post("/verify", form: [("alert", signed.words)]).text.contains("Yes, we sent this"))
            #expect(try await door.post("/verify", form: [("alert", file.text)]).text.contains("Yes, we sent this"))
            let more = try await door.post("/verify", form: [("alert", "\(file.text)\nhttp://evil.example")])
            #expect(more.text.contains("does not fit"))
        }
        for wrong in ["/a/00000", "/a/0", "\(path)/fr.txt", "\(path)/x"] {
            #expect(try await door.get(wrong).status == 404)
        }
        let amina = door.world.amina
        door.world.clock.advance(by: .minutes(5))
        try await door.world.database.write { tx in try Broadcast.over(id, by: amina, in: tx) }
        let over = try await door.get(path)
        #expect(over.text.contains("it has changed since") && over.text.contains("All clear"))
        door.world.clock.advance(by: .days(40))
        try await door.world.database.write { tx in try Bulletin.forget(in: tx) }
        let keptLong = try await door.get("\(path)/en.txt")
        #expect(keptLong.status == 404, "what is forgotten is not ours to prove any more")
    }

    @Test("is found by the code in its address alone, and so is one from before codes were kept")
    func code() async throws {
        let door = try await Door()
        let (id, path) = try await told(door)
        let code = String(path.dropFirst("/a/".count))
        let found = try await door.world.database.write { tx in
            let kept = try Telling.told(code: code, in: tx)?.telling.id
            // As it stood before.
            try tx.run("UPDATE tellings SET code = NULL")
            let unnamed = try Telling.told(code: code, in: tx)?.telling.id
            try Telling.nameOld(in: tx)
            return [kept, unnamed, try Telling.told(code: code, in: tx)?.telling.id]
        }
        let telling = try await door.world.database.read { tx in try Telling.all(of: id, in: tx).first?.id }
        #expect(found == [telling, nil, telling] && telling != nil)
    }

    @Test("shows its words while the server is locked, and says why there is no signature")
    func locked() async throws {
        let door = try await Door()
        let (_, path) = try await told(door)
        door.world.keys.lock()
        let page = try await door.get(path)
        #expect(page.status == 200 && page.text.contains("Confirmed near"))
        #expect(page.text.contains("this server is locked"))
        #expect(try await door.get("\(path)/en.txt").status == 503)
    }

    @Test("a text message gets no part more for it")
    func segments() async throws {
        let places = try await World().places
        let voice = AlertVoice(
            languages: [Words(language: .english)],
            hotline: "",
            address: "https://v.example",
            places: places
        )
        var (own, usual) = (0, 0)
        for length in 1...200 {
            let said = TellingWords(subject: "A", known: String(repeating: "x", count: length), todo: "Stay.")
            let english = Words(language: .english)
            let text = voice.text(said, .correction, of: .new(), until: nil, isExercise: false, english)
            let plain = text.short.replacing(/https:.*/, with: "https://v.example/now")
            #expect(Segments(text.short).count == Segments(plain).count, "\(length)")
            if text.short.hasSuffix("/now") { usual += 1 } else { own += 1 }
        }
        #expect(usual == 4 && own == 196, "its address is four letters longer")
    }
}
