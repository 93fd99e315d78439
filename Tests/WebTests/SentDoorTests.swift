// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import Matching
import People
import Response
import Support
import Testing

@testable import Web

@Suite("Those who are sent, through the door")
struct SentDoorTests {
    private func current(_ door: Door) async throws -> String {
        let mine = try await door.get("/api/v1/assignments").json["current"] as? [String: Any]
        return try #require((mine?["assignment"] as? [String: Any])?["id"] as? String)
    }

    @Test("One key sends the card with the reported place; the dispatcher says another, and who said yes sees it")
    func meeting() async throws {
        let door = try await Door()
        let filing = ReportFiling(
            kind: "vehicles",
            words: "Vans, men in vests",
            whereabouts: Whereabouts(text: "Mariachi Plaza")
        )
        let receipt = try await door.world.intake.take(filing, submission: .once)
        let id = try await door.world.incident(of: receipt.report)
        try await door.signIn(.amina)
        let pane = try await door.get("/board/incidents/\(id)/pane").text
        #expect(pane.contains("They meet here:"))
        #expect(pane.contains("name=\"meeting\""))
        let form = [("_token", door.csrf), ("meeting", "By the bakery"), ("act", "meet")]
        #expect(try await door.post("/board/incidents/\(id)/meeting", form: form).status == 409)
        let sent = [("_token", door.csrf), ("role", "verifier"), ("wanted", "1")]
        #expect(try await door.post("/board/incidents/\(id)/dispatch", form: sent).status == 303)
        try await door.signIn(.joao)
        let mine = try await current(door)
        let yes = [("_token", door.csrf)]
        #expect(try await door.post("/respond/\(mine)/accept", form: yes).status == 303)
        #expect(try await door.get("/respond/\(mine)").text.contains("Nobody said it yet"))
        #expect(try await door.post("/board/incidents/\(id)/meeting", form: form).status == 403)

        try await door.signIn(.amina)
        #expect(try await door.get("/board/incidents/\(id)?act=meet").text.contains("Where they meet"))
        let said = [("_token", door.csrf), ("meeting", "By the bakery"), ("act", "meet")]
        #expect(try await door.post("/board/incidents/\(id)/meeting", form: said).status == 303)
        let empty = try await door.post(
            "/board/incidents/\(id)/meeting",
            form: [("_token", door.csrf), ("act", "meet")]
        )
        #expect(empty.status == 422 && empty.text.contains("Write where they meet"))
        let path = "/api/v1/incidents/\(id)/meeting"
        #expect(try await door.post(path, json: #"{"meeting":"Call 323 555 0123"}"#).fields == ["meeting"])
        #expect(try await door.post(path, json: #"{"meeting":"Soto Station"}"#).status == 200)
        #expect(try await door.get("/api/v1/incidents/\(id)").json["meeting"] as? String == "Soto Station")
        try await door.signIn(.joao)
        let page = try await door.get("/respond/\(mine)").text
        #expect(page.contains("Soto Station"))
        #expect(page.contains("Where you meet is new"))
    }

    @Test("A corner that was named stands on the incident, as what it is and no more exactly than it is known")
    func corner() async throws {
        let door = try await Door()
        let filing = ReportFiling(
            kind: "vehicles",
            words: "Vans, men in vests",
            whereabouts: Whereabouts(text: "Western y Olympic")
        )
        let receipt = try await door.world.intake.take(filing, submission: .once)
        #expect(receipt.zone == "koreatown")
        let id = try await door.world.incident(of: receipt.report)
        try await door.signIn(.amina)
        let pane = try await door.get("/board/incidents/\(id)/pane").text
        #expect(pane.contains("The corner that was named, to about 100 m:"))
        #expect(pane.firstMatch(of: #/<code class="copy" dir="ltr">34\.05\d{1,2}, -118\.309\d?</code>/#) != nil)
        #expect(!pane.contains("What the phone said"))
        #expect(try await !door.get("/api/v1/status").text.contains("34.05"))
    }

    @Test("A phone's place stands on the incident as the named place beside it and as numbers to copy")
    func point() async throws {
        let door = try await Door()
        let filing = ReportFiling(
            kind: "vehicles",
            words: "Vans by the lake",
            whereabouts: Whereabouts(point: Point(latitude: 34.041_51, longitude: -118.217_12))
        )
        let receipt = try await door.world.intake.take(filing, submission: .once)
        let id = try await door.world.incident(of: receipt.report)
        try await door.signIn(.amina)
        for path in ["/board/incidents/\(id)/pane", "/board/incidents/\(id)/record"] {
            let page = try await door.get(path).text
            #expect(page.contains("34.04151, -118.21712"), "\(path)")
            #expect(page.contains("Hollenbeck Park"), "\(path)")
        }
        #expect(try await !door.get("/api/v1/status").text.contains("34.04151"))
    }

    @Test("The desk can't sign what nobody saw; a verifier signs on their own card, in Spanish, and neighbors read it")
    func finding() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        #expect(try await door.get("/board/incidents/\(id)?act=confirmed").text.contains("Nobody we sent is there yet"))
        let desk = [
            ("_token", door.csrf), ("truth", "confirmed"), ("how", "on_scene"), ("level", "4"), ("act", "confirmed"),
        ]
        let refused = try await door.post("/board/incidents/\(id)/verification", form: desk)
        #expect(refused.status == 422 && refused.text.contains("You did not say"))
        _ = try await door.post("/api/v1/incidents/\(id)/dispatches", json: #"{"role":"verifier","wanted":1}"#)
        try await door.signIn(.joao)
        let mine = try await current(door)
        func step(_ name: String) async throws {
            #expect(try await door.post("/respond/\(mine)/\(name)", form: [("_token", door.csrf)]).status == 303)
        }
        try await step("accept")
        #expect(try await !door.get("/respond/\(mine)").text.contains("/respond/\(mine)/finding"))
        try await step("arrive")
        #expect(try await door.get("/respond/\(mine)").text.contains("/respond/\(mine)/finding"))
        let path = "/respond/\(mine)/finding?lang=es"
        let empty = try await door.post(
            path,
            form: [("_token", door.csrf), ("truth", "not_enforcement"), ("note", "Hi")]
        )
        #expect(empty.status == 422)
        #expect(empty.text.contains("id=\"explanation-error\"") && empty.text.contains("Hi"))
        let film = "Están filmando una película"
        let signed = try await door.post(
            path,
            form: [("_token", door.csrf), ("truth", "not_enforcement"), ("explanation", film)]
        )
        #expect(signed.status == 303)
        let thanks = try await door.get("/respond/\(mine)?found=yes&lang=es").text
        #expect(thanks.contains("Quien pregunta ya lo ve"))
        #expect(try await door.get("/now?lang=es").text.contains(film))

        try await door.signIn(.amina)
        let form = try await door.get("/board/incidents/\(id)?act=confirmed&lang=en").text
        #expect(form.contains("name=\"witness\"") && form.contains(mine))
        #expect(form.contains("id=\"testimonies\"") && !form.contains("value=\"4\" selected>L4"))
        #expect(form.contains("name=\"spoke\""))
        let agreeing = try await door.get("/board/incidents/\(id)?act=not&lang=en").text
        #expect(agreeing.contains("value=\"4\" selected>L4") && !agreeing.contains("name=\"spoke\""))
        let named = desk.dropFirst() + [("_token", door.csrf), ("witness", mine)]
        let against = try await door.post(
            "/board/incidents/\(id)/verification",
            form: Array(named + [("note", "Kept words")])
        )
        #expect(against.status == 422 && against.text.contains("id=\"witness-error\""))
        #expect(against.text.contains("Kept words"))
        let told = named + [("spoke", "on"), ("note", "He called: vests went in after the film crew.")]
        #expect(try await door.post("/board/incidents/\(id)/verification", form: Array(told)).status == 303)
        let found = try await door.get("/api/v1/incidents/\(id)").json["verifications"] as? [[String: Any]]
        #expect(found?.map { $0["witness"] as? String } == [mine, mine])
        #expect(try await door.get("/board/incidents/\(id)/pane").text.contains("João was there."))
    }

    @Test("A finding on somebody else's card is not found, and one without an answer comes back")
    func strangers() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        _ = try await door.post("/api/v1/incidents/\(id)/dispatches", json: #"{"role":"verifier","wanted":1}"#)
        try await door.signIn(.joao)
        let mine = try await current(door)
        try await door.signIn(.lupe)
        let form = [("_token", door.csrf), ("truth", "confirmed")]
        #expect(try await door.post("/respond/\(mine)/finding", form: form).status == 404)
    }

    @Test("Calling somebody off is two steps, and the second says what it does")
    func callOff() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        _ = try await door.post("/api/v1/incidents/\(id)/dispatches", json: #"{"role":"verifier","wanted":1}"#)
        let pane = try await door.get("/board/incidents/\(id)/pane").text
        let steps = pane.components(separatedBy: "<details class=\"sure\" id=\"call-off-")
        #expect(steps.count == 2)
        #expect(!(steps.first ?? "").contains("/call-off"))
        #expect(steps.last?.contains("João is told at once") == true)
    }

    @Test("What waits without a signal has an empty page for everybody, and a worker that keeps no page of a member")
    func offline() async throws {
        let door = try await Door()
        let shell = try await door.get("/respond/offline?lang=es")
        #expect(shell.status == 200 && shell.text.contains("No hay señal."))
        try await door.signIn(.joao)
        let signedIn = try await door.get("/respond/offline")
        #expect(!signedIn.text.contains("João") && !signedIn.text.contains(door.csrf))
        let worker = try await door.get("/respond/worker.js")
        #expect(worker.status == 200)
        #expect(worker.text.contains("\"/respond/offline\""))
        let page = try await door.get("/respond")
        #expect(page.headers[.contentSecurityPolicy]?.contains("worker-src 'self'") == true)
        #expect(page.text.contains("id=\"leaving\""))
    }

    @Test("One person is asked by name from a list with reasons, without script and by a program, and never twice")
    func byName() async throws {
        let door = try await Door()
        let world = door.world
        let id = try await door.incident()
        let (far, farther) = (
            try await world.helper(named: "Farah", place: "alhambra"),
            try await world.helper(named: "Fern", place: "pasadena")
        )
        try await door.signIn(.amina)
        let empty = try await door.get("/board/incidents/\(id)?act=ask").text
        #expect(empty.contains("Send people first"))
        let made = try await door.post("/api/v1/incidents/\(id)/dispatches", json: #"{"role":"verifier","wanted":1}"#)
        let dispatch = try #require(made.json["id"] as? String)
        #expect(try await door.get("/board/incidents/\(id)").text.contains("/board/incidents/\(id)?act=ask"))
        let form = try await door.get("/board/incidents/\(id)?act=ask").text
        let value = "\(dispatch):\(far.person)"
        #expect(form.contains("value=\"\(value)\"") && form.contains("Farah") && form.contains("miles away"))
        let spanish = try await door.get("/board/incidents/\(id)?act=ask&lang=es").text
        #expect(spanish.contains("¿A quién le preguntas?"))

        let path = "/board/incidents/\(id)/asks"
        let none = try await door.post(path, form: [("_token", door.csrf), ("act", "ask"), ("choice", "x:y")])
        #expect(none.status == 422 && none.text.contains("Choose whom to ask."))
        let choice = [("_token", door.csrf), ("act", "ask"), ("choice", value)]
        #expect(try await door.post(path, form: choice).status == 303)
        let again = try await door.post(path, form: choice)
        #expect(again.status == 409 && again.text.contains("Somebody asked this person already"))
        let elsewhere = try await world.database.write { tx in
            try Incident.open(
                kind: .vehicles,
                title: "Another",
                whereabouts: Whereabouts(place: "venice"),
                by: world.amina,
                places: world.places,
                in: tx
            )
        }
        #expect(try await door.post("/board/incidents/\(elsewhere)/asks", form: choice).status == 404)

        let asks = "/api/v1/dispatches/\(dispatch)/asks"
        #expect(try await door.post(asks, json: #"{"person":"nobody"}"#).fields == ["person"])
        let unknown = Ref<Person>.new(at: world.clock.now)
        #expect(try await door.post(asks, json: "{\"person\":\"\(unknown)\"}").status == 404)
        let answer = try await door.post(asks, json: "{\"person\":\"\(farther.person)\"}")
        #expect(answer.status == 201 && answer.json["state"] as? String == "offered")
        #expect((answer.json["why"] as? [String])?.contains("Asked by name") == true)
        let whole = try await door.post("/api/v1/dispatches/\(dispatch)/call-off", json: "{}")
        #expect(whole.status == 200 && whole.json["told"] as? Int == 3)
        let twice = try await door.post("/api/v1/dispatches/\(dispatch)/call-off", json: "{}")
        #expect(twice.json["told"] as? Int == 0)
        #expect(try await door.get("/board/incidents/\(id)/record").text.contains("Everybody was called off"))
        try await door.signIn(.joao)
        #expect(try await door.post("/api/v1/dispatches/\(dispatch)/call-off", json: "{}").status == 403)
    }

    @Test("A program of a responder sees what is known of where they are sent")
    func truth() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        _ = try await door.post("/api/v1/incidents/\(id)/dispatches", json: #"{"role":"verifier","wanted":1}"#)
        try await door.signIn(.joao)
        func mine() async throws -> [String: Any] {
            let answer = try await door.get("/api/v1/assignments").json
            let open = (answer["current"] as? [String: Any])?["assignment"] as? [String: Any]
            return try #require(open ?? (answer["recent"] as? [[String: Any]])?.first)
        }
        #expect(try await mine()["truth"] as? String == "unknown")
        let state = "/api/v1/assignments/\(try #require(try await mine()["id"] as? String))/state"
        for step in ["accepted", "on_scene"] { _ = try await door.post(state, json: "{\"state\":\"\(step)\"}") }
        try await door.signIn(.amina)
        let finding = Sample.finding("unfounded")
        #expect(try await door.post("/api/v1/incidents/\(id)/verifications", json: finding).status == 201)
        try await door.signIn(.joao)
        #expect(try await mine()["state"] as? String == "on_scene")
        #expect(try await mine()["truth"] as? String == "unfounded")
        #expect(try await mine()["over"] as? Bool == false)
        _ = try await door.post(state, json: #"{"state":"done"}"#)
        #expect(try await mine()["truth"] as? String == "unfounded", "and among the last ones")
    }
}
