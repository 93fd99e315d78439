// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import People
import Response
import Support
import Testing
import Vault

@testable import Messaging
@testable import Web

@Suite("What may have gone out twice, through the door")
struct TwiceDoorTests {
    private func key(_ door: Door) -> String {
        door.world.clock.advance(by: .seconds(31))
        let code = World.codes.code(step: OneTimeSecret.step(at: door.world.clock.now))
        return #"{"passphrase":"\#(World.passphrase)","code":"\#(code)"}"#
    }

    /// An alert to seven, whose process ended with all in hand. Gives its identifier.
    private func ended(_ door: Door) async throws -> String {
        let (world, keys) = (door.world, door.site.keys)
        _ = try await Telephone(door)
        try await world.database.write { tx in
            try Subscriber.makeUp(0..<7, places: ["boyle-heights"], keys: keys, in: tx)
        }
        let incident = try await door.incident()
        try await world.confirm(try #require(Ref<Incident>(incident)))
        try await door.signIn(.amina)
        let begun = try await door.post("/api/v1/broadcasts", json: #"{"incident":"\#(incident)"}"#)
        let id = try #require(begun.json["id"] as? String)
        #expect(try await door.post("/api/v1/broadcasts/\(id)/request", json: key(door)).status == 201)
        try await door.signIn(.ruth)
        #expect(try await door.post("/api/v1/broadcasts/\(id)/approval", json: key(door)).status == 201)
        for lease in ["gone", "next"] {
            try await world.database.write { tx in
                for number in try Bulletin.gathering(in: tx) { while try Bulletin.gather(number, in: tx) {} }
                let batch = try BulletinRun.take(from: AddressBook(.sms), limit: 100, turn: 0, lease: lease, in: tx)
                #expect(batch?.turns.count == 7)
            }
            world.clock.advance(by: .seconds(61))
        }
        return id
    }

    @Test("is listed by mark for whoever sees the alert, with no address and no number of a subscriber")
    func broadcast() async throws {
        let door = try await Door()
        let id = try await ended(door)
        #expect(try await door.get("/broadcasts/\(id)").text.contains("/broadcasts/\(id)/twice"))
        let page = try await door.get("/broadcasts/\(id)/twice")
        #expect(page.status == 200 && page.text.contains("7 messages") && page.text.contains("Waiting"))
        let marks = page.text.matches(of: /<code>([0-9a-f]{32,64})<\/code>/).map { String($0.output.1) }
        #expect(Set(marks).count == 7)
        #expect(!page.text.contains("+999"))
        let json = try await door.get("/api/v1/broadcasts/\(id)/twice")
        let run = try #require((json.json["runs"] as? [[String: Any]])?.first)
        #expect(run["act"] as? String == "alert" && run["channel"] as? String == "sms" && run["count"] as? Int == 7)
        let listed = try #require(run["marks"] as? [[String: String]])
        #expect(listed.compactMap { $0["mark"] } == marks && listed.allSatisfy { $0["fate"] == "waiting" })
        #expect(!json.text.contains("+999"))
        let rest = try await door.get("/api/v1/broadcasts/\(id)/twice?from=5")
        #expect(((rest.json["runs"] as? [[String: Any]])?.first?["marks"] as? [Any])?.count == 2)
        #expect(try await door.get("/broadcasts/\(id)/twice?from=99999999999999999999").status == 200)

        try await door.signIn(.lupe)
        #expect(try await door.get("/broadcasts/\(id)/twice").status == 404)
        #expect(try await door.get("/api/v1/broadcasts/\(id)/twice").status == 404)
    }

    @Test("and all of it for a coordinator, with what went to one person and what that was")
    func all() async throws {
        let door = try await Door()
        try await door.signIn(.ruth)
        let path = "/settings/channels/twice"
        #expect(try await door.get(path).text.contains("None."))
        let id = try await ended(door)
        try await door.world.database.write { [keys = door.site.keys] tx in
            try Outbox.add(
                Parcel(to: "+13235550100", text: "Hola"),
                by: .sms,
                pool: .now,
                key: "reply:x:0",
                keys: keys,
                in: tx
            )
            _ = try OutboxClaim.take(.sms, .now, limit: 1, turn: 0, lease: "gone", in: tx)
        }
        door.world.clock.advance(by: .seconds(61))
        try await door.world.database.write { tx in _ = try OutboxClaim.reclaim(in: tx) }
        let channels = try await door.get("/settings/channels")
        #expect(channels.text.contains(path))
        let page = try await door.get(path)
        #expect(page.text.contains("An answer to a text") && !page.text.contains("5550100"))
        let link = try #require(page.text.firstMatch(of: /href="([^"]+\?run=\d+\.sms)"/)).output.1
        let run = try await door.get(String(link))
        #expect(run.text.matches(of: /<code>[0-9a-f]{32,64}<\/code>/).count == 7)
        #expect(try await door.get("\(path)?run=99.sms").status == 404)
        #expect(try await door.get("\(path)?run=x").status == 404)
        #expect(try await door.get("/broadcasts/\(id)/twice?run=x").status == 200)
        try await door.signIn(.amina)
        #expect(try await door.get(path).status == 403)
    }
}
