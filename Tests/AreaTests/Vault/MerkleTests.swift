// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing
import Vault

@Suite("The append-only log")
struct MerkleTests {
    /// The leaves and roots of the reference tests of Certificate Transparency.
    private static let reference: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        Array(0x50...0x57), Array(0x60...0x6F),
    ]

    private static let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    private let hashes = (0..<70).map { MerkleTree.leaf([UInt8(truncatingIfNeeded: $0)]) }

    @Test func `roots are those of RFC 6962`() {
        var head = MerkleTree.Head()
        #expect(Fingerprint.hex(head.root) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for (leaf, root) in zip(Self.reference, Self.roots) {
            head.append(MerkleTree.leaf(leaf))
            #expect(Fingerprint.hex(head.root) == root)
        }
    }

    @Test func `every leaf is proven in a tree of every size, and no other leaf is`() throws {
        for size in [1, 2, 3, 7, 8, 9, 33, 64, 70] {
            let leaves = Array(hashes.prefix(size))
            let root = MerkleTree.root(leaves)
            for position in 0..<size {
                let proof = try #require(MerkleTree.inclusionProof(of: position, in: leaves))
                func holds(_ leaf: MerkleTree.Hash, _ position: Int, _ proof: [MerkleTree.Hash]) -> Bool {
                    MerkleTree.verifyInclusion(of: leaf, at: position, size: size, root: root, proof: proof)
                }
                #expect(holds(leaves[position], position, proof))
                #expect(!holds(MerkleTree.leaf([99, 99]), position, proof))
                #expect(!holds(leaves[position], position, proof + [root]))
                if size > 1 {
                    #expect(!holds(leaves[position], (position + 1) % size, proof))
                    #expect(!holds(leaves[position], position, Array(proof.dropLast())))
                }
            }
            #expect(MerkleTree.inclusionProof(of: size, in: leaves) == nil)
        }
    }

    @Test func `every earlier tree is proven to be the beginning, and no other tree is`() throws {
        for size in [1, 2, 3, 8, 13, 64, 70] {
            let leaves = Array(hashes.prefix(size))
            let new = (size: size, root: MerkleTree.root(leaves))
            for first in 1...size {
                let old = (size: first, root: MerkleTree.root(leaves.prefix(first)))
                let proof = try #require(MerkleTree.consistencyProof(from: first, in: leaves))
                #expect(MerkleTree.verifyConsistency(from: old, to: new, proof: proof))
                let forked = (size: first, root: MerkleTree.leaf([7, 7]))
                #expect(!MerkleTree.verifyConsistency(from: forked, to: new, proof: proof))
                guard first < size else { continue }
                #expect(!MerkleTree.verifyConsistency(from: old, to: (size, old.root), proof: proof))
                for index in proof.indices {
                    var other = proof
                    other[index][0] ^= 1
                    #expect(!MerkleTree.verifyConsistency(from: old, to: new, proof: other))
                }
            }
        }
    }

    @Test func `a head is taken up again where it was left`() throws {
        var head = MerkleTree.Head()
        for (index, hash) in hashes.enumerated() {
            head.append(hash)
            #expect(head.root == MerkleTree.root(Array(hashes.prefix(index + 1))))
            head = try #require(MerkleTree.Head(size: head.size, hashes: head.hashes))
        }
        #expect(MerkleTree.Head(size: 3, hashes: [hashes[0]]) == nil)
    }

    @Test func `a checkpoint is read only as it was signed`() throws {
        let keys = InstanceKeys.fleeting()
        let unlocked = try #require(keys.unlocked)
        let checkpoint = try Checkpoint.sign(log: "audit", size: 70, root: MerkleTree.root(hashes), with: unlocked)
        let verifier = Checkpoint.Verifier(log: "audit", signingKey: try unlocked.signingKey)
        #expect(Checkpoint(checkpoint.note, by: verifier) == checkpoint)
        #expect(Checkpoint.Verifier(verifier.description) == verifier)
        let lines = checkpoint.note.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 6 && lines[1] == "70" && lines[3].isEmpty && lines[4].hasPrefix("— vecinos."))
        for other in ["\(checkpoint.note)\n", "\n\(checkpoint.note)", checkpoint.note.replacing("70", with: "71")] {
            #expect(Checkpoint(other, by: verifier) == nil)
        }
        let roster = Checkpoint.Verifier(log: "roster", signingKey: try unlocked.signingKey)
        #expect(Checkpoint(checkpoint.note, by: roster) == nil)
        let stranger = try #require(InstanceKeys.fleeting().unlocked)
        let forged = try Checkpoint.sign(log: "audit", size: 70, root: MerkleTree.root(hashes), with: stranger)
        #expect(Checkpoint(forged.note, by: verifier) == nil)
    }

    /// A log of forty entries, two of them erased, and its export.
    private func export() async throws -> (Database, InstanceKeys, String) {
        let database = try await Store.fresh(clock: ManualClock().clock)
        let keys = InstanceKeys.fleeting()
        let unlocked = try #require(keys.unlocked)
        let text = try await database.write { tx in
            for number in 0..<40 {
                try Log.audit.append(
                    "team.granted",
                    subject: "t\(number)",
                    actor: "p1",
                    data: ["n": "\(number)"],
                    in: tx
                )
                if number == 20 { try Log.sign(with: unlocked, in: tx) }
            }
            try Log.forget(["t3", "t30"], in: tx)
            return try LogFile.export(.audit, keys: unlocked, in: tx)
        }
        return (database, keys, text)
    }

    @Test func `an export proves itself, with the words of erased entries gone`() async throws {
        let (_, _, text) = try await export()
        let log = try LogFile(text)
        #expect(log.leaves.count == 40 && log.texts.count == 38 && log.checkpoint.size == 40)
        #expect(!text.contains("\"t3\"") && text.contains("\"t4\""))
    }

    @Test func `five hundred random edits to an exported log are all found`() async throws {
        let (_, _, text) = try await export()
        let bytes = Array(text.utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var random = SystemRandomNumberGenerator()
        for round in 0..<500 {
            var edited = bytes
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch round % 7 {
            case 0: edited[place] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
            case 1: edited.remove(at: place)
            case 2: edited.insert(UInt8.random(in: 1...127, using: &random), at: place)
            case 3: edited = Array(bytes.prefix(place))
            case 4:
                // An entry left out.
                var fewer = lines
                fewer.remove(at: Int.random(in: 3..<43, using: &random))
                edited = Array(fewer.joined(separator: "\n").utf8)
            case 5:
                // Two entries in another order.
                var moved = lines
                let first = Int.random(in: 3..<42, using: &random)
                moved.swapAt(first, first + 1)
                edited = Array(moved.joined(separator: "\n").utf8)
            default:
                // An entry written anew, as somebody with the database but not the key would.
                var written = lines
                written[Int.random(in: 3..<43, using: &random)] = #"{"action":"person.signed_in","actor":"p9"}"#
                edited = Array(written.joined(separator: "\n").utf8)
            }
            guard edited != bytes else { continue }
            guard let changed = String(validating: edited, as: UTF8.self) else { continue }
            #expect(throws: LogFile.Problem.self) { try LogFile(changed) }
        }
    }

    @Test func `a log goes on from every checkpoint that was kept, and a forked one does not`() async throws {
        let (database, keys, text) = try await export()
        let unlocked = try #require(keys.unlocked)
        let log = try LogFile(text)
        let note = try await database.read { tx in
            try tx.one(String.self, "SELECT note FROM log_checkpoints WHERE log = 'audit' AND size = 21") ?? ""
        }
        let old = try #require(Checkpoint(note, by: log.verifier))
        #expect(log.goesOn(from: old))
        let fork = try Checkpoint.sign(log: "audit", size: 21, root: MerkleTree.leaf([1]), with: unlocked)
        #expect(!log.goesOn(from: fork))
    }

    @Test(
        arguments: [
            "UPDATE log_leaves SET leaf = replace(leaf, 'p1', 'p2') WHERE position = 5",
            "UPDATE log_leaves SET hash = (SELECT hash FROM log_leaves WHERE position = 6) WHERE position = 5",
            "DELETE FROM log_leaves WHERE position = 5", "DELETE FROM log_leaves WHERE position = 39",
            "UPDATE log_checkpoints SET note = replace(note, '40', '39')",
            "UPDATE log_leaves SET position = 100 WHERE position = 39",
        ] as [SQL]
    )
    func `what somebody changed in the database is found when the log is exported`(_ edit: SQL) async throws {
        let (database, keys, _) = try await export()
        let unlocked = try #require(keys.unlocked)
        try await database.write { tx in _ = try tx.run(edit) }
        await #expect(throws: LogFile.Problem.self) {
            try await database.write { tx in try LogFile.export(.audit, keys: unlocked, in: tx) }
        }
    }
}
