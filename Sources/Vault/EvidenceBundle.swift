// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials

/// What counsel gets: a zip with the originals, what is known of them, and the proof that they are what came in. Anybody
/// can check it offline, with `vecinos verify` or by hand:
///
///     index.html        to read
///     metadata.json     files: path, SHA-256, size, type, received; who made the bundle, when, why
///     originals/…       untouched
///     manifest.txt      SHA-256 and path of each of those, a line each
///     custody.json      entries of the log `custody` about these files, each with its inclusion proof, and the signed
///                       checkpoint they are proven against; one of them holds the SHA-256 of the manifest
package enum EvidenceBundle {
    /// One file as the metadata describes it.
    package struct File: Codable, Sendable, Hashable {
        package let path: String
        package let received: String
        package let reference: String
        package let sha256: String
        package let size: Int
        package let type: String

        package init(path: String, received: String, reference: String, sha256: String, size: Int, type: String) {
            (self.path, self.received, self.reference) = (path, received, reference)
            (self.sha256, self.size, self.type) = (sha256, size, type)
        }
    }

    package struct Metadata: Codable, Sendable, Hashable {
        package let files: [File]
        package let incident: String
        package let made: String
        package let madeBy: String
        package let reason: String

        package init(files: [File], incident: String, made: String, madeBy: String, reason: String) {
            (self.files, self.incident, self.made) = (files, incident, made)
            (self.madeBy, self.reason) = (madeBy, reason)
        }
    }

    /// All but the custody log: made first, so that its hash can be written into the log.
    package struct Contents: Sendable {
        let entries: [StoredZip.Entry]
        /// SHA-256 of the manifest, in hexadecimal: what the entry `evidence.exported` says.
        package let manifest: String

        package init(_ metadata: Metadata, originals: [StoredZip.Entry], index: String) throws {
            let parts =
                [StoredZip.Entry("index.html", index), StoredZip.Entry("metadata.json", try json(metadata))]
                + originals
            let text = parts.map { "\(Fingerprint.hex(Fingerprint.sha256($0.bytes)))  \($0.path)\n" }.joined()
            entries = parts + [StoredZip.Entry("manifest.txt", text)]
            manifest = Fingerprint.hex(Fingerprint.sha256(Array(text.utf8)))
        }
    }

    /// The custody log's part.
    package struct Custody: Codable, Sendable, Hashable {
        package struct Entry: Codable, Sendable, Hashable {
            package let leaf: String
            package let position: Int
            package let proof: [String]
        }

        package let checkpoint: String
        package let entries: [Entry]
        package let key: String

        /// `subjects`: the files' references, and the incident's. `leaves`: the whole log.
        package init(of subjects: Set<String>, leaves: [Log.Stored], checkpoint: Checkpoint, key: Checkpoint.Verifier)
            throws
        {
            let hashes = leaves.map(\.hash)
            self.checkpoint = checkpoint.note
            self.key = key.description
            entries = try leaves.compactMap { stored in
                guard let text = stored.text,
                    let leaf = try? JSONDecoder().decode(Log.Leaf.self, from: Data(text.utf8)),
                    subjects.contains(leaf.subject)
                else { return nil }
                guard let proof = MerkleTree.inclusionProof(of: stored.position, in: hashes) else {
                    throw VaultError.damaged
                }
                return Entry(
                    leaf: text,
                    position: stored.position,
                    proof: proof.map { Data($0).base64EncodedString() }
                )
            }
        }
    }

    package static func archive(_ contents: Contents, _ custody: Custody) throws -> [UInt8] {
        try StoredZip.archive(contents.entries + [StoredZip.Entry("custody.json", try json(custody))])
    }

    /// A bundle in which everything fits. Throws `LogFile.Problem`, which says what does not.
    package struct Checked: Sendable {
        package let verifier: Checkpoint.Verifier
        /// What was found right, in words.
        package let findings: [String]

        package init(_ bytes: [UInt8]) throws {
            guard let entries = try? StoredZip.entries(bytes) else {
                throw LogFile.Problem("The archive was changed, or is not one of ours.")
            }
            let files = Dictionary(entries.map { ($0.path, $0.bytes) }) { first, _ in first }
            let metadata: Metadata = try read("metadata.json", in: files)
            let custody: Custody = try read("custody.json", in: files)
            guard let verifier = Checkpoint.Verifier(custody.key), verifier.isOwnName,
                verifier.name.hasSuffix("/custody"), let checkpoint = Checkpoint(custody.checkpoint, by: verifier)
            else { throw LogFile.Problem("The signature of the custody log does not fit.") }
            let leaves = try custody.entries.map { try Self.proven($0, by: checkpoint) }
            let manifest = files["manifest.txt"] ?? []
            let sum = Fingerprint.hex(Fingerprint.sha256(manifest))
            guard leaves.contains(where: { $0.action == "evidence.exported" && $0.data["manifest"] == sum }) else {
                throw LogFile.Problem("The manifest is not the one that was signed.")
            }
            let covered = entries.filter { !["manifest.txt", "custody.json"].contains($0.path) }
            let lines = covered.map { "\(Fingerprint.hex(Fingerprint.sha256($0.bytes)))  \($0.path)\n" }.joined()
            guard Array(lines.utf8) == manifest else {
                throw LogFile.Problem("A file was changed, added or left out since the bundle was signed.")
            }
            for file in metadata.files {
                guard let bytes = files[file.path], Fingerprint.hex(Fingerprint.sha256(bytes)) == file.sha256 else {
                    throw LogFile.Problem("\(file.path) is not the file that the metadata describes.")
                }
                let received = leaves.contains {
                    $0.action == "file.received" && $0.subject == file.reference && $0.data["sha256"] == file.sha256
                }
                guard received else {
                    throw LogFile.Problem("\(file.path): the custody log does not say that this file came in.")
                }
            }
            self.verifier = verifier
            findings = [
                "\(metadata.files.count) originals, each as it came in",
                "\(leaves.count) entries of custody, each proven to stand in the log of \(checkpoint.size)",
                "nothing was changed, added or left out since the bundle was made",
            ]
        }

        private static func proven(_ entry: Custody.Entry, by checkpoint: Checkpoint) throws -> Log.Leaf {
            let proof = entry.proof.compactMap { Data(base64Encoded: $0).map { Array($0) } }
            let holds = MerkleTree.verifyInclusion(
                of: MerkleTree.leaf(Array(entry.leaf.utf8)),
                at: entry.position,
                size: checkpoint.size,
                root: checkpoint.root,
                proof: proof
            )
            guard holds, proof.count == entry.proof.count, proof.allSatisfy({ $0.count == 32 }),
                proof.map({ Data($0).base64EncodedString() }) == entry.proof,
                let leaf = try? JSONDecoder().decode(Log.Leaf.self, from: Data(entry.leaf.utf8))
            else { throw LogFile.Problem("Entry \(entry.position) of the custody log does not stand in it.") }
            return leaf
        }
    }

    /// With sorted keys, so that there is one way to write it.
    private static func json(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    private static func read<T: Codable>(_ path: String, in files: [String: [UInt8]]) throws -> T {
        guard let bytes = files[path], let value = try? JSONDecoder().decode(T.self, from: Data(bytes)),
            (try? json(value)) == bytes
        else { throw LogFile.Problem("\(path) was changed, or is missing.") }
        return value
    }
}
