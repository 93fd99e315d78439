// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import Kit

/// An append-only log: what was written can't be changed, left out or put in another order without it showing. Its leaves
/// are short canonical texts; the hashes stay when the words of a leaf have to go.
package enum Log: String, CaseIterable, Sendable, Bindable, Column {
    /// What members did that an auditor should know.
    case audit
    /// Evidence: received, opened, exported.
    case custody
    /// Who can read what: members, roles, teams, keys.
    case roster
    /// The bond fund's ledger.
    case fund

    /// One entry. Its text is JSON with sorted keys; the salt keeps a hash from being guessed when the words are gone.
    package struct Leaf: Sendable, Hashable, Codable {
        package let action: String
        /// The reference of a person; empty for the system.
        package let actor: String
        /// The minute, in UTC: `2026-11-22T20:07Z`.
        package let at: String
        package let data: [String: String]
        package let log: String
        /// 16 random bytes in hexadecimal.
        package let salt: String
        package let subject: String

        var text: String {
            get throws {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                return String(decoding: try encoder.encode(self), as: UTF8.self)
            }
        }
    }

    /// Costs one row and O(log n) hashes; answers the position.
    @discardableResult
    package func append(
        _ action: String,
        subject: String,
        actor: String? = nil,
        data: [String: String] = [:],
        in tx: Transaction
    ) throws -> Int {
        // Two nodes that append at once would both take the same position.
        if tx.dialect == .postgres { _ = try tx.rows("SELECT pg_advisory_xact_lock(727202)") }
        var head = try head(in: tx)
        let leaf = Leaf(
            action: action,
            actor: actor ?? "",
            at: "\(tx.now.iso8601.prefix(16))Z",
            data: data,
            log: rawValue,
            salt: Fingerprint.hex(RandomBytes.take(16)),
            subject: subject
        )
        let text = try leaf.text
        let hash = MerkleTree.leaf(Array(text.utf8))
        let position = head.size
        try tx.run(
            """
            INSERT INTO log_leaves (log, position, hash, leaf, subject)
            VALUES (\(self), \(position), \(hash), \(text), \(subject))
            """
        )
        head.append(hash)
        try tx.run(
            """
            INSERT INTO log_heads (log, size, hashes) VALUES (\(self), \(head.size), \(head.hashes.flatMap { $0 }))
            ON CONFLICT (log) DO UPDATE SET size = excluded.size, hashes = excluded.hashes
            """
        )
        return position
    }

    /// Takes the words out of the leaves about these things, because what they are about is erased. The hashes stay, so
    /// the log still proves that something was there, and everything around it.
    package static func forget(_ subjects: [String], in tx: Transaction) throws {
        for start in stride(from: 0, to: subjects.count, by: 1_000) {
            let some = Array(subjects[start..<min(start + 1_000, subjects.count)])
            try tx.run("UPDATE log_leaves SET leaf = NULL, subject = NULL WHERE subject IN \(list: some)")
        }
    }

    /// Signs how long every log is now, where it grew since the last time; answers how many were signed. While the
    /// instance is locked, leaves are appended and checkpoints wait.
    @discardableResult
    package static func sign(with keys: InstanceKeys.Unlocked, in tx: Transaction) throws -> Int {
        try allCases.reduce(0) { count, log in try count + (log.sign(with: keys, in: tx) == nil ? 0 : 1) }
    }

    /// Nil when there is nothing new.
    @discardableResult
    package func sign(with keys: InstanceKeys.Unlocked, in tx: Transaction) throws -> Checkpoint? {
        let head = try head(in: tx)
        let last = try tx.one(Int.self, "SELECT max(size) FROM log_checkpoints WHERE log = \(self)") ?? 0
        guard head.size > last else { return nil }
        let checkpoint = try Checkpoint.sign(log: rawValue, size: head.size, root: head.root, with: keys)
        try tx.run(
            """
            INSERT INTO log_checkpoints (log, size, root, note, at)
            VALUES (\(self), \(head.size), \(head.root), \(checkpoint.note), \(tx.now))
            """
        )
        return checkpoint
    }

    /// The newest signed checkpoint as its note; nil before the first. May be published: it tells nothing but a size.
    package func checkpoint(in tx: Transaction) throws -> String? {
        try tx.one(String.self, "SELECT note FROM log_checkpoints WHERE log = \(self) ORDER BY size DESC LIMIT 1")
    }

    /// What remains to append to; throws `damaged` when the rows don't fit together.
    package func head(in tx: Transaction) throws -> MerkleTree.Head {
        guard let row = try tx.rows("SELECT size, hashes FROM log_heads WHERE log = \(self)").first else {
            return MerkleTree.Head()
        }
        let bytes: [UInt8] = try row["hashes"]
        let hashes = stride(from: 0, to: bytes.count, by: 32).map { Array(bytes[$0..<min($0 + 32, bytes.count)]) }
        guard let head = MerkleTree.Head(size: try row["size"], hashes: hashes) else { throw VaultError.damaged }
        return head
    }

    /// One stored leaf: its hash, and its words while they are kept.
    package struct Stored: Sendable, Hashable, Readable {
        package let position: Int
        package let hash: MerkleTree.Hash
        package let text: String?

        package init(row: Row) throws {
            position = try row["position"]
            hash = try row["hash"]
            text = try row["leaf"]
        }
    }

    package func leaves(in tx: Transaction) throws -> [Stored] {
        try tx.all(
            Stored.self,
            "SELECT position, hash, leaf FROM log_leaves WHERE log = \(self) ORDER BY position"
        )
    }
}
