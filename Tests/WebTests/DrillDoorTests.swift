// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import Matching
import People
import Response
import Support
import Testing
import Vault

@testable import Messaging
@testable import Web

@Suite("A drill of our own people, through the door")
struct DrillDoorTests {
    private static let day = "drills/ordinary-evening.yaml"
    private static let secret = "A crew from the drill films by the lake."

    private func form(_ door: Door, _ more: [(String, String)] = []) -> [(String, String)] {
        [("_token", door.csrf), ("drill", Self.day), ("speed", "1"), ("size", "1")] + more
    }

    /// A report of a drill at a place near the cast, and its reporter's code.
    private func report(_ door: Door) async throws -> (incident: Ref<Incident>, code: String) {
        let receipt = try await door.world.intake.take(
            ReportFiling(
                kind: "vehicles",
                words: "Two vans by the lake",
                whereabouts: Whereabouts(text: "Hollenbeck Park", place: "boyle-heights"),
                isExercise: true
            ),
            submission: .once
        )
        return (try await door.world.incident(of: receipt.report), receipt.code.text)
    }

    private func pass(_ duration: Duration, _ door: Door) async throws {
        door.world.clock.advance(by: duration)
        while try await door.world.worker.runDue() > 0 {}
    }

    @Test("is begun and ended by a coordinator, joined and left by anybody, and by nobody else")
    func beginAndEnd() async throws {
        let door = try await Door()
        try await door.signIn(.lupe)
        let mine = try await door.get("/drills")
        #expect(mine.status == 200 && mine.text.contains("You are asked in no drill."))
        #expect(!mine.text.contains("action=\"/drills\"") && !mine.text.contains("/drills/end"))
        #expect(try await door.post("/drills", form: form(door)).status == 403)
        #expect(try await door.post("/drills/part", form: [("_token", door.csrf), ("answer", "yes")]).status == 409)
        try await door.signIn(.ruth)
        #expect(try await door.post("/drills", form: form(door)).status == 303)
        let announced = try await door.get("/drills")
        #expect(announced.text.contains("A drill is running"))
        #expect(try await door.post("/drills", form: form(door)).status == 409)
        #expect(try await door.post("/drills/end", form: [("_token", door.csrf)]).status == 303)
        let wrong = [("_token", door.csrf), ("drill", "drills/none.yaml"), ("speed", "3"), ("size", "900")]
        #expect(try await door.post("/drills", form: wrong).status == 422)
        let large = [("_token", door.csrf), ("drill", Self.day), ("speed", "1"), ("size", "900")]
        #expect(try await door.post("/drills", form: large).status == 422)
        #expect(try await door.post("/drills", form: form(door, [("when", "later")])).status == 303)
        let page = try await door.get("/drills")
        #expect(page.text.contains("A drill is announced"))
        let start = String(try #require(page.text.firstMatch(of: /\/drills\/[0-9a-f-]{36}\/start/)).output)
        try await door.signIn(.lupe)
        #expect(try await door.post(start, form: [("_token", door.csrf)]).status == 403)
        #expect(try await door.post("/drills/part", form: [("_token", door.csrf), ("answer", "yes")]).status == 303)
        #expect(try await door.get("/drills").text.contains("You take part in this one."))
        #expect(try await door.post("/drills/end", form: [("_token", door.csrf)]).status == 403)
        try await door.signIn(.amina)
        #expect(try await door.post(start, form: [("_token", door.csrf)]).status == 303)
        #expect(try await door.get("/board").text.contains("data-key=\"d\"><svg"))
        let ended = try await door.post("/drills/end", form: [("_token", door.csrf), ("back", "/board")])
        #expect(ended.headers[.location] == "/board")
        #expect(try await door.get("/board").text.contains("data-key=\"d\" disabled"))
    }

    @Test("is marked on every page and in every message that it reaches, and the public sees none of it")
    func marked() async throws {
        let door = try await Door()
        let world = door.world
        try await world.volunteer([world.ruth, world.amina, world.joao, world.lupe])
        let telephone = try await Telephone(door)
        try await door.signIn(.joao)
        let choose = [("_token", door.csrf), ("channel", "sms"), ("address", "+13235550123")]
        #expect(try await door.post("/settings/contact", form: choose).status == 303)
        let code = try #require(try await telephone.lastText().firstMatch(of: /\d{6}/)).output
        let confirm = [("_token", door.csrf), ("channel", "sms"), ("code", String(code))]
        #expect(try await door.post("/settings/contact/confirm", form: confirm).status == 303)

        try await door.signIn(.ruth)
        #expect(try await door.post("/drills", form: form(door)).status == 303)
        let (incident, reporter) = try await report(door)
        let (amina, joao, timings, places) = (world.amina, world.joao, world.timings, world.places)
        try await world.database.write { tx in
            try Dispatch.open(incident, role: .verifier, wanted: 1, by: amina, timings: timings, places: places, in: tx)
        }
        let mine = try await world.database.read { tx in try MyAssignment.current(for: joao, in: tx) }
        let offer = try #require(mine).assignment.id
        let link = "/go/" + (try SignedLink.token(.offer, offer.bytes, keys: world.keys))
        door.signOut()
        #expect(try await door.get(link).text.contains("Exercise. Nothing is real."))
        try await said(door, telephone, .offer)

        try await world.database.write { tx in
            try Assignment.accept(offer, by: joao, in: tx)
            try Assignment.arrive(offer, by: joao, timings: timings, in: tx)
            _ = try Incident.verify(
                incident,
                finding: Verification.Finding(
                    .confirmed,
                    level: .onScene,
                    how: .onScene,
                    witness: offer,
                    explanation: Explanation(Self.secret, in: "en")
                ),
                by: amina,
                timings: timings,
                in: tx
            )
        }
        try await pass(.minutes(35), door)
        try await said(door, telephone, .checkIn)
        for member in [Door.Member.amina, .ruth] {
            try await door.signIn(member)
            let begun = try await door.post("/broadcasts", form: [("_token", door.csrf), ("incident", incident.text)])
            if let path = begun.headers[.location], begun.status == 303 { try await marks(door, path) }
            for path in [
                "/board/incidents/\(incident.text)", "/board/incidents/\(incident.text)/pane",
                "/board/incidents/\(incident.text)/record", "/board", "/broadcasts",
            ] { try await marks(door, path) }
            let json = try await door.get("/api/v1/incidents/\(incident.text)")
            #expect(json.text.contains("\"exercise\":true"))
            #expect(try await door.get("/api/v1/incidents").text.contains("\"exercise\":true"))
        }
        try await door.signIn(.joao)
        for path in ["/respond", "/respond/\(offer.text)"] { try await marks(door, path) }
        #expect(try await door.get("/api/v1/assignments").text.contains("\"exercise\":true"))

        door.signOut()
        let answer = try await door.post("/report/answer", form: [("code", reporter)])
        #expect(answer.text.contains("Exercise. Nothing is real."))
        for path in [
            "/", "/now", "/embed", "/embed/strip/en", "/api/v1/status", "/feeds/status.en.atom", "/report",
            "/feeds/status.es.atom", "/feeds/cap.atom", "/verify",
        ] {
            let page = try await door.get(path)
            #expect(!page.text.contains("crew from the drill"), "\(path)")
            #expect(!page.text.contains(incident.text), "\(path)")
        }

        // Whatever was told to anybody since the drill began is marked, in both languages, before anything else.
        let told = try await world.database.read { tx in try tx.all(Message.self, "SELECT * FROM messages") }
        #expect(Set(told.map(\.kind)).isSuperset(of: [.drillBegun, .offer, .checkIn, .missedCheckIn, .alertReview]))
        let unmarked = told.filter { !$0.isExercise }
        #expect(unmarked.isEmpty)
        for message in told {
            #expect(message.words(door.site.library.words("en")).hasPrefix("EXERCISE. "))
            #expect(message.words(door.site.library.words("es")).hasPrefix("EJERCICIO. "))
        }

        try await door.signIn(.ruth)
        #expect(try await door.post("/drills/end", form: [("_token", door.csrf)]).status == 303)
        let drills = try await door.get("/api/v1/drills")
        #expect(drills.text.contains("\"state\":\"ended\"") && drills.text.contains("\"exercise\":true"))
        let id = String(try #require(drills.text.firstMatch(of: /"id":"([0-9a-f-]{36})"/)).output.1)
        try await marks(door, "/drills/\(id)")
        #expect(try await door.get("/drills").text.contains("/drills/\(id)"))
        let csv = try await world.database.read { tx in try IncidentTable.rows(in: tx) }
        #expect(csv.count == 1, "the head of the table and no line")
    }

    @Test("is begun, read and ended by a program")
    func program() async throws {
        let door = try await Door()
        try await door.signIn(.amina)
        let body = #"{"file":"drills/ordinary-evening.yaml","speed":10,"size":2}"#
        let begun = try await door.post("/api/v1/drills", json: body)
        #expect(begun.status == 201)
        let id = try #require(begun.json["id"] as? String)
        #expect(try await door.post("/api/v1/drills", json: body).status == 409)
        #expect(try await door.post("/api/v1/drills", json: #"{"file":"../x"}"#).status == 422)
        try await pass(.seconds(8), door)
        let running = try await door.get("/api/v1/drills/\(id)")
        let score = try #require(running.json["score"] as? [String: Any])
        #expect((score["incidents"] as? [[String: Any]])?.first?["reports"] as? Int == 2)
        #expect(try await door.post("/api/v1/drills/\(id)/stop", json: "{}").json["state"] as? String == "ended")
        #expect(try await door.post("/api/v1/drills/\(id)/stop", json: "{}").status == 200)
        try await door.signIn(.lupe)
        #expect(try await door.get("/api/v1/drills").status == 403)
    }

    private func marks(_ door: Door, _ path: String) async throws {
        let page = try await door.get(path)
        #expect(page.status == 200, "\(path)")
        #expect(page.text.lowercased().contains("exercise"), "\(path)")
        try await door.world.database.write { tx in try tx.run("UPDATE people SET language = 'es'") }
        let spanish = try await door.get(path)
        #expect(spanish.text.lowercased().contains("ejercicio"), "\(path) in Spanish")
        try await door.world.database.write { tx in try tx.run("UPDATE people SET language = 'en'") }
    }

    /// The newest text of a kind as it leaves for a telephone: the mark comes first.
    private func said(_ door: Door, _ telephone: Telephone, _ kind: Message.Kind) async throws {
        let post = door.site.post
        let parcels = try await door.world.database.read { tx -> [Parcel] in
            let rows = try tx.all(
                Outbox.self,
                """
                SELECT o.* FROM outbox o JOIN messages m ON m.id = o.message
                WHERE m.kind = \(kind) AND o.expires_at > \(tx.now)
                """
            )
            return try rows.compactMap { row in
                guard case .hand(let parcel, _) = try post.errand(row, in: tx) else { return nil }
                return parcel
            }
        }
        let parcel = try #require(parcels.last)
        #expect(parcel.text.hasPrefix("EXERCISE. ") && parcel.subject?.hasPrefix("EXERCISE") == true)
    }

    @Test(
        "is marked in what is over too, and in the talk about it; half its speed is told as a half, and in Spanish its incidents"
    )
    func earlier() async throws {
        let door = try await Door()
        let world = door.world
        try await world.volunteer([world.ruth, world.amina, world.joao])
        try await door.signIn(.ruth)
        let begun = try await door.post("/api/v1/drills", json: #"{"file":"\#(Self.day)","speed":0.5,"size":1}"#)
        let drill = try #require(begun.json["id"] as? String)
        #expect(try await door.get("/drills").text.contains("0.5 times as fast"))
        let (incident, _) = try await report(door)
        let (ruth, amina, joao, timings, places) = (world.ruth, world.amina, world.joao, world.timings, world.places)
        try await world.database.write { tx in
            try Dispatch.open(incident, role: .verifier, wanted: 1, by: amina, timings: timings, places: places, in: tx)
            let mine = try #require(try MyAssignment.current(for: joao, in: tx))
            try Assignment.decline(mine.assignment.id, by: joao, in: tx)
            _ = try Incident.verify(
                incident,
                finding: Verification.Finding(.unfounded, level: .structured, how: .callBack),
                by: amina,
                timings: timings,
                in: tx
            )
            try DebriefMeeting.call(incident, at: tx.now + .hours(2), place: nil, by: ruth, in: tx)
        }
        #expect(try await door.get("/debriefs/\(incident)").text.contains("Exercise. Nothing is real."))
        try await pass(.minutes(5), door)
        let told = try await door.get("/drills/\(drill)?lang=es").text
        #expect(told.contains("Una inspección de bomberos") && !told.contains("A fire inspection"))
        try await door.signIn(.joao)
        let page = try await door.get("/respond").text
        #expect(page.components(separatedBy: "Earlier").last?.contains("Exercise") == true)
        let recent = try await door.get("/api/v1/assignments").json["recent"] as? [[String: Any]]
        #expect(recent?.map { $0["exercise"] as? Bool } == [true])
    }

    @Test("in which nobody was asked says so in words")
    func nobodyAsked() async throws {
        let door = try await Door()
        try await door.world.volunteer([door.world.ruth])
        try await door.signIn(.ruth)
        let begun = try await door.post("/api/v1/drills", json: #"{"file":"\#(Self.day)","speed":1,"size":1}"#)
        let drill = try #require(begun.json["id"] as? String)
        try await pass(.minutes(5), door)
        let report = try await door.get("/drills/\(drill)").text
        #expect(report.contains("<dd>nobody was asked</dd>") && report.contains("<span>nobody was asked</span>"))
        #expect(!report.contains("0 / 0") && !report.contains("0 asked"))
        #expect(try await door.post("/drills/end", form: [("_token", door.csrf)]).status == 303)
        let past = try await door.get("/drills").text
        #expect(past.contains("nobody was asked"))
    }
}
