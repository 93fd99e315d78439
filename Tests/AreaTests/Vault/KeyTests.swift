// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Testing
import Vault

@Suite("Keys")
struct KeyTests {
    @Test func `the same seed gives the same keys`() throws {
        let pair = try KeyPair.generate()
        let again = try KeyPair(seed: pair.seed)
        #expect(pair.publicKey == again.publicKey)
        #expect(try pair.signingKey == again.signingKey)
        #expect(pair.publicKey.count == 1_216)
    }

    @Test func `a seed of another length is refused`() {
        for count in [0, 31, 33, 64] {
            #expect(throws: VaultError.damaged) { try KeyPair(seed: Secret([UInt8](repeating: 1, count: count))) }
        }
    }

    @Test func `a signature holds for its words and its signer only`() throws {
        let vera = try KeyPair.generate()
        let other = try KeyPair.generate()
        let words = Array("L4, not enforcement, 18:02".utf8)
        let signature = try vera.sign(words)
        #expect(try KeyPair.verify(signature, of: words, by: vera.signingKey))
        #expect(try !KeyPair.verify(signature, of: words + [0], by: vera.signingKey))
        #expect(try !KeyPair.verify(signature, of: words, by: other.signingKey))
        #expect(try !KeyPair.verify([], of: words, by: vera.signingKey))
        #expect(!KeyPair.verify(signature, of: words, by: [1, 2, 3]))
    }

    @Test func `a grant is bound to its member, team and epoch`() throws {
        let team = try KeyPair.generate()
        let own = try KeyPair.generate()
        let slot = TeamKey.Slot(team: "response", epoch: 1)
        let grant = try TeamGrant.seal(team.seed, of: slot, to: own.publicKey, person: "dolores")
        let keyring = Keyring(member: own, person: "dolores", grants: [grant])
        #expect(try keyring.keys(of: slot).publicKey == team.publicKey)

        let moved = TeamGrant(slot: TeamKey.Slot(team: "response", epoch: 2), sealedSeed: grant.sealedSeed)
        #expect(throws: VaultError.damaged) {
            try Keyring(member: own, person: "dolores", grants: [moved]).keys(of: moved.slot)
        }
        #expect(throws: VaultError.damaged) {
            try Keyring(member: own, person: "carmen", grants: [grant]).keys(of: slot)
        }
        #expect(throws: VaultError.noKey) { try keyring.keys(of: moved.slot) }
    }

    @Test func `a cut-off grant is refused`() throws {
        let own = try KeyPair.generate()
        let slot = TeamKey.Slot(team: "response", epoch: 1)
        let grant = try TeamGrant.seal(.random(), of: slot, to: own.publicKey, person: "dolores")
        for length in [0, 1, 1_119, 1_120, 1_121, 1_167] {
            let cut = TeamGrant(slot: slot, sealedSeed: Array(grant.sealedSeed.prefix(length)))
            #expect(throws: VaultError.damaged) {
                try Keyring(member: own, person: "dolores", grants: [cut]).keys(of: slot)
            }
        }
    }

    @Test func `a wrapped seed opens under its key, for its member and purpose only`() throws {
        let seed = Secret.random()
        let key = Secret.random()
        let wrapped = try WrappedSeed.wrap(seed, under: key, person: "dolores", for: .passphrase)
        #expect(try wrapped.unwrap(under: key, person: "dolores", for: .passphrase) == seed)
        #expect(throws: VaultError.damaged) {
            try wrapped.unwrap(under: .random(), person: "dolores", for: .passphrase)
        }
        #expect(throws: VaultError.damaged) { try wrapped.unwrap(under: key, person: "carmen", for: .passphrase) }
        #expect(throws: VaultError.damaged) { try wrapped.unwrap(under: key, person: "dolores", for: .session) }
        for length in wrapped.blob.indices {
            #expect(throws: VaultError.damaged) {
                try WrappedSeed(value: .blob(Array(wrapped.blob.prefix(length))))
                    .unwrap(under: key, person: "dolores", for: .passphrase)
            }
        }
    }

    @Test func `a contact field opens only where it was written`() throws {
        let keys = InstanceKeys.fleeting()
        let fields = try #require(keys.unlocked).fields
        let blob = try fields.seal("+1 213 555 0100", table: "helpers", column: "phone", id: "h1")
        #expect(try fields.open(blob, table: "helpers", column: "phone", id: "h1") == "+1 213 555 0100")
        #expect(throws: VaultError.damaged) { try fields.open(blob, table: "helpers", column: "phone", id: "h2") }
        #expect(throws: VaultError.damaged) { try fields.open(blob, table: "helpers", column: "email", id: "h1") }
        for length in blob.indices {
            #expect(throws: VaultError.damaged) {
                try fields.open(Array(blob.prefix(length)), table: "helpers", column: "phone", id: "h1")
            }
        }
    }

    @Test func `a blind index is 16 bytes, the same for the same value, another for another field or instance`() throws
    {
        let index = try #require(InstanceKeys.fleeting().unlocked).index
        let other = try #require(InstanceKeys.fleeting().unlocked).index
        let found = try index.index("ana@example.org", field: "email")
        #expect(found.count == 16)
        #expect(try found == index.index("ana@example.org", field: "email"))
        #expect(try found != index.index("ana@example.org", field: "phone"))
        #expect(try found != other.index("ana@example.org", field: "email"))
    }

    @Test func `the instance signs`() throws {
        let unlocked = try #require(InstanceKeys.fleeting().unlocked)
        let signature = try unlocked.sign([1, 2, 3])
        #expect(try KeyPair.verify(signature, of: [1, 2, 3], by: unlocked.signingKey))
    }
}

@Suite("Key folder")
struct KeyFolderTests {
    let folder = NSTemporaryDirectory() + "vecinos-keys-" + Base64URL.text(RandomBytes.take(9))

    @Test func `keys are made once, private, and come back the same`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try InstanceKeys.load(folder: folder)
        let second = try InstanceKeys.load(folder: folder)
        #expect(first.loginIndex("dolores") == second.loginIndex("dolores"))
        #expect(try first.unlocked?.signingKey == second.unlocked?.signingKey)
        #expect(try mode(folder) == 0o700)
        #expect(try mode(folder + "/boot.key") == 0o400)
        #expect(try mode(folder + "/root.key") == 0o400)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["boot.key", "root.key"])
    }

    @Test func `where the root key is lost, the next start is locked and makes no other`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try !InstanceKeys.load(folder: folder).isLocked)
        try FileManager.default.removeItem(atPath: folder + "/root.key")
        for _ in 1...2 { #expect(try InstanceKeys.load(folder: folder).isLocked) }
        #expect(!FileManager.default.fileExists(atPath: folder + "/root.key"))
    }

    @Test func `a key that others can read, or of the wrong length, stops the start and names the file`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try InstanceKeys.load(folder: folder)
        let path = folder + "/boot.key"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: (any Error).self) { try InstanceKeys.load(folder: folder) }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try Data([1, 2, 3]).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path)
        let problem = #expect(throws: (any Error).self) { try InstanceKeys.load(folder: folder) }
        #expect(try "\(#require(problem))".contains("boot.key"))
    }

    @Test func `twenty starts at once agree on one key`() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let folder = folder
        let indexes = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<20 { group.addTask { try InstanceKeys.load(folder: folder).loginIndex("x") } }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(indexes.count == 1)
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? NSNumber).intValue
    }
}
