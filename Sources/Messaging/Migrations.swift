// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

package enum MessagingMigrations {
    package static let all = [
        Migration(
            "2026-11-22-messaging-1",
            """
            CREATE TABLE messages (
                id TEXT PRIMARY KEY,
                person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
                kind TEXT NOT NULL,
                subject TEXT NOT NULL,
                unique_key TEXT NOT NULL UNIQUE,
                created_at BIGINT NOT NULL,
                read_at BIGINT,
                acknowledged_at BIGINT,
                expires_at BIGINT NOT NULL
            );
            CREATE INDEX messages_person ON messages (person, created_at);
            CREATE INDEX messages_subject ON messages (subject);
            CREATE INDEX messages_expiry ON messages (expires_at);
            """
        )
    ]
}
