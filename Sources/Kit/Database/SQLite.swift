// SPDX-License-Identifier: AGPL-3.0-or-later
import Dispatch
import FoundationEssentials
import GRDB

/// SQLite through GRDB's pool: one writer, several readers, write-ahead log. Only the driver; the SQL is ours.
final class SQLiteDriver: Driver {
    let dialect = Dialect.sqlite
    private let pool: DatabasePool
    private let queue = DispatchQueue(label: "vecinos.sqlite.writer", qos: .userInitiated)

    init(path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
                    PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; PRAGMA secure_delete = ON;
                    """
            )
        }
        pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { db in
            // GRDB sets NORMAL after `prepareDatabase`, which loses acknowledged reports when the power goes.
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;")
            guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
                throw DatabaseFailure.other("SQLite did not take synchronous = FULL")
            }
        }
    }

    func read(_ body: @escaping @Sendable (Result<any Connection, any Error>) -> Void) {
        pool.asyncRead { outcome in
            body(outcome.map { SQLiteConnection($0) as any Connection }.mapError(SQLiteConnection.failure))
        }
    }

    func write(_ body: @escaping @Sendable (Result<any Connection, any Error>) -> Void) {
        queue.async { [pool] in
            pool.unsafeReentrantWrite { db in body(.success(SQLiteConnection(db))) }
        }
    }

    func close() { try? pool.close() }
}

final class SQLiteConnection: Connection {
    let dialect = Dialect.sqlite
    private let db: GRDB.Database

    init(_ db: GRDB.Database) { self.db = db }

    var isInTransaction: Bool { db.isInsideTransaction }

    func execute(_ sql: SQL) throws -> Int {
        try mapped {
            let statement = try db.cachedStatement(sql: sql.text)
            try statement.execute(arguments: arguments(sql))
            return db.changesCount
        }
    }

    func query(_ sql: SQL) throws -> [Row] {
        try mapped {
            let statement = try db.cachedStatement(sql: sql.text)
            let names = statement.columnNames
            let cursor = try GRDB.Row.fetchCursor(statement, arguments: arguments(sql))
            var rows: [Row] = []
            while let row = try cursor.next() {
                rows.append(Row(names: names, values: row.databaseValues.map(Self.value)))
            }
            return rows
        }
    }

    func script(_ text: String) throws { try mapped { try db.execute(sql: text) } }

    private func arguments(_ sql: SQL) -> StatementArguments {
        StatementArguments(
            sql.values.map { value -> DatabaseValue in
                switch value {
                case .null: .null
                case .integer(let number): number.databaseValue
                case .real(let number): number.databaseValue
                // The driver binds up to the first NUL; PostgreSQL takes none. Only the NUL is lost, on both.
                case .text(let text) where text.utf8.contains(0):
                    String(decoding: text.utf8.filter { $0 != 0 }, as: UTF8.self).databaseValue
                case .text(let text): text.databaseValue
                case .blob(let bytes): Data(bytes).databaseValue
                }
            }
        )
    }

    private static func value(_ value: DatabaseValue) -> Value {
        switch value.storage {
        case .null: .null
        case .int64(let number): .integer(number)
        case .double(let number): .real(number)
        case .string(let text): .text(text)
        case .blob(let data): .blob([UInt8](data))
        }
    }

    private func mapped<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch { throw Self.failure(error) }
    }

    static func failure(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        let text = error.message ?? "\(error.resultCode)"
        switch error.extendedResultCode {
        case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY: return DatabaseFailure.unique(text)
        case .SQLITE_CONSTRAINT_CHECK, .SQLITE_CONSTRAINT_NOTNULL: return DatabaseFailure.check(text)
        case .SQLITE_CONSTRAINT_FOREIGNKEY: return DatabaseFailure.foreignKey(text)
        default: break
        }
        switch error.resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_READONLY, .SQLITE_CANTOPEN,
            .SQLITE_NOMEM:
            return DatabaseFailure.unavailable(text)
        default:
            return DatabaseFailure.other(text)
        }
    }
}
