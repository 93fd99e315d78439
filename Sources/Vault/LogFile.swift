// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

/// A whole log as one text file that proves itself: every leaf, and the checkpoint that signs them all. There is one way
/// to write it, so a file in which a single byte was changed is found out.
///
///     vecinos log 1
///     vecinos.9f2c51a07be04c1d/audit+1f0c2a77+AQ…      who signs: name, key id, key
///     412                                              leaves, one a line:
///     {"action":"team.granted",…}                      its text
///     - jZ0b…=                                         or its hash alone, where the words were erased
///                                                      an empty line, and the checkpoint, to the end
package struct LogFile: Sendable {
    package let verifier: Checkpoint.Verifier
    /// The text of each leaf, or its hash alone.
    package let leaves: [Entry]
    package let checkpoint: Checkpoint

    package enum Entry: Sendable, Hashable {
        case text(String)
        case hash(MerkleTree.Hash)

        package var hash: MerkleTree.Hash {
            switch self {
            case .text(let text): MerkleTree.leaf(Array(text.utf8))
            case .hash(let hash): hash
            }
        }

        fileprivate var line: String {
            switch self {
            case .text(let text): text
            case .hash(let hash): "- \(Data(hash).base64EncodedString())"
            }
        }
    }

    /// What is wrong with a file, in words for whoever checks it.
    package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    private static let heading = "vecinos log 1"

    /// Signs first what is not signed yet. Throws `Problem` when the log is empty, when the database was tampered with,
    /// or when the instance is locked and something is not signed.
    package static func export(_ log: Log, keys: InstanceKeys.Unlocked, in tx: Transaction) throws -> String {
        try log.sign(with: keys, in: tx)
        let stored = try log.leaves(in: tx)
        for (position, leaf) in stored.enumerated() {
            guard leaf.position == position else { throw Problem("\(log.rawValue): leaf \(position) is missing.") }
            guard leaf.text.map({ MerkleTree.leaf(Array($0.utf8)) == leaf.hash }) ?? true else {
                throw Problem("\(log.rawValue): leaf \(position) was changed.")
            }
        }
        guard let note = try log.checkpoint(in: tx) else { throw Problem("\(log.rawValue): nothing was written yet.") }
        let verifier = Checkpoint.Verifier(log: log.rawValue, signingKey: try keys.signingKey)
        let entries = stored.map { $0.text.map(Entry.text) ?? .hash($0.hash) }
        let lines = [heading, verifier.description, "\(entries.count)"] + entries.map(\.line)
        let text = lines.joined(separator: "\n") + "\n\n" + note
        // What can't be verified is not handed out: the rows may have been cut off, or put in another order.
        _ = try LogFile(text)
        return text
    }

    /// Reads and checks everything that can be checked without having seen the log before.
    package init(_ text: String) throws {
        let bytes = Array(text.utf8)
        // On bytes: to Swift, CR LF is one letter.
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard lines.count > 3, lines[0] == Self.heading else { throw Problem("This is not a log of Vecinos.") }
        guard let verifier = Checkpoint.Verifier(lines[1]), verifier.isOwnName else {
            throw Problem("The signer's line was changed.")
        }
        guard let count = Int(lines[2]), count > 0, "\(count)" == lines[2], lines.count == 3 + count + 1 + 6 else {
            throw Problem("The file does not have as many entries as it says.")
        }
        leaves = try lines[3..<(3 + count)].enumerated().map { position, line in
            guard line.utf8.starts(with: "- ".utf8) else { return .text(line) }
            guard let hash = Data(base64Encoded: String(line.dropFirst(2))), hash.count == 32 else {
                throw Problem("Entry \(position) was changed.")
            }
            return .hash(Array(hash))
        }
        guard let checkpoint = Checkpoint(lines[(4 + count)...].joined(separator: "\n"), by: verifier) else {
            throw Problem("The signature does not fit.")
        }
        guard checkpoint.size == count, checkpoint.root == MerkleTree.root(leaves.map(\.hash)) else {
            throw Problem("The entries are not those that were signed: something was changed, left out or moved.")
        }
        (self.verifier, self.checkpoint) = (verifier, checkpoint)
        // The one right way to write it: no other base64, no second empty line.
        let again = [Self.heading, verifier.description, "\(count)"] + leaves.map(\.line)
        guard Array((again.joined(separator: "\n") + "\n\n" + checkpoint.note).utf8) == bytes else {
            throw Problem("The file was changed.")
        }
    }

    /// That this log goes on from an older checkpoint, which somebody kept: nothing of then was changed or cut off since.
    package func goesOn(from old: Checkpoint) -> Bool {
        let hashes = leaves.map(\.hash)
        guard old.origin == checkpoint.origin, old.size <= hashes.count else { return false }
        return MerkleTree.root(hashes[..<old.size]) == old.root
    }

    /// The texts of the leaves that are still there, with their positions.
    package var texts: [(position: Int, text: String)] {
        leaves.enumerated().compactMap { position, entry in
            if case .text(let text) = entry { (position, text) } else { nil }
        }
    }
}
