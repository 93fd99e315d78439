// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Broadcast {
    /// The schema itself says that nobody approves what they wrote, that free words need a second person, and that an
    /// exercise has no bulletin.
    static let migration = Migration(
        "2026-11-29-response-broadcasts",
        """
        CREATE TABLE broadcasts (
            id TEXT PRIMARY KEY,
            organisation TEXT NOT NULL,
            incident TEXT,
            zone TEXT NOT NULL,
            topic BIGINT NOT NULL,
            exercise BIGINT NOT NULL,
            lasts_s BIGINT NOT NULL CHECK (lasts_s BETWEEN 7200 AND 86400),
            made_at BIGINT NOT NULL,
            begun_at BIGINT,
            expires_at BIGINT,
            review_at BIGINT,
            ended_at BIGINT,
            ended_how TEXT CHECK (ended_how IN ('expired', 'over', 'corrected', 'withdrawn', 'discarded')),
            allowed_by TEXT,
            version BIGINT NOT NULL DEFAULT 1,
            CHECK ((ended_at IS NULL) = (ended_how IS NULL)),
            CHECK ((begun_at IS NULL) = (expires_at IS NULL)),
            CHECK (incident IS NULL OR lasts_s <= 14400),
            CHECK (review_at IS NULL OR ended_at IS NULL)
        );
        CREATE UNIQUE INDEX broadcasts_standing ON broadcasts (incident) WHERE incident IS NOT NULL AND ended_at IS NULL;
        CREATE INDEX broadcasts_ended ON broadcasts (ended_at);
        CREATE TABLE tellings (
            id TEXT PRIMARY KEY,
            broadcast TEXT NOT NULL REFERENCES broadcasts (id) ON DELETE CASCADE,
            act TEXT NOT NULL CHECK (act IN ('alert', 'update', 'correction', 'withdrawal', 'all_clear')),
            state TEXT NOT NULL CHECK (state IN ('draft', 'waiting', 'told', 'dropped')),
            written_by TEXT,
            written_at BIGINT NOT NULL,
            proposal TEXT,
            approved_by TEXT,
            told_at BIGINT,
            exercise BIGINT NOT NULL,
            bulletin BIGINT,
            CHECK ((state = 'told') = (told_at IS NOT NULL)),
            CHECK ((state = 'waiting') <= (proposal IS NOT NULL)),
            CHECK (approved_by IS NULL OR (written_by IS NOT NULL AND approved_by <> written_by)),
            CHECK (state <> 'told' OR act NOT IN ('alert', 'update') OR approved_by IS NOT NULL),
            CHECK (bulletin IS NULL OR (exercise = 0 AND state = 'told'))
        );
        CREATE INDEX tellings_broadcast ON tellings (broadcast, written_at);
        CREATE INDEX tellings_told ON tellings (told_at);
        CREATE UNIQUE INDEX tellings_open ON tellings (broadcast) WHERE state IN ('draft', 'waiting');
        CREATE TABLE telling_words (
            telling TEXT NOT NULL REFERENCES tellings (id) ON DELETE CASCADE,
            language TEXT NOT NULL,
            subject TEXT NOT NULL,
            known TEXT NOT NULL,
            todo TEXT NOT NULL,
            PRIMARY KEY (telling, language)
        );
        """
    )

    /// Its page is found by the code in its address, which anybody may type. Those from before get theirs by `Telling.nameOld`.
    static let codes = Migration(
        "2026-11-30-response-telling-codes",
        """
        ALTER TABLE tellings ADD COLUMN code TEXT;
        CREATE INDEX tellings_code ON tellings (code);
        """
    )

    static let kept = Keeping(
        "broadcasts",
        "keeping.broadcasts|What we told subscribers, after it ended",
        always: .days(30)
    )

    static let holdings: [Holding] = [
        Holding(
            "broadcasts",
            "holding.broadcasts|Alerts and notices: about where, how long, how they ended",
            day: "made_at",
            kept: .by(kept),
            plain: """
                id organisation incident zone topic exercise lasts_s made_at begun_at expires_at review_at ended_at \
                ended_how allowed_by version
                """
        ),
        Holding(
            "tellings",
            "holding.tellings|Each thing that was told, who wrote it, and who approved it",
            day: "written_at",
            kept: .by(kept),
            plain: """
                id broadcast act state written_by written_at proposal approved_by told_at exercise bulletin code
                """
        ),
        Holding(
            "telling_words",
            "holding.telling_words|Its words, which were public",
            kept: .by(kept),
            plain: "telling language subject known todo"
        ),
    ]

    /// What is over goes after a month, drafts that nobody sent after a week; how many alerts there were stays.
    static func purge(in tx: Transaction) throws {
        let old = try tx.all(
            Broadcast.self,
            """
            SELECT * FROM broadcasts WHERE ended_at < \(tx.now - kept.usual)
                OR (begun_at IS NULL AND made_at < \(tx.now - .days(7))) ORDER BY made_at LIMIT 200
            """
        )
        guard !old.isEmpty else { return }
        for broadcast in old where broadcast.begunAt != nil && !broadcast.isExercise {
            try tx.run(
                """
                INSERT INTO daily_counts (day, zone, what, count)
                VALUES (\(LocalTime(broadcast.madeAt).isoDay), \(broadcast.zone == "*" ? "" : broadcast.zone),
                    \(broadcast.isAlert ? "broadcasts" : "notices"), 1)
                ON CONFLICT (day, zone, what) DO UPDATE SET count = daily_counts.count + 1
                """
            )
        }
        try kept.leaveReceipt(old.count, in: tx)
        try tx.run("DELETE FROM broadcasts WHERE id IN \(list: old.map(\.id))")
    }

    /// With the incidents they are about.
    static func forget(_ incidents: [Ref<Incident>], in tx: Transaction) throws {
        try tx.run("DELETE FROM broadcasts WHERE incident IN \(list: incidents)")
    }
}
