// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials

/// Work to do later, or elsewhere: a small value that names rows, never personal words. What is done with it is
/// registered with the `Worker` in `App/Compose.swift`, where its surroundings are known.
package protocol Job: Codable, Sendable {
    static var kind: String { get }
}

/// A job as it waits in the database: claimed with a lease, tried again with back-off, then put aside (dead) and shown.
package struct JobRow: Readable {
    package let id: Ref<JobRow>
    package let kind: String
    package let payload: String
    package let attempts: Int
    package let runAt: Instant
    package let deadAt: Instant?
    package let lastError: String?

    package init(row: Row) throws {
        id = try row["id"]
        kind = try row["kind"]
        payload = try row["payload"]
        attempts = try row["attempts"]
        runAt = try row["run_at"]
        deadAt = try row["dead_at"]
        lastError = try row["last_error"]
    }

    static func insert<J: Job>(_ job: J, at time: Instant, key: String?, in tx: Transaction) throws {
        let payload = String(decoding: try JSONEncoder().encode(job), as: UTF8.self)
        try tx.run(
            """
            INSERT INTO jobs (id, kind, payload, unique_key, run_at)
            VALUES (\(Ref<JobRow>.new(at: tx.now)), \(J.kind), \(payload), \(key), \(time))
            ON CONFLICT (unique_key) DO NOTHING
            """
        )
    }

    /// Those that were given up, newest first, for the settings page.
    package static func dead(limit: Int, in tx: Transaction) throws -> [JobRow] {
        try tx.all(JobRow.self, "SELECT * FROM jobs WHERE dead_at IS NOT NULL ORDER BY dead_at DESC LIMIT \(limit)")
    }

    package static func waiting(in tx: Transaction) throws -> Int {
        try tx.count("SELECT count(*) FROM jobs WHERE dead_at IS NULL")
    }

    /// Gives a dead job another chance.
    package static func retry(_ id: Ref<JobRow>, in tx: Transaction) throws {
        let changed = try tx.run(
            """
            UPDATE jobs SET dead_at = NULL, attempts = 0, run_at = \(tx.now), lease = NULL
            WHERE id = \(id) AND dead_at IS NOT NULL
            """
        )
        guard changed == 1 else { throw Refusal.notFound }
    }

    static func nextRun(in tx: Transaction) throws -> Instant? {
        try tx.one(Instant.self, "SELECT min(run_at) FROM jobs WHERE dead_at IS NULL")
    }

    /// Done: gone, if the lease is still ours.
    static func finish(_ id: Ref<JobRow>, lease: String, in tx: Transaction) throws {
        try tx.run("DELETE FROM jobs WHERE id = \(id) AND lease = \(lease)")
    }

    /// Not now, through no fault of its own: it waits, and the try doesn't count.
    static func postpone(_ row: JobRow, lease: String, in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE jobs SET lease = NULL, leased_until = NULL, attempts = attempts - 1, run_at = \(tx.now + postponement)
            WHERE id = \(row.id) AND lease = \(lease)
            """
        )
    }

    private static let postponement = Duration.seconds(15)

    static func fail(_ row: JobRow, lease: String, why: String, in tx: Transaction) throws {
        let isDead = row.attempts >= JobClaim.attempts
        let wait = Duration.seconds(min(3_600, 1 << min(row.attempts, 11)))
        // A dead job waits no more: its key is free for the next.
        let key: SQL = isDead ? "unique_key = NULL," : ""
        try tx.run(
            """
            UPDATE jobs SET lease = NULL, leased_until = NULL, last_error = \(String(why.prefix(300))),
                \(key) run_at = \(tx.now + wait), dead_at = \(isDead ? tx.now : nil)
            WHERE id = \(row.id) AND lease = \(lease)
            """
        )
    }
}
