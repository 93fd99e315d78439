// SPDX-License-Identifier: AGPL-3.0-or-later

/// What a verb works through. Not `Sendable`, and `write` takes a synchronous closure: the compiler refuses to
/// wait on a network inside a transaction, or to let it out.
package final class Transaction {
    /// The same moment for everything one verb writes.
    package let now: Instant
    package let companions: Companions
    /// What it reads may still be undone: its own changes, and those of others who share its commit.
    package let isWriting: Bool
    package var dialect: Dialect { connection.dialect }
    let connection: any Connection
    private(set) var events: [Event] = []
    private(set) var enqueuedJobs = false

    init(connection: any Connection, now: Instant, companions: Companions, isWriting: Bool) {
        self.connection = connection
        self.isWriting = isWriting
        self.companions = companions
        self.now = now
    }

    /// Rows changed.
    @discardableResult
    package func run(_ sql: SQL) throws -> Int { try connection.execute(sql) }

    package func rows(_ sql: SQL) throws -> [Row] { try connection.query(sql) }

    package func all<T: Readable>(_ type: T.Type = T.self, _ sql: SQL) throws -> [T] {
        try connection.query(sql).map(T.init(row:))
    }

    package func first<T: Readable>(_ type: T.Type = T.self, _ sql: SQL) throws -> T? {
        try connection.query(sql).first.map(T.init(row:))
    }

    /// The first column of the first row; nil where there is no row, or the column is null.
    package func one<T: Column>(_ type: T.Type = T.self, _ sql: SQL) throws -> T? {
        guard let value = try connection.query(sql).first?.first, value != .null else { return nil }
        return try T(value: value)
    }

    /// The first column of every row.
    package func list<T: Column>(_ type: T.Type = T.self, _ sql: SQL) throws -> [T] {
        try connection.query(sql).map { try T(value: $0.first) }
    }

    /// An answer of whole numbers alone, row after row: for sweeps over a million rows, where a `Row` each is too dear.
    /// Throws `ColumnError.mismatch` for anything else in it.
    package func numbers(_ sql: SQL) throws -> [Int64] { try connection.numbers(sql) }

    /// Whole numbers, texts and blobs, all rows in two arrays: for the same sweeps, where a row carries more than numbers.
    package func packed(_ sql: SQL) throws -> Packed { try connection.packed(sql) }

    package func count(_ sql: SQL) throws -> Int { try one(Int.self, sql) ?? 0 }

    /// Appends to the one table that the timeline, the audit and every live view read.
    @discardableResult
    package func record(_ event: Event) throws -> Int64 { try record { try event.insert(at: now, in: self) } }

    /// The same for an event of the system whose content is made already. `foundBy`: see `Event`.
    package func record(_ kind: String, subject: String, foundBy: String?, _ content: Event.Content) throws {
        try record {
            try Event.insert(kind, subject: subject, foundBy: foundBy, actor: nil, content, at: now, in: self)
        }
    }

    @discardableResult
    private func record(_ insert: () throws -> Event) throws -> Int64 {
        // On PostgreSQL, ids are handed out before commits: holding this lock until the commit keeps the order
        // of ids the order of commits, so a reader that asks "after id n" never misses a late one.
        if dialect == .postgres && events.isEmpty {
            _ = try rows("SELECT pg_advisory_xact_lock(727201, hashtext(current_schema()))")
        }
        let recorded = try insert()
        events.append(recorded)
        return recorded.id
    }

    /// A job in the transaction of its cause. `key` is unique while the job waits: a second with it is dropped.
    package func enqueue<J: Job>(_ job: J, at time: Instant? = nil, key: String? = nil) throws {
        try JobRow.insert(job, at: time ?? now, key: key, in: self)
        enqueuedJobs = true
    }
}
