// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Synchronization

/// What one member can open, for the length of one request: their own keys, and the keys of their teams. A team's
/// key costs half a millisecond to open, so it is opened when first asked for and kept as long as the keyring.
package final class Keyring: Sendable, CustomStringConvertible, CustomReflectable {
    /// The member's own keys: signs their entries.
    package let member: KeyPair
    private let person: String
    private let grants: [TeamKey.Slot: TeamGrant]
    private let opened = Mutex<[TeamKey.Slot: KeyPair]>([:])

    /// `person` is the text of the member's reference, to which every grant is bound.
    package init(member: KeyPair, person: String, grants: [TeamGrant]) {
        self.member = member
        self.person = person
        self.grants = Dictionary(grants.map { ($0.slot, $0) }) { first, _ in first }
    }

    /// Every key this member was granted, opened or not.
    package var slots: Set<TeamKey.Slot> { Set(grants.keys) }

    package func holds(_ slot: TeamKey.Slot) -> Bool { grants[slot] != nil }

    /// Throws `noKey` when it was never granted, `damaged` when the grant is not sound.
    package func keys(of slot: TeamKey.Slot) throws -> KeyPair {
        if let pair = opened.withLock({ $0[slot] }) { return pair }
        guard let grant = grants[slot] else { throw VaultError.noKey }
        let pair = try KeyPair(seed: grant.open(with: member, person: person))
        opened.withLock { $0[slot] = pair }
        return pair
    }

    package var description: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
