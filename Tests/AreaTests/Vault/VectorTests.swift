// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Testing
import Vault

/// The published test vectors, `vectors/vault-1.json`: what was written once must open for ever. The same file is opened
/// by Tests/vault_opener, which shares no code with us. Encapsulations are random, so the blobs are recorded ones.
@Suite("Test vectors")
struct VectorTests {
    private struct Vectors: Decodable {
        let keys: Keys
        let blobs: Blobs
        let mailbox: Mailbox
        let wrapped_seed: Wrapped
        let field: Field
        let log: LogVector
        let escrow: EscrowVector
    }

    private struct Keys: Decodable {
        let member_seed, member_public_key_sha256, member_signing_key, person, team, team_seed, team_public_key: String
        let grant: String
        let epoch: Int
    }

    private struct Blobs: Decodable {
        let kind, record, content, version_1, version_2, version_3, shred_key: String
        let slot: Int64
    }

    private struct Mailbox: Decodable {
        let code, lookup, mailbox_key, report, wrapped, seed, kind, answer, content, boot_key, sending: String
    }

    private struct Wrapped: Decodable { let key, person, purpose, blob, seed: String }

    private struct Field: Decodable {
        let root_key, table, column, id, blob, text, index_field, index: String
    }

    private struct LogVector: Decodable {
        let leaves, leaf_hashes, inclusion_of_2, consistency_from_3: [String]
        let root, checkpoint, key: String
    }

    private struct EscrowVector: Decodable {
        struct Share: Decodable {
            let person, seed, share: String
            let place: Int
        }
        let epoch: Int
        let public_key, team_seed_sealed: String
        let shares: [Share]
    }

    private let vectors: Vectors

    init() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appending(path: "vectors/vault-1.json"))
        vectors = try JSONDecoder().decode(Vectors.self, from: data)
    }

    private func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.utf8.count, by: 2).compactMap { offset in
            UInt8(hex.dropFirst(offset).prefix(2), radix: 16)
        }
    }

    private func secret(_ hex: String) -> Secret { Secret(bytes(hex)) }

    private func words(_ json: String) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(json.utf8))
    }

    /// The member, with the team's key out of the recorded grant.
    private func keyring(shredder: Shredder? = nil) throws -> Keyring {
        let keys = vectors.keys
        let slot = TeamKey.Slot(team: keys.team, epoch: keys.epoch)
        let grant = TeamGrant(slot: slot, sealedSeed: bytes(keys.grant))
        let member = try KeyPair(seed: secret(keys.member_seed))
        return Keyring(member: member, person: keys.person, grants: [grant], shredder: shredder)
    }

    @Test func `pairs follow from their seeds`() throws {
        let keys = vectors.keys
        let member = try KeyPair(seed: secret(keys.member_seed))
        #expect(Fingerprint.hex(Fingerprint.sha256(member.publicKey)) == keys.member_public_key_sha256)
        #expect(try Fingerprint.hex(member.signingKey) == keys.member_signing_key)
        #expect(try KeyPair(seed: secret(keys.team_seed)).publicKey == bytes(keys.team_public_key))
        let slot = TeamKey.Slot(team: keys.team, epoch: keys.epoch)
        #expect(try keyring().keys(of: slot).seed == secret(keys.team_seed))
    }

    @Test func `a blob of version 1 opens`() throws {
        let blobs = vectors.blobs
        let sealed = Sealed<[String: String]>(blob: bytes(blobs.version_1))
        #expect(try sealed.open(kind: blobs.kind, record: blobs.record, with: keyring()) == words(blobs.content))
    }

    @Test func `blobs of versions 2 and 3 open with their shred key`() throws {
        let blobs = vectors.blobs
        let path = NSTemporaryDirectory() + "shred-vector-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var file = Array("vecinos shred keys, version 1\n".utf8)
        file += [UInt8](repeating: 0, count: Int(blobs.slot) * 32 - file.count) + bytes(blobs.shred_key)
        try Data(file).write(to: URL(filePath: path))
        let keyring = try keyring(shredder: Shredder(file: path))
        for blob in [blobs.version_2, blobs.version_3] {
            let sealed = Sealed<[String: String]>(blob: bytes(blob))
            #expect(sealed.slot == blobs.slot)
            #expect(try sealed.open(kind: blobs.kind, record: blobs.record, with: keyring) == words(blobs.content))
        }
    }

    @Test func `a code opens its mailbox`() throws {
        let box = vectors.mailbox
        let code = try ReporterCode(typed: box.code)
        #expect(Fingerprint.hex(code.lookup) == box.lookup)
        #expect(code.mailboxKey == secret(box.mailbox_key))
        let instance = InstanceKeys(boot: secret(box.boot_key), root: nil)
        #expect(ReporterCode.derived(from: box.sending, keys: instance).text == box.code)
        let pair = try MailboxKeys.open(bytes(box.wrapped), with: code, report: box.report)
        #expect(pair.seed == secret(box.seed))
        let answer = Sealed<[String: String]>(blob: bytes(box.answer))
        let reporter = Keyring(mailbox: pair, shredder: nil)
        #expect(try answer.open(kind: box.kind, record: box.report, with: reporter) == words(box.content))
    }

    @Test func `a wrapped seed and an encrypted field open`() throws {
        let wrapped = vectors.wrapped_seed
        let seed = try WrappedSeed(value: .blob(bytes(wrapped.blob)))
            .unwrap(under: secret(wrapped.key), person: wrapped.person, for: .passphrase)
        #expect(seed == secret(wrapped.seed))
        let field = vectors.field
        let keys = try InstanceKeys(boot: .random(), root: secret(field.root_key)).opened()
        let text = try keys.fields.open(bytes(field.blob), table: field.table, column: field.column, id: field.id)
        #expect(text == field.text)
        #expect(Fingerprint.hex(try keys.index.index("+12135550100", field: field.index_field)) == field.index)
    }

    @Test func `the log, its proofs and its checkpoint fit`() throws {
        let log = vectors.log
        let hashes = log.leaves.map { MerkleTree.leaf(Array($0.utf8)) }
        #expect(hashes.map(Fingerprint.hex) == log.leaf_hashes)
        let root = MerkleTree.root(hashes)
        #expect(Fingerprint.hex(root) == log.root)
        let verifier = try #require(Checkpoint.Verifier(log.key))
        let checkpoint = try #require(Checkpoint(log.checkpoint, by: verifier))
        #expect(checkpoint.size == 5 && checkpoint.root == root)
        let inclusion = log.inclusion_of_2.map(bytes)
        #expect(MerkleTree.verifyInclusion(of: hashes[2], at: 2, size: 5, root: root, proof: inclusion))
        let old = (size: 3, root: MerkleTree.root(hashes.prefix(3)))
        #expect(
            MerkleTree.verifyConsistency(from: old, to: (5, root), proof: log.consistency_from_3.map(bytes))
        )
    }

    @Test func `any two recorded shares open the escrow`() throws {
        let escrow = vectors.escrow
        let shares = try escrow.shares.map { share in
            let administrator = try KeyPair(seed: secret(share.seed))
            let context = "v1|escrow|share|\(escrow.epoch)|\(share.person)"
            let value = try administrator.open(bytes(share.share), context: context)
            return Shamir.Share(place: UInt8(clamping: share.place), value: value)
        }
        let slot = TeamKey.Slot(team: vectors.keys.team, epoch: vectors.keys.epoch)
        for (one, two) in [(0, 1), (2, 0), (1, 2)] {
            let pair = try KeyPair(seed: Shamir.combine([shares[one], shares[two]]))
            #expect(pair.publicKey == bytes(escrow.public_key))
            let seed = try EscrowKeys.open(bytes(escrow.team_seed_sealed), of: slot, epoch: escrow.epoch, with: pair)
            #expect(seed == secret(vectors.keys.team_seed))
        }
    }
}
