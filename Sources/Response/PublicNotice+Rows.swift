// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension PublicNotice {
    static let migration = Migration(
        "2026-11-22-response-public-notices",
        """
        CREATE TABLE public_notices (
            id TEXT PRIMARY KEY,
            incident TEXT NOT NULL,
            act TEXT NOT NULL CHECK (act IN ('alert', 'update', 'cancel', 'told', 'withdrawn')),
            chain TEXT,
            at BIGINT NOT NULL,
            kind TEXT NOT NULL,
            zone TEXT,
            truth TEXT NOT NULL CHECK (truth <> 'unknown'),
            is_over BIGINT NOT NULL,
            explanation TEXT,
            level BIGINT NOT NULL,
            how TEXT,
            first_seen_at BIGINT NOT NULL,
            answered_at BIGINT NOT NULL,
            expires_at BIGINT,
            exercise BIGINT NOT NULL,
            sender TEXT,
            cap {{blob}},
            signature TEXT,
            CHECK ((cap IS NULL) = (sender IS NULL)),
            CHECK (signature IS NULL OR cap IS NOT NULL),
            CHECK (act NOT IN ('alert', 'update', 'cancel') OR chain IS NOT NULL),
            CHECK (act <> 'told' OR chain IS NULL)
        );
        CREATE INDEX public_notices_incident ON public_notices (incident, at);
        CREATE INDEX public_notices_at ON public_notices (at);
        CREATE INDEX public_notices_waiting ON public_notices (at) WHERE chain IS NOT NULL AND signature IS NULL;
        """
    )

    static let holdings = [
        Holding(
            "public_notices",
            "holding.public_notices|What we told everybody, and the alerts made of it",
            day: "at",
            kept: .by(ResponseMigrations.notices),
            plain: """
                id incident act chain at kind zone truth is_over explanation level how first_seen_at answered_at \
                expires_at exercise sender cap signature
                """
        )
    ]

    private static let columns: SQL = """
        SELECT n.id AS notice, n.incident AS id, n.act, n.chain, n.at, n.kind, n.zone, n.truth, n.is_over,
            n.explanation, n.level, n.how, n.first_seen_at, n.answered_at, n.expires_at, n.exercise, n.sender, n.cap,
            n.signature
        FROM public_notices n
        """

    static func latest(of incident: Ref<Incident>, in tx: Transaction) throws -> PublicNotice? {
        try tx.first(
            PublicNotice.self,
            "\(columns) WHERE n.incident = \(incident) ORDER BY n.at DESC, n.id DESC LIMIT 1"
        )
    }

    static func find(_ id: Ref<PublicNotice>, in tx: Transaction) throws -> PublicNotice? {
        try tx.first(PublicNotice.self, "\(columns) WHERE n.id = \(id)")
    }

    /// Everything that was told since, oldest first; no exercises, but in a demonstration.
    package static func since(_ time: Instant, exercises: Bool, in tx: Transaction) throws -> [PublicNotice] {
        let real: SQL = exercises ? "" : "AND n.exercise = 0"
        return try tx.all(
            PublicNotice.self,
            "\(columns) WHERE n.at >= \(time) \(real) ORDER BY n.at DESC, n.id DESC LIMIT 1000"
        ).reversed()
    }

    /// An alert that was published; nil for what isn't public.
    package static func published(
        _ id: Ref<PublicNotice>,
        exercises: Bool,
        in tx: Transaction
    ) throws -> PublicNotice? {
        let real: SQL = exercises ? "" : "AND n.exercise = 0"
        return try tx.first(PublicNotice.self, "\(columns) WHERE n.id = \(id) AND n.cap IS NOT NULL \(real)")
    }

    /// The published alert with exactly these bytes; nil when there is none.
    package static func written(as bytes: [UInt8], exercises: Bool, in tx: Transaction) throws -> PublicNotice? {
        let real: SQL = exercises ? "" : "AND n.exercise = 0"
        return try tx.first(PublicNotice.self, "\(columns) WHERE n.cap = \(bytes) \(real) ORDER BY n.at LIMIT 1")
    }

    /// What came after it in its chain, up to the newest.
    package func newest(in tx: Transaction) throws -> PublicNotice? {
        try tx.first(
            PublicNotice.self,
            "\(Self.columns) WHERE n.chain = \(chain) ORDER BY n.at DESC, n.id DESC LIMIT 1"
        )
    }

    /// Alerts that are not written yet, or not signed yet; oldest first, since an alert names those before it.
    package static func waiting(signed: Bool, in tx: Transaction) throws -> [PublicNotice] {
        let unsigned: SQL = signed ? "" : "AND n.cap IS NULL"
        return try tx.all(
            PublicNotice.self,
            "\(columns) WHERE n.chain IS NOT NULL AND n.signature IS NULL \(unsigned) ORDER BY n.at, n.id LIMIT 200"
        )
    }

    /// The alerts before this one that it changes: those that still hold, and the newest in any case.
    package func earlier(in tx: Transaction) throws -> [PublicNotice] {
        guard let chain, act != .alert else { return [] }
        let all = try tx.all(
            PublicNotice.self,
            """
            \(Self.columns) WHERE n.chain = \(chain) AND n.cap IS NOT NULL AND (n.at < \(at) OR (n.at = \(at) AND n.id < \(id)))
            ORDER BY n.at DESC, n.id DESC LIMIT 40
            """
        )
        return all.enumerated().filter { $0.offset == 0 || CAP.expiry(of: $0.element) > at }.map(\.element).reversed()
    }

    /// Keeps the alert's bytes for good: what was read once never changes under its name.
    package func publish(_ cap: [UInt8], from sender: String, in tx: Transaction) throws {
        try tx.run(
            "UPDATE public_notices SET cap = \(cap), sender = \(sender) WHERE id = \(id) AND cap IS NULL"
        )
    }

    package func sign(_ note: String, in tx: Transaction) throws {
        try tx.run("UPDATE public_notices SET signature = \(note) WHERE id = \(id) AND signature IS NULL")
    }

    /// With the incidents they are about.
    static func forget(_ incidents: [Ref<Incident>], in tx: Transaction) throws {
        try tx.run("DELETE FROM public_notices WHERE incident IN \(list: incidents)")
    }

    /// Alert texts go after a month; how many alerts there were stays.
    static func purge(in tx: Transaction) throws {
        let old = tx.now - ResponseMigrations.notices.usual
        let gone = try tx.all(
            PublicNotice.self,
            """
            \(columns) WHERE n.at < \(old) AND n.incident NOT IN (\(LegalHold.held)) ORDER BY n.at LIMIT 500
            """
        )
        guard !gone.isEmpty else { return }
        for notice in gone where notice.act == .alert && !notice.item.isExercise {
            try tx.run(
                """
                INSERT INTO daily_counts (day, zone, what, count)
                VALUES (\(LocalTime(notice.at).isoDay), \(notice.item.zone ?? ""), 'alerts', 1)
                ON CONFLICT (day, zone, what) DO UPDATE SET count = daily_counts.count + 1
                """
            )
        }
        try ResponseMigrations.notices.leaveReceipt(gone.count, in: tx)
        try tx.run("DELETE FROM public_notices WHERE id IN \(list: gone.map(\.id))")
    }
}

extension ResponseMigrations {
    package static let notices = Keeping(
        "public_notices",
        "keeping.public_notices|Public alerts and what they said",
        always: .days(30)
    )
}
