// SPDX-License-Identifier: AGPL-3.0-or-later
import Synchronization

/// What belongs to a database and is not in it, one of a type: the file of shred keys, the log's signer. Attached once
/// where the instance is composed, and at hand wherever there is a transaction.
package final class Companions: Sendable {
    private let all = Mutex<[ObjectIdentifier: any Sendable]>([:])

    package func attach<T: Sendable>(_ companion: T) { all.withLock { $0[ObjectIdentifier(T.self)] = companion } }

    /// Nil when none of this type was attached.
    package func first<T: Sendable>(_ type: T.Type = T.self) -> T? {
        all.withLock { $0[ObjectIdentifier(T.self)] } as? T
    }
}
