// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Response
import Support
import Testing

@Suite("The record of an incident is whole")
struct RecordTests {
    @Test("However much happened, it begins with the first report, and its figures count everything")
    func whole() async throws {
        let world = try await World()
        let id = try await world.incident(of: world.report())
        world.clock.advance(by: .minutes(4))
        try await world.write { tx in try Incident.startVerifying(id, by: world.amina, in: tx) }
        try await world.write { tx in
            for number in 1...700 {
                try tx.record(Event("incident.grew", subject: id.text, data: ["report": "report \(number)"]))
            }
        }
        func load(lines: Int = 500, before: Int? = nil) async throws -> IncidentDetail {
            try await world.database.read { tx in
                try IncidentDetail.load(id, lines: lines, before: before, by: world.amina, in: tx)
            }
        }
        let newest = try await load()
        #expect(newest.timeline.count == 500 && newest.timeline.allSatisfy { $0.kind == "incident.grew" })
        let older = try await load(before: Int(try #require(newest.timeline.first).id))
        #expect(older.timeline.count == newest.olderLines && older.olderLines == 0)
        #expect(older.timeline.first?.kind == "incident.opened")
        let all = try await load(lines: 2_000)
        #expect(all.timeline.map(\.id) == (older.timeline + newest.timeline).map(\.id) && all.olderLines == 0)
        let pace = try await world.database.read { tx in try Pace.of(id, in: tx) }
        #expect(pace.reports == 701)
        #expect(pace.toStart == .minutes(4))
        #expect(pace.toAnswer == nil && pace.asked == 0)
    }
}
