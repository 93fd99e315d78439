// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Testing
import Vault

/// A team with its key, and members who were granted it: the cast of the vault's tests.
struct VaultCast {
    let response = "team-response"
    let care = "team-care"
    let responseKeys: KeyPair
    let careKeys: KeyPair

    init() throws {
        responseKeys = try KeyPair.generate()
        careKeys = try KeyPair.generate()
    }

    var toResponse: TeamKey { TeamKey(team: response, epoch: 1, publicKey: responseKeys.publicKey) }
    var toCare: TeamKey { TeamKey(team: care, epoch: 1, publicKey: careKeys.publicKey) }

    /// Dolores answers on the response team.
    func dolores(shredder: Shredder? = nil) throws -> Keyring {
        try member("dolores", of: [(toResponse, responseKeys)], shredder: shredder)
    }
    /// Carmen is on the care team only.
    func carmen() throws -> Keyring { try member("carmen", of: [(toCare, careKeys)]) }

    func member(_ person: String, of teams: [(TeamKey, KeyPair)], shredder: Shredder? = nil) throws -> Keyring {
        let own = try KeyPair.generate()
        let grants = try teams.map { key, pair in
            try TeamGrant.seal(pair.seed, of: key.slot, to: own.publicKey, person: person)
        }
        return Keyring(member: own, person: person, grants: grants, shredder: shredder)
    }
}

/// A report as the tests seal it.
struct SealedWords: Codable, Sendable, Equatable {
    var words = "Dos camionetas en la esquina de Broadway, ¿qué pasa?"
    var phone: String? = "213-555-0100"
}
