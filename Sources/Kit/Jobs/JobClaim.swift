// SPDX-License-Identifier: AGPL-3.0-or-later

/// Claiming is one of the two places where the databases differ: PostgreSQL skips rows that another node is
/// taking; SQLite has one writer, so nobody else can.
enum JobClaim {
    static let lease = Duration.seconds(60)
    /// After so many a job is put aside.
    static let attempts = 8

    static func take(_ limit: Int, lease: String, in tx: Transaction) throws -> [JobRow] {
        // A job that ends the process each time never comes to fail: without this it would end it for ever.
        try tx.run(
            """
            UPDATE jobs SET dead_at = \(tx.now), unique_key = NULL, last_error = 'the process ended while it ran'
            WHERE dead_at IS NULL AND attempts >= \(attempts) AND leased_until < \(tx.now)
            """
        )
        let skip: SQL = tx.dialect == .postgres ? "FOR UPDATE SKIP LOCKED" : ""
        return try tx.all(
            JobRow.self,
            """
            UPDATE jobs SET lease = \(lease), leased_until = \(tx.now + Self.lease), attempts = attempts + 1
            WHERE id IN (
                SELECT id FROM jobs
                WHERE dead_at IS NULL AND run_at <= \(tx.now) AND (leased_until IS NULL OR leased_until < \(tx.now))
                ORDER BY run_at LIMIT \(limit) \(skip)
            ) RETURNING *
            """
        )
    }
}
