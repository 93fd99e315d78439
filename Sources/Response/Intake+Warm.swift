// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Synchronization
import Vault

extension Intake {
    /// Reports read again at most, and of one incident: about a kilobyte and a half each in memory, so 30 MB; half a
    /// millisecond each to open. Every incident gets its newest report before any gets its second.
    package static let mostRemembered = 20_000
    package static let mostRememberedOfOne = 200
    /// Between two looks for what other nodes took, while somebody is at the board.
    private static let rewarm = Duration.seconds(15)

    /// For every page and stream that somebody with keys opens: reads again, beside it, what this process has forgotten.
    /// One at a time.
    package func warmSoon(by caller: Caller) {
        guard caller.can(.openSealed), caller.isUnlocked else { return }
        let now = database.clock.now()
        let isDue = warmth.withLock { warmth in
            guard !warmth.isRunning, now >= warmth.next || now + Self.rewarm < warmth.next else { return false }
            warmth.isRunning = true
            return true
        }
        guard isDue else { return }
        Task {
            _ = try? await warm(by: caller)
            warmth.withLock { $0 = Warmth(isRunning: false, next: database.clock.now() + Self.rewarm) }
        }
    }

    struct Warmth: Sendable {
        var isRunning = false
        var next = Instant(milliseconds: .min)
    }

    /// What grouping looks at is only in memory. After a restart it is filled again from the sealed reports of every
    /// incident that is open or got one inside the window, as soon as somebody who can open them is there; until then
    /// reports are grouped with those that came since, and what was parted so is then suggested to be merged. Answers how
    /// many reports were read again; those already known are left alone.
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
                    let look = look(at: report, link, picture: looks[report.id.text], with: keyring)
                else { continue }
                index(isExercise: link.isExercise).add(look.traits, to: link.incident.text)
                _ = memory.accounts.add(look.account, to: link.incident.text)
                count += 1
            }
        }
        if count > 0 { try await suggestPieces() }
        return count
    }

    /// What came before anybody could look may be a piece of what was there: a person is asked.
    private func suggestPieces() async throws {
        for isExercise in [false, true] {
            let index = index(isExercise: isExercise)
            for (incident, report) in index.pieces(most: 500) {
                let placement = index.place(report, besides: incident)
                guard placement != .alone, let id = Ref<Incident>(incident) else { continue }
                try await database.write { tx in
                    guard let piece = try Incident.present(id, in: tx), piece.id == id, piece.state != .closed else {
                        return
                    }
                    for other in try Incident.suggest(placement, for: id, in: tx) {
                        try Incident.record("suggested", id, by: nil, ["other": other.text], in: tx)
                    }
                }
            }
        }
    }

    /// Nil for what this keyring can't open.
    private func look(at report: Report, _ link: Link, picture: UInt64?, with keyring: Keyring) -> (
        traits: ReportTraits, account: Account
    )? {
        let words = try? report.sealed.open(kind: ReportWords.kind, record: report.id.text, with: keyring)
        guard let words else { return nil }
        return look(
            report.id,
            words,
            words.whereabouts.located(in: places, orIn: words.words),
            kind: report.kind,
            source: link.addsTo?.text,
            picture: picture,
            hasPicture: picture != nil,
            isAddition: link.addsTo != nil,
            language: report.language,
            isRemembered: true
        )
    }
}

/// Which report is where.
private struct Link: Readable {
    let report: Ref<Report>
    let incident: Ref<Incident>
    let isExercise: Bool
    let addsTo: Ref<Report>?

    init(row: Row) throws {
        report = try row["report"]
        incident = try row["incident"]
        isExercise = try row["exercise"]
        addsTo = try row["adds_to"]
    }

    /// Of each incident the newest, as far as there is room: of what came since, and of everything that is open.
    static func since(_ instant: Instant, in tx: Transaction) throws -> [Link] {
        let open = IncidentState.allCases.filter { $0 != .closed }
        return try tx.all(
            Link.self,
            """
            SELECT report, incident, exercise, adds_to FROM (
                SELECT report, incident, exercise, adds_to, received_at,
                    row_number() OVER (PARTITION BY incident ORDER BY received_at DESC, report DESC) AS place
                FROM (
                    SELECT l.report, l.incident, r.exercise, r.adds_to, r.received_at
                    FROM reports r JOIN incident_reports l ON l.report = r.id
                    WHERE r.received_at >= \(instant) AND r.state <> 'spam'
                    UNION
                    SELECT l.report, l.incident, r.exercise, r.adds_to, r.received_at
                    FROM incidents i JOIN incident_reports l ON l.incident = i.id JOIN reports r ON r.id = l.report
                    WHERE i.state IN \(list: open) AND r.state <> 'spam'
                ) AS linked
            ) AS ranked
            WHERE place <= \(Intake.mostRememberedOfOne)
            ORDER BY place, received_at DESC, report LIMIT \(Intake.mostRemembered)
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
