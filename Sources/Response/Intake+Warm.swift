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
        let linked = try await database.read { tx in try Linked.since(since, in: tx) }
        var count = 0
        for link in linked {
            let index = index(isExercise: link.report.isExercise)
            guard !index.homes(of: link.report.id.text).contains(link.incident.text),
                let words = try? link.report.sealed.open(
                    kind: ReportWords.kind,
                    record: link.report.id.text,
                    with: keyring
                )
            else { continue }
            index.add(traits(of: link, words), to: link.incident.text)
            count += 1
        }
        return count
    }

    private func traits(of link: Linked, _ words: ReportWords) -> ReportTraits {
        traits(
            link.report.id,
            words,
            words.whereabouts.located(in: places, orIn: words.words),
            kind: link.report.kind,
            language: link.report.language,
            source: nil,
            picture: link.picture
        )
    }
}

private struct Linked: Readable {
    let report: Report
    let incident: Ref<Incident>
    let picture: UInt64?

    init(row: Row) throws {
        report = try Report(row: row)
        incident = try row["incident"]
        let sha256: [UInt8]? = try row["sha256"]
        picture = sha256.map { $0.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
    }

    static func since(_ instant: Instant, in tx: Transaction) throws -> [Linked] {
        try tx.all(
            Linked.self,
            """
            SELECT r.*, l.incident AS incident,
                (SELECT f.sha256 FROM files f WHERE f.owner = r.id ORDER BY f.received_at, f.id LIMIT 1) AS sha256
            FROM reports r JOIN incident_reports l ON l.report = r.id
            WHERE r.received_at >= \(instant) AND r.state <> 'spam' ORDER BY r.received_at LIMIT 2000
            """
        )
    }
}
