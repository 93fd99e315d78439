// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing

/// SQLite alone: PostgreSQL writes its log itself.
@Suite("The log in a few pieces", .serialized, .timeLimit(.minutes(20)))
struct GatheredLogTests {
    private struct Undone: Error {}

    private func log(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)-wal")
        return try #require(attributes[.size] as? Int)
    }

    /// So little of a cache that a transaction spills into the log on its way.
    private func open() async throws -> (path: String, database: Database) {
        let path = "\(Store.folder)/gathered-\(UUID().uuidString).db"
        let database = try Database(sqlite: path)
        try await database.write { tx in
            try tx.run("CREATE TABLE kept (id INTEGER PRIMARY KEY, words TEXT NOT NULL)")
            _ = try tx.rows("PRAGMA cache_size = 8")
        }
        return (path, database)
    }

    private static func fill(_ count: Int, _ tx: Transaction) throws {
        for _ in 0..<count { try tx.run("INSERT INTO kept (words) VALUES (\(String(repeating: "w", count: 3_000)))") }
    }

    @Test("What a transaction writes on its way stays with us until its end, and then is there for everybody")
    func gathers() async throws {
        let (path, database) = try await open()
        let before = try log(path)
        let within = try await database.write { tx in
            try Self.fill(40, tx)
            return try log(path)
        }
        #expect(within == before)
        #expect(try log(path) >= before + 40 * 3_000)
        let other = try Database(sqlite: path)
        #expect(try await other.read { tx in try tx.count("SELECT count(*) FROM kept") } == 40)
        #expect(try await database.damages() == [])
    }

    @Test("More than is gathered, what is read again on the way, and what is undone")
    func whole() async throws {
        let (path, database) = try await open()
        try await database.write { tx in
            try Self.fill(300, tx)
            #expect(try tx.count("SELECT sum(length(words)) FROM kept") == 900_000)
            try tx.run("UPDATE kept SET words = words || 'x' WHERE id % 7 = 0")
        }
        await #expect(throws: Undone.self) {
            try await database.write { tx in
                try Self.fill(200, tx)
                try tx.run("DELETE FROM kept WHERE id < 100")
                throw Undone()
            }
        }
        try await database.write { tx in try Self.fill(1, tx) }
        let sum = 301 * 3_000 + 300 / 7
        #expect(try await database.read { tx in try tx.count("SELECT sum(length(words)) FROM kept") } == sum)
        #expect(try await database.damages() == [])
        // As whoever opens it after a crash reads it: the file and its log, copied.
        let copy = path + "-copy"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        try FileManager.default.copyItem(atPath: "\(path)-wal", toPath: "\(copy)-wal")
        let again = try Database(sqlite: copy)
        #expect(try await again.read { tx in try tx.count("SELECT sum(length(words)) FROM kept") } == sum)
        #expect(try await again.damages() == [])
    }
}
