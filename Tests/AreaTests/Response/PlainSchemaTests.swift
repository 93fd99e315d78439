// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Response
import Support
import Testing

@Suite("The schema of 2026-11-30", .serialized, .timeLimit(.minutes(20)))
struct PlainSchemaTests {
    private func open() async throws -> Database {
        if let url = Store.postgres {
            return try Database(postgres: url, schema: try await Store.newSchema(at: url), readers: 1)
        }
        return try Database(sqlite: "\(Store.folder)/plain-\(UUID().uuidString).db")
    }

    private static func hash(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    private static func fill(_ tx: Transaction) throws {
        try tx.run("INSERT INTO teams (id, name, purpose, epoch, created_at) VALUES ('t', 'Team', 'response', 1, 0)")
        for (id, into) in [("i", nil), ("j", "i")] as [(String, String?)] {
            try tx.run(
                """
                INSERT INTO incidents (id, team, kind, zone, state, truth, is_over, level, explanation, sealed, reports,
                    independent, first_seen_at, last_report_at, answered_at, review_at, expires_at, closed_at, merged_into,
                    exercise, version, stepped, sent)
                VALUES (\(id), 't', 'vehicles', 'z', 'closed', 'unfounded', 1, 4, '{}', \(hash(1)), 2, 3, 4, 5, 6, 7, 8, 9,
                    \(into), 0, 10, 11, 12)
                """
            )
        }
        for (number, id) in ["a", "b"].enumerated() {
            let adds: String? = number == 1 ? "a" : nil
            try tx.run(
                """
                INSERT INTO reports (id, code_lookup, submission_body, team, sealed, kind, channel, lane, language, zone,
                    state, question, photos, exercise, received_at, adds_to)
                VALUES (\(id), \(hash(UInt8(number))), \(hash(2)), 't', \(hash(3)), 'vehicles', 'api', 'linked', 'es', 'z',
                    'needs_more', 'q', 1, 1, \(number), \(adds))
                """
            )
            try tx.run("INSERT INTO incident_reports (incident, report, linked_at, why) VALUES ('i', \(id), 5, '{}')")
        }
    }

    @Test("Reports and incidents come through as they were, with what hangs on them")
    func migrates() async throws {
        let database = try await open()
        // What came after it has columns of its own.
        let old = Store.migrations.filter { $0.id != "2026-11-30-response-accord" }
        try await database.migrate(old.filter { $0.id != "2026-11-30-response-plain" })
        try await database.write { tx in try Self.fill(tx) }
        func all() async throws -> [[String: Value]] {
            try await database.read { tx in
                var all: [[String: Value]] = []
                for table in try Catalog.tables(in: tx) where ["reports", "incidents"].contains(table.name) {
                    let rows =
                        table.name == "reports"
                        ? try tx.rows("SELECT * FROM reports ORDER BY id")
                        : try tx.rows("SELECT * FROM incidents ORDER BY id")
                    for row in rows {
                        var columns: [String: Value] = [:]
                        for column in table.columns { columns[column] = try row[column] as Value? }
                        all.append(columns)
                    }
                }
                return all
            }
        }
        let before = try await all()
        try await database.migrate(old)
        #expect(before.count == 4)
        #expect(try await all() == before)
        try await database.write { tx in
            #expect(try tx.list(String.self, "SELECT report FROM incident_reports ORDER BY report") == ["a", "b"])
            try tx.run("DELETE FROM reports WHERE id = 'a'")
            #expect(try tx.list(String.self, "SELECT report FROM incident_reports") == ["b"])
            #expect(try tx.one(String.self, "SELECT adds_to FROM reports WHERE id = 'b'") == nil)
        }
    }

    @Test("The rules are the same, word by word")
    func rules() async throws {
        let database = try await open()
        try await database.migrate(Store.migrations)
        try await database.write { tx in try Self.fill(tx) }
        var good: [SQL] = []
        for name in ["web", "sms", "phone", "api", "staff"] { good.append("UPDATE reports SET channel = \(name)") }
        for name in ["linked", "normal", "overflow"] { good.append("UPDATE reports SET lane = \(name)") }
        for name in ["received", "triaged", "linked", "needs_more", "spam"] {
            good.append("UPDATE reports SET state = \(name)")
        }
        for name in ["unverified", "verifying", "answered", "closed"] {
            good.append("UPDATE incidents SET state = \(name)")
        }
        for name in ["unknown", "confirmed", "not_enforcement", "unfounded", "unable"] {
            good.append("UPDATE incidents SET truth = \(name)")
        }
        for level in [0, 4] { good.append("UPDATE incidents SET level = \(level)") }
        for change in good { try await database.write { tx in _ = try tx.run(change) } }
        let bad: [SQL] = [
            "UPDATE reports SET channel = 'fax'", "UPDATE reports SET lane = ''", "UPDATE reports SET state = 'closed'",
            "UPDATE reports SET zone = \(String(repeating: "z", count: 81))", "UPDATE incidents SET state = 'spam'",
            "UPDATE incidents SET truth = 'maybe'", "UPDATE incidents SET level = 5", "UPDATE reports SET lane = NULL",
            "UPDATE incidents SET merged_into = 'nowhere'", "UPDATE reports SET team = 'nowhere'",
        ]
        for change in bad {
            await #expect(throws: DatabaseFailure.self) { try await database.write { tx in _ = try tx.run(change) } }
        }
    }

    @Test("SQLite makes no table in memory for a row that it checks")
    func plain() async throws {
        guard Store.postgres == nil else { return }
        let database = try await open()
        try await database.migrate(Store.migrations)
        let steps = try await database.write { tx in
            try tx.rows("EXPLAIN INSERT INTO reports (id, channel, lane, state) VALUES ('a', 'b', 'c', 'd')")
                + tx.rows("EXPLAIN INSERT INTO incidents (id, state, truth) VALUES ('a', 'b', 'c')")
        }
        let kinds = try steps.map { try $0["opcode"] as String }
        #expect(kinds.contains("OpenWrite"))
        #expect(!kinds.contains("OpenEphemeral"))
    }
}
