// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The escrow's sealing: a key pair whose seed exists only in two-of-N shares, one sealed to each administrator. What
/// is sealed to it are seeds of teams, never a record.
package enum EscrowKeys {
    /// One administrator's share, as it is stored.
    package struct SealedShare: Sendable {
        /// Not secret: which point of the polynomial.
        package let place: Int
        /// 1,168 bytes.
        package let sealed: [UInt8]

        package init(place: Int, sealed: [UInt8]) { (self.place, self.sealed) = (place, sealed) }
    }

    /// A new pair and its shares, in the order of the administrators; the seed is gone when this returns. Throws
    /// `badAddress` for fewer than two administrators.
    package static func make(
        epoch: Int,
        for administrators: [(person: String, publicKey: [UInt8])]
    ) throws -> (publicKey: [UInt8], shares: [SealedShare]) {
        let pair = try KeyPair.generate()
        let shares = try Shamir.split(pair.seed, threshold: 2, count: administrators.count)
        let sealed = try zip(shares, administrators).map { share, administrator in
            SealedShare(
                place: Int(share.place),
                sealed: try KeyPair.seal(
                    share.value,
                    to: administrator.publicKey,
                    context: "v1|escrow|share|\(epoch)|\(administrator.person)"
                )
            )
        }
        return (pair.publicKey, sealed)
    }

    /// The seed of a team's epoch, for the escrow.
    package static func seal(
        _ seed: Secret,
        of slot: TeamKey.Slot,
        to publicKey: [UInt8],
        epoch: Int
    ) throws -> [UInt8] {
        try KeyPair.seal(seed, to: publicKey, context: context(slot, epoch))
    }

    /// The first administrator, in a request of their own: their share, for the eyes of one other administrator and for
    /// this one act.
    package static func offer(
        _ share: SealedShare,
        epoch: Int,
        of person: String,
        with keyring: Keyring,
        for act: String,
        to approver: (person: String, publicKey: [UInt8])
    ) throws -> SealedShare {
        let opened = try open(share, epoch: epoch, of: person, with: keyring)
        let context = offerContext(act, epoch, approver.person)
        return SealedShare(
            place: share.place,
            sealed: try KeyPair.seal(opened.value, to: approver.publicKey, context: context)
        )
    }

    /// The second administrator, in a request of their own: both shares together. Throws `damaged` unless they give the
    /// very pair that `publicKey` belongs to.
    package static func combine(
        _ own: SealedShare,
        _ offered: SealedShare,
        epoch: Int,
        of person: String,
        with keyring: Keyring,
        for act: String,
        publicKey: [UInt8]
    ) throws -> KeyPair {
        let mine = try open(own, epoch: epoch, of: person, with: keyring)
        let theirs = try keyring.member.open(offered.sealed, context: offerContext(act, epoch, person))
        guard let place = UInt8(exactly: offered.place) else { throw VaultError.damaged }
        let pair = try KeyPair(seed: Shamir.combine([mine, Shamir.Share(place: place, value: theirs)]))
        guard pair.publicKey == publicKey else { throw VaultError.damaged }
        return pair
    }

    /// A team's seed, with the recombined pair.
    package static func open(_ sealed: [UInt8], of slot: TeamKey.Slot, epoch: Int, with pair: KeyPair) throws -> Secret
    {
        try pair.open(sealed, context: context(slot, epoch))
    }

    private static func open(
        _ share: SealedShare,
        epoch: Int,
        of person: String,
        with keyring: Keyring
    ) throws -> Shamir.Share {
        guard let place = UInt8(exactly: share.place) else { throw VaultError.damaged }
        let value = try keyring.member.open(share.sealed, context: "v1|escrow|share|\(epoch)|\(person)")
        return Shamir.Share(place: place, value: value)
    }

    private static func context(_ slot: TeamKey.Slot, _ epoch: Int) -> String {
        "v1|escrow|seed|\(slot.team)|\(slot.epoch)|\(epoch)"
    }

    private static func offerContext(_ act: String, _ epoch: Int, _ approver: String) -> String {
        "v1|escrow|offer|\(act)|\(epoch)|\(approver)"
    }
}
