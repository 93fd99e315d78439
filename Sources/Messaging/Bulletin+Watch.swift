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
        try ChannelKind.allCases.compactMap { kind in
            // Of our own, nearest of all, there are a few: the key begins with the channel, so a few rows are read.
            let chunks = try DeliveryChunk.all(number, kind.turn, nearness: 0, in: tx)
            var states = chunks.flatMap { chunk in chunk.states.indices.map(chunk.state) }.filter {
                $0 != Delivery.apart
            }
            states += try tx.list(
                Int.self,
                """
                SELECT state FROM deliveries
                WHERE bulletin = \(number) AND channel = \(kind.turn) AND nearness = 0
                """
            )
            guard !states.isEmpty else { return nil }
            return Canaries(
                channel: kind,
                total: states.count,
                sent: states.count { $0 == Delivery.sent },
                failed: states.count { $0 == Delivery.failed || $0 == Delivery.stopped }
            )
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
        var found: [(channel: ChannelKind, language: String, count: Int)] = []
        let bulletins = try chain(of: number, in: tx)
        let caring = Set(
            places.isEmpty
                ? []
                : try tx.numbers(
                    """
                    SELECT s.number FROM subscribers s WHERE (s.topics & \(topic.rawValue)) <> 0 AND s.number IN (
                        SELECT p.subscriber FROM subscriber_places p WHERE p.place IN \(list: places.sorted()))
                    """
                )
        )
        let languages = try tx.list(String.self, "SELECT DISTINCT language FROM subscribers ORDER BY language")
        for kind in ChannelKind.allCases {
            var told = caring
            for bulletin in bulletins {
                for chunk in try DeliveryChunk.all(bulletin, kind.turn, in: tx) {
                    told.formUnion(chunk.told)
                }
            }
            told.formUnion(
                try tx.numbers(
                    """
                    SELECT subscriber FROM deliveries
                    WHERE bulletin IN \(list: bulletins) AND channel = \(kind.turn)
                        AND (state = \(Delivery.sent) OR twice = 1)
                    """
                )
            )
            guard !told.isEmpty else { continue }
            for language in languages {
                let count = try tx.numbers(
                    """
                    SELECT number FROM subscribers
                    WHERE channel = \(kind.turn) AND language = \(language) AND state = 'active'
                    """
                ).count(where: told.contains)
                if count > 0 { found.append((kind, language, count)) }
            }
        }
        return found
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
