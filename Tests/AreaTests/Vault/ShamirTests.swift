// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing
import Vault

@Suite("Escrow keys")
struct ShamirTests {
    @Test func `any two of five shares give the secret back, and one alone says nothing`() throws {
        let secret = Secret.random()
        let shares = try Shamir.split(secret, threshold: 2, count: 5)
        for first in shares {
            for second in shares where second.place != first.place {
                #expect(try Shamir.combine([first, second]) == secret)
            }
        }
        #expect(try Shamir.combine(shares) == secret)
        #expect(throws: VaultError.damaged) { try Shamir.combine([shares[0]]) }
        #expect(throws: VaultError.damaged) { try Shamir.combine([shares[0], shares[0]]) }
        // With any second value, one share fits any secret: it tells nothing.
        let guesses = (0..<20).map { _ in Shamir.Share(place: shares[1].place, value: .random()) }
        let found = try guesses.map { try Shamir.combine([shares[0], $0]) }
        #expect(!found.contains(secret) && Set(found.map(\.bytes)).count == 20)
    }

    @Test func `three of four: two are not enough`() throws {
        let secret = Secret.random()
        let shares = try Shamir.split(secret, threshold: 3, count: 4)
        #expect(try Shamir.combine([shares[3], shares[0], shares[2]]) == secret)
        #expect(try Shamir.combine([shares[3], shares[0]]) != secret)
        #expect(throws: VaultError.badAddress) { try Shamir.split(secret, threshold: 1, count: 4) }
        #expect(throws: VaultError.badAddress) { try Shamir.split(secret, threshold: 3, count: 2) }
        #expect(throws: VaultError.badAddress) { try Shamir.split(secret, threshold: 2, count: 256) }
    }

    @Test func `two of two hundred and fifty-five`() throws {
        let secret = Secret(Array(0...255 as ClosedRange<UInt8>))
        let shares = try Shamir.split(secret, threshold: 2, count: 255)
        #expect(try Shamir.combine([shares[254], shares[100]]) == secret)
    }

    private struct Administrators {
        let names = ["ana", "ben", "cleo"]
        let pairs: [KeyPair]
        let escrow: (publicKey: [UInt8], shares: [EscrowKeys.SealedShare])

        init() throws {
            let pairs = try (0..<3).map { _ in try KeyPair.generate() }
            self.pairs = pairs
            escrow = try EscrowKeys.make(epoch: 1, for: zip(names, pairs).map { ($0, $1.publicKey) })
        }

        func keyring(_ index: Int) -> Keyring { Keyring(member: pairs[index], person: names[index], grants: []) }
    }

    @Test func `two administrators recover a team's seed, each with their own keys`() throws {
        let all = try Administrators()
        let team = try KeyPair.generate()
        let slot = TeamKey.Slot(team: "legal", epoch: 4)
        let kept = try EscrowKeys.seal(team.seed, of: slot, to: all.escrow.publicKey, epoch: 1)
        let offer = try EscrowKeys.offer(
            all.escrow.shares[0],
            epoch: 1,
            of: "ana",
            with: all.keyring(0),
            for: "act-1",
            to: ("cleo", all.pairs[2].publicKey)
        )
        func combine(_ own: Int, as index: Int, for act: String) throws -> KeyPair {
            try EscrowKeys.combine(
                all.escrow.shares[own],
                offer,
                epoch: 1,
                of: all.names[index],
                with: all.keyring(index),
                for: act,
                publicKey: all.escrow.publicKey
            )
        }
        let pair = try combine(2, as: 2, for: "act-1")
        #expect(try EscrowKeys.open(kept, of: slot, epoch: 1, with: pair) == team.seed)
        #expect(throws: VaultError.damaged) {
            try EscrowKeys.open(kept, of: TeamKey.Slot(team: "legal", epoch: 5), epoch: 1, with: pair)
        }
        // For another act, by another administrator, or with somebody else's share: nothing.
        #expect(throws: VaultError.damaged) { try combine(2, as: 2, for: "act-2") }
        #expect(throws: VaultError.damaged) { try combine(1, as: 1, for: "act-1") }
        #expect(throws: VaultError.damaged) { try combine(1, as: 2, for: "act-1") }
        #expect(throws: VaultError.damaged) { try combine(0, as: 0, for: "act-1") }
    }

    @Test func `an administrator can't offer to themselves what they would then combine`() throws {
        let all = try Administrators()
        let offer = try EscrowKeys.offer(
            all.escrow.shares[0],
            epoch: 1,
            of: "ana",
            with: all.keyring(0),
            for: "act-1",
            to: ("ana", all.pairs[0].publicKey)
        )
        #expect(throws: VaultError.damaged) {
            try EscrowKeys.combine(
                all.escrow.shares[0],
                offer,
                epoch: 1,
                of: "ana",
                with: all.keyring(0),
                for: "act-1",
                publicKey: all.escrow.publicKey
            )
        }
    }
}
