// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization

/// The one door to the data. Reads run beside each other; writes are gathered by one writer into shared commits
/// (group commit), each in a savepoint of its own, and answer when the disk has them.
package final class Database: Sendable {
    package let feed = ChangeFeed()
    package let clock: Clock
    package let companions = Companions()
    private let driver: any Driver
    private let writer: Writer

    /// SQLite in a file, which is made when it isn't there.
    package convenience init(sqlite path: String, clock: Clock = .system) throws {
        self.init(driver: try SQLiteDriver(path: path), clock: clock)
    }

    /// PostgreSQL at a `postgres://` address, with one writing and some reading connections.
    /// `schema` is a name of ours (letters, digits, `_`), never from outside.
    package convenience init(
        postgres url: String,
        schema: String = "public",
        readers: Int = 4,
        clock: Clock = .system
    ) throws {
        self.init(driver: try PostgresDriver(url: url, schema: schema, readers: readers), clock: clock)
    }

    private init(driver: any Driver, clock: Clock) {
        self.driver = driver
        self.clock = clock
        writer = Writer(driver: driver, clock: clock, feed: feed, companions: companions)
    }

    package var dialect: Dialect { driver.dialect }

    /// A consistent view of the data; must not write.
    package func read<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        let (clock, companions) = (clock, companions)
        return try await withCheckedThrowingContinuation { continuation in
            driver.read { outcome in
                continuation.resume(
                    with: Result {
                        let connection = try outcome.get()
                        return try body(
                            Transaction(
                                connection: connection,
                                now: clock.now(),
                                companions: companions,
                                isWriting: false
                            )
                        )
                    }.mapError(plain)
                )
            }
        }
    }

    /// Runs `body` in a transaction; when this returns, the disk has it (fsync). A throw undoes all of `body` and
    /// nothing else. Throws `Refusal` `.unavailable` when the disk is full, the database is gone or the queue is long; and
    /// `Refusal.inDoubt` when PostgreSQL went away before it said whether it kept it.
    @discardableResult
    package func write<T: Sendable>(
        lane: WriteLane? = nil,
        _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            write(lane: lane, body) { continuation.resume(with: $0) }
        }
    }

    /// The same without a task. `done` runs on the writer's thread or on that of its herald, and all who wait for the same
    /// commit wait for it too: it hands over the result and returns.
    package func write<T: Sendable>(
        lane: WriteLane? = nil,
        _ body: @escaping @Sendable (Transaction) throws -> T,
        then done: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        let result = Held<T>()
        writer.submit(
            Writer.Item(
                body: { tx in result.set(try body(tx)) },
                done: { error in
                    if let error { return done(.failure(plain(error))) }
                    guard let value = result.take() else { return done(.failure(Refusal.storage)) }
                    done(.success(value))
                }
            ),
            lane ?? WriteLane.current
        )
    }

    /// Empties SQLite's write-ahead log, where deleted rows otherwise stand until they are written over. Waits for its turn
    /// with the writer; false when readers were in the way, and it is to be tried again.
    @discardableResult
    package func emptyLog() async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            writer.emptyLog { continuation.resume(with: $0.mapError(plain)) }
        }
    }

    /// What is wrong with SQLite's file, in its own words, looked through page by page; seconds for a large one. Nothing for
    /// PostgreSQL, which has tools of its own.
    package func damages() async throws -> [String] {
        guard dialect == .sqlite else { return [] }
        return try await read { tx in
            try tx.list(String.self, "PRAGMA integrity_check(5)").filter { $0 != "ok" }
        }
    }

    /// Wakes whoever waits for jobs, after a commit that enqueued some.
    package func onJobs(_ wake: @escaping @Sendable () -> Void) { writer.onJobs(wake) }

    /// Looks for what other nodes committed (PostgreSQL); returns quickly when there is nothing.
    package func pollFeed() async throws {
        guard dialect == .postgres else { return }
        let cursor = feed.cursor
        let events = try await read { tx in try Event.after(cursor, limit: 1_000, in: tx) }
        feed.publish(events, complete: true)
    }

    /// A namespace of its own on PostgreSQL, for a test or a second coalition on one server.
    package func createSchema(_ name: String) async throws {
        guard Self.isName(name) else { throw DatabaseFailure.other("not a schema name") }
        try await write { tx in try tx.connection.script("CREATE SCHEMA IF NOT EXISTS \(name)") }
    }

    /// Runs a statement that PostgreSQL takes outside of transactions only, such as CREATE DATABASE, on a connection of its
    /// own. Waits; `statement` is ours, never from outside.
    package static func administer(postgres url: String, _ statement: String) throws {
        try PostgresConnection(url: url, schema: "public").script(statement)
    }

    /// Whether nobody answers at that address, or a server that is still starting or stops: then waiting helps.
    /// One that refuses a password, or has no such database, is there. Takes three seconds at most.
    package static func isAway(postgres url: String) -> Bool { PostgresConnection.isAway(url) }

    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 60
            && name.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == UInt8(ascii: "_") }
    }

    /// Between bursts: SQLite folds its write-ahead log into the database and empties it, so that the next burst has
    /// it to itself and what was erased does not linger there. Nothing while much is written.
    package func rest() async {
        await withCheckedContinuation { continuation in driver.rest { continuation.resume() } }
    }

    /// For a table of SQLite that is made anew. References are not looked at on the way, since letting go of the old table
    /// would delete what hangs on it; before the commit they are, all of them.
    func rebuild(_ body: @escaping @Sendable (Transaction) throws -> Void) async throws {
        let (clock, companions) = (clock, companions)
        try await withCheckedThrowingContinuation { continuation in
            driver.write { outcome in
                continuation.resume(
                    with: Result {
                        let connection = try outcome.get()
                        try connection.script("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE")
                        defer {
                            if connection.isInTransaction { try? connection.script("ROLLBACK") }
                            try? connection.script("PRAGMA foreign_keys = ON")
                        }
                        try body(
                            Transaction(
                                connection: connection,
                                now: clock.now(),
                                companions: companions,
                                isWriting: true
                            )
                        )
                        guard try connection.query("PRAGMA foreign_key_check").isEmpty else {
                            throw DatabaseFailure.foreignKey("a table that was made anew")
                        }
                        try connection.script("COMMIT")
                    }.mapError(plain)
                )
            }
        }
    }

    /// Whoever asks from now on gets `Refusal` `.unavailable`; the files are closed when what runs has ended. Doesn't wait,
    /// and may be called from anywhere, within a read or a write too.
    package func close() {
        writer.close()
        driver.close()
    }
}

/// What the two drivers offer.
protocol Driver: Sendable {
    var dialect: Dialect { get }
    func read(_ body: @escaping @Sendable (Result<any Connection, any Error>) -> Void)
    /// Runs `body` on the writing connection, on a thread of its own; calls never overlap.
    func write(_ body: @escaping @Sendable (Result<any Connection, any Error>) -> Void)
    /// See `Database.rest`; `done` is called once.
    func rest(_ done: @escaping @Sendable () -> Void)
    func close()
}

/// A driver's refusal in words for people, where there is something they can do; all else as it is.
@Sendable
private func plain(_ error: any Error) -> any Error {
    switch error as? DatabaseFailure {
    case .unavailable: Refusal.storage
    case .inDoubt: Refusal.inDoubt
    case .serialization: Refusal.busy
    case .unique, .check, .null, .foreignKey, .other, nil: error
    }
}

private final class Held<T: Sendable>: Sendable {
    private let value = Mutex<T?>(nil)
    func set(_ new: T) { value.withLock { $0 = new } }
    func take() -> T? { value.withLock { $0 } }
}
