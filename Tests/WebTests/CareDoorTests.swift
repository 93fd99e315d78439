// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import People
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("How responders are, through the door")
struct CareDoorTests {
    /// João went, and is home; the answer is where he is asked how he is.
    private func home(_ door: Door) async throws -> (incident: String, path: String) {
        let incident = try await door.incident()
        try await door.signIn(.amina)
        _ = try await door.post("/api/v1/incidents/\(incident)/dispatches", json: #"{"role":"verifier","wanted":1}"#)
        try await door.signIn(.joao)
        let offer = try #require(try await door.get("/api/v1/assignments").json["current"] as? [String: Any])
        let assignment = try #require((offer["assignment"] as? [String: Any])?["id"] as? String)
        for step in ["accepted", "on_the_way", "on_scene", "done"] {
            _ = try await door.post("/api/v1/assignments/\(assignment)/state", json: #"{"state":"\#(step)"}"#)
        }
        let page = try await door.get("/respond").text
        let found = try #require(page.firstMatch(of: /\/how-are-you\/[0-9a-f-]{36}/))
        return (incident, String(found.output))
    }

    @Test("The words come back to who wrote them and to a coordinator, and to nobody else")
    func words() async throws {
        let door = try await Door()
        let (_, path) = try await home(door)
        let token = door.csrf
        let refused = try await door.post(path, form: [("_token", token), ("words", "My A-number is A123456789")])
        #expect(refused.status == 422)
        #expect(refused.text.contains("A123456789"), "what was typed is not lost")
        let fields = [("_token", token), ("words", "I can’t sleep. <b>"), ("call", "yes"), ("rest", "day")]
        #expect(try await door.post(path, form: fields).status == 303)
        let own = try await door.get(path).text
        #expect(own.contains("I can’t sleep. &lt;b&gt;"))
        #expect(own.contains("A colleague will call you"))
        #expect(own.contains("You are resting until"))
        #expect(try await door.get("/people/care").status == 403)
        for member in [Door.Member.amina, .lupe] {
            try await door.signIn(member)
            #expect(try await door.get(path).status == 404)
            #expect(try await door.get("/people/care").status == 403)
        }
        try await door.signIn(.ruth)
        let list = try await door.get("/people/care").text
        #expect(list.contains("João") && list.contains("I can’t sleep."))
        _ = try await door.get("/people/care")
        let opened = try await door.world.database.read { tx in
            try Log.audit.leaves(in: tx).count { $0.text?.contains("care.opened") == true }
        }
        #expect(opened == 1, "who opened it is on the log, once a day")
        let id = path.split(separator: "/").last.map(String.init) ?? ""
        #expect(try await door.post("/people/care/\(id)/call", form: [("_token", door.csrf)]).status == 303)
        #expect(try await door.get("/people/care").text.contains("Nobody waits for a call"))
    }

    @Test("Who would rather not say is thanked, and the coordinator's list stays empty")
    func nothing() async throws {
        let door = try await Door()
        let (_, path) = try await home(door)
        #expect(try await door.post("\(path)/nothing", form: [("_token", door.csrf)]).status == 303)
        #expect(try await door.get(path).text.contains("Nobody was told"))
        #expect(try await !door.get("/respond").text.contains(path))
        try await door.signIn(.ruth)
        #expect(try await !door.get("/people/care").text.contains("João"))
    }

    @Test("A debrief is called from the incident, answered by who was there, and hidden from who was not")
    func debrief() async throws {
        let door = try await Door()
        let (incident, _) = try await home(door)
        try await door.signIn(.amina)
        _ = try await door.post(
            "/api/v1/incidents/\(incident)/verifications",
            json: Sample.finding("unfounded", level: "L1", how: "call_back")
        )
        let path = "/board/incidents/\(incident)/debrief-meeting"
        let bad = try await door.post(
            path,
            form: [("_token", door.csrf), ("meets", "soon"), ("place", "Library"), ("act", "debrief")]
        )
        #expect(bad.status == 422)
        #expect(bad.text.contains("value=\"Library\""), "what was typed is not lost")
        let time = LocalTime(door.world.clock.now + .days(1)).field
        let good = try await door.post(
            path,
            form: [("_token", door.csrf), ("meets", time), ("place", "Library, room 2"), ("act", "debrief")]
        )
        #expect(good.status == 303)
        #expect(try await door.get("/board/incidents/\(incident)?act=debrief").text.contains("Library, room 2"))
        try await door.signIn(.joao)
        #expect(try await door.get("/respond").text.contains("/debriefs/\(incident)"))
        let page = try await door.get("/debriefs/\(incident)").text
        #expect(page.contains("Library, room 2") && page.contains("I come"))
        let answer = [("_token", door.csrf), ("answer", "yes")]
        #expect(try await door.post("/debriefs/\(incident)/answer", form: answer).status == 303)
        #expect(try await door.get("/debriefs/\(incident)").text.contains("You said you come."))
        try await door.signIn(.lupe)
        #expect(try await door.get("/debriefs/\(incident)").status == 404)
        #expect(try await door.post("/debriefs/\(incident)/answer", form: answer).status == 403, "not her token")
    }

    @Test("A debrief is proposed for a time before it is owed, at any hour", arguments: [0, 3, 8, 13, 18, 23])
    func proposed(_ hours: Int) async throws {
        let door = try await Door()
        let (incident, _) = try await home(door)
        try await door.signIn(.amina)
        let finding = Sample.finding("unfounded", level: "L1", how: "call_back")
        #expect(try await door.post("/api/v1/incidents/\(incident)/verifications", json: finding).status == 201)
        let end = door.world.clock.now + .days(1)
        door.world.clock.advance(by: .hours(hours))
        try await door.signIn(.amina)
        func proposal() async throws -> Instant {
            let page = try await door.get("/board/incidents/\(incident)?act=debrief").text
            let value = try #require(page.firstMatch(of: /name="meets"[^>]* value="([^"]+)"/)).output.1
            return try #require(LocalTime.parse(field: String(value)))
        }
        let time = try await proposal()
        #expect(time > door.world.clock.now && time < end)
        door.world.clock.advance(by: .days(2))
        try await door.signIn(.amina)
        #expect(try await proposal() > door.world.clock.now, "it is late, and still better than never")
    }

    @Test("Who leads sees on the shifts page and the board who did not answer the test message")
    func silent() async throws {
        let door = try await Door()
        let (world, joao) = (door.world, door.world.joao)
        try await world.database.write { tx in
            let end = tx.now + .hours(4)
            let shift = try Shift.plan(joao.person, as: .verifier, from: tx.now, to: end, by: joao, in: tx)
            try Shift.start(shift, by: joao, in: tx)
        }
        try await door.signIn(.amina)
        #expect(try await !door.get("/shifts").text.contains("No answer to the test message"))
        world.clock.advance(by: .minutes(11))
        while try await world.worker.runDue() > 0 {}
        try await door.signIn(.amina)
        #expect(try await door.get("/shifts").text.contains("No answer to the test message: João"))
        let board = try await door.get("/board").text
        #expect(board.contains("Somebody on shift did not answer the test message"))
        #expect(board.contains("Did not answer the test"))
        try await door.signIn(.joao)
        #expect(try await door.get("/shifts").text.contains("You did not answer the test message."))
    }
}
