// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import NIOCore
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("The report form")
struct ReportDoorTests {
    @Test(
        "Two streets that cross are a place: shown back, and kept in no plain word",
        arguments: [
            ("1st and Soto", "", "1st St &amp; Soto St", "boyle-heights"),
            ("Primera y Soto", "", "1st St &amp; Soto St", "boyle-heights"),
            ("Figueroa y Pico", "", "Figueroa St &amp; Pico Blvd", "downtown-la"),
            ("Pacific y Florence", "", "Pacific Ave &amp; Florence Ave", "huntington-park"),
            ("1st and Soto", "boyle-heights", "1st St &amp; Soto St · Boyle Heights", "boyle-heights"),
            ("1st and Soto, Boyle Heights", "", "1st St &amp; Soto St · Boyle Heights", "boyle-heights"),
            ("7th and Grand", "", "7th St &amp; Grand Ave", ""),
        ]
    )
    func crossing(place: String, zone: String, shown: String, stored: String) async throws {
        let door = try await Door()
        let answers = [("kind", "vehicles"), ("place", place), ("zone", zone)]
        let back = try await door.post("/report?lang=en", form: answers + [("step", "where"), ("go", "next")])
        #expect(back.status == 200)
        #expect(back.text.contains("<dd>\(shown)</dd>"))
        let token = FormToken.issue(for: ReportDraft.purpose, at: door.site.now, keys: door.site.keys)
        let named = shown.contains("Boyle") ? "boyle-heights" : ""
        let sent = try await door.post(
            "/report",
            form: [("kind", "vehicles"), ("place", place), ("zone", named), ("step", "when"), ("_token", token)]
        )
        #expect(sent.status == 200)
        let zones = try await door.world.database.read { tx in
            try tx.list(String.self, "SELECT coalesce(zone, '') FROM reports")
        }
        // Where nobody says the neighborhood, the corner does, if there is one of that name.
        #expect(zones == [stored])
        let events = try await door.world.database.read { tx in
            try tx.list(String.self, "SELECT data FROM events WHERE kind = 'incident.opened'")
        }
        #expect(events.count == 1 && events.allSatisfy { !$0.contains("Soto") && !$0.contains("Pico") })
    }

    @Test("What is no place and no crossing is still asked again", arguments: ["Qwxzzy Blorp", "Qwxzzy and Blorp"])
    func unknown(place: String) async throws {
        let door = try await Door()
        let answer = try await door.post(
            "/report?lang=en",
            form: [("kind", "vehicles"), ("place", place), ("step", "where"), ("go", "next")]
        )
        #expect(answer.status == 422)
        #expect(answer.text.contains("<a href=\"#zone\">Choose the neighborhood from the list."))
        #expect(answer.text.ranges(of: "know that place").count == 1, "said once, at the field")
        #expect(!answer.text.contains("<details class=\"fold\""), "the list stands open below the field")
    }

    @Test("Whoever comes from this machine, and over Tor that is everybody, is one witness")
    func witnesses() async throws {
        let clock = ManualClock()
        let throttle = Throttle(clock: clock.clock, isOn: true)
        func witness(_ text: String) throws -> String {
            throttle.witness(of: try SocketAddress(ipAddress: text, port: 1))
        }
        #expect(try witness("127.0.0.1") == throttle.witness(of: nil))
        #expect(try witness("::1") == witness("127.0.0.1"))
        #expect(try witness("203.0.113.7") != witness("127.0.0.1"))

        let door = try await Door()
        for number in 1...8 {
            let body = #"{"kind":"vehicles","words":"White vans, \#(number)","where":{"text":"Western and Olympic"}}"#
            #expect(try await door.post("/api/v1/reports", json: body).status == 201)
        }
        let (reports, witnesses, levels) = try await door.world.database.read { tx in
            (
                try tx.list(Int.self, "SELECT reports FROM incidents"),
                try tx.list(Int.self, "SELECT independent FROM incidents"),
                try tx.list(Int.self, "SELECT level FROM incidents")
            )
        }
        #expect(reports == [8] && witnesses == [1] && levels == [0])
    }

    @Test("No two answers share tone and sign: on the map nothing else tells them apart")
    func signs() {
        let t = Words(language: .english)
        var said: [String: Set<String>] = [:]
        for truth in Truth.allCases {
            for isOver in [false, true] {
                for state in [IncidentState.unverified, .verifying, .answered] {
                    let mark = TruthMark(truth, isOver: isOver, state: state, t)
                    said["\(mark.tone) \(mark.icon)", default: []].insert(mark.words)
                }
            }
        }
        #expect(said.values.allSatisfy { $0.count == 1 })
    }

    @Test("Files don't come along, and then not everything is kept")
    func files() {
        let t: Phrase =
            "refusal.storage_files|We can't save right now. Your words are kept. Please try again in a minute."
        #expect(Refusal.storage.withFilesGone.message == t)
        #expect(Refusal.inDoubt.withFilesGone == .inDoubt)
    }
}
