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

    @Test(
        "That a report came in stays on the record of where it came in, wherever the report goes, until it is deleted"
    )
    func growth() async throws {
        let world = try await World()
        let amina = world.amina
        let receipts = [
            try await world.report(world.filing(from: "a")), try await world.report(world.filing(from: "b")),
            try await world.report(world.filing(from: "c")),
        ]
        let id = try await world.incident(of: receipts[0])
        func grown(_ incident: Ref<Incident>) async throws -> [String] {
            let events = try await world.database.read { tx in try IncidentDetail.timeline(of: incident, in: tx) }
            return events.filter { $0.kind == "incident.grew" }.compactMap { $0.data["report"] }
        }
        let both = receipts.dropFirst().map(\.report.text)
        #expect(try await grown(id) == both)
        let new = try await world.database.write { tx in
            try Incident.split([receipts[1].report], from: id, by: amina, in: tx)
        }
        #expect(try await grown(id) == both)
        #expect(try await grown(new) == [])
        try await world.write { tx in try Incident.merge(new, into: id, by: amina, in: tx) }
        #expect(try await grown(id) == both)
        try await world.verify(id, .filmShoot)
        try await world.write { tx in try Incident.close(id, by: amina, in: tx) }
        world.clock.advance(by: .hours(73))
        let timings = world.timings
        try await world.write { tx in _ = try Retention.purge(timings: timings, in: tx) }
        let left = try await world.database.read { tx in
            try tx.count("SELECT count(*) FROM events WHERE kind = 'incident.grew'")
        }
        #expect(left == 0)
    }

    @Test("Nobody reads all events to find those of one incident, or of one kind")
    func found() async throws {
        let world = try await World()
        guard world.database.dialect == .sqlite else { return }
        let id = try await world.incident(of: world.report())
        let plans = try await world.database.read { tx in
            try [IncidentEvents.of(id, in: tx), "FROM events WHERE found_by IS NULL AND kind = 'incident.merged'"].map {
                try tx.rows("EXPLAIN QUERY PLAN SELECT * \($0)").map { try $0["detail"] as String }
            }
        }
        for plan in plans { #expect(!plan.contains { $0.hasPrefix("SCAN e") }, "\(plan)") }
    }
}
