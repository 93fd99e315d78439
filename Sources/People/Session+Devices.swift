// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

extension Session {
    /// One of a member's own sessions, as they see it: no address, nothing that the browser said about itself, only
    /// what they call it.
    package struct Device: Sendable {
        /// SHA-256 of the session's id, in hexadecimal.
        package let id: String
        package let name: String?
        package let isThisOne: Bool
        package let signedInAt: Instant
        /// To the hour, downward.
        package let lastUsed: Instant
    }

    /// The caller's own, this one first. Names stay closed while the instance is locked.
    package static func devices(
        of caller: Caller,
        keys: InstanceKeys,
        limits: Limits = Limits(),
        in tx: Transaction
    ) throws -> [Device] {
        let rows = try tx.rows(
            """
            SELECT id_hash, device, created_at, seen_at FROM sessions
            WHERE person = \(caller.person) AND expires_at > \(tx.now) AND seen_at > \(tx.now - limits.idle)
            ORDER BY created_at DESC
            """
        )
        let devices = try rows.map { row in
            let hash: [UInt8] = try row["id_hash"]
            let id = Fingerprint.hex(hash)
            let sealed: [UInt8]? = try row["device"]
            let seen: Instant = try row["seen_at"]
            let hour: Int64 = 3_600_000
            return Device(
                id: id,
                name: sealed.flatMap { blob in
                    try? keys.unlocked?.fields.open(blob, table: "sessions", column: "device", id: id)
                },
                isThisOne: hash == caller.session,
                signedInAt: try row["created_at"],
                lastUsed: Instant(milliseconds: seen.milliseconds - seen.milliseconds % hour)
            )
        }
        return devices.filter(\.isThisOne) + devices.filter { !$0.isThisOne }
    }

    /// What the member calls the device they hold: "phone", "computer at the church". Encrypted under the instance's
    /// key, and gone with the session.
    package static func name(_ name: String, by caller: Caller, keys: InstanceKeys, in tx: Transaction) throws {
        guard let session = caller.session else { return }
        var fields = Fields()
        let name = fields.text(name, "device", limit: 40, missing: "people.device_missing|Write a short name.")
        try fields.check()
        let sealed = try SecondFactor.unlocked(keys).fields.seal(
            name,
            table: "sessions",
            column: "device",
            id: Fingerprint.hex(session)
        )
        try tx.run("UPDATE sessions SET device = \(sealed) WHERE id_hash = \(session)")
    }

    /// Ends one of the caller's own; another member's looks like none.
    package static func end(_ id: String, by caller: Caller, in tx: Transaction) throws {
        let own = try tx.list([UInt8].self, "SELECT id_hash FROM sessions WHERE person = \(caller.person)")
        guard let hash = own.first(where: { Fingerprint.hex($0) == id }) else { throw Refusal.notFound }
        try tx.run("DELETE FROM sessions WHERE id_hash = \(hash) AND person = \(caller.person)")
        try tx.attest(Event("person.session_ended", subject: caller.person.text, actor: caller.person.text))
    }
}
