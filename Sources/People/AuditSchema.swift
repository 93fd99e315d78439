// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension PeopleMigrations {
    static let audit = Migration(
        "2026-11-22-people-audit",
        """
        CREATE TABLE audit_details (
            log TEXT NOT NULL,
            position BIGINT NOT NULL,
            sealed {{blob}} NOT NULL,
            PRIMARY KEY (log, position)
        );
        CREATE TABLE openings (
            record TEXT NOT NULL,
            person TEXT NOT NULL,
            day TEXT NOT NULL,
            PRIMARY KEY (record, person, day)
        );
        CREATE TABLE escrow_keys (
            epoch BIGINT PRIMARY KEY CHECK (epoch >= 1),
            public_key {{blob}} NOT NULL,
            threshold BIGINT NOT NULL CHECK (threshold = 2),
            created_at BIGINT NOT NULL
        );
        CREATE TABLE escrow_shares (
            epoch BIGINT NOT NULL REFERENCES escrow_keys (epoch),
            person TEXT NOT NULL REFERENCES people (id),
            place BIGINT NOT NULL CHECK (place BETWEEN 1 AND 255),
            sealed_share {{blob}} NOT NULL,
            PRIMARY KEY (epoch, person)
        );
        CREATE TABLE escrow_grants (
            team TEXT NOT NULL,
            team_epoch BIGINT NOT NULL,
            epoch BIGINT NOT NULL REFERENCES escrow_keys (epoch),
            sealed_seed {{blob}} NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY (team, team_epoch, epoch),
            FOREIGN KEY (team, team_epoch) REFERENCES team_keys (team, epoch)
        );
        CREATE TABLE escrow_offers (
            act TEXT NOT NULL,
            epoch BIGINT NOT NULL,
            approver TEXT NOT NULL REFERENCES people (id),
            asker TEXT NOT NULL REFERENCES people (id),
            place BIGINT NOT NULL CHECK (place BETWEEN 1 AND 255),
            sealed_share {{blob}} NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (act, epoch, approver),
            CHECK (approver <> asker)
        );
        """
    )
}
