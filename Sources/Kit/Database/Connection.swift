// SPDX-License-Identifier: AGPL-3.0-or-later

/// Which of the two databases answers. Forks of the dialect live here and in `Jobs/JobClaim.swift`.
package enum Dialect: Sendable {
    case sqlite
    case postgres

    /// Fills the words of a migration: `{{blob}}` and `{{serial}}`.
    func fill(_ sql: String) -> String {
        let words =
            switch self {
            case .sqlite:
                [
                    "{{blob}}": "BLOB", "{{serial}}": "INTEGER PRIMARY KEY AUTOINCREMENT",
                    "{{without_rowid}}": "WITHOUT ROWID",
                ]
            case .postgres: ["{{blob}}": "BYTEA", "{{serial}}": "BIGSERIAL PRIMARY KEY", "{{without_rowid}}": ""]
            }
        return words.reduce(sql) { text, word in text.replacing(word.key, with: word.value) }
    }
}

/// One open connection of a driver, used from one thread at a time.
protocol Connection: AnyObject {
    var dialect: Dialect { get }
    /// Rows changed.
    func execute(_ sql: SQL) throws -> Int
    func query(_ sql: SQL) throws -> [Row]
    /// An answer of whole numbers alone, row after row, without a `Row` for each.
    func numbers(_ sql: SQL) throws -> [Int64]
    func packed(_ sql: SQL) throws -> Packed
    /// An INSERT of one row, without RETURNING, into a table with a serial `id`: its id.
    func insert(_ sql: SQL) throws -> Int64
    /// Several statements, without values.
    func script(_ text: String) throws
    /// One statement of ours without values that comes again and again: `SAVEPOINT item`.
    func command(_ text: String) throws
    /// False after the database itself ended the transaction (SQLite does when the disk is full).
    var isInTransaction: Bool { get }
    /// False once the database went away from it, or will take nothing more on it: the next use opens another.
    var isOpen: Bool { get }
    /// Writes what stands in the write-ahead log into the file and empties the log, so that what was deleted doesn't linger
    /// there. False when readers were in the way. Outside of transactions only; PostgreSQL looks after its own log.
    func emptyLog() throws -> Bool
}

/// Who waits for the writer. Each lane has its own room to wait in, so that no flood of one fills that of another.
package enum WriteLane: Int, Sendable, CaseIterable {
    /// Members who are signed in, and what the server does by itself.
    case ours
    /// Whoever comes from outside.
    case neighbors
    /// Reports of a source that sends far more than one person can.
    case flood

    /// The lane of what this task writes, where the write says nothing of its own.
    @TaskLocal package static var current = WriteLane.neighbors

    /// How many may wait.
    var limit: Int {
        switch self {
        case .ours: 2_000
        case .neighbors: 10_000
        case .flood: 4_000
        }
    }
}

/// What a database says when it refuses, the same for both drivers.
package enum DatabaseFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// A UNIQUE or PRIMARY KEY constraint; the text names table and columns, or the constraint.
    case unique(String)
    case check(String)
    /// A column that may not be NULL got no value.
    case null(String)
    case foreignKey(String)
    /// Disk full, read-only, locked, gone: nothing was kept, trying later may work.
    case unavailable(String)
    /// The database went away between COMMIT and its answer: it may have been kept.
    case inDoubt(String)
    /// Another transaction was first (PostgreSQL 40001, 40P01): run the same again.
    case serialization
    case other(String)

    package var description: String {
        switch self {
        case .unique(let what): "unique: \(what)"
        case .check(let what): "check: \(what)"
        case .null(let what): "null: \(what)"
        case .foreignKey(let what): "foreign key: \(what)"
        case .unavailable(let why): "unavailable: \(why)"
        case .inDoubt(let why): "in doubt: \(why)"
        case .serialization: "serialization"
        case .other(let what): what
        }
    }
}
