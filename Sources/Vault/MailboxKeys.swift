// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

/// The reporter's side of a thread: a key pair whose seed only the reporter's code can unwrap. The team's answers are
/// sealed to its public half, with nobody signed in; what the reporter writes is sealed to the team. The report itself
/// is never sealed to a mailbox, so that whoever finds the code on a phone can't read it.
package enum MailboxKeys {
    /// How an envelope names its mailbox. No team can be called so: a team's name there is a UUID.
    package static let slot = TeamKey.Slot(team: "mailbox", epoch: 0)

    /// A new pair for a report. `publicKey` (1,216 bytes) is stored as it is; `wrapped` (61 bytes) is the seed:
    /// `version (1) ‖ nonce (12) ‖ ciphertext (32) ‖ tag (16)`, AES-256-GCM under `HKDF(code, "mailbox")`, AAD
    /// `v1|mailbox|REPORT`. `report` is the text of its reference.
    package static func make(
        for names: ReporterCode.Names,
        report: String
    ) throws -> (publicKey: [UInt8], wrapped: [UInt8]) {
        let pair = try KeyPair.generate()
        let wrapped = try Cipher.seal(pair.seed.bytes, under: names.mailboxKey, context: context(report))
        return (pair.publicKey, [1] + wrapped)
    }

    /// Throws `damaged` for another code, another report, and anything changed.
    package static func open(_ wrapped: [UInt8], with code: ReporterCode, report: String) throws -> KeyPair {
        guard wrapped.first == 1, wrapped.count == 1 + Cipher.overhead + 32 else { throw VaultError.damaged }
        let seed = try Cipher.open(Data(wrapped.dropFirst()), under: code.mailboxKey, context: context(report))
        return try KeyPair(seed: Secret(seed))
    }

    /// The mailbox as one that something can be sealed to: `Sealed.seal(…, to: [MailboxKeys.address(publicKey)])`.
    package static func address(_ publicKey: [UInt8]) -> TeamKey {
        TeamKey(team: slot.team, epoch: slot.epoch, publicKey: publicKey)
    }

    private static func context(_ report: String) -> String { "v1|mailbox|\(report)" }
}
