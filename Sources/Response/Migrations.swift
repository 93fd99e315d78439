// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

package enum ResponseMigrations {
    package static let all = [
        Migration(
            "2026-11-22-response-1",
            """
            CREATE TABLE reports (
                id TEXT PRIMARY KEY,
                code_lookup {{blob}} NOT NULL UNIQUE,
                submission {{blob}} NOT NULL UNIQUE,
                submission_body {{blob}} NOT NULL,
                team TEXT NOT NULL REFERENCES teams (id),
                sealed {{blob}} NOT NULL,
                kind TEXT NOT NULL,
                channel TEXT NOT NULL CHECK (channel IN ('web', 'sms', 'phone', 'api', 'staff')),
                lane TEXT NOT NULL CHECK (lane IN ('linked', 'normal', 'overflow')),
                language TEXT NOT NULL,
                zone TEXT,
                state TEXT NOT NULL CHECK (state IN ('received', 'triaged', 'linked', 'needs_more', 'spam')),
                question TEXT,
                photos BIGINT NOT NULL DEFAULT 0,
                exercise BIGINT NOT NULL DEFAULT 0,
                received_at BIGINT NOT NULL,
                CHECK (zone IS NULL OR length(zone) <= 80)
            );
            CREATE INDEX reports_state ON reports (state, received_at);
            CREATE TABLE incidents (
                id TEXT PRIMARY KEY,
                team TEXT NOT NULL REFERENCES teams (id),
                kind TEXT NOT NULL,
                zone TEXT,
                state TEXT NOT NULL CHECK (state IN ('unverified', 'verifying', 'answered', 'closed')),
                truth TEXT NOT NULL CHECK (truth IN ('unknown', 'confirmed', 'not_enforcement', 'unfounded', 'unable')),
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
                version BIGINT NOT NULL DEFAULT 1
            );
            CREATE INDEX incidents_state ON incidents (state, first_seen_at);
            CREATE TABLE incident_reports (
                incident TEXT NOT NULL REFERENCES incidents (id),
                report TEXT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
                linked_at BIGINT NOT NULL,
                linked_by TEXT,
                why TEXT NOT NULL,
                PRIMARY KEY (incident, report)
            );
            CREATE INDEX incident_reports_report ON incident_reports (report);
            CREATE TABLE suggestions (
                incident TEXT NOT NULL REFERENCES incidents (id),
                other TEXT NOT NULL REFERENCES incidents (id),
                score DOUBLE PRECISION NOT NULL,
                why TEXT NOT NULL,
                at BIGINT NOT NULL,
                dismissed_by TEXT,
                PRIMARY KEY (incident, other)
            );
            CREATE TABLE verifications (
                id TEXT PRIMARY KEY,
                incident TEXT NOT NULL REFERENCES incidents (id),
                person TEXT NOT NULL,
                truth TEXT NOT NULL,
                level BIGINT NOT NULL CHECK (level BETWEEN 0 AND 4),
                how TEXT NOT NULL,
                explanation TEXT,
                sealed_note {{blob}},
                at BIGINT NOT NULL,
                statement TEXT NOT NULL,
                signature {{blob}} NOT NULL
            );
            CREATE INDEX verifications_incident ON verifications (incident, at);
            CREATE TABLE dispatches (
                id TEXT PRIMARY KEY,
                incident TEXT NOT NULL REFERENCES incidents (id),
                role TEXT NOT NULL,
                wanted BIGINT NOT NULL CHECK (wanted BETWEEN 1 AND 20),
                language TEXT,
                wave BIGINT NOT NULL DEFAULT 0,
                state TEXT NOT NULL CHECK (state IN ('asking', 'filled', 'exhausted', 'stopped')),
                shortfall TEXT,
                opened_by TEXT NOT NULL,
                opened_at BIGINT NOT NULL,
                next_wave_at BIGINT,
                sealed_meeting {{blob}}
            );
            CREATE UNIQUE INDEX dispatches_asking ON dispatches (incident, role) WHERE state = 'asking';
            CREATE TABLE assignments (
                id TEXT PRIMARY KEY,
                dispatch TEXT NOT NULL REFERENCES dispatches (id),
                incident TEXT NOT NULL REFERENCES incidents (id),
                person TEXT NOT NULL,
                role TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN
                    ('offered', 'accepted', 'declined', 'expired', 'on_the_way', 'on_scene', 'done', 'called_off')),
                wave BIGINT NOT NULL,
                distance_m BIGINT,
                why TEXT NOT NULL,
                offered_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                answered_at BIGINT,
                arrived_at BIGINT,
                check_in_due_at BIGINT,
                missed_check_ins BIGINT NOT NULL DEFAULT 0,
                ended_at BIGINT,
                UNIQUE (dispatch, person)
            );
            CREATE UNIQUE INDEX assignments_busy ON assignments (person)
                WHERE state IN ('offered', 'accepted', 'on_the_way', 'on_scene');
            CREATE INDEX assignments_incident ON assignments (incident);
            CREATE INDEX assignments_person ON assignments (person, offered_at);
            CREATE TABLE observations (
                id TEXT PRIMARY KEY,
                submission {{blob}} NOT NULL UNIQUE,
                submission_body {{blob}} NOT NULL,
                incident TEXT NOT NULL REFERENCES incidents (id),
                assignment TEXT REFERENCES assignments (id),
                person TEXT NOT NULL,
                sealed {{blob}} NOT NULL,
                photos BIGINT NOT NULL DEFAULT 0,
                seen_at BIGINT NOT NULL,
                received_at BIGINT NOT NULL
            );
            CREATE INDEX observations_incident ON observations (incident, received_at);
            CREATE TABLE files (
                id TEXT PRIMARY KEY,
                owner TEXT NOT NULL,
                owner_kind TEXT NOT NULL CHECK (owner_kind IN ('report', 'observation')),
                sha256 {{blob}} NOT NULL,
                media_type TEXT NOT NULL,
                size BIGINT NOT NULL,
                sealed {{blob}} NOT NULL,
                received_at BIGINT NOT NULL
            );
            CREATE INDEX files_owner ON files (owner);
            CREATE TABLE shifts (
                id TEXT PRIMARY KEY,
                person TEXT NOT NULL,
                role TEXT NOT NULL,
                starts_at BIGINT NOT NULL,
                ends_at BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('planned', 'on', 'handed_over', 'ended')),
                sealed_note {{blob}},
                handed_to TEXT,
                CHECK (ends_at > starts_at)
            );
            CREATE INDEX shifts_time ON shifts (starts_at, ends_at);
            CREATE UNIQUE INDEX shifts_on ON shifts (person, role) WHERE state = 'on';
            CREATE TABLE after_actions (
                incident TEXT PRIMARY KEY REFERENCES incidents (id),
                person TEXT NOT NULL,
                sealed {{blob}} NOT NULL,
                at BIGINT NOT NULL
            );
            CREATE TABLE daily_counts (
                day TEXT NOT NULL,
                zone TEXT NOT NULL,
                what TEXT NOT NULL,
                count BIGINT NOT NULL,
                PRIMARY KEY (day, zone, what)
            );
            """
        ),
        Migration(
            "2026-11-22-response-files",
            "ALTER TABLE files ADD COLUMN is_in_folder BIGINT NOT NULL DEFAULT 0"
        ),
        Migration(
            "2026-11-22-response-mailboxes",
            """
            CREATE TABLE mailboxes (
                report TEXT PRIMARY KEY REFERENCES reports (id) ON DELETE CASCADE,
                public_key {{blob}} NOT NULL,
                wrapped {{blob}} NOT NULL,
                messages BIGINT NOT NULL DEFAULT 0
            );
            CREATE TABLE mailbox_messages (
                id TEXT PRIMARY KEY,
                report TEXT NOT NULL REFERENCES mailboxes (report) ON DELETE CASCADE,
                position BIGINT NOT NULL,
                sender TEXT NOT NULL CHECK (sender IN ('team', 'reporter')),
                sealed {{blob}} NOT NULL,
                sending {{blob}} NOT NULL UNIQUE,
                is_unread BIGINT NOT NULL,
                burn_at BIGINT,
                UNIQUE (report, position)
            );
            CREATE INDEX mailbox_messages_unread ON mailbox_messages (sender, report) WHERE is_unread = 1;
            CREATE INDEX mailbox_messages_burn ON mailbox_messages (burn_at);
            """
        ),
        Migration(
            "2026-11-22-response-retention",
            """
            ALTER TABLE reports ADD COLUMN adds_to TEXT REFERENCES reports (id) ON DELETE SET NULL;
            CREATE INDEX reports_adds_to ON reports (adds_to) WHERE adds_to IS NOT NULL;
            CREATE TABLE legal_holds (
                id TEXT PRIMARY KEY,
                incident TEXT NOT NULL REFERENCES incidents (id),
                sealed_reason {{blob}} NOT NULL,
                asked_by TEXT NOT NULL,
                approved_by TEXT NOT NULL,
                placed_at BIGINT NOT NULL,
                review_at BIGINT NOT NULL,
                lifted_at BIGINT,
                lift_asked_by TEXT,
                lift_approved_by TEXT,
                CHECK (review_at > placed_at),
                CHECK ((lifted_at IS NULL) = (lift_approved_by IS NULL)),
                CHECK ((lifted_at IS NULL) = (lift_asked_by IS NULL))
            );
            CREATE UNIQUE INDEX legal_holds_standing ON legal_holds (incident) WHERE lifted_at IS NULL;
            CREATE TABLE retention_clock (
                one BIGINT PRIMARY KEY CHECK (one = 1),
                seen_at BIGINT NOT NULL,
                distrusted_at BIGINT
            );
            """
        ),
        PublicNotice.migration,
        Broadcast.migration,
        Inquiry.migration,
        lean,
        Migration(
            "2026-11-29-response-run-cards",
            """
            DROP INDEX dispatches_asking;
            CREATE UNIQUE INDEX dispatches_asking ON dispatches (incident, role, coalesce(language, ''))
                WHERE state = 'asking';
            """
        ),
        Migration(
            "2026-11-29-response-open-shifts",
            """
            CREATE TABLE open_shifts (
                id TEXT PRIMARY KEY,
                role TEXT NOT NULL,
                starts_at BIGINT NOT NULL,
                ends_at BIGINT NOT NULL,
                places BIGINT NOT NULL CHECK (places BETWEEN 1 AND 20),
                taken BIGINT NOT NULL DEFAULT 0,
                opened_by TEXT NOT NULL,
                CHECK (ends_at > starts_at),
                CHECK (taken BETWEEN 0 AND places)
            );
            CREATE INDEX open_shifts_time ON open_shifts (starts_at, ends_at);
            ALTER TABLE shifts ADD COLUMN opening TEXT REFERENCES open_shifts (id) ON DELETE SET NULL;
            ALTER TABLE shifts ADD COLUMN offered_at BIGINT;
            ALTER TABLE shifts ADD COLUMN taker TEXT;
            ALTER TABLE shifts ADD COLUMN sealed_override {{blob}};
            CREATE UNIQUE INDEX shifts_opening ON shifts (opening, person) WHERE opening IS NOT NULL;
            CREATE INDEX shifts_person ON shifts (person, starts_at);
            """
        ),
        care, slots, witness, Exercise.migration, spare, stepped, unreadable,
        Broadcast.codes, Flood.drills, plain, Shift.uncertifiedColumn, accord, CheckIn.sought,
    ]
    private static let care = Migration(
        "2026-11-29-response-care",
        """
        CREATE TABLE care_checks (
            id TEXT PRIMARY KEY,
            person TEXT NOT NULL,
            subject TEXT NOT NULL,
            cause TEXT NOT NULL CHECK (cause IN ('mission', 'hard', 'load')),
            state TEXT NOT NULL CHECK (state IN ('asked', 'answered', 'declined')),
            asked_at BIGINT NOT NULL,
            answered_at BIGINT,
            wants_call BIGINT NOT NULL DEFAULT 0,
            called_at BIGINT,
            called_by TEXT,
            sealed {{blob}},
            UNIQUE (subject, person),
            CHECK ((answered_at IS NULL) = (state = 'asked')),
            CHECK ((called_at IS NULL) = (called_by IS NULL)),
            CHECK (state = 'answered' OR (wants_call = 0 AND sealed IS NULL))
        );
        CREATE INDEX care_checks_person ON care_checks (person, asked_at);
        CREATE TABLE debrief_meetings (
            incident TEXT PRIMARY KEY REFERENCES incidents (id),
            meets_at BIGINT NOT NULL,
            called_by TEXT NOT NULL,
            sealed_place {{blob}}
        );
        CREATE TABLE debrief_guests (
            incident TEXT NOT NULL REFERENCES debrief_meetings (incident),
            person TEXT NOT NULL,
            comes BIGINT CHECK (comes IN (0, 1)),
            PRIMARY KEY (incident, person)
        );
        """
    )
    /// Whoever may have several at once has each in a slot of its own: two dispatchers still can't fill one twice.
    private static let slots = Migration(
        "2026-11-29-response-slots",
        """
        ALTER TABLE assignments ADD COLUMN slot BIGINT NOT NULL DEFAULT 0;
        DROP INDEX assignments_busy;
        CREATE UNIQUE INDEX assignments_busy ON assignments (person, slot)
            WHERE state IN ('offered', 'accepted', 'on_the_way', 'on_scene');
        """
    )
    /// What somebody saw on the scene rests on the eyes of somebody who was sent there (docs/decisions/0071).
    private static let witness = Migration(
        "2026-11-29-response-witness",
        "ALTER TABLE verifications ADD COLUMN witness TEXT;"
    )
    /// Who was told that enough said yes, before they answered, may be asked again when a place is free
    /// (docs/response.md).
    private static let spare = Migration(
        "2026-11-30-response-spare",
        "ALTER TABLE assignments ADD COLUMN spare BIGINT NOT NULL DEFAULT 0;"
    )
    /// What only begins as a picture supports nothing.
    private static let unreadable = Migration(
        "2026-11-30-response-unreadable",
        "ALTER TABLE files ADD COLUMN is_unreadable BIGINT NOT NULL DEFAULT 0;"
    )
    /// How far the accounts of an incident agree (docs/decisions/0088).
    private static let accord = Migration(
        "2026-11-30-response-accord",
        "ALTER TABLE incidents ADD COLUMN accord BIGINT NOT NULL DEFAULT 0;"
    )
    /// At which version somebody took a step, and at which those who were sent did something: a page may be too old for one
    /// step and not for another (docs/decisions/0077).
    private static let stepped = Migration(
        "2026-11-30-response-stepped",
        """
        ALTER TABLE incidents ADD COLUMN stepped BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE incidents ADD COLUMN sent BIGINT NOT NULL DEFAULT 0;
        UPDATE incidents SET stepped = version;
        """
    )
    /// A sending is found by the same hash as its report, so one index of hashes goes; links stand in the order in which
    /// they come (docs/decisions/0058).
    private static let lean = Migration(
        "2026-11-29-response-lean",
        rebuilding: """
            CREATE TABLE reports_lean (
                id TEXT PRIMARY KEY,
                code_lookup {{blob}} NOT NULL UNIQUE,
                submission_body {{blob}} NOT NULL,
                team TEXT NOT NULL REFERENCES teams (id),
                sealed {{blob}} NOT NULL,
                kind TEXT NOT NULL,
                channel TEXT NOT NULL CHECK (channel IN ('web', 'sms', 'phone', 'api', 'staff')),
                lane TEXT NOT NULL CHECK (lane IN ('linked', 'normal', 'overflow')),
                language TEXT NOT NULL,
                zone TEXT,
                state TEXT NOT NULL CHECK (state IN ('received', 'triaged', 'linked', 'needs_more', 'spam')),
                question TEXT,
                photos BIGINT NOT NULL DEFAULT 0,
                exercise BIGINT NOT NULL DEFAULT 0,
                received_at BIGINT NOT NULL,
                adds_to TEXT REFERENCES reports (id) ON DELETE SET NULL,
                CHECK (zone IS NULL OR length(zone) <= 80)
            );
            INSERT INTO reports_lean (id, code_lookup, submission_body, team, sealed, kind, channel, lane, language, zone,
                state, question, photos, exercise, received_at, adds_to)
            SELECT id, code_lookup, submission_body, team, sealed, kind, channel, lane, language, zone,
                state, question, photos, exercise, received_at, adds_to
            FROM reports ORDER BY received_at, id;
            DROP TABLE reports;
            ALTER TABLE reports_lean RENAME TO reports;
            CREATE INDEX reports_received ON reports (received_at);
            CREATE INDEX reports_adds_to ON reports (adds_to) WHERE adds_to IS NOT NULL;
            CREATE TABLE incident_reports_lean (
                incident TEXT NOT NULL REFERENCES incidents (id),
                report TEXT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
                linked_at BIGINT NOT NULL,
                linked_by TEXT,
                why TEXT NOT NULL,
                PRIMARY KEY (report, incident)
            ) WITHOUT ROWID;
            INSERT INTO incident_reports_lean (incident, report, linked_at, linked_by, why)
            SELECT incident, report, linked_at, linked_by, why FROM incident_reports ORDER BY report, incident;
            DROP TABLE incident_reports;
            ALTER TABLE incident_reports_lean RENAME TO incident_reports;
            CREATE INDEX incident_reports_incident ON incident_reports (incident);
            """,
        postgres: """
            ALTER TABLE reports DROP COLUMN submission;
            DROP INDEX reports_state;
            CREATE INDEX reports_received ON reports (received_at);
            """
    )
}
