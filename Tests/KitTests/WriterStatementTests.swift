// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Support
import Testing

@testable import Kit

@Suite("What the writer runs")
struct WriterStatementTests {
    private func table() async throws -> Database {
        let database = try await Scratch.database()
        try await database.write { tx in
            try tx.run(
                "CREATE TABLE kept (id BIGINT PRIMARY KEY, words TEXT, bytes \(raw: "BLOB"), number DOUBLE PRECISION)"
            )
        }
        return database
    }

    @Test("Every kind of value comes back from the writer as it went in, again and again through one statement")
    func values() async throws {
        guard Store.postgres == nil else { return }
        let database = try await table()
        let texts: [String?] = [
            "", "a", nil, "ñ 你好 \u{1F98A}", String(repeating: "long ", count: 10_000), "'; DROP TABLE kept",
        ]
        let blobs: [[UInt8]?] = [[], [0], nil, [0, 255, 0], [UInt8](repeating: 7, count: 70_000), Array("x".utf8)]
        for (index, (text, blob)) in zip(texts, blobs).enumerated() {
            let number = Double(index) / 3
            let row = try await database.write { tx in
                try tx.run("INSERT INTO kept (id, words, bytes, number) VALUES (\(index), \(text), \(blob), \(number))")
                return try #require(try tx.rows("SELECT * FROM kept WHERE id = \(index)").first)
            }
            #expect(try row["words"] == text)
            #expect(try row["bytes"] == blob)
            #expect(try row["number"] == number)
        }
        let cut = try await database.write { tx in
            try tx.run("INSERT INTO kept (id, words) VALUES (90, \("a\u{0}b\u{0}"))")
            return try tx.one(String.self, "SELECT words FROM kept WHERE id = 90")
        }
        #expect(cut == "ab")
    }

    @Test("A statement that failed works again, says why, and a column that was added shows")
    func again() async throws {
        guard Store.postgres == nil else { return }
        let database = try await table()
        for _ in 1...3 {
            try await database.write { tx in
                try tx.run("INSERT INTO kept (id) VALUES (\(1)) ON CONFLICT (id) DO NOTHING")
            }
            await #expect(throws: DatabaseFailure.self) {
                try await database.write { tx in _ = try tx.run("INSERT INTO kept (id) VALUES (\(1))") }
            }
        }
        let before = try await database.write { tx in try tx.rows("SELECT * FROM kept WHERE id = \(1)") }
        try await database.write { tx in _ = try tx.run("ALTER TABLE kept ADD COLUMN later TEXT") }
        let after = try await database.write { tx in
            try tx.run("UPDATE kept SET later = \("now") WHERE id = \(1)")
            return try tx.rows("SELECT * FROM kept WHERE id = \(1)")
        }
        #expect(before.count == 1)
        #expect(try after.first?["later"] == "now")
    }

    @Test("Of a group in which some fail, each failure reaches its own writer and all others are kept, once")
    func group() async throws {
        let database = try await Scratch.database()
        try await database.write { tx in _ = try tx.run("CREATE TABLE marks (id BIGINT PRIMARY KEY)") }
        let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<400 {
                group.addTask {
                    let isKept =
                        try? await database.write { tx in
                            try tx.run("INSERT INTO marks (id) VALUES (\(number))")
                            if number.isMultiple(of: 7) { throw Refusal.busy }
                            try tx.run("INSERT INTO marks (id) VALUES (\(number + 10_000))")
                            return true
                        }
                    return (number, isKept ?? false)
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(outcomes.allSatisfy { $0.value == !$0.key.isMultiple(of: 7) })
        let kept = try await database.read { tx in try tx.list(Int.self, "SELECT id FROM marks ORDER BY id") }
        let whole = (0..<400).filter { !$0.isMultiple(of: 7) }
        #expect(kept == whole + whole.map { $0 + 10_000 })
    }
}
