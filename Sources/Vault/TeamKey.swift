// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// The public half of a team's key in one epoch: enough to seal, by anyone, with nobody signed in.
package struct TeamKey: Sendable, Hashable {
    /// The text of the team's reference.
    package let team: String
    /// From 1, one more each time a member leaves.
    package let epoch: Int
    package let publicKey: [UInt8]

    package init(team: String, epoch: Int, publicKey: [UInt8]) {
        self.team = team
        self.epoch = epoch
        self.publicKey = publicKey
    }

    package var slot: Slot { Slot(team: team, epoch: epoch) }

    /// Which key: the team and the epoch.
    package struct Slot: Sendable, Hashable {
        package let team: String
        package let epoch: Int

        package init(team: String, epoch: Int) {
            self.team = team
            self.epoch = epoch
        }
    }
}

/// A team's seed sealed to one member's public key, as the table `team_grants` holds it.
package struct TeamGrant: Sendable {
    package let slot: TeamKey.Slot
    package let sealedSeed: [UInt8]

    package init(slot: TeamKey.Slot, sealedSeed: [UInt8]) {
        self.slot = slot
        self.sealedSeed = sealedSeed
    }

    /// Seals a team's seed to a member. `person` is the text of the member's reference.
    package static func seal(
        _ seed: Secret,
        of slot: TeamKey.Slot,
        to publicKey: [UInt8],
        person: String
    ) throws -> TeamGrant {
        TeamGrant(
            slot: slot,
            sealedSeed: try KeyPair.seal(seed, to: publicKey, context: context(slot, person))
        )
    }

    func open(with member: KeyPair, person: String) throws -> Secret {
        try member.open(sealedSeed, context: Self.context(slot, person))
    }

    private static func context(_ slot: TeamKey.Slot, _ person: String) -> String {
        "v1|seed|\(slot.team)|\(slot.epoch)|\(person)"
    }
}
