// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Vault

extension Intake {
    /// What grouping looks at is only in memory. After a restart it is filled again from the sealed reports, as soon as
    /// somebody who can open them looks at the board; until then reports are grouped with those that came since.
    /// Answers how many reports were read again; those already known are left alone.
    @discardableResult
    package func warm(by caller: Caller) async throws -> Int {
        guard caller.can(.openSealed), let keyring = caller.keyring else { return 0 }
        let since = database.clock.now() - .seconds(settings.window * 60)
        let links = try await database.read { tx in try Link.since(since, in: tx) }
        let unknown = links.filter { link in
            !index(isExercise: link.isExercise).homes(of: link.report.text).contains(link.incident.text)
        }
        var count = 0
        for start in stride(from: 0, to: unknown.count, by: 100) {
            let part = Array(unknown[start..<min(start + 100, unknown.count)])
            let (written, looks) = try await database.read { tx in
                (
                    try Written.all(part.map(\.report), in: tx),
                    try EvidenceFile.looks(of: part.map(\.report.text), with: keyring, in: tx)
                )
            }
            for link in part {
                guard let report = written[link.report],
                    let traits = traits(of: report, picture: looks[report.id.text], with: keyring)
                else { continue }
                index(isExercise: link.isExercise).add(traits, to: link.incident.text)
                count += 1
            }
        }
        return count
    }

    /// Nil for what this keyring can't open.
    private func traits(of report: Report, picture: UInt64?, with keyring: Keyring) -> ReportTraits? {
        let words = try? report.sealed.open(kind: ReportWords.kind, record: report.id.text, with: keyring)
        guard let words else { return nil }
        return traits(
            report.id,
            words,
            words.whereabouts.located(in: places, orIn: words.words),
            kind: report.kind,
            language: report.language,
            source: nil,
            picture: picture,
            isRemembered: true
        )
    }
}

/// Which report is where.
private struct Link: Readable {
    let report: Ref<Report>
    let incident: Ref<Incident>
    let isExercise: Bool

    init(row: Row) throws {
        report = try row["report"]
        incident = try row["incident"]
        isExercise = try row["exercise"]
    }

    /// The newest of that time: older ones of a great flood are of incidents that have enough.
    static func since(_ instant: Instant, in tx: Transaction) throws -> [Link] {
        try tx.all(
            Link.self,
            """
            SELECT l.report, l.incident, r.exercise FROM reports r JOIN incident_reports l ON l.report = r.id
            WHERE r.received_at >= \(instant) AND r.state <> 'spam' ORDER BY r.received_at DESC LIMIT 2000
            """
        )
    }
}

private enum Written {
    static func all(_ ids: [Ref<Report>], in tx: Transaction) throws -> [Ref<Report>: Report] {
        let all = try tx.all(Report.self, "SELECT * FROM reports WHERE id IN \(list: ids)")
        return Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
    }
}
