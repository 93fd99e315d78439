// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

package enum PeopleMigrations {
    package static let all = [
        Migration(
            "2026-11-22-people-1",
            """
            CREATE TABLE organisations (
                id TEXT PRIMARY KEY,
                name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
                short_name TEXT NOT NULL CHECK (length(short_name) BETWEEN 1 AND 24),
                created_at BIGINT NOT NULL
            );
            CREATE TABLE people (
                id TEXT PRIMARY KEY,
                organisation TEXT NOT NULL REFERENCES organisations (id),
                handle TEXT NOT NULL CHECK (length(handle) BETWEEN 1 AND 40),
                login_index {{blob}} UNIQUE,
                kdf TEXT,
                salt {{blob}},
                verifier_hash {{blob}},
                wrapped_seed {{blob}},
                public_key {{blob}} NOT NULL,
                signing_key {{blob}} NOT NULL,
                language TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                removed_at BIGINT,
                CHECK ((login_index IS NULL) = (wrapped_seed IS NULL)),
                CHECK ((login_index IS NULL) = (verifier_hash IS NULL)),
                CHECK (removed_at IS NULL OR wrapped_seed IS NULL)
            );
            CREATE INDEX people_organisation ON people (organisation);
            CREATE TABLE person_roles (
                person TEXT NOT NULL REFERENCES people (id),
                role TEXT NOT NULL,
                PRIMARY KEY (person, role)
            );
            CREATE TABLE teams (
                id TEXT PRIMARY KEY,
                organisation TEXT REFERENCES organisations (id),
                name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
                purpose TEXT NOT NULL CHECK (length(purpose) BETWEEN 1 AND 40),
                epoch BIGINT NOT NULL CHECK (epoch >= 1),
                created_at BIGINT NOT NULL
            );
            CREATE UNIQUE INDEX teams_coalition ON teams (purpose) WHERE organisation IS NULL;
            CREATE UNIQUE INDEX teams_organisation ON teams (organisation, purpose) WHERE organisation IS NOT NULL;
            CREATE TABLE team_keys (
                team TEXT NOT NULL REFERENCES teams (id),
                epoch BIGINT NOT NULL,
                public_key {{blob}} NOT NULL,
                created_at BIGINT NOT NULL,
                PRIMARY KEY (team, epoch)
            );
            CREATE TABLE team_grants (
                team TEXT NOT NULL,
                epoch BIGINT NOT NULL,
                person TEXT NOT NULL REFERENCES people (id),
                sealed_seed {{blob}} NOT NULL,
                granted_by TEXT NOT NULL,
                at BIGINT NOT NULL,
                PRIMARY KEY (team, epoch, person),
                FOREIGN KEY (team, epoch) REFERENCES team_keys (team, epoch)
            );
            CREATE INDEX team_grants_person ON team_grants (person);
            CREATE TABLE sessions (
                id_hash {{blob}} PRIMARY KEY,
                person TEXT NOT NULL REFERENCES people (id),
                wrapped_seed {{blob}},
                created_at BIGINT NOT NULL,
                seen_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                unlocked_until BIGINT NOT NULL
            );
            CREATE INDEX sessions_person ON sessions (person);
            """
        ),
        // The first second factor and recovery code of a member; sessions that their owner can tell apart.
        Migration(
            "2026-11-22-people-2-accounts",
            """
            CREATE TABLE second_factors (
                person TEXT PRIMARY KEY REFERENCES people (id),
                secret {{blob}} NOT NULL,
                used_up_to BIGINT NOT NULL,
                made_at BIGINT NOT NULL
            );
            CREATE TABLE recovery_seeds (
                person TEXT PRIMARY KEY REFERENCES people (id),
                wrapped_seed {{blob}} NOT NULL,
                made_at BIGINT NOT NULL
            );
            CREATE TABLE invitations (
                id TEXT PRIMARY KEY,
                secret_hash {{blob}} NOT NULL UNIQUE,
                handle TEXT NOT NULL CHECK (length(handle) BETWEEN 1 AND 40),
                organisation TEXT NOT NULL REFERENCES organisations (id),
                roles TEXT NOT NULL,
                language TEXT NOT NULL,
                invited_by TEXT NOT NULL REFERENCES people (id),
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL
            );
            CREATE TABLE invitation_teams (
                invitation TEXT NOT NULL REFERENCES invitations (id),
                team TEXT NOT NULL REFERENCES teams (id),
                PRIMARY KEY (invitation, team)
            );
            CREATE TABLE team_waiting (
                team TEXT NOT NULL REFERENCES teams (id),
                person TEXT NOT NULL REFERENCES people (id),
                asked_by TEXT NOT NULL REFERENCES people (id),
                since BIGINT NOT NULL,
                PRIMARY KEY (team, person)
            );
            ALTER TABLE sessions ADD COLUMN device {{blob}};
            """
        ),
        proposals,
        audit,
    ]
}
