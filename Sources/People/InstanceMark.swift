// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// Which root key belongs to a database: the public half of its signature, written down when it was first seen. Another
/// key in the file (of another instance, of an old backup) would open nothing, and what it locked would be lost later.
package enum InstanceMark {
    private static let key = "instance.signature"

    /// False when the root key at hand is another one than that of this database; true while locked.
    package static func fits(_ keys: InstanceKeys, in tx: Transaction) throws -> Bool {
        guard let unlocked = keys.unlocked else { return true }
        let mine = Base64URL.text(try unlocked.signingKey)
        guard let known = try Settings.value(key, in: tx) else {
            try Settings.set(key, to: mine, by: nil, in: tx)
            return true
        }
        return known == mine
    }

    /// The next one that is seen is the right one: after `vecinos rekey`.
    static func forget(in tx: Transaction) throws { try tx.run("DELETE FROM settings WHERE key = \(key)") }
}
