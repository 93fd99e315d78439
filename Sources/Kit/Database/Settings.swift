// SPDX-License-Identifier: AGPL-3.0-or-later

/// What a coalition can change while running: text under a dotted key.
package enum Settings {
    package static func all(in tx: Transaction) throws -> [String: String] {
        try tx.rows("SELECT key, value FROM settings").reduce(into: [:]) { found, row in
            found[try row["key"]] = try row["value"] as String
        }
    }

    package static func value(_ key: String, in tx: Transaction) throws -> String? {
        try tx.one(String.self, "SELECT value FROM settings WHERE key = \(key)")
    }

    package static func set(_ key: String, to value: String, by person: String?, in tx: Transaction) throws {
        try tx.run(
            """
            INSERT INTO settings (key, value, changed_at, changed_by) VALUES (\(key), \(value), \(tx.now), \(person))
            ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at,
                changed_by = excluded.changed_by
            """
        )
    }
}

/// The signed form tokens already used: a second sending of the same form is told apart in the same transaction.
package enum FormReceipt {
    /// False when this form was taken before; then nothing may be done again.
    package static func take(_ token: [UInt8], in tx: Transaction) throws -> Bool {
        try tx.run("INSERT INTO form_receipts (token, at) VALUES (\(token), \(tx.now)) ON CONFLICT (token) DO NOTHING")
            == 1
    }

    package static func forget(before: Instant, in tx: Transaction) throws {
        try tx.run("DELETE FROM form_receipts WHERE at < \(before)")
    }
}
