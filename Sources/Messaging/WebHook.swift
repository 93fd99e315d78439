// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// Another program that is told what we tell the public: where, and under which secret. Address and secrets are encrypted
/// under the instance's key; a secret is shown once, when it is made.
package struct WebHook: Readable, Sendable {
    package enum State: String, Sendable, CaseIterable, Bindable, Column {
        case active, paused
        /// Its server said that it is gone (410).
        case gone

        package var label: Phrase {
            switch self {
            case .active: "hook.active|In use"
            case .paused: "hook.paused|Paused"
            case .gone: "hook.gone|Its server says it is gone"
            }
        }
    }

    package let id: Ref<WebHook>
    /// Whose program it is, for us.
    package let name: String
    package let state: State
    package let madeAt: Instant
    /// Until when the secret before this one signs too.
    package let oldUntil: Instant?
    let target: [UInt8]

    package static let longestName = 80
    package static let most = 50
    /// So long a program may take to learn its new secret.
    package static let overlap = Duration.hours(24)

    package init(row: Row) throws {
        id = try row["id"]
        name = try row["name"]
        state = try row["state"]
        madeAt = try row["made_at"]
        oldUntil = try row["old_until"]
        target = try row["target"]
    }

    static let migration = Migration(
        "2026-11-29-messaging-web-hooks",
        """
        CREATE TABLE web_hooks (
            id TEXT PRIMARY KEY,
            organisation TEXT NOT NULL,
            name TEXT NOT NULL,
            target {{blob}} NOT NULL,
            address_index {{blob}} NOT NULL UNIQUE,
            state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'gone')),
            old_until BIGINT,
            made_by TEXT,
            made_at BIGINT NOT NULL
        )
        """
    )

    package static func all(by caller: Caller, in tx: Transaction) throws -> [WebHook] {
        try caller.require(.manageSettings)
        return try tx.all(WebHook.self, "SELECT * FROM web_hooks ORDER BY name, id")
    }

    package static func find(_ id: Ref<WebHook>, by caller: Caller, in tx: Transaction) throws -> WebHook {
        try caller.require(.manageSettings)
        guard let found = try tx.first(WebHook.self, "SELECT * FROM web_hooks WHERE id = \(id)") else {
            throw Refusal.notFound
        }
        return found
    }

    /// Whether anybody has to be told. Needs no key.
    package static func areAny(in tx: Transaction) throws -> Bool {
        try tx.count("SELECT count(*) FROM web_hooks WHERE state = 'active'") > 0
    }

    /// Where it is called; for the page of whoever may change it.
    package func address(_ keys: InstanceKeys) throws -> String { try opened(keys).url.text }

    func opened(_ keys: InstanceKeys) throws -> WebhookTarget {
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        let json = try unlocked.fields.open(target, table: "web_hooks", column: "target", id: id.text)
        guard let found = WebhookTarget(json: json) else { throw VaultError.damaged }
        return found
    }

    /// Adds one, and opens the channel where nobody set it up yet. Answers its secret, which is shown this once.
    package static func add(
        _ name: String,
        at address: String,
        by caller: Caller,
        keys: InstanceKeys,
        in tx: Transaction
    ) throws -> (id: Ref<WebHook>, secret: String) {
        try caller.require(.manageSettings)
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        let provider = try Provider.find(.webhook, keys: keys, in: tx)
        let secret = newSecret()
        var fields: [String: Phrase] = [:]
        let name = name.trimmingSpace
        if name.isEmpty || name.utf8.count > longestName || !name.utf8.allSatisfy({ $0 > 31 && $0 != 127 }) {
            fields["name"] = "hook.name_missing|Write whose program it is, in up to 80 letters."
        }
        let target = WebhookTarget(url: address.trimmingSpace, secret: secret)
        if target == nil || target?.url.isSecure == false && provider?.allowsPrivateNetworks != true {
            fields["address"] = "hook.address|Begin with https://, then the name of the server and the path."
        }
        if !fields.isEmpty { throw Refusal.invalid(fields) }
        guard let target else { throw Refusal.invalid([:]) }
        guard try tx.count("SELECT count(*) FROM web_hooks") < most else {
            throw Refusal(.conflict, "hook.most|There are 50 already. Take one away first.")
        }
        if provider == nil {
            try Provider(make: .standardWebhooks, account: .init()).store(by: caller.person.text, keys: keys, in: tx)
        }
        let id = Ref<WebHook>.new(at: tx.now)
        let added = try tx.run(
            """
            INSERT INTO web_hooks (id, organisation, name, target, address_index, state, made_by, made_at)
            VALUES (\(id), \(caller.organisation), \(name), \(try seal(target, of: id, unlocked)),
                \(try ChannelKind.webhook.index(target.json, unlocked)), 'active', \(caller.person), \(tx.now))
            ON CONFLICT (address_index) DO NOTHING
            """
        )
        guard added == 1 else {
            throw Refusal.invalid([
                "address":
                    "hook.known|This address is in the list already. If you did not see its secret, open it there and make a new one."
            ])
        }
        try record("added", id, by: caller, in: tx)
        return (id, secret)
    }

    /// A new secret; the one before signs too for a day, so that its keeper can change in peace.
    package static func rotate(_ id: Ref<WebHook>, by caller: Caller, keys: InstanceKeys, in tx: Transaction) throws
        -> String
    {
        let hook = try find(id, by: caller, in: tx)
        guard let unlocked = keys.unlocked else { throw Refusal.messagesWait }
        let (before, secret) = (try hook.opened(keys), newSecret())
        guard let next = WebhookTarget(url: before.url.text, secret: secret, before: before.secret) else {
            throw VaultError.damaged
        }
        try tx.run(
            """
            UPDATE web_hooks SET target = \(try seal(next, of: id, unlocked)), old_until = \(tx.now + overlap)
            WHERE id = \(id)
            """
        )
        try record("rotated", id, by: caller, in: tx)
        return secret
    }

    /// Paused, it is told nothing, and what happens meanwhile is not told later.
    package static func pause(_ id: Ref<WebHook>, _ isPaused: Bool, by caller: Caller, in tx: Transaction) throws {
        _ = try find(id, by: caller, in: tx)
        let state: State = isPaused ? .paused : .active
        try tx.run("UPDATE web_hooks SET state = \(state) WHERE id = \(id)")
        if isPaused { try drop(id, in: tx) }
        try record(isPaused ? "paused" : "resumed", id, by: caller, in: tx)
    }

    package static func remove(_ id: Ref<WebHook>, by caller: Caller, in tx: Transaction) throws {
        _ = try find(id, by: caller, in: tx)
        try drop(id, in: tx)
        try tx.run("DELETE FROM web_hooks WHERE id = \(id)")
        try record("removed", id, by: caller, in: tx)
    }

    /// Its server answered 410: nothing more goes there until somebody says so.
    static func end(_ addressIndex: [UInt8], in tx: Transaction) throws {
        let ended = try tx.list(
            Ref<WebHook>.self,
            "UPDATE web_hooks SET state = 'gone' WHERE address_index = \(addressIndex) RETURNING id"
        )
        for id in ended {
            try drop(id, in: tx)
            try record("gone", id, by: nil, in: tx)
        }
    }

    /// What waits for it is told no more.
    private static func drop(_ id: Ref<WebHook>, in tx: Transaction) throws {
        try tx.run(
            """
            UPDATE outbox SET state = 'ended', content = NULL, closed_at = \(tx.now), last_error = 'stopped'
            WHERE channel = 'webhook' AND unique_key LIKE \("hook:\(id):%") AND state IN ('waiting', 'dead')
            """
        )
    }

    private static func newSecret() -> String { "whsec_" + RandomBytes.take(32).base64 }

    private static func seal(_ target: WebhookTarget, of id: Ref<WebHook>, _ unlocked: InstanceKeys.Unlocked) throws
        -> [UInt8]
    {
        try unlocked.fields.seal(target.json, table: "web_hooks", column: "target", id: id.text)
    }

    private static func record(_ what: String, _ id: Ref<WebHook>, by caller: Caller?, in tx: Transaction) throws {
        try tx.attest(Event("web_hook.\(what)", subject: id.text, actor: caller?.person.text))
    }
}

extension String {
    /// Without the spaces that come along when something is copied.
    fileprivate var trimmingSpace: String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }
        return String(decoding: utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed(), as: UTF8.self)
    }
}
