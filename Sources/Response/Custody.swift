// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

/// Who had a file in hand, from the moment it arrived: entries of the append-only log `custody`. Each names the file and
/// its SHA-256, so that a court can see that what it gets is what came in.
package enum Custody: String, Sendable {
    case received = "file.received"
    case opened = "file.opened"
    case exported = "file.exported"

    /// `by`: nil for a neighbor, or the server itself.
    package static func record(
        _ act: Custody,
        _ file: Ref<EvidenceFile>,
        sha256: [UInt8],
        by person: Ref<Person>? = nil,
        in tx: Transaction
    ) throws {
        try Log.custody.append(
            act.rawValue,
            subject: file.text,
            actor: person?.text,
            data: ["sha256": Fingerprint.hex(sha256)],
            in: tx
        )
    }
}

extension IncidentDetail {
    /// Puts on the record that the caller opened the words of these reports: once a report and day. Before they are
    /// shown, so that what can't be recorded is not shown.
    package func witness(by caller: Caller, in database: Database) async throws {
        let shown = reports.filter { $0.words.content != nil }.map(\.report.id.text)
        guard !shown.isEmpty else { return }
        let unrecorded = try await database.read { tx in try Audit.unrecorded(shown, by: caller, in: tx) }
        guard !unrecorded.isEmpty else { return }
        let incident = card.id.text
        try await database.write { tx in try Audit.opened(unrecorded, of: incident, by: caller, in: tx) }
    }
}
