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
        ),
        Migration(
            "2026-11-22-messaging-outbox",
            """
            CREATE TABLE providers (
                channel TEXT PRIMARY KEY,
                make TEXT NOT NULL,
                account {{blob}} NOT NULL,
                is_on BIGINT NOT NULL,
                rate DOUBLE PRECISION NOT NULL CHECK (rate > 0),
                price BIGINT NOT NULL DEFAULT 0,
                private_networks BIGINT NOT NULL DEFAULT 0,
                changed_at BIGINT NOT NULL,
                changed_by TEXT
            );
            CREATE TABLE contacts (
                id TEXT PRIMARY KEY,
                person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
                channel TEXT NOT NULL,
                address {{blob}} NOT NULL,
                address_index {{blob}} NOT NULL,
                code {{blob}},
                code_until BIGINT,
                code_tries BIGINT NOT NULL DEFAULT 0,
                confirmed_at BIGINT,
                created_at BIGINT NOT NULL,
                UNIQUE (person, channel)
            );
            CREATE TABLE outbox (
                id TEXT PRIMARY KEY,
                unique_key TEXT NOT NULL UNIQUE,
                channel TEXT NOT NULL,
                pool BIGINT NOT NULL CHECK (pool BETWEEN 0 AND 2),
                organisation TEXT NOT NULL,
                nearness BIGINT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'leased', 'sent', 'dead', 'ended')),
                content {{blob}},
                contact TEXT,
                message TEXT,
                address_index {{blob}},
                passes_opt_out BIGINT NOT NULL DEFAULT 0,
                created_at BIGINT NOT NULL,
                run_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                attempts BIGINT NOT NULL DEFAULT 0,
                lease TEXT,
                leased_until BIGINT,
                twice_at BIGINT,
                reference TEXT,
                delivery TEXT,
                closed_at BIGINT,
                last_error TEXT,
                CHECK (state IN ('waiting', 'leased', 'dead') OR content IS NULL)
            );
            CREATE INDEX outbox_waiting ON outbox (channel, pool, organisation, nearness, created_at)
                WHERE state = 'waiting';
            CREATE INDEX outbox_leased ON outbox (leased_until) WHERE state = 'leased';
            CREATE INDEX outbox_open ON outbox (expires_at) WHERE state IN ('waiting', 'dead');
            CREATE INDEX outbox_closed ON outbox (closed_at);
            CREATE INDEX outbox_twice ON outbox (twice_at) WHERE twice_at IS NOT NULL;
            CREATE TABLE opt_outs (
                channel TEXT NOT NULL,
                address_index {{blob}} NOT NULL,
                at BIGINT NOT NULL,
                PRIMARY KEY (channel, address_index)
            );
            CREATE TABLE inbound_texts (
                id TEXT PRIMARY KEY,
                at BIGINT NOT NULL
            );
            CREATE INDEX inbound_texts_age ON inbound_texts (at)
            """
        ),
        Migration(
            "2026-11-22-messaging-subscribers",
            """
            CREATE TABLE subscribers (
                number {{serial}},
                channel BIGINT NOT NULL,
                address {{blob}} NOT NULL,
                address_index {{blob}} NOT NULL,
                language TEXT NOT NULL,
                topics BIGINT NOT NULL,
                quiet_from BIGINT CHECK (quiet_from BETWEEN 0 AND 1439),
                quiet_to BIGINT CHECK (quiet_to BETWEEN 0 AND 1439),
                urgent_passes BIGINT NOT NULL DEFAULT 0,
                is_canary BIGINT NOT NULL DEFAULT 0,
                state TEXT NOT NULL CHECK (state IN ('pending', 'active')),
                code {{blob}},
                code_until BIGINT,
                code_tries BIGINT NOT NULL DEFAULT 0,
                consent_how TEXT NOT NULL,
                consent_by TEXT,
                consent_version TEXT NOT NULL,
                consent_day TEXT NOT NULL,
                CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
                CHECK (state = 'active' OR code_until IS NOT NULL),
                UNIQUE (channel, address_index)
            );
            CREATE INDEX subscribers_pending ON subscribers (code_until) WHERE state = 'pending';
            CREATE TABLE subscriber_places (
                subscriber BIGINT NOT NULL REFERENCES subscribers (number) ON DELETE CASCADE,
                place TEXT NOT NULL,
                PRIMARY KEY (subscriber, place)
            ) {{without_rowid}};
            CREATE TABLE bulletins (
                number {{serial}},
                cause TEXT NOT NULL UNIQUE,
                organisation TEXT NOT NULL,
                topic BIGINT NOT NULL,
                is_urgent BIGINT NOT NULL,
                follows BIGINT,
                state TEXT NOT NULL CHECK (state IN ('gathering', 'sending', 'stopped', 'sent')),
                gathered_to BIGINT NOT NULL DEFAULT 0,
                gather_end BIGINT NOT NULL,
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                ended_at BIGINT
            );
            CREATE INDEX bulletins_open ON bulletins (created_at) WHERE state IN ('gathering', 'sending');
            CREATE TABLE bulletin_texts (
                bulletin BIGINT NOT NULL REFERENCES bulletins (number) ON DELETE CASCADE,
                language TEXT NOT NULL,
                subject TEXT NOT NULL,
                text TEXT NOT NULL,
                short TEXT NOT NULL,
                link TEXT,
                PRIMARY KEY (bulletin, language)
            );
            CREATE TABLE bulletin_places (
                bulletin BIGINT NOT NULL REFERENCES bulletins (number) ON DELETE CASCADE,
                place TEXT NOT NULL,
                nearness BIGINT NOT NULL,
                PRIMARY KEY (bulletin, place)
            );
            CREATE TABLE bulletin_runs (
                bulletin BIGINT NOT NULL REFERENCES bulletins (number) ON DELETE CASCADE,
                channel BIGINT NOT NULL,
                total BIGINT NOT NULL DEFAULT 0,
                sent BIGINT NOT NULL DEFAULT 0,
                failed BIGINT NOT NULL DEFAULT 0,
                stopped BIGINT NOT NULL DEFAULT 0,
                twice BIGINT NOT NULL DEFAULT 0,
                at_nearness BIGINT NOT NULL DEFAULT -1,
                at_subscriber BIGINT NOT NULL DEFAULT 0,
                to_nearness BIGINT,
                to_subscriber BIGINT,
                resume_at BIGINT NOT NULL DEFAULT 0,
                lease TEXT,
                leased_until BIGINT,
                PRIMARY KEY (bulletin, channel)
            );
            CREATE TABLE deliveries (
                bulletin BIGINT NOT NULL,
                channel BIGINT NOT NULL,
                nearness BIGINT NOT NULL,
                subscriber BIGINT NOT NULL,
                state BIGINT NOT NULL,
                attempts BIGINT NOT NULL DEFAULT 0,
                not_before BIGINT NOT NULL DEFAULT 0,
                twice BIGINT NOT NULL DEFAULT 0,
                PRIMARY KEY (bulletin, channel, nearness, subscriber)
            ) {{without_rowid}}
            """
        ),
        Migration(
            "2026-11-29-messaging-conversations",
            """
            CREATE TABLE conversations (
                id TEXT PRIMARY KEY,
                channel TEXT NOT NULL,
                address_index {{blob}} NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('open', 'finished')),
                language TEXT NOT NULL,
                content {{blob}} NOT NULL,
                at BIGINT NOT NULL
            );
            CREATE UNIQUE INDEX conversations_open ON conversations (channel, address_index) WHERE state = 'open';
            CREATE INDEX conversations_age ON conversations (at)
            """
        ),
        Migration(
            "2026-11-29-messaging-calls",
            """
            CREATE TABLE call_recordings (
                id TEXT PRIMARY KEY,
                name {{blob}} NOT NULL,
                name_index {{blob}} NOT NULL UNIQUE,
                purpose TEXT NOT NULL CHECK (purpose IN ('report', 'voicemail')),
                language TEXT NOT NULL,
                is_overflow BIGINT NOT NULL,
                at BIGINT NOT NULL,
                filed_at BIGINT
            )
            """
        ),
        Migration(
            "2026-11-29-messaging-chunks",
            """
            CREATE TABLE delivery_chunks (
                bulletin BIGINT NOT NULL,
                channel BIGINT NOT NULL,
                nearness BIGINT NOT NULL,
                last BIGINT NOT NULL,
                size BIGINT NOT NULL,
                waiting BIGINT NOT NULL CHECK (waiting BETWEEN 0 AND size),
                subscribers {{blob}} NOT NULL,
                states {{blob}} NOT NULL,
                PRIMARY KEY (bulletin, channel, nearness, last)
            );
            CREATE INDEX deliveries_due ON deliveries (bulletin, channel, not_before, nearness, subscriber)
                WHERE state = 0;
            ALTER TABLE bulletin_runs ADD COLUMN failures BIGINT NOT NULL DEFAULT 0
            """
        ),
        Migration(
            "2026-11-29-messaging-ringing",
            "ALTER TABLE contacts ADD COLUMN rings BIGINT NOT NULL DEFAULT 1"
        ),
        WebHook.migration,
        TextPicture.migration,
        AddressBook.migration,
        Migration(
            "2026-11-29-messaging-exercises",
            "ALTER TABLE messages ADD COLUMN exercise BIGINT NOT NULL DEFAULT 0"
        ),
        TwiceRun.migration,
        Migration(
            "2026-11-29-messaging-put-off",
            "ALTER TABLE bulletin_runs ADD COLUMN put_off BIGINT NOT NULL DEFAULT 0"
        ),
        FiledText.migration,
        BulletinRun.errors,
        Message.declining,
    ]
}
