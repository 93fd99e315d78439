// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

extension Bulletin {
    /// What became of our own, who are told first: so that somebody sees what goes out before everybody has it.
    package struct Canaries: Sendable, Hashable {
        package let channel: ChannelKind
        package let total: Int
        package let sent: Int
        package let failed: Int
    }

    package static func canaries(_ number: Int64, in tx: Transaction) throws -> [Canaries] {
        // Channel by channel, since the key begins with it: else a million rows are looked through for three.
        let channels = ChannelKind.allCases.map(\.turn)
        return try tx.rows(
            """
            SELECT channel, count(*) AS total, count(*) FILTER (WHERE state = \(Delivery.sent)) AS sent,
                count(*) FILTER (WHERE state IN (\(Delivery.failed), \(Delivery.stopped))) AS failed
            FROM deliveries WHERE bulletin = \(number) AND channel IN \(list: channels) AND nearness = 0
            GROUP BY channel ORDER BY channel
            """
        ).compactMap { row in
            let turn: Int = try row["channel"]
            let (total, sent, failed): (Int, Int, Int) = (try row["total"], try row["sent"], try row["failed"])
            return ChannelKind(turn: turn).map { Canaries(channel: $0, total: total, sent: sent, failed: failed) }
        }
    }

    /// Its state as somebody watching would say it: what waits only for quiet hours to end, or for a channel that nobody
    /// carries, is not being sent.
    package static func seen(_ number: Int64, in tx: Transaction) throws -> State? {
        guard let bulletin = try find(number, in: tx) else { return nil }
        guard bulletin.state == .sending else { return bulletin.state }
        let open = Set(try Provider.open(in: tx).map(\.turn))
        let due = try tx.list(
            Int.self,
            """
            SELECT channel FROM bulletin_runs
            WHERE bulletin = \(number) AND total > sent + failed + stopped AND resume_at <= \(tx.now)
            """
        )
        return due.contains(where: open.contains) ? .sending : .sent
    }

    /// Who got, or may have got, a bulletin or what followed it, and still wants to hear, by channel and language; with
    /// `places` also who cares for one of them by now.
    package static func readers(of number: Int64, and places: Set<String> = [], topic: Topics = [], in tx: Transaction)
        throws -> [(channel: ChannelKind, language: String, count: Int)]
    {
        try tx.rows(
            """
            SELECT s.channel, s.language, count(*) AS n FROM subscribers s
            WHERE s.state = 'active' AND (s.number IN (
                    SELECT d.subscriber FROM deliveries d JOIN bulletins b ON b.number = d.bulletin
                    WHERE (b.number = \(number) OR b.follows = \(number)) AND (d.state = \(Delivery.sent) OR d.twice = 1))
                OR ((s.topics & \(topic.rawValue)) <> 0 AND s.number IN (
                    SELECT p.subscriber FROM subscriber_places p WHERE p.place IN \(list: places.sorted()))))
            GROUP BY s.channel, s.language ORDER BY s.channel, s.language
            """
        ).compactMap { row in
            let turn: Int = try row["channel"]
            let (language, count): (String, Int) = (try row["language"], try row["n"])
            return ChannelKind(turn: turn).map { ($0, language, count) }
        }
    }

    /// Whether batches of it are in a process's hands: who is in them got it, and it isn't written down yet. Those of a
    /// process that ended are marked as told, perhaps.
    static func isInHand(_ number: Int64, in tx: Transaction) throws -> Bool {
        let held = try tx.all(
            BulletinRun.self,
            "SELECT * FROM bulletin_runs WHERE bulletin = \(number) AND lease IS NOT NULL AND leased_until < \(tx.now)"
        )
        for run in held { try BulletinRun.letGo(run, in: tx) }
        return try tx.count("SELECT count(*) FROM bulletin_runs WHERE bulletin = \(number) AND lease IS NOT NULL") > 0
    }
}
