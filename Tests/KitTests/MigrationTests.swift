// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Support
import Testing

@Suite("Migrations", .serialized, .timeLimit(.minutes(20)))
struct MigrationTests {
    private static let first = Migration(
        "test-1",
        "CREATE TABLE steps (id {{serial}}, name TEXT NOT NULL, extra {{blob}});\nINSERT INTO steps (name) VALUES ('one');"
    )
    private static let second = Migration("test-2", "INSERT INTO steps (name) VALUES ('two');")
    private static let third = Migration(
        "test-3",
        "INSERT INTO steps (name) SELECT name || ' copied' FROM steps WHERE name = 'two';"
    )

    private func steps(_ database: Database) async throws -> [String] {
        try await database.read { tx in try tx.list(String.self, "SELECT name FROM steps ORDER BY id") }
    }

    private func applied(_ database: Database) async throws -> [String] {
        try await database.read { tx in try tx.list(String.self, "SELECT id FROM migrations ORDER BY id") }
    }

    @Test("Each runs once, in the order of the list, however often the program starts")
    func once() async throws {
        let scratch = try await Scratch()
        let database = try scratch.open()
        try await database.migrate([Self.first, Self.second])
        try await database.migrate([Self.first, Self.second])
        #expect(try await steps(database) == ["one", "two"])
        let later = try scratch.open()
        try await later.migrate([Self.first, Self.second, Self.third])
        #expect(try await steps(later) == ["one", "two", "two copied"])
        #expect(try await applied(later) == ["test-1", "test-2", "test-3"])
    }

    @Test("Those of a newer version are told apart, also where none ran yet")
    func newer() async throws {
        let database = try await Scratch().open()
        #expect(try await database.unknown(to: [Self.first]).isEmpty)
        try await database.migrate([Self.first, Self.second])
        #expect(try await database.unknown(to: [Self.first, Self.second, Self.third]).isEmpty)
        #expect(try await database.unknown(to: [Self.first]) == ["test-2"])
    }

    @Test("The moment of each is written down")
    func dated() async throws {
        let manual = ManualClock()
        let database = try await Scratch().open(clock: manual.clock)
        try await database.migrate([Self.first])
        manual.advance(by: .days(2))
        try await database.migrate([Self.first, Self.second])
        let moments = try await database.read { tx in
            try tx.list(Instant.self, "SELECT applied_at FROM migrations ORDER BY id")
        }
        #expect(moments == [manual.now - .days(2), manual.now])
    }

    @Test("One that fails leaves nothing of itself, keeps those before it and stops those after")
    func failing() async throws {
        let database = try await Scratch().open()
        let broken = Migration(
            "test-2",
            "CREATE TABLE half (id TEXT);\nINSERT INTO steps (name) VALUES ('half');\nINSERT INTO nowhere VALUES (1);"
        )
        await #expect(throws: DatabaseFailure.self) {
            try await database.migrate([Self.first, broken, Self.third])
        }
        #expect(try await steps(database) == ["one"])
        #expect(try await applied(database) == ["test-1"])
        await #expect(throws: DatabaseFailure.self) {
            try await database.read { tx in try tx.count("SELECT count(*) FROM half") }
        }
        // Mended, it runs as if it had never been tried.
        try await database.migrate([Self.first, Self.second, Self.third])
        #expect(try await steps(database) == ["one", "two", "two copied"])
    }

    @Test("A table that others refer to is made anew, and what hangs on it stays")
    func rebuilding() async throws {
        let scratch = try await Scratch()
        let database = try scratch.open()
        let tables = Migration(
            "test-1",
            """
            CREATE TABLE shelves (id TEXT PRIMARY KEY, mark TEXT NOT NULL UNIQUE);
            CREATE TABLE books (id TEXT PRIMARY KEY, shelf TEXT NOT NULL REFERENCES shelves (id) ON DELETE CASCADE);
            INSERT INTO shelves VALUES ('a', 'x');
            INSERT INTO books VALUES ('b', 'a');
            """
        )
        func anew(_ name: String, keeping: String) -> Migration {
            Migration(
                name,
                rebuilding: """
                    CREATE TABLE anew (id TEXT PRIMARY KEY);
                    INSERT INTO anew SELECT id FROM shelves \(keeping);
                    DROP TABLE shelves;
                    ALTER TABLE anew RENAME TO shelves;
                    """,
                postgres: keeping.isEmpty ? "ALTER TABLE shelves DROP COLUMN mark" : "SELECT nowhere"
            )
        }
        try await database.migrate([tables])
        // One that would leave a book without its shelf leaves everything as it was.
        await #expect(throws: DatabaseFailure.self) {
            try await database.migrate([tables, anew("test-2", keeping: "WHERE id = 'c'")])
        }
        #expect(try await database.read { tx in try tx.count("SELECT count(mark) FROM shelves") } == 1)
        try await database.migrate([tables, anew("test-2", keeping: "")])
        #expect(try await database.read { tx in try tx.count("SELECT count(*) FROM books") } == 1)
        #expect(try await applied(database) == ["test-1", "test-2"])
        // References hold again.
        await #expect(throws: DatabaseFailure.self) {
            try await database.write { tx in try tx.run("INSERT INTO books VALUES ('c', 'nowhere')") }
        }
        try await database.write { tx in try tx.run("DELETE FROM shelves") }
        #expect(try await database.read { tx in try tx.count("SELECT count(*) FROM books") } == 0)
    }

    @Test("A serial column counts up and never hands a number out twice")
    func serial() async throws {
        let database = try await Scratch().open()
        try await database.migrate([Self.first])
        let ids = try await database.write { tx in
            let one = try tx.one(Int.self, "INSERT INTO steps (name) VALUES ('a') RETURNING id")
            try tx.run("DELETE FROM steps")
            let two = try tx.one(
                Int.self,
                "INSERT INTO steps (name, extra) VALUES ('b', \([0, 1] as [UInt8])) RETURNING id"
            )
            return [try #require(one), try #require(two)]
        }
        #expect(ids[0] < ids[1])
    }

    @Test("No two migrations of the product share a name, and every name is dated")
    func names() throws {
        let names = Store.migrations.map(\.id)
        #expect(Set(names).count == names.count)
        for name in names { #expect(name.prefixMatch(of: /20\d\d-[01]\d-[0-3]\d-[a-z]+/) != nil, "\(name)") }
    }
}
