// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// An evidence bundle of one incident, for counsel: see `EvidenceBundle` for what is in it.
package enum EvidenceExport {
    /// Bytes of all originals together.
    package static let largest = 400_000_000
    package static let longestReason = 300

    /// Opens every file of the incident with the caller's keys, writes down that they were exported, by whom and why, and
    /// signs the custody log. Throws a `Refusal`: `.invalid` with `reason`, `.notFound` for a stranger, `.conflict` when
    /// there is no file, `.unavailable` while the instance is locked. `index` makes the page to read.
    package static func make(
        of incident: Ref<Incident>,
        because reason: String,
        by caller: Caller,
        keys: InstanceKeys,
        in database: Database,
        index: @escaping @Sendable (EvidenceBundle.Metadata) -> String
    ) async throws -> [UInt8] {
        try caller.require(.export)
        var check = FieldCheck()
        let reason = check.text(reason, "reason", limit: longestReason)
        if reason == nil {
            check.flag("reason", "response.bundle_reason|Write what it is for. It goes on the record.")
        }
        try check.settle()
        guard let unlocked = keys.unlocked else {
            throw Refusal(
                .unavailable,
                "response.bundle_locked|This server is locked, so nothing can be signed. Unlock it first."
            )
        }
        let (files, isExercise) = try await database.read { tx in
            (try Self.files(of: incident, by: caller, in: tx), try Exercise.holds(incident, in: tx))
        }
        let made = database.clock.now().iso8601
        // In a transaction of its own: whatever happens next, these files were opened.
        let opened = try await database.write { tx in
            try files.map { try EvidenceFile.open($0.id, by: caller, in: tx) }
        }
        let described = opened.enumerated().map { number, opened in describe(opened.file, number: number + 1) }
        let metadata = EvidenceBundle.Metadata(
            files: described,
            incident: incident.text,
            made: made,
            madeBy: caller.handle,
            reason: (isExercise ? "EXERCISE. Nothing in this is real. " : "") + (reason ?? "")
        )
        var originals: [StoredZip.Entry] = []
        for (described, opened) in zip(described, opened) {
            originals.append(StoredZip.Entry(described.path, try await opened.whole()))
        }
        let contents = try EvidenceBundle.Contents(metadata, originals: originals, index: index(metadata))
        let checkpoint = try await database.write { tx in
            for opened in opened {
                try Custody.record(.exported, opened.file.id, sha256: opened.file.sha256, by: caller.person, in: tx)
            }
            try tx.attest(
                Event(
                    "evidence.exported",
                    subject: incident.text,
                    actor: caller.person.text,
                    data: ["files": "\(opened.count)", "manifest": contents.manifest]
                ),
                detail: reason
            )
            return try Log.custody.sign(with: unlocked, in: tx)
        }
        guard let checkpoint else { throw VaultError.damaged }
        let leaves = try await database.read { tx in try Log.custody.leaves(in: tx) }
        let custody = try EvidenceBundle.Custody(
            of: Set(files.map(\.id.text)).union([incident.text]),
            leaves: Array(leaves.prefix(checkpoint.size)),
            checkpoint: checkpoint,
            key: Checkpoint.Verifier(log: Log.custody.rawValue, signingKey: try unlocked.signingKey)
        )
        return try EvidenceBundle.archive(contents, custody)
    }

    private static func files(
        of id: Ref<Incident>,
        by caller: Caller,
        in tx: Transaction
    ) throws -> [EvidenceFile] {
        _ = try Incident.find(id, by: caller, in: tx)
        let incidents = try Incident.withMerged(id, in: tx)
        let owners = try tx.list(
            String.self,
            """
            SELECT report FROM incident_reports WHERE incident IN \(list: incidents)
            UNION SELECT id FROM observations WHERE incident IN \(list: incidents)
            """
        )
        let files = try EvidenceFile.of(owners, in: tx).values.flatMap { $0 }
            .sorted { ($0.receivedAt, $0.id.text) < ($1.receivedAt, $1.id.text) }
        guard !files.isEmpty else {
            throw Refusal(.conflict, "response.bundle_empty|There is no photo or file in this incident.")
        }
        guard files.reduce(0, { $0 + $1.size }) <= largest else {
            throw Refusal(
                .conflict,
                "response.bundle_large|These files are too big for one bundle. Open them one by one."
            )
        }
        return files
    }

    private static func describe(_ file: EvidenceFile, number: Int) -> EvidenceBundle.File {
        let digits = String(number)
        let name = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        return EvidenceBundle.File(
            path: "originals/\(name).\(file.mediaType.ending)",
            received: file.receivedAt.iso8601,
            reference: file.id.text,
            sha256: Fingerprint.hex(file.sha256),
            size: file.size,
            type: file.mediaType.rawValue
        )
    }
}
