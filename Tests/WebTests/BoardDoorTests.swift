// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Matching
import Messaging
import NIOCore
import People
import Response
import Support
import Testing

@testable import Web

@Suite("The board, through the door")
struct BoardDoorTests {
    @Test("a card says that somebody on the scene missed a check-in")
    func missedCheckIn() async throws {
        let door = try await Door()
        let world = door.world
        let id = try await door.incident()
        let there = try await world.stoodThere(try #require(Ref<Incident>(id)))
        let missed = "Missed a check-in"
        try await door.signIn(.ruth)
        #expect(try await !door.get("/board").text.contains(missed))
        try await world.database.write { tx in
            try tx.run(
                "UPDATE assignments SET state = 'on_scene', ended_at = NULL, missed_check_ins = 1 WHERE id = \(there)"
            )
            let content = Event.Content(["assignment": there.text, "step": "1"])
            try tx.record("assignment.missed", subject: id, foundBy: nil, content)
        }
        await door.site.board.send(door.site)
        let board = try await door.get("/board").text
        #expect(board.contains("class=\"state urgent\"") && board.contains(missed))
    }

    @Test("its stream brings each member what they alone are told, and everybody who serves")
    func stream() async throws {
        let door = try await Door()
        let (world, hub) = (door.world, door.site.board)
        let t = door.site.library.words("en")
        let streams = [
            try await hub.open(.board, world.ruth, t, csrf: "r", door.site),
            try await hub.open(.board, world.amina, t, csrf: "a", door.site),
        ]
        await hub.send(door.site)
        let incident = try await door.incident()
        try await world.database.write { tx in
            try Message.tell(
                world.ruth.person,
                .coordinatorPaged,
                about: incident,
                key: "dispatch:x:1",
                expires: .hours(1),
                in: tx
            )
        }
        await hub.send(door.site)
        let shift = try await world.database.write { tx in
            try Shift.plan(
                world.lupe.person,
                as: .observer,
                from: tx.now,
                to: tx.now + .hours(2),
                by: world.lupe,
                in: tx
            )
        }
        try await world.database.write { tx in try Shift.start(shift, by: world.lupe, in: tx) }
        await hub.send(door.site)
        let told = try #require(
            try await world.database.read { tx in try Message.unread(for: world.ruth.person, in: tx).first }
        )
        try await world.database.write { tx in try Message.acknowledge(told.id, by: world.ruth, in: tx) }
        await hub.send(door.site)
        hub.dismissAll()

        var texts: [String] = []
        for stream in streams {
            var text = ""
            for await bytes in stream { text += String(buffer: bytes) }
            texts.append(text)
        }
        func events(_ name: String, _ text: String) -> [String] {
            text.components(separatedBy: "\n\n").filter { $0.contains("event: \(name)\n") }
        }
        let hers = events("messages", texts[0])
        #expect(hers.count == 3, "at the beginning, told, seen")
        #expect(hers.dropFirst().first?.contains(told.id.text) == true)
        #expect(hers.dropFirst().first?.contains("Nobody could be found") == true)
        #expect(hers.last?.contains("\"ids\":[]") == true)
        #expect(events("messages", texts[1]).allSatisfy { !$0.contains("Nobody could be found") })
        for text in texts { #expect(events("people", text).last?.contains("Lupe") == true) }
    }

    @Test("the full record names each day and tells whole times; the API turns the pages of a long timeline")
    func record() async throws {
        let door = try await Door()
        let id = "\(try await door.incident())"
        try await door.world.database.write { tx in
            for number in 1...600 {
                try tx.record(Event("incident.grew", subject: id, data: ["report": "report \(number)"]))
            }
        }
        try await door.signIn(.amina)
        let page = try await door.get("/board/incidents/\(id)/record").text
        let lines = page.components(separatedBy: "<ol class=\"line\">").last ?? ""
        #expect(page.firstMatch(of: #/<h3>[^<]+, 20\d\d</h3><ol class="line">/#) != nil)
        #expect(lines.firstMatch(of: #/>\d{1,2}:\d\d [ap]m</time>/#) != nil)
        #expect(page.components(separatedBy: "<time ").count > 600, "nothing is left out")
        let newest = try await door.get("/api/v1/incidents/\(id)").json
        #expect((newest["timeline"] as? [Any])?.count == 500)
        let next = try #require(newest["next"] as? Int)
        let older = try await door.get("/api/v1/incidents/\(id)?before=\(next)").json
        let first = (older["timeline"] as? [[String: Any]])?.first
        #expect(first?["kind"] as? String == "incident.opened" && older["next"] == nil)
        #expect(try await door.get("/api/v1/incidents/\(id)?before=x").fields == ["before"])
    }

    /// Every hidden field of the first form that is sent to `path`.
    private func fields(_ path: String, _ page: String) -> [(String, String)] {
        let form = page.components(separatedBy: "action=\"\(path)\"").dropFirst().first ?? ""
        return (form.components(separatedBy: "</form>").first ?? "")
            .matches(of: /type="hidden" name="([^"]+)" value="([^"]*)"/).map { (String($0.1), String($0.2)) }
    }

    @Test("a finding on an old page names what came in since, and counts when it is sent again")
    func overtaken() async throws {
        let door = try await Door()
        func report(_ more: String = "") async throws -> Ref<Incident> {
            let filing = ReportFiling(
                kind: "vehicles",
                words: "White vans and men in vests by the lake at Hollenbeck Park\(more)",
                whereabouts: Whereabouts(point: Point(latitude: 34.0415, longitude: -118.2171))
            )
            let receipt = try await door.world.intake.take(filing, submission: .once)
            return try await door.world.incident(of: receipt.report)
        }
        let id = try await report()
        try await door.signIn(.amina)
        let path = "/board/incidents/\(id)/verification"
        let finding = [("truth", "unfounded"), ("level", "1"), ("how", "call_back")]
        let before = fields(path, try await door.get("/board/incidents/\(id)?act=unfounded").text)
        #expect(!before.contains { $0.0 == "despite_reports" })
        #expect(try await report(", they drag a man out of his car") == id)
        let mistyped = try await door.post(path, form: before + [("truth", "unfounded"), ("level", "1"), ("how", "")])
        #expect(mistyped.status == 422)
        let same = fields(path, mistyped.text).filter { $0.0 == "version" }.map(\.1)
        #expect(same == before.filter { $0.0 == "version" }.map(\.1), "what came meanwhile was not named yet")
        let refused = try await door.post(path, form: before + finding)
        #expect(refused.status == 409)
        #expect(refused.text.contains("Since you looked"))
        #expect(refused.text.components(separatedBy: "data-refused").last?.contains("they drag a man out") == true)
        let after = fields(path, refused.text)
        #expect(after.contains { $0.0 == "despite_reports" && $0.1 == "yes" })
        #expect(try await report(", they drag a man out of his car, again") == id)
        #expect(try await door.post(path, form: after + finding).status == 303)
    }

    @Test("in a long incident what can be done and who goes stand before the reports; four of these are open")
    func long() async throws {
        let door = try await Door()
        var incidents: Set<Ref<Incident>> = []
        for number in 1...6 {
            let filing = ReportFiling(
                kind: "vehicles",
                words: "White vans and men in vests by the lake at Hollenbeck Park, \(number) of them",
                whereabouts: Whereabouts(point: Point(latitude: 34.0415, longitude: -118.2171))
            )
            let receipt = try await door.world.intake.take(filing, submission: .once)
            incidents.insert(try await door.world.incident(of: receipt.report))
        }
        #expect(incidents.count == 1)
        let id = try #require(incidents.first)
        try await door.signIn(.amina)
        let page = try await door.get("/board/incidents/\(id)").text
        let marks = [
            "class=\"known\"", "class=\"going\"", "class=\"acts\"", "id=\"reports-fold\"", "class=\"line\"",
            "id=\"older\"",
        ]
        let places = marks.compactMap { page.firstRange(of: $0)?.lowerBound }
        #expect(places.count == marks.count && places == places.sorted())
        let parts = page.components(separatedBy: "id=\"older\"")
        #expect(parts.map { $0.components(separatedBy: "<li><time").count - 1 } == [4, 2])
        #expect(page.contains("See 2 older lines"))
        #expect(page.contains("dir=\"ltr\">34."), "a minus stays before its number where one reads from the right")
        #expect(try await !door.get("/board/incidents/\(id)/record").text.contains("id=\"older\""))
    }

    @Test("the words that must be written are asked for first: those in the reader's own language")
    func ownWordsFirst() async throws {
        let door = try await Door()
        let id = try await door.incident()
        try await door.signIn(.amina)
        for language in ["en", "es", "fa"] {
            let page = try await door.get("/board/incidents/\(id)?act=confirmed&lang=\(language)").text
            let first = page.firstMatch(of: /name="explanation-([a-zA-Z-]+)"/).map { String($0.1) }
            #expect(first == language)
        }
    }

    @Test("a card says how many agree, and the open incident on what; for programs too")
    func agreement() async throws {
        let door = try await Door()
        var id: Ref<Incident>?
        for (source, words) in [
            ("a", "masked agents are handcuffing a man outside the market"),
            ("b", "they wear masks, they handcuffed somebody by the market"),
        ] {
            let filing = ReportFiling(
                kind: "arrest",
                words: words,
                whereabouts: Whereabouts(point: Point(latitude: 34.0415, longitude: -118.2171)),
                source: source
            )
            let receipt = try await door.world.intake.take(filing, submission: .once)
            id = try await door.world.incident(of: receipt.report)
        }
        let incident = try #require(id)
        try await door.signIn(.amina)
        #expect(try await door.get("/board").text.contains("2 agree"))
        let page = try await door.get("/board/incidents/\(incident)").text
        #expect(page.contains("2 accounts from separate senders agree"))
        #expect(page.contains("The same answers: What are they doing? What do they wear? Where exactly?"))
        let card = try await door.get("/api/v1/incidents/\(incident)").json["incident"] as? [String: Any]
        #expect(card?["agreeing"] as? Int == 2)
        #expect(card?["agreed_on"] as? [String] == ["activity", "uniform", "location"])
        try await door.world.confirm(incident)
        #expect(try await !door.get("/board").text.contains("2 agree"), "an answer is what counts then")
    }

    @Test("a stream whose database is away says that it is stale, never that all is well, and beats again afterwards")
    func stale() async throws {
        let door = try await Door()
        let (world, hub) = (door.world, door.site.board)
        let t = door.site.library.words("en")
        var streams: [AsyncStream<ByteBuffer>] = []
        for topic in [BoardHub.Topic.board, .respond, .console] {
            streams.append(try await hub.open(topic, world.amina, t, csrf: "a", door.site))
        }
        func rename(_ from: SQL, _ to: SQL) async throws {
            _ = try await world.database.write { tx in try tx.run("ALTER TABLE " + from + " RENAME TO " + to) }
        }
        try await rename("sessions", "away")
        await hub.beatOnce(door.site)
        try await rename("away", "sessions")
        await hub.beatOnce(door.site)
        hub.dismissAll()
        for stream in streams {
            var events: [Substring] = []
            for await bytes in stream {
                events += String(buffer: bytes).split(separator: "\n").filter { $0.hasPrefix("event: ") }
            }
            let said = events.map { $0.dropFirst(7) }
            let stale = try #require(said.firstIndex(of: "stale"))
            #expect(said[stale...].filter { $0 == "stale" || $0 == "beat" } == ["stale", "beat"])
        }
    }

    private func heard(_ hub: BoardHub, _ door: Door, after last: Int64?) async throws -> String {
        let t = door.site.library.words("en")
        let stream = try await hub.open(.board, door.world.amina, t, csrf: "a", after: last, door.site)
        await hub.send(door.site)
        hub.dismissAll()
        var text = ""
        for await bytes in stream { text += String(buffer: bytes) }
        return text
    }

    @Test("a page that is older than its stream is told what came between, and up to where that was")
    func older() async throws {
        let door = try await Door()
        let hub = door.site.board
        let newest = { try await door.world.database.read { tx in try Event.newest(in: tx) } }
        let before = try await newest()
        let incident = try await door.incident()
        let now = try await newest()
        let old = try await heard(hub, door, after: before)
        #expect(old.contains("event: incident\n") && old.contains(incident))
        #expect(old.contains("id: \(now)\nevent: beat\n"), "what a quiet line knows when it breaks")
        let fresh = try await heard(hub, door, after: now)
        #expect(!fresh.contains("event: incident\n") && fresh.contains("id: \(now)\nevent: beat\n"))
        try await door.signIn(.amina)
        #expect(try await door.get("/board").text.contains("data-cursor=\""))
    }

    @Test("while our own people rehearse, what a member heard may be part of it, and the figures are of what is real")
    func rehearsed() async throws {
        let door = try await Door()
        let (world, path) = (door.world, "/board/incidents")
        func add(_ source: String, _ page: String) async throws -> Answer {
            let more = [
                ("source", source), ("kind", "vehicles"), ("where", "Pacoima"), ("words", "Two vans at the gate"),
                ("language", "en"), ("exercise", "on"),
            ]
            return try await door.post(path, form: fields(path, page) + more)
        }
        try await door.signIn(.amina)
        let before = try await door.get("\(path)/new").text
        #expect(!before.contains("name=\"exercise\""))
        #expect(try await add("phone", before).status == 409)
        #expect(try await add("staff", before).status == 409)
        _ = try await door.incident()
        let plan = try Exercise.Plan(file: "drills/ordinary-evening.yaml")
        try await world.database.write { tx in _ = try Exercise.start(plan, by: world.ruth, in: tx) }
        #expect(try await door.get("\(path)/new").text.contains("name=\"exercise\""))
        #expect(try await add("phone", door.get("\(path)/new").text).status == 200)
        #expect(try await add("staff", door.get("\(path)/new").text).status == 303)
        let board = try await door.get("/board").text
        #expect(board.contains("<span data-count=\"verify\">3</span>"), "the list is counted as it is")
        #expect(board.contains("<dd><span data-count=\"unverified\">1</span></dd>"), "the figures are of what is real")
        #expect(
            board.contains("<b data-count=\"checking\">1</b>") && board.contains("<b data-count=\"exercises\">2</b>")
        )
        #expect(board.contains("<polygon class=\"cell plum\""), "on the map too")
        try await world.database.write { tx in try Exercise.stop(by: world.ruth, in: tx) }
        let after = try await door.get("/board").text
        #expect(
            after.contains("<b data-count=\"checking\">1</b>") && after.contains("<b data-count=\"exercises\">0</b>")
        )
    }

    @Test("on a responder's phone what ended is one line under their assignments, and one button for all of it")
    func ended() async throws {
        let door = try await Door()
        let world = door.world
        let incident = try await door.incident()
        try await world.database.write { tx in
            for (key, kind) in [("a", Message.Kind.enough), ("b", .enough), ("c", .enough), ("d", .checkIn)] {
                try Message.tell(world.joao.person, kind, about: incident, key: key, expires: .hours(1), in: tx)
            }
        }
        try await door.signIn(.joao)
        let page = try await door.get("/respond?lang=en").text
        let parts = page.components(separatedBy: "<h1>")
        try #require(parts.count == 2)
        #expect(parts[0].contains("Are you OK?"), "what asks for an answer stays on top")
        #expect(!parts[0].contains("Enough neighbors"))
        #expect(parts[1].components(separatedBy: "Enough neighbors").count == 2, "once")
        #expect(parts[1].contains("× 3"))
        let note = try #require(parts[1].components(separatedBy: "data-ended").last)
        let path = try #require(note.components(separatedBy: "action=\"").dropFirst().first?.prefix { $0 != "\"" })
        let others = note.components(separatedBy: "name=\"also\" value=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(others.count == 2)
        let form = [("_token", door.csrf), ("back", "/respond")] + others.map { ("also", String($0)) }
        #expect(try await door.post(String(path), form: form).status == 303)
        let left = try await world.database.read { tx in try Message.unread(for: world.joao.person, in: tx) }
        #expect(left.map(\.kind) == [.checkIn])
    }

    @Test("a dispatcher calls everybody of one dispatch off at once")
    func callOff() async throws {
        let door = try await Door()
        let world = door.world
        let incident = try #require(Ref<Incident>(try await door.incident()))
        try await door.signIn(.amina)
        for name in ["One", "Two"] { _ = try await world.helper(named: name, place: "boyle-heights") }
        let dispatch = try await world.database.write { tx in
            try Dispatch.open(
                incident,
                role: .verifier,
                wanted: 2,
                by: world.amina,
                timings: world.timings,
                places: world.places,
                in: tx
            )
        }
        let asked = try await world.database.read { tx in try Assignment.all(of: incident, in: tx) }
        #expect(asked.count > 1)
        let path = "/board/incidents/\(incident)/dispatch/\(dispatch)/call-off"
        #expect(try await door.get("/board/incidents/\(incident)").text.contains("action=\"\(path)\""))
        #expect(try await door.post(path, form: [("_token", door.csrf)]).status == 303)
        let left = try await world.database.read { tx in try Assignment.all(of: incident, in: tx) }
        #expect(left.allSatisfy { $0.state == .calledOff })
        #expect(try await !door.get("/board/incidents/\(incident)").text.contains("action=\"\(path)\""))
        try await door.signIn(.joao)
        #expect(try await door.post(path, form: [("_token", door.csrf)]).status == 403)
    }

    @Test("where no card is open shows a coordinator what to do next, each with its way, until it is folded away")
    func firstSteps() async throws {
        let door = try await Door()
        try await door.signIn(.ruth)
        let board = try await door.get("/board").text
        #expect(board.contains("<details class=\"fold\" id=\"first-steps\" open>"))
        #expect(board.contains("<a href=\"/settings/recovery-code\">") && board.contains("<a href=\"/shifts#plan\">"))
        #expect(!board.contains("<a href=\"/people#add\">Invite"), "that is done")
        let own = "<a href=\"/people/\(door.world.ruth.person.text)\">Add yourself</a>"
        #expect(try await door.get("/settings").text.contains(own), "she is not told to ask herself")
        let incident = try await door.incident()
        #expect(try await !door.get("/board/incidents/\(incident)").text.contains("first-steps"))
        let fold = try await door.post("/board/steps", form: [("_token", door.csrf), ("folded", "yes")])
        #expect(fold.status == 303)
        #expect(try await door.get("/board").text.contains("<details class=\"fold\" id=\"first-steps\"><summary>"))
        try await door.signIn(.amina)
        #expect(try await !door.get("/board").text.contains("first-steps"))
        #expect(try await door.post("/board/steps", form: [("_token", door.csrf), ("folded", "yes")]).status == 403)
    }
}
