// SPDX-License-Identifier: AGPL-3.0-or-later
import GRDBSQLite
import Glibc

/// The writing connection's statements, prepared once and used again through SQLite's own functions: through the
/// library, the dozen statements of a report cost twice what SQLite needs for them (docs/decisions/0030).
///
/// Belongs to one connection and is used by one thread at a time; `finalize` comes before the connection is closed.
struct SQLiteStatements: ~Copyable {
    private struct Prepared {
        let pointer: OpaquePointer
        let parameters: Int
        /// Of the answer's columns; read again when their number changed with the schema.
        var names: [String]
    }

    /// SQL text is ours, never from outside, and there is a bounded number of statements in the source; lists of
    /// values make more of them.
    private static let most = 400

    /// Told apart by length first: to hash the whole text of a statement costs as much as to bind its values.
    private struct Text: Hashable {
        let text: String

        func hash(into hasher: inout Hasher) { hasher.combine(text.utf8.count) }
    }

    private var prepared: [Text: Prepared] = [:]
    /// What texts and blobs are bound from: one copy, valid while the statement runs.
    private var arena: [UInt8] = []

    init() {}

    deinit { for statement in prepared.values { sqlite3_finalize(statement.pointer) } }

    mutating func finalize() {
        for statement in prepared.values { sqlite3_finalize(statement.pointer) }
        prepared = [:]
    }

    /// The open connection, by its address: a raw pointer can't be taken along into the lock that guards the statements.
    struct Handle: Sendable {
        private let address: UInt

        init(_ pointer: OpaquePointer) { address = UInt(bitPattern: pointer) }

        var pointer: OpaquePointer {
            get throws {
                guard let pointer = OpaquePointer(bitPattern: address) else {
                    throw DatabaseFailure.unavailable("closed")
                }
                return pointer
            }
        }
    }

    /// Rows changed, as SQLite counts them.
    mutating func execute(_ sql: SQL, on handle: Handle) throws -> Int {
        let db = try handle.pointer
        let statement = try statement(sql.text, db)
        try run(statement, sql.values, db) { _ in }
        return Int(sqlite3_changes(db))
    }

    mutating func query(_ sql: SQL, on handle: Handle) throws -> [Row] {
        let db = try handle.pointer
        let statement = try statement(sql.text, db)
        var names = statement.names
        var rows: [Row] = []
        try run(statement, sql.values, db) { pointer in
            let width = Int(sqlite3_column_count(pointer))
            if width != names.count { names = Self.names(pointer) }
            rows.append(Row(names: names, values: (0..<width).map { Self.value(pointer, Int32($0)) }))
        }
        if names.count != statement.names.count { prepared[Text(text: sql.text)]?.names = names }
        return rows
    }

    mutating func numbers(_ sql: SQL, on handle: Handle) throws -> [Int64] {
        let db = try handle.pointer
        let statement = try statement(sql.text, db)
        var numbers: [Int64] = []
        var isWhole = true
        try run(statement, sql.values, db) { pointer in
            for column in 0..<sqlite3_column_count(pointer) {
                isWhole = isWhole && sqlite3_column_type(pointer, column) == SQLITE_INTEGER
                numbers.append(sqlite3_column_int64(pointer, column))
            }
        }
        guard isWhole else { throw ColumnError.mismatch(expected: "an integer") }
        return numbers
    }

    mutating func packed(_ sql: SQL, on handle: Handle) throws -> Packed {
        let db = try handle.pointer
        let statement = try statement(sql.text, db)
        var packed = Packed()
        var isPlain = true
        try run(statement, sql.values, db) { pointer in
            packed.width = Int(sqlite3_column_count(pointer))
            packed.count += 1
            for column in 0..<Int32(packed.width) {
                switch sqlite3_column_type(pointer, column) {
                case SQLITE_INTEGER: packed.add(sqlite3_column_int64(pointer, column))
                case SQLITE_NULL: packed.add(Packed.null)
                case SQLITE_TEXT, SQLITE_BLOB:
                    let start = sqlite3_column_blob(pointer, column)
                    let count = Int(sqlite3_column_bytes(pointer, column))
                    packed.add(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
                default:
                    isPlain = false
                    packed.add(Packed.null)
                }
            }
        }
        guard isPlain else { throw ColumnError.mismatch(expected: "an integer, a text or a blob") }
        return packed
    }

    /// One statement without values: `SAVEPOINT item`.
    mutating func command(_ text: String, on handle: Handle) throws {
        let db = try handle.pointer
        try run(statement(text, db), [], db) { _ in }
    }

    private mutating func statement(_ text: String, _ db: OpaquePointer) throws -> Prepared {
        if let known = prepared[Text(text: text)] { return known }
        if prepared.count >= Self.most { finalize() }
        var pointer: OpaquePointer?
        var isOne = true
        let outcome = text.withCString { start in
            var rest: UnsafePointer<CChar>?
            let outcome = sqlite3_prepare_v3(db, start, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, &rest)
            if let rest { isOne = String(cString: rest).allSatisfy { $0.isWhitespace || $0 == ";" } }
            return outcome
        }
        guard outcome == SQLITE_OK else { throw Self.failure(db) }
        guard let pointer, isOne else {
            sqlite3_finalize(pointer)
            throw DatabaseFailure.other("not one statement")
        }
        let fresh = Prepared(
            pointer: pointer,
            parameters: Int(sqlite3_bind_parameter_count(pointer)),
            names: Self.names(pointer)
        )
        prepared[Text(text: text)] = fresh
        return fresh
    }

    private mutating func run(
        _ statement: Prepared,
        _ values: [Value],
        _ db: OpaquePointer,
        _ row: (OpaquePointer) -> Void
    ) throws {
        guard values.count == statement.parameters else { throw DatabaseFailure.other("wrong number of values") }
        let pointer = statement.pointer
        makeRoom(for: values)
        // Statements are reset before the arena is used again: nothing stays bound to it.
        defer {
            sqlite3_reset(pointer)
            if !values.isEmpty { sqlite3_clear_bindings(pointer) }
        }
        try arena.withUnsafeMutableBytes { arena in
            var rest = arena[...]
            for (index, value) in values.enumerated() {
                let outcome = Self.bind(value, to: pointer, Int32(index + 1), &rest)
                guard outcome == SQLITE_OK else { throw Self.failure(db) }
            }
            while true {
                switch sqlite3_step(pointer) {
                case SQLITE_ROW: row(pointer)
                case SQLITE_DONE: return
                default: throw Self.failure(db)
                }
            }
        }
    }

    private mutating func makeRoom(for values: [Value]) {
        // Never empty: an empty blob is no NULL.
        var count = 1
        for value in values {
            switch value {
            case .text(let text): count += text.utf8.count
            case .blob(let bytes): count += bytes.count
            case .null, .integer, .real: continue
            }
        }
        if arena.count < count { arena = [UInt8](repeating: 0, count: max(count, 4_096)) }
    }

    /// Texts and blobs are copied to the front of `arena`, which goes on behind them.
    private static func bind(
        _ value: Value,
        to statement: OpaquePointer,
        _ index: Int32,
        _ arena: inout Slice<UnsafeMutableRawBufferPointer>
    ) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let number): return sqlite3_bind_int64(statement, index, number)
        case .real(let number): return sqlite3_bind_double(statement, index, number)
        case .text(let text):
            let room = UnsafeMutableRawBufferPointer(rebasing: arena)
            var count = text.utf8.count
            room.copyBytes(from: text.utf8)
            // PostgreSQL takes no NUL. Only the NUL is lost, on both.
            if count > 0, let start = room.baseAddress, memchr(start, 0, count) != nil {
                let rest = room.prefix(count).filter { $0 != 0 }
                room.copyBytes(from: rest)
                count = rest.count
            }
            arena = arena.dropFirst(count)
            let start = room.baseAddress?.assumingMemoryBound(to: CChar.self)
            return sqlite3_bind_text(statement, index, start, Int32(clamping: count), nil)
        case .blob(let bytes):
            let room = UnsafeMutableRawBufferPointer(rebasing: arena)
            room.copyBytes(from: bytes)
            arena = arena.dropFirst(bytes.count)
            return sqlite3_bind_blob(statement, index, room.baseAddress, Int32(clamping: bytes.count), nil)
        }
    }

    private static func names(_ statement: OpaquePointer) -> [String] {
        (0..<sqlite3_column_count(statement)).map { index in
            sqlite3_column_name(statement, index).map { String(cString: $0) } ?? ""
        }
    }

    private static func value(_ statement: OpaquePointer, _ index: Int32) -> Value {
        switch sqlite3_column_type(statement, index) {
        case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, index))
        case SQLITE_FLOAT: .real(sqlite3_column_double(statement, index))
        case SQLITE_TEXT:
            sqlite3_column_text(statement, index).map { start in
                let count = Int(sqlite3_column_bytes(statement, index))
                return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
            } ?? .null
        case SQLITE_BLOB:
            .blob(
                Array(
                    UnsafeRawBufferPointer(
                        start: sqlite3_column_blob(statement, index),
                        count: Int(sqlite3_column_bytes(statement, index))
                    )
                )
            )
        default: .null
        }
    }

    private static func failure(_ db: OpaquePointer) -> DatabaseFailure {
        .sqlite(sqlite3_extended_errcode(db), String(cString: sqlite3_errmsg(db)))
    }
}

extension DatabaseFailure {
    /// What an extended result code of SQLite means to us.
    static func sqlite(_ code: Int32, _ text: String) -> DatabaseFailure {
        // SQLITE_CONSTRAINT_UNIQUE and the like are macros that Swift doesn't see: the low byte is the primary code.
        switch (code & 0xFF, code >> 8) {
        case (SQLITE_CONSTRAINT, 8), (SQLITE_CONSTRAINT, 6): .unique(text)
        case (SQLITE_CONSTRAINT, 1): .check(text)
        case (SQLITE_CONSTRAINT, 5): .null(text)
        case (SQLITE_CONSTRAINT, 3): .foreignKey(text)
        case (SQLITE_FULL, _), (SQLITE_IOERR, _), (SQLITE_BUSY, _), (SQLITE_LOCKED, _), (SQLITE_READONLY, _),
            (SQLITE_CANTOPEN, _), (SQLITE_NOMEM, _):
            .unavailable(text)
        default: .other(text)
        }
    }
}
