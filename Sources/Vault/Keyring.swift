// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Synchronization

/// What one member can open, for the length of one request: their own keys, and the keys of their teams. A team's
/// key costs half a millisecond to open, so it is opened when first asked for and kept as long as the keyring.
package final class Keyring: Sendable, CustomStringConvertible, CustomReflectable {
    /// The member's own keys: signs their entries.
    package let member: KeyPair
    private let person: String
    let shredder: Shredder?
    private let grants: [TeamKey.Slot: TeamGrant]
    private let opened = Mutex<[TeamKey.Slot: KeyPair]>([:])

    /// `person` is the text of the member's reference, to which every grant is bound.
    package init(member: KeyPair, person: String, grants: [TeamGrant], shredder: Shredder? = nil) {
        self.member = member
        self.person = person
        self.shredder = shredder
        self.grants = Dictionary(grants.map { ($0.slot, $0) }) { first, _ in first }
    }

    /// A reporter with their code: opens what was sealed to this one mailbox.
    package init(mailbox: KeyPair, shredder: Shredder?) {
        member = mailbox
        person = ""
        self.shredder = shredder
        grants = [:]
        opened.withLock { $0[MailboxKeys.slot] = mailbox }
    }

    /// Every key this member was granted, opened or not.
    package var slots: Set<TeamKey.Slot> { Set(grants.keys) }

    package func holds(_ slot: TeamKey.Slot) -> Bool {
        grants[slot] != nil || isOwn(slot) || opened.withLock { $0[slot] != nil }
    }

    /// What is sealed to one member, under the member's reference and epoch 0.
    private func isOwn(_ slot: TeamKey.Slot) -> Bool { !person.isEmpty && slot.team == person && slot.epoch == 0 }

    /// Throws `noKey` when it was never granted, `damaged` when the grant is not sound.
    package func keys(of slot: TeamKey.Slot) throws -> KeyPair {
        if isOwn(slot) { return member }
        if let pair = opened.withLock({ $0[slot] }) { return pair }
        guard let grant = grants[slot] else { throw VaultError.noKey }
        let pair = try KeyPair(seed: grant.open(with: member, person: person))
        opened.withLock { $0[slot] = pair }
        return pair
    }

    package var description: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
