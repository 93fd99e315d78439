// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

package enum MatchingMigrations {
    package static let all = [
        Migration(
            "2026-11-22-matching-1",
            """
            CREATE TABLE helpers (
                person TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
                place TEXT NOT NULL,
                latitude DOUBLE PRECISION NOT NULL,
                longitude DOUBLE PRECISION NOT NULL,
                radius_m BIGINT NOT NULL CHECK (radius_m BETWEEN 500 AND 100000),
                capacity BIGINT NOT NULL DEFAULT 1 CHECK (capacity >= 0),
                paused_until BIGINT,
                last_asked_at BIGINT,
                asked BIGINT NOT NULL DEFAULT 0,
                answered BIGINT NOT NULL DEFAULT 0
            );
            CREATE TABLE helper_skills (
                person TEXT NOT NULL REFERENCES helpers (person) ON DELETE CASCADE,
                skill TEXT NOT NULL,
                expires_at BIGINT,
                PRIMARY KEY (person, skill)
            );
            CREATE TABLE helper_languages (
                person TEXT NOT NULL REFERENCES helpers (person) ON DELETE CASCADE,
                language TEXT NOT NULL,
                PRIMARY KEY (person, language)
            );
            CREATE TABLE availabilities (
                id TEXT PRIMARY KEY,
                person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
                starts_at BIGINT NOT NULL,
                ends_at BIGINT NOT NULL,
                CHECK (ends_at > starts_at)
            );
            CREATE INDEX availabilities_person ON availabilities (person, starts_at);
            CREATE INDEX availabilities_end ON availabilities (ends_at);
            CREATE INDEX helper_skills_skill ON helper_skills (skill);
            """
        ),
        Migration(
            "2026-11-22-matching-weekly-hours",
            """
            CREATE TABLE helper_hours (
                person TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
                hours {{blob}} NOT NULL CHECK (length(hours) = 21)
            );
            CREATE INDEX availabilities_current ON availabilities (ends_at, person);
            """
        ),
        // What was counted before was another thing: every offer, and every answer. Everybody begins anew, at one in three.
        Migration(
            "2026-11-29-matching-yes-counted",
            """
            ALTER TABLE helpers RENAME COLUMN answered TO accepted;
            UPDATE helpers SET asked = 0, accepted = 0;
            """
        ),
        Migration("2026-11-30-matching-rest", "ALTER TABLE helpers ADD COLUMN rests_until BIGINT"),
    ]
}
