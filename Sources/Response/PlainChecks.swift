// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension ResponseMigrations {
    /// SQLite makes a table in memory of every list of three or more that a CHECK looks into, anew for each row: two for an
    /// incident and three for a report, which was a tenth of its CPU. The same rules word by word; PostgreSQL has no such cost
    /// (docs/decisions/0085).
    static let plain = Migration(
        "2026-11-30-response-plain",
        rebuilding: """
            CREATE TABLE reports_plain (
                id TEXT PRIMARY KEY,
                code_lookup {{blob}} NOT NULL UNIQUE,
                submission_body {{blob}} NOT NULL,
                team TEXT NOT NULL REFERENCES teams (id),
                sealed {{blob}} NOT NULL,
                kind TEXT NOT NULL,
                channel TEXT NOT NULL CHECK (channel = 'web' OR channel = 'sms' OR channel = 'phone' OR channel = 'api'
                    OR channel = 'staff'),
                lane TEXT NOT NULL CHECK (lane = 'linked' OR lane = 'normal' OR lane = 'overflow'),
                language TEXT NOT NULL,
                zone TEXT,
                state TEXT NOT NULL CHECK (state = 'received' OR state = 'triaged' OR state = 'linked'
                    OR state = 'needs_more' OR state = 'spam'),
                question TEXT,
                photos BIGINT NOT NULL DEFAULT 0,
                exercise BIGINT NOT NULL DEFAULT 0,
                received_at BIGINT NOT NULL,
                adds_to TEXT REFERENCES reports (id) ON DELETE SET NULL,
                CHECK (zone IS NULL OR length(zone) <= 80)
            );
            INSERT INTO reports_plain (id, code_lookup, submission_body, team, sealed, kind, channel, lane, language, zone,
                state, question, photos, exercise, received_at, adds_to)
            SELECT id, code_lookup, submission_body, team, sealed, kind, channel, lane, language, zone,
                state, question, photos, exercise, received_at, adds_to
            FROM reports ORDER BY received_at, id;
            DROP TABLE reports;
            ALTER TABLE reports_plain RENAME TO reports;
            CREATE INDEX reports_received ON reports (received_at);
            CREATE INDEX reports_adds_to ON reports (adds_to) WHERE adds_to IS NOT NULL;
            CREATE INDEX reports_of_drills ON reports (id) WHERE exercise = 1;
            CREATE TABLE incidents_plain (
                id TEXT PRIMARY KEY,
                team TEXT NOT NULL REFERENCES teams (id),
                kind TEXT NOT NULL,
                zone TEXT,
                state TEXT NOT NULL CHECK (state = 'unverified' OR state = 'verifying' OR state = 'answered'
                    OR state = 'closed'),
                truth TEXT NOT NULL CHECK (truth = 'unknown' OR truth = 'confirmed' OR truth = 'not_enforcement'
                    OR truth = 'unfounded' OR truth = 'unable'),
                is_over BIGINT NOT NULL DEFAULT 0,
                level BIGINT NOT NULL DEFAULT 0 CHECK (level BETWEEN 0 AND 4),
                explanation TEXT,
                sealed {{blob}},
                reports BIGINT NOT NULL DEFAULT 0,
                independent BIGINT NOT NULL DEFAULT 0,
                first_seen_at BIGINT NOT NULL,
                last_report_at BIGINT NOT NULL,
                answered_at BIGINT,
                review_at BIGINT,
                expires_at BIGINT,
                closed_at BIGINT,
                merged_into TEXT REFERENCES incidents (id),
                exercise BIGINT NOT NULL DEFAULT 0,
                version BIGINT NOT NULL DEFAULT 1,
                stepped BIGINT NOT NULL DEFAULT 0,
                sent BIGINT NOT NULL DEFAULT 0
            );
            INSERT INTO incidents_plain (id, team, kind, zone, state, truth, is_over, level, explanation, sealed, reports,
                independent, first_seen_at, last_report_at, answered_at, review_at, expires_at, closed_at, merged_into,
                exercise, version, stepped, sent)
            SELECT id, team, kind, zone, state, truth, is_over, level, explanation, sealed, reports,
                independent, first_seen_at, last_report_at, answered_at, review_at, expires_at, closed_at, merged_into,
                exercise, version, stepped, sent
            FROM incidents ORDER BY id;
            DROP TABLE incidents;
            ALTER TABLE incidents_plain RENAME TO incidents;
            CREATE INDEX incidents_state ON incidents (state, first_seen_at);
            """,
        postgres: "SELECT 1"
    )
}
