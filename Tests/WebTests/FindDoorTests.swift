// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Matching
import People
import Support
import Testing

@testable import Web

@Suite("Find somebody, through the door")
struct FindDoorTests {
    @Test("A skill that the pack brings is given on a member's page, and then found by the page and by programs")
    func packSkill() async throws {
        let door = try await Door()
        try await door.signIn(.ruth)
        let joao = door.world.joao.person.text
        let page = try await door.get("/people/\(joao)").text
        #expect(page.contains("value=\"mentor\"") && page.contains("Rides to appointments"))
        let fields = [
            ("_token", door.csrf), ("place", "Boyle Heights"), ("miles", "15"), ("capacity", "2"), ("languages", "es"),
            ("skills", "mentor"),
        ]
        #expect(try await door.post("/people/\(joao)/helper", form: fields).status == 303)
        #expect(try await door.get("/people/\(joao)").text.contains("value=\"mentor\" checked"))

        try await door.signIn(.amina)
        #expect(try await door.get("/people").text.contains("href=\"/people/find\""))
        let form = try await door.get("/people/find").text
        #expect(form.contains("<option value=\"mentor\">Mentor</option>") && !form.contains("id=\"found\""))
        let query = "skill=mentor&also=&language=es&place=Boyle+Heights&at="
        let found = try await door.get("/people/find?\(query)").text
        #expect(found.contains("João") && found.contains("/people/\(joao)\""))
        let items = try await door.get("/api/v1/helpers?\(query)").json
        let first = (items["items"] as? [[String: Any]])?.first
        #expect(first?["person"] as? String == joao && first?["handle"] as? String == "João")
        #expect(first?["distance_m"] as? Int == 500)
        #expect((first?["reasons"] as? [String])?.isEmpty == false)
        #expect((items["shortfall"] as? [String])?.first == "Found 1 of the 10 people we looked for.")
    }

    @Test("What is none is named by field; nobody else looks")
    func refused() async throws {
        let door = try await Door()
        try await door.signIn(.amina)
        let wrong = "skill=ufo&also=%3Cb%3E&language=xx&place=Atlantis&at=soon"
        let answer = try await door.get("/api/v1/helpers?\(wrong)")
        #expect(answer.status == 422 && answer.isProblem)
        #expect(answer.fields == ["also", "at", "language", "place", "skill"])
        #expect(try await door.get("/api/v1/helpers").fields == ["skill"])
        let page = try await door.get("/people/find?\(wrong)")
        #expect(page.status == 422 && page.text.contains("Atlantis"))
        #expect(try await door.get("/people/find?skill=driver&at=2020-01-01T10:00").status == 422)
        #expect(try await door.get("/people/find?skill=interpreter").text.contains("Nobody has this role yet."))
        for member in [Door.Member.joao, .lupe] {
            try await door.signIn(member)
            #expect(try await door.get("/people/find").status == 403)
            #expect(try await door.get("/api/v1/helpers?skill=driver").status == 403)
        }
    }

    @Test("Who is home from a mission reads until when they rest, and ends it themselves")
    func rest() async throws {
        let door = try await Door()
        let world = door.world
        try await world.database.write { tx in
            try Helper.rest(world.joao.person, until: tx.now + .minutes(30), in: tx)
        }
        try await door.signIn(.joao)
        #expect(try await door.get("/respond").text.contains("action=\"/respond/rest/end\""))
        #expect(try await door.post("/respond/rest/end", form: [("_token", door.csrf)]).status == 303)
        #expect(try await !door.get("/respond").text.contains("/respond/rest/end"))
    }
}
