// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing
import Vault

@Suite("Evidence bundle")
struct EvidenceBundleTests {
    private static let photo = [0xFF, 0xD8, 0xFF] + (0..<3_000).map { UInt8(truncatingIfNeeded: $0 * 7) }

    private func bundle(by keys: InstanceKeys, photo: [UInt8] = Self.photo) async throws -> [UInt8] {
        let database = try await Store.fresh(clock: ManualClock().clock)
        let unlocked = try #require(keys.unlocked)
        let sum = Fingerprint.hex(Fingerprint.sha256(Self.photo))
        let file = EvidenceBundle.File(
            path: "originals/001.jpeg",
            received: "2026-11-22T20:07:00Z",
            reference: "f1",
            sha256: sum,
            size: Self.photo.count,
            type: "image/jpeg"
        )
        let metadata = EvidenceBundle.Metadata(
            files: [file],
            incident: "i1",
            made: "2026-11-22T21:00:00Z",
            madeBy: "Abogada",
            reason: "Bond hearing"
        )
        let contents = try EvidenceBundle.Contents(
            metadata,
            originals: [StoredZip.Entry(file.path, photo)],
            index: "<!DOCTYPE html><title>Evidence</title>"
        )
        let (checkpoint, leaves) = try await database.write { tx in
            for number in 0..<9 {
                try Log.custody.append("file.received", subject: "x\(number)", data: ["sha256": "00"], in: tx)
            }
            try Log.custody.append("file.received", subject: "f1", data: ["sha256": sum], in: tx)
            try Log.custody.append("file.exported", subject: "f1", actor: "p1", data: ["sha256": sum], in: tx)
            try Log.custody.append(
                "evidence.exported",
                subject: "i1",
                actor: "p1",
                data: ["manifest": contents.manifest],
                in: tx
            )
            return (try Log.custody.sign(with: unlocked, in: tx), try Log.custody.leaves(in: tx))
        }
        let custody = try EvidenceBundle.Custody(
            of: ["f1", "i1"],
            leaves: leaves,
            checkpoint: try #require(checkpoint),
            key: Checkpoint.Verifier(log: "custody", signingKey: unlocked.signingKey)
        )
        #expect(custody.entries.count == 3)
        return try EvidenceBundle.archive(contents, custody)
    }

    @Test func `a bundle proves itself and unpacks with any tool`() async throws {
        let keys = InstanceKeys.fleeting()
        let bundle = try await bundle(by: keys)
        let checked = try EvidenceBundle.Checked(bundle)
        #expect(checked.findings.count == 3)
        let signer = try #require(keys.unlocked).signingKey
        #expect(checked.verifier == Checkpoint.Verifier(log: "custody", signingKey: signer))
        let entries = try StoredZip.entries(bundle)
        #expect(entries.first { $0.path == "originals/001.jpeg" }?.bytes == Self.photo)
        let path = "\(Store.folder)/\(UUID().uuidString).zip"
        try Data(bundle).write(to: URL(filePath: path))
        #expect(try Program.run(["python3", "-m", "zipfile", "--test", path]).status == 0)
    }

    @Test func `random edits to a bundle are all found`() async throws {
        let bundle = try await bundle(by: .fleeting())
        for _ in 0..<200 {
            var edited = bundle
            edited[Int.random(in: 0..<bundle.count)] ^= UInt8(1) << UInt8.random(in: 0..<8)
            #expect(throws: LogFile.Problem.self) { try EvidenceBundle.Checked(edited) }
        }
    }

    @Test func `a file put in another's place, with an archive written anew, is found`() async throws {
        let bundle = try await bundle(by: .fleeting())
        let entries = try StoredZip.entries(bundle)
        for (index, entry) in entries.enumerated() {
            var changed = entries
            changed[index] = StoredZip.Entry(entry.path, entry.bytes + [0x20])
            #expect(throws: LogFile.Problem.self) { try EvidenceBundle.Checked(StoredZip.archive(changed)) }
            changed.remove(at: index)
            #expect(throws: LogFile.Problem.self) { try EvidenceBundle.Checked(StoredZip.archive(changed)) }
        }
        let more = entries + [StoredZip.Entry("originals/002.jpeg", [1])]
        #expect(throws: LogFile.Problem.self) { try EvidenceBundle.Checked(StoredZip.archive(more)) }
    }

    @Test func `a file that never came in is found, even when the instance signed it`() async throws {
        let forged = try await bundle(by: .fleeting(), photo: [0xFF, 0xD8, 0xFF, 0x00])
        #expect(throws: LogFile.Problem.self) { try EvidenceBundle.Checked(forged) }
    }

    @Test func `no path leads out of the folder`() {
        for path in ["../a", "/a", "a/../b", "a//b", ".hidden", "a\\b", "", "a/", "é"] {
            #expect(throws: VaultError.badAddress) { try StoredZip.archive([StoredZip.Entry(path, [])]) }
        }
    }
}
