// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Kit
import Response
import Support
import Testing

@testable import Web

@Suite("The public status for programs")
struct APIStatusTests {
    @Test("Nothing is published before somebody checked; one report doesn't show among what is being checked")
    func unchecked() async throws {
        let door = try await Door()
        _ = try await door.post("/api/v1/reports", json: Sample.report(door))
        let status = try await door.get("/api/v1/status")
        #expect(status.status == 200)
        #expect(status.headers[.contentType] == "application/geo+json")
        #expect(status.json["type"] as? String == "FeatureCollection")
        #expect((status.json["features"] as? [Any])?.isEmpty == true)
        let counts = try #require(status.json["vecinos"] as? [String: Any])
        #expect(counts["checking"] == nil && counts["confirmed"] as? Int == 0)
    }

    @Test(
        "What was found false stands there as a closed polygon, no finer than a neighborhood, without a word of the report"
    )
    func published() async throws {
        let door = try await Door()
        _ = try await door.post("/api/v1/reports", json: Sample.report(door))
        try await door.answer(.notEnforcement)
        let status = try await door.get("/api/v1/status?lang=en")
        let feature = try #require((status.json["features"] as? [[String: Any]])?.first)
        let properties = try #require(feature["properties"] as? [String: Any])
        #expect(properties["truth"] as? String == "not_enforcement")
        #expect(properties["zone"] as? String == "boyle-heights")
        #expect(properties["explanation"] as? String == "A film crew")
        #expect(properties["over"] as? Bool == false)
        let geometry = try #require(feature["geometry"] as? [String: Any])
        let ring = try #require((geometry["coordinates"] as? [[[Double]]])?.first)
        #expect(geometry["type"] as? String == "Polygon")
        #expect(ring.count == 7)
        #expect(ring.first == ring.last)
        #expect(ring.allSatisfy { $0.count == 2 && (-119 ... -117).contains($0[0]) && (33...35).contains($0[1]) })
        #expect(Self.area(ring) > 0, "counterclockwise, as RFC 7946 wants")
        #expect(!status.text.contains("vans"))
    }

    @Test("Who has it already gets no body")
    func tag() async throws {
        let door = try await Door()
        let first = try await door.get("/api/v1/status")
        let tag = try #require(first.headers[.eTag])
        #expect(first.headers[.cacheControl] == "public, max-age=15")
        let again = try await door.get("/api/v1/status", [.ifNoneMatch: tag])
        #expect(again.status == 304)
        #expect(again.text.isEmpty)
        #expect(again.headers[.eTag] == tag)
    }

    private static func area(_ ring: [[Double]]) -> Double {
        zip(ring, ring.dropFirst()).reduce(0) { $0 + $1.0[0] * $1.1[1] - $1.1[0] * $1.0[1] }
    }
}

extension Door {
    /// Amina answers the only incident there is.
    func answer(_ truth: Truth) async throws {
        let (amina, timings) = (world.amina, world.timings)
        let board = try await world.database.read { tx in try Board.snapshot(by: amina, in: tx) }
        guard let card = board.toVerify.first else { return }
        let there = try await world.stoodThere(card.id)
        try await world.database.write { tx in
            let finding = Verification.Finding(
                truth,
                level: .onScene,
                how: .onScene,
                witness: there,
                explanation: Explanation("A film crew", in: "en")
            )
            try Incident.verify(card.id, finding: finding, by: amina, timings: timings, in: tx)
        }
    }
}
