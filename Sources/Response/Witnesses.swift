// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People
import Synchronization

/// What is known of who sent what, for counting separate witnesses anew: in memory only, like everything that grouping
/// looks at. Attached to the database by `Intake`, so that whoever merges, splits and clears away counts by the same.
final class WitnessMemory: Sendable {
    /// Exercises have their own: they never meet what is real.
    let recent: RecentIncidents
    /// What reports say that others can agree with: no report is both real and rehearsed.
    let accounts = AccountMemory()
    private let rehearsals: Mutex<RecentIncidents>
    /// Reports that were taken for spam: out of sight of the grouping, and still known when they come back.
    private let aside = Mutex(Aside())

    private struct Aside {
        var reports: [String: (traits: ReportTraits, isExercise: Bool)] = [:]
        var order: [String] = []
        static let most = 1_000
    }

    init(_ recent: RecentIncidents, rehearsals: RecentIncidents) {
        self.recent = recent
        self.rehearsals = Mutex(rehearsals)
    }

    func index(isExercise: Bool) -> RecentIncidents { isExercise ? rehearsals.withLock { $0 } : recent }

    func forgetRehearsal(_ fresh: RecentIncidents) { rehearsals.withLock { $0 = fresh } }

    func setAside(_ report: String) {
        for isExercise in [false, true] {
            let index = index(isExercise: isExercise)
            guard let traits = index.traits(of: [report]).first else { continue }
            index.remove(report)
            aside.withLock { aside in
                if aside.reports.updateValue((traits, isExercise), forKey: report) == nil { aside.order.append(report) }
                if aside.order.count > Aside.most { aside.reports[aside.order.removeFirst()] = nil }
            }
        }
    }

    func putBack(_ report: String, to incident: String) {
        guard let (traits, isExercise) = aside.withLock({ $0.reports[report] }) else { return }
        index(isExercise: isExercise).add(traits, to: incident)
    }

    /// A report speaks of this incident too.
    func add(_ report: String, to incident: String) {
        for isExercise in [false, true] {
            let index = index(isExercise: isExercise)
            if let traits = index.traits(of: [report]).first { index.add(traits, to: incident) }
        }
    }

    /// Of those that are in memory, in no order.
    func traits(of reports: Set<String>) -> [ReportTraits] {
        var found: [String: ReportTraits] = [:]
        aside.withLock { aside in
            for report in reports { found[report] = aside.reports[report]?.traits }
        }
        for isExercise in [false, true] {
            for report in index(isExercise: isExercise).traits(of: reports) { found[report.id] = report }
        }
        return Array(found.values)
    }
}

extension Incident {
    /// Counts what the incident has now: its reports, the separate witnesses among them, and how far that reaches on the
    /// ladder, also downward. What people found and signed is never touched. `least`: as many witnesses as there must be
    /// by what was counted before, for reports whose senders nobody knows any more. `known`: a level that the reports are
    /// known to reach when their words can't be opened.
    static func recount(
        _ id: Ref<Incident>,
        least: Int,
        known: EvidenceLevel = .single,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        let reports = try tx.rows(
            """
            SELECT r.id, (
                SELECT count(*) FROM files f
                WHERE f.owner = r.id AND f.is_unreadable = 0 AND f.media_type IN \(list: EvidenceFile.MediaType.pictures)
            ) AS pictures, l.linked_by
            FROM reports r JOIN incident_reports l ON l.report = r.id
            WHERE l.incident = \(id) AND r.state <> 'spam'
            """
        )
        let names = try Set(reports.map { try $0["id"] as String })
        let independent = separate(names, least: least, in: tx)
        let before = try tx.one(Accord.self, "SELECT accord FROM incidents WHERE id = \(id)") ?? .none
        let (now, isWhole) =
            tx.companions.first(WitnessMemory.self)?.accounts.hold(names, in: id.text) ?? (.none, false)
        // Of what nobody can read any more, what was counted once stands.
        let accord = isWhole ? now : now.union(before)
        // Whoever put them together read them: a person says that they tell of the same.
        let isJudged = try reports.contains { try ($0["linked_by"] as String?) != nil }
        let level: EvidenceLevel
        if try independent > 1 && (accord.isSupport || isJudged || !isWhole)
            || reports.contains(where: { try $0["pictures"] as Int > 0 })
        {
            level = .supported
        } else if names.isEmpty {
            level = .single
        } else {
            let isEnough = try known >= .structured || isStructured(id, by: caller, in: tx)
            level = isEnough ? .structured : .single
        }
        try tx.run(
            """
            UPDATE incidents SET reports = \(names.count), independent = \(independent), accord = \(accord),
                level = CASE truth WHEN 'unknown' THEN \(level) ELSE level END
            WHERE id = \(id)
            """
        )
    }

    /// Never more than what is certain: a report whose sender is not known may be from any of the others.
    private static func separate(_ reports: Set<String>, least: Int, in tx: Transaction) -> Int {
        guard !reports.isEmpty else { return 0 }
        let found = tx.companions.first(WitnessMemory.self)?.traits(of: reports) ?? []
        let most = Grouping.independentCount(found) + reports.count - found.count
        let certain = Grouping.independentCount(found.filter { !$0.isRemembered })
        return min(max(least, certain, 1), most)
    }

    /// Whether one of the newest hundred says enough by itself, as far as the caller's keys open them.
    private static func isStructured(_ id: Ref<Incident>, by caller: Caller, in tx: Transaction) throws -> Bool {
        guard caller.isUnlocked, caller.can(.openSealed) else { return false }
        return try Report.newest(of: id, limit: 100, in: tx).contains { report in
            guard report.zone != nil, report.state != .spam else { return false }
            let words = Opening.look(report.sealed, kind: ReportWords.kind, record: report.id.text, by: caller)
            return words.content?.salute.isStructured ?? false
        }
    }
}
