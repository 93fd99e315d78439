// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit
import People
import Vault

extension WebHook {
    /// What is sent: `{"type", "timestamp", "data"}`, as Standard Webhooks propose.
    private struct Envelope<News: Encodable>: Encodable {
        let type: String
        let timestamp: String
        let data: News
    }

    /// Tells all that are in use, once each for `key`. `at` is when it happened. Needs the instance's key.
    package static func tell<News: Encodable>(
        _ type: String,
        _ news: News,
        key: String,
        at time: Instant,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        let body = try text(type, news, at: time)
        let hooks = try tx.all(WebHook.self, "SELECT * FROM web_hooks WHERE state = 'active' ORDER BY id")
        for hook in hooks { try hook.add(body, key: key, keys: keys, in: tx) }
    }

    /// Sends something that means nothing, the way that everything goes.
    package static func test(_ id: Ref<WebHook>, by caller: Caller, keys: InstanceKeys, in tx: Transaction) throws {
        let hook = try find(id, by: caller, in: tx)
        struct Nothing: Encodable { let text: String }
        let body = try text("test", Nothing(text: "This is a test from Vecinos."), at: tx.now)
        try hook.add(body, key: "test:\(Ref<Outbox>.new(at: tx.now))", pool: .now, keys: keys, in: tx)
        try tx.record(Event("web_hook.tested", subject: id.text, actor: caller.person.text))
    }

    /// What went there in the last two days and what failed, the newest first.
    package func deliveries(limit: Int = 30, in tx: Transaction) throws -> [Outbox] {
        try tx.all(
            Outbox.self,
            """
            SELECT * FROM outbox WHERE channel = 'webhook' AND unique_key LIKE \("hook:\(id):%")
            ORDER BY created_at DESC, id DESC LIMIT \(limit)
            """
        )
    }

    /// Of each, how many were taken and how many given up in the last two days.
    package static func outcomes(in tx: Transaction) throws -> [Ref<WebHook>: (sent: Int, dead: Int)] {
        try tx.rows(
            """
            SELECT substr(unique_key, 6, 36) AS hook, count(*) FILTER (WHERE state = 'sent') AS sent,
                count(*) FILTER (WHERE state = 'dead') AS dead
            FROM outbox WHERE channel = 'webhook' AND unique_key LIKE 'hook:%' GROUP BY substr(unique_key, 6, 36)
            """
        ).reduce(into: [:]) { found, row in
            let (id, sent, dead): (String, Int, Int) = (try row["hook"], try row["sent"], try row["dead"])
            if let id = Ref<WebHook>(id) { found[id] = (sent, dead) }
        }
    }

    private func add(
        _ body: String,
        key: String,
        pool: Outbox.Pool = .soon,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws {
        var target = try opened(keys)
        if oldUntil.map({ $0 <= tx.now }) ?? true { target.before = nil }
        try Outbox.add(
            Parcel(to: target.json, text: body),
            by: .webhook,
            pool: pool,
            key: "hook:\(id):\(key)",
            keys: keys,
            in: tx
        )
    }

    private static func text<News: Encodable>(_ type: String, _ news: News, at time: Instant) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(Envelope(type: type, timestamp: time.iso8601, data: news))
        return String(decoding: data, as: UTF8.self)
    }
}
