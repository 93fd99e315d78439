// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import Matching
import Messaging
import People
import Response
import Support
import Testing

@testable import Web

@Suite("Shifts, through the door")
struct ShiftDoorTests {
    /// The form on the page, filled in: what is empty is left as it is.
    private func plan(_ door: Door, _ fields: [(String, String)]) async throws -> Answer {
        let page = try await door.get("/shifts").text
        let form = try #require(page.components(separatedBy: "id=\"plan\"").last)
        let submission = String(try #require(form.firstMatch(of: /name="submission" value="([^"]+)"/)).output.1)
        return try await door.post("/shifts", form: [("_token", door.csrf), ("submission", submission)] + fields)
    }

    private func shifts(_ door: Door, of person: Caller) async throws -> [Shift] {
        try await door.world.database.read { tx in try Shift.upcoming(of: person.person, in: tx) }
    }

    @Test("A time that clocks leave out is said beside the field, and what was typed stays")
    func skipped() async throws {
        let door = try await Door()
        try await door.signIn(.joao)
        let fields = [("role", "verifier"), ("starts", "2027-03-14T02:30"), ("ends", "2027-03-14T06:00")]
        let answer = try await plan(door, fields)
        #expect(answer.status == 422)
        #expect(answer.text.contains("Clocks go forward then"))
        #expect(answer.text.contains("value=\"2027-03-14T02:30\""))
        #expect(!answer.text.contains("name=\"starts-which\""))
        #expect(try await shifts(door, of: door.world.joao).isEmpty)
        let spanish = try await door.post(
            "/settings/pause",
            form: [("_token", door.csrf), ("until", "2027-03-14T02:30")],
            [.acceptLanguage: "es"]
        )
        #expect(spanish.status == 422 && spanish.text.contains("value=\"2027-03-14T02:30\""))
    }

    @Test(
        "A time that comes twice is asked about, and the one that was chosen is taken",
        arguments: ["first", "second"]
    )
    func twice(_ which: String) async throws {
        let door = try await Door()
        try await door.signIn(.joao)
        let fields = [("role", "verifier"), ("starts", "2026-11-01T01:30"), ("ends", "2026-11-01T06:00")]
        let answer = try await plan(door, fields)
        #expect(answer.status == 422)
        #expect(answer.text.contains("this time comes twice"))
        #expect(answer.text.contains("name=\"starts-which\"") && !answer.text.contains("name=\"ends-which\""))
        #expect(try await shifts(door, of: door.world.joao).isEmpty)
        #expect(try await plan(door, fields + [("starts-which", which)]).status == 303)
        let start = try #require(try await shifts(door, of: door.world.joao).first).startsAt
        #expect(start.iso8601 == (which == "first" ? "2026-11-01T08:30:00Z" : "2026-11-01T09:30:00Z"))
    }

    @Test("Who rests reads so at their shift, dispatch sees it, and one press ends the rest and starts")
    func resting() async throws {
        let door = try await Door()
        let (database, joao) = (door.world.database, door.world.joao)
        let shift = try await database.write { tx in
            try Helper.pause(joao.person, until: tx.now + .days(2), by: joao, in: tx)
            let end = tx.now + .hours(4)
            return try Shift.plan(joao.person, as: .verifier, from: tx.now, to: end, by: joao, in: tx)
        }
        try await door.signIn(.joao)
        let mine = try await door.get("/shifts").text
        #expect(mine.contains("You are resting until") && mine.contains("Resting until"))
        #expect(mine.contains("End my rest and start") && !mine.contains("Start now"))
        try await door.signIn(.amina)
        #expect(try await door.get("/shifts").text.contains("Resting until"))
        #expect(try await door.get("/board").text.contains("Resting until"))
        try await door.signIn(.lupe)
        #expect(try await !door.get("/shifts").text.contains("Resting until"))

        try await door.signIn(.joao)
        let form = [("_token", door.csrf), ("rest", "end")]
        #expect(try await door.post("/shifts/\(shift.text)/start", form: form).status == 303)
        let (state, until) = try await database.read { tx in
            (try Shift.find(shift, in: tx).state, try Helper.find(joao.person, in: tx)?.restingUntil)
        }
        #expect(state == .on && until == nil)
        #expect(try await !door.get("/shifts").text.contains("esting until"))
    }

    @Test("Until when a certificate holds is read by who has it, and by who looks after people when it soon ends")
    func certificates() async throws {
        let door = try await Door()
        let world = door.world
        let end = world.clock.now + .days(20)
        try await world.database.write { tx in
            try Helper.certify(world.joao.person, HeldSkill(.verifier, until: end), by: world.ruth, in: tx)
        }
        let words = "Until \(LocalTime(end).isoDay)"
        for (member, isShown) in [(Door.Member.joao, true), (.ruth, true), (.amina, false), (.lupe, false)] {
            try await door.signIn(member)
            #expect(try await door.get("/shifts").text.contains(words) == isShown, "\(member)")
        }
    }

    @Test("Who has no certificate reads why, and who may write the reason finds where")
    func uncertified() async throws {
        let door = try await Door()
        let world = door.world
        try await door.signIn(.amina)
        #expect(try await door.get("/shifts").text.contains("Nobody has a certificate yet: Dispatcher"))
        let sol = try await world.member(named: "Sol", [.dispatcher])
        try await world.database.write { tx in
            try Helper.register(
                sol.person,
                at: "boyle-heights",
                skills: [(.dispatcher, tx.now + .days(365))],
                languages: ["en"],
                places: world.places,
                by: world.ruth,
                in: tx
            )
        }
        let page = try await door.get("/shifts").text
        #expect(!page.contains("Nobody has a certificate yet"))
        #expect(page.contains("name=\"override\""), "nobody who has one serves")
        let now = LocalTime(world.clock.now + .minutes(1))
        let later = LocalTime(world.clock.now + .hours(4))
        let fields = [("role", "dispatcher"), ("starts", now.field), ("ends", later.field)]
        let refused = try await plan(door, fields)
        #expect(refused.status == 422 && refused.text.contains("This role needs a certificate."))
        let id = try await door.incident()
        let dispatches = "/api/v1/incidents/\(id)/dispatches"
        let early = try await door.post(dispatches, json: #"{"role":"verifier","wanted":1}"#)
        #expect(early.status == 409 && early.text.contains("certificate"))
        let said = try await plan(door, fields + [("override", "Nobody answers and people wait")])
        #expect(said.status == 303)
        let shift = try #require(try await shifts(door, of: world.amina).first)
        #expect(shift.isUncertified)
        let week = try await door.get("/shifts").text
        #expect(week.contains("Without a certificate") && week.contains("Nobody answers and people wait"))
        #expect(try await door.post("/shifts/\(shift.id)/start", form: [("_token", door.csrf)]).status == 303)
        #expect(try await door.post(dispatches, json: #"{"role":"verifier","wanted":1}"#).status == 201)
    }

    @Test("A coordinator may be asked to take over, takes the board by themselves, and reads why they can't leave it")
    func board() async throws {
        let door = try await Door()
        try await door.signIn(.amina)
        #expect(try await door.get("/shifts").text.contains("action=\"/shifts/leading\""))
        #expect(try await door.post("/shifts/leading", form: [("_token", door.csrf)]).status == 303)
        _ = try await door.incident()
        let mine = try await door.get("/shifts").text
        #expect(mine.contains("<option value=\"\(door.world.ruth.person.text)\""), "who coordinates may be chosen")
        let given = try #require(try await shifts(door, of: door.world.amina).first).id

        try await door.signIn(.ruth)
        #expect(try await door.get("/shifts").text.contains("Take over from Amina"))
        #expect(try await door.post("/shifts/\(given)/taking", form: [("_token", door.csrf)]).status == 303)
        let page = try await door.get("/shifts").text
        #expect(page.contains("id=\"hand-over\"") && !page.contains("id=\"leading\""))
        let out = try await door.post("/session/end", form: [("_token", door.csrf)])
        #expect(out.status == 409 && out.text.contains("Hand it over first."))
        #expect(out.text.contains("<a class=\"button\" href=\"#hand-over\">") && !page.contains("href=\"#hand-over\""))

        try await door.signIn(.amina)
        let late = try await door.post("/shifts/leading", form: [("_token", door.csrf)])
        #expect(late.status == 409 && late.text.contains("Ruth leads the board already."))
    }

    @Test("A shift that nobody ends is late on every page, and later hides nowhere that nobody leads")
    func forgotten() async throws {
        let door = try await Door()
        let world = door.world
        try await world.database.write { tx in try HandOver.lead(by: world.amina, in: tx) }
        func pages(after wait: Duration) async throws -> (shifts: String, board: String) {
            door.world.clock.advance(by: wait)
            try await door.signIn(.ruth)
            return (try await door.get("/shifts").text, try await door.get("/board").text)
        }
        let served = try await pages(after: .hours(1))
        #expect(!served.shifts.contains("Nobody leads the board now."))
        #expect(!served.board.contains("Should have ended") && !served.board.contains("Nobody is on shift."))
        let late = try await pages(after: .hours(8))
        #expect(!late.shifts.contains("Nobody leads the board now.") && late.shifts.contains("Should have ended: "))
        #expect(late.board.contains("Should have ended: "))
        let gone = try await pages(after: .days(2))
        #expect(gone.shifts.contains("Nobody leads the board now.") && !gone.shifts.contains("id=\"leading\""))
        #expect(gone.board.contains("Nobody is on shift."))
    }

    @Test("The week shows a night once, a line on the day it ends, and what runs now in no week to come")
    func week() async throws {
        let door = try await Door()
        let world = door.world
        try await door.signIn(.amina)
        let today = LocalTime(world.clock.now).startOfDay
        let midnight = LocalTime(today + .days(2) + .hours(12)).startOfDay
        try await world.database.write { tx in
            try HandOver.lead(by: world.amina, in: tx)
            _ = try Shift.plan(
                world.joao.person,
                as: .verifier,
                from: midnight - .hours(2),
                to: midnight + .hours(6),
                by: world.joao,
                in: tx
            )
        }
        func shown(from day: Instant) async throws -> [String] {
            let page = try await door.get("/shifts?from=\(LocalTime(day + .hours(12)).isoDay)").text
            let week = try #require(page.components(separatedBy: "id=\"week\"").last)
            return Array(week.components(separatedBy: "<section class=\"stack tight").dropFirst())
        }
        let days = try await shown(from: today)
        #expect(days.count == 7)
        #expect(days.map { $0.contains("<strong>João</strong>") } == [false, true, true, false, false, false, false])
        let t = Words(language: .english)
        #expect(days[1].contains(">\(t.clock(midnight - .hours(2)))<"))
        #expect(days[1].contains(">\(t.moment(midnight + .hours(6)))<"))
        let line = "<strong>João</strong>, Verifier, to \(t.clock(midnight + .hours(6)))</li>"
        #expect(days[1].contains("class=\"slot\"") && !days[1].contains(line))
        #expect(days[2].contains(line))
        #expect(!days[2].contains("class=\"slot\""))
        // The week that begins on its second day has it whole, with the day it began on.
        let next = try await shown(from: midnight)
        #expect(next[0].contains("class=\"slot\"") && !next[0].contains(line))
        #expect(next[0].contains(">\(t.moment(midnight - .hours(2)))<"))
        #expect(next[0].contains(">\(t.clock(midnight + .hours(6)))<"))
        #expect(days[0].contains("<strong>Amina</strong>"))
        #expect(try await !shown(from: today + .days(7)).contains { $0.contains("<strong>Amina</strong>") })
    }

    @Test("An old page doesn't take a shift off the list that a colleague took since")
    func stale() async throws {
        let door = try await Door()
        let world = door.world
        let sol = try await world.member(named: "Sol", [.operator])
        let id = try await world.database.write { tx in
            let (start, end) = (tx.now + .days(1), tx.now + .days(1) + .hours(4))
            let id = try Shift.plan(world.amina.person, as: .operator, from: start, to: end, by: world.amina, in: tx)
            try Shift.offer(id, by: world.amina, in: tx)
            return id
        }
        try await door.signIn(.amina)
        let page = try await door.get("/shifts").text
        let whose = "name=\"person\" value=\"\(world.amina.person.text)\""
        let form = try #require(page.components(separatedBy: "action=\"/shifts/\(id)/cancellation\"").last)
        #expect(form.components(separatedBy: "</form>")[0].contains(whose), "it says whose it is")
        try await world.database.write { tx in try Shift.takeOver(id, by: sol, in: tx) }
        for step in ["cancellation", "start", "test", "trade", "trade/end", "end"] {
            for fields in [[("person", world.amina.person.text)], []] {
                let answer = try await door.post("/shifts/\(id)/\(step)", form: [("_token", door.csrf)] + fields)
                #expect(answer.status == 409 && answer.text.contains("This shift is Sol’s now. Nothing was changed."))
            }
        }
        let after = try await world.database.read { tx in try Shift.find(id, in: tx) }
        #expect(after.person == sol.person && after.state == .planned)
        // Who means to, may; and they hear.
        world.clock.advance(by: .minutes(1))
        let heard = try await world.database.read { tx in try Message.unread(for: sol.person, in: tx).count }
        let meant = [("_token", door.csrf), ("person", sol.person.text)]
        #expect(try await door.post("/shifts/\(id)/cancellation", form: meant).status == 303)
        let told = try await world.database.read { tx in try Message.unread(for: sol.person, in: tx) }
        #expect(told.count == heard + 1 && told.first?.kind == .shiftTraded)
    }

    @Test("A debrief that is owed stands on the incident until it was held")
    func debrief() async throws {
        let door = try await Door()
        let id = try await door.incident()
        let incident = try #require(Ref<Incident>(id))
        _ = try await door.world.stoodThere(incident)
        try await door.signIn(.amina)
        let finding = Sample.finding("unfounded")
        #expect(try await door.post("/api/v1/incidents/\(id)/verifications", json: finding).status == 201)
        #expect(try await door.get("/board/incidents/\(id)").text.contains("Talk it over until"))
        door.world.clock.advance(by: .hours(25))
        try await door.signIn(.amina)
        #expect(try await door.get("/board/incidents/\(id)").text.contains("Not talked over yet."))
        let form = [("_token", door.csrf), ("act", "debrief"), ("went_well", "Quick")]
        #expect(try await door.post("/board/incidents/\(id)/after-action", form: form).status == 303)
        #expect(try await !door.get("/board/incidents/\(id)").text.contains("Not talked over yet."))
    }
}
