// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Response
import Support
import Testing

@testable import Web

@Suite("The timings under Settings")
struct TimingDoorTests {
    @Test(
        "A number that can't be chosen is answered in the unit of its field",
        arguments: [
            ("response.expiry_s", "100", "3600", "Choose from 1 to 24 hours."),
            ("response.wave_two_s", "0", "60", "Choose from 1 to 60 minutes."),
            ("response.wave_two_s", "-5", "1", "Choose from 30 to 3600 seconds."),
            ("response.shift_week_s", "8", "86400", "Choose from 1 to 7 days."),
            ("response.wave_two_s", "soon", "60", "Write a whole number."),
        ]
    )
    func range(key: String, count: String, unit: String, said: String) async throws {
        let door = try await Door()
        try await door.signIn(.ruth)
        let form = [("_token", door.csrf), (key, count), ("\(key)-unit", unit)]
        let answer = try await door.post("/settings/timings?lang=en", form: form)
        #expect(answer.status == 422)
        #expect(answer.text.contains(said))
    }

    @Test("What contradicts another is said beside its field, and nothing is saved")
    func order() async throws {
        let door = try await Door()
        try await door.signIn(.ruth)
        let form = [
            ("_token", door.csrf), ("response.missed_dispatcher_s", "10"), ("response.missed_dispatcher_s-unit", "60"),
            ("response.missed_coordinator_s", "1"), ("response.missed_coordinator_s-unit", "60"),
        ]
        let answer = try await door.post("/settings/timings?lang=en", form: form)
        #expect(answer.status == 422)
        #expect(answer.text.contains("id=\"response.missed_coordinator_s-error\""))
        #expect(answer.text.contains("Dispatch is told first."))
        #expect(try await door.world.database.read { tx in try Timings.load(in: tx) } == Timings())
    }
}
