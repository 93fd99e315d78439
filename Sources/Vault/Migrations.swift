// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

package enum VaultMigrations {
    package static let all = [
        Migration(
            "2026-11-22-vault-shred",
            """
            CREATE TABLE shred_due (
                slot BIGINT PRIMARY KEY CHECK (slot > 0),
                at BIGINT NOT NULL
            );
            CREATE TABLE shred_blocks (
                block BIGINT PRIMARY KEY CHECK (block > 0),
                version BIGINT NOT NULL UNIQUE,
                keys {{blob}} NOT NULL
            );
            """
        ),
        Migration(
            "2026-11-22-vault-log",
            """
            CREATE TABLE log_leaves (
                log TEXT NOT NULL CHECK (length(log) BETWEEN 1 AND 40),
                position BIGINT NOT NULL CHECK (position >= 0),
                hash {{blob}} NOT NULL,
                leaf TEXT,
                subject TEXT,
                PRIMARY KEY (log, position)
            );
            CREATE INDEX log_leaves_subject ON log_leaves (subject) WHERE subject IS NOT NULL;
            CREATE TABLE log_heads (
                log TEXT PRIMARY KEY,
                size BIGINT NOT NULL CHECK (size >= 0),
                hashes {{blob}} NOT NULL
            );
            CREATE TABLE log_checkpoints (
                log TEXT NOT NULL,
                size BIGINT NOT NULL CHECK (size > 0),
                root {{blob}} NOT NULL,
                note TEXT NOT NULL,
                at BIGINT NOT NULL,
                PRIMARY KEY (log, size)
            );
            """
        ),
    ]
}
