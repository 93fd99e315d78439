// SPDX-License-Identifier: AGPL-3.0-or-later

/// Why the vault said no. Never holds what was sealed nor a key, so it may be logged.
package enum VaultError: Error, Sendable, Hashable {
    /// Not something we wrote, or changed since, or meant for another place: nobody is told which.
    case damaged
    /// Sound, but not addressed to any team of this keyring.
    case noKey
    /// Nobody was named to seal to, or a name holds a letter that the format keeps for itself.
    case badAddress
    /// More than the format can hold (4 GiB).
    case tooLarge
    /// The passphrase gate's queue is full.
    case busy
    /// The stored cost of a passphrase is outside what this gate allows.
    case badCost
    /// Its shred key was destroyed: nobody can read it any more, anywhere.
    case shredded
    /// The instance was composed without a store of shred keys.
    case noShredder
    /// The instance is locked: its root key is not in memory. Nothing is wrong with what was asked for.
    case locked
}
