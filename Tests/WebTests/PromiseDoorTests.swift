// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import HTTPTypes
import Kit
import People
import Response
import Support
import Testing
import Vault

@testable import Web

@Suite("What the public is promised")
struct PromiseDoorTests {
    @Test("The report page, an unknown code and the privacy page say what the settings say")
    func kept() async throws {
        let door = try await Door()
        let stranger = ReporterCode.generate().text
        let pages = { (door: Door) async throws -> [String] in
            [
                try await door.get("/report").text,
                try await door.post("/report/answer?lang=en", form: [("code", stranger)]).text,
                try await door.get("/privacy").text,
            ]
        }
        for page in try await pages(door) { #expect(page.contains("3 days")) }
        let ruth = door.world.ruth
        try await door.world.database.write { tx in
            // As two people agree to it.
            let key = "response.keep_unfounded_s"
            try Settings.set(key, to: "\(20 * 86_400)", by: ruth.person.text, in: tx)
            try tx.record(Event("settings.changed", subject: key, actor: ruth.person.text))
        }
        // The page hears of it beside the writer.
        for _ in 1...200 where door.site.timings.keepUnfounded != .days(20) {
            try await Task.sleep(for: .milliseconds(25))
        }
        for page in try await pages(door) { #expect(page.contains("20 days") && !page.contains("3 days")) }
    }

    @Test("A refused form that carried a photo says that the photo is gone, and nothing else that isn't so")
    func files() async throws {
        let door = try await Door()
        func sent(_ photo: Bool) async throws -> String {
            var body = ""
            for (name, value) in [
                ("step", "when"), ("go", "send"), ("kind", "vehicles"), ("place", "Boyle Heights"),
                ("zone", "boyle-heights"), ("words", "Her A-number is A123456789"), ("when", "now"), ("_token", "old"),
            ] {
                body += "--X\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
            }
            var bytes = Array(body.utf8)
            if photo {
                bytes += Array(
                    "--X\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
                        .utf8
                )
                bytes += [0xFF, 0xD8, 0xFF, 0xE0] + Array(repeating: 1, count: 200) + Array("\r\n".utf8)
            }
            bytes += Array("--X--\r\n".utf8)
            let answer = try await door.post("/report?lang=en", bytes: bytes, type: "multipart/form-data; boundary=X")
            #expect(answer.status == 422)
            return answer.text
        }
        let without = try await sent(false)
        #expect(without.contains("Nothing was lost") && !without.contains("photo-gone"))
        let with = try await sent(true)
        #expect(!with.contains("Nothing was lost"))
        #expect(with.contains("id=\"photo-gone\"") && with.contains("choose them again"))
    }
}
