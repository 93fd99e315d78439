// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Helper {
    /// A member left for good: what they could do, where and when is gone with them.
    package static func forget(_ person: Ref<Person>, in tx: Transaction) throws {
        try tx.run("DELETE FROM availabilities WHERE person = \(person)")
        try tx.run("DELETE FROM helper_hours WHERE person = \(person)")
        try tx.run("DELETE FROM helpers WHERE person = \(person)")
    }
}
