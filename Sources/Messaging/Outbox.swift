// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import People
import Vault

/// Messages on their way out of these pages, one row each, written in the transaction of their cause. At least once, and
/// recognisable when twice. What a row says is encrypted and goes when it was handed over, or after its time.
package struct Outbox: Readable {
    /// Who waits for whom: `now` never stands behind `bulk`.
    package enum Pool: Int, Sendable, CaseIterable {
        case now, soon, bulk
    }

    package enum State: String, Bindable, Column { case waiting, leased, sent, dead, ended }

    package let id: Ref<Outbox>
    package let channel: ChannelKind
    package let pool: Int
    package let state: State
    package let attempts: Int
    package let createdAt: Instant
    package let expiresAt: Instant
    /// When it was taken up again after a process ended in the middle of sending it.
    package let twiceAt: Instant?
    /// What the provider said came of it: `delivered`, `undelivered` …
    package let delivery: String?
    package let lastError: String?
    let uniqueKey: String
    let content: [UInt8]?
    let contact: Ref<Contact>?
    let message: Ref<Message>?
    let addressIndex: [UInt8]?
    let passesOptOut: Bool

    package init(row: Row) throws {
        id = try row["id"]
        channel = try row["channel"]
        pool = try row["pool"]
        state = try row["state"]
        attempts = try row["attempts"]
        createdAt = try row["created_at"]
        expiresAt = try row["expires_at"]
        twiceAt = try row["twice_at"]
        delivery = try row["delivery"]
        lastError = try row["last_error"]
        uniqueKey = try row["unique_key"]
        content = try row["content"]
        contact = try row["contact"]
        message = try row["message"]
        addressIndex = try row["address_index"]
        passesOptOut = try row["passes_opt_out"]
    }

    /// Puts a finished message in the box. The same `key` twice is one message; false then. `nearness` in metres or any
    /// other measure: the smaller goes first, then the fresher. `passesOptOut` is for the one answer to "stop".
    /// Throws `Refusal.messagesWait` while the instance is locked.
    @discardableResult
    package static func add(
        _ parcel: Parcel,
        by channel: ChannelKind,
        pool: Pool,
        key: String,
        organisation: Ref<Organisation>? = nil,
        nearness: Int = 0,
        expires: Duration = .hours(24),
        passesOptOut: Bool = false,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws -> Bool {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        let id = Ref<Outbox>.new(at: tx.now)
        let content = try unlocked.fields.seal(
            String(decoding: JSONEncoder().encode(parcel), as: UTF8.self),
            table: "outbox",
            column: "content",
            id: id.text
        )
        let index = try channel.index(parcel.address, unlocked)
        return try tx.run(
            """
            INSERT INTO outbox (id, unique_key, channel, pool, organisation, nearness, state, content, address_index,
                passes_opt_out, created_at, run_at, expires_at)
            VALUES (\(id), \(key), \(channel), \(pool.rawValue), \(organisation?.text ?? ""), \(nearness), 'waiting',
                \(content), \(index), \(passesOptOut), \(tx.now), \(tx.now), \(tx.now + min(expires, .hours(24))))
            ON CONFLICT (unique_key) DO NOTHING
            """
        ) == 1
    }

    /// A message to a member, to be written in their words when it goes out: needs no key, so it can be told while locked.
    static func add(_ message: Ref<Message>, to contact: Contact, pool: Pool, until: Instant, in tx: Transaction) throws
    {
        try tx.run(
            """
            INSERT INTO outbox (id, unique_key, channel, pool, organisation, nearness, state, contact, message,
                address_index, created_at, run_at, expires_at)
            VALUES (\(Ref<Outbox>.new(at: tx.now)), \("message:\(message.text):\(contact.channel.rawValue)"),
                \(contact.channel), \(pool.rawValue), \(contact.organisation.text), 0, 'waiting', \(contact.id),
                \(message), \(contact.addressIndex), \(tx.now), \(tx.now), \(min(until, tx.now + .hours(24))))
            ON CONFLICT (unique_key) DO NOTHING
            """
        )
    }

    /// What a provider's word says became of a message: it is there, or it will not come.
    package enum Arrival: Sendable { case there, never }

    private static let there = ["delivered", "read"]
    private static let never = ["undelivered", "failed"]

    /// Whether a provider's call names one of ours: else nothing is written.
    package static func isKnown(_ key: String, in tx: Transaction) throws -> Bool {
        guard let id = Ref<Outbox>(key) else { return false }
        return try tx.one(Int.self, "SELECT 1 FROM outbox WHERE id = \(id)") != nil
    }

    /// What the provider says became of a message, found by the key that it was given. Providers tell late and out of
    /// order: what is on its way says nothing any more once an end was told, and what was read had arrived.
    package static func note(_ status: String, key: String, in tx: Transaction) throws {
        let onItsWay = ["accepted", "queued", "sending", "sent"]
        guard (onItsWay + there + never).contains(status), let id = Ref<Outbox>(key) else { return }
        let ends = onItsWay.contains(status) ? there + never : there
        try tx.run(
            """
            UPDATE outbox SET delivery = \(status)
            WHERE id = \(id) AND (delivery IS NULL OR \(status) = 'read' OR delivery NOT IN \(list: ends))
            """
        )
    }

    /// Of the messages that were handed over: how many providers said arrived, and never will. Most say nothing.
    package static func arrivals(in tx: Transaction) throws -> [ChannelKind: [Arrival: Int]] {
        try tx.rows(
            """
            SELECT channel, delivery, count(*) AS n FROM outbox WHERE delivery IN \(list: there + never)
            GROUP BY channel, delivery
            """
        ).reduce(into: [:]) { found, row in
            let arrival: Arrival = there.contains(try row["delivery"]) ? .there : .never
            found[try row["channel"], default: [:]][arrival, default: 0] += try row["n"] as Int
        }
    }

    /// Those that were given up, newest first.
    package static func dead(limit: Int = 100, in tx: Transaction) throws -> [Outbox] {
        try tx.all(Outbox.self, "SELECT * FROM outbox WHERE state = 'dead' ORDER BY created_at DESC LIMIT \(limit)")
    }

    /// Those that may have gone out twice, newest first.
    package static func twice(limit: Int = 100, in tx: Transaction) throws -> [Outbox] {
        try tx.all(
            Outbox.self,
            "SELECT * FROM outbox WHERE twice_at IS NOT NULL ORDER BY twice_at DESC LIMIT \(limit)"
        )
    }

    /// Why those that wait could not be handed over at their last try: how many on each channel, the most first.
    package static func troubles(in tx: Transaction) throws -> [(channel: ChannelKind, why: String, count: Int)] {
        try tx.rows(
            """
            SELECT channel, last_error, count(*) AS n FROM outbox
            WHERE state IN ('waiting', 'leased') AND last_error IS NOT NULL
            GROUP BY channel, last_error ORDER BY n DESC, channel, last_error LIMIT 20
            """
        ).map { row in (try row["channel"], try row["last_error"], try row["n"]) }
    }

    /// How many are in each state, by channel.
    package static func counts(in tx: Transaction) throws -> [ChannelKind: [State: Int]] {
        try tx.rows("SELECT channel, state, count(*) AS n FROM outbox GROUP BY channel, state")
            .reduce(into: [:]) { found, row in
                found[try row["channel"], default: [:]][try row["state"]] = try row["n"] as Int
            }
    }

    /// Gives one that was given up another chance, while its time lasts.
    package static func retry(_ id: Ref<Outbox>, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.manageSettings)
        let changed = try tx.run(
            """
            UPDATE outbox SET state = 'waiting', attempts = 0, run_at = \(tx.now), closed_at = NULL
            WHERE id = \(id) AND state = 'dead' AND expires_at > \(tx.now)
            """
        )
        guard changed == 1 else { throw Refusal.notFound }
    }

    /// Empties what is past its time, and forgets what was closed two days ago; until then its key keeps it from being
    /// sent again. What was handed over and may have gone twice stays in the list as long.
    package static func sweep(in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE outbox SET state = 'ended', content = NULL, closed_at = \(tx.now),
                last_error = coalesce(last_error, 'too late')
            WHERE state IN ('waiting', 'dead') AND expires_at <= \(tx.now)
            """
        )
        try tx.run("DELETE FROM outbox WHERE closed_at < \(tx.now - .days(2)) AND state IN ('sent', 'ended')")
        try tx.run("DELETE FROM inbound_texts WHERE at < \(tx.now - .days(2))")
    }
}
