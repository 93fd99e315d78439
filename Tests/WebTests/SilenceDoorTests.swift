// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response
import Support
import Testing

@testable import Web

@Suite("Somebody on the scene is silent, through the door")
struct SilenceDoorTests {
    @Test("One press says who tries to reach them; another is told, and may take over, and it has an end")
    func sought() async throws {
        let door = try await Door()
        let world = door.world
        let incident = try await door.incident()
        let there = try await world.stoodThere(try #require(Ref<Incident>(incident)))
        let page = "/board/incidents/\(incident)"
        try await door.signIn(.amina)
        #expect(try await !door.get(page).text.contains("I am trying to reach"), "nobody is silent")
        try await world.database.write { tx in
            try tx.run(
                """
                UPDATE assignments SET state = 'on_scene', ended_at = NULL, check_in_due_at = \(tx.now),
                    missed_check_ins = 1
                WHERE id = \(there)
                """
            )
        }
        func press(_ step: String, _ fields: [(String, String)] = []) async throws -> Answer {
            try await door.post("\(page)/assignments/\(there)/\(step)", form: [("_token", door.csrf)] + fields)
        }
        #expect(try await door.get(page).text.contains("I am trying to reach João"))
        #expect(try await press("seeking").status == 303)
        let hers = try await door.get(page).text
        #expect(hers.contains("Amina has been trying to reach them since") && hers.contains("I could not reach João"))
        #expect(!hers.contains("I take over from") && !hers.contains("I am trying to reach João"))

        try await door.signIn(.ruth)
        #expect(try await door.get(page).text.contains("I take over from Amina"))
        let late = try await press("seeking")
        #expect(late.status == 409 && late.text.contains("Amina is trying to reach them already."))
        #expect(try await press("seeking", [("former", world.amina.person.text)]).status == 303)
        #expect(try await press("not-reached").status == 303)
        let left = try await door.get(page).text
        #expect(left.contains("I am trying to reach João") && left.contains("Missed a check-in"))
        let record = try await door.get("\(page)/record").text
        for words in ["Trying to reach João", "Taken over from Amina.", "João could not be reached"] {
            #expect(record.contains(words), "\(words)")
        }
        #expect(try await press("reached").status == 303)
        #expect(try await !door.get(page).text.contains("Missed a check-in"))
        try await door.signIn(.joao)
        #expect(try await press("seeking").status == 403)
    }
}
