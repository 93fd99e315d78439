// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Synchronization

/// One data key for what is sealed to a team within the same second: in a surge, the encapsulation (a tenth of a
/// millisecond) is made once and not for each record. The key of a record's body is its own all the same, made of this
/// one, the record's name and its shred key; so it opens nowhere else, and shredding works as ever.
package final class SealingMoment: Sendable {
    /// A data key and what a blob says of those who can open it.
    package struct Key: Sendable {
        let team: TeamKey
        let data: Secret
        let recipients: [UInt8]
        fileprivate let madeAt = ContinuousClock.now
    }

    /// How long a key is used, and kept in memory.
    private static let length = Duration.seconds(1)

    private let current = Mutex<Key?>(nil)

    package init() {}

    /// The key of this moment; after it nothing here remembers it. Throws `badAddress` as `Sealed.seal`.
    package func key(for team: TeamKey) throws -> Key {
        try current.withLock { current in
            if let current, current.team == team, .now - current.madeAt < Self.length { return current }
            let data = Secret.random()
            let key = Key(team: team, data: data, recipients: try Envelope.recipients(of: data, sharedBy: team))
            current = key
            Task { [weak self] in
                try? await Task.sleep(for: Self.length)
                self?.forget(key)
            }
            return key
        }
    }

    /// Forgets it, unless another has taken its place.
    private func forget(_ key: Key) {
        current.withLock { current in
            if current?.data == key.data { current = nil }
        }
    }
}
