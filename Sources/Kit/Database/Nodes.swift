// SPDX-License-Identifier: AGPL-3.0-or-later

extension Database {
    /// How many servers serve from this PostgreSQL. `joining`: this is one of them from now on, until its writing
    /// connection ends; asked again, it joins again with the connection it has by then. On SQLite the folder is held by one alone.
    package func nodes(joining: Bool) async throws -> Int {
        guard dialect == .postgres else { return 1 }
        return try await write(lane: .ours) { tx in
            // Locks that exclude nobody, of the session and not of the transaction: who holds one is counted.
            let held: SQL = """
                FROM pg_locks WHERE locktype = 'advisory' AND classid = 7632 AND objid = hashtext(current_schema())::oid
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """
            if joining, try tx.one(Int.self, "SELECT count(*) " + held + " AND pid = pg_backend_pid()") == 0 {
                _ = try tx.rows("SELECT pg_advisory_lock_shared(7632, hashtext(current_schema()))")
            }
            return try tx.one(Int.self, "SELECT count(DISTINCT pid) " + held) ?? 1
        }
    }
}
