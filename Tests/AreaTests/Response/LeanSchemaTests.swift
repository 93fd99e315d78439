// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Response
import Support
import Testing

@Suite("The schema of 2026-11-29", .serialized, .timeLimit(.minutes(20)))
struct LeanSchemaTests {
    /// They make the tables of reports and of events anew.
    private static let later = ["2026-11-29-response-lean", "2026-11-30-response-plain", "2026-11-30-kit-found-by"]

    private static func hash(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    private func open() async throws -> Database {
        if let url = Store.postgres {
            return try Database(postgres: url, schema: try await Store.newSchema(at: url), readers: 1)
        }
        return try Database(sqlite: "\(Store.folder)/lean-\(UUID().uuidString).db")
    }

    @Test("Reports, links, mailboxes and additions of before come through, and still hang together")
    func migrates() async throws {
        let database = try await open()
        try await database.migrate(Store.migrations.filter { !Self.later.contains($0.id) })
        try await database.write { tx in
            try tx.run(
                "INSERT INTO teams (id, name, purpose, epoch, created_at) VALUES ('t', 'Team', 'response', 1, 0)"
            )
            try tx.run(
                """
                INSERT INTO incidents (id, team, kind, state, truth, first_seen_at, last_report_at)
                VALUES ('i', 't', 'vehicles', 'unverified', 'unknown', 0, 0)
                """
            )
            for (number, id) in ["a", "b"].enumerated() {
                let byte = UInt8(number + 1)
                let adds: String? = id == "b" ? "a" : nil
                try tx.run(
                    """
                    INSERT INTO reports (id, code_lookup, submission, submission_body, team, sealed, kind, channel, lane,
                        language, zone, state, received_at, adds_to)
                    VALUES (\(id), \(Self.hash(byte)), \(Self.hash(byte + 10)), \(Self.hash(byte + 20)), 't', \(Self.hash(byte + 30)),
                        'vehicles', 'api', 'linked', 'es', 'boyle-heights', 'linked', \(number), \(adds))
                    """
                )
                try tx.run(
                    "INSERT INTO incident_reports (incident, report, linked_at, why) VALUES ('i', \(id), 5, '{}')"
                )
            }
            for kind in ["incident.opened", "incident.grew"] {
                try tx.run("INSERT INTO events (at, kind, subject, data) VALUES (1, \(kind), 'i', '{}')")
            }
            try tx.run(
                "INSERT INTO mailboxes (report, public_key, wrapped) VALUES ('a', \(Self.hash(7)), \(Self.hash(8)))"
            )
        }
        try await database.migrate(Store.migrations)
        try await database.write { tx in
            let rows = try tx.rows("SELECT * FROM reports ORDER BY id")
            #expect(try rows.map { try $0["code_lookup"] as [UInt8] } == [Self.hash(1), Self.hash(2)])
            #expect(try rows.map { try $0["submission_body"] as [UInt8] } == [Self.hash(21), Self.hash(22)])
            #expect(try rows.map { try $0["sealed"] as [UInt8] } == [Self.hash(31), Self.hash(32)])
            #expect(try rows.map { try $0["adds_to"] as String? } == [nil, "a"])
            #expect(try rows.map { try $0["zone"] as String } == ["boyle-heights", "boyle-heights"])
            #expect(throws: ColumnError.self) { try rows[0]["submission"] as [UInt8] }
            let links = try tx.list(
                String.self,
                "SELECT report FROM incident_reports WHERE incident = 'i' ORDER BY report"
            )
            #expect(links == ["a", "b"])
            #expect(try tx.count("SELECT count(*) FROM mailboxes") == 1)
        }
        try await database.write { tx in
            #expect(try Event.about("i", in: tx).map(\.kind) == ["incident.opened", "incident.grew"])
            let next = try tx.record(Event("incident.closed", subject: "i"))
            #expect(next == 3)
        }
        // A link twice is one link, and a report takes along what hangs on it.
        try await database.write { tx in
            try tx.run(
                """
                INSERT INTO incident_reports (incident, report, linked_at, why) VALUES ('i', 'a', 6, '{}')
                ON CONFLICT (incident, report) DO NOTHING
                """
            )
            try tx.run("DELETE FROM reports WHERE id = 'a'")
            #expect(try tx.list(String.self, "SELECT report FROM incident_reports") == ["b"])
            #expect(try tx.count("SELECT count(*) FROM mailboxes") == 0)
            #expect(try tx.one(String.self, "SELECT adds_to FROM reports WHERE id = 'b'") == nil)
        }
        await #expect(throws: DatabaseFailure.self) {
            try await database.write { tx in
                try tx.run("INSERT INTO incident_reports (incident, report, linked_at, why) VALUES ('i', 'z', 5, '{}')")
            }
        }
    }
}
