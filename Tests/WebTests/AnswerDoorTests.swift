// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import HTTPTypes
import Kit
import Messaging
import People
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("The link of a page to an attorney, and of the test of a shift, through the door")
struct AnswerDoorTests {
    private func link(_ kind: Message.Kind, _ person: Ref<Person>, _ door: Door) async throws -> String {
        let found = try await door.world.database.read { tx in
            try Message.recent(for: person, in: tx).first { $0.kind == kind }
        }
        return "/answer/" + (try SignedLink.token(.answer, #require(found).id.bytes, keys: door.world.keys))
    }

    private func told(_ caller: Caller, _ door: Door) async throws -> [Message.Kind] {
        try await door.world.database.read { tx in try Message.unread(for: caller.person, in: tx).map(\.kind) }
    }

    /// Somebody was there, and it was a film.
    private func correct(_ incident: String, _ door: Door) async throws {
        let (amina, timings) = (door.world.amina, door.world.timings)
        let id = try #require(Ref<Incident>(incident))
        let there = try await door.world.stoodThere(id)
        try await door.world.database.write { tx in
            _ = try Incident.verify(
                id,
                finding: Verification.Finding(
                    .notEnforcement,
                    level: .onScene,
                    how: .onScene,
                    witness: there,
                    explanation: Explanation("A film crew shoots a scene.", in: "en")
                ),
                by: amina,
                timings: timings,
                in: tx
            )
        }
    }

    private func paged(_ door: Door) async throws -> (incident: String, lena: Caller, link: String) {
        let world = door.world
        let lena = try await world.member(named: "Lena", [.attorney])
        let incident = try await door.incident()
        try await world.confirm(try #require(Ref<Incident>(incident)))
        door.signOut()
        return (incident, lena, try await link(.attorneyPaged, lena.person, door))
    }

    @Test(
        "an attorney says yes or no by one press without signing in; a look changes nothing, and nothing sealed is shown"
    )
    func attorney() async throws {
        let door = try await Door()
        let (incident, lena, link) = try await paged(door)
        let page = try await door.get(link).text
        for words in [
            "Can you be the attorney?", "Vans or cars", "Boyle Heights", "1 report", "English", "I am on it", "I can’t",
        ] {
            #expect(page.contains(words), "\(words)")
        }
        for words in ["Two white vans", "by the market"] { #expect(!page.contains(words)) }
        let spanish = try await door.get("\(link)?lang=es").text
        for words in ["¿Puedes encargarte", "Me encargo", "No puedo"] { #expect(spanish.contains(words), "\(words)") }
        #expect(try await told(lena, door) == [.attorneyPaged])
        for form in [[], [("answer", "maybe")]] { #expect(try await door.post(link, form: form).status == 422) }

        let no = try await door.post(link, form: [("answer", "no")])
        #expect(no.status == 200 && no.text.contains("You said no") && no.text.contains("I can after all"))
        #expect(!no.text.contains("Boyle Heights"))
        #expect(try await told(door.world.ruth, door) == [.coordinatorPaged], "there is no other attorney")
        let yes = try await door.post(link, form: [("answer", "yes")]).text
        for words in ["You are on it", "/board/incidents/\(incident)", "I can’t after all"] {
            #expect(yes.contains(words), "\(words)")
        }
        #expect(try await told(door.world.ruth, door).isEmpty)

        try await correct(incident, door)
        let over = try await door.get(link).text
        #expect(over.contains("Nobody waits for your answer") && !over.contains("Boyle Heights"))
        #expect(try await door.post(link, form: [("answer", "yes")]).status == 409)
    }

    @Test("signed in, an attorney has the same answers at the message and at the incident, and nobody else has")
    func signedIn() async throws {
        let door = try await Door()
        let lupe = door.world.lupe
        try await door.world.database.write { tx in
            _ = try tx.run("INSERT INTO person_roles (person, role) VALUES (\(lupe.person), 'attorney')")
        }
        let incident = try await door.incident()
        try await door.world.confirm(try #require(Ref<Incident>(incident)))
        let message = try await door.world.database.read { tx in
            try Message.recent(for: lupe.person, in: tx).first { $0.kind == .attorneyPaged }
        }
        let path = "/messages/\(try #require(message).id.text)/answer"
        let back = "/board/incidents/\(incident)"
        try await door.signIn(.amina)
        #expect(try await !door.get(back).text.contains(path))
        #expect(try await door.post(path, form: [("_token", door.csrf), ("answer", "yes")]).status == 404)
        door.signOut()

        try await door.signIn(.lupe)
        #expect(try await door.get("/board").text.contains(path))
        #expect(try await door.get(back).text.components(separatedBy: path).count > 4, "message and incident")
        let no = try await door.post(path, form: [("_token", door.csrf), ("answer", "no"), ("back", back)])
        #expect(no.status == 303 && no.headers[.location] == back)
        let declined = try await door.get(back).text
        #expect(declined.contains("I can after all") && declined.contains("Lupe, attorney, can’t"))
        _ = try await door.post(path, form: [("_token", door.csrf), ("answer", "yes"), ("back", back)])
        let acknowledged = try await door.get(back).text
        #expect(acknowledged.contains("I can’t after all") && acknowledged.contains("On it"))
    }

    @Test("whoever begins a shift says by one press that they are reached, and dispatch sees it")
    func test() async throws {
        let door = try await Door()
        let (world, lupe) = (door.world, door.world.lupe)
        let shift = try await world.database.write { tx in
            let shift = try Shift.plan(
                lupe.person,
                as: .observer,
                from: tx.now,
                to: tx.now + .hours(4),
                by: lupe,
                in: tx
            )
            try Shift.start(shift, by: lupe, in: tx)
            return shift
        }
        let link = try await link(.commTest, lupe.person, door)
        #expect(try await door.get(link).text.contains("Did this reach you?"))
        #expect(try await door.get("\(link)?lang=es").text.contains("¿Te llegó esto?"))
        #expect(try await told(lupe, door).contains(.commTest), "a look says nothing")
        let answered = try await door.post(link, form: [("answer", "yes")])
        #expect(answered.status == 200 && answered.text.contains("We know that we reach you"))
        let timings = world.timings
        let states = try await world.database.read { tx in
            try CommTest.states(of: [Shift.find(shift, in: tx)], timings: timings, in: tx)
        }
        #expect(states[shift] == .answered)
        try await world.database.write { tx in try Shift.end(shift, by: lupe, in: tx) }
        #expect(try await door.get(link).text.contains("This shift is over"))
    }

    @Test("an invented link, and one made for something else, open nothing")
    func invented() async throws {
        let door = try await Door()
        let (_, lena, link) = try await paged(door)
        let offer = "/answer/" + (try SignedLink.token(.offer, lena.person.bytes, keys: door.world.keys))
        let test = "/answer/" + (try SignedLink.token(.answer, lena.person.bytes, keys: door.world.keys))
        for path in ["/answer/x", "/answer/" + String(repeating: "A", count: 43), offer, test, String(link.dropLast())]
        {
            #expect(try await door.get(path).status == 404)
            #expect(try await door.post(path, form: [("answer", "yes")]).status == 404)
        }
    }
}
