// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// The same words for many: gathered once, then one durable state for each subscriber until all are told. What it says is
/// public, so it stands in plain text. Who may send one, and after whose second key, is decided by what causes it.
package struct Bulletin: Readable {
    package let number: Int64
    /// What it is about: an alert's reference, and which word of it: `…:update:2`. One bulletin for each.
    package let cause: String
    package let organisation: String
    package let topic: Topics
    package let isUrgent: Bool
    package let state: State
    package let createdAt: Instant
    package let expiresAt: Instant
    /// Of what came after another: the first, whose readers it goes to.
    let follows: Int64?
    let gatheredTo: Int64
    let gatherEnd: Int64

    package enum State: String, Bindable, Column { case gathering, sending, stopped, sent }

    package init(row: Row) throws {
        number = try row["number"]
        cause = try row["cause"]
        organisation = try row["organisation"]
        topic = Topics(rawValue: try row["topic"])
        isUrgent = try row["is_urgent"]
        state = try row["state"]
        createdAt = try row["created_at"]
        expiresAt = try row["expires_at"]
        follows = try row["follows"]
        gatheredTo = try row["gathered_to"]
        gatherEnd = try row["gather_end"]
    }

    /// What is said in one language.
    package struct Text: Sendable, Hashable {
        /// The subject of mails, the title of notices.
        package var subject: String
        /// For mail and web hooks.
        package var text: String
        /// For texts, chats and notices; as few segments as can be.
        package var short: String
        package var link: String?

        package init(subject: String, text: String, short: String, link: String? = nil) {
            self.subject = subject
            self.text = text
            self.short = short
            self.link = link
        }
    }

    /// For whom.
    package enum Audience: Sendable {
        /// Everybody who cares for one of these places, the nearest first: the smaller the number, the nearer.
        case places([String: Int])
        /// Everybody who was or may have been told of an earlier bulletin, or of one that followed it, and still wants to
        /// hear.
        case readers(of: Int64)
        /// Those, and everybody who cares for one of these places by now: they may have signed up after the first.
        case readersAnd([String: Int], of: Int64)

        var follows: Int64? {
            switch self {
            case .places: nil
            case .readers(let before), .readersAnd(_, let before): before
            }
        }

        var places: [String: Int] {
            switch self {
            case .places(let places), .readersAnd(let places, _): places
            case .readers: [:]
            }
        }
    }

    /// Begins to tell. In the transaction of its cause; the same cause twice is one bulletin. `texts` by language, with
    /// English for those whose language is missing.
    @discardableResult
    package static func send(
        cause: String,
        texts: [String: Text],
        to audience: Audience,
        topic: Topics,
        isUrgent: Bool,
        organisation: Ref<Organisation>,
        expires: Instant,
        in tx: Transaction
    ) throws -> Int64 {
        if let known = try find(cause: cause, in: tx) { return known.number }
        guard texts["en"] != nil else {
            throw Refusal.invalid(["texts": "bulletin.english|Write it in English too."])
        }
        let end = try tx.one(Int64.self, "SELECT max(number) FROM subscribers") ?? 0
        let number = try tx.one(
            Int64.self,
            """
            INSERT INTO bulletins (cause, organisation, topic, is_urgent, follows, state, gather_end, created_at, expires_at)
            VALUES (\(cause), \(organisation.text), \(topic.rawValue), \(isUrgent), \(audience.follows), 'gathering', \(end),
                \(tx.now), \(expires)) RETURNING number
            """
        )
        guard let number else { throw Refusal.storage }
        for (language, text) in texts {
            try tx.run(
                """
                INSERT INTO bulletin_texts (bulletin, language, subject, text, short, link)
                VALUES (\(number), \(language), \(text.subject), \(text.text), \(text.short), \(text.link))
                """
            )
        }
        for (place, nearness) in audience.places {
            try tx.run(
                """
                INSERT INTO bulletin_places (bulletin, place, nearness)
                VALUES (\(number), \(place), \(max(1, nearness)))
                """
            )
        }
        try tx.record(Event("bulletin.begun", subject: cause, data: ["bulletin": "\(number)"]))
        return number
    }

    package static func find(cause: String, in tx: Transaction) throws -> Bulletin? {
        try tx.first(Bulletin.self, "SELECT * FROM bulletins WHERE cause = \(cause)")
    }

    package static func find(_ number: Int64, in tx: Transaction) throws -> Bulletin? {
        try tx.first(Bulletin.self, "SELECT * FROM bulletins WHERE number = \(number)")
    }

    /// Those whose audience is still being chosen.
    static func gathering(in tx: Transaction) throws -> [Int64] {
        try tx.list(
            Int64.self,
            "SELECT number FROM bulletins WHERE state = 'gathering' ORDER BY is_urgent DESC, created_at"
        )
    }

    /// No more of it goes out; what a provider is being handed at this moment still arrives.
    package static func stop(_ number: Int64, in tx: Transaction) throws {
        let stopped = try tx.run(
            """
            UPDATE bulletins SET state = 'stopped', ended_at = \(tx.now)
            WHERE number = \(number) AND state IN ('gathering', 'sending')
            """
        )
        guard stopped == 1 else { return }
        try tx.record(Event("bulletin.stopped", subject: "\(number)"))
    }

    /// How far it got on each channel.
    package struct Progress: Sendable, Hashable, Readable {
        package let channel: ChannelKind
        package let total: Int
        package let sent: Int
        package let failed: Int
        /// They said stop, or their address is no more.
        package let stopped: Int
        /// May have been told twice, after a process ended in the middle.
        package let twice: Int
        /// Why the provider took nothing at the last try; nil once it takes something.
        package let trouble: String?
        package var waiting: Int { max(0, total - sent - failed - stopped) }

        package init(row: Row) throws {
            let turn: Int = try row["channel"]
            guard let channel = ChannelKind(turn: turn) else { throw ColumnError.mismatch(expected: "a channel") }
            self.channel = channel
            total = try row["total"]
            sent = try row["sent"]
            failed = try row["failed"]
            stopped = try row["stopped"]
            twice = try row["twice"]
            trouble = try row["last_error"]
        }
    }

    package static func progress(_ number: Int64, in tx: Transaction) throws -> [Progress] {
        try tx.all(
            Progress.self,
            """
            SELECT channel, total, sent, failed, stopped, twice, last_error FROM bulletin_runs
            WHERE bulletin = \(number) ORDER BY channel
            """
        )
    }

    /// How many would be told, by channel and language, before anything is sent. Needs no key.
    package static func preview(places: Set<String>, topic: Topics, in tx: Transaction) throws
        -> [(channel: ChannelKind, language: String, count: Int)]
    {
        try tx.rows(
            """
            SELECT s.channel, s.language, count(*) AS n FROM subscribers s
            WHERE s.state = 'active' AND (s.topics & \(topic.rawValue)) <> 0 AND EXISTS (
                SELECT 1 FROM subscriber_places p WHERE p.subscriber = s.number AND p.place IN \(list: places.sorted()))
            GROUP BY s.channel, s.language ORDER BY s.channel, s.language
            """
        ).compactMap { row in
            let turn: Int = try row["channel"]
            let (language, count): (String, Int) = (try row["language"], try row["n"])
            return ChannelKind(turn: turn).map { ($0, language, count) }
        }
    }

    /// The places of an audience with how near each is to the middle of what it is about: the place itself, all inside and
    /// around it, and `*`. In steps of 1, so that bands of the same nearness stay together.
    package static func audience(around place: Place, in places: Places) -> [String: Int] {
        var found = [place.id: 1, Subscriber.Wish.everywhere: 10_000]
        var parent = place.parent
        while let id = parent, found[id] == nil, let above = places.place(id) {
            found[id] = 1_000 + found.count
            parent = above.parent
        }
        for other in places.all where found[other.id] == nil {
            let distance = place.center.distance(to: other.center)
            // Inside it, or overlapping.
            guard distance < place.radius + min(other.radius, 2_000), other.kind != .county else { continue }
            found[other.id] = 2 + min(900, Int(distance / 100))
        }
        return found
    }

    /// Forgets who was told what: the rows go 30 days after the end, the counts with them.
    package static func forget(after age: Duration = .days(30), in tx: Transaction) throws {
        let old = try tx.list(
            Int64.self,
            "SELECT number FROM bulletins WHERE ended_at < \(tx.now - age) ORDER BY number LIMIT 5"
        )
        for number in old {
            try tx.run("DELETE FROM deliveries WHERE bulletin = \(number)")
            try tx.run("DELETE FROM delivery_chunks WHERE bulletin = \(number)")
            try tx.run("DELETE FROM bulletins WHERE number = \(number)")
        }
    }
}
