// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import Foundation
import Kit
import Vault

/// Seals something fresh with keys made up on the spot, and prints every part of it: for Tests/vault_opener, which opens
/// it without us. Touches no instance.
struct Vector: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vector",
        abstract: "Seal a made-up record and print its parts as JSON, to try an independent opener on.",
        shouldDisplay: false
    )

    @Argument(help: "An empty folder for the file of shred keys.")
    var folder: String

    private struct Parts: Encodable {
        let person, team, kind, record, member_seed, grant, blob, shared, log: String
        let epoch: Int
        let content: [String: String]
    }

    func run() async throws {
        let shredder = try Shredder(file: "\(folder)/shred.keys")
        let (member, team) = (try KeyPair.generate(), try KeyPair.generate())
        let (person, name, record) = (Ref<Self>.new().text, Ref<Self>.new().text, Ref<Self>.new().text)
        let key = TeamKey(team: name, epoch: 2, publicKey: team.publicKey)
        let mailbox = MailboxKeys.address(try KeyPair.generate().publicKey)
        let content = ["words": "¿Quién vio dos camionetas? \(record)"]
        let sealed = try Sealed.seal(
            content,
            kind: "report",
            record: record,
            to: [mailbox, key],
            shred: shredder.take()
        )
        let shared = try Sealed<[String: String]>.seal(
            json: Array(JSONEncoder().encode(content)),
            kind: "report",
            record: record,
            under: SealingMoment().key(for: key),
            shred: shredder.take()
        )
        let database = try Database(sqlite: "\(folder)/vector.db")
        try await database.migrate(KitMigrations.all + VaultMigrations.all)
        let keys = InstanceKeys.fleeting()
        let log = try await database.write { tx in
            for number in 0..<8 { try Log.audit.append("person.noted", subject: "s\(number)", in: tx) }
            try Log.forget(["s3"], in: tx)
            return try LogFile.export(.audit, keys: keys.opened(), in: tx)
        }
        let parts = Parts(
            person: person,
            team: name,
            kind: "report",
            record: record,
            member_seed: Fingerprint.hex(member.seed.bytes),
            grant: Fingerprint.hex(
                try TeamGrant.seal(team.seed, of: key.slot, to: member.publicKey, person: person).sealedSeed
            ),
            blob: Fingerprint.hex(sealed.blob),
            shared: Fingerprint.hex(shared.blob),
            log: log,
            epoch: 2,
            content: content
        )
        print(String(decoding: try JSONEncoder().encode(parts), as: UTF8.self))
    }
}
