// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Synchronization

/// A place for a database of one test, that can be opened more than once: a file on SQLite, a schema on PostgreSQL.
struct Scratch: Sendable {
    private let path: String
    private let schema: String?

    init(folder: String = Store.folder) async throws {
        path = "\(folder)/\(UUID().uuidString).db"
        schema = if let url = Store.postgres { try await Store.newSchema(at: url) } else { nil }
    }

    /// A file, whatever `VECINOS_TEST_POSTGRES` says.
    init(sqlite path: String) {
        self.path = path
        schema = nil
    }

    func open(clock: Clock = .system) throws -> Database {
        if let schema, let url = Store.postgres {
            return try Database(postgres: url, schema: schema, readers: 1, clock: clock)
        }
        return try Database(sqlite: path, clock: clock)
    }

    /// What another node of the same coalition would open. SQLite has one process and one writer: there it is the same.
    func another(beside database: Database) throws -> Database {
        schema == nil ? database : try open(clock: database.clock)
    }

    /// Open, with the tables of Kit and one of boxes.
    static func database(clock: Clock = .system) async throws -> Database {
        let database = try await Scratch().open(clock: clock)
        try await database.migrate(tables)
        return database
    }

    static let tables =
        KitMigrations.all + [
            Migration(
                "test-boxes",
                """
                CREATE TABLE boxes (
                    id TEXT PRIMARY KEY,
                    label TEXT UNIQUE,
                    amount BIGINT CHECK (amount >= -9223372036854775808 AND amount <> 13),
                    weight DOUBLE PRECISION,
                    content {{blob}},
                    lid TEXT NOT NULL DEFAULT 'shut',
                    inside TEXT REFERENCES boxes (id)
                );
                """
            )
        ]
}

/// A row of the test table.
struct Box: Readable {
    enum Lid: String, Bindable, Column { case open, shut }

    let id: Ref<Box>
    let label: String?
    let amount: Int64?
    let weight: Double?
    let content: [UInt8]?
    let lid: Lid

    init(row: Row) throws {
        id = try row["id"]
        label = try row["label"]
        amount = try row["amount"]
        weight = try row["weight"]
        content = try row["content"]
        lid = try row["lid"]
    }

    @discardableResult
    static func insert(
        _ label: String?,
        amount: Int64? = nil,
        weight: Double? = nil,
        content: [UInt8]? = nil,
        lid: Lid = .shut,
        in tx: Transaction
    ) throws -> Ref<Box> {
        let id = Ref<Box>.new()
        try tx.run(
            """
            INSERT INTO boxes (id, label, amount, weight, content, lid)
            VALUES (\(id), \(label), \(amount), \(weight), \(content), \(lid))
            """
        )
        return id
    }

    static func labels(in tx: Transaction) throws -> [String] {
        try tx.list(String.self, "SELECT label FROM boxes ORDER BY label")
    }
}

/// Something heard from many threads.
final class Heard<Item: Sendable>: Sendable {
    private let items = Mutex<[Item]>([])

    var all: [Item] { items.withLock { $0 } }
    func add(_ item: Item) { items.withLock { $0.append(item) } }
}

/// What a test throws on purpose.
struct Mishap: Error {}
