// SPDX-License-Identifier: AGPL-3.0-or-later
import CPostgres
import Dispatch
import Synchronization

/// PostgreSQL through libpq: blocking calls on a few threads of our own, simpler and faster than socket readiness.
/// One connection writes (group commit, SERIALIZABLE), some read (REPEATABLE READ, read only).
final class PostgresDriver: Driver {
    let dialect = Dialect.postgres
    private let writing: PostgresLane
    private let reading: [PostgresLane]

    init(url: String, schema: String, readers: Int) throws {
        guard Database.isName(schema) else { throw DatabaseFailure.other("not a schema name") }
        writing = PostgresLane(url: url, schema: schema, name: "writer")
        reading = (0..<max(1, readers)).map { PostgresLane(url: url, schema: schema, name: "reader-\($0)") }
        try writing.check()
    }

    func read(_ body: @escaping @Sendable (Result<any Connection, any Error>) -> Void) {
        let lane = reading.min { $0.load < $1.load } ?? writing
        lane.use { outcome in
            guard case .success(let connection) = outcome else { return body(outcome.map { $0 as any Connection }) }
            do {
                try connection.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            } catch {
                return body(.failure(error))
            }
            body(.success(connection))
            try? connection.script(connection.isInTransaction ? "ROLLBACK" : "SELECT 1")
        }
    }

    func write(_ body: @escaping @Sendable (Result<any Connection, any Error>) -> Void) {
        writing.use { outcome in body(outcome.map { $0 as any Connection }) }
    }

    /// The server looks after its own log.
    func rest(_ done: @escaping @Sendable () -> Void) { done() }

    func close() {
        writing.close()
        for lane in reading { lane.close() }
    }
}

/// One connection with a thread of its own; connects when first used, and again after the server went away.
private final class PostgresLane: Sendable {
    private let url: String
    private let schema: String
    private let queue: DispatchQueue
    private let waiting = Atomic<Int>(0)
    private let state = Mutex(State())

    private struct State {
        var connection: PostgresConnection?
        /// When the server last kept us waiting in vain. Whoever had asked by then is told at once: a thousand who wait
        /// behind each other for a server that says nothing would wait for hours.
        var lostAt: ContinuousClock.Instant?
    }

    init(url: String, schema: String, name: String) {
        self.url = url
        self.schema = schema
        queue = DispatchQueue(label: "vecinos.postgres.\(name)", qos: .userInitiated)
    }

    /// How many calls wait or run here.
    var load: Int { waiting.load(ordering: .relaxed) }

    func check() throws { _ = try open(askedAt: .now) }

    func use(_ body: @escaping @Sendable (Result<PostgresConnection, any Error>) -> Void) {
        waiting.add(1, ordering: .relaxed)
        let askedAt = ContinuousClock.now
        queue.async { [self] in
            let outcome = Result { try open(askedAt: askedAt) }
            body(outcome)
            if case .success(let connection) = outcome, connection.wasSilent { state.withLock { $0.lostAt = .now } }
            waiting.subtract(1, ordering: .relaxed)
        }
    }

    func close() { state.withLock { $0.connection = nil } }

    private func open(askedAt: ContinuousClock.Instant) throws -> PostgresConnection {
        try state.withLock { state in
            if let connection = state.connection, connection.isThere() { return connection }
            state.connection = nil
            if let lostAt = state.lostAt, askedAt <= lostAt { throw DatabaseFailure.unavailable("no answer") }
            do {
                let fresh = try PostgresConnection(url: url, schema: schema)
                state.connection = fresh
                return fresh
            } catch {
                state.lostAt = .now
                throw error
            }
        }
    }
}
