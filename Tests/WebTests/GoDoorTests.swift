// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("The link of an offer, through the door")
struct GoDoorTests {
    private func asked(_ door: Door) async throws -> (incident: Ref<Incident>, link: String) {
        let world = door.world
        let incident = try #require(Ref<Incident>(try await door.incident()))
        let (amina, joao, timings, places) = (world.amina, world.joao, world.timings, world.places)
        try await world.database.write { tx in
            try Dispatch.open(
                incident,
                role: .verifier,
                wanted: 1,
                meeting: "The gate of the school",
                by: amina,
                timings: timings,
                places: places,
                in: tx
            )
        }
        let mine = try await world.database.read { tx in try MyAssignment.current(for: joao, in: tx) }
        let offer = try #require(mine).assignment.id
        door.signOut()
        return (incident, "/go/" + (try SignedLink.token(.offer, offer.bytes, keys: world.keys)))
    }

    @Test("says what, about where, how far, how it is known and how to stay safe, and nothing sealed")
    func brief() async throws {
        let door = try await Door()
        let (incident, link) = try await asked(door)
        let page = try await door.get(link).text
        let said = [
            "Vans or cars", "Boyle Heights", "In your neighborhood", "1 report", "Being checked", "Keep your distance",
        ]
        for words in said { #expect(page.contains(words), "\(words)") }
        for words in ["Two white vans", "by the market", "gate of the school"] { #expect(!page.contains(words)) }
        let spanish = try await door.get("\(link)?lang=es").text
        for words in ["Qué pasa", "En tu vecindario", "Lo que sabemos", "1 reporte"] {
            #expect(spanish.contains(words), "\(words)")
        }
        let ends = door.world.clock.now + door.world.timings.offerLife
        let english = door.site.library.words("en")
        #expect(
            page.contains("<p>Answer by \(english.clock(ends)) <span class=\"needs-script\">"),
            "until when it stands"
        )
        #expect(page.contains("data-countdown>1:30</time>"))
        try await door.world.confirm(incident)
        #expect(try await door.get(link).text.contains("Confirmed, happening now"))
        #expect(try await door.post(link, form: [("answer", "no")]).status == 200)
        #expect(try await !door.get(link).text.contains("Keep your distance"), "who stays home needs none of it")
    }

    @Test("takes back a no by one press while it can, by the link and on the page of who signs in, and says when not")
    func afterAll() async throws {
        let door = try await Door()
        let (_, link) = try await asked(door)
        let no = try await door.post(link, form: [("answer", "no")]).text
        for words in ["You said no", "name=\"answer\" value=\"yes\">I can after all</button>", "Answer by "] {
            #expect(no.contains(words), "\(words)")
        }
        #expect(!no.contains("Boyle Heights"), "and nothing of where")
        #expect(try await door.get("\(link)?lang=es").text.contains("Al final sí puedo"), "a look changes nothing")
        #expect(try await door.post(link, form: [("answer", "yes")]).text.contains("value=\"on_the_way\""))

        try await door.signIn(.joao)
        let joao = door.world.joao
        let mine = try await door.world.database.read { tx in try MyAssignment.current(for: joao, in: tx) }
        let path = "/respond/\(try #require(mine).assignment.id.text)"
        let token = [("_token", door.csrf)]
        #expect(try await door.post("\(path)/decline", form: token).status == 303)
        let page = try await door.get(path).text
        #expect(page.contains("action=\"\(path)/accept\"") && page.contains("I can after all"))
        #expect(try await door.post("\(path)/accept", form: token).status == 303)
        #expect(try await door.get(path).text.contains("You said yes"))
        #expect(try await door.post("\(path)/decline", form: token).status == 303)

        door.world.clock.advance(by: .minutes(2))
        for page in [path, link] {
            let late = try await door.get(page).text
            #expect(late.contains("You said no") && !late.contains("I can after all"))
        }
        let pressed = try await door.post(link, form: [("answer", "yes")])
        #expect(pressed.status == 409 && pressed.text.contains("The time to answer is over"))
    }

    @Test("takes nothing but yes and no for an answer")
    func noAnswer() async throws {
        let door = try await Door()
        let (_, link) = try await asked(door)
        for form in [[], [("answer", "")], [("answer", "maybe")]] {
            #expect(try await door.post(link, form: form).status == 422)
        }
        let joao = door.world.joao
        let mine = try await door.world.database.read { tx in try MyAssignment.current(for: joao, in: tx) }
        #expect(mine?.assignment.state == .offered)
        #expect(try await door.post(link, form: [("answer", "yes")]).status == 200)
        #expect(try await door.get(link).text.contains("Boyle Heights"), "who goes may look again")
    }

    @Test("after a yes each step is one press without signing in, and a look changes nothing")
    func steps() async throws {
        let door = try await Door()
        let (_, link) = try await asked(door)
        let (database, joao) = (door.world.database, door.world.joao)
        func mine() async throws -> Assignment {
            let current = try await database.read { tx in try MyAssignment.recent(for: joao, in: tx).first }
            return try #require(current)
        }
        func page(_ answer: String) async throws -> String {
            let answered = try await door.post(link, form: [("answer", answer)])
            #expect(answered.status == 200)
            return answered.text
        }
        #expect(try await page("yes").contains("value=\"on_the_way\""))
        #expect(try await door.get("\(link)?lang=es").text.contains("Dijiste que sí"))
        #expect(try await page("on_the_way").contains("value=\"arrive\""))
        let there = try await page("arrive")
        for words in ["I am OK", "value=\"done\"", "Check in by", "Keep your distance", "See the details"] {
            #expect(there.contains(words), "\(words)")
        }
        for words in ["Can you go?", "Two white vans", "by the market", "gate of the school"] {
            #expect(!there.contains(words), "\(words)")
        }

        // The check-in is asked for, then missed.
        door.world.clock.advance(by: .minutes(18))
        while try await door.world.worker.runDue() > 0 {}
        let late = try await mine()
        #expect(late.missedCheckIns == 2)
        #expect(try await door.get(link).text.contains("We have not heard from you"))
        #expect(try await mine().missedCheckIns == 2, "a look says nothing")
        _ = try await page("well")
        let well = try await mine()
        #expect(well.missedCheckIns == 0 && well.state == .onScene)
        #expect(try await page("done").contains("You are done"))
        #expect(try await mine().state == .done)
        #expect(try await door.post(link, form: [("answer", "well")]).status == 409)
        #expect(try await !door.get(link).text.contains("Boyle Heights"))
    }

    @Test("says only that it is over, once it is", arguments: ["declined", "expired", "called_off", "done"])
    func over(_ state: String) async throws {
        let door = try await Door()
        let (incident, link) = try await asked(door)
        try await door.world.confirm(incident)
        try await door.world.database.write { tx in
            _ = try tx.run("UPDATE assignments SET state = \(state) WHERE state = 'offered'")
        }
        for language in ["", "?lang=es"] {
            let page = try await door.get(link + language).text
            for words in ["Boyle Heights", "Vans or cars", "Confirmed", "Confirmado", "Vans o", "1 repor"] {
                #expect(!page.contains(words), "\(words)")
            }
        }
    }

    @Test("says only that it is over when its time ran out and no job has said so yet")
    func ranOut() async throws {
        let door = try await Door()
        let (_, link) = try await asked(door)
        door.world.clock.advance(by: .minutes(2))
        let page = try await door.get(link).text
        #expect(page.contains("The time to answer is over") && !page.contains("Boyle Heights"))
    }

    @Test("is in a text that names kind and neighborhood, in the reader's language")
    func text() async throws {
        let door = try await Door()
        let (_, link) = try await asked(door)
        #expect(link.hasPrefix("/go/"))
        let joao = door.world.joao.person
        let details = Message.details(door.world.places)
        let (english, spanish) = try await door.world.database.read { [site = door.site] tx in
            let told = try #require(try Message.unread(for: joao, in: tx).first { $0.kind == .offer })
            return (
                try details(told, site.library.words("en"), tx), try details(told, site.library.words("es"), tx)
            )
        }
        let by = door.site.library.words("en").clock(door.world.clock.now + door.world.timings.offerLife)
        #expect(english == ["Vans or cars, Boyle Heights.", "Answer by \(by)"], "what first, then until when")
        #expect(
            spanish.first?.hasSuffix(", Boyle Heights.") == true && spanish.last?.hasPrefix("Contesta antes de") == true
        )
    }
}
