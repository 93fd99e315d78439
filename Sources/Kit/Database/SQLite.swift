// SPDX-License-Identifier: AGPL-3.0-or-later
import CSQLite
import Dispatch
import FoundationEssentials
import GRDB
import Synchronization

/// SQLite through GRDB's pool: one writer, several readers, write-ahead log. Only the driver; the SQL is ours.
final class SQLiteDriver: Driver {
    let dialect = Dialect.sqlite
    private let pool: DatabasePool
    private let queue = DispatchQueue(label: "vecinos.sqlite.writer", qos: .userInitiated)
    private let statements = WriterStatements()
    private let isClosed = Mutex(false)
    /// Rows changed in all when it last rested, and when the log was last emptied.
    private let rested = Mutex<(changes: Int, emptied: Int)>((0, -1))

    /// Fewer rows changed since the last look are no burst.
    private static let quiet = 200
    /// Milliseconds to wait for a lock.
    private static let patience = 5_000

    /// SQLite counts its memory in one place for all threads, which every allocation then waits for; nobody asks for the
    /// count. Choosing an alert's million readers is an eighth cheaper without it.
    private static let counts = vecinos_sqlite_counts_memory(0)

    init(path: String) throws {
        _ = Self.counts
        var configuration = Configuration()
        configuration.busyMode = .timeout(Double(Self.patience) / 1_000)
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
            try db.execute(
                sql: """
                    PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 10000; PRAGMA journal_size_limit = 50331648;
                    PRAGMA cache_size = -12288;
                    """
            )
            guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
                throw DatabaseFailure.other("SQLite did not take synchronous = FULL")
            }
            // Opens the log where nothing has yet.
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema")
            if let pointer = db.sqliteConnection { GatheredLog.begin(on: pointer) }
        }
    }

    func read(_ body: @escaping @Sendable (Result<any Connection, any Error>) -> Void) {
        // Asked for under the lock: GRDB doesn't bear a read that begins while it closes.
        let isOver = isClosed.withLock { isClosed in
            if !isClosed {
                pool.asyncRead { outcome in
                    body(outcome.map { SQLiteConnection($0) as any Connection }.mapError(SQLiteConnection.failure))
                }
            }
            return isClosed
        }
        if isOver { body(.failure(DatabaseFailure.unavailable("closed"))) }
    }

    func write(_ body: @escaping @Sendable (Result<any Connection, any Error>) -> Void) {
        queue.async { [pool, statements] in
            pool.unsafeReentrantWrite { db in body(.success(SQLiteConnection(db, statements))) }
        }
    }

    func rest(_ done: @escaping @Sendable () -> Void) {
        queue.async { [self] in
            if isClosed.withLock({ $0 }) { return done() }
            pool.unsafeReentrantWrite { db in
                let changes = db.totalChangesCount
                let isDue = rested.withLock { rested in
                    defer { rested.changes = changes }
                    return rested.emptied != changes && (0...Self.quiet).contains(changes &- rested.changes)
                }
                guard isDue else { return }
                // Who still reads an old state is not waited for: the next look comes.
                guard (try? db.execute(sql: "PRAGMA busy_timeout = 0")) != nil else { return }
                let isBusy = try? Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                try? db.execute(sql: "PRAGMA busy_timeout = \(Self.patience)")
                if isBusy == 0 { rested.withLock { $0.emptied = changes } }
            }
            done()
        }
    }

    /// On the writer's own thread: the last who holds a database may let it go in the middle of a read, and a reader
    /// that waits for the end of its own read would end the process.
    func close() {
        let isFirst = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return !isClosed
        }
        guard isFirst else { return }
        queue.async { [self] in
            statements.all.withLock { $0.finalize() }
            try? pool.close()
        }
    }
}

/// Shared by all that the writing connection is lent to, one after the other.
final class WriterStatements: Sendable {
    let all = Mutex(SQLiteStatements())
}

final class SQLiteConnection: Connection {
    let dialect = Dialect.sqlite
    private let db: GRDB.Database
    /// Nil where it only reads.
    private let writer: (statements: WriterStatements, handle: SQLiteStatements.Handle)?

    init(_ db: GRDB.Database, _ statements: WriterStatements? = nil) {
        self.db = db
        writer =
            if let statements, let pointer = db.sqliteConnection {
                (statements, SQLiteStatements.Handle(pointer))
            } else {
                nil
            }
    }

    var isInTransaction: Bool { db.isInsideTransaction }
    var isOpen: Bool { true }

    /// Readers are waited for only so long: everybody who writes waits meanwhile.
    func emptyLog() throws -> Bool {
        try mapped {
            try db.execute(sql: "PRAGMA busy_timeout = 100")
            defer { try? db.execute(sql: "PRAGMA busy_timeout = 5000") }
            return try Int.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") == 0
        }
    }

    func execute(_ sql: SQL) throws -> Int {
        if let writer { return try writer.statements.all.withLock { try $0.execute(sql, on: writer.handle) } }
        return try mapped {
            let statement = try db.cachedStatement(sql: sql.text)
            try statement.execute(arguments: arguments(sql))
            return db.changesCount
        }
    }

    func query(_ sql: SQL) throws -> [Row] {
        if let writer { return try writer.statements.all.withLock { try $0.query(sql, on: writer.handle) } }
        return try mapped {
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

    func numbers(_ sql: SQL) throws -> [Int64] {
        if let writer { return try writer.statements.all.withLock { try $0.numbers(sql, on: writer.handle) } }
        return try mapped {
            let statement = try db.cachedStatement(sql: sql.text)
            let width = statement.columnCount
            let cursor = try GRDB.Row.fetchCursor(statement, arguments: arguments(sql))
            var numbers: [Int64] = []
            while let row = try cursor.next() {
                for column in 0..<width {
                    guard case .int64(let number) = (row[column] as DatabaseValue).storage else {
                        throw ColumnError.mismatch(expected: "an integer")
                    }
                    numbers.append(number)
                }
            }
            return numbers
        }
    }

    func packed(_ sql: SQL) throws -> Packed {
        if let writer { return try writer.statements.all.withLock { try $0.packed(sql, on: writer.handle) } }
        guard let pointer = db.sqliteConnection else { throw DatabaseFailure.unavailable("closed") }
        // Prepared for this once: beside a sweep that is nothing.
        var statements = SQLiteStatements()
        return try statements.packed(sql, on: SQLiteStatements.Handle(pointer))
    }

    func insert(_ sql: SQL) throws -> Int64 {
        _ = try execute(sql)
        return db.lastInsertedRowID
    }

    func script(_ text: String) throws { try mapped { try db.execute(sql: text) } }

    func command(_ text: String) throws {
        guard let writer else { return try script(text) }
        try writer.statements.all.withLock { try $0.command(text, on: writer.handle) }
    }

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
        return DatabaseFailure.sqlite(error.extendedResultCode.rawValue, error.message ?? "\(error.resultCode)")
    }
}
