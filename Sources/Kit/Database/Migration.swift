// SPDX-License-Identifier: AGPL-3.0-or-later

/// One dated step of the schema: SQL text only, so that it means the same in ten years. Each runs once, in a
/// transaction of its own; lists are append-only.
package struct Migration: Sendable {
    package let id: String
    /// Whether SQLite makes tables anew in it that others refer to.
    let isRebuild: Bool
    private let sqlite: String
    private let postgres: String

    /// `{{blob}}` and `{{serial}}` are filled for the database in use.
    package init(_ id: String, _ sql: String) {
        (self.id, isRebuild, sqlite, postgres) = (id, false, sql, sql)
    }

    /// For what SQLite can't change in a table: it makes the table anew, which PostgreSQL need not.
    package init(_ id: String, rebuilding sqlite: String, postgres: String) {
        (self.id, isRebuild, self.sqlite, self.postgres) = (id, true, sqlite, postgres)
    }

    /// For what each database says in words of its own: a trigger.
    package init(_ id: String, sqlite: String, postgres: String) {
        (self.id, isRebuild, self.sqlite, self.postgres) = (id, false, sqlite, postgres)
    }

    func text(for dialect: Dialect) -> String {
        switch dialect {
        case .sqlite: dialect.fill(sqlite)
        case .postgres: dialect.fill(postgres)
        }
    }
}

package enum KitMigrations {
    package static let all = [
        Migration(
            "2026-11-22-kit-1",
            """
            CREATE TABLE events (
                id {{serial}},
                at BIGINT NOT NULL,
                actor TEXT,
                kind TEXT NOT NULL,
                subject TEXT NOT NULL,
                data TEXT NOT NULL
            );
            CREATE INDEX events_subject ON events (subject, id);
            CREATE INDEX events_kind ON events (kind, id);
            CREATE TABLE jobs (
                id TEXT PRIMARY KEY,
                kind TEXT NOT NULL,
                payload TEXT NOT NULL,
                unique_key TEXT UNIQUE,
                run_at BIGINT NOT NULL,
                attempts BIGINT NOT NULL DEFAULT 0,
                lease TEXT,
                leased_until BIGINT,
                dead_at BIGINT,
                last_error TEXT
            );
            CREATE INDEX jobs_due ON jobs (run_at) WHERE dead_at IS NULL;
            CREATE TABLE settings (
                key TEXT PRIMARY KEY,
                value TEXT NOT NULL,
                changed_at BIGINT NOT NULL,
                changed_by TEXT
            );
            CREATE TABLE form_receipts (
                token {{blob}} PRIMARY KEY,
                at BIGINT NOT NULL
            );
            """
        ),
        // Numbers are never given twice without AUTOINCREMENT too, since the newest event is never deleted.
        Migration(
            "2026-11-30-kit-found-by",
            rebuilding: """
                CREATE TABLE events_lean (
                    id INTEGER PRIMARY KEY,
                    at BIGINT NOT NULL,
                    actor TEXT,
                    kind TEXT NOT NULL,
                    subject TEXT NOT NULL,
                    found_by TEXT,
                    data TEXT NOT NULL
                );
                INSERT INTO events_lean (id, at, actor, kind, subject, data)
                SELECT id, at, actor, kind, subject, data FROM events ORDER BY id;
                DROP TABLE events;
                ALTER TABLE events_lean RENAME TO events;
                \(foundBy)
                """,
            postgres: """
                ALTER TABLE events ADD COLUMN found_by TEXT;
                DROP INDEX events_subject;
                DROP INDEX events_kind;
                \(foundBy)
                """
        ),
    ]

    private static let foundBy = """
        CREATE INDEX events_subject ON events (subject, id) WHERE found_by IS NULL;
        CREATE INDEX events_kind ON events (kind, id) WHERE found_by IS NULL;
        CREATE INDEX events_found_by ON events (found_by) WHERE found_by IS NOT NULL;
        """
}

extension Database {
    /// Brings the schema up to date; already applied steps are left alone.
    package func migrate(_ migrations: [Migration]) async throws {
        try await alone { try await bringUpToDate(migrations) }
    }

    /// Steps of the schema that only a newer version knows. What it wrote isn't for this one to change.
    package func unknown(to migrations: [Migration]) async throws -> [String] {
        try await read { tx in
            guard try Catalog.tables(in: tx).contains(where: { $0.name == "migrations" }) else { return [] }
            let known = Set(migrations.map(\.id))
            return try tx.list(String.self, "SELECT id FROM migrations ORDER BY id").filter { !known.contains($0) }
        }
    }

    private func bringUpToDate(_ migrations: [Migration]) async throws {
        try await script("CREATE TABLE IF NOT EXISTS migrations (id TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)")
        let applied = try await read { tx in Set(try tx.list(String.self, "SELECT id FROM migrations")) }
        for migration in migrations where !applied.contains(migration.id) {
            let step: @Sendable (Transaction) throws -> Void = { tx in
                // Another connection may have made it since.
                let known = try tx.one(Int.self, "SELECT 1 FROM migrations WHERE id = \(migration.id)")
                guard known == nil else { return }
                try tx.connection.script(migration.text(for: tx.dialect))
                try tx.run("INSERT INTO migrations (id, applied_at) VALUES (\(migration.id), \(tx.now))")
            }
            if migration.isRebuild, dialect == .sqlite { try await rebuild(step) } else { try await write(step) }
        }
    }

    /// One node at a time: two that start on an empty schema would make the same table. A lock of the session and not
    /// of a transaction, since a serializable transaction that waited for it would go on with what it saw before; tried
    /// again and again, since waiting in it would meet the timeout of locks.
    private func alone(_ body: () async throws -> Void) async throws {
        guard dialect == .postgres else { return try await body() }
        let take: SQL = "SELECT CASE WHEN pg_try_advisory_lock(727202, hashtext(current_schema())) THEN 1 ELSE 0 END"
        while try await write({ tx in try tx.one(Int.self, take) }) != 1 {
            try await Task.sleep(for: .milliseconds(100))
        }
        let outcome: (any Error)?
        do {
            try await body()
            outcome = nil
        } catch { outcome = error }
        // All of them: a transaction that was tried again took it twice.
        try await write { tx in _ = try tx.rows("SELECT pg_advisory_unlock_all()") }
        if let outcome { throw outcome }
    }

    private func script(_ text: String) async throws {
        try await write { tx in try tx.connection.script(text) }
    }
}
