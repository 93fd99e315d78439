// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

package enum InformMigrations {
    package static let all = [
        Migration(
            "2026-11-22-inform-facts",
            """
            CREATE TABLE facts (
                id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 2 AND 60),
                file TEXT NOT NULL,
                live BIGINT NOT NULL CHECK (live >= 0),
                synced TEXT,
                recalled_at BIGINT,
                recalled_by TEXT REFERENCES people (id),
                recalled_on TEXT,
                recall_reason TEXT CHECK (length(recall_reason) BETWEEN 1 AND 500),
                CHECK ((recalled_on IS NULL) = (recall_reason IS NULL))
            );
            CREATE TABLE fact_revisions (
                id TEXT PRIMARY KEY,
                fact TEXT NOT NULL REFERENCES facts (id),
                number BIGINT NOT NULL CHECK (number >= 1),
                based_on BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('draft', 'reviewed', 'approved', 'declined', 'filed')),
                body TEXT NOT NULL,
                note TEXT NOT NULL CHECK (length(note) <= 500),
                written_by TEXT REFERENCES people (id),
                written_at BIGINT NOT NULL,
                reviewed_by TEXT REFERENCES people (id),
                reviewed_at BIGINT,
                settled_by TEXT REFERENCES people (id),
                settled_at BIGINT,
                UNIQUE (fact, number),
                CHECK ((state = 'filed') = (written_by IS NULL)),
                CHECK (reviewed_by IS NULL OR reviewed_by <> written_by),
                CHECK (state <> 'approved' OR (settled_by <> written_by AND settled_by <> reviewed_by))
            );
            CREATE INDEX fact_revisions_open ON fact_revisions (state, fact);
            CREATE TABLE fact_book (
                one BIGINT PRIMARY KEY CHECK (one = 1),
                version BIGINT NOT NULL
            );
            INSERT INTO fact_book (one, version) VALUES (1, 1);
            """
        ),
        Migration(
            "2026-11-22-inform-print-batches",
            """
            CREATE TABLE print_batches (
                edition TEXT NOT NULL CHECK (length(edition) = 8),
                piece TEXT NOT NULL CHECK (piece IN ('card', 'door', 'poster', 'large', 'pages')),
                language TEXT NOT NULL CHECK (length(language) BETWEEN 2 AND 12),
                made_at BIGINT NOT NULL,
                downloads BIGINT NOT NULL CHECK (downloads >= 0),
                parts TEXT NOT NULL,
                PRIMARY KEY (edition, piece, language)
            );
            """
        ),
        Migration(
            "2026-11-22-inform-training",
            """
            CREATE TABLE training_sessions (
                id TEXT PRIMARY KEY,
                course TEXT NOT NULL CHECK (length(course) BETWEEN 2 AND 60),
                language TEXT NOT NULL CHECK (length(language) BETWEEN 2 AND 12),
                starts_at BIGINT NOT NULL,
                minutes BIGINT NOT NULL CHECK (minutes BETWEEN 15 AND 600),
                place TEXT NOT NULL CHECK (length(place) <= 200),
                link TEXT NOT NULL CHECK (length(link) <= 300),
                seats BIGINT NOT NULL CHECK (seats BETWEEN 1 AND 2000),
                attended BIGINT CHECK (attended BETWEEN 0 AND 5000),
                called_off_at BIGINT,
                created_by TEXT NOT NULL REFERENCES people (id),
                created_at BIGINT NOT NULL,
                CHECK (length(place) > 0 OR length(link) > 0)
            );
            CREATE INDEX training_sessions_coming ON training_sessions (starts_at);
            CREATE TABLE training_seats (
                id TEXT PRIMARY KEY,
                session TEXT NOT NULL REFERENCES training_sessions (id),
                taken_at BIGINT NOT NULL
            );
            CREATE INDEX training_seats_session ON training_seats (session);
            CREATE TABLE certificates (
                serial TEXT PRIMARY KEY CHECK (length(serial) = 12),
                course TEXT NOT NULL CHECK (length(course) BETWEEN 2 AND 60),
                issued_at BIGINT NOT NULL,
                expires TEXT NOT NULL CHECK (length(expires) = 10),
                person TEXT REFERENCES people (id),
                presented_at BIGINT,
                decision TEXT CHECK (decision IN ('approved', 'declined')),
                decided_by TEXT REFERENCES people (id),
                decided_at BIGINT,
                recalled_at BIGINT,
                recalled_by TEXT REFERENCES people (id),
                recall_reason TEXT CHECK (length(recall_reason) BETWEEN 1 AND 300),
                CHECK ((person IS NULL) = (presented_at IS NULL)),
                CHECK ((decision IS NULL) = (decided_by IS NULL)),
                CHECK (decision IS NULL OR (person IS NOT NULL AND decided_at IS NOT NULL)),
                CHECK ((recalled_at IS NULL) = (recall_reason IS NULL))
            );
            CREATE INDEX certificates_person ON certificates (person);
            """
        ),
        Migration(
            "2026-11-29-inform-recordings",
            """
            CREATE TABLE recordings (
                id TEXT PRIMARY KEY,
                guide TEXT NOT NULL CHECK (length(guide) BETWEEN 2 AND 60),
                language TEXT NOT NULL CHECK (length(language) BETWEEN 2 AND 12),
                spoken_on TEXT NOT NULL CHECK (length(spoken_on) = 10),
                edition TEXT NOT NULL CHECK (length(edition) = 8),
                sound {{blob}} NOT NULL,
                size BIGINT NOT NULL,
                added_by TEXT NOT NULL REFERENCES people (id),
                added_at BIGINT NOT NULL,
                checked_by TEXT REFERENCES people (id),
                checked_at BIGINT,
                CHECK (checked_by <> added_by),
                CHECK ((checked_by IS NULL) = (checked_at IS NULL))
            );
            """
        ),
        Migration(
            "2026-11-29-inform-training-notices",
            """
            CREATE TABLE training_notices (
                seat TEXT PRIMARY KEY REFERENCES training_seats (id),
                session TEXT NOT NULL REFERENCES training_sessions (id),
                channel TEXT NOT NULL CHECK (channel IN ('sms', 'email')),
                address {{blob}} NOT NULL,
                address_index {{blob}} NOT NULL,
                language TEXT NOT NULL CHECK (length(language) BETWEEN 2 AND 12),
                asked_at BIGINT NOT NULL,
                reminded_at BIGINT,
                UNIQUE (session, address_index)
            );
            """
        ),
        // Which pack was taken last, and by which program: an unchanged one need not be compared again.
        Migration("2026-11-30-inform-facts-taken", "ALTER TABLE fact_book ADD COLUMN taken TEXT;"),
    ]
}
