// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension PeopleMigrations {
    /// Acts that take two. The schema itself says that nobody approves their own.
    static let proposals = Migration(
        "2026-11-22-people-proposals",
        """
        CREATE TABLE proposals (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            payload TEXT NOT NULL,
            sealed_reason {{blob}},
            asked_by TEXT NOT NULL REFERENCES people (id),
            asked_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'alone', 'declined', 'withdrawn', 'expired')),
            decided_by TEXT REFERENCES people (id),
            decided_at BIGINT,
            CHECK ((state = 'open') = (decided_at IS NULL)),
            CHECK (state NOT IN ('approved', 'declined') OR (decided_by IS NOT NULL AND decided_by <> asked_by)),
            CHECK (state NOT IN ('alone', 'withdrawn') OR (decided_by IS NOT NULL AND decided_by = asked_by)),
            CHECK (state NOT IN ('open', 'expired') OR decided_by IS NULL)
        );
        CREATE UNIQUE INDEX proposals_open ON proposals (kind, subject) WHERE state = 'open';
        CREATE INDEX proposals_asked ON proposals (asked_at);
        """
    )
}
